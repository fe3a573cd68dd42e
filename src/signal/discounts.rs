//! Discounts: why a window counts for less than it holds, each with its number before and after and a sentence.
//!
//! The order is fixed: quarantined records and papers are set aside without a discount, then late records go, then recurring
//! ones, copies, and last what one author may count for. Earlier windows are weighed in the same way (late records count there: they are history),
//! so that both sides of a comparison are in the same currency.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;

use super::baseline::Usual;
use super::observation::Observation;
use crate::model::{AuthorKey, CopyGroup, Discount, DiscountKind, Platform, SourceClass};

/// What the discounts go by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DiscountSettings {
    /// Whether papers count. Default no: a preprint server announces hundreds at one hour, and several times as many
    /// on one weekday as on another, so every topic would surge with it.
    pub count_papers: bool,
    /// How many records of one author count in a window. Default 2.
    pub per_author: usize,
    /// A headline's shape is recurring when its place or author used it on this many days. Default 3.
    pub recurring_days: usize,
    /// A place is alone in being loud when it brings at least this share of what counts … Default 0.8.
    pub one_source_share: f64,
    /// … and usually brings at most this share. Default 0.6.
    pub one_source_usual: f64,
}

impl Default for DiscountSettings {
    fn default() -> Self {
        Self {
            count_papers: false,
            per_author: 2,
            recurring_days: 3,
            one_source_share: 0.8,
            one_source_usual: 0.6,
        }
    }
}

/// Shapes shorter than this ("question", "help!") repeat by chance.
const MIN_SHAPE_CHARS: usize = 10;

/// Headlines that come again and again, learnt from the records at hand.
#[derive(Debug, Default)]
pub struct Recurring<'a> {
    by_author: HashSet<(&'a AuthorKey, &'a str)>,
    by_venue: HashSet<(&'a Platform, &'a str, &'a str)>,
}

impl<'a> Recurring<'a> {
    /// Learns which shapes an author or a place (forums and publications, not whole networks) used on several days.
    pub fn learn(observations: &[&'a Observation], settings: &DiscountSettings) -> Self {
        let mut author_days: HashMap<(&AuthorKey, &str), HashSet<NaiveDate>> = HashMap::new();
        let mut venue_days: HashMap<(&Platform, &str, &str), HashSet<NaiveDate>> = HashMap::new();
        for o in observations.iter().filter(|o| o.signs.shape.chars().count() >= MIN_SHAPE_CHARS) {
            let (shape, day) = (o.signs.shape.as_str(), o.published_at.date_naive());
            author_days.entry((&o.author_key, shape)).or_default().insert(day);
            if is_place(o.class) {
                venue_days.entry((&o.platform, o.venue.as_str(), shape)).or_default().insert(day);
            }
        }
        let often = |days: &HashSet<NaiveDate>| days.len() >= settings.recurring_days;
        Self {
            by_author: author_days.iter().filter(|(_, d)| often(d)).map(|(k, _)| *k).collect(),
            by_venue: venue_days.iter().filter(|(_, d)| often(d)).map(|(k, _)| *k).collect(),
        }
    }

    /// Whether a record is one of a series.
    pub fn is(&self, o: &Observation) -> bool {
        let shape = o.signs.shape.as_str();
        o.signs.recurring
            || self.by_author.contains(&(&o.author_key, shape))
            || self.by_venue.contains(&(&o.platform, o.venue.as_str(), shape))
    }
}

/// A venue that is a place of its own, not a whole network.
fn is_place(class: SourceClass) -> bool {
    match class {
        SourceClass::Forum | SourceClass::Publication => true,
        SourceClass::Essay | SourceClass::Social | SourceClass::Paper => false,
    }
}

/// Which side of the comparison a window is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The window that is judged: late records do not count.
    Now,
    /// A window to compare with: late records count.
    Earlier,
}

/// A window after its discounts.
#[derive(Clone, Debug, Default)]
pub struct Weighed<'a> {
    /// All records of the window that still stand.
    pub raw: usize,
    /// Records that came late (only where they do not count).
    pub late: usize,
    /// Records that address a machine or hide text.
    pub quarantined: usize,
    /// Papers: announced in batches, they count as no talk.
    pub papers: usize,
    /// Records that pass on what we or another machine's brief said.
    pub circular: usize,
    /// Records of a series.
    pub recurring: usize,
    /// Records whose text was there before, in this window.
    pub copies: usize,
    /// Records of copy groups with more than one record, the first of each included.
    pub in_copies: usize,
    /// How many texts those are.
    pub copied_texts: usize,
    /// Accounts that posted them.
    pub copy_accounts: usize,
    /// Independent texts by authors who wrote more of them than count.
    pub by_loud: usize,
    /// How many such authors.
    pub loud_accounts: usize,
    /// Independent texts.
    pub distinct: usize,
    /// Authors of independent texts.
    pub authors: usize,
    /// Inverse Simpson over what counts of each author.
    pub effective_authors: f64,
    /// What counts, oldest first.
    pub counted: Vec<&'a Observation>,
    /// The records behind `raw`, by platform.
    pub raw_by_platform: BTreeMap<&'a Platform, usize>,
    /// How the number came down, in order.
    pub discounts: Vec<Discount>,
}

impl Weighed<'_> {
    /// How many records count.
    pub fn total(&self) -> f64 {
        self.counted.len() as f64
    }
}

/// Weighs the records of one window, given oldest first (ties by id).
pub fn weigh<'a>(
    window: &[&'a Observation],
    side: Side,
    recurring: &Recurring<'_>,
    settings: &DiscountSettings,
) -> Weighed<'a> {
    let standing: Vec<&Observation> = window.iter().copied().filter(|o| !o.gone).collect();
    let mut weighed = Weighed { raw: standing.len(), ..Weighed::default() };
    for o in &standing {
        *weighed.raw_by_platform.entry(&o.platform).or_default() += 1;
    }
    let mut kept: Vec<&Observation> = Vec::with_capacity(standing.len());
    for o in standing {
        if o.quarantined {
            weighed.quarantined += 1;
        } else if o.class == SourceClass::Paper && !settings.count_papers {
            weighed.papers += 1;
        } else if side == Side::Now && o.backfill {
            weighed.late += 1;
        } else if o.circular {
            weighed.circular += 1;
        } else if recurring.is(o) {
            weighed.recurring += 1;
        } else {
            kept.push(o);
        }
    }
    let mut groups: HashMap<&CopyGroup, usize> = HashMap::new();
    let mut per_author: HashMap<&AuthorKey, usize> = HashMap::new();
    let mut distinct: Vec<&Observation> = Vec::new();
    for o in &kept {
        let seen = groups.entry(&o.copy_group).or_default();
        *seen += 1;
        if *seen == 1 {
            distinct.push(o);
        }
    }
    weighed.distinct = distinct.len();
    weighed.copies = kept.len() - distinct.len();
    for o in &distinct {
        let n = per_author.entry(&o.author_key).or_default();
        *n += 1;
        if *n <= settings.per_author {
            weighed.counted.push(o);
        }
    }
    weighed.authors = per_author.len();
    let capped: Vec<f64> = per_author.values().map(|n| (*n).min(settings.per_author) as f64).collect();
    weighed.effective_authors = inverse_simpson(&capped);
    let copied = |o: &&&Observation| groups.get(&o.copy_group).is_some_and(|n| *n > 1);
    weighed.in_copies = kept.iter().filter(copied).count();
    weighed.copied_texts = groups.values().filter(|n| **n > 1).count();
    weighed.copy_accounts = kept.iter().filter(copied).map(|o| &o.author_key).collect::<HashSet<_>>().len();
    let loud = |n: &&usize| **n > settings.per_author;
    weighed.by_loud = per_author.values().filter(loud).sum();
    weighed.loud_accounts = per_author.values().filter(loud).count();
    weighed.discounts = explain(&weighed, settings);
    weighed
}

/// The effective number of authors: (Σn)² ÷ Σn², 0 of none (Simpson 1949; Hill's number of order 2).
///
/// Sums of whole numbers, so the order does not matter.
pub fn inverse_simpson(counts: &[f64]) -> f64 {
    let total: f64 = counts.iter().sum();
    let squares: f64 = counts.iter().map(|n| n * n).sum();
    if squares > 0.0 { total * total / squares } else { 0.0 }
}

fn explain(weighed: &Weighed<'_>, settings: &DiscountSettings) -> Vec<Discount> {
    let mut discounts = Vec::new();
    let mut left = weighed.raw - weighed.quarantined - weighed.papers;
    let mut step = |kind: DiscountKind, taken: usize, what: String| {
        if taken > 0 {
            let (before, after) = (left, left - taken);
            let why = format!("{what}, so the window counts as {after}");
            discounts.push(Discount { kind, before: before as f64, after: after as f64, why });
            left = after;
        }
        posts(left)
    };
    let all = posts(weighed.raw - weighed.quarantined - weighed.papers);
    let all = step(
        DiscountKind::Backfill,
        weighed.late,
        format!("{} of {all} arrived long after publication", weighed.late),
    );
    let all = step(
        DiscountKind::Circular,
        weighed.circular,
        format!("{} of {all} {}", weighed.circular, echoes(weighed.circular)),
    );
    let all = step(
        DiscountKind::Recurring,
        weighed.recurring,
        format!("{} of {all} {}", weighed.recurring, series(weighed.recurring)),
    );
    let all = step(
        DiscountKind::CopyPaste,
        weighed.copies,
        format!("{} of {all} are {}", weighed.in_copies, copies(weighed)),
    );
    let over = weighed.distinct - weighed.counted.len();
    step(
        DiscountKind::FewAuthors,
        over,
        format!(
            "{} of {all} are by {}, and an account counts {}",
            weighed.by_loud,
            accounts_of(weighed.loud_accounts),
            times(settings.per_author)
        ),
    );
    discounts
}

/// Which copies: “copies of one text by 2 accounts”.
pub(crate) fn copies(weighed: &Weighed<'_>) -> String {
    let texts = match weighed.copied_texts {
        1 => "one text".to_owned(),
        n => format!("{n} texts"),
    };
    format!("copies of {texts} by {}", accounts_of(weighed.copy_accounts))
}

/// “repeats our own stories …”, for one record or several.
pub(crate) fn echoes(n: usize) -> &'static str {
    if n == 1 {
        "passes on what we or another machine's brief said"
    } else {
        "pass on what we or another machine's brief said"
    }
}

/// “belongs to a series …”, for one record or several.
pub(crate) fn series(n: usize) -> &'static str {
    if n == 1 {
        "belongs to a series that comes again and again"
    } else {
        "belong to series that come again and again"
    }
}

pub(crate) fn posts(n: usize) -> String {
    if n == 1 { "1 post".to_owned() } else { format!("{n} posts") }
}

pub(crate) fn accounts_of(n: usize) -> String {
    if n == 1 { "1 account".to_owned() } else { format!("{n} accounts") }
}

pub(crate) fn times(n: usize) -> String {
    match n {
        1 => "once".to_owned(),
        2 => "at most twice".to_owned(),
        n => format!("at most {n} times"),
    }
}

/// What is left when one place alone is loud: its excess over the usual counts half.
///
/// `earlier` are the counted records of each usual window. Networks are not places.
pub fn one_source(
    counted: &[&Observation],
    effective: f64,
    earlier: &[Vec<&Observation>],
    usual: &Usual,
    settings: &DiscountSettings,
) -> Option<Discount> {
    let mut by_place: BTreeMap<(&Platform, &str), usize> = BTreeMap::new();
    for o in counted.iter().filter(|o| is_place(o.class)) {
        *by_place.entry((&o.platform, o.venue.as_str())).or_default() += 1;
    }
    // The first in order wins a tie.
    let (place, n) = by_place.iter().rev().max_by_key(|(_, n)| **n).map(|(p, n)| (*p, *n))?;
    if (n as f64) < settings.one_source_share * counted.len() as f64 {
        return None;
    }
    let all: usize = earlier.iter().map(Vec::len).sum();
    let at_place = |o: &&&Observation| o.platform == *place.0 && o.venue == place.1;
    let there: usize = earlier.iter().map(|window| window.iter().filter(at_place).count()).sum();
    let share = if all == 0 { 1.0 } else { there as f64 / all as f64 };
    if share > settings.one_source_usual {
        return None;
    }
    let excess = (n as f64 - share * usual.baseline.center).max(0.0);
    let after = effective - excess / 2.0;
    (after < effective).then(|| Discount {
        kind: DiscountKind::BurstOfOneSource,
        before: effective,
        after,
        why: format!(
            "{n} of {} come from {} alone, which usually brings {:.0} %, so its excess counts half and the window as {}",
            posts(counted.len()),
            place.1,
            share * 100.0,
            number(after),
        ),
    })
}

/// A number for people: whole if it is, else with one decimal.
pub(crate) fn number(x: f64) -> String {
    let rounded = (x * 10.0).round() / 10.0;
    if (rounded - rounded.round()).abs() < 1e-9 { format!("{rounded:.0}") } else { format!("{rounded:.1}") }
}
