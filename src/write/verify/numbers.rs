//! Numbers and dates outside quotation marks: each bound to what it counts.

use chrono::{Datelike as _, NaiveDate};

use super::counting::Use;
use super::dates::Told;
use super::names::Job;
use super::tokens::{Number, Role, number, value};
use super::{Findings, times};
use crate::model::{Count, CountBase, CountFilter, CountUnit, Rejection, RejectionCode, SentenceKind};

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
        if !counted && !both || (a.day, a.month) == (b.day, b.month) {
            findings.push(RejectionCode::DateWrong, format!("{} – {}", say(*a), say(*b)));
        }
    }
    for wrong in job.wrong_times.iter().cloned().chain(times::wrong_within(job)) {
        findings.push(RejectionCode::DateWrong, wrong);
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
        "entry" | "entries" | "submission" | "submissions" | "contributions" | "report" | "reports"
        | "record" | "records" | "post" | "posts" | "article" | "articles" | "comment" | "comments"
        | "message" | "messages" | "title" | "titles" | "paper" | "papers" | "piece" | "pieces" | "item"
        | "items" | "thread" | "threads" | "reaction" | "reactions" | "statement" | "statements"
        | "quote" | "quotes" | "question" | "questions" | "story" | "stories" => {
            Noun::Unit(CountUnit::Records)
        }
        "contributors" | "person" | "author" | "authors" | "account" | "accounts" | "people" | "speaker"
        | "speakers" | "writer" | "writers" | "voice" | "voices" => Noun::Unit(CountUnit::Authors),
        "publication" | "publications" | "outlet" | "outlets" => Noun::Publications,
        "member" | "members" | "user" | "users" => Noun::Members,
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
            Number::Other => times_counted(job, word),
            Number::Value(1) if i > 0 && at(i - 1) == "not" && at(i + 1) == "of" => nought_holds(job, i),
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
    check_told(job, findings);
}

/// “appears once in the 16 posts”.
fn times_counted(job: &Job<'_, '_, '_>, word: &str) -> Option<()> {
    let n = match word {
        "once" => 1,
        "twice" => 2,
        "half" => return job.uses.iter().any(|u| u.n * 2 == u.of && u.n > 0).then_some(()),
        "both" => return (job.uses.iter().any(|u| u.n == 2) || job.cited_records() == 2).then_some(()),
        _ => return None,
    };
    let mentions = |c: &Count| matches!(c.filter, CountFilter::Mentions { .. });
    job.uses.iter().any(|u| u.n == n && mentions(u.count)).then_some(())
}

/// “Not one of the 17 …”: the base is checked as a base.
fn nought_holds(job: &Job<'_, '_, '_>, i: usize) -> Option<()> {
    let base = (i + 2..i + 5).find_map(|k| job.tokens.get(k).and_then(|t| plain_value(&t.norm)))?;
    job.uses.iter().any(|u| u.n == 0 && u.of == base).then_some(())
}

/// “first on 19 January”: the date check judges the day. “First came X”: nobody was before. “The first line reads”: judged
/// with the quotation.
fn ordinal_holds(job: &Job<'_, '_, '_>, i: usize) -> Option<()> {
    let first = job.tokens.get(i).is_some_and(|t| t.norm == "first");
    let next = job.tokens.get(i + 1).map_or("", |t| t.norm.as_str());
    if first && !job.cited.is_empty() && matches!(next, "line" | "lines" | "words" | "word" | "sentence") {
        return Some(());
    }
    let members = || job.verifier.brief.members.iter().filter_map(|id| job.verifier.records.get(id.as_str()));
    let oldest = || members().map(|r| r.published_at).min();
    let leads = || job.cited.iter().map(|c| c.record.published_at).min() == oldest();
    if first && i == 0 && job.sentence.kind == SentenceKind::Quote && !job.cited.is_empty() && leads() {
        return Some(());
    }
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
    let mine = next_noun(i).or_else(|| part_noun(job, i));
    if let (Some(Noun::Unit(a)), Some(Noun::Unit(b))) = (mine, joined_noun(job, i))
        && a != b
    {
        return None;
    }
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
        if let Some((k, a)) = partner(i) {
            let not = k.checked_sub(1).map_or("", at) == "not";
            let a = if not && a == 1 { 0 } else { a };
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

/// “five of the posts”.
fn part_noun(job: &Job<'_, '_, '_>, i: usize) -> Option<Noun> {
    let at = |k: usize| job.tokens.get(k).map_or("", |t| t.norm.as_str());
    (at(i + 1) == "of" && matches!(at(i + 2), "the" | "these" | "those")).then(|| noun(at(i + 3))).flatten()
}

/// “16 posts and articles”: the second noun.
fn joined_noun(job: &Job<'_, '_, '_>, i: usize) -> Option<Noun> {
    let at = |k: usize| job.tokens.get(k).map_or("", |t| t.norm.as_str());
    let first = (i + 1..i + 4).find(|k| noun(at(*k)).is_some())?;
    (at(first + 1) == "and").then(|| noun(at(first + 2))).flatten()
}

/// Every count is told: its number stands in the sentence.
fn check_told(job: &Job<'_, '_, '_>, findings: &mut Findings) {
    // Where another number stands in its place, that has been said.
    let wrong =
        |r: &Rejection| matches!(r.code, RejectionCode::NumberUnsupported | RejectionCode::CountWrong);
    if findings.list.iter().any(wrong) {
        return;
    }
    for used in &job.uses {
        let told = |v: u64| {
            job.tokens.iter().enumerate().any(|(i, t)| {
                let not = i > 0 && job.tokens.get(i - 1).is_some_and(|b| b.norm == "not") && t.norm == "one";
                plain_value(&t.norm).is_some_and(|n| if not { v == 0 } else { n == v })
                    || t.norm == "half" && used.n * 2 == used.of
                    || matches!(
                        (t.norm.as_str(), v),
                        ("once" | "a" | "an", 1) | ("twice" | "both", 2) | ("neither", 0)
                    )
            })
        };
        if !told(used.n) {
            findings.push(RejectionCode::CountWrong, format!("{} is not told", used.count.id));
        }
    }
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
