//! A post as its author's client wrote it, borrowed from the JSON it stands in.
//!
//! Read strictly and in one go, which is fast; a post that does not fit is read again field by field, so that one odd
//! field costs itself and not the post.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde_json::Value;

/// A text that borrows from its JSON unless something in it is escaped. (`Option<Cow<str>>` would always copy.)
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Borrowing;
        impl<'de> Visitor<'de> for Borrowing {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
            fn visit_string<E: Error>(self, text: String) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text)))
            }
        }
        d.deserialize_str(Borrowing)
    }
}

/// A post (`app.bsky.feed.post`). Nothing in it is required but by its readers.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Post<'a> {
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) created_at: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) facets: Option<Vec<Facet<'a>>>,
    #[serde(borrow)]
    pub(super) embed: Option<Embed<'a>>,
    #[serde(borrow)]
    pub(super) tags: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    pub(super) labels: Option<SelfLabels<'a>>,
    #[serde(borrow)]
    pub(super) reply: Option<Reply<'a>>,
}

/// Where a post stands in a conversation. Its first post (`root`) is nothing that it answers.
#[derive(Clone, Debug, serde::Deserialize)]
pub(super) struct Reply<'a> {
    #[serde(borrow)]
    pub(super) parent: Option<Reference<'a>>,
}

/// Another post, by its address.
#[derive(Clone, Debug, serde::Deserialize)]
pub(super) struct Reference<'a> {
    #[serde(borrow)]
    pub(super) uri: Option<Text<'a>>,
}

/// What a part of the text is. The places are bytes of UTF-8, as far as clients know what that is.
#[derive(Clone, Debug, serde::Deserialize)]
pub(super) struct Facet<'a> {
    pub(super) index: Option<ByteSlice>,
    #[serde(borrow)]
    pub(super) features: Option<Vec<Feature<'a>>>,
}

#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ByteSlice {
    pub(super) byte_start: Option<i64>,
    pub(super) byte_end: Option<i64>,
}

/// A link (`uri`) or a hashtag (`tag`); mentions have neither.
#[derive(Clone, Debug, serde::Deserialize)]
pub(super) struct Feature<'a> {
    #[serde(borrow)]
    pub(super) uri: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) tag: Option<Text<'a>>,
}

/// What hangs on a post: a link card, pictures, a video, another post, or media and a post.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub(super) struct Embed<'a> {
    #[serde(borrow)]
    pub(super) external: Option<Card<'a>>,
    #[serde(borrow)]
    pub(super) images: Option<Vec<Picture<'a>>>,
    /// A gallery's pictures.
    #[serde(borrow)]
    pub(super) items: Option<Vec<Picture<'a>>>,
    /// What a video shows.
    #[serde(borrow)]
    pub(super) alt: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) record: Option<Quoted<'a>>,
    #[serde(borrow)]
    pub(super) media: Option<Box<Embed<'a>>>,
}

#[derive(Clone, Debug, serde::Deserialize)]
pub(super) struct Card<'a> {
    #[serde(borrow)]
    pub(super) uri: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) title: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) description: Option<Text<'a>>,
}

#[derive(Clone, Debug, serde::Deserialize)]
pub(super) struct Picture<'a> {
    #[serde(borrow)]
    pub(super) alt: Option<Text<'a>>,
}

/// A reference to another record; beside media it is one level deeper.
#[derive(Clone, Debug, serde::Deserialize)]
pub(super) struct Quoted<'a> {
    #[serde(borrow)]
    pub(super) uri: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) record: Option<Box<Quoted<'a>>>,
}

/// What an author says of the own post.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub(super) struct SelfLabels<'a> {
    #[serde(borrow)]
    pub(super) values: Option<Vec<SelfLabel<'a>>>,
}

#[derive(Clone, Debug, serde::Deserialize)]
pub(super) struct SelfLabel<'a> {
    #[serde(borrow)]
    pub(super) val: Option<Text<'a>>,
}

impl<'a> Post<'a> {
    /// Reads a post as it should be, else what of it can be read.
    pub(super) fn of(value: &'a Value) -> Self {
        Self::deserialize(value).unwrap_or_else(|_| Self {
            text: field(value, "text"),
            created_at: field(value, "createdAt"),
            facets: Some(items(value.get("facets"))),
            embed: value.get("embed").map(Embed::of),
            tags: Some(items(value.get("tags"))),
            labels: value
                .get("labels")
                .map(|labels| SelfLabels { values: Some(items(labels.get("values"))) }),
            reply: field(value, "reply"),
        })
    }
}

impl<'a> Embed<'a> {
    fn of(value: &'a Value) -> Self {
        Self::deserialize(value).unwrap_or_else(|_| Self {
            external: value.get("external").map(|card| Card {
                uri: field(card, "uri"),
                title: field(card, "title"),
                description: field(card, "description"),
            }),
            images: Some(items(value.get("images"))),
            items: Some(items(value.get("items"))),
            alt: field(value, "alt"),
            record: field(value, "record"),
            media: value.get("media").map(|media| Box::new(Embed::of(media))),
        })
    }
}

/// A field if it is there and has its shape.
pub(super) fn field<'a, T: Deserialize<'a>>(value: &'a Value, name: &str) -> Option<T> {
    T::deserialize(value.get(name)?).ok()
}

/// The items of a list that have their shape.
pub(super) fn items<'a, T: Deserialize<'a>>(list: Option<&'a Value>) -> Vec<T> {
    let list = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(|item| T::deserialize(item).ok()).collect()
}
