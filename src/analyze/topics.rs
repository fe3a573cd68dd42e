//! Which topics a record belongs to: one automaton over the rules of all topics.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};

use crate::config::{MatchRules, Topic, Venue, fold};
use crate::model::{Lang, TopicSlug};

/// The rules of all topics, ready to be looked for in one pass.
#[derive(Debug)]
pub struct TopicMatcher {
    automaton: Option<AhoCorasick>,
    /// For each needle: which topic, and which of its phrases.
    needles: Vec<(usize, usize)>,
    topics: Vec<Rules>,
}

#[derive(Debug)]
struct Rules {
    topic: Topic,
    venues: Vec<Venue>,
    phrases: usize,
}

impl TopicMatcher {
    /// Builds the automaton. Phrases that neighbour share the space between them, so matches may overlap.
    pub fn new(topics: &[Topic]) -> Self {
        let mut needles = Vec::new();
        let mut patterns = Vec::new();
        let mut rules = Vec::new();
        for (n, topic) in topics.iter().enumerate() {
            let mut phrases = 0;
            for phrase in topic.rules.phrases() {
                needles.push((n, phrases));
                patterns.push(phrase.needle().to_owned());
                phrases += 1;
            }
            rules.push(Rules { topic: topic.clone(), venues: topic.venues().collect(), phrases });
        }
        let automaton = AhoCorasickBuilder::new()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&patterns)
            .or_else(|_| AhoCorasick::new(&patterns))
            .ok();
        Self { automaton, needles, topics: rules }
    }

    /// The topics of a stored text: those with fewer phrases to match by (the narrower ones) first, then by slug.
    pub fn topics_of(&self, text: &str, body_start: usize, venue: &str, lang: Lang) -> Vec<TopicSlug> {
        let head = head_of(text, body_start);
        let folded = fold(&head);
        let mut found: Vec<Vec<bool>> = self.topics.iter().map(|rules| vec![false; rules.phrases]).collect();
        if let Some(automaton) = &self.automaton {
            for hit in automaton.find_overlapping_iter(&folded) {
                if let Some(&(topic, phrase)) = self.needles.get(hit.pattern().as_usize())
                    && let Some(slot) = found.get_mut(topic).and_then(|f| f.get_mut(phrase))
                {
                    *slot = true;
                }
            }
        }
        let venue = Venue::new(venue);
        let mut topics: Vec<TopicSlug> = self
            .topics
            .iter()
            .zip(&found)
            .filter(|(rules, hits)| {
                rules.topic.speaks(lang.as_str())
                    && rules
                        .topic
                        .rules
                        .decide(rules.venues.contains(&venue), |n| hits.get(n).copied().unwrap_or(false))
            })
            .map(|(rules, _)| rules.topic.slug.clone())
            .collect();
        topics.sort();
        topics
    }

    /// Topics that a place is given over to.
    pub fn dedicated(&self, venue: &str) -> Vec<TopicSlug> {
        let venue = Venue::new(venue);
        self.topics.iter().filter(|r| r.venues.contains(&venue)).map(|r| r.topic.slug.clone()).collect()
    }
}

/// What is looked at: the title and the beginning of the body, as the rules say.
fn head_of(text: &str, body_start: usize) -> String {
    let (title, body) = text.split_at_checked(body_start).unwrap_or(("", text));
    let head: String = body.chars().take(MatchRules::HEAD_CHARS).collect();
    format!("{title}\n{head}")
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
