//! Titles as clauses: compressed, in sentence case, and shared between speakers.

use std::collections::{BTreeMap, BTreeSet};

use super::cite::members;
use crate::model::{Brief, BriefRecord, CopyGroup, SourceClass, Span};
use crate::write::brief::title_of;
use crate::write::quotes::gates::{HEADING, clean_words, stands_alone};
use crate::write::quotes::lexicon_en;
use crate::write::quotes::text::{
    content_stems, has_any, has_verb, is_stop, is_verb, leans, makes_a_point, overlap, tokens, words,
};

/// How words usually stand inside sentences, learnt from the brief's own texts.
pub(super) struct Casing {
    forms: BTreeMap<String, BTreeMap<String, usize>>,
}

impl Casing {
    /// Counts the forms of words that do not open a sentence, titles left out.
    pub(super) fn of(brief: &Brief) -> Self {
        let mut forms: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for record in &brief.records {
            let body = record.text.as_deref().and_then(|t| t.get(record.body_start..)).unwrap_or("");
            let list = tokens(body);
            for pair in list.windows(2) {
                let [before, token] = pair else { continue };
                let gap = body.get(before.end..token.start).unwrap_or("");
                // After a stop, a line or a mark every word has a capital.
                if gap == " " {
                    *forms
                        .entry(token.lower.clone())
                        .or_default()
                        .entry(token.surface.to_owned())
                        .or_default() += 1;
                }
            }
        }
        Self { forms }
    }

    /// The most usual form of a lower-cased word.
    fn usual(&self, lower: &str) -> Option<&str> {
        let forms = self.forms.get(lower)?;
        forms.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0))).map(|(form, _)| form.as_str())
    }

    /// Whether a word is usually a name: capital, digit, or unknown.
    fn is_name(&self, surface: &str, lower: &str) -> bool {
        if is_stop(lower) {
            return false;
        }
        match self.usual(lower) {
            Some(form) => form.chars().any(char::is_uppercase),
            None => surface.chars().any(char::is_uppercase),
        }
    }

    /// Title Case brought to sentence case; a title in sentence case stays as it is.
    pub(super) fn sentence_case(&self, title: &str) -> String {
        let list = tokens(title);
        let content: Vec<_> = list.iter().skip(1).filter(|t| !is_stop(&t.lower)).collect();
        let capitals = content.iter().filter(|t| t.surface.starts_with(char::is_uppercase)).count();
        // “Are” or “To” with a capital is Title Case however short the title is.
        let small = list.iter().skip(1).any(|t| {
            is_stop(&t.lower)
                && t.surface.chars().count() > 1
                && t.surface.starts_with(char::is_uppercase)
                && t.surface.chars().any(char::is_lowercase)
        });
        if !small && (content.len() < 3 || capitals * 10 < content.len() * 7) {
            return title.to_owned();
        }
        let mut out = String::with_capacity(title.len());
        let mut at = 0;
        for (i, token) in list.iter().enumerate() {
            out.push_str(title.get(at..token.start).unwrap_or(""));
            let inner = token.surface.chars().skip(1).any(char::is_uppercase)
                || token.surface.chars().any(char::is_numeric);
            let opens = title.get(at..token.start).is_some_and(|gap| gap.contains(['.', '!', '?']));
            if i == 0 || inner || opens {
                out.push_str(token.surface);
            } else if is_stop(&token.lower) && token.surface != "I" && token.lower != "us" {
                out.push_str(&token.lower);
            } else {
                match self.usual(&token.lower) {
                    Some(form) => out.push_str(form),
                    None if is_verb(&token.lower) => out.push_str(&token.lower),
                    // Half of a title in small letters reads worse than none.
                    None => return title.to_owned(),
                }
            }
            at = token.end;
        }
        out.push_str(title.get(at..).unwrap_or(""));
        out
    }
}

/// A clause with the titles it stands in.
#[derive(Clone, Debug)]
pub(super) struct Shared<'b> {
    /// As written in the first of them.
    pub(super) text: String,
    /// Records and the spans where it stands.
    pub(super) at: Vec<(&'b BriefRecord, Span)>,
}

/// The longest run of 4–10 words with a verb and a name that is a whole title (or a whole part of one) and stands in
/// the titles of at least three authors with texts of their own.
pub(super) fn shared_clause<'b>(brief: &'b Brief, casing: &Casing) -> Option<Shared<'b>> {
    let titled: Vec<(&BriefRecord, Span, &str)> = members(brief)
        .into_iter()
        .filter(|r| !r.quarantined && (r.lang == brief.lang || r.lang == crate::model::Lang::UND))
        .filter_map(|r| title_of(r).map(|(span, text)| (r, span, text)))
        .collect();
    let mut best: Option<(usize, usize, Shared<'b>)> = None;
    for (_, _, title) in &titled {
        if crate::write::quotes::units::asks(title) {
            continue;
        }
        for (part, _) in parts(title) {
            let list = tokens(part);
            if !(4..=10).contains(&list.len())
                || !has_verb(part)
                || !list.iter().any(|t| casing.is_name(t.surface, &t.lower))
                || leans(part)
                || has_any(part, lexicon_en::OPINION)
                || has_any(part, lexicon_en::FIRST_PERSON)
            {
                continue;
            }
            let run: Vec<&str> = list.iter().map(|t| t.lower.as_str()).collect();
            let mut authors: BTreeSet<&str> = BTreeSet::new();
            let mut groups: BTreeSet<&CopyGroup> = BTreeSet::new();
            let mut at = Vec::new();
            for (record, span, other) in &titled {
                if let Some(hit) = find_run(other, &run)
                    && !crate::write::quotes::units::asks(other)
                    && authors.insert(record.author_key.as_str())
                    && groups.insert(&record.copy_group)
                {
                    at.push((*record, Span { start: span.start + hit.0, end: span.start + hit.1 }));
                }
            }
            let rank = (list.len(), at.len());
            if at.len() >= 3 && best.as_ref().is_none_or(|b| rank > (b.0, b.1)) {
                let text = casing.sentence_case(part.trim_end_matches(['.', '!']));
                best = Some((rank.0, rank.1, Shared { text, at }));
            }
        }
    }
    best.map(|b| b.2)
}

/// The parts of a title between stops, colons, bars and dashes, with their offsets.
fn parts(title: &str) -> Vec<(&str, usize)> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, mark) in title.match_indices([':', '|', '–', '—', '!', '.', '?', ';', '(', ')', '[', ']']) {
        let next = title.get(at + mark.len()..).and_then(|s| s.chars().next());
        let opened = mark == "[" && at > 0;
        let closed = mark == "]"
            && title.get(at + 1..).is_some_and(|rest| !rest.trim().is_empty())
            && !title.starts_with('[');
        if opened || closed {
            continue;
        }
        if next.is_none_or(char::is_whitespace) || matches!(mark, "—" | "(" | ")" | "[" | "]") {
            found.push((title.get(start..at).unwrap_or(""), start));
            start = at + mark.len();
        }
    }
    found.push((title.get(start..).unwrap_or(""), start));
    found
        .into_iter()
        .map(|(part, at)| (part.trim(), at + (part.len() - part.trim_start().len())))
        .filter(|(part, _)| !part.is_empty())
        .collect()
}

fn find_run(text: &str, run: &[&str]) -> Option<(usize, usize)> {
    let list = tokens(text);
    list.windows(run.len()).find_map(|w| {
        let same = w.iter().zip(run).all(|(t, r)| t.lower == *r);
        let (from, to) = (w.first()?, w.last()?);
        // `Coastline 2 [night]` is another thing than Coastline 2.
        let goes_on = text.get(to.end..).is_some_and(|rest| rest.trim_start().starts_with('['));
        (same && !goes_on).then_some((from.start, to.end))
    })
}

/// A publication's title with what there is to say of it.
pub(super) struct PressTitle<'b> {
    pub(super) record: &'b BriefRecord,
    pub(super) span: Span,
    /// Compressed and in sentence case.
    pub(super) clause: String,
    /// Other outlets' titles with the same content words.
    pub(super) also: Vec<(&'b BriefRecord, Span)>,
    /// Higher is better: shared words and recency.
    pub(super) score: f64,
}

/// Titles of publications that could lead, best first; opinion pieces are never among them.
pub(super) fn press_titles<'b>(brief: &'b Brief, casing: &Casing) -> Vec<PressTitle<'b>> {
    let all = members(brief);
    let titled: Vec<(&BriefRecord, Span, &str, BTreeSet<String>)> = all
        .iter()
        .filter(|r| r.class == SourceClass::Publication && !r.quarantined && r.lang == brief.lang)
        .filter_map(|r| title_of(r).map(|(span, text)| (*r, span, text, content_stems(text))))
        .collect();
    let heads: Vec<BTreeSet<String>> = all
        .iter()
        .map(|r| {
            let text = r.text.as_deref().unwrap_or("");
            content_stems(title_of(r).map_or_else(|| head(text), |t| t.1))
        })
        .collect();
    let share =
        |stem: &String| heads.iter().filter(|h| h.contains(stem)).count() as f64 / heads.len().max(1) as f64;
    let label = content_stems(&brief.label);
    let (first, last) = (brief.members.first(), brief.members.last());
    let time = |id: Option<&crate::model::RecordId>| {
        id.and_then(|i| brief.record(i)).map_or(0, |r| r.published_at.timestamp())
    };
    let (from, to) = (time(first), time(last));
    let mut found: Vec<PressTitle<'b>> = titled
        .iter()
        .filter(|(record, _, title, _)| is_news(title) && !is_letter(record))
        .filter_map(|(record, span, title, stems)| {
            let clause = casing.sentence_case(&compress(title, &record.speaker));
            let content = words(&clause).iter().filter(|w| !is_stop(w)).count();
            if content < 3 || clause.chars().count() < 20 || clause.contains(['“', '”', '"', '|']) {
                return None;
            }
            let also: Vec<_> = titled
                .iter()
                .filter(|(other, _, _, theirs)| {
                    other.speaker != record.speaker
                        && other.copy_group != record.copy_group
                        && same_words(&clause, theirs)
                })
                .map(|(other, span, _, _)| (*other, *span))
                .collect();
            let shared: f64 = stems.iter().map(share).sum::<f64>() / (stems.len().max(1) as f64).sqrt();
            let recency = (record.published_at.timestamp() - from) as f64 / ((to - from).max(1) as f64);
            let evidence = f64::from(u8::from(brief.evidence.contains(&record.id)));
            // A headline that does not name it tells nobody what it is about.
            let named = 0.4 + 0.6 * overlap(&label, stems);
            // Nor does one without a verb tell what happened.
            let told = if makes_a_point(title) { 1.0 } else { 0.2 };
            // A title in capitals that could not be brought down reads like a shop sign.
            let capitals =
                tokens(&clause).iter().filter(|t| t.surface.starts_with(char::is_uppercase)).count();
            let told = if capitals * 3 > tokens(&clause).len() * 2 { 0.7 * told } else { told };
            // What is the world's first, it is by somebody's account.
            let told = if has_any(&clause, lexicon_en::ADVERT) { 0.3 * told } else { told };
            Some(PressTitle {
                record,
                span: *span,
                clause,
                score: if also.is_empty() { 1.0 } else { 1.5 }
                    * shared
                    * named
                    * told
                    * (1.0 + 0.6 * recency)
                    * (1.0 + 0.5 * evidence),
                also,
            })
        })
        .collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.record.id.cmp(&b.record.id)));
    found
}

/// Whether nearly all content words of a clause stand in another title.
fn same_words(clause: &str, title: &BTreeSet<String>) -> bool {
    let mine = content_stems(clause);
    let shared = mine.intersection(title).count();
    shared >= 3 && shared * 4 >= mine.len() * 3
}

fn head(text: &str) -> &str {
    crate::analyze::span::head(text, 200)
}

fn words_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Pieces that tell of many matters, or tell one again.
const ROUND_UP: &[&str] = &[
    "podcast",
    "newsletter",
    "briefing",
    "as it happened",
    "live updates",
    "live blog",
    "quiz",
    "explainer",
    "explained",
    "week in",
    "the week",
    "this week",
    "weekly",
    "daily",
    "roundup",
    "round-up",
    "recap",
    "best of",
    "top stories",
    "in pictures",
    "letters",
    "cartoon",
    "review of",
    "the latest",
    "everything we know",
    "what we know",
    "deals",
];

/// Whether a publication greets its readers: a letter has many matters and says what it thinks of them.
fn is_letter(record: &BriefRecord) -> bool {
    let text = record.text.as_deref().unwrap_or("");
    let body = crate::analyze::span::head(text.get(record.body_start..).unwrap_or(""), 400);
    has_any(
        body,
        &["hello, and welcome", "welcome to", "good morning", "this week's newsletter", "in this newsletter"],
    )
}

/// Whether a publication's title tells news: no opinion, no question.
fn is_news(title: &str) -> bool {
    !has_any(title, lexicon_en::OPINION)
        && !has_any(title, lexicon_en::FIRST_PERSON)
        && !crate::write::quotes::units::asks(title)
        && !title.to_lowercase().starts_with("how ")
        && !title.to_lowercase().contains(": how ")
        && !title.to_lowercase().contains(": why ")
        && !title.to_lowercase().contains("everything you need")
        && !has_any(title, ROUND_UP)
}

/// Cuts what a headline does not need: `| Site`, `Breaking:`, brackets, what follows `: how`.
pub(super) fn compress(title: &str, outlet: &str) -> String {
    let mut text = words_line(title);
    for mark in [" | ", " - ", " – ", " — "] {
        if let Some((left, right)) = text.rsplit_once(mark)
            && (mark == " | " || right.eq_ignore_ascii_case(outlet))
        {
            text = left.to_owned();
        }
    }
    for prefix in ["Breaking:", "BREAKING:", "Exclusive:", "Update:", "Live:", "Watch:", "News:"] {
        if let Some(rest) = text.strip_prefix(prefix) {
            text = rest.trim().to_owned();
        }
    }
    for mark in [". Here", "! Here", "? Here", ", here’s", ", here's"] {
        if let Some((left, _)) = text.split_once(mark) {
            text = left.to_owned();
        }
    }
    while let (Some(open), Some(close)) = (text.find(['(', '[']), text.find([')', ']'])) {
        // `Coastline 2 [night]` is another thing than Coastline 2.
        if open >= close || open > 0 && text.get(open..).is_some_and(|rest| rest.starts_with('[')) {
            break;
        }
        let (head, tail) = (text.get(..open).unwrap_or("").to_owned(), text.get(close + 1..).unwrap_or(""));
        text = words_line(&format!("{head}{tail}")).replace(" :", ":").replace(" ,", ",");
    }
    if let Some((left, right)) = text.split_once(": ") {
        let first = right.split_whitespace().next().unwrap_or("").to_lowercase();
        if matches!(first.as_str(), "how" | "what" | "why" | "here's" | "here’s" | "who" | "when")
            || (has_verb(left) && left.split_whitespace().count() >= 4)
        {
            text = left.to_owned();
        }
    }
    text.trim_end_matches(['.', ',', ';', ':']).to_owned()
}

/// A clause without what followed or came beside it: “X closes the pier, after a week of storms” loses the storms. What
/// stays is what the title says happened; a tail that says who says so stays.
pub(super) fn without_tail(clause: &str) -> Option<&str> {
    // Without the comma the checks take the head for another sentence.
    const TAILS: [&str; 5] = [", after ", ", amid ", ", following ", ", as ", ", while "];
    const TELLS: &[&str] = &[
        "says", "say", "said", "claims", "claimed", "finds", "found", "shows", "show", "reports", "reported",
        "warns", "warn", "alleges", "sources", "if", "unless", "not", "may", "might", "could", "would",
        "denies", "denied",
    ];
    let at = TAILS.iter().filter_map(|tail| clause.find(tail)).min()?;
    let (head, tail) = (clause.get(..at)?, clause.get(at..)?);
    let content = words(head).iter().filter(|w| !is_stop(w)).count();
    (content >= 4 && has_verb(head) && !has_any(tail, TELLS)).then_some(head)
}

/// Titles and short whole sentences that can stand as a heading: 18–78 characters, no question, no leaning opener.
pub(super) fn heading_like(text: &str) -> bool {
    (18..=78).contains(&text.chars().count()) && headline_like(text)
}

/// The same for a headline, which may be as long as one.
pub(super) fn headline_like(text: &str) -> bool {
    (18..=86).contains(&text.chars().count())
        && stands_alone(text)
        && clean_words(text, HEADING)
        && !text.contains('!')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headline_is_compressed() {
        assert_eq!(
            compress("Breaking: Ferry line reopens | Harbour Post", "Harbour Post"),
            "Ferry line reopens"
        );
        assert_eq!(
            compress("Coast line closes for repairs: what riders should know", "X"),
            "Coast line closes for repairs"
        );
        assert_eq!(
            compress("Night train (finally) returns - Coast Daily", "Coast Daily"),
            "Night train returns"
        );
        assert_eq!(compress("Budget: trains cost more", "X"), "Budget: trains cost more");
    }

    #[test]
    fn a_clause_loses_what_came_before_it_and_keeps_who_says_so() {
        assert_eq!(
            without_tail("Coastline closes the ferry office for most riders, after a week of storms"),
            Some("Coastline closes the ferry office for most riders")
        );
        assert_eq!(without_tail("Ferry office for most riders closes, after the storms as riders say"), None);
        assert_eq!(without_tail("Riders after a storm"), None);
        assert_eq!(without_tail("Coastline closes the ferry office for most riders"), None);
    }

    #[test]
    fn parts_of_a_title_keep_their_places() {
        let title = "Update: the pier v2.5 is open — come";
        for (part, at) in parts(title) {
            assert!(title.get(at..).unwrap().starts_with(part));
        }
        assert_eq!(
            parts(title).iter().map(|p| p.0).collect::<Vec<_>>(),
            ["Update", "the pier v2.5 is open", "come"]
        );
    }
}
