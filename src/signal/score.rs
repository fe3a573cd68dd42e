//! The record score: would a digest lead with this record?
//!
//! `z = Σ points − 5`, `p = 1 / (1 + e^−z)`. The points are a logistic fit on recorded discourse, rounded; they rank
//! well and are far too sure of themselves, so they are shown and never used as a chance. Every term has a code, so
//! that a rank can be told in words. Nothing in it knows a subject: only the offsets per kind of speech are a matter
//! of taste, and a desk may set them.

pub(crate) mod burst;
mod company;
mod points;

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::model::{ScoreTerm, SourceClass};

use super::history::{History, Name};
use super::observation::{Observation, key_of};
use super::vectors::Near;
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

/// Scores all records of a window, which starts at `from`. `near` are their neighbours, `names` their names.
pub(crate) fn score_all(
    window: &[&Observation],
    names: &[Vec<Name<'_>>],
    near: &[Vec<Near>],
    history: &History,
    from: DateTime<Utc>,
    worth: &Worth,
) -> Vec<Scored> {
    let bursts = burst::bursts(window, names, history, from);
    let chains = company::chains(window);
    let shares = history.statement_shares();
    window
        .iter()
        .enumerate()
        .map(|(at, observation)| {
            let view = View {
                observation,
                names: &names[at],
                company: company::of(window, at, &near[at]),
                chain: chains[at],
            };
            score(&view, history, &bursts, &shares, worth)
        })
        .collect()
}

/// A record in its window.
struct View<'a> {
    observation: &'a Observation,
    names: &'a [Name<'a>],
    company: Company,
    /// Length of the author's chain of posts that this one continues; 1 outside.
    chain: u32,
}

fn score(
    view: &View<'_>,
    history: &History,
    bursts: &HashMap<u64, burst::Burst>,
    shares: &HashMap<u64, f64>,
    worth: &Worth,
) -> Scored {
    let observation = view.observation;
    let signs = &observation.signs;
    let class = observation.class;
    let (social, forum, paper) =
        (class == SourceClass::Social, class == SourceClass::Forum, class == SourceClass::Paper);
    let points = &worth.points;
    let mut sum = Sum::default();

    let (source, offset) = worth.offsets.of(class);
    sum.add(source, 1.0, offset);
    if forum {
        let share = shares.get(&key_of(&observation.venue)).copied().unwrap_or(1.0);
        sum.add("venue_reports", share.ln(), points.venue_reports);
    }
    let usual = match class {
        SourceClass::Social => Some(points.usual_contrast_social),
        SourceClass::Essay => Some(points.usual_contrast_essay),
        SourceClass::Paper | SourceClass::Publication | SourceClass::Forum => None,
    };
    if let (Some(usual), Some(contrast)) = (usual, history.on_topic(observation)) {
        sum.add("on_topic", contrast - usual, points.on_topic);
    }
    if social {
        sum.add(
            "loud_account",
            history.posts_per_day(&observation.author_key).max(1.0).ln(),
            points.loud_account,
        );
        sum.add("answering_someone", sign(signs.starts_with_mention), points.answering_someone);
        sum.add("inside_thread", f64::from(view.chain).ln(), points.inside_thread);
        let named_by = observation.handle.as_deref().map_or(0, |handle| history.named_by(handle));
        sum.add("often_named", f64::from(named_by).ln_1p(), points.often_named);
    }
    sum.add("first_hand", sign(signs.first_hand), points.first_hand);
    sum.add("personal", sign((social || forum) && signs.personal), points.personal);
    let has_actor = view.names.iter().any(|name| name.in_headline);
    sum.add("actor_acts", sign(signs.news_verb && has_actor), points.actor_acts);
    sum.add("figures", sign(signs.figures), points.figures);
    sum.add("asks", sign(signs.asks), points.asks);
    sum.add("has_link", sign(forum && signs.has_link), points.has_link);
    let per_length = match class {
        SourceClass::Publication => 0.0,
        SourceClass::Paper => points.title_length_paper,
        SourceClass::Essay | SourceClass::Social | SourceClass::Forum => points.title_length,
    };
    sum.add("title_length", f64::from(signs.title_words.min(25)) / 25.0 - 0.4, per_length);
    let burst = view
        .names
        .iter()
        .filter(|name| name.in_headline)
        .filter_map(|name| bursts.get(&name.key).map(|burst| burst.z))
        .fold(0.0, f64::max);
    sum.add("bursting_name", burst.ln_1p(), points.bursting_name);
    let company = &view.company;
    let elsewhere = if paper { company.authors_of_other_platforms } else { company.other_venues };
    sum.add("heard_elsewhere", f64::from(elsewhere).ln_1p(), points.heard_elsewhere);
    sum.add("first_to_say", sign(company.first), points.first_to_say);
    sum.scored(points.bias)
}

fn sign(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

#[derive(Default)]
struct Sum(Vec<ScoreTerm>);

impl Sum {
    fn add(&mut self, code: &str, value: f64, per_unit: f64) {
        let points = value * per_unit;
        if points != 0.0 || code.starts_with("source_") {
            self.0.push(ScoreTerm { code: code.to_owned(), value, points });
        }
    }

    fn scored(self, bias: f64) -> Scored {
        let z = self.0.iter().map(|term| term.points).sum::<f64>() - bias;
        Scored { z, p: 1.0 / (1.0 + (-z).exp()), terms: self.0 }
    }
}

#[cfg(test)]
mod tests;
