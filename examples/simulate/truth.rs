//! What only the maker of a world can know: how its counts vary, and how coherent its events are.

use statrs::distribution::{DiscreteCDF as _, NegativeBinomial};

/// How counts of the usual talk vary.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Truth {
    /// What counts of it, as accounts count twice at most.
    pub(crate) counted: f64,
    /// Variance over mean of what comes together.
    pub(crate) crowding: f64,
    /// Variance of the rate.
    pub(crate) dispersion: f64,
}

impl Truth {
    /// How likely a test that knows the true mean and variance finds `more` records beside `usual` ones, if it may be wrong
    /// once in a thousand looks: with a look at each 90 minutes that is half a false alarm a month. Negative binomial.
    pub(crate) fn power(self, usual: f64, more: f64) -> f64 {
        let mean = usual * self.counted;
        let variance = (self.crowding * mean + self.dispersion * mean * mean).max(mean * 1.000_01);
        let Ok(law) = NegativeBinomial::new(mean * mean / (variance - mean), mean / variance) else {
            return 0.0;
        };
        let needed = (0..100_000_u64).find(|n| law.sf(*n) <= 1e-3).map_or(100_000, |n| n + 1);
        let missing = needed as f64 - more;
        if missing <= 0.0 { 1.0 } else { law.sf(missing.ceil() as u64 - 1) }
    }
}

/// Deciles of the share of an event's records that fall into its largest cluster: the first twelve records of 422 labelled
/// stories of headlines. See `docs/simulation.md`.
pub(crate) const TOGETHER: [f64; 10] = [0.0, 0.5, 0.67, 0.8, 0.83, 0.83, 0.92, 0.92, 1.0, 1.0];
/// The same of the share that carry the best name of its own.
pub(crate) const NAMED: [f64; 10] = [0.0, 0.08, 0.17, 0.17, 0.25, 0.42, 0.5, 0.58, 0.75, 0.83];
/// How many usual records carry a name that nobody used before; those that join a cluster carry its name as often.
pub(crate) const NEW_NAME: f64 = 0.5;
