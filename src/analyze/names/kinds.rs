//! Weights of types, in tenths of a natural logarithm.

use super::context;
use crate::analyze::words::ByHash;
use crate::model::EntityKind;
use std::sync::LazyLock;

/// The types in the order of the lexicon's columns.
pub(super) const KINDS: [EntityKind; 8] = [
    EntityKind::Person,
    EntityKind::Organization,
    EntityKind::State,
    EntityKind::Government,
    EntityKind::Product,
    EntityKind::Technology,
    EntityKind::Legislation,
    EntityKind::Concept,
];

/// One sum a type, as [`KINDS`].
pub(super) type Weights = [i32; 8];

/// Adds what a feature says.
pub(super) fn weigh(feature: u64, sum: &mut Weights) {
    if let Some(weights) = CONTEXTS.get(&feature) {
        for (sum, weight) in sum.iter_mut().zip(weights) {
            *sum += weight;
        }
    }
}

static CONTEXTS: LazyLock<ByHash<Weights>> = LazyLock::new(|| {
    include_str!("../lexicon/contexts_en.txt")
        .lines()
        .filter(|line| !line.starts_with("# "))
        .filter_map(|line| {
            let (feature, numbers) = line.split_once('\t')?;
            let mut weights = Weights::default();
            for (weight, number) in weights.iter_mut().zip(numbers.split(' ')) {
                *weight = number.parse().ok()?;
            }
            Some((context::key(feature)?, weights))
        })
        .collect()
});
