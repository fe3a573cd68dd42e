//! Platform divergence: platforms that usually move together do not.
//!
//! **Statistic.** A platform's pooled rate at its coverage in a window (`baseline.rs`) expects `e` of the topic's
//! independent records there; the other platforms together expect `e'`. Given that both brought `n = y + y'`, the
//! platform should have about the share `q = e ÷ (e + e')` of them, whatever the topic's day was like. Two questions,
//! and the less sure answer, times the number of platforms, is the p-value:
//! 1. Is the split another? Beta-binomial with mean `q`; its correlation by moments from the splits of earlier windows
//!    (Kleinman 1973), never below 0.02.
//! 2. Are splits like this usual? `t = r ÷ s` with the standardised residual `r = (y − nq) ÷ √(nq(1 − q))` and the robust
//!    spread `s` of the same over earlier windows (at least 1, widened by `√(1 + 1/n)`), against Student's t.
//!
//! **Support.** Only a platform that is above its share is told, with the bars of all kinds for its records, authors and
//! effect, at twice the share of the others. It and the others must have been read in the window and in `min_windows`
//! earlier ones, and expect two records at least; a platform that could not be read lately, or not half as much as usual, takes
//! no part.
//! Eight effective authors; the others must bring half of their usual, for else it is they who changed. What one forum or
//! paper brings beyond its usual share is that place's, and does not count.
//! **Effect** = t.
//!
//! **Assumes** that coverage measures what was read of each platform: see `baseline.rs`.

use std::collections::{BTreeMap, HashMap};

use statrs::distribution::{ContinuousCDF as _, StudentsT};

use super::novelty::{fit, tail};
use super::{Finding, Rules, Scene, by_company};
use crate::model::{AuthorKey, Baseline, Discount, DiscountKind, Platform};
use crate::signal::baseline::{PlatformCount, coverage, deviation, median};
use crate::signal::discounts::{accounts_of, inverse_simpson, number, posts};
use crate::signal::observation::Observation;
use crate::signal::places::is_place;

/// What a divergence must reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Times the pace of the other platforms. Default 2.
    pub min_ratio: f64,
    /// Records that the platform, and the others, must expect. Default 2.
    pub min_expected: f64,
    /// Effective authors on the platform. Default 8.
    pub min_authors: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { min_ratio: 2.0, min_expected: 2.0, min_authors: 8 }
    }
}

/// A platform that was read less than this share of the median window takes no part: a part of its sources is down.
const MIN_COVERAGE: f64 = 0.5;
/// If the others together brought less than this share of what they usually do, it is they who changed.
const MIN_REST_SHARE: f64 = 0.5;

/// What a platform brought and was expected to bring.
#[derive(Clone, Debug)]
struct Course<'a> {
    platform: &'a Platform,
    now: Pair,
    earlier: Vec<Option<Pair>>,
}

/// Brought and expected.
#[derive(Clone, Copy, Debug, Default)]
struct Pair {
    y: f64,
    e: f64,
}

fn courses<'a>(scene: &'a Scene<'_>, rules: &Rules<'_>) -> Vec<Course<'a>> {
    let mut found = Vec::new();
    for (platform, now) in &scene.now_count.by_platform {
        let usual = &scene.usual;
        let silent = scene.stale.contains(platform) || usual.hardly_read.contains(platform);
        if silent || usual.unknown.contains(platform) || now.desk <= 0.0 {
            continue;
        }
        let counts: Vec<PlatformCount> = scene
            .earlier_counts
            .iter()
            .map(|count| count.by_platform.get(platform).copied().unwrap_or_default())
            .collect();
        let (covered_now, covered) = coverage(*now, &counts);
        let exposure: f64 = covered.iter().flatten().sum();
        let typical = median(&mut covered.iter().copied().flatten().collect::<Vec<_>>());
        if exposure <= 0.0 || covered_now <= 0.0 || covered_now < MIN_COVERAGE * typical {
            continue;
        }
        let counted: f64 =
            counts.iter().zip(&covered).filter(|(_, c)| c.is_some()).map(|(n, _)| n.counted).sum();
        let rate = counted / exposure;
        let earlier: Vec<Option<Pair>> =
            counts.iter().zip(&covered).map(|(n, c)| c.map(|c| Pair { y: n.counted, e: rate * c })).collect();
        let mut usual: Vec<f64> = earlier.iter().flatten().map(|pair| pair.e).collect();
        let often = usual.len() >= rules.bars.min_windows;
        if often && median(&mut usual) >= rules.kinds.divergence.min_expected {
            found.push(Course { platform, now: Pair { y: now.counted, e: rate * covered_now }, earlier });
        }
    }
    found
}

/// How one platform stands against the others.
struct Stand<'a> {
    platform: &'a Platform,
    now: Pair,
    rest: Pair,
    t: f64,
    p: f64,
    windows: usize,
}

fn stand<'a>(course: &Course<'a>, all: &[Course<'_>], rules: &Rules<'_>) -> Option<Stand<'a>> {
    let least = rules.kinds.divergence.min_expected;
    let others = || all.iter().filter(|other| other.platform != course.platform);
    let sum = |pairs: &mut dyn Iterator<Item = Pair>| {
        pairs.fold(Pair::default(), |sum, pair| Pair { y: sum.y + pair.y, e: sum.e + pair.e })
    };
    let now = course.now;
    let rest = sum(&mut others().map(|other| other.now));
    if now.e < least || rest.e < least || now.y + rest.y < 1.0 {
        return None;
    }
    let share = |pair: Pair, rest: Pair| (pair.e / (pair.e + rest.e)).clamp(0.01, 0.99);
    let residual = |pair: Pair, rest: Pair| {
        let (n, q) = (pair.y + rest.y, share(pair, rest));
        (pair.y - n * q) / (n * q * (1.0 - q)).sqrt()
    };
    let (mut residuals, mut splits) = (Vec::new(), Vec::new());
    let q_now = share(now, rest);
    for (at, pair) in course.earlier.iter().enumerate() {
        let Some(pair) = *pair else { continue };
        let there = sum(&mut others().filter_map(|other| other.earlier.get(at).copied().flatten()));
        let n = pair.y + there.y;
        if n >= 1.0 && there.e > 0.0 {
            let r = residual(pair, there);
            residuals.push(r);
            // The same deviation around today's share, so that days of another coverage can be pooled.
            splits.push(((n * q_now + r * (n * q_now * (1.0 - q_now)).sqrt()).clamp(0.0, n), n));
        }
    }
    if residuals.len() < 2 {
        return None;
    }
    let d = residuals.len() as f64;
    let center = median(&mut residuals.clone());
    let spread = (1.4826 * deviation(&residuals, center)).max(1.0) * (1.0 + 1.0 / d).sqrt();
    let t = residual(now, rest) / spread;
    let (alpha, beta, _) = fit(&splits, 0.0);
    let strength = alpha + beta;
    let by_split =
        tail(now.y as usize, (now.y + rest.y) as usize, q_now * strength, (1.0 - q_now) * strength);
    let by_days = StudentsT::new(0.0, 1.0, (d - 1.0).max(1.0)).map_or(1.0, |law| law.sf(t));
    Some(Stand {
        platform: course.platform,
        now,
        rest,
        t,
        p: (by_split.max(by_days) * all.len() as f64).min(1.0),
        windows: residuals.len(),
    })
}

/// The forum or publication on the platform that is furthest above its usual share of `center`: its name, how many
/// records it brought, and that share. `None` on networks, which are not places.
fn loudest_place<'a>(
    records: &[&'a Observation],
    scene: &Scene<'_>,
    platform: &Platform,
    center: f64,
) -> Option<(&'a str, f64, f64)> {
    let mut now: BTreeMap<&str, f64> = BTreeMap::new();
    for o in records.iter().filter(|o| is_place(o.class)) {
        *now.entry(o.venue.as_str()).or_default() += 1.0;
    }
    let (mut usual, mut all): (HashMap<&str, f64>, f64) = (HashMap::new(), 0.0);
    for o in scene.earlier.iter().flat_map(|w| &w.counted).filter(|o| o.platform == *platform) {
        *usual.entry(o.venue.as_str()).or_default() += 1.0;
        all += 1.0;
    }
    let share = |place: &str| usual.get(place).copied().unwrap_or(0.0) / all.max(1.0);
    now.into_iter()
        .map(|(place, n)| (place, n, share(place)))
        .max_by(|a, b| (a.1 - a.2 * center).total_cmp(&(b.1 - b.2 * center)).then_with(|| b.0.cmp(a.0)))
}

/// Judges the platforms; `None` where fewer than two can be compared.
pub(crate) fn measure(scene: &Scene<'_>, rules: &Rules<'_>) -> Option<Finding> {
    let courses = courses(scene, rules);
    let stand = courses
        .iter()
        .filter_map(|course| stand(course, &courses, rules))
        .min_by(|a, b| a.p.total_cmp(&b.p).then(b.t.total_cmp(&a.t)))?;
    let records: Vec<&Observation> =
        scene.now.counted.iter().copied().filter(|o| o.platform == *stand.platform).collect();
    let mut per_author: HashMap<&AuthorKey, f64> = HashMap::new();
    for o in &records {
        *per_author.entry(&o.author_key).or_default() += 1.0;
    }
    let effective_authors = inverse_simpson(&per_author.values().copied().collect::<Vec<_>>());
    // What the platform would have brought had it gone with the others; that they are silent is no rise of its own.
    let pace = (stand.rest.y + 0.5) / (stand.rest.e + 0.5);
    let center = stand.now.e * pace.max(1.0);
    let (y, bars) = (stand.now.y, rules.bars);
    let mut discounts = scene.now.discounts.clone();
    let mut effective = y;
    if let Some((place, n, share)) = loudest_place(&records, scene, stand.platform, center)
        && share <= rules.discounts.one_source_usual
        && n > share * center
    {
        effective = y - (n - share * center);
        discounts.push(Discount {
            kind: DiscountKind::BurstOfOneSource,
            before: y,
            after: effective,
            why: format!(
                "{} come from {place}, which usually brings {:.0} %: what is beyond that is the place's and not the platform's",
                posts(n as usize),
                share * 100.0
            ),
        });
    }
    Some(Finding {
        window: scene.window,
        observed: y,
        effective,
        baseline: Baseline {
            center,
            spread: ((y - center).abs() / stand.t.abs().max(0.1)).max(1.0),
            windows: stand.windows,
        },
        effect: stand.t,
        p_value: stand.p.clamp(1e-300, 1.0),
        passed: y >= bars.min_records
            && effective_authors >= bars.min_authors
            && effective_authors >= rules.kinds.divergence.min_authors as f64
            && stand.rest.y >= MIN_REST_SHARE * stand.rest.e
            && stand.t >= bars.min_effect
            && y > stand.now.e
            && effective >= rules.kinds.divergence.min_ratio * center
            && stand.windows >= bars.min_windows,
        effective_authors,
        discounts,
        evidence: by_company(&records),
        explanation: format!(
            "{} brought {} where {} was usual, while the other platforms brought {} and usually bring {}; {}.",
            stand.platform.display_name(),
            posts(y as usize),
            number(stand.now.e),
            number(stand.rest.y),
            number(stand.rest.e),
            accounts_of(per_author.len()),
        ),
    })
}
