//! The exported bundle: a story with everything it rests on, which anybody can check without us.
//!
//! One JSON file: `format` (this shape's version), `generator` (program and version), `story` (the sentences with
//! their citations and counts), `brief` (every record the story may use, **with its text**, and each count's query), and
//! `brief_sha256` (digest of the brief without its texts; each text has its own digest inside, so that a text can go
//! while the rest stays checkable).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::verify::Verifier;
use crate::model::{
    Brief, CountBase, CountFilter, CountUnit, Place, Rejection, RejectionCode, Sha256, Story,
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
        Self { format: Self::FORMAT, generator, story, brief, brief_sha256 }
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
        let ids: BTreeSet<_> = brief.records.iter().map(|r| &r.id).collect();
        for id in brief.members.iter().chain(&brief.before).filter(|id| !ids.contains(id)) {
            whole(RejectionCode::UnknownId, id.as_str());
        }
        rejections.extend(Verifier::new(brief).check_story(&story.body));
        Report { sentences: story.body.sentences().len(), rejections }
    }
}
