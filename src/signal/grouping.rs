//! Who speaks of the same thing: a good record and its company.
//!
//! Two bars. *Linked* finds company wide enough to rank by; *Strict* says what a story may cite as the same event.
//! Likeness alone fails on common talk, a shared name alone on household products: both together are the rule.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use chrono::{DateTime, Utc};

use crate::model::{Signs, SourceClass};

use super::history::{History, Name};
use super::observation::Observation;
use super::score::Scores;
use super::score::burst::Burst;

/// The bars of both rules and the sizes of groups.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bars {
    /// Linked: this likeness alone.
    pub linked: f64,
    /// Linked: this likeness with a shared name.
    pub linked_with_name: f64,
    /// Linked: the shared name stands in less than this share of ten days' records.
    pub linked_name_share: f64,
    /// Strict: this likeness alone.
    pub strict: f64,
    /// Strict: this likeness with a telling name: a rare one in both headlines, or a bursting one.
    pub strict_with_name: f64,
    /// Strict: this likeness with two of them.
    pub strict_with_two_names: f64,
    /// Strict: a name is rare if it stands in less than this share of ten days' records.
    pub strict_name_share: f64,
    /// A record without company leads only from this score on.
    pub lone_p: f64,
    /// How much the company's scores weigh when groups are built.
    pub company_weight: f64,
    /// In the middle of a group is the record whose score × (1 + voices) to this power is largest. Its voices are the
    /// other authors whom it may cite.
    pub voices_weight: f64,
    /// A record with so many voices is an event of its own: that another's group speaks of its subject does not use it up.
    pub own_voices: usize,
    /// Only the best so many records may be central.
    pub candidates: usize,
    /// At most so many groups.
    pub groups: usize,
    /// At most so many records beside the central one.
    pub company: usize,
    /// A record whose headline has fewer words is nobody's company.
    pub min_words: u32,
    /// An answer (it begins with a mention) with fewer words is nobody's company.
    pub min_answer_words: u32,
    /// A record whose headline has fewer words is nobody's strict company by likeness alone.
    pub min_strict_words: u32,
}

impl Default for Bars {
    fn default() -> Self {
        Self {
            linked: 0.1,
            linked_with_name: 0.05,
            linked_name_share: 0.03,
            strict: 0.55,
            strict_with_name: 0.22,
            strict_with_two_names: 0.15,
            strict_name_share: 0.003,
            lone_p: 0.25,
            company_weight: 0.5,
            voices_weight: 0.25,
            own_voices: 2,
            candidates: 250,
            groups: 45,
            company: 7,
            min_words: 4,
            min_answer_words: 12,
            min_strict_words: 5,
        }
    }
}

impl Bars {
    /// The least likeness that any rule looks at.
    pub(crate) fn floor(&self) -> f64 {
        [self.linked, self.linked_with_name, self.strict, self.strict_with_name, self.strict_with_two_names]
            .into_iter()
            .fold(1.0, f64::min)
    }
}

/// How two records belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bond {
    /// On the same subject.
    Linked,
    /// On the same event.
    Strict,
}

/// A record in a company.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Member {
    /// Its place in the window.
    pub(crate) at: usize,
    /// How it belongs.
    pub(crate) bond: Bond,
}

/// A central record and its company.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    /// Place of the central record.
    pub(crate) central: usize,
    /// The others, strict bonds first, within a bond the nearest first.
    pub(crate) company: Vec<Member>,
}

/// A window as grouping sees it; all slices run along the window.
pub(crate) struct Scene<'a> {
    pub(crate) window: &'a [&'a Observation],
    pub(crate) names: &'a [Vec<Name<'a>>],
    pub(crate) scores: &'a Scores<'a>,
    pub(crate) history: &'a History,
    pub(crate) bursting: &'a BTreeSet<u64>,
    pub(crate) at: DateTime<Utc>,
    /// What was asked of records: whether one is of a series.
    pub(crate) regular: RefCell<Vec<Option<bool>>>,
}

/// A record that may be the middle of a group.
struct Candidate {
    at: usize,
    bonds: Rc<[Member]>,
    /// The company it would have now, and what the group would be worth; made anew when somebody of it is used up.
    group: Option<(f64, Vec<Member>)>,
}

/// Builds groups greedily: always the central record with the best own score plus a share of its company's, whose
/// records are then used up.
pub(crate) fn build(scene: &Scene<'_>, bars: &Bars) -> Vec<Group> {
    let mut candidates = scene.scores.best(bars.candidates, |at| is_no_regular(scene, at));
    candidates.sort_by(|a, b| order(scene, *a, *b));
    candidates.truncate(bars.candidates);
    let mut used = vec![false; scene.window.len()];
    let worth = |used: &[bool], at: usize, bonds: &[Member]| {
        let company = company(scene, bars, |at| !used[at], at, bonds);
        let own = scene.scores.p(at);
        if company.is_empty() && own < bars.lone_p {
            return None;
        }
        let theirs: f64 = company.iter().map(|member| scene.scores.p(member.at)).sum();
        Some((own + bars.company_weight * theirs, company))
    };
    let mut ties = Ties { scene, bars, bonds: BTreeMap::new() };
    let mut open: Vec<Candidate> = candidates
        .into_iter()
        .map(|at| {
            let bonds = ties.bonds(at);
            let group = worth(&used, at, &bonds);
            Candidate { at, bonds, group }
        })
        .collect();
    let mut groups: Vec<Group> = Vec::new();
    while groups.len() < bars.groups {
        open.retain(|candidate| !used[candidate.at]);
        for candidate in &mut open {
            // Who was passed over stays passed over: only the loss of a member changes a company.
            let lost = |(_, company): &(f64, Vec<Member>)| company.iter().any(|member| used[member.at]);
            if candidate.group.as_ref().is_some_and(lost) {
                candidate.group = worth(&used, candidate.at, &candidate.bonds);
            }
        }
        let best = open
            .iter()
            .filter_map(|candidate| candidate.group.as_ref().map(|group| (candidate.at, group)))
            // Candidates are in a total order: of equals the first one stays.
            .reduce(|best, next| if next.1.0 > best.1.0 { next } else { best });
        let Some((seed, (_, company))) = best else { break };
        let (central, company) = centred(&mut ties, &used, seed, company.clone());
        used[central] = true;
        for member in &company {
            used[member.at] |= member.bond == Bond::Strict || ties.voices(member.at) < bars.own_voices;
        }
        // Whoever may be cited with it tells its event, even where there was no room left.
        for member in ties.bonds(central).iter().filter(|member| member.bond == Bond::Strict) {
            used[member.at] = true;
        }
        groups.push(Group { central, company });
    }
    groups
}

/// Who belongs to whom, asked once of each record.
struct Ties<'s, 'a> {
    scene: &'s Scene<'a>,
    bars: &'s Bars,
    bonds: BTreeMap<usize, Rc<[Member]>>,
}

impl Ties<'_, '_> {
    fn bonds(&mut self, at: usize) -> Rc<[Member]> {
        let (scene, bars) = (self.scene, self.bars);
        Rc::clone(self.bonds.entry(at).or_insert_with(|| bonds(scene, bars, at).into()))
    }

    /// Whom a record may cite.
    fn strict(&mut self, at: usize) -> Vec<Member> {
        self.bonds(at).iter().filter(|member| member.bond == Bond::Strict).copied().collect()
    }

    /// How many others speak of its event: one record of every other author, each text once.
    fn voices(&mut self, at: usize) -> usize {
        let strict = self.strict(at);
        company(self.scene, self.bars, |_| true, at, &strict).len()
    }

    /// A record's score, lifted by its voices.
    fn lifted(&mut self, at: usize) -> f64 {
        let voices = self.voices(at) as f64;
        self.scene.scores.p(at) * (1.0 + voices).powf(self.bars.voices_weight)
    }
}

/// The group with the record in the middle that a digest would show: a good one of which others speak, too. Its own
/// evidence comes first, then the rest. Who gathered the group need not be it.
fn centred(
    ties: &mut Ties<'_, '_>,
    used: &[bool],
    seed: usize,
    company: Vec<Member>,
) -> (usize, Vec<Member>) {
    let (scene, bars) = (ties.scene, ties.bars);
    let (mut central, mut most) = (seed, ties.lifted(seed));
    for at in company.iter().map(|member| member.at) {
        let lifted = ties.lifted(at);
        if most.total_cmp(&lifted).then_with(|| order(scene, at, central)).is_lt() {
            (central, most) = (at, lifted);
        }
    }
    if central == seed {
        return (seed, company);
    }
    let mut others = ties.strict(central);
    let rest = std::iter::once(seed).chain(company.iter().map(|member| member.at));
    for at in rest.filter(|at| *at != central) {
        if others.iter().all(|member| member.at != at) {
            others.push(Member { at, bond: Bond::Linked });
        }
    }
    (central, self::company(scene, bars, |at| !used[at], central, &others))
}

/// Better score first; then the higher tier of speech, the earlier, the smaller id.
pub(crate) fn order(scene: &Scene<'_>, a: usize, b: usize) -> std::cmp::Ordering {
    let (one, two) = (scene.window[a], scene.window[b]);
    let p = |at| scene.scores.p(at);
    p(b).total_cmp(&p(a))
        .then(one.class.cmp(&two.class))
        .then(one.published_at.cmp(&two.published_at))
        .then(one.id.cmp(&two.id))
}

/// Weekly threads and daily posts stand near every story: they are neither its middle nor its evidence.
fn is_no_regular(scene: &Scene<'_>, at: usize) -> bool {
    let known = scene.regular.borrow().get(at).copied().flatten();
    let regular = known.unwrap_or_else(|| scene.history.is_recurring(scene.window[at]));
    if known.is_none()
        && let Some(slot) = scene.regular.borrow_mut().get_mut(at)
    {
        *slot = Some(regular);
    }
    !regular
}

/// What is known of a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Known {
    /// It stands in so few records that subjects are known by it. A bursting name does: it is common because of the
    /// event that it tells apart.
    pub(crate) uncommon: bool,
    /// It stands in so few records that events are known by it.
    pub(crate) rare: bool,
    /// It is spoken of far more than usual.
    pub(crate) bursting: bool,
}

/// What is known of the names of a record.
fn known(scene: &Scene<'_>, bars: &Bars, at: usize) -> HashMap<u64, Known> {
    let known = |name: &Name<'_>| {
        let now = scene.history.name_use(scene.at, name.key);
        let bursting = scene.bursting.contains(&name.key);
        let uncommon = bursting || now.share() < bars.linked_name_share;
        (name.key, Known { uncommon, rare: now.is_below(bars.strict_name_share), bursting })
    };
    scene.names[at].iter().map(known).collect()
}

/// Days of history before "more than usual" means anything.
const MIN_HISTORY_DAYS: f64 = 4.0;

/// Of names with bursts those that stand far above what was usual, and several times above it.
pub(crate) fn bursting(bursts: &HashMap<u64, Burst>, history: &History) -> BTreeSet<u64> {
    names_that(bursts, history, Burst::tells)
}

/// Names that stand far above what was usual, however usual they were: enough to be counted with an event.
pub(crate) fn risen(bursts: &HashMap<u64, Burst>, history: &History) -> BTreeSet<u64> {
    names_that(bursts, history, Burst::rises)
}

fn names_that(bursts: &HashMap<u64, Burst>, history: &History, is: impl Fn(Burst) -> bool) -> BTreeSet<u64> {
    if !tells_usual(history) {
        return BTreeSet::new();
    }
    bursts.iter().filter(|(_, burst)| is(**burst)).map(|(name, _)| *name).collect()
}

/// Whether there is enough history for “more than usual” to mean anything.
pub(crate) fn tells_usual(history: &History) -> bool {
    history.days_so_far() >= MIN_HISTORY_DAYS
}

/// All records that belong to the one at `at`: strict bonds before the others, within a bond the nearest first.
fn bonds(scene: &Scene<'_>, bars: &Bars, at: usize) -> Vec<Member> {
    let known = known(scene, bars, at);
    let mut bonds: Vec<Member> = scene
        .scores
        .near(at, bars.floor())
        .iter()
        .filter(|near| may_be_company(scene.window[near.at], bars))
        .filter_map(|near| {
            let pair = Pair {
                cosine: near.cosine,
                names: (&scene.names[at], &scene.names[near.at]),
                signs: (&scene.window[at].signs, &scene.window[near.at].signs),
            };
            Some(Member { at: near.at, bond: bond(&pair, &known, bars)? })
        })
        .filter(|member| is_no_regular(scene, member.at))
        .collect();
    // Stable: within a bond the nearest stay first.
    bonds.sort_by_key(|member| std::cmp::Reverse(member.bond));
    bonds
}

fn may_be_company(observation: &Observation, bars: &Bars) -> bool {
    let signs = &observation.signs;
    observation.class != SourceClass::Paper
        && signs.title_words >= bars.min_words
        && !(signs.starts_with_mention && signs.title_words < bars.min_answer_words)
}

/// Two records side by side.
pub(crate) struct Pair<'a> {
    pub(crate) cosine: f64,
    pub(crate) names: (&'a [Name<'a>], &'a [Name<'a>]),
    pub(crate) signs: (&'a Signs, &'a Signs),
}

impl Pair<'_> {
    /// The names of both; of each whether it stands in both headlines.
    fn shared(&self) -> impl Iterator<Item = (u64, bool)> + '_ {
        self.names.0.iter().filter_map(|name| {
            let other = self.names.1.iter().find(|other| other.key == name.key)?;
            Some((name.key, name.in_headline && other.in_headline))
        })
    }

    /// Much the same words. Of a few words that says little.
    fn says_the_same(&self, bars: &Bars) -> bool {
        let words = self.signs.0.title_words.min(self.signs.1.title_words);
        self.cosine >= bars.strict && words >= bars.min_strict_words
    }

    /// About one event: much the same words, or some of the same words and names that tell events
    /// apart: rare ones in both headlines, or bursting ones. What answers somebody speaks of what that one said, whatever its words.
    pub(crate) fn is_strict(&self, known: &HashMap<u64, Known>, bars: &Bars) -> bool {
        if self.signs.0.starts_with_mention || self.signs.1.starts_with_mention {
            return false;
        }
        let tells = |(key, in_headlines): &(u64, bool)| {
            known.get(key).is_some_and(|known| known.bursting || (known.rare && *in_headlines))
        };
        let telling = self.shared().filter(tells).count();
        self.says_the_same(bars)
            || (self.cosine >= bars.strict_with_name && telling >= 1)
            || (self.cosine >= bars.strict_with_two_names && telling >= 2)
    }
}

/// How two records belong together, if they do.
fn bond(pair: &Pair<'_>, known: &HashMap<u64, Known>, bars: &Bars) -> Option<Bond> {
    let uncommon = |key| known.get(&key).is_some_and(|known| known.uncommon);
    if pair.is_strict(known, bars) {
        Some(Bond::Strict)
    } else if pair.cosine >= bars.linked
        || (pair.cosine >= bars.linked_with_name && pair.shared().any(|(key, _)| uncommon(key)))
    {
        Some(Bond::Linked)
    } else {
        None
    }
}

/// The company that is still free: one record per author and per text.
fn company(
    scene: &Scene<'_>,
    bars: &Bars,
    is_free: impl Fn(usize) -> bool,
    at: usize,
    bonds: &[Member],
) -> Vec<Member> {
    let central = scene.window[at];
    let mut authors: BTreeSet<&str> = BTreeSet::from([central.author_key.as_str()]);
    let mut texts: BTreeSet<&str> = BTreeSet::from([central.copy_group.as_str()]);
    let mut company = Vec::new();
    for member in bonds {
        if company.len() >= bars.company {
            break;
        }
        let record = scene.window[member.at];
        let known =
            authors.contains(record.author_key.as_str()) || texts.contains(record.copy_group.as_str());
        if is_free(member.at) && !known {
            authors.insert(record.author_key.as_str());
            texts.insert(record.copy_group.as_str());
            company.push(*member);
        }
    }
    company
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(key: u64) -> Name<'static> {
        Name { key, text: "kestrel", in_headline: true }
    }

    fn signs(words: u32) -> Signs {
        Signs { title_words: words, ..Signs::default() }
    }

    /// The bond at a likeness with so many names in both headlines.
    fn at(cosine: f64, names: u64, uncommon: bool, rare: bool) -> Option<Bond> {
        let shared: Vec<Name<'_>> = (0..names).map(name).collect();
        let known = (0..names).map(|key| (key, Known { uncommon, rare, bursting: false })).collect();
        let signs = signs(8);
        let pair = Pair { cosine, names: (&shared, &shared), signs: (&signs, &signs) };
        bond(&pair, &known, &Bars::default())
    }

    #[test]
    fn likeness_alone_needs_much_of_it() {
        assert_eq!(at(0.09, 0, true, true), None);
        assert_eq!(at(0.10, 0, true, true), Some(Bond::Linked));
        assert_eq!(at(0.54, 0, true, true), Some(Bond::Linked));
        assert_eq!(at(0.55, 0, true, true), Some(Bond::Strict));
    }

    #[test]
    fn a_name_alone_binds_nothing_and_helps_only_when_rare() {
        assert_eq!(at(0.04, 1, true, true), None);
        assert_eq!(at(0.05, 1, true, true), Some(Bond::Linked));
        assert_eq!(at(0.05, 1, false, true), None);
        assert_eq!(at(0.22, 1, true, true), Some(Bond::Strict));
        assert_eq!(at(0.22, 1, true, false), Some(Bond::Linked));
    }

    #[test]
    fn two_telling_names_bind_sooner() {
        assert_eq!(at(0.15, 1, true, true), Some(Bond::Linked));
        assert_eq!(at(0.15, 2, true, true), Some(Bond::Strict));
        assert_eq!(at(0.14, 2, true, true), Some(Bond::Linked));
    }

    #[test]
    fn a_rare_name_tells_from_both_headlines_and_a_bursting_one_from_anywhere() {
        let (head, body) = ([name(1)], [Name { in_headline: false, ..name(1) }]);
        let rare = HashMap::from([(1, Known { uncommon: true, rare: true, bursting: false })]);
        let bursting = HashMap::from([(1, Known { uncommon: true, rare: false, bursting: true })]);
        let signs = signs(8);
        let pair = |one, two| Pair { cosine: 0.4, names: (one, two), signs: (&signs, &signs) };
        assert!(pair(&head, &head).is_strict(&rare, &Bars::default()));
        assert!(!pair(&head, &body).is_strict(&rare, &Bars::default()));
        assert!(pair(&head, &body).is_strict(&bursting, &Bars::default()));
    }

    #[test]
    fn answers_and_few_words_are_no_evidence() {
        let (long, short) = (signs(8), signs(4));
        let answer = Signs { starts_with_mention: true, ..signs(20) };
        let strict = |one, two| {
            let pair = Pair { cosine: 0.9, names: (&[], &[]), signs: (one, two) };
            pair.is_strict(&HashMap::new(), &Bars::default())
        };
        assert!(strict(&long, &long));
        assert!(!strict(&long, &short) && !strict(&short, &long));
        assert!(!strict(&long, &answer) && !strict(&answer, &long));
    }
}
