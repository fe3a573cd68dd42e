//! The record score: would a digest lead with this record?
//!
//! `z = Σ points − 5`, `p = 1 / (1 + e^−z)`. The points are a logistic fit on recorded discourse, rounded; they rank
//! well and are far too sure of themselves, so they are shown and never used as a chance. Every term has a code, so
//! that a rank can be told in words. Nothing in it knows a subject: only the offsets per kind of speech are a matter
//! of taste, and a desk may set them.

pub(crate) mod burst;
mod company;
mod points;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use crate::model::{ScoreTerm, SourceClass};

use super::history::{History, Name};
use super::observation::{Observation, key_of};
use super::vectors::{Near, Space};
use company::Company;
pub(crate) use company::NEAR;
pub use points::{Offsets, Points};

/// What kinds of speech and signs are worth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Worth {
    pub(crate) offsets: Offsets,
    pub(crate) points: Points,
}

/// A record's score with its terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// Sum of points less the bias.
    pub z: f64,
    /// `1 / (1 + e^−z)`: for ranking, not a chance.
    pub p: f64,
    /// Every term that gave or took something, in a fixed order.
    pub terms: Vec<ScoreTerm>,
}

/// The scores of a window's records, made when they are asked for.
///
/// Who else says something near costs more than all other terms together, and what it can give is bounded. So the
/// [best](Self::best) are found without asking it of those that it could not lift among them.
#[derive(Debug)]
pub(crate) struct Scores<'w> {
    window: &'w [&'w Observation],
    names: &'w [Vec<Name<'w>>],
    bursts: &'w HashMap<u64, burst::Burst>,
    history: &'w History,
    worth: Worth,
    chains: Vec<u32>,
    shares: HashMap<u64, f64>,
    space: RefCell<Space>,
    /// By place: the sum of all points but those for company.
    alone: Vec<f64>,
    /// The most that other venues, and authors of other platforms, can give.
    most: (f64, f64),
    known: RefCell<Vec<Option<(Company, f64)>>>,
}

impl<'w> Scores<'w> {
    /// Prepares the scores of a window. `names` are the records' names, `bursts` how those stand to their usual.
    pub(crate) fn of(
        window: &'w [&'w Observation],
        names: &'w [Vec<Name<'w>>],
        bursts: &'w HashMap<u64, burst::Burst>,
        history: &'w History,
        worth: &Worth,
    ) -> Self {
        let venues: BTreeSet<&str> = window.iter().map(|o| o.venue.as_str()).collect();
        let points = &worth.points;
        let first = points.first_to_say.max(0.0);
        let most = |n: usize| (n as f64).ln_1p() * points.heard_elsewhere.max(0.0) + first;
        let mut scores = Self {
            window,
            names,
            bursts,
            history,
            worth: *worth,
            chains: company::chains(window),
            shares: history.statement_shares(),
            // Papers are nobody's company.
            space: RefCell::new(Space::to_find(window, |o| o.class != SourceClass::Paper)),
            alone: Vec::new(),
            most: (most(venues.len()), most(window.len())),
            known: RefCell::new(vec![None; window.len()]),
        };
        scores.alone = (0..window.len())
            .map(|at| {
                let mut sum = 0.0;
                scores.each_term(at, None, |_, _, points| sum += points);
                sum
            })
            .collect();
        scores
    }

    /// Who else says something near, and the score.
    fn known(&self, at: usize) -> (Company, f64) {
        if let Some(known) = self.known.borrow().get(at).copied().flatten() {
            return known;
        }
        let near = self.space.borrow_mut().above(at, NEAR);
        let company = company::of(self.window, at, &near);
        let mut sum = self.alone.get(at).copied().unwrap_or_default();
        self.each_company_term(at, &company, |_, _, points| sum += points);
        let known = (company, p_of(sum - self.worth.points.bias));
        if let Some(slot) = self.known.borrow_mut().get_mut(at) {
            *slot = Some(known);
        }
        known
    }

    /// `1 / (1 + e^−z)` of one record.
    pub(crate) fn p(&self, at: usize) -> f64 {
        self.known(at).1
    }

    /// One record's score, term by term.
    pub(crate) fn scored(&self, at: usize) -> Scored {
        let (company, _) = self.known(at);
        let mut terms = Vec::new();
        self.each_term(at, Some(&company), |code, value, points| {
            terms.push(ScoreTerm { code: code.to_owned(), value, points });
        });
        let z = terms.iter().map(|term| term.points).sum::<f64>() - self.worth.points.bias;
        Scored { z, p: p_of(z), terms }
    }

    /// The records at least `floor` like the one at `at`, nearest first.
    pub(crate) fn near(&self, at: usize, floor: f64) -> Vec<Near> {
        self.space.borrow_mut().near(at, floor)
    }

    /// The `n` records with the best scores of those that are `wanted`, and all that score as the last of them; in no
    /// order.
    pub(crate) fn best(&self, n: usize, wanted: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut open: Vec<(f64, usize)> = (0..self.window.len()).map(|at| (self.at_most(at), at)).collect();
        open.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut found: Vec<(f64, usize)> = Vec::new();
        let mut bar = f64::NEG_INFINITY;
        let mut since = 0;
        for (most, at) in open {
            if most < bar {
                break;
            }
            if !wanted(at) {
                continue;
            }
            found.push((self.p(at), at));
            since += 1;
            // The bar may lag behind a little: it only rises.
            if found.len() >= n && since >= SETTLE {
                since = 0;
                found.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
                bar = found.get(n.saturating_sub(1)).map_or(bar, |(p, _)| *p);
            }
        }
        found.retain(|(p, _)| *p >= bar);
        found.into_iter().map(|(_, at)| at).collect()
    }

    /// More than that no company can make of a record's score.
    fn at_most(&self, at: usize) -> f64 {
        let alone = self.alone.get(at).copied().unwrap_or_default();
        let paper = self.window.get(at).is_some_and(|o| o.class == SourceClass::Paper);
        let most = if paper { self.most.1 } else { self.most.0 };
        // Points are added in another order than those of the score: a hair more.
        p_of(alone + most - self.worth.points.bias + 1e-9)
    }

    /// Every term that gave or took something, in a fixed order: code, value, points.
    fn each_term(&self, at: usize, company: Option<&Company>, mut add: impl FnMut(&'static str, f64, f64)) {
        let Some(observation) = self.window.get(at) else { return };
        let mut sum = |code: &'static str, value: f64, per_unit: f64| {
            let points = value * per_unit;
            if points != 0.0 || code.starts_with("source_") {
                add(code, value, points);
            }
        };
        let signs = &observation.signs;
        let class = observation.class;
        let (social, forum) = (class == SourceClass::Social, class == SourceClass::Forum);
        let (history, points) = (self.history, &self.worth.points);

        let (source, offset) = self.worth.offsets.of(class);
        sum(source, 1.0, offset);
        if forum {
            let share = self.shares.get(&key_of(&observation.venue)).copied().unwrap_or(1.0);
            sum("venue_reports", share.ln(), points.venue_reports);
        }
        let usual = match class {
            SourceClass::Social => Some(points.usual_contrast_social),
            SourceClass::Essay => Some(points.usual_contrast_essay),
            SourceClass::Paper | SourceClass::Publication | SourceClass::Forum => None,
        };
        if let (Some(usual), Some(contrast)) = (usual, history.on_topic(observation)) {
            sum("on_topic", contrast - usual, points.on_topic);
        }
        if social {
            sum(
                "loud_account",
                history.posts_per_day(&observation.author_key).max(1.0).ln(),
                points.loud_account,
            );
            sum("answering_someone", sign(signs.starts_with_mention), points.answering_someone);
            let chain = self.chains.get(at).copied().unwrap_or(1);
            sum("inside_thread", f64::from(chain).ln(), points.inside_thread);
            let named_by = observation.handle.as_deref().map_or(0, |handle| history.named_by(handle));
            sum("often_named", f64::from(named_by).ln_1p(), points.often_named);
        }
        sum("first_hand", sign(signs.first_hand), points.first_hand);
        sum("personal", sign((social || forum) && signs.personal), points.personal);
        let names = self.names.get(at).map(Vec::as_slice).unwrap_or_default();
        let has_actor = names.iter().any(|name| name.in_headline);
        sum("actor_acts", sign(signs.news_verb && has_actor), points.actor_acts);
        sum("figures", sign(signs.figures), points.figures);
        sum("asks", sign(signs.asks), points.asks);
        sum("has_link", sign(forum && signs.has_link), points.has_link);
        let per_length = match class {
            SourceClass::Publication => 0.0,
            SourceClass::Paper => points.title_length_paper,
            SourceClass::Essay | SourceClass::Social | SourceClass::Forum => points.title_length,
        };
        sum("title_length", f64::from(signs.title_words.min(25)) / 25.0 - 0.4, per_length);
        let burst = names
            .iter()
            .filter(|name| name.in_headline)
            .filter_map(|name| self.bursts.get(&name.key).map(|burst| burst.z))
            .fold(0.0, f64::max);
        sum("bursting_name", burst.ln_1p(), points.bursting_name);
        if let Some(company) = company {
            self.each_company_term(at, company, add);
        }
    }

    /// The terms that hang on who else says something near: the last of the score.
    fn each_company_term(&self, at: usize, company: &Company, mut add: impl FnMut(&'static str, f64, f64)) {
        let points = &self.worth.points;
        let paper = self.window.get(at).is_some_and(|o| o.class == SourceClass::Paper);
        let elsewhere = if paper { company.authors_of_other_platforms } else { company.other_venues };
        for (code, value, per_unit) in [
            ("heard_elsewhere", f64::from(elsewhere).ln_1p(), points.heard_elsewhere),
            ("first_to_say", sign(company.first), points.first_to_say),
        ] {
            if value * per_unit != 0.0 {
                add(code, value, value * per_unit);
            }
        }
    }
}

/// After so many more records the bar of the best is set anew.
const SETTLE: usize = 64;

fn p_of(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

fn sign(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

#[cfg(test)]
mod tests;
