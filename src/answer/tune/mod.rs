//! Proposing match rules from stored records: what could be added, what pulls in something else.
//!
//! Nothing is known of a subject but its rules and its records. Records that match show which places and clusters are
//! the topic's; unmatched records in those are *near*, and phrases that are frequent in near and matched records but
//! not elsewhere are worth adding. The other way round, a matched record *sits with the topic* when a record that
//! matches by another rule is in its cluster; a rule whose records hardly ever do, and a phrase that stands in
//! matched records which do not, are worth a second look.
//!
//! A phrase's weight is the log odds ratio between the two sets in standard deviations, smoothed by half a record on
//! every side (z of Monroe, Colaresi and Quinn 2008 with a flat prior). Copies count once. Everything is counted, so
//! the same records give the same proposals.

mod phrases;
mod proposals;
mod scene;

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;

pub use proposals::{Proposal, ProposalKind, RuleUse};

use super::explain::Explainer;
use super::explain::rules::{found, head};
use super::{AskError, Desk};
use crate::config::TopicOrigin;
use crate::model::{RecordState, SourceClass, TopicSlug};
use crate::store::View;

/// What could be changed in a topic's rules.
#[derive(Clone, Debug, Serialize)]
pub struct TuneAnswer {
    /// Slug.
    pub topic: TopicSlug,
    /// Name.
    pub name: String,
    /// Where its rules are written.
    pub file: String,
    /// Records published after …
    pub from: DateTime<Utc>,
    /// … and up to here were looked at.
    pub to: DateTime<Utc>,
    /// How many those are, copies once.
    pub records: usize,
    /// Of them, records that match.
    pub matched: usize,
    /// Of those, records in whose cluster nothing else is.
    pub alone: usize,
    /// Unmatched records in the topic's places and clusters.
    pub near: usize,
    /// Every rule and what it brings, the one that brings most first.
    pub rules: Vec<RuleUse>,
    /// What could be changed, best first within its kind.
    pub proposals: Vec<Proposal>,
}

/// A record as tuning sees it.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) url: String,
    pub(super) venue: String,
    /// Its venue is a place of its own, not a whole network.
    pub(super) place: bool,
    pub(super) author: String,
    pub(super) cluster: String,
    /// What is matched, folded.
    pub(super) head: String,
    /// Rules of the topic that match, none where it does not belong.
    pub(super) by: Vec<String>,
}

impl Said {
    pub(super) fn matched(&self) -> bool {
        !self.by.is_empty()
    }
}

impl Explainer<'_> {
    /// What could be changed in the rules of `asked`, by the records of `days` days before the newest.
    pub async fn tune(&self, asked: &str, days: u16) -> Result<TuneAnswer, AskError> {
        let desk: &Desk<'_> = &self.desk;
        let Some(view) = desk.topic(asked) else { return Err(desk.unknown(asked)) };
        let Some(topic) = self.config.topic(view.slug.as_str()) else { return Err(desk.unknown(asked)) };
        let newest = desk.store.published_span().await?.map_or(desk.now, |(_, newest)| newest);
        let to = newest.min(desk.now);
        let from = to - Duration::days(i64::from(days));
        // Of each text the earliest record.
        let mut texts: BTreeMap<String, ((DateTime<Utc>, String), Said)> = BTreeMap::new();
        for stored in desk.store.stored_between(View::Replay, from, to).await? {
            let record = &stored.record;
            if record.state != RecordState::Live || !stored.analysis.quarantine.is_empty() {
                continue;
            }
            let rules = found(topic, &stored.text.text, stored.text.body_start, &record.venue);
            let belongs = rules.belongs && topic.speaks(stored.analysis.lang.as_str());
            let said = Said {
                url: record.permalink.clone(),
                venue: record.venue.clone(),
                place: match record.class {
                    SourceClass::Forum | SourceClass::Publication => true,
                    SourceClass::Essay | SourceClass::Social | SourceClass::Paper => false,
                },
                author: record.author_key.as_str().to_owned(),
                cluster: stored.cluster.as_str().to_owned(),
                head: head(&stored.text.text, stored.text.body_start),
                by: if belongs { rules.by } else { Vec::new() },
            };
            let order = (record.published_at, record.id.as_str().to_owned());
            match texts.get_mut(stored.copy_group.as_str()) {
                Some(first) if first.0 <= order => {}
                Some(first) => *first = (order, said),
                None => {
                    texts.insert(stored.copy_group.as_str().to_owned(), (order, said));
                }
            }
        }
        let mut all: Vec<((DateTime<Utc>, String), Said)> = texts.into_values().collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        let said: Vec<Said> = all.into_iter().map(|(_, said)| said).collect();
        let found = proposals::propose(topic, &said);
        Ok(TuneAnswer {
            topic: view.slug.clone(),
            name: view.name.clone(),
            file: match &topic.origin {
                TopicOrigin::File(path) => path.display().to_string(),
                TopicOrigin::BuiltIn => {
                    format!("compiled in; `newsdesk init` writes topics/{}.toml to change", view.slug)
                }
            },
            from,
            to,
            records: said.len(),
            matched: found.matched,
            alone: found.alone,
            near: found.near,
            rules: found.rules,
            proposals: found.proposals,
        })
    }
}
