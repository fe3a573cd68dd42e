//! By which rule a record belongs to a topic, or is kept out of it.

use crate::config::{MatchRules, Phrase, Topic, Venue, fold};

/// What a topic's rules find in a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::answer) struct Found {
    /// Whether it belongs.
    pub(in crate::answer) belongs: bool,
    /// The rules that make it belong, as they are written: “`any`: night train*”.
    pub(in crate::answer) by: Vec<String>,
    /// Phrases of `none` that keep it out.
    pub(in crate::answer) kept_out_by: Vec<String>,
}

/// What `topic` finds in a stored text. The record's language is not looked at.
pub(in crate::answer) fn found(topic: &Topic, text: &str, body_start: usize, venue: &str) -> Found {
    let folded = head(text, body_start);
    let rules = &topic.rules;
    let stands = |phrase: &Phrase| phrase.is_in(&folded);
    let mut by = Vec::new();
    let place = Venue::new(venue);
    if topic.venues().any(|v| v == place) {
        by.push(if rules.venues.contains(&place) {
            format!("`venues`: {venue}")
        } else {
            format!("a `dedicated` source: {venue}")
        });
    }
    by.extend(rules.any.iter().filter(|p| stands(p)).map(|phrase| format!("`any`: {phrase}")));
    let groups: Vec<Vec<&Phrase>> =
        rules.all.iter().map(|group| group.iter().filter(|p| stands(p)).collect()).collect();
    if !groups.is_empty() && groups.iter().all(|group| !group.is_empty()) {
        let words: Vec<String> = groups.iter().filter_map(|g| g.first().map(ToString::to_string)).collect();
        by.push(format!("`all`: {}", words.join(" + ")));
    }
    let kept_out_by: Vec<String> = rules.none.iter().filter(|p| stands(p)).map(ToString::to_string).collect();
    Found { belongs: !by.is_empty() && kept_out_by.is_empty(), by, kept_out_by }
}

/// What of a text is matched, folded: the title and the beginning of the body.
pub(in crate::answer) fn head(text: &str, body_start: usize) -> String {
    let (title, body) = text.split_at_checked(body_start).unwrap_or(("", text));
    let head: String = body.chars().take(MatchRules::HEAD_CHARS).collect();
    fold(&format!("{title}\n{head}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_rules_told_are_those_that_decide() {
        let config = Config::built_in(std::path::Path::new("."));
        let texts = [
            ("An open source language model", "with open weights for everyone", "r/Allotments"),
            ("A leek the size of a bassoon", "and the hedge is in flower", "r/Allotments"),
            ("Marigold, a picture editor", "open weights, says r/LindenModels", "r/LindenModels"),
            ("Nothing at all", "about bread and butter", "r/LindenBread"),
        ];
        for (title, body, venue) in texts {
            let text = format!("{title}\n{body}");
            for topic in &config.topics {
                let found = found(topic, &text, title.len() + 1, venue);
                assert_eq!(found.belongs, topic.matches(title, body, Some(venue)), "{} {title}", topic.slug);
                assert_eq!(found.belongs, !found.by.is_empty() && found.kept_out_by.is_empty());
            }
        }
    }
}
