//! Quotations, what stands around them, and frames.

use super::context::{Cut, judge};
use super::fold::{find_fragment, words};
use super::lexicon::{
    ASKING, FOREIGN, FRAME_WORDS, GLUE, GROUPS, PUBLICS, TITLING, UNIVERSAL, has, is_negator,
};
use super::names::Job;
use super::tokens::{Role, number, outside};
use super::{Findings, counting, numbers};
use crate::model::{BriefRecord, CountFilter, Place, QuoteKind, RejectionCode};

/// Fewest words of a quotation.
const QUOTE_WORDS: usize = 3;

pub(super) fn check_quote(job: &Job<'_, '_, '_>, findings: &mut Findings) {
    if job.quotations.is_empty() {
        findings.push(RejectionCode::QuoteAltered, "no quotation");
    }
    let owners = check_fragments(job, findings);
    let free = matches!(job.place, Place::Headline | Place::Heading { .. });
    check_speakers(job, &owners, free, findings);
    numbers::check_dates(job, findings);
    numbers::check_numbers(job, findings, &source_numbers(job));
    counting::check_predicates(job, findings);
    check_publics(job, findings);
    let source = job.source_words();
    let counted = !job.uses.is_empty();
    check_words(job, findings, |word| {
        has(GLUE, word)
            || source.iter().any(|s| s == word)
            || counted && has(super::lexicon::COUNT_WORDS, word)
    });
}

/// Numbers in the cited sentences.
fn source_numbers(job: &Job<'_, '_, '_>) -> Vec<String> {
    job.source_words().into_iter().filter(|w| number(w).is_some()).collect()
}

/// Each quotation stands in a cited span, at word borders, and its cut is fair. Returns, for each quotation, the
/// records it may come from.
fn check_fragments<'a>(job: &Job<'_, 'a, '_>, findings: &mut Findings) -> Vec<Vec<&'a BriefRecord>> {
    let text = job.sentence.text.as_str();
    let asks = job.tokens.iter().any(|t| has(ASKING, &t.norm));
    let titled = job.tokens.iter().any(|t| has(TITLING, &t.norm));
    let mut owners = Vec::with_capacity(job.quotations.len());
    for (start, end) in &job.quotations {
        let fragment = text.get(*start..*end).unwrap_or_default();
        if is_term(job, fragment) {
            continue;
        }
        let long_enough = words(fragment, 0, fragment.len()).len() >= QUOTE_WORDS;
        let mut mine = Vec::new();
        let mut worst = None;
        for cited in &job.cited {
            for (from, to) in find_fragment(cited.span(), fragment) {
                let (from, to) = (cited.start + from, cited.start + to);
                let asked = asks || fragment.trim_end().ends_with('?');
                match judge(cited.text, from, to, asked) {
                    Cut::Fair if titled && to > cited.record.body_start => {
                        worst = Some((RejectionCode::GlueDrift, "not a title".to_owned()));
                    }
                    Cut::Fair if fragment.trim_end().ends_with('?') && !asked_at(cited.text, to) => {
                        worst = Some((RejectionCode::QuoteAltered, fragment.to_owned()));
                    }
                    Cut::Fair => mine.push(cited.record),
                    Cut::Turned(word) => worst = Some((RejectionCode::ContextCut, word)),
                    Cut::Unasked => worst = Some((RejectionCode::QuestionAsClaim, fragment.to_owned())),
                }
            }
        }
        if !long_enough {
            findings.push(RejectionCode::QuoteAltered, fragment);
        } else if mine.is_empty() {
            let (code, words) = worst.unwrap_or_else(|| (RejectionCode::QuoteAltered, fragment.to_owned()));
            findings.push(code, words);
        }
        owners.push(mine);
    }
    owners
}

/// Whether the stop after `at` has a question mark.
fn asked_at(text: &str, at: usize) -> bool {
    text.get(at..)
        .is_some_and(|rest| rest.chars().take_while(|c| !c.is_alphanumeric() && *c != '\n').any(|c| c == '?'))
}

/// A counted term may stand in quotation marks of its own.
pub(super) fn is_term(job: &Job<'_, '_, '_>, fragment: &str) -> bool {
    job.uses.iter().any(|u| {
        matches!(&u.count.filter, CountFilter::Mentions { term } if term.to_lowercase() == fragment.to_lowercase())
    })
}

/// Each quotation's speaker is named, and nobody else is. `free` places (headline, heading) may leave the speaker to
/// the section; the whole-story check sees to it that the section names them.
fn check_speakers(job: &Job<'_, '_, '_>, owners: &[Vec<&BriefRecord>], free: bool, findings: &mut Findings) {
    let named = job.tokens.iter().any(|t| matches!(t.role, Role::Speaker));
    for mine in owners {
        let said = mine.iter().any(|r| job.says(&r.speaker));
        if !mine.is_empty() && !said && (named || !free) {
            let who: Vec<&str> = mine.iter().map(|r| r.speaker.as_str()).collect();
            findings.push(RejectionCode::AttributionMissing, who.join(", "));
        }
        // A signed opinion is its author's, not the paper's.
        let unsigned = mine.iter().find_map(|r| {
            let opinion =
                job.verifier.brief.quotes.iter().any(|q| q.record == r.id && q.kind == QuoteKind::Opinion);
            r.byline.as_deref().filter(|name| opinion && !job.says(name))
        });
        if let Some(name) = unsigned
            && !free
        {
            findings.push(RejectionCode::AttributionMissing, name);
        }
    }
    for cited in &job.cited {
        let speaker = cited.record.speaker.as_str();
        let owns = owners.iter().flatten().any(|r| r.speaker == speaker);
        // A quotation that was not found may be theirs.
        let placed = !owners.is_empty() && owners.iter().all(|mine| !mine.is_empty());
        if !owns && placed && job.says(speaker) {
            findings.push(RejectionCode::AttributionMissing, speaker);
        }
    }
    strangers(job, findings);
}

/// Speakers of the brief who are named without being cited.
pub(super) fn strangers(job: &Job<'_, '_, '_>, findings: &mut Findings) {
    for token in job.tokens.iter().filter(|t| t.role == Role::OtherSpeaker) {
        findings.push(RejectionCode::AttributionMissing, token.text);
    }
}

/// Every word outside quotation marks that nothing else explains must be `known`.
pub(super) fn check_words(job: &Job<'_, '_, '_>, findings: &mut Findings, known: impl Fn(&str) -> bool) {
    let mut foreign = Vec::new();
    for token in job.tokens.iter().filter(|t| t.role == Role::Plain) {
        let word = token.norm.as_str();
        if number(word).is_some() && !(is_negator(word) && job.uses.is_empty()) {
            continue;
        }
        if is_negator(word) {
            findings.push(RejectionCode::GlueNegation, token.text);
            continue;
        }
        if known(word) {
            continue;
        }
        if has(FOREIGN, word) || token.text.chars().any(|c| c.is_alphabetic() && !latin(c)) {
            foreign.push(token.text);
        }
        findings.push(
            if looks_like_name(token.text) { RejectionCode::NameUnsupported } else { drift(job) },
            token.text,
        );
    }
    if foreign.len() >= 2 {
        findings.push(RejectionCode::WrongLanguage, foreign.join(" "));
    }
}

fn drift(job: &Job<'_, '_, '_>) -> RejectionCode {
    use crate::model::SentenceKind as Kind;
    match job.sentence.kind {
        Kind::Quote | Kind::NoneFound => RejectionCode::GlueDrift,
        Kind::Count => RejectionCode::CountDrift,
        Kind::Report => RejectionCode::OrderDrift,
        Kind::Frame => RejectionCode::FrameHasFact,
    }
}

fn latin(c: char) -> bool {
    c.is_ascii() || ('\u{80}'..'\u{370}').contains(&c) || ('\u{1e00}'..'\u{1f00}').contains(&c)
}

/// Capitals, digits, handles.
pub(super) fn looks_like_name(word: &str) -> bool {
    word.chars().any(|c| c.is_uppercase() || c.is_numeric() || c == '_' || c == '@') || word.contains('/')
}

/// Claims about everyone, and groups that nobody counted.
pub(super) fn check_publics(job: &Job<'_, '_, '_>, findings: &mut Findings) {
    let text = job.sentence.text.as_str();
    for (from, to) in outside(text, &job.quotations) {
        let lower = text.get(from..to).unwrap_or_default().to_lowercase().replace('’', "'");
        for phrase in PUBLICS.iter().filter(|p| lower.contains(**p)) {
            findings.push(RejectionCode::UniversalClaim, *phrase);
        }
    }
    let cohort = job.cited_authors() >= 3 || job.uses.iter().any(|u| u.n >= 3);
    for (i, token) in job.tokens.iter().enumerate().filter(|(_, t)| t.role == Role::Plain) {
        let word = token.norm.as_str();
        if has(GROUPS, word) && !cohort {
            findings.push(RejectionCode::CohortTooSmall, token.text);
        }
        let before = i.checked_sub(1).and_then(|k| job.tokens.get(k)).map_or("", |t| t.norm.as_str());
        let next = job.tokens.get(i + 1).map_or("", |t| t.norm.as_str());
        let counted_all = word == "all"
            && (before == "in" && !has(GROUPS, next)
                || numbers::plain_value(next)
                    .is_some_and(|v| job.uses.iter().any(|u| u.n == v && u.of == v)));
        if has(UNIVERSAL, word) && !counted_all {
            findings.push(RejectionCode::UniversalClaim, token.text);
        }
    }
}

/// Longest frame.
const FRAME_LENGTH: usize = 12;

/// A frame connects and states nothing.
pub(super) fn check_frame(job: &Job<'_, '_, '_>, findings: &mut Findings) {
    check_publics(job, findings);
    if job.tokens.len() > FRAME_LENGTH {
        findings.push(RejectionCode::FrameHasFact, format!("{} words", job.tokens.len()));
    }
    if !job.quotations.is_empty() || !job.uses.is_empty() {
        findings.push(RejectionCode::FrameHasFact, "a quotation or count");
    }
    // A heading may say whose words follow: “What the Harbour Times reported”.
    let heading = matches!(job.place, Place::Heading { .. });
    for token in &job.tokens {
        let word = token.norm.as_str();
        let fine = match token.role {
            Role::Plain => {
                !is_negator(word)
                    && (has(FRAME_WORDS, word) || has(GLUE, word) && number(word).is_none())
                    && (number(word).is_none() || word == "two")
            }
            Role::Speaker | Role::Venue => heading,
            Role::OtherSpeaker | Role::Label | Role::Date | Role::Relative | Role::Core => false,
        };
        if !fine {
            findings.push(RejectionCode::FrameHasFact, token.text);
        }
    }
}
