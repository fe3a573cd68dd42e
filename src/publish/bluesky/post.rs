//! A post as a step keeps it, and the record it becomes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::look::time;
use crate::model::Lang;
use crate::publish::card::Card;
use crate::publish::text::{Limit, WebLink};

/// Collection of posts.
pub const POST: &str = "app.bsky.feed.post";

/// Languages that a post may name.
pub(super) const MAX_LANGS: usize = 3;

/// What one post says: everything about it except what is known when it is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// Its text: at most 300 graphemes and 3,000 bytes.
    pub text: String,
    /// What does something in it, in order, without overlap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facets: Vec<Facet>,
    /// Its languages, at most three.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub langs: Vec<Lang>,
    /// Hashtags that are not in the text, without `#`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What hangs under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<LinkCard>,
}

/// Bytes of a text that do something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facet {
    /// First byte, in UTF-8.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What they do.
    pub what: Feature,
}

/// What a part of a text does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Leads to an address of our own list.
    Link(WebLink),
    /// Leads to what else has the hashtag, here without `#`.
    Tag(String),
    /// Names an account, by its DID, and tells it.
    Mention(String),
}

/// What hangs under the first post: a card that leads to the story's page, or the picture alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkCard {
    /// The story's page; without one the picture hangs there alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<WebLink>,
    /// The card's title.
    pub title: String,
    /// What the card says under its title.
    pub description: String,
    /// The picture, drawn when it is sent; its [`Card::alt`] says the same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Card>,
}

/// A record that stands somewhere, to the byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ref {
    /// Its address, `at://…`.
    pub uri: String,
    /// The digest of its bytes.
    pub cid: String,
}

/// What a post replies to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The first post of the thread.
    pub root: Ref,
    /// The post it hangs under.
    pub parent: Ref,
}

impl Post {
    /// The record, posted at `at`.
    ///
    /// `picture` is the blob of the card's picture, once it is uploaded; without it a card has no picture, and a
    /// picture that would stand alone is left out. `quote` is the post it quotes.
    pub fn record(
        &self,
        at: DateTime<Utc>,
        reply: Option<&Reply>,
        picture: Option<Value>,
        quote: Option<&Ref>,
    ) -> Value {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        put("$type", POST.into());
        put("text", self.text.clone().into());
        put("createdAt", time(at).into());
        if !self.langs.is_empty() {
            put("langs", json!(self.langs));
        }
        if !self.facets.is_empty() {
            put("facets", self.facets.iter().map(Facet::record).collect());
        }
        if !self.tags.is_empty() {
            put("tags", json!(self.tags));
        }
        if let Some(reply) = reply {
            put("reply", json!(reply));
        }
        let media = self.card.as_ref().and_then(|card| card.embed(picture));
        let quoted = quote.map(|quote| json!({ "$type": "app.bsky.embed.record", "record": quote }));
        let embed = match (media, quoted) {
            (Some(media), Some(record)) => {
                Some(json!({ "$type": "app.bsky.embed.recordWithMedia", "media": media, "record": record }))
            }
            (media, quoted) => media.or(quoted),
        };
        if let Some(embed) = embed {
            put("embed", embed);
        }
        Value::Object(fields)
    }

    /// Puts a hashtag on a line of its own under the text; not done where it has no room.
    pub(super) fn with_tag(&mut self, tag: &str) -> bool {
        let label = format!("#{tag}");
        let longer = format!("{}\n\n{label}", self.text);
        let fits = Limit::BLUESKY_POST.fits(&longer);
        if fits {
            let end = longer.len();
            self.text = longer;
            self.facets.push(Facet { start: end - label.len(), end, what: Feature::Tag(tag.to_owned()) });
        }
        fits
    }

    /// Whether a reader finds the same words here, doing the same. What hangs under a post does not count: the picture
    /// of a story is drawn anew for each version.
    pub fn same_words(&self, other: &Self) -> bool {
        let Self { text, facets, langs, tags, card: _ } = self;
        (text, facets, langs, tags) == (&other.text, &other.facets, &other.langs, &other.tags)
    }
}

impl Facet {
    fn record(&self) -> Value {
        let feature = match &self.what {
            Feature::Link(link) => json!({ "$type": "app.bsky.richtext.facet#link", "uri": link.as_str() }),
            Feature::Tag(tag) => json!({ "$type": "app.bsky.richtext.facet#tag", "tag": tag }),
            Feature::Mention(did) => json!({ "$type": "app.bsky.richtext.facet#mention", "did": did }),
        };
        json!({ "index": { "byteStart": self.start, "byteEnd": self.end }, "features": [feature] })
    }
}

impl LinkCard {
    fn embed(&self, picture: Option<Value>) -> Option<Value> {
        let Some(uri) = &self.uri else {
            let image = json!({
                "image": picture?,
                "alt": self.picture.as_ref().map(Card::alt).unwrap_or_default(),
                "aspectRatio": { "width": Card::WIDTH, "height": Card::HEIGHT },
            });
            return Some(json!({ "$type": "app.bsky.embed.images", "images": [image] }));
        };
        let mut external =
            json!({ "uri": uri.as_str(), "title": self.title, "description": self.description });
        if let Some(picture) = picture {
            external["thumb"] = picture;
        }
        Some(json!({ "$type": "app.bsky.embed.external", "external": external }))
    }
}
