//! The live clusters in term space: who is near, who joins, what comes together and what comes apart.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use super::super::words::{self, ByHash};
use super::weights::{Dot, Frequencies, Vector};
use super::{Change, ClusterSettings};
use crate::model::{ClusterId, RecordId};

/// The latest members of a cluster that are remembered, to see whether it drifts.
const RECENT: usize = 12;
/// So many members before those are known with their vectors, to be taken out again when they are revised; in a larger
/// cluster a record that is counted twice tells nothing.
const KEPT: usize = 500;
/// A cluster is compared with its neighbours whenever it has grown by this factor.
const GROWN: f64 = 1.25;
/// Terms of a centroid that look for neighbours.
const CENTRAL_TERMS: usize = 60;
/// A component below this is rounding left behind.
const NOTHING: f32 = 1e-5;

#[derive(Debug)]
struct Member {
    id: RecordId,
    at: DateTime<Utc>,
    vector: Vector,
}

#[derive(Debug)]
struct Cluster {
    id: ClusterId,
    /// Clusters are numbered as they open: the older one wins a tie.
    number: u64,
    first_at: DateTime<Utc>,
    last_at: DateTime<Utc>,
    /// How many records had come when it was last joined.
    last_record: u64,
    size: f64,
    /// Its size when it was last compared with its neighbours.
    compared: f64,
    /// Length of the centroid (a sum of unit vectors), squared.
    norm2: f64,
    terms: Vec<u64>,
    recent: Vec<Member>,
    /// Members before those.
    older: Vec<Member>,
}

impl Cluster {
    fn members(&self) -> impl Iterator<Item = &Member> {
        self.older.iter().chain(&self.recent)
    }

    /// Of the latest members only a dozen are looked at for drift. The answer is who is not known any more.
    fn forget_old(&mut self) -> Vec<Member> {
        let over = self.recent.len().saturating_sub(RECENT);
        self.older.extend(self.recent.drain(..over));
        self.older.drain(..self.older.len().saturating_sub(KEPT)).collect()
    }
}

/// The live clusters.
#[derive(Debug, Default)]
pub(super) struct Space {
    /// Live clusters by slot; slots of retired ones are used again.
    clusters: Vec<Option<Cluster>>,
    free: Vec<u32>,
    by_id: HashMap<ClusterId, u32>,
    /// The slots of known members, by the hash of their ids.
    members: ByHash<u32>,
    /// Live clusters by last record, the longest silent first.
    by_age: BTreeSet<(DateTime<Utc>, u64, u32)>,
    /// For each term the slots of the clusters whose centroid has it, in order, with the centroid's component.
    postings: ByHash<Vec<(u32, f32)>>,
    opened: u64,
    records: u64,
    /// One place per slot for the products of what is at hand; all 0 in between.
    dots: Vec<Dot>,
    /// Which of these are wanted; none in between.
    marked: Vec<bool>,
    newest: Option<DateTime<Utc>>,
}

impl Space {
    pub(super) fn live(&self) -> usize {
        self.by_age.len()
    }

    pub(super) fn slot_of(&self, id: &ClusterId) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    pub(super) fn id_of(&self, slot: u32) -> Option<&ClusterId> {
        self.cluster(slot).map(|cluster| &cluster.id)
    }

    /// The name of a cluster that a record opens: its own, unless others go by that name since the record was another.
    pub(super) fn name_for(&self, id: &RecordId, revision: u32) -> ClusterId {
        let own = ClusterId::derive(id);
        match self.slot_of(&own) {
            None => own,
            Some(_) => ClusterId::derive(&RecordId::from_stored(format!("{id} revision {revision}"))),
        }
    }

    fn cluster(&self, slot: u32) -> Option<&Cluster> {
        self.clusters.get(slot as usize)?.as_ref()
    }

    fn cluster_mut(&mut self, slot: u32) -> Option<&mut Cluster> {
        self.clusters.get_mut(slot as usize)?.as_mut()
    }

    fn component(&self, hash: u64, slot: u32) -> f32 {
        self.postings.get(&hash).map_or(0.0, |posting| {
            posting
                .binary_search_by_key(&slot, |(n, _)| *n)
                .ok()
                .and_then(|at| posting.get(at))
                .map_or(0.0, |(_, component)| *component)
        })
    }

    /// Products with every cluster that shares a rare term, by slot as found.
    fn products(
        &mut self,
        vector: &[(u64, f32)],
        frequencies: &Frequencies,
        settings: &ClusterSettings,
    ) -> Vec<(u32, Dot)> {
        let (rare, common): (Vec<_>, Vec<_>) =
            vector.iter().copied().partition(|(hash, _)| frequencies.is_rare(*hash, settings));
        // Rare terms find the candidates, common ones only add to what was found.
        let mut found: Vec<u32> = Vec::new();
        for (hash, weight) in rare {
            for (slot, component) in self.postings.get(&hash).into_iter().flatten() {
                let place = *slot as usize;
                let (Some(marked), Some(dot)) = (self.marked.get_mut(place), self.dots.get_mut(place)) else {
                    continue;
                };
                if !std::mem::replace(marked, true) {
                    found.push(*slot);
                }
                dot.add(f64::from(weight) * f64::from(*component));
            }
        }
        for (hash, weight) in common.into_iter().filter(|_| !found.is_empty()) {
            for (slot, component) in self.postings.get(&hash).into_iter().flatten() {
                // Most are not wanted, and marks are small enough to stay at hand.
                let place = *slot as usize;
                if self.marked.get(place).is_some_and(|marked| *marked)
                    && let Some(dot) = self.dots.get_mut(place)
                {
                    dot.add(f64::from(weight) * f64::from(*component));
                }
            }
        }
        let taken = found.into_iter().map(|slot| {
            if let Some(marked) = self.marked.get_mut(slot as usize) {
                *marked = false;
            }
            (slot, self.dots.get_mut(slot as usize).map(std::mem::take).unwrap_or_default())
        });
        taken.collect()
    }

    /// The cluster a record belongs to, if any is near enough.
    pub(super) fn nearest(
        &mut self,
        at: DateTime<Utc>,
        vector: &[(u64, f32)],
        frequencies: &Frequencies,
        settings: &ClusterSettings,
    ) -> Option<u32> {
        let mut best: Option<(f64, u64, u32)> = None;
        for (slot, dot) in self.products(vector, frequencies, settings) {
            let Some(cluster) = self.cluster(slot) else { continue };
            let plain = dot.sum / cluster.norm2.sqrt();
            if plain < settings.threshold || dot.sum / cluster.size < settings.cohesion {
                continue;
            }
            if dot.peak > dot.sum * settings.max_one_term && plain < settings.one_term_threshold {
                continue;
            }
            let similarity = plain * decay(cluster, at, settings);
            if similarity >= settings.threshold
                && best.is_none_or(|(s, n, _)| similarity > s || (similarity >= s && cluster.number < n))
            {
                best = Some((similarity, cluster.number, slot));
            }
        }
        best.map(|(_, _, slot)| slot)
    }

    pub(super) fn open(&mut self, id: ClusterId, at: DateTime<Utc>) -> u32 {
        let number = self.opened;
        self.opened += 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.clusters.push(None);
            self.dots.push(Dot::default());
            self.marked.push(false);
            u32::try_from(self.clusters.len() - 1).expect("at most `max_live` slots")
        });
        self.by_id.insert(id.clone(), slot);
        self.by_age.insert((at, number, slot));
        if let Some(place) = self.clusters.get_mut(slot as usize) {
            *place = Some(Cluster {
                id,
                number,
                first_at: at,
                last_at: at,
                last_record: self.records,
                size: 0.0,
                compared: 1.0,
                norm2: 0.0,
                terms: Vec::new(),
                recent: Vec::new(),
                older: Vec::new(),
            });
        }
        slot
    }

    pub(super) fn join(&mut self, slot: u32, id: &RecordId, at: DateTime<Utc>, vector: Vector) {
        self.add(slot, &vector, 1.0);
        let Some(cluster) = self.cluster_mut(slot) else { return };
        cluster.size += 1.0;
        cluster.norm2 += own(&vector);
        cluster.recent.push(Member { id: id.clone(), at, vector });
        let unknown = cluster.forget_old();
        self.members.insert(words::hash(id.as_str()), slot);
        self.forget_members(&unknown);
        self.heard(slot, at, at);
    }

    fn forget_members<'a>(&mut self, members: impl IntoIterator<Item = &'a Member>) {
        for member in members {
            self.members.remove(&words::hash(member.id.as_str()));
        }
    }

    /// Takes out a record that comes again, with all that it added, if it is known.
    pub(super) fn remove(&mut self, id: &RecordId) {
        let Some(slot) = self.members.remove(&words::hash(id.as_str())) else { return };
        let Some(cluster) = self.cluster_mut(slot) else { return };
        let of = |list: &mut Vec<Member>| {
            let at = list.iter().position(|member| member.id == *id)?;
            Some(list.remove(at))
        };
        let Some(member) = of(&mut cluster.recent).or_else(|| of(&mut cluster.older)) else { return };
        self.add(slot, &member.vector, -1.0);
        let Some(cluster) = self.cluster_mut(slot) else { return };
        cluster.size -= 1.0;
        cluster.norm2 = (cluster.norm2 + own(&member.vector)).max(f64::MIN_POSITIVE);
        let before = (cluster.last_at, cluster.number, slot);
        // Without members there is no last one; and the first may be one that is not known any more.
        let Some(last) = cluster.members().map(|member| member.at).max() else {
            self.by_age.remove(&before);
            self.take(slot);
            return;
        };
        let all_known = (cluster.recent.len() + cluster.older.len()) as f64 >= cluster.size;
        let first = cluster.members().map(|member| member.at).min().filter(|_| all_known);
        cluster.first_at = first.unwrap_or(cluster.first_at);
        cluster.last_at = last;
        let now = (last, cluster.number, slot);
        self.by_age.remove(&before);
        self.by_age.insert(now);
    }

    /// Adds `sign` × `vector` to a centroid and the cross term to its squared length; the vector's own is the
    /// caller's.
    fn add(&mut self, slot: u32, vector: &[(u64, f32)], sign: f32) {
        let Some(Some(cluster)) = self.clusters.get_mut(slot as usize) else { return };
        for (hash, weight) in vector {
            let weight = sign * weight;
            let posting = self.postings.entry(*hash).or_default();
            match posting.binary_search_by_key(&slot, |(n, _)| *n) {
                Ok(at) => {
                    let Some(entry) = posting.get_mut(at) else { continue };
                    cluster.norm2 += 2.0 * f64::from(entry.1) * f64::from(weight);
                    entry.1 += weight;
                    if entry.1 < NOTHING {
                        posting.remove(at);
                        cluster.terms.retain(|term| term != hash);
                        if posting.is_empty() {
                            self.postings.remove(hash);
                        }
                    }
                }
                Err(at) if weight > 0.0 => {
                    posting.insert(at, (slot, weight));
                    cluster.terms.push(*hash);
                }
                Err(_) => {}
            }
        }
    }

    fn heard(&mut self, slot: u32, first: DateTime<Utc>, last: DateTime<Utc>) {
        let records = self.records;
        let Some(cluster) = self.cluster_mut(slot) else { return };
        cluster.last_record = records;
        cluster.first_at = cluster.first_at.min(first);
        if last > cluster.last_at {
            let before = (cluster.last_at, cluster.number, slot);
            cluster.last_at = last;
            let now = (last, cluster.number, slot);
            self.by_age.remove(&before);
            self.by_age.insert(now);
        }
    }

    /// What follows from a cluster's growth: it may come together with a neighbour, or come apart.
    pub(super) fn settle(
        &mut self,
        slot: u32,
        frequencies: &Frequencies,
        settings: &ClusterSettings,
        changes: &mut Vec<Change>,
    ) {
        let mut slot = slot;
        loop {
            let Some(cluster) = self.cluster_mut(slot) else { return };
            if cluster.size < 2.0 || cluster.size < cluster.compared * GROWN {
                return;
            }
            cluster.compared = cluster.size;
            if let Some(neighbour) = self.neighbour(slot, frequencies, settings) {
                slot = self.merge(slot, neighbour, changes);
                if let Some(cluster) = self.cluster_mut(slot) {
                    cluster.compared = 1.0;
                }
            } else {
                self.split(slot, settings, changes);
                return;
            }
        }
    }

    /// The nearest other cluster that is about the same.
    fn neighbour(&mut self, slot: u32, frequencies: &Frequencies, settings: &ClusterSettings) -> Option<u32> {
        let cluster = self.cluster(slot)?;
        let (size, norm2) = (cluster.size, cluster.norm2);
        let mut central: Vector =
            cluster.terms.iter().map(|hash| (*hash, self.component(*hash, slot))).collect();
        central.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        central.truncate(CENTRAL_TERMS);
        let mut best: Option<(f64, u64, u32)> = None;
        for (other, dot) in self.products(&central, frequencies, settings) {
            let Some(cluster) = self.cluster(other).filter(|_| other != slot) else { continue };
            let cosine = dot.sum / (norm2 * cluster.norm2).sqrt();
            let all = size + cluster.size;
            let cohesion = (norm2 + cluster.norm2 + 2.0 * dot.sum - all) / (all * (all - 1.0));
            if cosine < settings.merge
                || dot.sum / (size * cluster.size) < settings.cohesion
                || cohesion < settings.merge_cohesion
            {
                continue;
            }
            if best.is_none_or(|(c, n, _)| cosine > c || (cosine >= c && cluster.number < n)) {
                best = Some((cosine, cluster.number, other));
            }
        }
        best.map(|(_, _, slot)| slot)
    }

    /// The younger cluster goes into the older one; the answer is the slot that stays.
    fn merge(&mut self, one: u32, other: u32, changes: &mut Vec<Change>) -> u32 {
        let number = |slot: u32| self.cluster(slot).map_or(u64::MAX, |cluster| cluster.number);
        let (stays, goes) = if number(one) < number(other) { (one, other) } else { (other, one) };
        let Some(gone) = self.clusters.get(goes as usize).and_then(Option::as_ref) else { return stays };
        let vector: Vector = gone.terms.iter().map(|hash| (*hash, self.component(*hash, goes))).collect();
        let Some(gone) = self.take(goes) else { return stays };
        self.by_age.remove(&(gone.last_at, gone.number, goes));
        self.add(stays, &vector, 1.0);
        for member in gone.members() {
            self.members.insert(words::hash(member.id.as_str()), stays);
        }
        let Some(cluster) = self.cluster_mut(stays) else { return stays };
        cluster.norm2 += gone.norm2;
        cluster.size += gone.size;
        cluster.older.extend(gone.older);
        cluster.recent.extend(gone.recent);
        cluster.recent.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.id.cmp(&b.id)));
        let unknown = cluster.forget_old();
        changes.push(Change::Merged { from: gone.id, into: cluster.id.clone() });
        self.forget_members(&unknown);
        self.heard(stays, gone.first_at, gone.last_at);
        stays
    }

    /// A cluster whose latest members no longer resemble the rest lets them go.
    fn split(&mut self, slot: u32, settings: &ClusterSettings, changes: &mut Vec<Change>) {
        let Some(cluster) = self.cluster(slot) else { return };
        if cluster.size < 2.0 * RECENT as f64 || cluster.recent.len() < RECENT {
            return;
        }
        let mut sum: ByHash<f32> = ByHash::default();
        for (hash, weight) in cluster.recent.iter().flat_map(|member| &member.vector) {
            *sum.entry(*hash).or_insert(0.0) += weight;
        }
        let mut sum: Vector = sum.into_iter().collect();
        sum.sort_unstable_by_key(|(hash, _)| *hash);
        let own = own(&sum);
        let cross: f64 = sum
            .iter()
            .map(|(hash, weight)| f64::from(*weight) * f64::from(self.component(*hash, slot)))
            .sum();
        let rest2 = cluster.norm2 - 2.0 * cross + own;
        let cosine = (cross - own) / (own * rest2.max(f64::MIN_POSITIVE)).sqrt();
        if cosine >= settings.split {
            return;
        }
        let Some(first) = cluster.recent.first() else { return };
        let id = ClusterId::derive(&RecordId::from_stored(format!("{} apart", first.id)));
        if self.by_id.contains_key(&id) {
            return;
        }
        let at = first.at;
        let Some(members) = self.cluster_mut(slot).map(|cluster| std::mem::take(&mut cluster.recent)) else {
            return;
        };
        self.add(slot, &sum, -1.0);
        if let Some(cluster) = self.cluster_mut(slot) {
            cluster.norm2 = (cluster.norm2 + own).max(f64::MIN_POSITIVE);
            cluster.size -= members.len() as f64;
            cluster.compared = cluster.size;
        }
        let apart = self.open(id.clone(), at);
        for member in members {
            changes.push(Change::Moved { record: member.id.clone(), cluster: id.clone() });
            self.join(apart, &member.id, member.at, member.vector);
        }
    }

    /// Counts a record, then closes what has been silent too long, by the newest record so far.
    pub(super) fn retire(&mut self, at: DateTime<Utc>, settings: &ClusterSettings) {
        self.records += 1;
        let newest = self.newest.map_or(at, |newest| newest.max(at));
        self.newest = Some(newest);
        while let Some((last_at, _, slot)) = self.by_age.first().copied() {
            let silent = newest - last_at;
            let unheard = self.cluster(slot).map_or(0, |cluster| self.records - cluster.last_record);
            let over = silent > settings.retire_after
                || (silent > settings.quiet && unheard > settings.retire_records);
            if !over && self.by_age.len() <= settings.max_live {
                break;
            }
            self.by_age.pop_first();
            self.take(slot);
        }
    }

    /// Takes a cluster out, with all that points to it.
    fn take(&mut self, slot: u32) -> Option<Cluster> {
        let cluster = self.clusters.get_mut(slot as usize)?.take()?;
        self.free.push(slot);
        self.by_id.remove(&cluster.id);
        self.forget_members(cluster.members());
        for hash in &cluster.terms {
            let Some(posting) = self.postings.get_mut(hash) else { continue };
            if let Ok(at) = posting.binary_search_by_key(&slot, |(n, _)| *n) {
                posting.remove(at);
            }
            if posting.is_empty() {
                self.postings.remove(hash);
            }
        }
        Some(cluster)
    }

    /// Every live cluster with what its members add up to: size, number of terms, how many are known, first and last.
    #[cfg(test)]
    pub(super) fn shown(&self) -> Vec<(ClusterId, String)> {
        let live = self.clusters.iter().flatten();
        let mut all: Vec<_> = live
            .map(|c| {
                let slot = self.slot_of(&c.id).expect("a live cluster has a slot");
                let centroid: Vector =
                    c.terms.iter().map(|hash| (*hash, self.component(*hash, slot))).collect();
                assert!((own(&centroid) - c.norm2).abs() < 1e-3, "the centroid's length is kept");
                let known = (c.members().count(), c.first_at, c.last_at);
                (c.id.clone(), format!("{:.3} {} {known:?}", c.size, c.terms.len()))
            })
            .collect();
        all.sort();
        all
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> (usize, usize) {
        (self.clusters.len(), self.postings.len())
    }
}

/// The squared length of a vector.
fn own(vector: &[(u64, f32)]) -> f64 {
    vector.iter().map(|(_, w)| f64::from(*w) * f64::from(*w)).sum()
}

/// 1 inside the cluster's life time, halved for each half-life outside, on either side: a late arrival is no nearer
/// to a future cluster than a future record to a past one.
fn decay(cluster: &Cluster, at: DateTime<Utc>, settings: &ClusterSettings) -> f64 {
    let gap = (at - cluster.last_at).max(cluster.first_at - at).max(TimeDelta::zero());
    let half_lives = gap.num_seconds() as f64 / (settings.half_life.num_seconds().max(1)) as f64;
    0.5_f64.powf(half_lives)
}
