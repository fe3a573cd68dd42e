//! Taking back what was counted, so that a desk that runs need not count all of it again.
//!
//! Whatever [`History::absorb`] adds is taken away here, exactly: a history that lost a record equals one that never
//! had it. A new sum there must be named here, too; a test compares the two.

use chrono::NaiveDate;

use super::super::observation::{Observation, bare_handle, key_of};
use super::{History, certain, name_keys, platform_key, shape_key};
use crate::model::SourceClass;

impl History {
    /// Takes back one record. It must be as it was when it was absorbed, with its words and their forms.
    pub fn take_back(&mut self, observation: &Observation) {
        let day = observation.published_at.date_naive();
        let author = key_of(observation.author_key.as_str());
        self.records.take(day, (), 1, |()| ());
        self.posts.take(day, author, 1, |_| ());
        self.take_back_venue(day, observation);
        let named_by = &mut self.named_by;
        for handle in observation.signs.handles.iter().filter_map(|handle| bare_handle(handle)) {
            if observation.handle.as_deref() != Some(handle.as_str()) {
                self.naming.take(day, (key_of(&handle), author), 1, |(handle, _)| {
                    less(named_by, handle);
                });
            }
        }
        for word in &observation.casing {
            self.upper.take(day, word.word, u32::from(word.upper), |_| ());
            self.lower.take(day, word.word, u32::from(word.lower), |_| ());
        }
        for topic in &observation.dedicated {
            if let Some(usage) = self.dedicated.get_mut(topic) {
                usage.take(day, observation);
            }
        }
        if observation.dedicated.is_empty() && observation.class == SourceClass::Social {
            self.general.take(day, observation);
        }
        if let Some(shape) = shape_key(observation) {
            self.shapes.take(day, shape, 1, |_| ());
        }
        if observation.class != SourceClass::Paper {
            self.names.take(day, platform_key(observation), author, &name_keys(observation));
        }
        self.settle_span();
    }

    /// Counts a record's names by what they are called now; before they were these.
    pub(crate) fn call_again(&mut self, observation: &Observation, before: &[u64]) {
        if observation.class != SourceClass::Paper {
            let day = observation.published_at.date_naive();
            let author = key_of(observation.author_key.as_str());
            self.names.replace(day, platform_key(observation), author, (before, &name_keys(observation)));
        }
    }

    fn take_back_venue(&mut self, day: NaiveDate, observation: &Observation) {
        let venue = key_of(&observation.venue);
        self.venue_posts.take(day, venue, 1, |_| ());
        let signs = &observation.signs;
        if !signs.news_verb || signs.asks || signs.personal {
            return;
        }
        let mut headline = observation.anchors.iter().filter(|anchor| anchor.in_headline);
        if headline.clone().any(certain) {
            self.venue_statements.take(day, venue, 1, |_| ());
        } else if let Some(opening) = headline.find_map(|anchor| anchor.opening.as_ref()) {
            self.venue_perhaps.take(day, (venue, opening.word), 1, |_| ());
        }
    }

    /// Takes back everything of one day.
    pub fn forget_day(&mut self, day: NaiveDate) {
        self.records.forget_day(day, |()| ());
        for sums in [&mut self.posts, &mut self.venue_posts, &mut self.venue_statements, &mut self.shapes] {
            sums.forget_day(day, |_| ());
        }
        self.venue_perhaps.forget_day(day, |_| ());
        for sums in [&mut self.upper, &mut self.lower] {
            sums.forget_day(day, |_| ());
        }
        let named_by = &mut self.named_by;
        self.naming.forget_day(day, |(handle, _)| less(named_by, handle));
        for usage in self.dedicated.values_mut().chain(std::iter::once(&mut self.general)) {
            usage.records.forget_day(day, |()| ());
            usage.words.forget_day(day, |_| ());
        }
        self.names.forget_day(day);
        self.settle_span();
    }

    /// The days from the first record to the last are those that are still held.
    fn settle_span(&mut self) {
        let (first, last) = self.records.span().unzip();
        // The desk has run since its first day, also when nothing is left of that.
        self.first_day = self.first_day.or(first);
        self.last_day = last;
    }

    /// Since when the desk has records, where the store knows better than what was absorbed.
    pub fn began(&mut self, day: NaiveDate) {
        if self.records() > 0 {
            self.first_day = Some(day);
        }
    }
}

fn less(named_by: &mut std::collections::HashMap<u64, u32>, handle: u64) {
    if let Some(n) = named_by.get_mut(&handle) {
        *n = n.saturating_sub(1);
        if *n == 0 {
            named_by.remove(&handle);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::super::invented::{forum, social};
    use super::*;

    /// Everything that is held, in order.
    fn shown(history: &History) -> String {
        let mut parts = history.names.shown();
        parts.push(history.records.shown());
        for sums in [&history.posts, &history.venue_posts, &history.venue_statements, &history.shapes] {
            parts.push(sums.shown());
        }
        parts.push(history.venue_perhaps.shown());
        parts.push(history.naming.shown());
        parts.push(format!("{:?}", history.named_by.iter().collect::<BTreeMap<_, _>>()));
        parts.extend([history.upper.shown(), history.lower.shown(), history.general.words.shown()]);
        parts.push(history.general.records.shown());
        for (topic, usage) in &history.dedicated {
            parts.push(format!("{topic} {} {}", usage.records.shown(), usage.words.shown()));
        }
        parts.push(format!("{:?} {:?}", history.first_day, history.last_day));
        parts.join("\n")
    }

    fn said() -> [Observation; 4] {
        [
            forum(
                "ada",
                5,
                "Kestrel Line announces a pier",
                "The pier of Saltby is shut, says Marigold Finch",
            ),
            social("bea", 8, "thanks @ada and @cid, the Kestrel was late"),
            social("bea", 9, "thanks @ada, the Kestrel sailed"),
            forum("cid", 24 * 60 + 9, "Night ferry to Saltby?", "Does the Kestrel sail at night"),
        ]
    }

    fn of(said: &[Observation]) -> History {
        let mut history = History::default();
        said.iter().for_each(|observation| history.absorb(observation));
        history
    }

    #[test]
    fn a_record_that_is_taken_back_was_never_there() {
        let said = said();
        for at in 0..said.len() {
            let mut history = of(&said);
            history.take_back(&said[at]);
            let mut others = said.to_vec();
            others.remove(at);
            let mut without = of(&others);
            without.first_day = history.first_day;
            assert_eq!(shown(&history), shown(&without), "without the {at}th");
            assert_ne!(shown(&history), shown(&of(&said)));
        }
    }

    #[test]
    fn a_record_that_is_called_anew_was_always_called_so() {
        use crate::signal::Called;
        let table = [("kestrel line", "kestrel"), ("saltby", "old saltby")];
        let table = Called::new(table.map(|(a, b)| (a.to_owned(), b.to_owned())).into());
        let (mut history, mut renamed) = (of(&said()), said());
        for observation in &mut renamed {
            let before = super::name_keys(observation);
            observation.call(&table);
            history.call_again(observation, &before);
        }
        assert_eq!(shown(&history), shown(&of(&renamed)));
        assert_ne!(shown(&history), shown(&of(&said())));
        // And a day that is no more does not come back.
        let old = renamed[3].published_at.date_naive();
        history.forget_day(old);
        let forgotten = shown(&history);
        history.call_again(&renamed[3], &super::name_keys(&said()[3]));
        assert_eq!(shown(&history), forgotten);
    }

    #[test]
    fn a_day_that_is_forgotten_was_never_there() {
        let said = said();
        let mut history = of(&said);
        history.forget_day(said[3].published_at.date_naive());
        let mut without = of(&said[..3]);
        without.first_day = history.first_day;
        assert_eq!(shown(&history), shown(&without));
    }
}
