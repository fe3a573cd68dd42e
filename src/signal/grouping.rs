//! Who speaks of the same thing: a good record and its company.
//!
//! Two bars. *Linked* finds company wide enough to rank by; *Strict* says what a story may cite as the same event.
//! Likeness alone fails on common talk, a shared name alone on household products: both together are the rule.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use crate::model::SourceClass;

use super::history::{History, Name};
use super::observation::Observation;
use super::score::{Scored, burst};
use super::vectors::Near;

/// The bars of both rules and the sizes of groups.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bars {
    /// Linked: this likeness alone.
    pub linked: f64,
    /// Linked: this likeness with a shared name.
    pub linked_with_name: f64,
    /// Linked: the shared name stands in less than this share of ten days' records.
    pub linked_name_share: f64,
    /// Strict: this likeness alone.
    pub strict: f64,
    /// Strict: this likeness with a shared name.
    pub strict_with_name: f64,
    /// Strict: this likeness with two shared names.
    pub strict_with_two_names: f64,
    /// Strict: a shared name stands in less than this share of ten days' records.
    pub strict_name_share: f64,
    /// A record without company leads only from this score on.
    pub lone_p: f64,
    /// How much the company's scores weigh when groups are built.
    pub company_weight: f64,
    /// Only the best so many records may be central.
    pub candidates: usize,
    /// At most so many groups.
    pub groups: usize,
    /// At most so many records beside the central one.
    pub company: usize,
    /// A record whose headline has fewer words is nobody's company.
    pub min_words: u32,
    /// An answer (it begins with a mention) with fewer words is nobody's company.
    pub min_answer_words: u32,
}

impl Default for Bars {
    fn default() -> Self {
        Self {
            linked: 0.2,
            linked_with_name: 0.08,
            linked_name_share: 0.03,
            strict: 0.5,
            strict_with_name: 0.15,
            strict_with_two_names: 0.10,
            strict_name_share: 0.01,
            lone_p: 0.25,
            company_weight: 0.25,
            candidates: 250,
            groups: 45,
            company: 7,
            min_words: 4,
            min_answer_words: 12,
        }
    }
}

impl Bars {
    /// The least likeness that any rule looks at.
    pub(crate) fn floor(&self) -> f64 {
        [self.linked, self.linked_with_name, self.strict, self.strict_with_name, self.strict_with_two_names]
            .into_iter()
            .fold(super::score::NEAR, f64::min)
    }
}

/// How two records belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bond {
    /// On the same subject.
    Linked,
    /// On the same event.
    Strict,
}

/// A record in a company.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Member {
    /// Its place in the window.
    pub(crate) at: usize,
    /// How it belongs.
    pub(crate) bond: Bond,
}

/// A central record and its company.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    /// Place of the central record.
    pub(crate) central: usize,
    /// The others, strict bonds first, within a bond the nearest first.
    pub(crate) company: Vec<Member>,
}

/// A window as grouping sees it; all slices run along the window.
pub(crate) struct Scene<'a> {
    pub(crate) window: &'a [&'a Observation],
    pub(crate) names: &'a [Vec<Name<'a>>],
    pub(crate) near: &'a [Vec<Near>],
    pub(crate) scores: &'a [Scored],
    pub(crate) history: &'a History,
    pub(crate) bursting: &'a BTreeSet<u64>,
    pub(crate) at: DateTime<Utc>,
}

/// Builds groups greedily: always the central record with the best own score plus a share of its company's, whose
/// records are then used up.
pub(crate) fn build(scene: &Scene<'_>, bars: &Bars) -> Vec<Group> {
    let mut candidates: Vec<usize> = (0..scene.window.len()).filter(|at| is_no_regular(scene, *at)).collect();
    candidates.sort_by(|a, b| order(scene, *a, *b));
    candidates.truncate(bars.candidates);
    let shares = shares(scene);
    let mut open: Vec<(usize, Vec<Member>)> =
        candidates.into_iter().map(|at| (at, bonds(scene, bars, &shares, at))).collect();
    let mut used = vec![false; scene.window.len()];
    let mut groups = Vec::new();
    while groups.len() < bars.groups {
        open.retain(|(at, _)| !used[*at]);
        let best = open
            .iter()
            .filter_map(|(at, bonds)| {
                let company = company(scene, bars, &used, *at, bonds);
                let own = scene.scores[*at].p;
                if company.is_empty() && own < bars.lone_p {
                    return None;
                }
                let theirs: f64 = company.iter().map(|member| scene.scores[member.at].p).sum();
                Some((own + bars.company_weight * theirs, *at, company))
            })
            // Candidates are in a total order: of equals the first one stays.
            .reduce(|best, next| if next.0 > best.0 { next } else { best });
        let Some((_, central, company)) = best else { break };
        used[central] = true;
        for member in &company {
            used[member.at] = true;
        }
        groups.push(Group { central, company });
    }
    groups
}

/// Better score first; then the higher tier of speech, the earlier, the smaller id.
pub(crate) fn order(scene: &Scene<'_>, a: usize, b: usize) -> std::cmp::Ordering {
    let (one, two) = (scene.window[a], scene.window[b]);
    scene.scores[b]
        .p
        .total_cmp(&scene.scores[a].p)
        .then(one.class.cmp(&two.class))
        .then(one.published_at.cmp(&two.published_at))
        .then(one.id.cmp(&two.id))
}

/// Weekly threads and daily posts stand near every story: they are neither its middle nor its evidence.
fn is_no_regular(scene: &Scene<'_>, at: usize) -> bool {
    !scene.history.is_recurring(scene.window[at])
}

/// The share of ten days' records for every name of the window. A bursting name counts as rare: it is common because
/// of the event that it tells apart.
fn shares(scene: &Scene<'_>) -> HashMap<u64, f64> {
    let names: BTreeSet<u64> = scene.names.iter().flatten().map(|name| name.key).collect();
    names
        .into_iter()
        .map(|name| {
            (
                name,
                if scene.bursting.contains(&name) { 0.0 } else { scene.history.name_share(scene.at, name) },
            )
        })
        .collect()
}

/// Days of history before "more than usual" means anything.
const MIN_HISTORY_DAYS: f64 = 4.0;

/// Names of these records that stand far above what was usual before `from`.
pub(crate) fn bursting(
    records: &[&Observation],
    names: &[Vec<Name<'_>>],
    history: &History,
    from: DateTime<Utc>,
) -> BTreeSet<u64> {
    if history.days_so_far() < MIN_HISTORY_DAYS {
        return BTreeSet::new();
    }
    burst::bursts(records, names, history, from)
        .into_iter()
        .filter(|(_, z)| *z >= burst::TELLING)
        .map(|(name, _)| name)
        .collect()
}

/// All records that belong to the one at `at`: strict bonds before the others, within a bond the nearest first.
fn bonds(scene: &Scene<'_>, bars: &Bars, shares: &HashMap<u64, f64>, at: usize) -> Vec<Member> {
    let mut bonds: Vec<Member> = scene.near[at]
        .iter()
        .filter(|near| may_be_company(scene.window[near.at], bars) && is_no_regular(scene, near.at))
        .filter_map(|near| {
            let bond = bond(near.cosine, &scene.names[at], &scene.names[near.at], shares, bars)?;
            Some(Member { at: near.at, bond })
        })
        .collect();
    // Stable: within a bond the nearest stay first.
    bonds.sort_by_key(|member| std::cmp::Reverse(member.bond));
    bonds
}

fn may_be_company(observation: &Observation, bars: &Bars) -> bool {
    let signs = &observation.signs;
    observation.class != SourceClass::Paper
        && signs.title_words >= bars.min_words
        && !(signs.starts_with_mention && signs.title_words < bars.min_answer_words)
}

/// How two records with this likeness and these names belong together, if they do.
fn bond(
    cosine: f64,
    one: &[Name<'_>],
    two: &[Name<'_>],
    shares: &HashMap<u64, f64>,
    bars: &Bars,
) -> Option<Bond> {
    let shared_below = |share: f64| {
        one.iter()
            .filter(|name| two.iter().any(|other| other.key == name.key))
            .filter(|name| shares.get(&name.key).is_none_or(|known| *known < share))
            .count()
    };
    let telling = shared_below(bars.strict_name_share);
    if cosine >= bars.strict
        || (cosine >= bars.strict_with_name && telling >= 1)
        || (cosine >= bars.strict_with_two_names && telling >= 2)
    {
        Some(Bond::Strict)
    } else if cosine >= bars.linked
        || (cosine >= bars.linked_with_name && shared_below(bars.linked_name_share) >= 1)
    {
        Some(Bond::Linked)
    } else {
        None
    }
}

/// The company that is still free: one record per author and per text.
fn company(scene: &Scene<'_>, bars: &Bars, used: &[bool], at: usize, bonds: &[Member]) -> Vec<Member> {
    let central = scene.window[at];
    let mut authors: BTreeSet<&str> = BTreeSet::from([central.author_key.as_str()]);
    let mut texts: BTreeSet<&str> = BTreeSet::from([central.copy_group.as_str()]);
    let mut company = Vec::new();
    for member in bonds {
        if company.len() >= bars.company {
            break;
        }
        let record = scene.window[member.at];
        let known =
            authors.contains(record.author_key.as_str()) || texts.contains(record.copy_group.as_str());
        if !used[member.at] && !known {
            authors.insert(record.author_key.as_str());
            texts.insert(record.copy_group.as_str());
            company.push(*member);
        }
    }
    company
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(key: u64) -> Name<'static> {
        Name { key, text: "kestrel", in_headline: true }
    }

    /// The bond at a likeness with so many shared names of one share.
    fn at(cosine: f64, names: u64, share: f64) -> Option<Bond> {
        let shared: Vec<Name<'_>> = (0..names).map(name).collect();
        let known = (0..names).map(|key| (key, share)).collect();
        bond(cosine, &shared, &shared, &known, &Bars::default())
    }

    #[test]
    fn likeness_alone_needs_much_of_it() {
        assert_eq!(at(0.19, 0, 0.0), None);
        assert_eq!(at(0.20, 0, 0.0), Some(Bond::Linked));
        assert_eq!(at(0.49, 0, 0.0), Some(Bond::Linked));
        assert_eq!(at(0.50, 0, 0.0), Some(Bond::Strict));
    }

    #[test]
    fn a_name_alone_binds_nothing_and_helps_only_when_rare() {
        assert_eq!(at(0.07, 1, 0.001), None);
        assert_eq!(at(0.08, 1, 0.029), Some(Bond::Linked));
        assert_eq!(at(0.08, 1, 0.03), None);
        assert_eq!(at(0.15, 1, 0.009), Some(Bond::Strict));
        assert_eq!(at(0.15, 1, 0.01), Some(Bond::Linked));
    }

    #[test]
    fn two_rare_names_bind_sooner() {
        assert_eq!(at(0.10, 1, 0.009), Some(Bond::Linked));
        assert_eq!(at(0.10, 2, 0.009), Some(Bond::Strict));
        assert_eq!(at(0.09, 2, 0.009), Some(Bond::Linked));
    }
}
