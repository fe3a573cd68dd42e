//! Which topics a record belongs to: one automaton over the rules of all topics.

use std::borrow::Cow;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};

use super::language;
use crate::config::{MatchRules, Topic, Venue, fold};
use crate::model::{Lang, TopicSlug};

/// The rules of all topics, ready to be looked for in one pass.
#[derive(Debug)]
pub struct TopicMatcher {
    automaton: Option<AhoCorasick>,
    /// The needles are the phrases of all topics, topic by topic: for each the number of its topic.
    needles: Vec<usize>,
    topics: Vec<Rules>,
}

#[derive(Debug)]
struct Rules {
    topic: Topic,
    venues: Vec<Venue>,
    /// The number of its first phrase among all needles.
    first: usize,
}

impl TopicMatcher {
    /// Builds the automaton. Phrases that neighbour share the space between them, so matches may overlap.
    pub fn new(topics: &[Topic]) -> Self {
        let mut patterns = Vec::new();
        let (mut rules, mut needles) = (Vec::new(), Vec::new());
        for (number, topic) in topics.iter().enumerate() {
            let first = patterns.len();
            patterns.extend(topic.rules.phrases().map(|phrase| phrase.needle().to_owned()));
            needles.resize(patterns.len(), number);
            rules.push(Rules { topic: topic.clone(), venues: topic.venues().collect(), first });
        }
        let automaton = AhoCorasickBuilder::new()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            // Every phrase begins with a space: to look for those first finds every word.
            .prefilter(false)
            .build(&patterns)
            .or_else(|_| AhoCorasick::new(&patterns))
            .ok();
        Self { automaton, needles, topics: rules }
    }

    /// The topics of a stored text: those with fewer phrases to match by (the narrower ones) first, then by slug.
    pub fn topics_of(&self, text: &str, body_start: usize, venue: &str, lang: Lang) -> Vec<TopicSlug> {
        let head = head_of(text, body_start);
        let folded = fold(&head);
        let mut found: Vec<bool> = vec![false; self.needles.len()];
        let mut heard: Vec<bool> = vec![false; self.topics.len()];
        if let Some(automaton) = &self.automaton {
            for hit in automaton.find_overlapping_iter(&folded) {
                let needle = hit.pattern().as_usize();
                if let (Some(found), Some(heard)) =
                    (found.get_mut(needle), self.needles.get(needle).and_then(|topic| heard.get_mut(*topic)))
                {
                    (*found, *heard) = (true, true);
                }
            }
        }
        let venue = Venue::new(venue);
        let mut topics: Vec<TopicSlug> = self
            .topics
            .iter()
            .zip(heard)
            .filter(|(rules, heard)| {
                let in_venue = rules.venues.contains(&venue);
                // Most topics are not spoken of at all.
                if !(*heard || in_venue) {
                    return false;
                }
                let hits = found.get(rules.first..).unwrap_or_default();
                let hit = |n: usize| hits.get(n).copied().unwrap_or(false);
                rules.topic.speaks(lang.as_str()) && rules.topic.rules.decide(in_venue, hit)
            })
            .map(|(rules, _)| rules.topic.slug.clone())
            .collect();
        topics.sort();
        topics
    }

    /// Whether a text, wherever it was said, is of any topic. Nearly all texts of the world are not, and soon told apart.
    pub fn wants(&self, text: &str) -> bool {
        let heard =
            self.automaton.as_ref().is_some_and(|automaton| automaton.is_match(&*fold(&head_of(text, 0))));
        heard && !self.topics_of(text, 0, "", language::detect(text)).is_empty()
    }

    /// Topics that a place is given over to.
    pub fn dedicated(&self, venue: &str) -> Vec<TopicSlug> {
        let venue = Venue::new(venue);
        self.topics.iter().filter(|r| r.venues.contains(&venue)).map(|r| r.topic.slug.clone()).collect()
    }
}

/// What is looked at: the title and the beginning of the body, as the rules say.
fn head_of(text: &str, body_start: usize) -> Cow<'_, str> {
    let (title, body) = text.split_at_checked(body_start).unwrap_or(("", text));
    let end = if body.len() <= MatchRules::HEAD_CHARS {
        body.len()
    } else {
        body.char_indices().nth(MatchRules::HEAD_CHARS).map_or(body.len(), |(at, _)| at)
    };
    let head = body.get(..end).unwrap_or(body);
    if title.is_empty() {
        head.into()
    } else if title.ends_with('\n') {
        text.get(..title.len() + end).unwrap_or(text).into()
    } else {
        format!("{title}\n{head}").into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_automaton_agrees_with_the_plain_way() {
        let config = Config::built_in(std::path::Path::new("."));
        let matcher = TopicMatcher::new(&config.topics);
        let texts = [
            ("An open source language model", "with open weights for everyone", "r/gardening"),
            ("Rust 2.0?", "the borrow checker and cargo", "r/rust"),
            ("Rocket launch scrubbed", "the lander waits in orbit", "Example News"),
            ("Nothing at all", "about bread and butter", "r/bread"),
            ("", "GPT-5 copies open source AI models", "X"),
        ];
        for (title, body, venue) in texts {
            let text = format!("{title}\n{body}");
            let mut plain: Vec<TopicSlug> = config
                .topics
                .iter()
                .filter(|t| t.speaks("en") && t.matches(title, body, Some(venue)))
                .map(|t| t.slug.clone())
                .collect();
            plain.sort();
            assert_eq!(matcher.topics_of(&text, title.len() + 1, venue, Lang::EN), plain, "{title}");
        }
    }

    #[test]
    fn a_place_given_over_to_a_topic_is_known() {
        let config = Config::built_in(std::path::Path::new("."));
        let matcher = TopicMatcher::new(&config.topics);
        assert!(matcher.dedicated("R/LocalLLaMA").iter().any(|t| t.as_str() == "open-source-ai"));
        assert!(matcher.dedicated("r/bread").is_empty());
    }
}
