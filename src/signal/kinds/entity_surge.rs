//! Entity surge: one name that far more people speak of than usual.
//!
//! **Statistic.** That of [`surge`](super::surge), over the names of headlines and openings. A name at the head of a
//! sentence counts if the same name is written inside sentences, too: in a quarter of its uses at least.
//!
//! **Support.** Five authors and three times the expected number, the bars of all kinds for effective authors and
//! effect. Where one place brings most of them, which usually brings less, what is beyond the expected counts half, and the
//! p-value is that of what is left.
//!
//! **Effect** = (authors − expected) ÷ standard deviation of what is expected.

use std::collections::HashMap;

use super::surge::{Judged, Share, Terms, among, at_least, corrected};
use super::{Finding, Rules, Scene, by_company, hours, thin_baseline};
use crate::analyze::words::ByHash;
use crate::model::{Baseline, TopicSlug};
use crate::signal::discounts::{accounts_of, inverse_simpson, number};
use crate::signal::observation::{Anchor, Keyed, Observation};
use crate::signal::places::LoudPlace;

/// The share of a name's uses inside sentences from which its uses at their heads count.
const MIN_CERTAIN: f64 = 0.25;
/// Other names told beside the first.
const MAX_OTHERS: usize = 2;

/// Which names there are in a topic.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Of each that opens a sentence somewhere: how often it stands inside one, and how often it stands at all.
    uses: ByHash<(u32, u32)>,
}

impl Names {
    /// Looks through the records that count in any window.
    pub(crate) fn of(scene: &Scene<'_>) -> Self {
        let counted = || std::iter::once(&scene.now).chain(&scene.earlier).flat_map(|w| &w.counted);
        let anchors = || counted().flat_map(|o| &o.anchors);
        // Only what opens a sentence somewhere is in doubt.
        let opening = anchors().filter(|anchor| anchor.opening.is_some());
        let mut uses: ByHash<(u32, u32)> = opening.map(|anchor| (anchor.name.key(), (0, 0))).collect();
        for anchor in anchors() {
            if let Some((inside, all)) = uses.get_mut(&anchor.name.key()) {
                *all += 1;
                *inside += u32::from(anchor.opening.is_none());
            }
        }
        Self { uses }
    }

    /// What an anchor names; `None` if it only opens a sentence.
    fn read<'a>(&self, anchor: &'a Anchor) -> Option<&'a Keyed> {
        let Some(opening) = &anchor.opening else { return Some(&anchor.name) };
        let (inside, all) = self.uses.get(&anchor.name.key()).copied().unwrap_or_default();
        if f64::from(inside) >= MIN_CERTAIN * f64::from(all) {
            return Some(&anchor.name);
        }
        opening.rest.as_ref()
    }

    /// The names of a record, as keys.
    pub(crate) fn keys(&self, o: &Observation, keys: &mut Vec<u64>) {
        keys.extend(o.anchors.iter().filter_map(|anchor| self.read(anchor)).map(Keyed::key));
    }

    /// How the name with this key is written, where a record uses it.
    pub(crate) fn text<'a>(&self, o: &'a Observation, key: u64) -> Option<&'a str> {
        let names = o.anchors.iter().filter_map(|anchor| self.read(anchor));
        names.filter(|name| name.key() == key).map(Keyed::as_str).next()
    }
}

/// What is said of a surging term.
pub(super) struct Words<'a> {
    /// “the name”.
    pub(super) what: &'a str,
    /// The text of a term in a record that uses it.
    pub(super) text: &'a dyn Fn(&Observation, u64) -> Option<String>,
}

/// Judges the names of the window; `None` where no name has support or too little lies before it.
pub(crate) fn measure(scene: &Scene<'_>, names: &Names, terms: &Terms, rules: &Rules<'_>) -> Option<Finding> {
    let words = Words { what: "the name", text: &|o, key| names.text(o, key).map(str::to_owned) };
    most_surprising(scene, terms, || terms.usual_surprises(Share::All), &words, rules)
}

/// The terms of the names of a topic.
pub(crate) fn terms(scene: &Scene<'_>, names: &Names, topic: &TopicSlug, rules: &Rules<'_>) -> Terms {
    Terms::of(scene, topic, &rules.kinds.surge, |o, keys| names.keys(o, keys))
}

/// The finding for the most surprising term of a window; `usual` are the largest surprises of earlier ones.
pub(super) fn most_surprising(
    scene: &Scene<'_>,
    terms: &Terms,
    usual: impl FnOnce() -> Vec<f64>,
    words: &Words<'_>,
    rules: &Rules<'_>,
) -> Option<Finding> {
    let (bars, settings) = (rules.bars, &rules.kinds.surge);
    let judged = terms.judge(0, Share::All, 2)?;
    let telling: Vec<&Judged> =
        judged.iter().filter(|j| j.users >= settings.min_authors as f64 && j.p < 0.5).collect();
    let top = telling.first().copied()?;
    let using = |term: u64| {
        let uses = |o: &&&Observation| (words.text)(o, term).is_some();
        scene.now.counted.iter().filter(uses).copied().collect::<Vec<&Observation>>()
    };
    let records = using(top.term);
    let text = records.first().and_then(|o| (words.text)(o, top.term))?;
    let mut per_author: HashMap<&crate::model::AuthorKey, f64> = HashMap::new();
    for o in &records {
        *per_author.entry(&o.author_key).or_default() += 1.0;
    }
    let effective_authors = inverse_simpson(&per_author.values().copied().collect::<Vec<_>>());
    let mut discounts = scene.now.discounts.clone();
    let (mut effective, mut p) = (top.users, top.p);
    if let Some(place) = LoudPlace::of(&records, &scene.earlier, top.expected, rules.discounts) {
        let halved = place.halves("it", effective, top.expected);
        effective = halved.after;
        p = at_least(effective as u32, top.expected, top.spread.powi(2));
        discounts.push(halved);
    }
    // Earlier days cost much and can only speak against it: they are asked where it would pass without them.
    let alone = among(p, judged.len());
    let usual = if alone <= bars.max_p { usual() } else { Vec::new() };
    let thin = alone <= bars.max_p && usual.len() < bars.min_windows;
    let p_value = if alone <= bars.max_p { corrected(p, judged.len(), &usual) } else { alone };
    if thin {
        let to = "whose newest words can be compared";
        discounts.push(thin_baseline(effective, usual.len(), to, bars.min_windows));
    }
    let effect = (effective - top.expected) / top.spread.max(1.0);
    let others = others(&telling, &text, &using, words, usual.as_slice(), judged.len());
    Some(Finding {
        window: scene.window,
        observed: top.users,
        effective,
        baseline: Baseline { center: top.expected, spread: top.spread.max(1.0), windows: top.past },
        effect,
        p_value,
        passed: !thin
            && p_value <= bars.max_p
            && effective >= settings.min_authors as f64
            && effective_authors >= bars.min_authors
            && effect >= bars.min_effect
            && effective >= settings.min_ratio * top.expected,
        effective_authors,
        discounts,
        evidence: by_company(&records),
        explanation: format!(
            "{} speak of {} “{text}” in {}, usual {}{others}.",
            accounts_of(top.users as usize),
            words.what,
            hours(scene.window),
            number(top.expected),
        ),
    })
}

/// “; also “x” and “y””: other terms that would have been told had they been first, and that say something else.
fn others<'a>(
    telling: &[&Judged],
    first: &str,
    using: &dyn Fn(u64) -> Vec<&'a Observation>,
    words: &Words<'_>,
    usual: &[f64],
    tested: usize,
) -> String {
    let mut told = vec![first.to_owned()];
    for other in telling.iter().skip(1).take(10) {
        if told.len() > MAX_OTHERS || corrected(other.p, tested, usual) > 0.01 {
            break;
        }
        let Some(text) = using(other.term).first().and_then(|o| (words.text)(o, other.term)) else {
            continue;
        };
        let same = |known: &String| text.split(' ').any(|word| known.split(' ').any(|w| w == word));
        if !told.iter().any(same) {
            told.push(text);
        }
    }
    match told.get(1..).unwrap_or_default() {
        [] => String::new(),
        more => {
            let more: Vec<String> = more.iter().map(|text| format!("“{text}”")).collect();
            format!("; also {}", more.join(" and "))
        }
    }
}
