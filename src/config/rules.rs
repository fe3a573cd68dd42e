//! What makes a record belong to a topic.

use super::error::Fault;
use super::phrase::{Phrase, PhraseError};
use super::setting::{Reader, Setting, any, text_setting};
use super::tree::Node;

/// Rules over the [folded](super::fold) [head](MatchRules::HEAD_CHARS) of a record, and over its venue.
///
/// A record belongs when none of `none` stands in it and at least one of these holds: its venue is among the topic's
/// venues; one phrase of `any` stands in it; `all` has groups and from **each** group one phrase stands in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MatchRules {
    /// One is enough.
    pub any: Vec<Phrase>,
    /// One of each group is needed.
    pub all: Vec<Vec<Phrase>>,
    /// One is too many, also in a venue.
    pub none: Vec<Phrase>,
    /// Places given over to the topic, such as `r/rust`: what stands there belongs without a phrase.
    pub venues: Vec<Venue>,
}

impl MatchRules {
    /// How much of a record's text is looked at, in characters, after its title: what a text is about stands early, and a
    /// long one mentions much in passing.
    pub const HEAD_CHARS: usize = 600;

    /// All phrases, in a fixed order: `any`, the groups of `all`, `none`. An automaton can number them by this.
    pub fn phrases(&self) -> impl Iterator<Item = &Phrase> {
        self.any.iter().chain(self.all.iter().flatten()).chain(&self.none)
    }

    /// Decides by the rules, given for the n-th of [`phrases`](Self::phrases) whether it was found, and whether the
    /// record's venue is one of the topic's.
    pub fn decide(&self, in_venue: bool, found: impl Fn(usize) -> bool) -> bool {
        let groups_at = self.any.len();
        let none_at = groups_at + self.all.iter().map(Vec::len).sum::<usize>();
        if (none_at..none_at + self.none.len()).any(&found) {
            return false;
        }
        if in_venue || (0..groups_at).any(&found) {
            return true;
        }
        let mut at = groups_at;
        let each_group = self.all.iter().all(|group| {
            let from = at;
            at += group.len();
            (from..at).any(&found)
        });
        !self.all.is_empty() && each_group
    }

    /// Whether there is anything by which a record could belong.
    pub fn is_empty(&self) -> bool {
        self.any.is_empty() && self.all.is_empty() && self.venues.is_empty()
    }
}

impl Setting for MatchRules {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let mut rules = Self::default();
        let table = reader.table(node, &["any", "all", "none", "venues"])?;
        reader.overlay(table, "any", &mut rules.any, any);
        reader.overlay(table, "all", &mut rules.all, no_empty_group);
        reader.overlay(table, "none", &mut rules.none, any);
        reader.overlay(table, "venues", &mut rules.venues, any);
        Some(rules)
    }
}

#[expect(clippy::ptr_arg, reason = "a check takes the setting as it is")]
fn no_empty_group(groups: &Vec<Vec<Phrase>>) -> Result<(), Fault> {
    if groups.iter().any(Vec::is_empty) {
        return Err(Fault::new("has an empty group, which nothing can fulfil")
            .hint("each group is a list of phrases of which one is needed: `all = [[\"open source\"], [\"llm\", \"model*\"]]`"));
    }
    Ok(())
}

text_setting!(Phrase, "open source", |text| text.parse().map_err(|err: PhraseError| {
    Fault::new(format!("the phrase `{text}` {err}"))
        .hint("write whole words; a `*` at the end lets the last word go on, as in `open weight*`")
}));

/// The name of a place where records stand: `r/rust`, a feed's name, an arXiv category. Compared in any case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Venue(String);

impl Venue {
    /// The venue of this name.
    pub fn new(name: &str) -> Self {
        Self(name.trim().to_lowercase())
    }

    /// The name in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_setting!(Venue, "r/rust", |text| {
    let venue = Venue::new(text);
    if venue.as_str().is_empty() {
        return Err(Fault::new("the venue is empty").hint("write a name such as `r/rust`"));
    }
    Ok(venue)
});
