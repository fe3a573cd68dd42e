//! Counts, numbers and dates: recomputed, and bound to what they count.

use chrono::{Datelike as _, NaiveDate};

use super::glue::{check_publics, check_words, is_term, strangers};
use super::lexicon::{COUNT_WORDS, has};
use super::names::Job;
use super::tokens::{Number, Role, Told, number, value};
use super::{Findings, Recount, Verifier};
use crate::model::{Count, CountBase, CountFilter, CountUnit, RejectionCode, Sentence, SentenceKind};

/// A count that a sentence uses, as it recomputes.
#[derive(Clone)]
pub(super) struct Use<'a> {
    pub count: &'a Count,
    pub n: u64,
    pub of: u64,
    /// First and last day of the counted records.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// Addresses of the counted records.
    pub urls: Vec<String>,
}

/// Recomputes every count a sentence uses.
pub(super) fn resolve<'a>(
    verifier: &Verifier<'a>,
    sentence: &Sentence,
    findings: &mut Findings,
) -> Vec<Use<'a>> {
    let mut uses = Vec::with_capacity(sentence.counts.len());
    for used in &sentence.counts {
        let Some(count) = verifier.brief.count(&used.id) else {
            findings.push(RejectionCode::UnknownId, used.id.as_str());
            continue;
        };
        let mut recounts = verifier.recounts.borrow_mut();
        let real = recounts.entry(used.id.as_str().to_owned()).or_insert_with(|| recount(verifier, count));
        if (used.n, used.of, &used.records) != (real.n, real.of, &real.urls)
            || (count.n, count.of) != (real.n, real.of)
        {
            if real.gone {
                findings.push(RejectionCode::Tombstoned, format!("a record counted in {}", used.id));
            } else {
                findings.push(
                    RejectionCode::CountWrong,
                    format!("{}: {} of {}, recounted {} of {}", used.id, used.n, used.of, real.n, real.of),
                );
            }
        }
        let days = real.urls.iter().filter_map(|u| verifier.by_url.get(u.as_str())).map(|r| verifier.day(r));
        let days = days.clone().min().zip(days.max());
        uses.push(Use { count, n: used.n, of: used.of, days, urls: real.urls.clone() });
    }
    uses
}

fn recount(verifier: &Verifier<'_>, count: &Count) -> Recount {
    let (n, of, urls) = verifier.brief.evaluate(count.unit, count.base, &count.filter);
    let base = match count.base {
        CountBase::Members => &verifier.brief.members,
        CountBase::Earlier => &verifier.brief.before,
    };
    let gone = matches!(count.filter, CountFilter::Mentions { .. })
        && base.iter().any(|id| verifier.records.get(id.as_str()).is_none_or(|r| r.text.is_none()));
    Recount { n, of, urls, gone }
}

pub(super) fn check(job: Job<'_, '_, '_>, findings: &mut Findings) {
    if job.uses.is_empty() && job.cited.is_empty() {
        findings.push(RejectionCode::UnknownId, "no count");
    }
    for (start, end) in &job.quotations {
        let fragment = job.sentence.text.get(*start..*end).unwrap_or_default();
        if !is_term(&job, fragment) {
            findings.push(RejectionCode::QuoteAltered, fragment);
        }
    }
    strangers(&job, findings);
    check_dates(&job, findings);
    check_numbers(&job, findings, &[]);
    check_predicates(&job, findings);
    check_places(&job, findings);
    check_publics(&job, findings);
    check_words(&job, findings, |word| has(COUNT_WORDS, word));
}

/// Every date is one of a cited record, of a counted day, or an end of what was counted.
pub(super) fn check_dates(job: &Job<'_, '_, '_>, findings: &mut Findings) {
    let cited: Vec<NaiveDate> = job.cited.iter().map(|c| job.verifier.day(c.record)).collect();
    let say = |t: Told| format!("{}.{}.", t.day, t.month);
    for told in &job.dates.single {
        let edge = |word: &str| {
            told.at > 0
                && (1..=2).any(|back| {
                    told.at.checked_sub(back).and_then(|i| job.tokens.get(i)).is_some_and(|t| t.norm == word)
                })
        };
        let counted = job.uses.iter().any(|u| match &u.count.filter {
            CountFilter::Day { date } => told.is(*date),
            CountFilter::All
            | CountFilter::Mentions { .. }
            | CountFilter::Venue { .. }
            | CountFilter::Platform { .. }
            | CountFilter::Publications
            | CountFilter::Members => u.days.is_some_and(|(a, b)| {
                told.is(a) && (a == b || edge("first") || edge("since")) || told.is(b) && edge("last")
            }),
        });
        if !counted && !cited.iter().any(|d| told.is(*d)) {
            findings.push(RejectionCode::DateWrong, say(*told));
        }
    }
    for (a, b) in &job.dates.ranges {
        let spans = |days: Option<(NaiveDate, NaiveDate)>| days.is_some_and(|(x, y)| a.is(x) && b.is(y));
        let counted =
            !job.uses.is_empty() && spans(job.verifier.days) || job.uses.iter().any(|u| spans(u.days));
        let both = cited.iter().any(|d| a.is(*d)) && cited.iter().any(|d| b.is(*d));
        if !counted && !both {
            findings.push(RejectionCode::DateWrong, format!("{} – {}", say(*a), say(*b)));
        }
    }
    for (weekday, at) in &job.dates.weekdays {
        if !cited.iter().any(|d| d.weekday().num_days_from_monday() == *weekday) {
            findings.push(RejectionCode::DateWrong, job.tokens.get(*at).map_or("", |t| t.text));
        }
    }
}

/// What a noun after a number counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Noun {
    Unit(CountUnit),
    Publications,
    Members,
    Days,
}

fn noun(word: &str) -> Option<Noun> {
    Some(match word {
        "record" | "records" | "post" | "posts" | "article" | "articles" | "comment" | "comments"
        | "message" | "messages" | "title" | "titles" | "paper" | "papers" | "piece" | "pieces" | "item"
        | "items" | "thread" | "threads" | "reaction" | "reactions" | "statement" | "statements"
        | "quote" | "quotes" | "question" | "questions" | "story" | "stories" => {
            Noun::Unit(CountUnit::Records)
        }
        "author" | "authors" | "account" | "accounts" | "people" | "speaker" | "speakers" | "writer"
        | "writers" | "voice" | "voices" => Noun::Unit(CountUnit::Authors),
        "publication" | "publications" | "outlet" | "outlets" => Noun::Publications,
        "member" | "members" => Noun::Members,
        "place" | "places" | "venue" | "venues" | "subreddit" | "subreddits" | "forum" | "forums"
        | "community" | "communities" => Noun::Unit(CountUnit::Venues),
        "platform" | "platforms" | "network" | "networks" => Noun::Unit(CountUnit::Platforms),
        "day" | "days" => Noun::Days,
        _ => return None,
    })
}

fn fits(noun: Option<Noun>, count: &Count) -> bool {
    match noun {
        None => true,
        Some(Noun::Unit(unit)) => count.unit == unit,
        Some(Noun::Publications) => {
            count.filter == CountFilter::Publications
                && matches!(count.unit, CountUnit::Authors | CountUnit::Venues)
        }
        Some(Noun::Members) => count.filter == CountFilter::Members && count.unit == CountUnit::Authors,
        Some(Noun::Days) => false,
    }
}

/// The value of a word that is a whole number.
pub(super) fn plain_value(word: &str) -> Option<u64> {
    number(word).and_then(value)
}

/// Every number outside quotation marks is licensed: by a count (and bound to its unit and base), by how many records
/// the sentence cites, by the days counted, or by standing in `source`.
pub(super) fn check_numbers(job: &Job<'_, '_, '_>, findings: &mut Findings, source: &[String]) {
    for (i, token) in job.tokens.iter().enumerate() {
        let word = token.norm.as_str();
        let Some(found) = number(word).filter(|_| token.role == Role::Plain) else { continue };
        let at = |k: usize| job.tokens.get(k).map_or("", |t| t.norm.as_str());
        let licensed = match found {
            Number::Ordinal(_) => ordinal_holds(job, i),
            Number::Other => None,
            Number::Value(v) => whole_holds(job, i, v),
        };
        let in_source =
            source.iter().any(|s| s == word || plain_value(s).is_some_and(|v| Some(v) == plain_value(word)));
        // “no”/“none” without a count is a negation, judged with the words.
        let negation = matches!(word, "no" | "none") && job.uses.is_empty();
        if licensed.is_none() && !in_source && !negation {
            let v = plain_value(word);
            let elsewhere = job.uses.iter().any(|u| Some(u.n) == v || Some(u.of) == v);
            let code = if elsewhere { RejectionCode::CountWrong } else { RejectionCode::NumberUnsupported };
            let noun = at(i + 1);
            findings.push(
                code,
                if noun.is_empty() { token.text.to_owned() } else { format!("{} {noun}", token.text) },
            );
        }
    }
}

/// “first on 19 January”: the date check judges the day.
fn ordinal_holds(job: &Job<'_, '_, '_>, i: usize) -> Option<()> {
    let first = job.tokens.get(i).is_some_and(|t| t.norm == "first");
    let dated = (1..=2).any(|k| job.tokens.get(i + k).is_some_and(|t| t.role == Role::Date));
    (first && dated && !job.uses.is_empty()).then_some(())
}

fn whole_holds(job: &Job<'_, '_, '_>, i: usize, v: u64) -> Option<()> {
    let at = |k: usize| {
        job.tokens.get(k).filter(|t| matches!(t.role, Role::Plain)).map_or("", |t| t.norm.as_str())
    };
    let back = |n: usize| i.checked_sub(n).map_or("", at);
    let is_base = |i: usize| {
        let back = |n: usize| i.checked_sub(n).map_or("", at);
        back(1) == "of" || matches!(back(1), "the" | "these" | "those") && back(2) == "of"
    };
    let next_noun = |i: usize| {
        (1..=3)
            .map(|k| at(i + k))
            .take_while(|w| !w.is_empty() && *w != "of" && number(w).is_none())
            .find_map(noun)
    };
    let mine = next_noun(i);
    if mine == Some(Noun::Days) {
        let before = (2..=3).any(|k| matches!(at(i + k), "before" | "earlier"));
        let real =
            if before { Some(u64::from(job.verifier.brief.before_days)) } else { job.verifier.span_days() };
        return (real == Some(v)).then_some(());
    }
    // The other end of “A of [the] B”, or of “Of B posts, A …”.
    let partner = |i: usize| {
        if is_base(i) {
            (1..=3).find_map(|n| {
                i.checked_sub(n).and_then(|k| {
                    let between = (k + 1..i).all(|m| matches!(at(m), "of" | "the" | "these" | "those"));
                    between.then(|| plain_value(at(k))).flatten().map(|a| (k, a))
                })
            })
        } else {
            None
        }
    };
    if is_base(i) {
        if let Some((_, a)) = partner(i) {
            return pair_holds(job, a, v, mine).then_some(());
        }
        // “Of 34 posts, 11 name …”: the next number is the part.
        let part = (i + 1..job.tokens.len()).find_map(|k| plain_value(at(k)));
        return match part {
            Some(a) => pair_holds(job, a, v, mine).then_some(()),
            None => job.uses.iter().any(|u| (u.of == v || u.n == v) && fits(mine, u.count)).then_some(()),
        };
    }
    // A part: its base may follow with the noun, “11 of the 34 distinct posts”.
    let base = (i + 1..=i + 3).find(|k| plain_value(at(*k)).is_some() && is_base(*k));
    if let Some(k) = base
        && at(i + 1) == "of"
    {
        let b = plain_value(at(k)).unwrap_or_default();
        return pair_holds(job, v, b, next_noun(k)).then_some(());
    }
    let earlier = base_is_earlier(job, i);
    let by_count = job.uses.iter().any(|u| {
        u.n == v
            && fits(mine, u.count)
            && (mine.is_some() || earlier || u.count.base == CountBase::Members)
            && (!earlier || u.count.base == CountBase::Earlier)
            && (earlier || u.count.base == CountBase::Members)
    });
    let all = back(1) == "all" && job.uses.iter().any(|u| u.n == v && u.of == v && fits(mine, u.count));
    let by_citations = cited_count(job, mine) == Some(v);
    (by_count || all || by_citations).then_some(())
}

/// Whether the number at `i` is told of the days before: “one in the seven days before”.
fn base_is_earlier(job: &Job<'_, '_, '_>, i: usize) -> bool {
    let tail = job.tokens.iter().skip(i + 1).take(7);
    let mut tail = tail.take_while(|t| !matches!(t.norm.as_str(), "by"));
    tail.any(|t| matches!(t.norm.as_str(), "before" | "earlier") && t.role == Role::Plain)
}

/// How many of a noun the sentence cites.
fn cited_count(job: &Job<'_, '_, '_>, noun: Option<Noun>) -> Option<u64> {
    if job.cited.is_empty() {
        return None;
    }
    let n = match noun {
        None | Some(Noun::Unit(CountUnit::Records)) => job.cited_records(),
        Some(Noun::Unit(CountUnit::Authors)) => job.cited_authors(),
        Some(Noun::Publications) if job.cites_publications_only() => job.cited_authors(),
        Some(
            Noun::Publications
            | Noun::Members
            | Noun::Days
            | Noun::Unit(CountUnit::Venues | CountUnit::Platforms),
        ) => {
            return None;
        }
    };
    Some(n as u64)
}

/// “A of B”: one count says both, or the sentence cites A of the B records counted.
fn pair_holds(job: &Job<'_, '_, '_>, a: u64, b: u64, noun: Option<Noun>) -> bool {
    let cited_among = |u: &Use<'_>| job.cited.iter().all(|c| u.urls.contains(&c.record.url));
    job.uses.iter().any(|u| {
        (u.n == a && u.of == b && fits(noun, u.count))
            || (!job.cited.is_empty()
                && u.n == b
                && fits(noun, u.count)
                && job.cited_records() as u64 == a
                && cited_among(u))
    })
}

/// Each count is told by what it counts: its term, place, day or kind of speaker stands in the sentence.
pub(super) fn check_predicates(job: &Job<'_, '_, '_>, findings: &mut Findings) {
    let text = job.sentence.text.as_str();
    let has_word = |words: &[&str]| job.tokens.iter().any(|t| words.contains(&t.norm.as_str()));
    for used in &job.uses {
        let told = match &used.count.filter {
            CountFilter::All => true,
            CountFilter::Mentions { term } => crate::model::mentions(text, term),
            CountFilter::Venue { venue } => text.contains(venue.as_str()),
            CountFilter::Platform { platform } => text.contains(platform.display_name()),
            CountFilter::Publications => has_word(&[
                "publication",
                "publications",
                "outlet",
                "outlets",
                "press",
                "articles",
                "article",
            ]),
            CountFilter::Members => has_word(&["member", "members"]),
            CountFilter::Day { date } => job.dates.single.iter().any(|t| t.is(*date)),
        };
        let earlier = used.count.base == CountBase::Earlier && !has_word(&["before", "earlier"]);
        if !told || earlier {
            findings
                .push(RejectionCode::CountDrift, format!("{} does not say what it counts", used.count.id));
        }
    }
    let mentions =
        ["name", "names", "named", "mention", "mentions", "mentioned", "appear", "appears", "appeared"];
    let term = job.uses.iter().any(|u| matches!(u.count.filter, CountFilter::Mentions { .. }));
    if job.sentence.kind == SentenceKind::Count && has_word(&mentions) && !term {
        let object = job.tokens.windows(2).any(|w| {
            matches!(w, [verb, it] if mentions.contains(&verb.norm.as_str()) && matches!(it.norm.as_str(), "it" | "this"))
        });
        if !object {
            findings.push(RejectionCode::CountDrift, "names what was not counted");
        }
    }
}

/// “38 records on r/A and r/B and elsewhere”: the places named hold records of the base, and “elsewhere” is there
/// exactly when they do not hold all.
fn check_places(job: &Job<'_, '_, '_>, findings: &mut Findings) {
    let whole =
        job.uses.iter().any(|u| u.count.filter == CountFilter::All && u.count.base == CountBase::Members);
    let part = job
        .uses
        .iter()
        .any(|u| matches!(u.count.filter, CountFilter::Venue { .. } | CountFilter::Platform { .. }));
    let named = job.tokens.iter().any(|t| t.role == Role::Venue);
    if !named {
        return;
    }
    if part {
        for token in job.tokens.iter().filter(|t| t.role == Role::Venue) {
            let counted = job.uses.iter().any(|u| match &u.count.filter {
                CountFilter::Venue { venue } => venue.contains(token.text),
                CountFilter::Platform { platform } => platform.display_name().contains(token.text),
                CountFilter::All
                | CountFilter::Mentions { .. }
                | CountFilter::Publications
                | CountFilter::Members
                | CountFilter::Day { .. } => false,
            });
            if !counted {
                findings.push(RejectionCode::CountDrift, token.text);
            }
        }
    } else if whole {
        let brief = job.verifier.brief;
        let outside = brief
            .members
            .iter()
            .filter_map(|id| job.verifier.records.get(id.as_str()))
            .any(|r| !job.says(&r.venue) && !job.says(r.platform.display_name()));
        let elsewhere = job.tokens.iter().any(|t| t.norm == "elsewhere");
        if outside != elsewhere {
            findings.push(RejectionCode::CountDrift, if outside { "leaves out places" } else { "elsewhere" });
        }
    } else {
        let token = job.tokens.iter().find(|t| t.role == Role::Venue).map_or("", |t| t.text);
        findings.push(RejectionCode::CountDrift, token);
    }
}
