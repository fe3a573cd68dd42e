//! Kept signals that share evidence are about the same thing: what became of each is told of all of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ClusterId, Lead, RecordId, Signal, SignalId};

/// Kept signals that share evidence, and the leads that rest on any of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The signals, by id.
    pub signals: Vec<SignalId>,
    /// Ranks of the leads that touch one of them, best first; empty where none of their records ranks as a lead.
    pub leads: Vec<usize>,
}

/// Joins the kept signals of one topic that share a record, or a cluster of their records; ordered by first id.
pub fn join(
    signals: &[Signal],
    leads: &[Lead],
    cluster_of: impl Fn(&RecordId) -> Option<ClusterId>,
) -> Vec<Joined> {
    let mut kept: Vec<&Signal> = signals.iter().filter(|signal| signal.kept).collect();
    kept.sort_by(|a, b| a.id.cmp(&b.id));
    let marks: Vec<(BTreeSet<&RecordId>, BTreeSet<ClusterId>)> = kept
        .iter()
        .map(|signal| {
            (signal.evidence.iter().collect(), signal.evidence.iter().filter_map(&cluster_of).collect())
        })
        .collect();
    // Signals are few: each is compared with those before it, and takes over the group of the first it touches.
    let mut group: Vec<usize> = (0..kept.len()).collect();
    for at in 0..kept.len() {
        for before in 0..at {
            let (one, two) = (&marks[at], &marks[before]);
            let touch = kept[at].topic == kept[before].topic
                && (!one.0.is_disjoint(&two.0) || !one.1.is_disjoint(&two.1));
            if touch {
                let (low, high) = (group[at].min(group[before]), group[at].max(group[before]));
                for g in group.iter_mut().filter(|g| **g == high) {
                    *g = low;
                }
            }
        }
    }
    let mut joined: BTreeMap<usize, Joined> = BTreeMap::new();
    for (signal, group) in kept.iter().zip(group) {
        let entry = joined.entry(group).or_insert_with(|| Joined { signals: Vec::new(), leads: Vec::new() });
        entry.signals.push(signal.id.clone());
        for lead in leads.iter().filter(|lead| lead.signals.contains(&signal.id)) {
            if !entry.leads.contains(&lead.rank) {
                entry.leads.push(lead.rank);
            }
        }
    }
    for entry in joined.values_mut() {
        entry.leads.sort_unstable();
    }
    joined.into_values().collect()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::model::{Baseline, Platform, Severity, SignalKind, TopicSlug};

    fn record(n: usize) -> RecordId {
        RecordId::derive(&Platform::Lemmy, &n.to_string())
    }

    fn signal(kind: SignalKind, topic: &str, evidence: &[usize], kept: bool) -> Signal {
        let topic: TopicSlug = topic.parse().unwrap();
        let at: DateTime<Utc> = DateTime::UNIX_EPOCH;
        Signal {
            id: SignalId::derive(kind.as_str(), &topic, 0),
            kind,
            topic,
            at,
            from: at,
            observed: 1.0,
            effective: 1.0,
            baseline: Baseline { center: 0.0, spread: 1.0, windows: 9 },
            effect: 3.0,
            p_value: 0.001,
            severity: Severity::Low,
            kept,
            asked: Vec::new(),
            discounts: Vec::new(),
            evidence: evidence.iter().map(|n| record(*n)).collect(),
            explanation: String::new(),
        }
    }

    #[test]
    fn what_shares_a_record_or_a_cluster_is_one_and_topics_stay_apart() {
        use SignalKind::{EntitySurge, Novelty, Trend, Velocity, VolumeAnomaly};
        let signals = [
            signal(VolumeAnomaly, "ferries", &[1, 2, 3], true),
            signal(Velocity, "ferries", &[3, 4], true),
            signal(Novelty, "ferries", &[14], true),
            signal(EntitySurge, "ferries", &[20], true),
            signal(Trend, "ferries", &[1], false),
            signal(Velocity, "trams", &[3], true),
        ];
        // Records 4 and 14 are in one cluster; all others stand alone.
        let cluster =
            |id: &RecordId| (id == &record(4) || id == &record(14)).then(|| ClusterId::derive(&record(4)));
        let mut sizes: Vec<usize> = join(&signals, &[], cluster).iter().map(|j| j.signals.len()).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [1, 1, 3]);
        let mut back = signals.to_vec();
        back.reverse();
        assert_eq!(join(&back, &[], cluster), join(&signals, &[], cluster), "no order leaks");
    }
}
