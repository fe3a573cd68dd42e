//! Discounts: why a window counts for less than it holds, each with its number before and after and a sentence.
//!
//! The order is fixed: quarantined records and papers (a preprint server announces hundreds at one hour) are set aside
//! without a discount, then late records go, then recurring ones, copies, and last what one author may count for. Earlier windows are weighed in the same way (late records count there: they are history),
//! so that both sides of a comparison are in the same currency.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use chrono::{DateTime, TimeDelta, Utc};

use super::history::Numbered;
use super::keys::Keys;
use super::observation::Observation;
use super::places::is_place;
use super::totals::Window;
use crate::model::{Discount, DiscountKind, Platform, SourceClass};

/// What the discounts go by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DiscountSettings {
    /// How many records of one author count in a window. Default 2.
    pub per_author: usize,
    /// A headline's shape is recurring when its place or author used it on this many days. Default 3.
    pub recurring_days: usize,
    /// A shape also recurs when it came back after a week, give or take three hours. Default yes.
    pub weekly: bool,
    /// A place is alone in being loud when it brings at least this share of what is beyond the usual … Default 0.67.
    pub one_source_share: f64,
    /// … and usually brings at most this share of all. Default 0.6.
    pub one_source_usual: f64,
    /// Its share of all must also be above its usual one by more than chance: by so many standard deviations. Default 2.
    pub one_source_effect: f64,
}

impl Default for DiscountSettings {
    fn default() -> Self {
        Self {
            per_author: 2,
            recurring_days: 3,
            weekly: true,
            one_source_share: 0.67,
            one_source_usual: 0.6,
            one_source_effect: 2.0,
        }
    }
}

/// Shapes shorter than this repeat by chance on a whole network, where many say the same short thing every day.
const MIN_NETWORK_SHAPE_CHARS: usize = 20;
/// What comes every week comes at the same hour, more or less.
const WEEKLY_SLACK: TimeDelta = TimeDelta::hours(3);

/// What keeps a record from counting, whatever is said beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Gone,
    Quarantined,
    Paper,
    Circular,
    /// Nothing.
    Open,
}

impl Standing {
    fn of(o: &Observation) -> Self {
        if o.gone {
            Self::Gone
        } else if o.quarantined {
            Self::Quarantined
        } else if o.class == SourceClass::Paper {
            Self::Paper
        } else if o.circular {
            Self::Circular
        } else {
            Self::Open
        }
    }
}

/// A record with what is looked up of it again and again: when it was said, who wrote it, which text it has, whether it is
/// one of a series. All of a topic's lie side by side in memory, which the records do not.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The record.
    pub observation: &'a Observation,
    at: DateTime<Utc>,
    author: u32,
    text: u32,
    cluster: Option<u32>,
    standing: Standing,
    late: bool,
    recurring: bool,
}

impl Entry<'_> {
    /// Its author's number.
    pub(crate) fn author(&self) -> u32 {
        self.author
    }
    /// Its text's number: copies have one.
    pub(crate) fn text(&self) -> u32 {
        self.text
    }
    /// Its cluster's number.
    pub(crate) fn cluster(&self) -> Option<u64> {
        // Spread over all bits, as keys of names are.
        self.cluster.map(|n| u64::from(n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
    /// When it was published.
    pub(crate) fn at(&self) -> DateTime<Utc> {
        self.at
    }
    /// Whether it counts but for copies, loud authors and lateness.
    pub(crate) fn counts(&self) -> bool {
        self.standing == Standing::Open && !self.recurring
    }
    /// Whether it came late.
    pub(crate) fn is_late(&self) -> bool {
        self.late
    }
    /// Whether it stands and is not set aside.
    pub(crate) fn is_seen(&self) -> bool {
        !matches!(self.standing, Standing::Gone | Standing::Quarantined)
    }
}

/// The records of a topic, ready to be weighed window by window.
#[derive(Debug)]
pub struct Known<'a> {
    entries: Vec<Entry<'a>>,
    authors: usize,
    texts: usize,
}

/// Hashes ids eight bytes at a time: they are digests, so that nobody chooses them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OfDigests(u64);

/// A map from ids.
pub(crate) type ByDigest<K, V> = HashMap<K, V, BuildHasherDefault<OfDigests>>;

impl Hasher for OfDigests {
    fn write(&mut self, bytes: &[u8]) {
        for eight in bytes.chunks(8) {
            let word = eight.iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
            self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

/// Numbers keys in order of appearance.
struct Numbers(Numbered<u64, u32>);

impl Numbers {
    /// Room for so many: the table of a large topic is not made again and again while it grows.
    fn with_room(n: usize) -> Self {
        Self(Numbered::with_capacity_and_hasher(n, BuildHasherDefault::default()))
    }

    fn of(&mut self, key: u64) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(key).or_insert(next)
    }
}

impl<'a> Known<'a> {
    /// Looks through a topic's records, oldest first (ties by id), and learns which are one of a series.
    pub fn of(observations: &[&'a Observation], settings: &DiscountSettings) -> Self {
        let n = observations.len();
        let [mut authors, mut texts, mut clusters] = [n / 2, n, n].map(Numbers::with_room);
        let mut entries: Vec<Entry<'a>> = observations
            .iter()
            .map(|o| {
                let keys = Keys::of(o);
                Entry {
                    observation: o,
                    at: o.published_at,
                    author: authors.of(keys.author),
                    text: texts.of(keys.text),
                    cluster: keys.cluster.map(|cluster| clusters.of(cluster)),
                    standing: Standing::of(o),
                    late: o.backfill,
                    recurring: o.signs.recurring,
                }
            })
            .collect();
        mark_series(&mut entries, settings);
        Self { entries, authors: authors.0.len(), texts: texts.0.len() }
    }

    /// When the first of them was published.
    pub fn since(&self) -> Option<DateTime<Utc>> {
        self.entries.first().map(Entry::at)
    }

    /// All records, oldest first.
    pub(crate) fn all(&self) -> &[Entry<'a>] {
        &self.entries
    }

    /// The records of a window, oldest first.
    pub fn between(&self, window: Window) -> &[Entry<'a>] {
        let start = self.entries.partition_point(|e| e.at <= window.from);
        let end = self.entries.partition_point(|e| e.at <= window.to);
        self.entries.get(start..end).unwrap_or(&[])
    }
}

fn long(o: &Observation) -> bool {
    o.signs.shape.chars().nth(MIN_NETWORK_SHAPE_CHARS - 1).is_some()
}

/// Marks the records whose headline's shape its author or its place used on several days, or at the lag of a week.
fn mark_series(entries: &mut [Entry<'_>], settings: &DiscountSettings) {
    let mut by_shape: Vec<(u64, usize)> = entries
        .iter()
        .enumerate()
        .filter_map(|(i, entry)| Some((Keys::of(entry.observation).series?, i)))
        .collect();
    by_shape.sort_unstable();
    let mut marked: Vec<usize> = Vec::new();
    for members in by_shape.chunk_by(|a, b| a.0 == b.0).filter(|m| m.len() >= 2) {
        // Of one author, and at one place; a whole network is a place for what is too long to be said by chance.
        for at_place in [false, true] {
            let mut groups: HashMap<(u32, &str, &str), Vec<usize>> = HashMap::new();
            for (_, i) in members {
                let Some(entry) = entries.get(*i) else { continue };
                let o = entry.observation;
                let key = match (at_place, is_place(o.class)) {
                    (false, _) => (entry.author, "", ""),
                    (true, true) => (0, o.platform.display_name(), o.venue.as_str()),
                    (true, false) if long(o) => (0, o.platform.display_name(), ""),
                    (true, false) => continue,
                };
                groups.entry(key).or_default().push(*i);
            }
            for group in groups.into_values() {
                let times: Vec<DateTime<Utc>> =
                    group.iter().filter_map(|i| entries.get(*i)).map(Entry::at).collect();
                if comes_again(&times, settings) {
                    marked.extend(group);
                }
            }
        }
    }
    for i in marked {
        if let Some(entry) = entries.get_mut(i) {
            entry.recurring = true;
        }
    }
}

/// Whether records of one shape, oldest first, came on enough days, or with a week between them.
fn comes_again(times: &[DateTime<Utc>], settings: &DiscountSettings) -> bool {
    let mut days: Vec<i64> = times.iter().map(|at| at.timestamp().div_euclid(86_400)).collect();
    days.dedup();
    if days.len() >= settings.recurring_days {
        return true;
    }
    let week = TimeDelta::days(7);
    settings.weekly
        && times.iter().any(|at| {
            let (from, to) = (*at + week - WEEKLY_SLACK, *at + week + WEEKLY_SLACK);
            let first = times.partition_point(|t| *t < from);
            times.get(first).is_some_and(|t| *t <= to)
        })
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

/// Counts by number that are forgotten all at once.
#[derive(Debug, Default)]
struct Marks {
    round: u32,
    counts: Vec<(u32, u32)>,
}

impl Marks {
    fn begin(&mut self, n: usize) {
        self.round += 1;
        if self.counts.len() < n {
            self.counts.resize(n, (0, 0));
        }
    }
    fn get(&self, i: u32) -> u32 {
        self.counts.get(i as usize).filter(|(round, _)| *round == self.round).map_or(0, |(_, n)| *n)
    }
    fn add(&mut self, i: u32) -> u32 {
        let n = self.get(i) + 1;
        if let Some(slot) = self.counts.get_mut(i as usize) {
            *slot = (self.round, n);
        }
        n
    }
}

/// What weighing needs beside the records, kept from window to window.
#[derive(Debug, Default)]
pub struct Scales {
    texts: Marks,
    authors: Marks,
    copiers: Marks,
}

/// Weighs the records of one window.
pub fn weigh<'a>(
    known: &Known<'a>,
    window: Window,
    side: Side,
    settings: &DiscountSettings,
    scales: &mut Scales,
) -> Weighed<'a> {
    let mut weighed = Weighed::default();
    let mut kept: Vec<&Entry<'a>> = Vec::new();
    for entry in known.between(window) {
        if entry.standing == Standing::Gone {
            continue;
        }
        weighed.raw += 1;
        *weighed.raw_by_platform.entry(&entry.observation.platform).or_default() += 1;
        match entry.standing {
            Standing::Gone => {}
            Standing::Quarantined => weighed.quarantined += 1,
            Standing::Paper => weighed.papers += 1,
            Standing::Circular | Standing::Open if side == Side::Now && entry.late => weighed.late += 1,
            Standing::Circular => weighed.circular += 1,
            Standing::Open if entry.recurring => weighed.recurring += 1,
            Standing::Open => kept.push(entry),
        }
    }
    scales.texts.begin(known.texts);
    scales.authors.begin(known.authors);
    scales.copiers.begin(known.authors);
    let mut authors: Vec<u32> = Vec::new();
    for entry in &kept {
        if scales.texts.add(entry.text) > 1 {
            continue;
        }
        weighed.distinct += 1;
        let n = scales.authors.add(entry.author) as usize;
        if n == 1 {
            authors.push(entry.author);
        }
        if n <= settings.per_author {
            weighed.counted.push(entry.observation);
        }
    }
    weighed.copies = kept.len() - weighed.distinct;
    weighed.authors = authors.len();
    let written: Vec<usize> = authors.iter().map(|a| scales.authors.get(*a) as usize).collect();
    let capped: Vec<f64> = written.iter().map(|n| (*n).min(settings.per_author) as f64).collect();
    weighed.effective_authors = inverse_simpson(&capped);
    if weighed.copies > 0 {
        let mut texts: HashSet<u32> = HashSet::new();
        for entry in kept.iter().filter(|e| scales.texts.get(e.text) > 1) {
            weighed.in_copies += 1;
            texts.insert(entry.text);
            if scales.copiers.add(entry.author) == 1 {
                weighed.copy_accounts += 1;
            }
        }
        weighed.copied_texts = texts.len();
    }
    for n in written.into_iter().filter(|n| *n > settings.per_author) {
        weighed.by_loud += n;
        weighed.loud_accounts += 1;
    }
    if side == Side::Now {
        weighed.discounts = explain(&weighed, settings);
    }
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

/// A number for people: whole if it is, else with one decimal.
pub(crate) fn number(x: f64) -> String {
    let rounded = (x * 10.0).round() / 10.0;
    if (rounded - rounded.round()).abs() < 1e-9 { format!("{rounded:.0}") } else { format!("{rounded:.1}") }
}
