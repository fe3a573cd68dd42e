//! What is written is there, whole, under the name that was computed for it.

use newsdesk::bluesky::{Account, Purpose, Write, XrpcError, blob_of, cid_of};
use serde_json::{Value, json};

use super::{APPLY, Line, POST, create, key, post};
use crate::support::bluesky::{Fault, What};

/// A small picture that servers take for what it is.
fn png() -> Vec<u8> {
    let mut map = resvg::tiny_skia::Pixmap::new(8, 8).unwrap();
    map.fill(resvg::tiny_skia::Color::from_rgba8(20, 90, 160, 255));
    map.encode_png().unwrap()
}

/// Posts with everything a post can have, each replying to the one before.
fn rich_thread(did: &str, picture: &Value) -> Vec<(String, Value)> {
    let mut posts: Vec<(String, Value)> = Vec::new();
    let texts =
        ["Night trains return 🚂🇦🇹", "Zürich — Wien: „täglich“ ab 8. Mai 👩‍👩‍👧‍👦", "", "the end\n\n\u{1F9EA}"];
    for (n, text) in texts.iter().enumerate() {
        let mut record = post(text);
        record["langs"] = json!(["de", "en-GB"]);
        record["tags"] = json!(["nachtzüge"]);
        record["facets"] = json!([{
            "index": { "byteStart": 0, "byteEnd": text.len() },
            "features": [
                { "$type": "app.bsky.richtext.facet#link", "uri": "https://desk.example/s/abc?x=1&y=ü" },
                { "$type": "app.bsky.richtext.facet#mention", "did": did },
            ],
        }]);
        record["labels"] = json!({
            "$type": "com.atproto.label.defs#selfLabels", "values": [{ "val": "bot" }],
        });
        record["embed"] = if n % 2 == 0 {
            json!({ "$type": "app.bsky.embed.external", "external": {
                "uri": "https://desk.example/s/abc", "title": "Night trains", "description": "…", "thumb": picture,
            } })
        } else {
            json!({ "$type": "app.bsky.embed.images", "images": [{
                "image": picture, "alt": "A chart", "aspectRatio": { "width": 8, "height": 8 },
            }] })
        };
        if let (Some((first, root)), Some((last, parent))) = (posts.first(), posts.last()) {
            let named = |key: &str, record: &Value| json!({ "uri": format!("at://{did}/{POST}/{key}"), "cid": cid_of(record).unwrap() });
            record["reply"] = json!({ "root": named(first, root), "parent": named(last, parent) });
        }
        posts.push((key(n as u64), record));
    }
    posts
}

#[tokio::test]
async fn a_thread_is_written_at_once_and_every_digest_was_known_before() {
    let line = Line::new().await;
    let account = line.open().await;
    let bytes = png();
    let picture = account.upload(bytes.clone(), "image/png").await.unwrap();
    assert_eq!(picture, blob_of(&bytes, "image/png"));

    let did = account.did().to_string();
    let expected = rich_thread(&did, &picture);
    let mut writes: Vec<Write> = expected
        .iter()
        .map(|(key, record)| Write::Create {
            collection: POST.into(),
            key: key.clone(),
            record: record.clone(),
        })
        .collect();
    let gate = json!({
        "$type": "app.bsky.feed.threadgate", "post": format!("at://{did}/{POST}/{}", expected[0].0),
        "allow": [], "createdAt": "2031-03-17T12:00:00.000Z", "hiddenReplies": [],
    });
    writes.push(Write::Create {
        collection: "app.bsky.feed.threadgate".into(),
        key: key(0),
        record: gate.clone(),
    });
    account.apply(&writes, Purpose::Story).await.unwrap();
    assert_eq!(line.proxy.calls(APPLY), 1);
    for (key, record) in &expected {
        let (cid, found) = account.record_at(POST, key).await.unwrap().unwrap();
        assert_eq!((&cid, &found), (&cid_of(record).unwrap(), record));
    }
    assert_eq!(
        account.cid_at("app.bsky.feed.threadgate", &key(0)).await.unwrap(),
        Some(cid_of(&gate).unwrap())
    );

    // Numbers, bytes, links, nothing, and names that sort differently by length and by letter: a lexicon of our own.
    let odd = json!({
        "$type": "example.desk.odd", "b": 1, "aa": -7, "a": 9_007_199_254_740_991_i64, "": true, "ü": null, "zzz": [],
        "bytes": { "$bytes": "aGVsbG8" }, "link": { "$link": cid_of(&gate).unwrap() }, "deep": { "x": [{ "y": {} }] },
    });
    let changed = json!({ "$type": POST, "text": "changed", "createdAt": "2031-03-17T12:00:00.000Z" });
    account
        .apply(
            &[
                Write::Create {
                    collection: "example.desk.odd".into(),
                    key: "one".into(),
                    record: odd.clone(),
                },
                Write::Update { collection: POST.into(), key: key(0), record: changed.clone() },
                Write::Delete { collection: POST.into(), key: key(1) },
            ],
            Purpose::Story,
        )
        .await
        .unwrap();
    assert_eq!(account.cid_at("example.desk.odd", "one").await.unwrap(), Some(cid_of(&odd).unwrap()));
    assert_eq!(account.cid_at(POST, &key(0)).await.unwrap(), Some(cid_of(&changed).unwrap()));
    assert_eq!(account.cid_at(POST, &key(1)).await.unwrap(), None);
}

async fn stands(account: &Account, n: u64) -> bool {
    account.cid_at(POST, &key(n)).await.unwrap().is_some()
}

#[tokio::test]
async fn whatever_became_of_an_answer_looking_tells() {
    let line = Line::new().await;
    let account = line.open().await;
    let faults = [
        (What::LostAnswer, true),
        (What::LostRequest, false),
        (What::Status(500), false),
        (What::StatusAfter(502), true),
        (What::HalfAnswer, true),
        (What::Garbage, true),
    ];
    for (n, (what, done)) in (1..).zip(faults) {
        line.proxy.fault(Fault::new(what.clone()).on(APPLY));
        let err = account.apply(&[create(n, post("one"))], Purpose::Story).await.unwrap_err();
        assert!(matches!(err, XrpcError::Unclear { .. }), "{what:?}: {err}");
        assert!(!err.certainly_not_done());
        assert_eq!(stands(&account, n).await, done, "{what:?}");
    }
    // A key that is taken is answered like trouble over there, and nothing of the rest is written.
    let err =
        account.apply(&[create(99, post("new")), create(1, post("one"))], Purpose::Story).await.unwrap_err();
    assert!(matches!(err, XrpcError::Unclear { .. }), "{err}");
    assert!(!stands(&account, 99).await);
    assert_eq!(account.cid_at(POST, &key(1)).await.unwrap(), Some(cid_of(&post("one")).unwrap()));
    // So is what is not there, and is to be changed or deleted.
    let (collection, missing) = (POST.to_owned(), key(98));
    for write in [
        Write::Delete { collection: collection.clone(), key: missing.clone() },
        Write::Update { collection, key: missing, record: post("one") },
    ] {
        let err = account.apply(&[create(97, post("new")), write], Purpose::Story).await.unwrap_err();
        assert!(matches!(err, XrpcError::Unclear { .. }), "{err}");
        assert!(!stands(&account, 97).await && !stands(&account, 98).await);
    }
    assert_eq!(line.proxy.calls(APPLY), 9, "nothing was sent again by itself");
}

#[tokio::test]
async fn what_the_server_refuses_was_not_done() {
    let line = Line::new().await;
    let account = line.open().await;
    let long = post(&"x".repeat(301));
    let err = account.apply(&[create(1, post("fine")), create(2, long)], Purpose::Story).await.unwrap_err();
    assert!(matches!(&err, XrpcError::Refused { status: 400, .. }), "{err}");
    assert!(!stands(&account, 1).await, "all or nothing");
}

#[tokio::test]
async fn nobodys_change_to_the_profile_is_lost() {
    let line = Line::new().await;
    let account = line.open().await;
    let profile = |name: &str| json!({ "$type": "app.bsky.actor.profile", "displayName": name });
    assert_eq!(account.profile().await.unwrap(), None);
    account.put_profile(&profile("Desk"), None).await.unwrap();
    let (cid, found) = account.profile().await.unwrap().unwrap();
    assert_eq!((&cid, found), (&cid_of(&profile("Desk")).unwrap(), profile("Desk")));

    account.put_profile(&profile("Desk of the north"), Some(&cid)).await.unwrap();
    for stale in [Some(cid.as_str()), None] {
        let err = account.put_profile(&profile("Mine"), stale).await.unwrap_err();
        assert_eq!(err.name(), Some("InvalidSwap"), "{err}");
    }
    assert_eq!(account.profile().await.unwrap().unwrap().1, profile("Desk of the north"));
}
