//! One pass over one record: everything that can be known of it alone.

use super::clean::{CleanInput, Cleaned, Markup, clean};
use super::copies::{ExactHash, Fingerprint};
use super::names::{Gazetteer, NameLines};
use super::words::Words;
use super::{TopicMatcher, headline, language, names, phrases, quarantine, register, sentiment};
use crate::model::{
    Analysis, Entity, Marks, Platform, QuarantineReason, Record, Sha256, Signs, SourceClass, StoredText,
};

/// Cleans and analyses a record by itself. Deterministic; no I/O.
pub fn analyze(record: &Record, matcher: &TopicMatcher) -> (StoredText, Analysis) {
    analyze_with(record, matcher, &Gazetteer::default())
}

/// Cleans and analyses a record, its names by what others have taught. Deterministic; no I/O.
pub fn analyze_with(
    record: &Record,
    matcher: &TopicMatcher,
    gazetteer: &Gazetteer,
) -> (StoredText, Analysis) {
    let Reading { text, analysis, .. } = read(record, matcher, gazetteer);
    (text, analysis)
}

/// An analysed record with what was cut out of its text on the way, so that nothing is cut twice.
#[derive(Debug)]
pub struct Reading {
    /// The cleaned text.
    pub text: StoredText,
    /// What was computed of it.
    pub analysis: Analysis,
    /// Its words.
    pub words: Words,
    /// Its beginning as names need it.
    pub lines: NameLines,
}

/// As [`analyze_with`].
pub fn read(record: &Record, matcher: &TopicMatcher, gazetteer: &Gazetteer) -> Reading {
    let cleaned = cleaned(record);
    let words = Words::of(&cleaned.text);
    let lang = language::detect(&cleaned.text);
    let lines = NameLines::of(&cleaned.text);
    let entities = names::entities_in(&cleaned.text, &lines, gazetteer)
        .into_iter()
        .map(|e| Entity { surface: e.name, norm: e.norm, kind: e.kind })
        .collect();
    let register = register::register(&cleaned.text, &words, lang).register;
    let analysis = Analysis {
        record: record.id.clone(),
        revision: record.revision,
        lang,
        sentiment: sentiment::score(&cleaned.text, lang).map(|score| sentiment::with_tone(score, register)),
        register,
        entities,
        phrases: phrases::key_phrases(&cleaned.text, &words, cleaned.body_start, lang),
        exact_hash: ExactHash::of(&cleaned.text).map(|h| h.as_str().to_owned()).unwrap_or_default(),
        fingerprint: Fingerprint::of(&words).map(|f| f.to_hex()).unwrap_or_default(),
        topics: matcher.topics_of(&cleaned.text, cleaned.body_start, &record.venue, lang),
        quarantine: set_aside(record),
        signs: signs_of(record, &cleaned, &words, lang),
    };
    let text = StoredText {
        record: record.id.clone(),
        revision: record.revision,
        body_start: if record.title.is_some() { cleaned.body_start } else { 0 },
        marks: marks_of(&cleaned),
        sha256: Sha256::of(&cleaned.text),
        text: cleaned.text,
    };
    Reading { text, analysis, words, lines }
}

fn cleaned(record: &Record) -> Cleaned {
    clean(&CleanInput {
        title: record.title.as_deref(),
        body: &record.body,
        markup: markup_of(&record.platform),
        social: record.class == SourceClass::Social,
    })
}

/// Addresses of something to read that a record links to, in order, each once.
pub fn links_of(record: &Record) -> Vec<String> {
    let mut links = cleaned(record).links;
    links.retain(|link| !headline::is_picture(link));
    links
}

/// How bodies are written where they come from. Archives keep what their platform used.
fn markup_of(platform: &Platform) -> Markup {
    match platform {
        Platform::Reddit | Platform::Lemmy => Markup::Markdown,
        Platform::HackerNews | Platform::Mastodon | Platform::Feed | Platform::Web => Markup::Html,
        Platform::Bluesky | Platform::Arxiv | Platform::X | Platform::Archive(_) => Markup::Plain,
    }
}

fn set_aside(record: &Record) -> Vec<QuarantineReason> {
    let mut reasons = record.title.as_deref().map(quarantine::check).unwrap_or_default();
    reasons.extend(quarantine::check(&record.body));
    reasons.sort();
    reasons.dedup();
    reasons
}

fn signs_of(record: &Record, cleaned: &Cleaned, words: &Words, lang: crate::model::Lang) -> Signs {
    let place = match record.class {
        SourceClass::Forum => headline::Venue::Forum,
        SourceClass::Social => headline::Venue::Social,
        SourceClass::Publication | SourceClass::Essay | SourceClass::Paper => headline::Venue::Publication,
    };
    let signs = headline::signs_with(cleaned, words, &record.body, place, lang);
    Signs {
        news_verb: signs.news_verb.is_some(),
        figures: signs.figures,
        asks: signs.asks,
        first_hand: signs.first_hand,
        personal: signs.personal,
        has_link: signs.has_link,
        title_words: u32::try_from(signs.title_words).unwrap_or(u32::MAX),
        starts_with_mention: signs.starts_with_mention,
        recurring: signs.recurring,
        shape: signs.shape,
        handles: signs.handles_named,
    }
}

fn marks_of(cleaned: &Cleaned) -> Marks {
    let pairs = |spans: &[super::Span]| spans.iter().map(|s| (s.start, s.end)).collect();
    Marks {
        link_at: cleaned.marks.link_at.clone(),
        quoted: pairs(&cleaned.marks.quoted),
        list_items: pairs(&cleaned.marks.lists),
        hidden: cleaned.marks.hidden.any(),
        cut: cleaned.marks.cut,
    }
}
