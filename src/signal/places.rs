//! Places: forums and publications. Whole networks are none. What one place alone is loud about may be its own matter.
//!
//! **When is one alone?** Of `n` records where `c` are usual, a place that usually brings the share `u` brings `k`. Its excess is
//! `k − u c`, that of all `n − c`. It is alone if its own is at least two thirds of that of all
//! ([`DiscountSettings::one_source_share`]), so that it does not matter how much goes on elsewhere as ever, and if so many
//! of `n` are more than its share would bring by chance: `k − u n ≥ 2 √(n u (1 − u))`, binomial. What everybody speaks of
//! falls on places by their shares and passes the second bar once in forty times for each place; two thirds of a large
//! excess at one place are rarer still, unless the place is most of the topic, and then it is not judged (`one_source_usual`).

use std::collections::BTreeMap;

use super::baseline::Usual;
use super::discounts::{DiscountSettings, Weighed, number, posts};
use super::observation::Observation;
use crate::model::{Discount, DiscountKind, Platform, SourceClass};

/// A venue that is a place of its own, not a whole network.
pub(crate) fn is_place(class: SourceClass) -> bool {
    match class {
        SourceClass::Forum | SourceClass::Publication => true,
        SourceClass::Essay | SourceClass::Social | SourceClass::Paper => false,
    }
}

/// The place that brings most of what some records are beyond the usual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LoudPlace<'a> {
    /// Its name.
    pub(crate) venue: &'a str,
    /// How many of the records it brings.
    pub(crate) n: usize,
    /// What share it usually brings, 0–1.
    pub(crate) usual: f64,
}

impl<'a> LoudPlace<'a> {
    /// The place that brings [`DiscountSettings::one_source_share`] of what `records` are beyond `center`, which is usual of
    /// them; `None` if no place does, or if one always does.
    ///
    /// What is usual of a place is its share of the `earlier` windows.
    pub(crate) fn of(
        records: &[&'a Observation],
        earlier: &[Weighed<'a>],
        center: f64,
        settings: &DiscountSettings,
    ) -> Option<Self> {
        let excess = records.len() as f64 - center;
        if excess <= 0.0 {
            return None;
        }
        let mut by_place: BTreeMap<(&Platform, &str), usize> = BTreeMap::new();
        for o in records.iter().filter(|o| is_place(o.class)) {
            *by_place.entry((&o.platform, o.venue.as_str())).or_default() += 1;
        }
        // A place that brings fewer cannot bring so much of the excess; mostly none is left.
        let least = settings.one_source_share * excess;
        let mut loud: BTreeMap<(&Platform, &str), (usize, usize)> = by_place
            .into_iter()
            .filter(|(_, n)| *n as f64 >= least)
            .map(|(place, n)| (place, (n, 0)))
            .collect();
        if loud.is_empty() {
            return None;
        }
        let mut all = 0_usize;
        for o in earlier.iter().flat_map(|weighed| &weighed.counted) {
            all += 1;
            if let Some((_, there)) = loud.get_mut(&(&o.platform, o.venue.as_str())) {
                *there += 1;
            }
        }
        let beyond = |place: &Self| place.n as f64 - place.usual * center;
        let all_now = records.len() as f64;
        let stands_out = |place: &Self| {
            let chance = (all_now * place.usual * (1.0 - place.usual)).sqrt();
            place.n as f64 - all_now * place.usual >= settings.one_source_effect * chance
        };
        loud.into_iter()
            .map(|((_, venue), (n, there))| {
                let usual = if all == 0 { 1.0 } else { there as f64 / all as f64 };
                Self { venue, n, usual }
            })
            .filter(|place| place.usual <= settings.one_source_usual && beyond(place) >= least)
            .filter(stands_out)
            // The first in order wins a tie.
            .rev()
            .max_by(|a, b| beyond(a).total_cmp(&beyond(b)))
    }

    /// What is left of `level` when what lies beyond `center` counts half; `what` comes from the place.
    pub(crate) fn halves(&self, what: &str, level: f64, center: f64) -> Discount {
        Discount {
            kind: DiscountKind::BurstOfOneSource,
            before: level,
            after: level - (level - center).max(0.0) / 2.0,
            why: format!(
                "most of {what} comes from {}, which usually brings {:.0} %, so what is beyond the usual counts half",
                self.venue,
                self.usual * 100.0
            ),
        }
    }
}

/// What is left of a topic's count when one place alone is loud: its excess over the usual counts half. `earlier` are the
/// usual windows.
pub(crate) fn one_source<'a>(
    counted: &[&'a Observation],
    effective: f64,
    earlier: &[Weighed<'a>],
    usual: &Usual,
    settings: &DiscountSettings,
) -> Option<Discount> {
    let center = usual.baseline.center;
    let known: Vec<&'a Observation> =
        counted.iter().copied().filter(|o| !usual.unknown.contains(&o.platform)).collect();
    let place = LoudPlace::of(&known, earlier, center, settings)?;
    let there = place.usual * center;
    let beyond = (place.n as f64 - there).min(effective - center).max(0.0);
    let after = effective - beyond / 2.0;
    (after < effective).then(|| Discount {
        kind: DiscountKind::BurstOfOneSource,
        before: effective,
        after,
        why: format!(
            "{} of {} come from {}, where {} of {} are usual, so what it brings beyond that counts half and the window as {}",
            place.n,
            posts(known.len()),
            place.venue,
            number(there),
            number(center),
            number(after),
        ),
    })
}
