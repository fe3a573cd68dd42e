//! Chance with a seed: the same seed, the same world, on every machine.

/// A source of chance (SplitMix64: Steele, Lea & Flood 2014).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Chance that hangs on nothing but these numbers.
    pub(crate) fn new(seed: u64, of: u64) -> Self {
        let mut dice = Self(seed ^ of.wrapping_mul(0xd6e8_feb8_6659_fd93));
        dice.next();
        Self(dice.next() ^ of)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// Above 0 and below 1.
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0
    }

    /// Between two numbers, evenly.
    pub(crate) fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.unit()
    }

    /// Between two numbers, evenly in their logarithms.
    pub(crate) fn log_between(&mut self, from: f64, to: f64) -> f64 {
        self.between(from.ln(), to.ln()).exp()
    }

    /// A whole number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.unit() * n as f64) as usize
    }

    /// A whole number of `from..=to`.
    pub(crate) fn whole(&mut self, from: usize, to: usize) -> usize {
        from + self.below(to - from + 1)
    }

    /// Whether something of this probability happens.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// One of the places of `weights`, in proportion to them.
    pub(crate) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (i, w) in weights.iter().enumerate() {
            left -= w;
            if left <= 0.0 {
                return i;
            }
        }
        weights.len().saturating_sub(1)
    }

    /// Exponential with this mean.
    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * self.unit().ln()
    }

    /// Standard normal (Box and Muller 1958).
    pub(crate) fn normal(&mut self) -> f64 {
        (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Poisson by counting arrivals; halved while the mean is large, as sums of Poisson counts are Poisson.
    pub(crate) fn poisson(&mut self, mean: f64) -> usize {
        if mean > 30.0 {
            return self.poisson(mean / 2.0) + self.poisson(mean / 2.0);
        }
        let (mut n, mut left) = (0, mean);
        loop {
            left -= self.exponential(1.0);
            if left <= 0.0 {
                return n;
            }
            n += 1;
        }
    }

    /// Gamma with mean 1 and this variance (Marsaglia & Tsang 2000).
    pub(crate) fn gamma(&mut self, variance: f64) -> f64 {
        if variance <= 0.0 {
            return 1.0;
        }
        let shape = 1.0 / variance;
        // Below one the density has no top: take it for shape + 1 and bring it down by a power.
        let (d, lift) = if shape < 1.0 {
            (shape + 1.0 - 1.0 / 3.0, self.unit().powf(1.0 / shape))
        } else {
            (shape - 1.0 / 3.0, 1.0)
        };
        loop {
            let x = self.normal();
            let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
            if v > 0.0 && self.unit().ln() < 0.5 * x * x + d * (1.0 - v + v.ln()) {
                return d * v * lift * variance;
            }
        }
    }

    /// At least one, geometric, with this mean.
    pub(crate) fn geometric(&mut self, mean: f64) -> usize {
        let mut n = 1;
        while self.chance(1.0 - 1.0 / mean) {
            n += 1;
        }
        n
    }
}
