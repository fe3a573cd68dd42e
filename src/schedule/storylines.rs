//! Which running story a lead belongs to, if any.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::{ClusterId, Lead, RecordId, TopicSlug};
use crate::store::{Store, StoreError, StoryRow};

/// A story that heard nothing for so long is over: the same subject then makes a new one.
pub(super) const ALIVE: TimeDelta = TimeDelta::days(7);

/// A running story as later leads are matched with it.
#[derive(Clone, Debug)]
pub(super) struct Running {
    /// Its latest version before the tick.
    pub(super) row: StoryRow,
    /// Records it rests on.
    pub(super) members: BTreeSet<RecordId>,
}

/// Stories alive at `at`: their last version is younger than [`ALIVE`].
pub(super) async fn running(store: &Store, at: DateTime<Utc>) -> Result<Vec<Running>, StoreError> {
    let mut found = Vec::new();
    for row in store.storylines_between(at - ALIVE, at).await? {
        let members =
            store.story_members(&row.story.storyline, row.story.version).await?.into_iter().collect();
        found.push(Running { row, members });
    }
    Ok(found)
}

/// What of a lead is compared with running stories.
pub(super) struct Likeness<'a> {
    pub(super) lead: &'a Lead,
    /// Everything on the lead's subject.
    pub(super) kin: &'a BTreeSet<RecordId>,
    /// Clusters of its evidence.
    pub(super) clusters: &'a BTreeSet<ClusterId>,
    /// Those of its names that tell events apart: rare, or suddenly common.
    pub(super) telling: &'a BTreeSet<String>,
}

/// Points from which a lead is the same story.
const SAME: f64 = 2.0;
/// So many of the story's records on the lead's subject speak for the same story, and this share of them.
const MUCH_SHARED: usize = 3;
const SHARE_SHARED: f64 = 0.2;

/// The running story that a lead belongs to. Records weigh most, then names that tell events apart; a subject in common
/// alone never makes two stories one.
///
/// Points: each evidence record that the story rests on already, 2; each shared telling name, 1.5, each other shared
/// name, a quarter; a shared cluster, 1; three of the story's records on the lead's subject that are a fifth of all, 1.
pub(super) fn belongs_to<'r>(likeness: &Likeness<'_>, running: &'r [Running]) -> Option<&'r Running> {
    let lead = likeness.lead;
    let mut best: Option<(f64, &Running)> = None;
    for candidate in running {
        let trail = &candidate.row.trail;
        if !topics_meet(&lead.topics, &candidate.row.story.topic, &trail.topics) {
            continue;
        }
        let evidence = lead.evidence.iter().filter(|id| candidate.members.contains(*id)).count() as f64;
        let shared = likeness.kin.iter().filter(|id| candidate.members.contains(*id)).count();
        let much = shared >= MUCH_SHARED && shared as f64 >= SHARE_SHARED * candidate.members.len() as f64;
        let cluster = trail.cluster.as_ref().is_some_and(|c| likeness.clusters.contains(c));
        let names: f64 = lead
            .names
            .iter()
            .filter(|name| trail.names.contains(name))
            .map(|name| if likeness.telling.contains(name) { 1.5 } else { 0.25 })
            .sum();
        let points = 2.0 * evidence + names + f64::from(u8::from(cluster)) + f64::from(u8::from(much));
        let better = match best {
            None => true,
            Some((most, other)) => {
                points > most || (points == most && candidate.row.story.at > other.row.story.at)
            }
        };
        if points >= SAME && better {
            best = Some((points, candidate));
        }
    }
    best.map(|(_, running)| running)
}

fn topics_meet(lead: &[TopicSlug], main: &TopicSlug, all: &[TopicSlug]) -> bool {
    lead.iter().any(|topic| topic == main || all.contains(topic))
}
