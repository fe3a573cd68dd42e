//! What names are called: one name for all ways to write it.
//!
//! Whoever counts names counts those of observations, and these carry the name that stands for all ways to write it
//! beside the one that was written. Aliases are learnt as texts come. When one is learnt, observations that are held are
//! called anew, and what was counted of them follows: an alias holds for the past as if it had been known from the
//! beginning, and a desk that runs counts as one that has just been started.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::observation::{Anchor, Keyed, Observation, Opening};

/// Which name stands for which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Called(HashMap<String, String>);

impl Called {
    /// A table of names and those that stand for them.
    pub fn new(aliases: BTreeMap<String, String>) -> Self {
        Self(aliases.into_iter().collect())
    }

    /// The name that stands for `name`.
    pub fn canonical<'a>(&'a self, name: &'a str) -> &'a str {
        self.0.get(name).map_or(name, String::as_str)
    }

    /// Names that are called otherwise in `other`.
    pub(crate) fn changed<'a>(&'a self, other: &'a Self) -> HashSet<&'a str> {
        let differs = |name: &&String| self.0.get(*name) != other.0.get(*name);
        self.0.keys().chain(other.0.keys()).filter(differs).map(String::as_str).collect()
    }

    fn knows(&self, anchor: &Anchor) -> bool {
        readings(anchor).any(|name| self.0.contains_key(name))
    }

    fn call(&self, anchor: &Anchor) -> Anchor {
        let to = |name: &Keyed| Keyed::from(self.canonical(name.as_str()));
        let opening = anchor
            .opening
            .as_ref()
            .map(|opening| Opening { word: opening.word, rest: opening.rest.as_ref().map(to) });
        Anchor { name: to(&anchor.name), in_headline: anchor.in_headline, opening }
    }
}

/// Everything an anchor may be a name of.
fn readings(anchor: &Anchor) -> impl Iterator<Item = &str> {
    let rest = anchor.opening.as_ref().and_then(|opening| opening.rest.as_ref());
    std::iter::once(&anchor.name).chain(rest).map(Keyed::as_str)
}

impl Observation {
    /// The names as they are written.
    fn as_written(&self) -> &[Anchor] {
        if self.written.is_empty() { &self.anchors } else { &self.written }
    }

    /// Whether one of its names, as written, is among these.
    pub(crate) fn writes_any(&self, names: &HashSet<&str>) -> bool {
        self.as_written().iter().flat_map(readings).any(|name| names.contains(name))
    }

    /// Calls its names as the table says, whatever they were called before.
    pub(crate) fn call(&mut self, names: &Called) {
        if self.written.is_empty() && !self.anchors.iter().any(|anchor| names.knows(anchor)) {
            return;
        }
        let written = self.as_written().to_vec();
        self.anchors = written.iter().map(|anchor| names.call(anchor)).collect();
        self.written = if self.anchors == written { Box::default() } else { written.into_boxed_slice() };
    }
}

#[cfg(test)]
mod tests {
    use super::super::invented::forum;
    use super::*;

    fn called(pairs: &[(&str, &str)]) -> Called {
        Called::new(pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect())
    }

    fn names(o: &Observation) -> Vec<&str> {
        o.anchors.iter().map(|anchor| anchor.name.as_str()).collect()
    }

    #[test]
    fn a_name_is_called_by_the_latest_table_and_back() {
        let mut o = forum(
            "ada",
            5,
            "asked why the HPU keeps saying no at the pier of Saltby",
            "it was said by the Harbour Pilots Union",
        );
        let before = o.clone();
        let written: Vec<String> = names(&o).into_iter().map(str::to_owned).collect();
        assert!(written.iter().any(|name| name == "hpu"), "{written:?}");
        for stands in ["harbour pilots union", "hotel porters union"] {
            o.call(&called(&[("hpu", stands)]));
            let now: Vec<&str> =
                written.iter().map(|name| if name == "hpu" { stands } else { name.as_str() }).collect();
            assert_eq!(names(&o), now);
        }
        o.call(&called(&[]));
        assert_eq!(o, before);
    }

    #[test]
    fn what_changed_between_two_tables_is_told() {
        let (one, two) = (called(&[("a", "x"), ("b", "y")]), called(&[("b", "y"), ("c", "z")]));
        assert_eq!(one.changed(&two), HashSet::from(["a", "c"]));
        assert!(one.changed(&one).is_empty());
        let o = forum("ada", 5, "Why the HPU says no", "");
        assert!(o.writes_any(&HashSet::from(["hpu"])) && !o.writes_any(&HashSet::from(["saltby"])));
    }
}
