//! Who answers: the store, the topics, and what time it is.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::model::TopicSlug;
use crate::store::{Store, StoreError};

/// What an answer needs to know of a topic's settings.
#[derive(Clone, Debug)]
pub struct TopicView {
    /// Slug.
    pub slug: TopicSlug,
    /// Name for people.
    pub name: String,
    /// What belongs to it.
    pub description: String,
    /// The zone its times are told in.
    pub time_zone: chrono_tz::Tz,
    /// When its sources are scanned next; `None` without live sources.
    pub next_scan: Option<DateTime<Utc>>,
}

/// Topics as they stand at a time: their next scans move on.
pub type Topics = Arc<dyn Fn(DateTime<Utc>) -> Vec<TopicView> + Send + Sync>;

/// The desk that is asked.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    /// Where everything is kept.
    pub store: &'a Store,
    /// The topics it follows, by slug.
    pub topics: &'a [TopicView],
    /// The time of the question.
    pub now: DateTime<Utc>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// No topic, code or address of this name.
    #[error("`{asked}` is no topic, story code or known address{}", nearest_hint(nearest))]
    Unknown {
        /// What was asked for.
        asked: String,
        /// Topics that are spelt like it.
        nearest: Vec<String>,
    },
    /// No record of this address is stored.
    #[error("no record of {url} is stored. {known}")]
    NoRecord {
        /// The address.
        url: String,
        /// What it would be, and what would bring it.
        known: String,
    },
    /// The topic has no story yet.
    #[error("{name} has no story yet. {known}")]
    NoStory {
        /// Its slug.
        topic: TopicSlug,
        /// The topic's name.
        name: String,
        /// What is known, when the next scan is, what to do.
        known: String,
        /// Records of it that are stored.
        stored: u64,
        /// Those of the last 24 hours.
        recent: u64,
        /// When its sources are scanned next; `None` without live sources.
        next_scan: Option<DateTime<Utc>>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn nearest_hint(nearest: &[String]) -> String {
    if nearest.is_empty() {
        "; `newsdesk topics` lists what this desk follows".to_owned()
    } else {
        format!(
            "; did you mean {}?",
            nearest.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" or ")
        )
    }
}

impl Desk<'_> {
    /// The topic of a slug, or of a name as people write it.
    pub fn topic(&self, asked: &str) -> Option<&TopicView> {
        let folded = asked.trim().to_lowercase();
        let dashed = folded
            .split(|c: char| !c.is_alphanumeric())
            .filter(|p| !p.is_empty())
            .collect::<Vec<_>>()
            .join("-");
        self.topics.iter().find(|t| {
            t.slug.as_str() == folded || t.slug.as_str() == dashed || t.name.to_lowercase() == folded
        })
    }

    /// What is said of a name that nothing has.
    pub fn unknown(&self, asked: &str) -> AskError {
        AskError::Unknown { asked: asked.to_owned(), nearest: self.nearest(asked) }
    }

    /// Slugs spelt like `asked`, nearest first.
    pub(super) fn nearest(&self, asked: &str) -> Vec<String> {
        /// Below this similarity a suggestion is a guess.
        const NEAR: f64 = 0.6;
        let asked = asked.to_lowercase();
        let mut near: Vec<(f64, &str)> = self
            .topics
            .iter()
            .map(|t| {
                let slug = t.slug.as_str();
                let part = slug
                    .split('-')
                    .map(|p| strsim::normalized_damerau_levenshtein(p, &asked))
                    .fold(0.0, f64::max);
                (strsim::normalized_damerau_levenshtein(slug, &asked).max(part), slug)
            })
            .filter(|(score, _)| *score >= NEAR)
            .collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        near.into_iter().take(3).map(|(_, slug)| slug.to_owned()).collect()
    }
}
