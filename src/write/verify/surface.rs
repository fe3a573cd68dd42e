//! What can be seen without knowing the sources: markup, hidden characters, personal data, length, broken ends.

use super::Findings;
use super::glue::looks_like_name;
use super::lexicon::{META, REFUSAL};
use super::names::Job;
use super::tokens::{Role, outside, quotations};
use crate::model::{Place, RejectionCode, Sentence, mentions};

/// Longest headline, in characters.
pub(super) const HEADLINE: usize = 90;
/// Longest heading, in characters.
pub(super) const HEADING: usize = 120;
/// Longest sentence, in characters.
pub(super) const SENTENCE: usize = 400;

pub(super) fn check(sentence: &Sentence, place: Place, findings: &mut Findings) {
    let text = sentence.text.as_str();
    let marks = quotations(text);
    if marks.is_none() {
        findings.push(RejectionCode::BrokenText, "unpaired quotation marks");
    }
    let parts: Vec<&str> = match &marks {
        Some(marks) => outside(text, marks).iter().filter_map(|(a, b)| text.get(*a..*b)).collect(),
        None => vec![text],
    };
    markup(text, &parts, findings);
    hidden(text, findings);
    personal(text, findings);
    machine_talk(&parts, findings);
    length(text, place, findings);
    broken(text, place, &parts, findings);
}

fn markup(text: &str, parts: &[&str], findings: &mut Findings) {
    for sign in ["<@", "<#", "<:", "@everyone", "@here", "]("] {
        if text.contains(sign) {
            findings.push(RejectionCode::Markup, sign);
        }
    }
    for part in parts {
        for sign in ["**", "~~", "`", "||", "http://", "https://", "www.", "<http", "</", "]("] {
            if part.contains(sign) {
                findings.push(RejectionCode::Markup, sign);
            }
        }
        // A handle may end as it likes: whoever prints it escapes it.
        let underlines =
            |word: &str| word.ends_with("__") && !word.starts_with("u/") && !word.starts_with('@');
        if part.split_whitespace().any(underlines) {
            findings.push(RejectionCode::Markup, "__");
        }
        // Other quotation marks would smuggle words past the quotation checks.
        for mark in ['"', '„', '«', '»'] {
            if part.contains(mark) {
                findings.push(RejectionCode::QuoteAltered, mark);
            }
        }
        if part.contains(" ‘") || part.starts_with('‘') || part.contains(" '") {
            findings.push(RejectionCode::QuoteAltered, "‘");
        }
    }
    if text.starts_with(['#', '>', '-', '*', '•']) {
        findings.push(RejectionCode::Markup, text.chars().take(2).collect::<String>());
    }
}

/// Characters that readers cannot see, and words of two alphabets.
fn hidden(text: &str, findings: &mut Findings) {
    #[derive(Clone, Copy, PartialEq)]
    enum Script {
        Latin,
        Lookalike,
    }
    let mut script = None;
    let mut word = String::new();
    for c in text.chars() {
        let unseen = matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
            | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
            || c.is_control();
        if unseen {
            findings.push(RejectionCode::HiddenText, format!("U+{:04X}", u32::from(c)));
        }
        if !c.is_alphabetic() {
            script = None;
            word.clear();
            continue;
        }
        word.push(c);
        let here = match c {
            'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' => Some(Script::Latin),
            '\u{370}'..='\u{52f}'
            | '\u{1f00}'..='\u{1fff}'
            | '\u{13a0}'..='\u{13ff}'
            | '\u{ff21}'..='\u{ff5a}' => Some(Script::Lookalike),
            _ => None,
        };
        if let (Some(a), Some(b)) = (script, here)
            && a != b
        {
            findings.push(RejectionCode::HiddenText, word.clone());
        }
        script = here.or(script);
    }
}

const STREETS: &[&str] = &[
    "street",
    "road",
    "avenue",
    "lane",
    "drive",
    "boulevard",
    "st",
    "rd",
    "ave",
    "blvd",
    "straße",
    "strasse",
    "weg",
    "gasse",
    "allee",
];

fn personal(text: &str, findings: &mut Findings) {
    let bare: Vec<&str> = text
        .split_whitespace()
        .map(|w| w.trim_matches(|c: char| !c.is_alphanumeric() && c != '@' && c != '+'))
        .collect();
    for word in &bare {
        if let Some((local, host)) = word.split_once('@')
            && !local.is_empty()
            && host.contains('.')
            && !host.contains('@')
            && local.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+'))
        {
            findings.push(RejectionCode::PersonalData, *word);
        }
    }
    for pair in bare.windows(3) {
        if let [number, name, kind] = pair
            && is_house(number)
            && name.starts_with(char::is_uppercase)
            && STREETS.contains(&kind.to_lowercase().as_str())
        {
            findings.push(RejectionCode::PersonalData, pair.join(" "));
        }
    }
    for pair in bare.windows(2) {
        if let [name, number] = pair
            && is_house(number)
            && name.starts_with(char::is_uppercase)
            && ["straße", "strasse", "gasse", "allee"].iter().any(|s| name.to_lowercase().ends_with(s))
        {
            findings.push(RejectionCode::PersonalData, pair.join(" "));
        }
    }
    phone(text, findings);
}

fn is_house(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && word.chars().filter(char::is_ascii_digit).count() <= 4
}

/// Nine or more digits in groups, or after a plus sign or leading nought.
fn phone(text: &str, findings: &mut Findings) {
    let mut run = String::new();
    for c in text.chars().chain(['\n']) {
        let part = c.is_ascii_digit()
            || c == '+' && run.is_empty()
            || matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}') && !run.is_empty();
        if part {
            run.push(c);
            continue;
        }
        let number = run.trim_end_matches(|c: char| !c.is_ascii_digit());
        let digits = number.chars().filter(char::is_ascii_digit).count();
        let grouped = number.chars().any(|c| !c.is_ascii_digit());
        if (9..=16).contains(&digits) && (grouped || number.starts_with('0')) {
            findings.push(RejectionCode::PersonalData, number);
        }
        run.clear();
    }
}

fn machine_talk(parts: &[&str], findings: &mut Findings) {
    for part in parts {
        let lower = part.to_lowercase().replace('’', "'");
        for phrase in META.iter().filter(|p| mentions(&lower, p)) {
            findings.push(RejectionCode::MetaText, *phrase);
        }
        for phrase in REFUSAL.iter().filter(|p| lower.contains(**p)) {
            findings.push(RejectionCode::Refusal, *phrase);
        }
    }
}

fn length(text: &str, place: Place, findings: &mut Findings) {
    let limit = match place {
        Place::Headline => HEADLINE,
        Place::Heading { .. } => HEADING,
        Place::Whole
        | Place::Dek { .. }
        | Place::Section { .. }
        | Place::SoFar { .. }
        | Place::Answer { .. }
        | Place::Short { .. }
        | Place::Counter { .. } => SENTENCE,
    };
    let n = text.chars().count();
    if n > limit {
        findings.push(RejectionCode::OverLength, format!("{n} of {limit} characters"));
    }
}

fn broken(text: &str, place: Place, parts: &[&str], findings: &mut Findings) {
    let mut push = |words: &str| findings.push(RejectionCode::BrokenText, words);
    if text.trim().is_empty() {
        push("empty");
        return;
    }
    if text.trim() != text || text.contains("  ") {
        push("stray space");
    }
    for part in parts {
        for pair in ["..", ",,", ",.", ".,", ";.", ":.", " ,", " .", " ;", "::", "()", "( ", " )"] {
            if part.contains(pair) {
                push(pair);
            }
        }
    }
    for pair in [".”.", ",”,", ",”.", "“”"] {
        if text.contains(pair) {
            push(pair);
        }
    }
    let (open, shut) = (
        parts.iter().map(|p| p.matches('(').count()).sum::<usize>(),
        parts.iter().map(|p| p.matches(')').count()).sum::<usize>(),
    );
    if open != shut {
        push("unpaired bracket");
    }
    let titled = matches!(place, Place::Headline | Place::Heading { .. });
    let end = text.trim_end_matches(['”', ')', '’']);
    // “…” – u/name, 20 February
    let signed =
        |parts: &[&str]| matches!(parts, [before, after] if before.is_empty() && after.starts_with(" – "));
    if !titled && !signed(parts) && !end.ends_with(['.', '!', '?', '…']) {
        push("no full stop");
    }
}

/// A sentence begins with a capital, unless with a name that does not.
pub(super) fn check_start(job: &Job<'_, '_, '_>, findings: &mut Findings) {
    if let Some(first) = job.tokens.first()
        && first.start == 0
        && first.role == Role::Plain
        && first.text.starts_with(char::is_lowercase)
        && !looks_like_name(first.text)
    {
        findings.push(RejectionCode::BrokenText, first.text);
    }
    for (start, end) in &job.quotations {
        let inner = job.sentence.text.get(*start..*end).unwrap_or_default();
        if inner.trim() != inner {
            findings.push(RejectionCode::BrokenText, "space inside quotation marks");
        }
    }
}
