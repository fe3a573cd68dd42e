//! Novelty: a larger share of the talk is about things not seen before.
//!
//! **Statistic.** Of the `n` independent records of the window, `k` are in *new* clusters: first seen inside the
//! window, with at least three independent records by three authors (a lone post is always new and proves nothing).
//! Each comparable window gives its own `k_d` of `n_d` in the same way. Under "nothing happened" `k` is
//! beta-binomial(n, α, β), where α/(α+β) is the pooled share and α+β follows from the spread of the daily shares by
//! moments (Kleinman 1973); p = P(K ≥ k). Effect = (share − median share) ÷ its robust spread.
//!
//! **Assumes** that clusters mean the same every day. The first windows of a desk are left out, as everything is new
//! then.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use statrs::function::beta::ln_beta;
use statrs::function::gamma::ln_gamma;

use super::{Finding, MAX_EVIDENCE, Scene};
use crate::model::{AuthorKey, Baseline, ClusterId, Discount, DiscountKind, RecordId};
use crate::signal::baseline::{Window, deviation, median};
use crate::signal::detect::Bars;
use crate::signal::discounts::{accounts_of, inverse_simpson};
use crate::signal::observation::Observation;

/// A new cluster has at least this many independent records, and as many authors.
const MIN_CLUSTER: usize = 3;
/// Windows at the very start of what is known are not compared with.
const BURN_IN_DAYS: i64 = 3;
/// A share cannot be less uncertain than this.
const MIN_SPREAD: f64 = 0.05;

/// When each cluster was first seen in the topic, over all that is known.
#[derive(Debug)]
pub struct FirstSeen<'a>(HashMap<&'a ClusterId, DateTime<Utc>>);

impl<'a> FirstSeen<'a> {
    /// Looks through the records of a topic.
    pub fn of(observations: &[&'a Observation]) -> Self {
        let mut first: HashMap<&ClusterId, DateTime<Utc>> = HashMap::new();
        for o in observations.iter().filter(|o| !o.gone) {
            if let Some(cluster) = &o.cluster {
                let at = first.entry(cluster).or_insert(o.published_at);
                *at = (*at).min(o.published_at);
            }
        }
        Self(first)
    }
    fn is_in(&self, window: Window, cluster: &ClusterId) -> bool {
        self.0.get(cluster).is_some_and(|at| window.contains(*at))
    }
}

/// The records of a window that are in new clusters, the largest cluster first.
fn fresh<'a>(counted: &[&'a Observation], window: Window, first: &FirstSeen<'_>) -> Vec<&'a Observation> {
    let mut members: HashMap<&ClusterId, Vec<&'a Observation>> = HashMap::new();
    for o in counted {
        if let Some(cluster) = &o.cluster
            && first.is_in(window, cluster)
        {
            members.entry(cluster).or_default().push(o);
        }
    }
    members.retain(|_, m| {
        let authors: HashSet<&AuthorKey> = m.iter().map(|o| &o.author_key).collect();
        m.len() >= MIN_CLUSTER && authors.len() >= MIN_CLUSTER
    });
    let mut clusters: Vec<(&ClusterId, Vec<&Observation>)> = members.into_iter().collect();
    clusters.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(b.0)));
    clusters.into_iter().flat_map(|(_, m)| m).collect()
}

/// Judges the share of records about new things; `None` where there is too little to take a share of.
pub fn measure(
    scene: &Scene<'_>,
    first: &FirstSeen<'_>,
    since: DateTime<Utc>,
    bars: &Bars,
) -> Option<Finding> {
    let n = scene.now.counted.len();
    if (n as f64) < bars.min_records {
        return None;
    }
    let new = fresh(&scene.now.counted, scene.window, first);
    let mut days: Vec<(f64, f64)> = Vec::new();
    for (weighed, back) in scene.earlier.iter().zip(1..) {
        let window = scene.window.days_before(back);
        if !weighed.counted.is_empty() && window.from >= since + chrono::TimeDelta::days(BURN_IN_DAYS) {
            days.push((fresh(&weighed.counted, window, first).len() as f64, weighed.total()));
        }
    }
    let shares: Vec<f64> = days.iter().map(|(k, n)| k / n).collect();
    let center = median(&mut shares.clone());
    let (alpha, beta, pooled) = fit(&days);
    let (n_all, k) = (n as f64, new.len() as f64);
    let noise = (pooled * (1.0 - pooled) / n_all).sqrt();
    let spread = (1.4826 * deviation(&shares, center)).max(noise).max(MIN_SPREAD);
    let share = k / n_all;
    let thin = days.len() < bars.min_windows;
    let effect = (share - center) / spread;
    let mut authors: HashMap<&AuthorKey, f64> = HashMap::new();
    for o in &new {
        *authors.entry(&o.author_key).or_default() += 1.0;
    }
    let counts: Vec<f64> = authors.values().copied().collect();
    let effective_authors = inverse_simpson(&counts);
    let p_value = tail(new.len(), n, alpha, beta);
    let enough = k >= bars.min_records && effective_authors >= bars.min_authors;
    let mut discounts = scene.now.discounts.clone();
    if thin {
        discounts.push(Discount {
            kind: DiscountKind::ThinBaseline,
            before: share,
            after: share,
            why: format!("only {} earlier days to compare with, {} are needed", days.len(), bars.min_windows),
        });
    }
    Some(Finding {
        window: scene.window,
        observed: share,
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
            share * 100.0,
            center * 100.0,
            accounts_of(authors.len()),
        ),
    })
}

fn evidence(new: &[&Observation]) -> Vec<RecordId> {
    new.iter().take(MAX_EVIDENCE).map(|o| o.id.clone()).collect()
}

/// α, β and the pooled share (with half a record of each kind added).
pub(crate) fn fit(days: &[(f64, f64)]) -> (f64, f64, f64) {
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
    let rho = rho.clamp(0.02, 0.9);
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
    fn the_tail_of_a_flat_beta_is_uniform() {
        // Beta-binomial with α = β = 1 is uniform on 0..=n.
        assert!((tail(3, 4, 1.0, 1.0) - 0.4).abs() < 1e-9);
        assert!((tail(0, 4, 1.0, 1.0) - 1.0).abs() < 1e-9);
    }
}
