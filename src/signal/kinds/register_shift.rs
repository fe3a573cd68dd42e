//! Register shift: another mix of tones than usual.
//!
//! **Statistic.** Each author of the window has one vote: the first register that is not neutral, else neutral. With
//! the votes of earlier windows, platform by platform (tone differs between networks; a platform's shares are drawn
//! towards all platforms' with the weight of [`PRIOR`] votes), `n` authors expect `e_r` votes for register *r*. Two
//! questions, and the less sure answer is the p-value:
//! 1. Is the mix another? Pearson's `X² = Σ (x_r − e_r)² ÷ e_r` over the registers that expect two votes (the rest as
//!    one), divided by its usual size: talk comes in threads, so votes are not independent and X² is too large on
//!    quiet days, too. `φ` = mean of `X²_d ÷ (k_d − 1)` over the earlier windows, each against the others, drawn in at
//!    three times the median, at least 1 (Rao & Scott 1981; McCullagh & Nelder 1989). `X² ÷ (k − 1) ÷ φ` is held against
//!    Fisher's F with `k − 1` and as many degrees of freedom as there are days.
//! 2. Is so much of the risen register usual? The register (neutral aside) that rose most, in standard deviations:
//!    `t = (x_r − e_r) ÷ n ÷ √(s² + v ÷ n)`, `s` the robust spread of the same difference over earlier windows and
//!    `v = π(1 − π)`; Student's t, one-sided, times the nine registers that could have risen.
//!
//! **Support.** Twelve authors, five of them in the risen register, whose share is at least 0.15 above the expected.
//! Only languages with a lexicon of registers: English and German. **Effect** = t.
//!
//! **Assumes** that the lexicon errs alike on all days.

use std::collections::BTreeMap;

use statrs::distribution::{ContinuousCDF as _, FisherSnedecor, StudentsT};

use super::{Finding, MAX_EVIDENCE, Rules, Scene, thin_baseline};
use crate::model::{AuthorKey, Baseline, Lang, Platform, RecordId, Register};
use crate::signal::baseline::{deviation, median};
use crate::signal::discounts::{ByDigest, accounts_of};
use crate::signal::observation::Observation;

/// What a shift must reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Authors that a window needs. Default 12.
    pub min_authors: usize,
    /// Of them, in the risen register. Default 5.
    pub min_risen: usize,
    /// How far its share must be above the expected. Default 0.15.
    pub min_shift: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { min_authors: 12, min_risen: 5, min_shift: 0.15 }
    }
}

/// Votes with which a platform's shares are drawn towards those of all.
pub const PRIOR: f64 = 20.0;
/// Authors that an earlier window needs to be compared with.
const MIN_EARLIER: f64 = 5.0;
/// Registers that expect fewer votes are taken together.
const MIN_EXPECTED: f64 = 2.0;
/// A day's share cannot be less uncertain than this.
const MIN_SPREAD: f64 = 0.02;
/// Registers that can rise: all but neutral.
const CAN_RISE: f64 = (Register::ALL.len() - 1) as f64;

type Votes = [f64; Register::ALL.len()];

/// Votes by platform.
#[derive(Clone, Debug, Default)]
struct Mix<'a>(BTreeMap<&'a Platform, Votes>);

impl<'a> Mix<'a> {
    fn of(counted: &[&'a Observation]) -> Self {
        let mut of_author: ByDigest<&AuthorKey, (&'a Platform, Register)> = ByDigest::default();
        for o in counted.iter().filter(|o| measured(o.lang)) {
            let vote = of_author.entry(&o.author_key).or_insert((&o.platform, o.register));
            if vote.1 == Register::Neutral {
                vote.1 = o.register;
            }
        }
        let mut mix = Self::default();
        for (platform, register) in of_author.into_values() {
            if let Some(votes) = mix.0.entry(platform).or_default().get_mut(place(register)) {
                *votes += 1.0;
            }
        }
        mix
    }

    fn all(&self) -> Votes {
        let mut all = Votes::default();
        for votes in self.0.values() {
            for (sum, n) in all.iter_mut().zip(votes) {
                *sum += n;
            }
        }
        all
    }

    fn authors(&self) -> f64 {
        self.all().iter().sum()
    }

    fn add(&mut self, other: &Self, sign: f64) {
        for (platform, votes) in &other.0 {
            for (sum, n) in self.0.entry(platform).or_default().iter_mut().zip(votes) {
                *sum += sign * n;
            }
        }
    }

    /// The votes that as many authors on the same platforms would usually give; `self` is the pool.
    fn expects(&self, window: &Self) -> Votes {
        let all = self.all();
        let total: f64 = all.iter().sum();
        let mut expected = Votes::default();
        for (platform, votes) in &window.0 {
            let n: f64 = votes.iter().sum();
            let here = self.0.get(platform).copied().unwrap_or_default();
            let seen: f64 = here.iter().sum();
            for ((e, own), pooled) in expected.iter_mut().zip(here).zip(all) {
                // Half a vote for each register: one that was never heard is not impossible.
                let share = (pooled + 0.5) / (total + 0.5 * all.len() as f64);
                *e += n * (own + PRIOR * share) / (seen + PRIOR);
            }
        }
        expected
    }
}

fn measured(lang: Lang) -> bool {
    lang == Lang::EN || lang == Lang::DE
}

fn place(register: Register) -> usize {
    Register::ALL.iter().position(|r| *r == register).unwrap_or(0)
}

/// Pearson's statistic and its degrees of freedom, registers that expect little taken together.
fn pearson(votes: &Votes, expected: &Votes) -> (f64, f64) {
    let (mut sum, mut cells, mut rest) = (0.0, 0.0, (0.0, 0.0));
    for (x, e) in votes.iter().zip(expected) {
        if *e >= MIN_EXPECTED {
            sum += (x - e).powi(2) / e;
            cells += 1.0;
        } else {
            rest = (rest.0 + x, rest.1 + e);
        }
    }
    if rest.1 >= 0.5 {
        sum += (rest.0 - rest.1).powi(2) / rest.1;
        cells += 1.0;
    }
    (sum, cells - 1.0)
}

/// Judges the mix of registers; `None` where too few speak.
pub(crate) fn measure(scene: &Scene<'_>, rules: &Rules<'_>) -> Option<Finding> {
    let settings = &rules.kinds.register;
    let now = Mix::of(&scene.now.counted);
    let n = now.authors();
    if n < settings.min_authors as f64 {
        return None;
    }
    let days: Vec<Mix<'_>> = scene
        .earlier
        .iter()
        .map(|w| Mix::of(&w.counted))
        .filter(|mix| mix.authors() >= MIN_EARLIER)
        .collect();
    let mut pool = Mix::default();
    for day in &days {
        pool.add(day, 1.0);
    }
    let votes = now.all();
    let expected = pool.expects(&now);
    let residual = |x: f64, e: f64| (x - e) / (e * (1.0 - e / n)).max(0.25).sqrt();
    let (risen, (said, usually)) = votes
        .iter()
        .zip(&expected)
        .map(|(seen, due)| (*seen, *due))
        .enumerate()
        .filter(|(at, _)| *at != place(Register::Neutral))
        .max_by(|a, b| residual(a.1.0, a.1.1).total_cmp(&residual(b.1.0, b.1.1)).then(b.0.cmp(&a.0)))?;
    let register = *Register::ALL.get(risen)?;

    let (mut ratios, mut shifts) = (Vec::new(), Vec::new());
    for day in &days {
        // Each earlier window against all the others, as the window is against all of them.
        pool.add(day, -1.0);
        let (votes, expected) = (day.all(), pool.expects(day));
        pool.add(day, 1.0);
        let (statistic, freedom) = pearson(&votes, &expected);
        if freedom >= 1.0 {
            ratios.push(statistic / freedom);
        }
        if let (Some(seen), Some(due)) = (votes.get(risen), expected.get(risen)) {
            shifts.push((seen - due) / day.authors());
        }
    }
    let reach = 3.0 * median(&mut ratios.clone()).max(1.0);
    let usual = ratios.iter().map(|r| r.min(reach)).sum::<f64>() / ratios.len().max(1) as f64;
    let (statistic, freedom) = pearson(&votes, &expected);
    let n_days = days.len() as f64;
    let another_mix = if freedom >= 1.0 && n_days >= 2.0 {
        FisherSnedecor::new(freedom, n_days).map_or(1.0, |law| law.sf(statistic / freedom / usual.max(1.0)))
    } else {
        1.0
    };
    let (share, center) = (said / n, usually / n);
    let day_spread = (1.4826 * deviation(&shifts, median(&mut shifts.clone()))).max(MIN_SPREAD);
    let spread = day_spread.mul_add(day_spread, center * (1.0 - center) / n).sqrt();
    let effect = (share - center) / spread;
    let unusual =
        StudentsT::new(0.0, 1.0, (n_days - 1.0).max(1.0)).map_or(1.0, |law| law.sf(effect) * CAN_RISE);
    let p_value = another_mix.max(unusual).clamp(1e-300, 1.0);
    let thin = days.len() < rules.bars.min_windows;
    let mut discounts = scene.now.discounts.clone();
    if thin {
        discounts.push(thin_baseline(
            share,
            days.len(),
            "with enough voices to compare with",
            rules.bars.min_windows,
        ));
    }
    Some(Finding {
        window: scene.window,
        observed: share,
        effective: share,
        baseline: Baseline { center, spread, windows: days.len() },
        effect,
        p_value,
        passed: !thin
            && said >= settings.min_risen as f64
            && said >= rules.bars.min_authors
            && share - center >= settings.min_shift
            && effect >= rules.bars.min_effect,
        effective_authors: said,
        discounts,
        evidence: evidence(&scene.now.counted, register),
        explanation: format!(
            "{:.0} % of {} sound {}, usual {:.0} %.",
            share * 100.0,
            accounts_of(n as usize),
            register.as_str(),
            center * 100.0,
        ),
    })
}

/// The records in the risen register, oldest first.
fn evidence(counted: &[&Observation], register: Register) -> Vec<RecordId> {
    let sounds = |o: &&&Observation| measured(o.lang) && o.register == register;
    counted.iter().filter(sounds).take(MAX_EVIDENCE).map(|o| o.id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::invented::social;

    #[test]
    fn pearson_agrees_with_a_worked_example() {
        // 10 and 30 where 20 and 20 are expected: 5 + 5, one degree of freedom; empty registers say nothing.
        let (mut x, mut e) = (Votes::default(), Votes::default());
        (x[0], x[1], e[0], e[1]) = (10.0, 30.0, 20.0, 20.0);
        assert_eq!(pearson(&x, &e), (10.0, 1.0));
    }

    #[test]
    fn an_author_votes_once_and_neutral_yields() {
        let said = |author: &str, hours: i64, register: Register| {
            let mut observation = social(author, hours, "The ferry is late again");
            (observation.lang, observation.register) = (Lang::EN, register);
            observation
        };
        let records = [
            said("ada", 5, Register::Neutral),
            said("ada", 4, Register::Worried),
            said("ada", 3, Register::Amused),
            said("bea", 2, Register::Neutral),
        ];
        let votes = Mix::of(&records.iter().collect::<Vec<_>>()).all();
        let mut expected = Votes::default();
        (expected[place(Register::Worried)], expected[place(Register::Neutral)]) = (1.0, 1.0);
        assert_eq!(votes, expected);
    }
}
