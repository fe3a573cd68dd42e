//! Novelty: people come together on something not seen before, or a larger share of the talk is about such things.
//!
//! **Statistic.** Two questions.
//! 1. Is the largest new thing of the last hours larger than new things are here? See `gathering.rs`; asked of clusters and of
//!    names, over the fast window and a third of it.
//! 2. Is more of the day about new things?
//!
//! p = weighted harmonic mean of the five p-values, which holds however much they depend on each other (Wilson 2019):
//! clusters weigh .3 for either length, names .1, the share .2. Clusters tell more: of 422 stories of labelled headlines
//! nine in ten had half of their first twelve records in one cluster, five in ten in one name of their own.
//!
//! **The share.** Of the `n` independent records of the window, `k` are in *new* clusters: first seen inside the
//! window, with at least three independent records by three authors (a lone post is always new and proves nothing).
//! Each comparable window gives its own `k_d` of `n_d` in the same way. Under "nothing happened" `k` is
//! beta-binomial(n, α, β), where α/(α+β) is the pooled share and α+β follows from the spread of the daily shares by
//! moments (Kleinman 1973); p = P(K ≥ k). Effect = (share − median share) ÷ its robust spread.
//!
//! **Assumes** that clusters mean the same every day. The first windows of a desk are left out, as everything is new
//! then.

use std::cell::LazyCell;
use std::collections::HashSet;
use std::hash::BuildHasherDefault;

use chrono::{DateTime, TimeDelta, Utc};
use statrs::function::beta::ln_beta;
use statrs::function::gamma::ln_gamma;

use super::entity_surge::Names;
use super::gathering::{Gathering, Things, What, largest};
use super::{Finding, MAX_EVIDENCE, Rules, Scene, hours, thin_baseline};
use crate::model::{AuthorKey, Baseline, Discount, RecordId};
use crate::signal::baseline::{deviation, median};
use crate::signal::detect::Bars;
use crate::signal::discounts::{ByDigest, Known, accounts_of, inverse_simpson, number};
use crate::signal::history::Numbered;
use crate::signal::keys::Keys;
use crate::signal::observation::Observation;
use crate::signal::places::LoudPlace;
use crate::signal::totals::Window;

/// A new cluster has at least this many independent records, and as many authors.
const MIN_CLUSTER: usize = 3;
/// Windows at the very start of what is known are not compared with.
const BURN_IN_DAYS: i64 = 3;
/// A share cannot be less uncertain than this.
const MIN_SPREAD: f64 = 0.05;

/// When each cluster was first seen in the topic, over all that is known.
#[derive(Debug)]
pub struct FirstSeen(Numbered<u64, DateTime<Utc>>);

impl FirstSeen {
    /// Looks through the records of a topic.
    pub fn of(observations: &[&Observation]) -> Self {
        let mut first: Numbered<u64, DateTime<Utc>> =
            Numbered::with_capacity_and_hasher(observations.len(), BuildHasherDefault::default());
        for o in observations.iter().filter(|o| !o.gone) {
            if let Some(cluster) = Keys::of(o).cluster {
                let at = first.entry(cluster).or_insert(o.published_at);
                *at = (*at).min(o.published_at);
            }
        }
        Self(first)
    }
    fn is_in(&self, window: Window, cluster: u64) -> bool {
        self.0.get(&cluster).is_some_and(|at| window.contains(*at))
    }
}

/// The records of a window that are in new clusters, the largest cluster first.
fn fresh<'a>(counted: &[&'a Observation], window: Window, first: &FirstSeen) -> Vec<&'a Observation> {
    let of = |o: &Observation| Keys::of(o).cluster;
    // Most clusters hold one record: they are counted before they are gathered.
    let mut sizes: Numbered<u64, u32> = Numbered::default();
    for cluster in counted.iter().filter_map(|o| of(o)) {
        *sizes.entry(cluster).or_default() += 1;
    }
    sizes.retain(|cluster, n| *n as usize >= MIN_CLUSTER && first.is_in(window, *cluster));
    let mut members: Numbered<u64, Vec<&'a Observation>> = Numbered::default();
    if !sizes.is_empty() {
        for o in counted {
            if let Some(cluster) = of(o).filter(|cluster| sizes.contains_key(cluster)) {
                members.entry(cluster).or_default().push(o);
            }
        }
    }
    members.retain(|_, m| {
        let authors: HashSet<&AuthorKey> = m.iter().map(|o| &o.author_key).collect();
        m.len() >= MIN_CLUSTER && authors.len() >= MIN_CLUSTER
    });
    let mut clusters: Vec<Vec<&Observation>> = members.into_values().collect();
    let id = |members: &[&'a Observation]| members.first().and_then(|o| o.cluster.as_ref());
    clusters.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| id(a).cmp(&id(b))));
    clusters.into_iter().flatten().collect()
}

/// The largest new things of the last hours.
#[derive(Debug)]
pub(crate) struct Gathered<'a>(Vec<(f64, Gathering<'a>)>);

/// How much a cluster's answer weighs, for either length; a name's; the share's.
const WEIGHTS: (f64, f64, f64) = (0.3, 0.1, 0.2);

impl<'a> Gathered<'a> {
    /// Looks through the last hours and a third of them.
    pub(crate) fn of(
        known: &Known<'a>,
        at: DateTime<Utc>,
        fast: TimeDelta,
        names: &Names,
        bars: &Bars,
    ) -> Self {
        let least = bars.min_records.max(2.0) as usize;
        let third = TimeDelta::hours((fast.num_hours() / 3).max(1));
        let lengths: Vec<TimeDelta> = if third < fast { vec![fast, third] } else { vec![fast] };
        let (cluster, name, _) = WEIGHTS;
        // Few windows hold a thing with enough people, and only they need the past.
        let clusters = LazyCell::new(|| Things::of(known, What::Cluster, names));
        let called = LazyCell::new(|| Things::of(known, What::Name, names));
        let mut found = Vec::new();
        for length in lengths {
            let window = Window::ending(at, length);
            let of_clusters = largest(known, window, What::Cluster, names, least, || &clusters);
            found.extend(of_clusters.map(|found| (cluster, found)));
            let of_names = largest(known, window, What::Name, names, least, || &called);
            found.extend(of_names.map(|found| (name, found)));
        }
        Self(found)
    }
}

/// Judges one.
fn gathering(found: &Gathering<'_>, scene: &Scene<'_>, rules: &Rules<'_>) -> Finding {
    let bars = rules.bars;
    let center = median(&mut found.earlier.clone());
    let spread = (1.4826 * deviation(&found.earlier, center)).max(center.sqrt()).max(1.0);
    let mut discounts = scene.now.discounts.clone();
    let mut effective = found.authors();
    if let Some(place) = LoudPlace::of(&found.records, &scene.earlier, 0.0, rules.discounts) {
        let halved = place.halves("it", effective, center);
        effective = halved.after;
        discounts.push(halved);
    }
    let thin = found.earlier.len() < bars.min_windows;
    if thin {
        discounts.push(thin_baseline(effective, found.earlier.len(), "to compare with", bars.min_windows));
    }
    let effect = (effective - center) / spread;
    let what = match &found.name {
        Some(name) => format!("the name “{name}”, not used before"),
        None => "something not seen before".to_owned(),
    };
    Finding {
        window: found.window,
        observed: found.authors(),
        effective,
        baseline: Baseline { center, spread, windows: found.earlier.len() },
        effect,
        p_value: found.p_at_least(effective),
        passed: !thin
            && effective >= bars.min_records.max(bars.min_authors)
            && effect >= bars.min_effect
            && effective >= bars.min_ratio * center,
        effective_authors: effective,
        discounts,
        evidence: found.records.iter().take(MAX_EVIDENCE).map(|o| o.id.clone()).collect(),
        explanation: format!(
            "{} came together on {what} within {}; the largest new thing of these hours usually has {}.",
            accounts_of(found.records.len()),
            hours(found.window),
            number(center),
        ),
    }
}

/// Judges what is new; `None` where there is too little to ask either question of.
pub(crate) fn measure(
    scene: &Scene<'_>,
    first: &FirstSeen,
    since: DateTime<Utc>,
    gathered: &Gathered<'_>,
    rules: &Rules<'_>,
) -> Option<Finding> {
    let talk = share(scene, first, since, rules);
    let crowds = gathered.0.iter().map(|(weight, found)| (*weight, gathering(found, scene, rules)));
    let mut findings: Vec<(f64, Finding)> = crowds.chain(talk.map(|f| (WEIGHTS.2, f))).collect();
    let asked: f64 = findings.iter().map(|(weight, _)| weight).sum();
    let sure: f64 = findings.iter().map(|(weight, f)| weight / f.p_value).sum();
    let p_value = (1.0 / (sure + 1.0 - asked)).min(1.0);
    // The least likely of those that pass.
    findings.sort_by(|(_, a), (_, b)| b.passed.cmp(&a.passed).then(a.p_value.total_cmp(&b.p_value)));
    let (_, told) = findings.into_iter().next()?;
    Some(Finding { p_value, ..told })
}

/// Judges the share of records about new things; `None` where there is too little to take a share of.
fn share(scene: &Scene<'_>, first: &FirstSeen, since: DateTime<Utc>, rules: &Rules<'_>) -> Option<Finding> {
    let bars = rules.bars;
    let n = scene.now.counted.len();
    if (n as f64) < bars.min_records {
        return None;
    }
    let new = fresh(&scene.now.counted, scene.window, first);
    let mut days: Vec<(f64, f64)> = Vec::new();
    for (weighed, back) in scene.earlier.iter().zip(1..) {
        let window = scene.window.days_before(back);
        if !weighed.counted.is_empty() && window.from >= since + TimeDelta::days(BURN_IN_DAYS) {
            days.push((fresh(&weighed.counted, window, first).len() as f64, weighed.total()));
        }
    }
    let shares: Vec<f64> = days.iter().map(|(k, n)| k / n).collect();
    let center = median(&mut shares.clone());
    let (n_all, mut k) = (n as f64, new.len() as f64);
    // New records come by the cluster, three at least, so shares vary as if there were a third of them (Kish 1965).
    let together = (MIN_CLUSTER as f64 - 1.0) / (n_all - 1.0).max(1.0);
    let (alpha, beta, pooled) = fit(&days, together);
    let mut discounts = scene.now.discounts.clone();
    if let Some(place) = LoudPlace::of(&new, &scene.earlier, center * n_all, rules.discounts) {
        let halved = place.halves("the new", k, center * n_all);
        k = halved.after;
        discounts.push(Discount { before: halved.before / n_all, after: k / n_all, ..halved });
    }
    let noise = (pooled * (1.0 - pooled) / n_all).sqrt();
    let spread = (1.4826 * deviation(&shares, center)).max(noise).max(MIN_SPREAD);
    let share = k / n_all;
    let thin = days.len() < bars.min_windows;
    let effect = (share - center) / spread;
    let mut authors: ByDigest<&AuthorKey, f64> = ByDigest::default();
    for o in &new {
        *authors.entry(&o.author_key).or_default() += 1.0;
    }
    let counts: Vec<f64> = authors.values().copied().collect();
    let effective_authors = inverse_simpson(&counts);
    let p_value = tail(k as usize, n, alpha, beta);
    let enough = k >= bars.min_records && effective_authors >= bars.min_authors;
    if thin {
        discounts.push(thin_baseline(share, days.len(), "to compare with", bars.min_windows));
    }
    Some(Finding {
        window: scene.window,
        observed: new.len() as f64 / n_all,
        effective: share,
        baseline: Baseline { center, spread, windows: days.len() },
        effect,
        p_value,
        passed: enough && !thin && effect >= bars.min_effect && share >= bars.min_ratio * center,
        effective_authors,
        discounts,
        evidence: evidence(&new),
        explanation: format!(
            "{} of {n} independent posts ({:.0} %) are about something not seen before this window, usual {:.0} %; {}.",
            new.len(),
            100.0 * new.len() as f64 / n_all,
            center * 100.0,
            accounts_of(authors.len()),
        ),
    })
}

fn evidence(new: &[&Observation]) -> Vec<RecordId> {
    new.iter().take(MAX_EVIDENCE).map(|o| o.id.clone()).collect()
}

/// α, β and the pooled share (with half a record of each kind added); records are correlated by `least` at least.
pub(crate) fn fit(days: &[(f64, f64)], least: f64) -> (f64, f64, f64) {
    let (k, n) = days.iter().fold((0.5, 1.0), |(k, n), (dk, dn)| (k + dk, n + dn));
    let pooled: f64 = k / n;
    let within = pooled * (1.0 - pooled);
    // Moments: Var(share_d) = within · (1/n_d) · (1 + (n_d − 1) ρ), solved for the correlation ρ.
    let (mut squares, mut noise, mut slope) = (0.0, 0.0, 0.0);
    for (dk, dn) in days {
        squares += (dk / dn - pooled).powi(2);
        noise += within / dn;
        slope += within * (1.0 - 1.0 / dn);
    }
    let rho: f64 = if slope > 0.0 { (squares - noise) / slope } else { 0.0 };
    // Records of one cluster come together by nature: never less than a fiftieth.
    let rho = rho.clamp(least.clamp(0.02, 0.9), 0.9);
    let strength = (1.0 - rho) / rho;
    (pooled * strength, (1.0 - pooled) * strength, pooled)
}

/// P(K ≥ k) of the beta-binomial.
pub(crate) fn tail(k: usize, n: usize, alpha: f64, beta: f64) -> f64 {
    if k == 0 {
        return 1.0;
    }
    let all = n as f64;
    let choose = |i: f64| ln_gamma(all + 1.0) - ln_gamma(i + 1.0) - ln_gamma(all - i + 1.0);
    let whole = ln_beta(alpha, beta);
    let mass = |i: usize| {
        let i = i as f64;
        (choose(i) + ln_beta(i + alpha, all - i + beta) - whole).exp()
    };
    (k..=n).map(mass).sum::<f64>().clamp(1e-300, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_new_records_are_a_lesser_surprise_where_they_come_together() {
        let days = [(0.0, 30.0); 20];
        let p = |least: f64| {
            let (alpha, beta, _) = fit(&days, least);
            tail(6, 33, alpha, beta)
        };
        assert!(p(0.0625) > 5.0 * p(0.0), "{} {}", p(0.0625), p(0.0));
    }

    #[test]
    fn the_tail_of_a_flat_beta_is_uniform() {
        // Beta-binomial with α = β = 1 is uniform on 0..=n.
        assert!((tail(3, 4, 1.0, 1.0) - 0.4).abs() < 1e-9);
        assert!((tail(0, 4, 1.0, 1.0) - 1.0).abs() < 1e-9);
    }
}
