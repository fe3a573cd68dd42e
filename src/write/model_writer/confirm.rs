//! The second check of a paraphrase: a question that shows the source and the sentence, and nothing of the story.

use serde::{Deserialize, Serialize};

use super::prompt;
use super::schema;
use super::shown::fenced;
use crate::llm::Ask;
use crate::model::{Brief, Sentence, SourceClass};
use crate::write::verify::has_words;

/// The source's name in the question.
const SOURCE: &str = "source-1";
/// Longest part of a source that is shown, in bytes before and after what is cited.
const EACH_WAY: usize = 1_000;
/// Fewest words of the quotation that carries a sentence.
const LEAST_WORDS: usize = 3;
const LONGEST: usize = 8 * 1024;
const MAX_TOKENS: u32 = 1_000;

#[derive(Serialize)]
struct Compared<'s> {
    source_id: &'static str,
    speaker: &'s str,
    source: &'s str,
    sentence: &'s str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Compare {
    verdict: String,
    source_id: String,
    quote: String,
}

/// The question, and the source that an answer is held against.
pub(super) struct Confirmation<'b> {
    pub(super) ask: Ask,
    source: &'b str,
}

/// The question about a sentence; `None` unless it rests on one source, whose text is there.
pub(super) fn ask<'b>(sentence: &Sentence, brief: &'b Brief) -> Option<Confirmation<'b>> {
    let first = sentence.citations.first()?;
    if sentence.citations.iter().any(|c| c.record != first.record) {
        return None;
    }
    let record = brief.record(&first.record)?;
    let text = record.text.as_deref()?;
    let mut from = first.start.saturating_sub(EACH_WAY);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let mut to = (first.end + EACH_WAY).min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    let source = text.get(from..to)?;
    // Nobody's name is needed to compare the two.
    let known = record.class == SourceClass::Publication || record.official;
    let speaker = if known { record.speaker.as_str() } else { "the author" };
    let said = sentence.text.replace(&record.speaker, speaker);
    let data = Compared { source_id: SOURCE, speaker, source, sentence: &said };
    let ask = Ask {
        system: prompt::CONFIRM.to_owned(),
        user: format!("{}\n\nDoes the source support the sentence?", fenced(&data, brief)),
        name: "verdict",
        schema: schema::verdict(),
        max_tokens: MAX_TOKENS,
    };
    Some(Confirmation { ask, source })
}

impl Confirmation<'_> {
    /// Whether an answer says so, of this source, with words that stand in it. Anything else is no.
    pub(super) fn is_supported_by(&self, text: &str) -> bool {
        if text.len() > LONGEST {
            return false;
        }
        let Ok(Compare { verdict, source_id, quote }) = serde_json::from_str(text) else { return false };
        verdict == "supported"
            && source_id == SOURCE
            && quote.split_whitespace().count() >= LEAST_WORDS
            && has_words(self.source, quote.trim())
    }
}
