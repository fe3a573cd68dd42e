//! The exported bundle: a story with everything it rests on, which anybody can check without us.
//!
//! One JSON file: `format` (this shape's version), `generator` (program and version), `story` (the sentences with
//! their citations and counts), `brief` (every record the story may use, **with its text**, and each count's query), and
//! `brief_sha256` (digest of the brief without its texts; each text has its own digest inside, so that a text can go
//! while the rest stays checkable). With `writing` and `model` it can also be written again, byte for byte.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::extractive::{self, WriterSettings};
use super::model_writer::{self, ModelAnswers};
use super::verify::Verifier;
use super::{SettleSettings, Settled, settle};
use crate::model::{
    Brief, CountBase, CountFilter, CountUnit, Place, Rejection, RejectionCode, Sha256, Story, StoryBody,
};

/// A self-contained story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bundle {
    /// Version of this shape.
    pub format: u32,
    /// The program that wrote it.
    pub generator: String,
    /// The story.
    pub story: Story,
    /// What it rests on, texts included.
    pub brief: Brief,
    /// Digest of the brief without its texts.
    pub brief_sha256: Sha256,
    /// How much a story may hold and lose, where it is not the usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writing: Option<Writing>,
    /// What a language model said, where one wrote the story.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelAnswers>,
}

/// The settings that decide how a story is made of its brief.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Writing {
    /// Most sections.
    pub max_sections: usize,
    /// Most quotes in them together.
    pub max_quotes: usize,
    /// Least share of sentences that must pass.
    pub min_sentence_share: f64,
}

impl Default for Writing {
    fn default() -> Self {
        let WriterSettings { max_sections, max_quotes } = WriterSettings::default();
        let SettleSettings { min_sentence_share } = SettleSettings::default();
        Self { max_sections, max_quotes, min_sentence_share }
    }
}

/// What came of writing a story again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replay {
    /// The same, byte for byte.
    Same,
    /// Another one, from this place on.
    Differs(Place),
    /// It cannot be written again, and why.
    Cannot(String),
}

/// A file that is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Not JSON, or JSON of another shape.
    #[error("line {line}, column {column}: not a newsdesk bundle: {why}")]
    Shape {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there.
        why: String,
    },
    /// A bundle of another version.
    #[error("bundle format {found}, but this build reads format {expected}; use a newsdesk of that format")]
    Format {
        /// The version found.
        found: u64,
        /// The version read.
        expected: u32,
    },
}

/// What a check of a bundle found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Sentences checked.
    pub sentences: usize,
    /// Everything that did not pass; empty when the bundle holds.
    pub rejections: Vec<Rejection>,
}

impl Bundle {
    /// The shape this build writes and reads.
    pub const FORMAT: u32 = 1;

    /// A bundle of a story and its brief with texts.
    pub fn new(story: Story, brief: Brief) -> Self {
        let brief_sha256 = brief.digest();
        let generator = format!("newsdesk {}", env!("CARGO_PKG_VERSION"));
        Self { format: Self::FORMAT, generator, story, brief, brief_sha256, writing: None, model: None }
    }

    /// The same with what is needed to write the story again.
    #[must_use]
    pub fn made_with(self, writing: Writing, model: Option<ModelAnswers>) -> Self {
        Self { writing: (writing != Writing::default()).then_some(writing), model, ..self }
    }

    /// Writes the story again from the bundle alone: by the extractive writer, or from what the model said.
    pub async fn replay(&self) -> Replay {
        let told = &self.story.body;
        if told.sections.is_empty() {
            return Replay::Cannot("it was taken back, or withdrawn with its sources".to_owned());
        }
        if self.brief.records.iter().any(|record| record.text.is_none()) {
            return Replay::Cannot("texts of its records are gone".to_owned());
        }
        let Writing { max_sections, max_quotes, min_sentence_share } = self.writing.unwrap_or_default();
        let draft = extractive::draft(&self.brief, &WriterSettings { max_sections, max_quotes });
        let bars = SettleSettings { min_sentence_share };
        let again = match (&self.story.methodology.model, &self.model) {
            (None, _) => match settle(draft, &self.brief, &bars) {
                Settled::Story { body, .. } => Ok(body),
                Settled::Withheld { why, .. } => Err(why),
            },
            (Some(_), None) => Err("what the model said is not in the bundle".to_owned()),
            (Some(_), Some(answers)) => model_writer::replay(&self.brief, &draft, answers, &bars)
                .await
                .map(|story| story.body)
                .map_err(|none| none.to_string()),
        };
        match again {
            Ok(again) if same(&again, told) => Replay::Same,
            Ok(again) => Replay::Differs(first_difference(&again, told)),
            Err(why) => Replay::Cannot(why),
        }
    }

    /// As indented JSON, ending in a newline; the same bundle gives the same bytes.
    pub fn to_json(&self) -> String {
        // Plain data with string keys: it always serialises.
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        json
    }

    /// Reads a bundle.
    pub fn parse(json: &str) -> Result<Self, BundleError> {
        #[derive(Deserialize)]
        struct Head {
            format: u64,
        }
        let shape = |e: serde_json::Error| {
            // serde_json ends its message with the place, which we tell first.
            let place = format!(" at line {} column {}", e.line(), e.column());
            let why = e.to_string();
            BundleError::Shape {
                line: e.line(),
                column: e.column(),
                why: why.strip_suffix(place.as_str()).unwrap_or(&why).to_owned(),
            }
        };
        let head: Head = serde_json::from_str(json).map_err(shape)?;
        if head.format != u64::from(Self::FORMAT) {
            return Err(BundleError::Format { found: head.format, expected: Self::FORMAT });
        }
        serde_json::from_str(json).map_err(shape)
    }

    /// Re-checks everything from the bundle alone: the digest of the brief, that story and brief belong together, the
    /// story's own figures, and every sentence.
    pub fn verify(&self) -> Report {
        let mut rejections = Vec::new();
        let mut whole = |code: RejectionCode, offending: &str| {
            rejections.push(Rejection {
                place: Place::Whole,
                code,
                offending: offending.to_owned(),
                sentence: String::new(),
            });
        };
        let (story, brief) = (&self.story, &self.brief);
        let digest = brief.digest();
        if digest != self.brief_sha256 {
            whole(RejectionCode::HashMismatch, "brief_sha256");
        }
        if digest != story.methodology.brief {
            whole(RejectionCode::HashMismatch, "methodology.brief");
        }
        let same = [
            ("code", story.code == brief.code),
            ("storyline", story.storyline == brief.storyline),
            ("version", story.version == brief.version),
            ("topic", story.topic == brief.topic.slug),
            ("at", story.at == brief.at),
            ("label", story.label == brief.label),
            ("records_read", story.methodology.records_read == brief.records_read),
        ];
        for (name, _) in same.iter().filter(|(_, same)| !same) {
            whole(RejectionCode::HashMismatch, name);
        }
        let (records, _, _) = brief.evaluate(CountUnit::Records, CountBase::Members, &CountFilter::All);
        if story.records != records {
            whole(RejectionCode::CountWrong, "records");
        }
        let (authors, _, _) = brief.evaluate(CountUnit::Authors, CountBase::Members, &CountFilter::All);
        if story.methodology.authors != authors {
            whole(RejectionCode::CountWrong, "authors");
        }
        // Also of records that no sentence quotes: counts of a term rest on their texts.
        for record in &brief.records {
            let forged = record.text.as_deref().is_some_and(|text| Sha256::of(text) != record.sha256);
            // What expired and is not quoted says nothing, like what was deleted.
            if forged && !record.has_expired() {
                whole(RejectionCode::HashMismatch, &record.url);
            }
        }
        let ids: BTreeSet<_> = brief.records.iter().map(|r| &r.id).collect();
        for id in brief.members.iter().chain(&brief.before).filter(|id| !ids.contains(id)) {
            whole(RejectionCode::UnknownId, id.as_str());
        }
        rejections.extend(Verifier::new(brief).check_story(&story.body));
        Report { sentences: story.body.sentences().len(), rejections }
    }
}

fn same(one: &StoryBody, other: &StoryBody) -> bool {
    let bytes = |body: &StoryBody| serde_json::to_string(body).unwrap_or_default();
    bytes(one) == bytes(other)
}

/// The first place at which two bodies have another sentence; the whole where only their shape differs.
fn first_difference(one: &StoryBody, other: &StoryBody) -> Place {
    let (one, other) = (one.sentences(), other.sentences());
    let differing = one.iter().zip(&other).find(|(a, b)| a != b).map(|(a, _)| a.0);
    differing.unwrap_or(Place::Whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Methodology, RejectionCode::*};
    use crate::write::verify_sample as sample;

    fn bundle() -> Bundle {
        let brief = sample::brief();
        let story = Story {
            storyline: brief.storyline.clone(),
            code: brief.code.clone(),
            version: brief.version,
            topic: brief.topic.slug.clone(),
            at: brief.at,
            status: brief.status,
            label: brief.label.clone(),
            body: sample::body(&brief),
            records: 13,
            links: 0,
            platforms: Vec::new(),
            changes: Vec::new(),
            methodology: Methodology {
                writer: "extractive".to_owned(),
                newsdesk: "0.1.0".to_owned(),
                records_read: brief.records_read,
                records_used: 13,
                authors: 14,
                sentences_checked: 30,
                sentences_dropped: 0,
                cost_microusd: 0,
                model: None,
                brief: brief.digest(),
                caveats: Vec::new(),
            },
        };
        Bundle::new(story, brief)
    }

    /// Changes a bundle, writes and reads it, and gives the codes that its check finds.
    fn after(change: impl FnOnce(&mut Bundle)) -> Vec<RejectionCode> {
        let mut bundle = bundle();
        change(&mut bundle);
        let read = Bundle::parse(&bundle.to_json()).unwrap();
        let mut codes: Vec<RejectionCode> = read.verify().rejections.iter().map(|r| r.code).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    fn reword(bundle: &mut Bundle, from: &str, to: &str) {
        let text = &mut bundle.story.body.sections[1].sentences[1].text;
        assert!(text.contains(from));
        *text = text.replace(from, to);
    }

    #[test]
    fn an_untouched_bundle_holds_and_reads_back_byte_for_byte() {
        let bundle = bundle();
        assert_eq!(bundle.verify().rejections, []);
        assert_eq!(bundle.verify().sentences, bundle.story.body.sentences().len());
        let json = bundle.to_json();
        assert_eq!(Bundle::parse(&json).unwrap().to_json(), json);
    }

    #[test]
    fn every_alteration_is_named() {
        assert_eq!(after(|b| reword(b, "empty", "full")), [QuoteAltered]);
        assert_eq!(after(|b| reword(b, "u/otter-lamp", "u/kind-ember")), [AttributionMissing]);
        assert_eq!(
            after(|b| reword(b, "u/otter-lamp", "u/nobody-else")),
            [AttributionMissing, NameUnsupported]
        );
        assert_eq!(
            after(|b| reword(b, "wrote", "wrote after Brightwell called")),
            [NameUnsupported, GlueDrift]
        );
        let count = |b: &mut Bundle, from: &str, to: &str| {
            let text = &mut b.story.body.dek[1].text;
            *text = text.replace(from, to);
        };
        assert_eq!(after(|b| count(b, "13 records", "12 records")), [NumberUnsupported]);
        assert_eq!(after(|b| count(b, "13 records", "14 records")), [CountWrong]);
        assert_eq!(after(|b| b.story.body.dek[1].counts[0].n += 1), [CountWrong]);
        assert_eq!(after(|b| b.story.body.dek[1].counts[0].of -= 1), [CountWrong]);
        assert_eq!(after(|b| b.story.records += 1), [CountWrong]);
        let span = |b: &mut Bundle, by: usize| {
            let c = &mut b.story.body.sections[1].sentences[1].citations[0];
            (c.start, c.end) = (c.start + by, c.end + by);
        };
        assert_eq!(after(|b| span(b, 1)), [HashMismatch, QuoteAltered]);
        assert!(after(|b| span(b, 10_000)).contains(&SpanMissing));
    }

    #[test]
    fn a_removed_record_a_deleted_text_and_a_rewritten_one_are_named() {
        let removed = after(|b| {
            let id = b.story.body.sections[1].sentences[1].citations[0].record.clone();
            b.brief.records.retain(|r| r.id != id);
        });
        assert!(removed.contains(&UnknownId) && removed.contains(&HashMismatch), "{removed:?}");
        let deleted = after(|b| b.brief.records[4].text = None);
        assert_eq!(deleted, [Tombstoned]);
        let expired = after(|b| b.brief.records[4].text = Some(String::new()));
        assert_eq!(expired, [Expired]);
        let rewritten = after(|b| {
            let text = b.brief.records[4].text.as_mut().unwrap();
            *text = text.replace("whole shelf was empty", "whole shelf was green");
        });
        assert_eq!(rewritten, [HashMismatch, QuoteAltered]);
        let query = after(|b| b.brief.counts[0].n = 12);
        assert_eq!(query, [HashMismatch, CountWrong]);
    }

    #[test]
    fn what_is_no_bundle_is_told_with_its_place() {
        let error = |json: &str| Bundle::parse(json).unwrap_err().to_string();
        assert_eq!(
            error("{\n  \"format\": oops"),
            "line 2, column 13: not a newsdesk bundle: expected value"
        );
        assert_eq!(
            error("{\"format\": 9}"),
            "bundle format 9, but this build reads format 1; use a newsdesk of that format"
        );
        assert!(error("{\"format\": 1}").contains("missing field"));
    }
}
