//! Surges: one term that far more people use than usual. The statistic behind names, phrases and things that several
//! topics share.
//!
//! **Statistic.** `y` = authors who used a term in the window (one vote each, copies joined, what an author may count for
//! already taken off). With the windows before it (at most [`Settings::lookback`]) a term has on platform *p* the rate
//! `r_p = (c_p + ¼/P) ÷ (N_p + 1)`: `c_p` of `N_p` author-days used it. The window's own active authors `n_p` then
//! expect `e = Σ_p r_p n_p`, so more coverage, a busier weekday and another mix of platforms cancel. Two questions,
//! and the less sure answer is the p-value:
//! 1. Is it much for this term? Negative binomial with mean `e` and variance `(e + α e²)(1 + 1/n)`; α by moments from the
//!    term's own earlier windows, never below the square of [`Settings::extra_variation`]. As the most surprising of
//!    `m` terms is told, p becomes `1 − (1 − p)^m` (Šidák 1967); `m` are the terms that two authors used.
//! 2. Is it much for this topic? There is a newest name on every day. The largest surprise `−ln p` of a window is
//!    compared with the largest surprises of earlier windows, each measured in the same way against what came before
//!    it. Largest values of many follow Gumbel's law (Gumbel 1958); it is fitted by moments, values drawn in to five
//!    robust deviations, the scale not below 1 (what exact p-values would give) and widened by its standard error,
//!    `1 + 1/√n`. It costs much and can only speak against a term, so names and phrases are asked it where question 1
//!    alone would let them pass (`max_p`); else the p-value is that of question 1.
//!
//! **Assumes** that authors act on their own once copies are joined, and that the newest names of usual days are
//! alike in size. **Support** is in the settings; there must be `min_windows` earlier windows for question 2, each
//! with five before it.
//!
//! **Source.** Indirect standardisation and over-dispersed counts as in `baseline.rs`; the scan over many terms with
//! the maximum's own null follows Kulldorff's scan statistic (1997), with past days for random copies.

use std::collections::{BTreeMap, BTreeSet};

use statrs::distribution::{ContinuousCDF as _, DiscreteCDF as _, Gumbel, NegativeBinomial};

use super::Scene;
use crate::analyze::words::WordSet;
use crate::model::{Platform, TopicSlug};
use crate::signal::baseline::{deviation, median};
use crate::signal::discounts::Weighed;
use crate::signal::keys::Keys;
use crate::signal::observation::Observation;

/// What a surge must reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Authors that use the term in the window. Default 5.
    pub min_authors: usize,
    /// Times the expected number. Default 3.
    pub min_ratio: f64,
    /// Earlier windows that say how often a term is used. Default 14.
    pub lookback: usize,
    /// Variation from day to day that is always allowed for, as a share of the expected number. Default 0.5.
    pub extra_variation: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { min_authors: 5, min_ratio: 3.0, lookback: 14, extra_variation: 0.5 }
    }
}

/// A window is compared with only if this many lie before it.
const MIN_PAST: usize = 5;
/// A platform has a usual rate if it was read in so many of them.
const MIN_PLATFORM_WINDOWS: usize = 3;
/// Terms that fewer authors use are not looked at.
const MIN_LOOK: u32 = 2;
/// A window with a smaller share of the median's authors is a gap.
const GAP_SHARE: f64 = 0.2;
/// A term's own variation is not taken for larger than this: it was seen once, in a crowd.
const MAX_DISPERSION: f64 = 20.0;
/// Euler's constant: the mean of the standard Gumbel law.
const EULER: f64 = 0.577_215_664_901_532_9;

/// Whose authors count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// All of the topic.
    All,
    /// Those whose records match this topic best, so that no record counts in two topics.
    Home,
}

/// Authors of one term on one platform.
#[derive(Clone, Copy, Debug, Default)]
struct Users {
    platform: usize,
    all: u32,
    home: u32,
}

impl Users {
    fn of(self, share: Share) -> u32 {
        match share {
            Share::All => self.all,
            Share::Home => self.home,
        }
    }
}

/// Who used what in one window.
#[derive(Clone, Debug, Default)]
struct Spoken {
    active: Vec<Users>,
    /// By term, then platform.
    terms: Vec<(u64, Users)>,
}

impl Spoken {
    fn authors(&self, share: Share) -> f64 {
        self.active.iter().map(|users| f64::from(users.of(share))).sum()
    }
    /// Who used a term, by platform.
    fn users_of(&self, term: u64) -> &[(u64, Users)] {
        let from = self.terms.partition_point(|(other, _)| *other < term);
        let same = self.terms.get(from..).unwrap_or_default();
        let n = same.iter().take_while(|(other, _)| *other == term).count();
        same.get(..n).unwrap_or_default()
    }
    fn active(&self, platform: usize, share: Share) -> f64 {
        self.active.get(platform).map_or(0.0, |users| f64::from(users.of(share)))
    }
}

/// A term, how many authors used it, and how surprising that is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Judged {
    /// The term.
    pub(crate) term: u64,
    /// Authors.
    pub(crate) users: f64,
    /// Authors expected.
    pub(crate) expected: f64,
    /// Standard deviation of what is expected.
    pub(crate) spread: f64,
    /// Probability of so many if nothing happened to this term.
    pub(crate) p: f64,
    /// Earlier windows behind that.
    pub(crate) past: usize,
}

impl Judged {
    fn surprise(&self) -> f64 {
        -self.p.ln()
    }
}

/// How the authors of a topic are counted.
struct Counting<'s> {
    scene: &'s Scene<'s>,
    topic: &'s TopicSlug,
    /// In one order whatever the order of arrival, as sums over platforms are sums of fractions.
    platforms: BTreeMap<&'s Platform, usize>,
}

impl<'s> Counting<'s> {
    fn of(scene: &'s Scene<'s>, topic: &'s TopicSlug) -> Self {
        let platforms: BTreeSet<&Platform> = std::iter::once(&scene.now_count)
            .chain(&scene.earlier_counts)
            .flat_map(|count| count.by_platform.keys())
            .collect();
        Self { scene, topic, platforms: platforms.into_iter().zip(0..).collect() }
    }

    /// Who used what in a window.
    fn spoken(&self, weighed: &Weighed<'_>, terms: &mut impl FnMut(&Observation, &mut Vec<u64>)) -> Spoken {
        let mut spoken = Spoken::default();
        let known = |o: &&&Observation| !self.scene.usual.unknown.contains(&o.platform);
        let counted = weighed.counted.iter().filter(known);
        let mut by_author: Vec<(u64, &Observation)> = Vec::with_capacity(weighed.counted.len());
        by_author.extend(counted.map(|o| (Keys::of(o).author, *o)));
        by_author.sort_unstable_by_key(|(author, _)| *author);
        let (mut said, mut of_record): (Vec<(u64, bool)>, Vec<u64>) = (Vec::new(), Vec::new());
        let mut all_said: Vec<(u64, u32, bool)> = Vec::new();
        for records in by_author.chunk_by(|a, b| a.0 == b.0) {
            let Some((_, first)) = records.first() else { continue };
            let Some(platform) = self.platforms.get(&first.platform).copied() else { continue };
            let at_home = |o: &Observation| o.topics.first() == Some(self.topic);
            if spoken.active.len() <= platform {
                spoken.active.resize(platform + 1, Users::default());
            }
            if let Some(active) = spoken.active.get_mut(platform) {
                active.all += 1;
                active.home += u32::from(records.iter().any(|(_, o)| at_home(o)));
            }
            said.clear();
            for (_, o) in records {
                of_record.clear();
                terms(o, &mut of_record);
                // What was said at home comes first and stays when repetitions go.
                said.extend(of_record.iter().map(|term| (*term, !at_home(o))));
            }
            said.sort_unstable();
            said.dedup_by_key(|(term, _)| *term);
            all_said.extend(said.iter().map(|(term, elsewhere)| (*term, platform as u32, *elsewhere)));
        }
        all_said.sort_unstable();
        let same = |a: &(u64, u32, bool), b: &(u64, u32, bool)| (a.0, a.1) == (b.0, b.1);
        spoken.terms.extend(all_said.chunk_by(same).filter_map(|said| {
            let (term, platform, _) = *said.first()?;
            let home = said.iter().filter(|(_, _, elsewhere)| !elsewhere).count();
            Some((term, Users { platform: platform as usize, all: said.len() as u32, home: home as u32 }))
        }));
        spoken
    }
}

/// The terms of a topic in its window and in the windows before.
#[derive(Debug)]
pub(crate) struct Terms {
    windows: Vec<Spoken>,
    settings: Settings,
}

impl Terms {
    /// Counts; `terms` writes the terms of one record (it may repeat them).
    pub(crate) fn of(
        scene: &Scene<'_>,
        topic: &TopicSlug,
        settings: &Settings,
        mut terms: impl FnMut(&Observation, &mut Vec<u64>),
    ) -> Self {
        let count = Counting::of(scene, topic);
        let windows = std::iter::once(&scene.now).chain(&scene.earlier);
        Self { windows: windows.map(|w| count.spoken(w, &mut terms)).collect(), settings: *settings }
    }

    /// The same to judge the latest window alone: of those it is compared with only what enough use now.
    pub(crate) fn of_now(
        scene: &Scene<'_>,
        topic: &TopicSlug,
        settings: &Settings,
        mut terms: impl FnMut(&Observation, &mut Vec<u64>),
    ) -> Self {
        let count = Counting::of(scene, topic);
        let now = count.spoken(&scene.now, &mut terms);
        let by_term = now.terms.chunk_by(|a, b| a.0 == b.0);
        let asked: WordSet = by_term
            .filter(|users| users.iter().map(|(_, users)| users.all).sum::<u32>() >= MIN_LOOK)
            .filter_map(|users| users.first().map(|(term, _)| *term))
            .collect();
        let mut of_asked = |o: &Observation, keys: &mut Vec<u64>| {
            terms(o, keys);
            keys.retain(|term| asked.contains(term));
        };
        let mut windows = vec![now];
        let looked_back = scene.earlier.iter().take(settings.lookback);
        windows.extend(looked_back.map(|w| count.spoken(w, &mut of_asked)));
        Self { windows, settings: *settings }
    }

    /// How many windows there are, the judged one first.
    pub(crate) fn len(&self) -> usize {
        self.windows.len()
    }

    /// The terms of a window that at least `least` authors used, the most surprising first; `None` where too little
    /// lies before it.
    pub(crate) fn judge(&self, at: usize, share: Share, least: u32) -> Option<Vec<Judged>> {
        let now = self.windows.get(at)?;
        let before = self.windows.get(at + 1..)?;
        let before = before.get(..self.settings.lookback.min(before.len()))?;
        let mut sizes: Vec<f64> = before.iter().map(|w| w.authors(share)).filter(|n| *n > 0.0).collect();
        let typical = median(&mut sizes);
        let past: Vec<&Spoken> = before
            .iter()
            .filter(|w| w.authors(share) > 0.0 && w.authors(share) >= GAP_SHARE * typical)
            .collect();
        if past.len() < MIN_PAST || now.authors(share) < GAP_SHARE * typical {
            return None;
        }
        let platforms = past.iter().map(|w| w.active.len()).max().unwrap_or(0);
        let days: Vec<f64> = (0..platforms).map(|p| past.iter().map(|w| w.active(p, share)).sum()).collect();
        let known: Vec<bool> = (0..platforms)
            .map(|p| past.iter().filter(|w| w.active(p, share) > 0.0).count() >= MIN_PLATFORM_WINDOWS)
            .collect();
        let known_of = |p: usize| known.get(p).copied().unwrap_or(false);
        let n_known = known.iter().filter(|k| **k).count().max(1) as f64;
        let mut judged: Vec<Judged> = Vec::new();
        let mut counts = vec![0.0; platforms];
        for users in now.terms.chunk_by(|a, b| a.0 == b.0) {
            let Some((term, _)) = users.first() else { continue };
            let known_users = users.iter().filter(|(_, u)| known_of(u.platform));
            let authors: u32 = known_users.map(|(_, u)| u.of(share)).sum();
            if authors < least.max(MIN_LOOK) {
                continue;
            }
            counts.fill(0.0);
            let uses: Vec<&[(u64, Users)]> = past.iter().map(|w| w.users_of(*term)).collect();
            for (_, u) in uses.iter().copied().flatten() {
                if let Some(count) = counts.get_mut(u.platform) {
                    *count += f64::from(u.of(share));
                }
            }
            let rate = |p: usize| {
                (counts.get(p).copied().unwrap_or(0.0) + 0.25 / n_known)
                    / (days.get(p).copied().unwrap_or(0.0) + 1.0)
            };
            let rates: Vec<f64> = (0..platforms).map(|p| if known_of(p) { rate(p) } else { 0.0 }).collect();
            let expects =
                |w: &Spoken| rates.iter().enumerate().map(|(p, r)| r * w.active(p, share)).sum::<f64>();
            let expected = expects(now);
            let (mut excess, mut squares) = (0.0, 0.0);
            for (w, users) in past.iter().zip(&uses) {
                let said: f64 = users
                    .iter()
                    .filter(|(_, u)| known_of(u.platform))
                    .map(|(_, u)| f64::from(u.of(share)))
                    .sum();
                let e = expects(w);
                excess += (said - e).powi(2) - e;
                squares += e * e;
            }
            let own = if squares > 0.0 { excess / squares } else { 0.0 };
            let dispersion = own.clamp(self.settings.extra_variation.powi(2), MAX_DISPERSION);
            let variance = (expected + dispersion * expected * expected) * (1.0 + 1.0 / past.len() as f64);
            let y = f64::from(authors);
            judged.push(Judged {
                term: *term,
                users: y,
                expected,
                spread: variance.sqrt(),
                p: if y > expected { at_least(authors, expected, variance) } else { 1.0 },
                past: past.len(),
            });
        }
        judged.sort_by(|a, b| {
            a.p.total_cmp(&b.p).then_with(|| b.users.total_cmp(&a.users)).then_with(|| a.term.cmp(&b.term))
        });
        Some(judged)
    }

    /// The largest surprise of each earlier window that can be judged.
    pub(crate) fn usual_surprises(&self, share: Share) -> Vec<f64> {
        (1..self.len())
            .filter_map(|at| self.judge(at, share, MIN_LOOK))
            .map(|judged| judged.first().map_or(0.0, Judged::surprise))
            .collect()
    }
}

/// P(Y ≥ count) of the negative binomial with this mean and variance.
pub(crate) fn at_least(count: u32, mean: f64, variance: f64) -> f64 {
    let Some(below) = count.checked_sub(1) else { return 1.0 };
    let variance = variance.max(mean * 1.000_01);
    let size = mean * mean / (variance - mean);
    NegativeBinomial::new(size, mean / variance).map_or(1.0, |d| d.sf(u64::from(below))).clamp(1e-300, 1.0)
}

/// P-value of the most surprising of `tested` terms with p-value `p`, held against the largest surprises of usual
/// windows. See the page's head.
pub(crate) fn corrected(p: f64, tested: usize, usual: &[f64]) -> f64 {
    among(p, tested).max(among_usual(-p.ln(), usual)).clamp(1e-300, 1.0)
}

/// P-value of the most surprising of `tested` terms (Šidák 1967).
pub(crate) fn among(p: f64, tested: usize) -> f64 {
    (-((-p).ln_1p() * tested.max(1) as f64).exp_m1()).max(p).clamp(1e-300, 1.0)
}

/// Probability that a usual window's largest surprise is at least this.
fn among_usual(surprise: f64, usual: &[f64]) -> f64 {
    let n = usual.len() as f64;
    if usual.len() < 2 {
        return 1.0;
    }
    let center = median(&mut usual.to_vec());
    let reach = 5.0 * (1.4826 * deviation(usual, center)).max(1.0);
    let drawn: Vec<f64> = usual.iter().map(|s| s.clamp(center - reach, center + reach)).collect();
    let mean = drawn.iter().sum::<f64>() / n;
    let variance = drawn.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let scale = (variance.sqrt() * 6.0_f64.sqrt() / std::f64::consts::PI).max(1.0);
    let location = mean - EULER * scale;
    Gumbel::new(location, scale * (1.0 + 1.0 / n.sqrt())).map_or(1.0, |law| law.sf(surprise))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_of_a_gamma_mixture_is_that_of_a_geometric() {
        // Mean m and variance m + m² is geometric with success 1/(1+m): P(Y ≥ k) = (m/(1+m))^k.
        assert!((at_least(3, 2.0, 6.0) - (2.0_f64 / 3.0).powi(3)).abs() < 1e-9);
        assert_eq!(at_least(0, 2.0, 6.0), 1.0);
    }

    #[test]
    fn the_best_of_many_must_be_better() {
        let quiet = [0.0; 20];
        let (one, many) = (corrected(1e-8, 1, &quiet), corrected(1e-8, 1000, &quiet));
        assert!(one < many && (many - 1e-5).abs() < 1e-7, "{one} {many}");
        assert!((among(1e-20, 1000) / 1e-17 - 1.0).abs() < 1e-6, "{}", among(1e-20, 1000));
        assert_eq!(among(1.0, 3), 1.0);
    }

    #[test]
    fn a_newest_name_like_every_day_has_is_no_news() {
        let usual: Vec<f64> = (0..20).map(|i| 12.0 + f64::from(i % 5)).collect();
        assert!(corrected((-15.0_f64).exp(), 40, &usual) > 0.1);
        assert!(corrected((-40.0_f64).exp(), 40, &usual) < 1e-3);
        assert!(corrected((-40.0_f64).exp(), 40, &[]) >= 1.0, "nothing to compare with");
    }
}
