//! Which running stories a lead belongs to, when two of them are one, and when one is over.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::newsroom::Newsroom;
use crate::model::{
    ClusterId, Decision, DecisionKind, Lead, Outcome, ReasonCode, RecordId, StoryStatus, TopicSlug,
};
use crate::signal::Recognised;
use crate::store::{Store, StoreError, StoryRow};

/// When a lead is a running story's, and when two running stories are one.
///
/// Points: each evidence record that the story rests on already, 2; each shared name that tells events apart (rare or
/// suddenly common, and of one thing), 1.5, each other shared name, a quarter; its cluster, 1.5 if the lead's middle is
/// there, 1 if other evidence is; three of the story's records on the subject of the lead's middle that are a fifth of
/// all, 1; three of them on its event that are half of those, 2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StorylineSettings {
    /// Points from which a lead is a running story's. Default 3.
    pub same: f64,
    /// Points that a lead must have with each of two stories which share its records to make them one. Default 3.
    pub merge: f64,
}

impl Default for StorylineSettings {
    fn default() -> Self {
        Self { same: 3.0, merge: 3.0 }
    }
}

/// A running story as later leads are matched with it.
#[derive(Clone, Debug)]
pub(super) struct Running {
    /// Its latest version before the tick.
    pub(super) row: StoryRow,
    /// Records it rests on.
    pub(super) members: BTreeSet<RecordId>,
    /// These, and those that were near its leads: what is said of it, whether or not it is counted.
    pub(super) company: BTreeSet<RecordId>,
}

/// Stories with what they rest on.
async fn running(
    store: &Store,
    rows: Vec<StoryRow>,
    since: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Result<Vec<Running>, StoreError> {
    let mut members =
        if rows.is_empty() { BTreeMap::new() } else { store.members_between(since, at).await? };
    let running = |row: StoryRow| {
        let members = members.remove(&row.story.storyline).unwrap_or_default();
        let company = members.iter().chain(&row.trail.company).cloned().collect();
        Running { row, members, company }
    };
    Ok(rows.into_iter().map(running).collect())
}

/// What of a lead is compared with running stories.
pub(super) struct Likeness<'a> {
    pub(super) lead: &'a Lead,
    /// Records near the one in its middle.
    pub(super) recognised: &'a Recognised,
    /// Clusters of its evidence.
    pub(super) clusters: &'a BTreeSet<ClusterId>,
    /// Those of its names that tell events apart: rare, or suddenly common.
    pub(super) telling: &'a BTreeSet<String>,
}

/// A running story that a lead belongs to.
#[derive(Clone, Debug)]
pub(super) struct Belongs<'r> {
    pub(super) running: &'r Running,
    pub(super) points: f64,
    /// Evidence records that the story rests on already.
    pub(super) shared: usize,
}

/// So many of the story's records on the lead's subject speak for the same story, and this share of them.
const MUCH_SHARED: usize = 3;
const SHARE_SHARED: f64 = 0.2;

/// The running stories that a lead belongs to, the likeliest first: see [`StorylineSettings`]. Records weigh most, then
/// names that tell events apart; a subject in common alone never makes two stories one.
pub(super) fn belongs_to<'r>(
    likeness: &Likeness<'_>,
    running: &'r [Running],
    settings: &StorylineSettings,
) -> Vec<Belongs<'r>> {
    let lead = likeness.lead;
    let mut found: Vec<Belongs<'r>> = running
        .iter()
        .filter(|candidate| {
            topics_meet(&lead.topics, &candidate.row.story.topic, &candidate.row.trail.topics)
        })
        .map(|candidate| {
            let trail = &candidate.row.trail;
            let shared = lead.evidence.iter().filter(|id| candidate.members.contains(*id)).count();
            let near = likeness.recognised;
            let kin = near.subject.intersection(&candidate.company).count();
            let much = kin >= MUCH_SHARED && kin as f64 >= SHARE_SHARED * candidate.company.len() as f64;
            let cluster = match &trail.cluster {
                Some(theirs) if lead.cluster.as_ref() == Some(theirs) => 1.5,
                Some(theirs) if likeness.clusters.contains(theirs) => 1.0,
                Some(_) | None => 0.0,
            };
            let names: f64 = once_each(lead.names.iter().filter(|name| trail.names.contains(name)))
                .into_iter()
                .map(|name| if likeness.telling.contains(name) { 1.5 } else { 0.25 })
                .sum();
            let told = near.event.intersection(&candidate.company).count();
            let mostly = told >= MUCH_SHARED && told * 2 >= near.event.len();
            let points = 2.0 * (shared as f64 + f64::from(u8::from(mostly)))
                + names
                + cluster
                + f64::from(u8::from(much));
            Belongs { running: candidate, points, shared }
        })
        .filter(|belongs| belongs.points >= settings.same)
        .collect();
    found.sort_by(|a, b| {
        let (one, two) = (&a.running.row.story, &b.running.row.story);
        b.points.total_cmp(&a.points).then(two.at.cmp(&one.at)).then(one.code.cmp(&two.code))
    });
    found
}

/// Names of which none says another again: a family name beside the full name is one name, told once.
fn once_each<'n>(names: impl Iterator<Item = &'n String>) -> Vec<&'n String> {
    let names: Vec<&String> = names.collect();
    let said_by_longer = |name: &str| {
        names.iter().any(|other| {
            other.len() > name.len()
                && name.split_whitespace().all(|word| other.split_whitespace().any(|w| w == word))
        })
    };
    names.iter().copied().filter(|name| !said_by_longer(name)).collect()
}

/// Of the stories a lead belongs to, the two that it shows to be one: both rest on records of it, and enough besides.
pub(super) fn two_in_one<'r>(
    found: &[Belongs<'r>],
    settings: &StorylineSettings,
) -> Option<(&'r Running, &'r Running)> {
    let mut firm = found.iter().filter(|b| b.shared > 0 && b.points >= settings.merge).map(|b| b.running);
    Some((firm.next()?, firm.next()?))
}

fn topics_meet(lead: &[TopicSlug], main: &TopicSlug, all: &[TopicSlug]) -> bool {
    lead.iter().any(|topic| topic == main || all.contains(topic))
}

impl Newsroom {
    /// Stories alive at `at`: they heard something within [`StoryStatus::ARCHIVED_AFTER`], and go on under their own name.
    pub(super) async fn running(&self, at: DateTime<Utc>) -> Result<Vec<Running>, StoreError> {
        let since = at - StoryStatus::ARCHIVED_AFTER;
        let mut rows = self.told_since(since, at).await?;
        rows.retain(|row| !StoryStatus::is_put_away(at - row.story.at));
        running(&self.out, rows, since, at).await
    }

    /// The latest versions of stories between two times, with their names as they are called now, and the clusters that
    /// theirs became part of.
    pub(super) async fn told_since(
        &self,
        since: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<Vec<StoryRow>, StoreError> {
        let mut rows = self.out.storylines_between(since, at).await?;
        self.records.follow_clusters(&mut rows).await?;
        for name in rows.iter_mut().flat_map(|row| row.trail.names.iter_mut()) {
            *name = self.watch.canonical(name).to_owned();
        }
        Ok(rows)
    }

    /// Makes one story of two: the younger one goes on under the older one's name, and its posts say so. Gives the
    /// older one. Doing it again changes nothing.
    pub(super) async fn join<'r>(
        &self,
        at: DateTime<Utc>,
        (one, two): (&'r Running, &'r Running),
        decisions: &mut Vec<Decision>,
    ) -> Result<&'r Running, StoreError> {
        let born = |running: &Running| {
            let id = running.row.story.storyline.clone();
            async move { self.out.storyline_created(&id).await }
        };
        let (first, second) = (born(one).await?, born(two).await?);
        let (older, younger) = if (first, &one.row.story.code) <= (second, &two.row.story.code) {
            (one, two)
        } else {
            (two, one)
        };
        let (lasting, code) = (&older.row.story.code, &younger.row.story.code);
        self.out.merge_storyline(code, lasting, at).await?;
        decisions.push(Decision {
            at,
            kind: DecisionKind::Story,
            topic: younger.row.story.topic.clone(),
            subject: code.as_str().to_owned(),
            outcome: Outcome::Done,
            reasons: vec![ReasonCode::Merged],
            detail: format!(
                "Stories {lasting} and {code} rest on the same records: they go on as {lasting}."
            ),
        });
        Ok(older)
    }

    /// Notes which stories are over: resolved, or put away. Each is told once.
    pub(super) async fn close(&self, at: DateTime<Utc>) -> Result<Vec<Decision>, StoreError> {
        /// A desk may have been off for days: what ended meanwhile is still noted.
        const LATE: TimeDelta = TimeDelta::days(21);
        let mut decisions = Vec::new();
        let since = at - StoryStatus::ARCHIVED_AFTER - LATE;
        for line in self.out.storylines_open(since, at).await? {
            let status = line.written.after(at - line.at);
            if status == line.noted {
                continue;
            }
            // Posts first: what was not noted is done again.
            self.restate(&line.code, status, at).await?;
            self.out.note_status(&line.storyline, status).await?;
            let days = (at - line.at).num_days();
            let (reason, detail) = match status {
                StoryStatus::Resolved => (
                    ReasonCode::Resolved,
                    format!("Story {} is resolved: nothing new for {days} days.", line.code),
                ),
                StoryStatus::Archived => (
                    ReasonCode::Archived,
                    format!(
                        "Story {} is put away after {days} days without news; the same subject would make a new one.",
                        line.code
                    ),
                ),
                StoryStatus::Breaking | StoryStatus::Developing | StoryStatus::Ongoing => continue,
            };
            decisions.push(Decision {
                at,
                kind: DecisionKind::Story,
                topic: line.topic,
                subject: line.code.as_str().to_owned(),
                outcome: Outcome::Done,
                reasons: vec![reason],
                detail,
            });
        }
        Ok(decisions)
    }
}

#[cfg(test)]
mod tests {
    use super::once_each;

    #[test]
    fn a_name_within_another_is_no_second_name() {
        let names = ["vell", "mara vell", "harbour", "marathon"].map(str::to_owned);
        assert_eq!(once_each(names.iter()), ["mara vell", "harbour", "marathon"]);
    }
}
