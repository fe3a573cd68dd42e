//! Search over stories and records.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{AskError, Desk};
use crate::model::{StoryCode, TopicSlug};

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct SearchAnswer {
    /// The words searched for.
    pub words: Vec<String>,
    /// Stories whose headline or label has all the words, newest first.
    pub stories: Vec<StoryHit>,
    /// Records whose text has all the words, newest first.
    pub records: Vec<TextHit>,
}

/// A story found.
#[derive(Clone, Debug, Serialize)]
pub struct StoryHit {
    /// Code.
    pub code: StoryCode,
    /// Topic.
    pub topic: TopicSlug,
    /// Headline.
    pub headline: String,
    /// When its latest version was written.
    pub at: DateTime<Utc>,
}

/// A record found.
#[derive(Clone, Debug, Serialize)]
pub struct TextHit {
    /// Platform.
    pub platform: String,
    /// Where it was said.
    pub venue: String,
    /// Who said it.
    pub author: Option<String>,
    /// Public address.
    pub url: String,
    /// When.
    pub published: DateTime<Utc>,
    /// The words around the first hit.
    pub excerpt: String,
}

/// Stories that are looked through, newest first.
const STORIES: i64 = 2_000;

/// Characters of an excerpt.
const EXCERPT: usize = 160;

impl Desk<'_> {
    /// Stories and records that have all of `words`, in any case.
    pub async fn search(
        &self,
        words: &[String],
        topic: Option<&TopicSlug>,
        limit: i64,
    ) -> Result<SearchAnswer, AskError> {
        let words: Vec<String> =
            words.iter().flat_map(|w| w.split_whitespace()).map(str::to_lowercase).collect();
        let mut stories = Vec::new();
        let asked = |slug: &TopicSlug| {
            topic.is_none_or(|topic| topic == slug) && self.topics.iter().any(|t| t.slug == *slug)
        };
        for line in self.store.story_lines(STORIES).await?.into_iter().filter(|line| asked(&line.topic)) {
            let text = format!("{} {}", line.headline, line.label).to_lowercase();
            if !words.is_empty() && words.iter().all(|w| text.contains(w)) {
                stories.push(StoryHit {
                    code: line.code,
                    topic: line.topic,
                    headline: line.headline,
                    at: line.at,
                });
            }
        }
        stories.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.code.cmp(&b.code)));
        let records = self
            .store
            .search_records(&words, topic, limit)
            .await?
            .into_iter()
            .map(|hit| TextHit {
                excerpt: excerpt(&hit.text, words.first().map_or("", String::as_str)),
                platform: hit.platform,
                venue: hit.venue,
                author: hit.author,
                url: hit.permalink,
                published: hit.published_at,
            })
            .collect();
        Ok(SearchAnswer { words, stories, records })
    }
}

/// The words around the first hit, on one line, cut between words.
fn excerpt(text: &str, word: &str) -> String {
    let flat: Vec<&str> = text.split_whitespace().collect();
    let hit = flat.iter().position(|w| w.to_lowercase().contains(word)).unwrap_or(0);
    let mut from = hit;
    let mut length = flat.get(hit).map_or(0, |w| w.chars().count());
    while let Some(before) = from.checked_sub(1).and_then(|at| flat.get(at))
        && length + before.chars().count() < EXCERPT / 3
    {
        length += before.chars().count() + 1;
        from -= 1;
    }
    let mut to = hit + 1;
    while let Some(after) = flat.get(to)
        && length + after.chars().count() < EXCERPT
    {
        length += after.chars().count() + 1;
        to += 1;
    }
    let middle = flat.get(from..to.min(flat.len())).unwrap_or_default().join(" ");
    format!("{}{middle}{}", if from > 0 { "… " } else { "" }, if to < flat.len() { " …" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn an_excerpt_shows_the_hit_and_is_cut_between_words() {
        let text = "one ".repeat(60) + "needle " + &"two ".repeat(60);
        let found = excerpt(&text, "needle");
        assert!(
            found.contains(" needle ") && found.starts_with("… one") && found.ends_with("two …"),
            "{found}"
        );
        assert!(found.chars().count() <= super::EXCERPT + 4);
        assert_eq!(excerpt("", "x"), "");
    }
}
