//! A question as it is kept until it is answered, and what can be known of a post before it is read.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::mail::{Mail, POST};
use super::read::{Asked, Heard};
use crate::model::StoryCode;
use crate::publish::bluesky::{Ref, Reply};

/// What is kept of a question: not its words, only what was understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Question {
    /// What the answer hangs under.
    pub(super) reply: Reply,
    /// What is asked.
    pub(super) asked: Asked,
    /// The story it stands under, or quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<StoryCode>,
    /// A wish to be left alone silences the whole thread.
    #[serde(default)]
    pub(super) whole_thread: bool,
}

/// A post taken apart, with nothing believed of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Opened {
    text: String,
    cut: Vec<Range<usize>>,
    carries: bool,
    others: usize,
    /// It names our account.
    pub(super) addressed: bool,
    /// The first post of its thread: itself, if it replies to nothing.
    pub(super) root: Option<Ref>,
    /// The post it replies to.
    pub(super) parent: Option<String>,
    /// A post it quotes.
    pub(super) quotes: Option<String>,
}

fn text_at<'v>(value: &'v Value, path: &str) -> Option<&'v str> {
    value.pointer(path).and_then(Value::as_str)
}

impl Opened {
    pub(super) fn of(mail: &Mail, us: &str) -> Self {
        let record = &mail.record;
        let mut opened =
            Self { text: text_at(record, "/text").unwrap_or_default().to_owned(), ..Self::default() };
        for facet in record.get("facets").and_then(Value::as_array).into_iter().flatten() {
            let byte =
                |name| facet.pointer(name).and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok());
            let (Some(start), Some(end)) = (byte("/index/byteStart"), byte("/index/byteEnd")) else {
                continue;
            };
            for feature in facet.get("features").and_then(Value::as_array).into_iter().flatten() {
                match text_at(feature, "/$type") {
                    Some("app.bsky.richtext.facet#mention") => {
                        if text_at(feature, "/did") == Some(us) {
                            opened.addressed = true;
                        } else {
                            opened.others += 1;
                        }
                        opened.cut.push(Range { start, end });
                    }
                    Some("app.bsky.richtext.facet#link") => {
                        opened.carries = true;
                        opened.cut.push(Range { start, end });
                    }
                    Some(_) | None => {}
                }
            }
        }
        opened.carries |= record.get("embed").is_some();
        opened.quotes = text_at(record, "/embed/record/uri")
            .or_else(|| text_at(record, "/embed/record/record/uri"))
            .map(str::to_owned);
        let of = |path: &str| {
            let part = |name: &str| text_at(record, &format!("{path}/{name}")).map(str::to_owned);
            Some(Ref { uri: part("uri")?, cid: part("cid")? })
        };
        opened.parent = text_at(record, "/reply/parent/uri").map(str::to_owned);
        opened.root = of("/reply/root");
        opened
    }

    /// The post as it is read.
    pub(super) fn heard<'a>(&'a self, handle: &'a str, under_story: bool) -> Heard<'a> {
        Heard {
            text: &self.text,
            cut: self.cut.clone(),
            handle,
            addressed: self.addressed,
            others: self.others,
            carries: self.carries,
            under_story,
        }
    }

    /// What an answer to it hangs under.
    pub(super) fn reply(&self, mail: &Mail) -> Reply {
        let parent = Ref { uri: mail.uri.clone(), cid: mail.cid.clone() };
        Reply { root: self.root.clone().unwrap_or_else(|| parent.clone()), parent }
    }
}

/// Whose repository an address points into.
pub(super) fn owner(uri: &str) -> &str {
    uri.strip_prefix("at://").and_then(|rest| rest.split('/').next()).unwrap_or_default()
}

/// The key of a post of `us`.
pub(super) fn our_key<'u>(uri: &'u str, us: &str) -> Option<&'u str> {
    uri.strip_prefix("at://")?.strip_prefix(us)?.strip_prefix('/')?.strip_prefix(POST)?.strip_prefix('/')
}
