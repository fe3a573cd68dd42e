//! Phrase trending: two words that far more people put together than usual.
//!
//! **Statistic.** That of [`surge`](super::surge), over pairs of neighbouring words in key phrases. Pairs that stand in
//! a name of the same record are left to [`entity_surge`](super::entity_surge), so that nothing is told twice; so is a
//! phrase that only the speakers of a told name use.
//!
//! **Support** and **effect** as for names.

use std::collections::BTreeSet;

use super::entity_surge::{Words, most_surprising};
use super::surge::{Share, Terms};
use super::{Finding, Rules, Scene};
use crate::model::{RecordId, TopicSlug};
use crate::signal::keys::Keys;
use crate::signal::observation::{Observation, key_of};

/// A phrase with this share of its records in a told name's evidence says what the name said.
const SAME: f64 = 0.8;

/// Judges the phrases of the window; `told` is what names were found to surge.
pub(crate) fn measure(
    scene: &Scene<'_>,
    topic: &TopicSlug,
    told: Option<&Finding>,
    rules: &Rules<'_>,
) -> Option<Finding> {
    let phrases = |o: &Observation, keys: &mut Vec<u64>| keys.extend(&Keys::of(o).phrases);
    let terms = Terms::of_now(scene, topic, &rules.kinds.surge, phrases);
    let usual = || Terms::of(scene, topic, &rules.kinds.surge, phrases).usual_surprises(Share::All);
    let words = Words {
        what: "the words",
        text: &|o, key| o.phrases().find(|phrase| key_of(phrase) == key).map(str::to_owned),
    };
    let mut finding = most_surprising(scene, &terms, usual, &words, rules)?;
    if let Some(name) = told.filter(|name| name.passed) {
        let known: BTreeSet<&RecordId> = name.evidence.iter().collect();
        let shared = finding.evidence.iter().filter(|id| known.contains(id)).count();
        if shared as f64 >= SAME * finding.evidence.len() as f64 {
            finding.passed = false;
            finding.explanation = format!("{} The name of the same posts is told.", finding.explanation);
        }
    }
    Some(finding)
}
