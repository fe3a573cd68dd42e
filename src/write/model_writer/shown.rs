//! What a model is shown of a brief: data in one block, between marks that nothing in it can be.
//!
//! No addresses, no digests, no engagement, and no names of members: they are numbered, because a placeholder stands for each.
//! Records that are set aside are not in it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::{Brief, BriefRecord, Caveat, Count, Quote, QuoteKind, Sha256, SourceClass, Span};
use crate::write::extractive;
use crate::write::verify::sentence_around;

/// Longest surroundings of a quote, in characters.
const AROUND: usize = 600;
/// Most signals told.
const SIGNALS: usize = 4;

/// The brief as the model sees it.
#[derive(Serialize)]
pub(super) struct Shown<'b> {
    story: ShownStory<'b>,
    quotes: Vec<ShownQuote>,
    counts: Vec<ShownCount>,
    signals: Vec<&'b str>,
    earlier: Option<ShownEarlier<'b>>,
    counter: ShownCounter<'b>,
}

#[derive(Serialize)]
struct ShownStory<'b> {
    label: &'b str,
    topic: &'b str,
    status: &'b str,
    language: &'b str,
    thin: bool,
}

/// A quote, with the whole sentence and the next where it is a part of one.
#[derive(Serialize)]
pub(super) struct ShownQuote {
    id: String,
    who: String,
    kind: &'static str,
    place: String,
    day: String,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    asks: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    around: Option<String>,
}

/// A count with what it counts.
#[derive(Serialize)]
pub(super) struct ShownCount {
    id: String,
    n: u64,
    of: u64,
    text: String,
}

#[derive(Serialize)]
struct ShownEarlier<'b> {
    version: u32,
    headline: &'b str,
}

#[derive(Serialize)]
struct ShownCounter<'b> {
    searched: u64,
    ids: Vec<&'b str>,
}

/// Whether a quote may be shown: its text is there, and its record is not set aside.
pub(super) fn is_shown(brief: &Brief, quote: &Quote) -> bool {
    brief.record(&quote.record).is_some_and(|r| !r.quarantined) && brief.quote_text(quote).is_some()
}

/// The whole brief.
pub(super) fn shown(brief: &Brief) -> Shown<'_> {
    let quotes: Vec<&Quote> = brief.quotes.iter().filter(|q| is_shown(brief, q)).collect();
    let ids = brief.counter.quotes.iter().filter(|id| quotes.iter().any(|q| q.id == **id));
    Shown {
        story: ShownStory {
            label: &brief.label,
            topic: &brief.topic.name,
            status: brief.status.as_str(),
            language: brief.lang.as_str(),
            thin: brief.caveats.contains(&Caveat::Thin),
        },
        quotes: quotes_of(brief, &quotes),
        counts: brief.counts.iter().map(count).collect(),
        signals: brief.signals.iter().take(SIGNALS).map(|s| s.text.as_str()).collect(),
        earlier: brief.earlier.as_ref().map(|e| ShownEarlier { version: e.version, headline: &e.headline }),
        counter: ShownCounter {
            searched: brief.counter.searched,
            ids: ids.map(crate::model::QuoteId::as_str).collect(),
        },
    }
}

/// These quotes as a model sees them. A member is called the same in all of them.
pub(super) fn quotes_of(brief: &Brief, quotes: &[&Quote]) -> Vec<ShownQuote> {
    let mut members: BTreeMap<&str, usize> = BTreeMap::new();
    for record in brief.quotes.iter().filter_map(|q| brief.record(&q.record)) {
        let next = members.len() + 1;
        members.entry(record.author_key.as_str()).or_insert(next);
    }
    let shown = quotes.iter().filter_map(|quote| {
        let record = brief.record(&quote.record)?;
        let text = brief.quote_text(quote)?;
        let who = if record.class == SourceClass::Publication || record.official {
            extractive::speaker(record, quote)
        } else {
            format!("member {}", members.get(record.author_key.as_str()).copied().unwrap_or_default())
        };
        Some(ShownQuote {
            id: quote.id.to_string(),
            who,
            kind: kind(quote, record),
            place: record.venue.clone(),
            day: extractive::day(brief, record),
            text: one_line(text),
            asks: quote.asks.then_some(true),
            around: around(record, quote.span),
        })
    });
    shown.collect()
}

fn kind(quote: &Quote, record: &BriefRecord) -> &'static str {
    match quote.kind {
        QuoteKind::Title if record.class == SourceClass::Publication => "press_title",
        other => other.as_str(),
    }
}

/// What a count says, in words that a sentence about it may use.
pub(super) fn count(count: &Count) -> ShownCount {
    use crate::model::{CountBase, CountFilter};
    let unit = count.unit.as_str();
    let base = match count.base {
        CountBase::Members => "of the story",
        CountBase::Earlier => "in the days before",
    };
    let what = match &count.filter {
        CountFilter::All => String::new(),
        CountFilter::Mentions { term } => format!(" that mention “{term}”"),
        CountFilter::Venue { venue } => format!(" from {venue}"),
        CountFilter::Platform { platform } => format!(" from {}", platform.display_name()),
        CountFilter::Publications => " by publications".to_owned(),
        CountFilter::Members => " by members".to_owned(),
        CountFilter::Day { date } => format!(" on {}", extractive::date(*date)),
    };
    ShownCount { id: count.id.to_string(), n: count.n, of: count.of, text: format!("{unit} {base}{what}") }
}

/// The sentence that a quote is a part of, and the one after it; `None` for a quote that is whole.
pub(super) fn around(record: &BriefRecord, span: Span) -> Option<String> {
    let text = record.text.as_deref()?;
    let (from, to) = sentence_around(text, span);
    let bare = |s: &str| s.trim_matches(|c: char| !c.is_alphanumeric()).len();
    if bare(text.get(from..to)?) <= bare(span.slice(text)?) {
        return None;
    }
    let rest = text.get(to..).unwrap_or_default();
    let next = to + (rest.len() - rest.trim_start().len());
    let (_, end) = sentence_around(text, Span { start: next, end: (next + 1).min(text.len()) });
    Some(one_line(text.get(from..end.max(to)).or_else(|| text.get(from..to))?).chars().take(AROUND).collect())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The data between two marks. They are made of the data and the seed, so that nobody who is quoted can know them, and
/// are taken out of the data first.
pub(super) fn fenced(data: &impl Serialize, brief: &Brief) -> String {
    // Plain data with string keys: it always serialises.
    let json = serde_json::to_string(data).unwrap_or_default();
    let digest = Sha256::of(&format!("{}\u{0}{json}", brief.seed));
    let mark: String = digest.as_str().chars().take(24).collect();
    let json = json.replace(&mark, "");
    format!("[data {mark}]\n{json}\n[end of data {mark}]")
}
