//! Counts, numbers and dates: recomputed, and bound to what they count.

use chrono::NaiveDate;

use super::glue::{check_publics, check_words, is_term, strangers};
use super::lexicon::{COUNT_WORDS, OFFICIALS, has};
use super::names::Job;
use super::numbers::{check_dates, check_numbers};
use super::tokens::{Role, Token};
use super::{Findings, Recount, Verifier};
use crate::model::{Count, CountBase, CountFilter, RejectionCode, Sentence, SentenceKind, SourceClass};

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
            if let Some(code) = real.lost {
                findings.push(code, format!("a record counted in {}", used.id));
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
    let mentions = matches!(count.filter, CountFilter::Mentions { .. });
    let lost = base.iter().filter(|_| mentions).find_map(|id| match verifier.records.get(id.as_str()) {
        Some(record) if record.has_expired() => Some(RejectionCode::Expired),
        Some(record) if record.text.is_some() => None,
        Some(_) | None => Some(RejectionCode::Tombstoned),
    });
    Recount { n, of, urls, lost }
}

pub(super) fn check(job: &Job<'_, '_, '_>, findings: &mut Findings) {
    if job.uses.is_empty() && job.cited.is_empty() {
        findings.push(RejectionCode::UnknownId, "no count");
    }
    for (start, end) in &job.quotations {
        let fragment = job.sentence.text.get(*start..*end).unwrap_or_default();
        if !is_term(job, fragment) {
            findings.push(RejectionCode::QuoteAltered, fragment);
        }
    }
    strangers(job, findings);
    check_dates(job, findings);
    check_numbers(job, findings, &[]);
    check_predicates(job, findings);
    check_places(job, findings);
    check_publics(job, findings);
    check_words(job, findings, |token| {
        let how = || {
            job.tokens.iter().any(|t| t.norm == "how" && job.next(t).is_some_and(|n| n.start == token.start))
        };
        has(COUNT_WORDS, &token.norm) || token.norm == "many" && how()
    });
    check_edge_days(job, findings);
}

/// “… not counting the press and the operator”: marks it in a count of members, who are neither. Says whether it was there.
pub(super) fn mark_exclusion(verifier: &Verifier<'_>, uses: &[Use<'_>], tokens: &mut [Token<'_>]) -> bool {
    if !uses.iter().any(|u| u.count.filter == CountFilter::Members) {
        return false;
    }
    let word = |i: usize| tokens.get(i).map_or("", |t| t.norm.as_str());
    let opened = (0..tokens.len()).find_map(|i| match (word(i), word(i + 1)) {
        ("not", "counting") | ("leave" | "leaving", "out") | ("apart", "from") => Some((i, i + 2)),
        ("without" | "neither" | "besides", _) => Some((i, i + 1)),
        _ => None,
    });
    let Some((from, mut to)) = opened else { return false };
    let (mut press, mut official) = (false, false);
    while let Some(token) = tokens.get(to) {
        let word = token.norm.as_str();
        match word {
            "press" | "outlets" | "publications" | "articles" => press = true,
            _ if has(OFFICIALS, word) => official = true,
            "the" | "and" | "nor" | "own" | "of" | "any" => {}
            _ => break,
        }
        to += 1;
    }
    let members = || verifier.brief.members.iter().filter_map(|id| verifier.records.get(id.as_str()));
    let whole = press == members().any(|r| r.class == SourceClass::Publication)
        && official == members().any(|r| r.official);
    if whole {
        for token in tokens.iter_mut().take(to).skip(from) {
            token.role = Role::Label;
        }
    }
    whole
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
            CountFilter::Members => job.excludes || has_word(&["member", "members"]),
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

/// “The last day, 13 September, adds three posts”: it is.
fn check_edge_days(job: &Job<'_, '_, '_>, findings: &mut Findings) {
    for pair in job.tokens.windows(2) {
        let edge = match pair {
            [edge, day] if day.norm == "day" => edge.norm.as_str(),
            _ => continue,
        };
        let days = job.verifier.days;
        let date = match edge {
            "first" => days.map(|(first, _)| first),
            "last" => days.map(|(_, last)| last),
            _ => continue,
        };
        let counted = job.uses.iter().any(|u| match &u.count.filter {
            CountFilter::Day { date: day } => Some(*day) == date,
            _ => false,
        });
        if !counted {
            findings.push(RejectionCode::DateWrong, format!("{edge} day"));
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
