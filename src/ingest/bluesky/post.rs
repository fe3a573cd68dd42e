//! A post as a record.

use chrono::{DateTime, Utc};

use super::body::{answered_by, body, quoted_by, tags};
use super::labels::own_objection;
use super::uri::{PostUri, time_of};
use super::wire::Post;
use crate::ingest::field::fitted;
use crate::ingest::source::Skipped;
use crate::model::{Engagement, IncomingRecord, Platform, SourceClass};

/// What is known of a post beside its own words.
pub(super) struct Around<'a> {
    /// Which post it is.
    pub(super) uri: PostUri<'a>,
    /// Its author's name as records carry it; see [`author`].
    pub(super) author: String,
    /// When a server saw it first.
    pub(super) seen: Option<DateTime<Utc>>,
    /// When it was edited.
    pub(super) edited_at: Option<DateTime<Utc>>,
    /// Likes and answers.
    pub(super) engagement: Engagement,
}

/// How a record names the author of a post: the handle where it is known, as imports and members write it. Else the DID,
/// which says little to a reader but is the same in all posts of one account: so one person is counted once.
pub(super) fn author(did: &str, handle: Option<&str>) -> String {
    handle.and_then(super::uri::name_of).unwrap_or_else(|| did.to_owned())
}

/// When a post was published: when its author's client says, but not after a server saw it. Clients write 1970 and 2090.
pub(super) fn published_at(created: Option<&str>, seen: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    match (created.and_then(time_of), seen) {
        (Some(created), Some(seen)) => Some(created.min(seen)),
        (created, seen) => created.or(seen),
    }
}

/// The record of a post; `Skipped` when it says nothing, has no time, or its author does not want it told.
pub(super) fn record(post: &Post<'_>, around: Around<'_>) -> Result<IncomingRecord, Skipped> {
    let body = body(post).into_owned();
    record_with(post, body, around)
}

/// The same with the body that was already put together.
pub(super) fn record_with(
    post: &Post<'_>,
    body: String,
    around: Around<'_>,
) -> Result<IncomingRecord, Skipped> {
    let uri = around.uri;
    if let Some(objection) = own_objection(post) {
        return Err(Skipped::new(uri.to_string(), objection.why));
    }
    if body.trim().is_empty() {
        return Err(Skipped::new(uri.to_string(), "no words: a picture or film without a description"));
    }
    let Some(published_at) = published_at(post.created_at.as_deref(), around.seen) else {
        return Err(Skipped::new(uri.to_string(), "it has no time"));
    };
    Ok(fitted(IncomingRecord {
        platform: Platform::Bluesky,
        native_id: uri.to_string(),
        class: SourceClass::default_for(&Platform::Bluesky),
        permalink: uri.permalink(),
        author: Some(around.author),
        venue: "Bluesky".to_owned(),
        published_at,
        archived_seen_at: None,
        edited_at: around.edited_at,
        title: None,
        body,
        tags: tags(post),
        answers: answered_by(post),
        quotes: quoted_by(post),
        engagement: around.engagement,
        deleted: None,
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(post: &Value, seen: Option<&str>) -> Result<IncomingRecord, Skipped> {
        let uri = PostUri::new("did:plc:saltpan7", "3mcnrowan2k2x").unwrap();
        let around = Around {
            uri,
            author: author(uri.did, Some("ana.example")),
            seen: seen.map(|at| at.parse().unwrap()),
            edited_at: None,
            engagement: Engagement::default(),
        };
        record(&Post::of(post), around)
    }

    #[test]
    fn a_claimed_time_is_never_later_than_what_a_server_saw() {
        let seen = Some("2031-03-17T12:00:00Z");
        for (created, published) in [
            (json!("2031-03-17T11:59:58.5Z"), "2031-03-17T11:59:58.500Z"),
            (json!("1970-01-01T00:00:00Z"), "1970-01-01T00:00:00Z"),
            (json!("2090-01-01T00:00:00Z"), "2031-03-17T12:00:00Z"),
            (json!("2031-03-17T09:00:00.1"), "2031-03-17T09:00:00.100Z"),
            (json!("yesterday"), "2031-03-17T12:00:00Z"),
            (json!(7), "2031-03-17T12:00:00Z"),
            (json!(null), "2031-03-17T12:00:00Z"),
        ] {
            let record = read(&json!({ "text": "night trains", "createdAt": created }), seen).unwrap();
            assert_eq!(record.published_at, published.parse::<DateTime<Utc>>().unwrap(), "{created}");
        }
        assert!(read(&json!({ "text": "night trains" }), None).unwrap_err().why.contains("no time"));
    }

    #[test]
    fn a_record_names_the_handle_and_keeps_the_did_in_its_id() {
        let record =
            read(&json!({ "text": "night trains", "createdAt": "2031-03-17T11:00:00Z" }), None).unwrap();
        assert_eq!(record.author.as_deref(), Some("@ana.example"));
        assert_eq!(record.native_id, "at://did:plc:saltpan7/app.bsky.feed.post/3mcnrowan2k2x");
        assert_eq!(record.permalink, "https://bsky.app/profile/did:plc:saltpan7/post/3mcnrowan2k2x");
        assert_eq!(author("did:plc:saltpan7", Some("handle.invalid")), "did:plc:saltpan7");
    }

    #[test]
    fn what_its_author_labels_or_what_says_nothing_is_no_record() {
        let at = Some("2031-03-17T12:00:00Z");
        let labelled = |val: &str| json!({ "text": "words", "labels": { "$type": "com.atproto.label.defs#selfLabels", "values": [{ "val": val }] } });
        assert!(read(&labelled("porn"), at).unwrap_err().why.contains("porn"));
        assert!(read(&labelled("!no-unauthenticated"), at).unwrap_err().why.contains("wishes"));
        assert!(read(&labelled("harmless"), at).is_ok());
        for silent in [
            json!({ "text": " " }),
            json!({}),
            json!(null),
            json!({ "embed": { "images": [{ "alt": "" }] } }),
        ] {
            assert!(read(&silent, at).unwrap_err().why.contains("no words"), "{silent}");
        }
    }

    #[test]
    fn a_record_knows_what_it_answers_and_quotes() {
        let at = Some("2031-03-17T12:00:00Z");
        let post = |did: &str, key: &str| json!({ "uri": format!("at://{did}/app.bsky.feed.post/{key}"), "cid": "bafy" });
        let quote =
            json!({ "$type": "app.bsky.embed.record", "record": post("did:plc:marsh2", "3mcnquoted") });
        let media = json!({ "images": [{ "alt": "A quay." }] });
        let both = json!({ "$type": "app.bsky.embed.recordWithMedia", "record": quote, "media": media });
        let reply = json!({ "root": post("did:plc:marsh2", "3mcnroot"), "parent": post("did:plc:weir4", "3mcnparent") });
        let answered = Some("https://bsky.app/profile/did:plc:weir4/post/3mcnparent");
        let quoted = Some("https://bsky.app/profile/did:plc:marsh2/post/3mcnquoted");
        let list = json!({ "record": { "uri": "at://did:plc:marsh2/app.bsky.graph.list/3mcnlist" } });
        let by_handle = json!({ "parent": { "uri": "at://ana.example/app.bsky.feed.post/3mcn" } });
        for (fields, answers, quotes) in [
            (json!({ "reply": reply }), answered, None),
            (json!({ "embed": quote }), None, quoted),
            (json!({ "embed": both, "reply": reply }), answered, quoted),
            // One odd field costs itself alone.
            (json!({ "embed": both, "reply": reply, "tags": 7 }), answered, quoted),
            (json!({ "embed": list, "reply": 7 }), None, None),
            (json!({ "reply": by_handle }), None, None),
            (json!({ "reply": { "parent": post("did:plc:saltpan7", "3mcnrowan2k2x") } }), None, None),
            (json!({ "reply": { "parent": { "uri": "https://saltpan.example/1" } } }), None, None),
        ] {
            let mut value = json!({ "text": "night trains" });
            value.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            let record = read(&value, at).unwrap();
            assert_eq!((record.answers.as_deref(), record.quotes.as_deref()), (answers, quotes), "{fields}");
        }
    }

    #[test]
    fn a_huge_text_is_cut() {
        let record = read(&json!({ "text": "ä".repeat(100_000) }), Some("2031-03-17T12:00:00Z")).unwrap();
        assert_eq!(record.body.len(), 64 * 1024);
    }
}
