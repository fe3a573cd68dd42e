//! Which topics a record belongs to: one pass over its words for the rules of all topics.
//!
//! Every phrase begins at a word, so only there is anything looked for: three bytes of a word tell, by one bit, that no
//! phrase begins so, which holds for nearly all. An automaton over all phrases is larger than the nearest caches and reads
//! every byte.

use std::borrow::Cow;

use super::words::{ByHash, mix};
use crate::config::{MatchRules, Topic, Venue, fold};
use crate::model::{Lang, TopicSlug};

/// The rules of all topics, ready to be looked for in one pass.
#[derive(Debug)]
pub struct TopicMatcher {
    needles: Needles,
    /// The needles are the phrases of all topics, topic by topic: for each the number of its topic.
    topic_of: Vec<usize>,
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
    /// Builds the table. Phrases that neighbour share the space between them, so matches may overlap.
    pub fn new(topics: &[Topic]) -> Self {
        let mut needles = Needles::default();
        let (mut rules, mut topic_of) = (Vec::new(), Vec::new());
        for (number, topic) in topics.iter().enumerate() {
            let first = topic_of.len();
            for phrase in topic.rules.phrases() {
                needles.add(phrase.needle(), topic_of.len());
                topic_of.push(number);
            }
            rules.push(Rules { topic: topic.clone(), venues: topic.venues().collect(), first });
        }
        Self { needles, topic_of, topics: rules }
    }

    /// The topics of a stored text: those with fewer phrases to match by (the narrower ones) first, then by slug.
    pub fn topics_of(&self, text: &str, body_start: usize, venue: &str, lang: Lang) -> Vec<TopicSlug> {
        let head = head_of(text, body_start);
        let folded = fold(&head);
        let mut found: Vec<bool> = vec![false; self.topic_of.len()];
        let mut heard: Vec<bool> = vec![false; self.topics.len()];
        self.needles.find(&folded, |needle| {
            let topic = self.topic_of.get(needle).and_then(|topic| heard.get_mut(*topic));
            if let (Some(found), Some(heard)) = (found.get_mut(needle), topic) {
                (*found, *heard) = (true, true);
            }
        });
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

    /// Topics that a place is given over to.
    pub fn dedicated(&self, venue: &str) -> Vec<TopicSlug> {
        let venue = Venue::new(venue);
        self.topics.iter().filter(|r| r.venues.contains(&venue)).map(|r| r.topic.slug.clone()).collect()
    }
}

/// Bytes of a word that are looked at first.
const LEAD: usize = 3;
/// A bit for each value of sixteen bits.
const BITS: usize = 1 << 16;

/// Phrases by their first bytes.
#[derive(Debug)]
struct Needles {
    /// Whether any phrase begins with bytes of this hash.
    bits: Box<[u64]>,
    /// Phrases without the space in front, by the hash of their first bytes.
    leads: ByHash<Vec<(Box<[u8]>, usize)>>,
    /// Phrases of fewer bytes: words of one letter.
    short: Vec<(Box<[u8]>, usize)>,
}

impl Default for Needles {
    fn default() -> Self {
        Self { bits: vec![0; BITS / 64].into_boxed_slice(), leads: ByHash::default(), short: Vec::new() }
    }
}

impl Needles {
    fn add(&mut self, needle: &str, number: usize) {
        let needle = needle.strip_prefix(' ').unwrap_or(needle).as_bytes();
        let Some(lead) = lead(needle) else {
            self.short.push((needle.into(), number));
            return;
        };
        let (word, bit) = place(lead);
        if let Some(bits) = self.bits.get_mut(word) {
            *bits |= bit;
        }
        self.leads.entry(lead).or_default().push((needle.into(), number));
    }

    /// Calls `found` for each phrase at each of its places in a folded text.
    fn find(&self, folded: &str, mut found: impl FnMut(usize)) {
        let text = folded.as_bytes();
        for (at, _) in text.iter().enumerate().filter(|(_, byte)| **byte == b' ') {
            let rest = text.get(at + 1..).unwrap_or_default();
            let all =
                self.short.iter().chain(lead(rest).and_then(|lead| self.led_by(lead)).into_iter().flatten());
            for (needle, number) in all {
                if rest.starts_with(needle) {
                    found(*number);
                }
            }
        }
    }

    fn led_by(&self, lead: u64) -> Option<&Vec<(Box<[u8]>, usize)>> {
        let (word, bit) = place(lead);
        (self.bits.get(word)? & bit != 0).then(|| self.leads.get(&lead)).flatten()
    }
}

/// The hash of the first bytes; `None` if there are too few.
fn lead(bytes: &[u8]) -> Option<u64> {
    let lead: [u8; LEAD] = bytes.get(..LEAD)?.try_into().ok()?;
    Some(mix(lead.into_iter().fold(0, |key, byte| (key << 8) | u64::from(byte))))
}

/// Where a hash has its bit.
fn place(lead: u64) -> (usize, u64) {
    let n = (lead >> 48) as usize;
    (n / 64, 1 << (n % 64))
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
    fn the_table_agrees_with_the_plain_way() {
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
    fn phrases_are_found_wherever_they_stand_and_nowhere_else() {
        let phrases = ["night ferry", "night", "ferry night", "c", "go", "c++", "tram*"];
        let mut needles = Needles::default();
        let parsed: Vec<crate::config::Phrase> =
            phrases.iter().map(|phrase| phrase.parse().unwrap()).collect();
        parsed.iter().enumerate().for_each(|(number, phrase)| needles.add(phrase.needle(), number));
        for text in ["Night ferry night", "C++, go", "a tramway", "nightly", "knight ferry", "", "g", "to c"]
        {
            let folded = fold(text);
            let mut found = vec![false; phrases.len()];
            needles.find(&folded, |number| found[number] = true);
            let plain: Vec<bool> = parsed.iter().map(|phrase| phrase.is_in(&folded)).collect();
            assert_eq!(found, plain, "{text}");
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
