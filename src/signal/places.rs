//! Places: forums and publications. Whole networks are none. What one place alone is loud about may be its own matter.

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

/// The place that brings most of some records alone.
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
    /// The place that brings most of `records`; `None` if no place does, or if it always does.
    pub(crate) fn of(
        records: &[&'a Observation],
        earlier: &[Weighed<'_>],
        settings: &DiscountSettings,
    ) -> Option<Self> {
        let mut by_place: BTreeMap<(&Platform, &str), usize> = BTreeMap::new();
        for o in records.iter().filter(|o| is_place(o.class)) {
            *by_place.entry((&o.platform, o.venue.as_str())).or_default() += 1;
        }
        // The first in order wins a tie.
        let ((platform, venue), n) = by_place.iter().rev().max_by_key(|(_, n)| **n).map(|(p, n)| (*p, *n))?;
        if (n as f64) < settings.one_source_share * records.len() as f64 {
            return None;
        }
        let (mut there, mut all) = (0_usize, 0_usize);
        for o in earlier.iter().flat_map(|weighed| &weighed.counted) {
            all += 1;
            there += usize::from(o.platform == *platform && o.venue == venue);
        }
        let usual = if all == 0 { 1.0 } else { there as f64 / all as f64 };
        (usual <= settings.one_source_usual).then_some(Self { venue, n, usual })
    }

    /// What is left of `level` when what lies beyond `center` counts half; `what` comes from the place.
    pub(crate) fn halves(&self, what: &str, level: f64, center: f64) -> Discount {
        Discount {
            kind: DiscountKind::BurstOfOneSource,
            before: level,
            after: level - (level - center).max(0.0) / 2.0,
            why: format!(
                "{what} comes from {} alone, which usually brings {:.0} %, so what is beyond the usual counts half",
                self.venue,
                self.usual * 100.0
            ),
        }
    }
}

/// What is left of a topic's count when one place alone is loud: its excess over the usual counts half. `earlier` are the
/// usual windows.
pub(crate) fn one_source(
    counted: &[&Observation],
    effective: f64,
    earlier: &[Weighed<'_>],
    usual: &Usual,
    settings: &DiscountSettings,
) -> Option<Discount> {
    let place = LoudPlace::of(counted, earlier, settings)?;
    let excess = (place.n as f64 - place.usual * usual.baseline.center).max(0.0);
    let after = effective - excess / 2.0;
    (after < effective).then(|| Discount {
        kind: DiscountKind::BurstOfOneSource,
        before: effective,
        after,
        why: format!(
            "{} of {} come from {} alone, which usually brings {:.0} %, so its excess counts half and the window as {}",
            place.n,
            posts(counted.len()),
            place.venue,
            place.usual * 100.0,
            number(after),
        ),
    })
}
