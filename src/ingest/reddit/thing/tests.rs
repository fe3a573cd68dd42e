//! Things as Reddit and its archives write them, also the odd ones.

use std::path::Path;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::ingest::testing::{bent, check, damaged, payloads};

/// A post with `fields` over the usual ones.
fn post(fields: Value) -> Value {
    let mut data = json!({
        "name": "t3_1xq7ssn", "id": "1xq7ssn", "author": "ana_s", "subreddit": "MarrowCoast", "title": "Night train is back",
        "selftext": "From **2 June** it runs again.", "is_self": true, "created_utc": 1_931_540_000.0, "edited": false,
        "permalink": "/r/MarrowCoast/comments/1xq7ssn/night_train/", "url": "https://www.reddit.com/r/MarrowCoast/comments/1xq7ssn/night_train/",
        "score": 12, "num_comments": 3, "over_18": false, "removed_by_category": null,
    });
    merge(&mut data, fields);
    json!({"kind": "t3", "data": data})
}

fn comment(fields: Value) -> Value {
    let mut data = json!({
        "name": "t1_k9z", "author": "bo", "subreddit": "MarrowCoast", "body": "> it runs again\n\nAt last.", "created_utc": 1_931_540_100,
        "link_id": "t3_1xq7ssn", "parent_id": "t3_1xq7ssn", "permalink": "/r/MarrowCoast/comments/1xq7ssn/night_train/k9z/",
    });
    merge(&mut data, fields);
    json!({"kind": "t1", "data": data})
}

fn merge(data: &mut Value, fields: Value) {
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    data.as_object_mut().unwrap().extend(fields);
}

#[test]
fn a_post_and_a_comment_are_read_as_they_are_written() {
    let record = thing(&post(json!({"link_flair_text": " News ", "edited": 1_931_540_060.0}))).unwrap();
    assert_eq!((record.native_id.as_str(), record.venue.as_str()), ("t3_1xq7ssn", "r/MarrowCoast"));
    assert_eq!(record.permalink, "https://www.reddit.com/r/MarrowCoast/comments/1xq7ssn/night_train/");
    assert_eq!(
        (record.author.as_deref(), record.body.as_str()),
        (Some("u/ana_s"), "From **2 June** it runs again.")
    );
    assert_eq!(record.edited_at.map(|at| at.timestamp()), Some(1_931_540_060));
    assert_eq!((record.tags.as_slice(), record.deleted), (["News".to_owned()].as_slice(), None));
    assert_eq!((record.engagement.score, record.engagement.replies), (Some(12), Some(3)));

    let record = thing(&comment(json!({"score": 4, "score_hidden": true}))).unwrap();
    assert_eq!((record.native_id.as_str(), record.title, record.engagement.score), ("t1_k9z", None, None));
    assert_eq!(native_id(&Platform::Reddit, &record.permalink).as_deref(), Some("t1_k9z"));
}

#[test]
fn a_comment_answers_a_post_or_a_comment_and_a_crosspost_quotes_its_parent() {
    let post_at = Some("https://www.reddit.com/comments/1xq7ssn/");
    let comment_at = Some("https://www.reddit.com/comments/1xq7ssn/comment/k9a/");
    for (fields, answers) in [
        (json!({}), post_at),
        (json!({"parent_id": "t1_K9A"}), comment_at),
        // Its own address tells of the post too.
        (json!({"parent_id": "t1_k9a", "link_id": null}), comment_at),
        (json!({"parent_id": "t1_k9z"}), None),
        (json!({"parent_id": 45_102}), None),
        (json!({"parent_id": null}), None),
        (json!({"parent_id": "k9a"}), None),
        (json!({"parent_id": "t1_../../x"}), None),
        (json!({"body": "[deleted]", "author": "[deleted]"}), None),
    ] {
        let record = thing(&comment(fields.clone())).unwrap();
        assert_eq!((record.answers.as_deref(), record.quotes), (answers, None), "{fields}");
    }
    let bare = json!({"id": "k9z", "author": "bo", "body": "At last.", "created_utc": "1931540100", "link_id": "t3_1xq7ssn", "parent_id": "t1_k9a"});
    let line = dump_line(bare.to_string().as_bytes()).unwrap().unwrap();
    assert_eq!(line.answers.as_deref(), comment_at);

    let list = json!([{"permalink": "/r/u_bo/comments/1xq000/a_secret/"}]);
    for (fields, quotes) in [
        (
            json!({"crosspost_parent": "t3_1xq000", "crosspost_parent_list": list}),
            Some("https://www.reddit.com/comments/1xq000/"),
        ),
        (json!({"crosspost_parent": "t3_1xq7ssn"}), None),
        (json!({"crosspost_parent": "t1_1xq000"}), None),
        (json!({"parent_id": "t3_1xq000"}), None),
    ] {
        let record = thing(&post(fields.clone())).unwrap();
        assert_eq!((record.answers, record.quotes.as_deref()), (None, quotes), "{fields}");
    }
}

#[test]
fn what_a_post_links_to_stands_below_its_words() {
    let body = |fields| thing(&post(fields)).unwrap().body;
    let link = json!({"is_self": false, "selftext": "", "url": "https://ledger.example/train?a=1&b=2"});
    assert_eq!(body(link), "https://ledger.example/train?a=1&b=2");
    let both = json!({"is_self": false, "selftext": "Read this.", "url": "https://ledger.example/train"});
    assert_eq!(body(both), "Read this.\n\nhttps://ledger.example/train");
    let said = json!({"is_self": false, "selftext": "See [here](https://ledger.example/train).", "url": "https://ledger.example/train"});
    assert_eq!(body(said), "See [here](https://ledger.example/train).");
    // A crosspost names its parent, and what that links to.
    let parent = json!([{"permalink": "/r/Trains/comments/1abc/back/", "selftext": "somebody else's words"}]);
    let crosspost = json!({"is_self": false, "selftext": "", "url": "/r/Trains/comments/1abc/back/", "crosspost_parent": "t3_1abc", "crosspost_parent_list": parent});
    assert_eq!(body(crosspost), "https://www.reddit.com/r/Trains/comments/1abc/back/");
    let linking = json!({"is_self": false, "selftext": "", "url": "https://ledger.example/train", "crosspost_parent": "t3_1abc"});
    assert_eq!(body(linking), "https://ledger.example/train\n\nhttps://www.reddit.com/comments/1abc/");
    for own in [
        "https://i.redd.it/abc.jpg",
        "https://v.redd.it/abc",
        "https://www.reddit.com/gallery/1xq7ssn",
        "javascript:alert(1)",
        "",
    ] {
        assert_eq!(body(json!({"is_self": false, "selftext": "", "url": own})), "", "{own}");
    }
}

#[test]
fn every_sign_of_a_removal_is_believed_and_nothing_of_the_text_is_kept() {
    use TombstoneReason::{Author, Moderator};
    for (value, reason) in [
        (post(json!({"selftext": "[deleted]", "author": "[deleted]"})), Author),
        (post(json!({"selftext": "[removed]"})), Moderator),
        (post(json!({"title": "[deleted by user]", "selftext": ""})), Author),
        (post(json!({"title": "[ Removed by Reddit ]"})), Moderator),
        (post(json!({"selftext": "[ Removed by Reddit on account of violating a rule ]"})), Moderator),
        (post(json!({"removed_by_category": "deleted"})), Author),
        (post(json!({"removed_by_category": "moderator"})), Moderator),
        (post(json!({"removed_by_category": "somebody_new"})), Moderator),
        (post(json!({"removed_by_category": 7})), Moderator),
        (post(json!({"author": null})), Author),
        (
            post(
                json!({"author": "[deleted]", "is_self": false, "selftext": "", "url": "https://ledger.example/"}),
            ),
            Author,
        ),
        (post(json!({"over_18": true, "removed_by_category": "reddit"})), Moderator),
        (comment(json!({"body": "[removed]", "author": "[deleted]"})), Moderator),
        (comment(json!({"author": "[deleted]"})), Author),
        (
            comment(
                json!({"body": "[deleted]", "author": "[deleted]", "created_utc": null, "link_id": null, "permalink": null}),
            ),
            Author,
        ),
    ] {
        let record = thing(&value).unwrap();
        assert_eq!(record.deleted, Some(reason), "{value}");
        assert_eq!((record.title, record.body.as_str(), record.author), (None, "", None), "{value}");
    }
    for text in
        ["[deleted scene](https://a.example) [removed]", "I [removed] it", "[removed bolts]", "[serious]"]
    {
        assert_eq!(thing(&comment(json!({"body": text}))).unwrap().deleted, None, "{text}");
    }
}

#[test]
fn who_asks_machines_to_stay_away_is_left_alone() {
    let shy = post(json!({"is_robot_indexable": false}));
    assert!(thing(&shy).unwrap_err().why.contains("machines"));
    assert_eq!(stored_thing(&shy).unwrap().deleted, Some(TombstoneReason::Moderator));
    assert_eq!(thing(&post(json!({"over_18": true}))).unwrap_err().why, "it is for adults");
    assert_eq!(thing(&post(json!({"quarantine": true}))).unwrap_err().why, "it is quarantined");
    assert!(thing(&post(json!({"stickied": true}))).is_ok());
}

#[test]
fn odd_things_are_skipped_with_a_reason() {
    for (value, why) in [
        (json!({"kind": "more", "data": {"id": "abc", "children": ["a"]}}), "of kind `more`"),
        (json!({"kind": "t2", "data": {"id": "abc"}}), "of kind `t2`"),
        (
            json!({"kind": "more", "data": {"name": "t1_abc", "id": "abc", "children": ["abc"], "parent_id": "t3_a"}}),
            "of kind `more`",
        ),
        (json!({"kind": "t1", "data": {"name": "t1_abc", "id": "abc"}}), "neither a post nor a comment"),
        (json!({"kind": "t3", "data": {"title": "x"}}), "it has no id"),
        (json!({"kind": "t3", "data": {"id": "a/b", "title": "x"}}), "it has no id"),
        (json!({}), "neither a post nor a comment"),
        (json!(null), "invalid type"),
        (json!("t3"), "invalid type"),
        (post(json!({"created_utc": "soon"})), "it has no time"),
        (post(json!({"created_utc": 1e300})), "it has no time"),
        (post(json!({"title": "", "selftext": "  "})), "neither title nor text"),
        (post(json!({"title": 7})), "invalid type"),
        (comment(json!({"permalink": null, "link_id": null})), "it has no address"),
    ] {
        let skipped = thing(&value).unwrap_err();
        assert!(skipped.why.contains(why), "{value}: {}", skipped.why);
    }
    let huge = thing(&post(json!({"selftext": "ä".repeat(200_000)}))).unwrap();
    assert!(huge.body.len() <= 64 * 1024 && huge.body.len() > 65_000);
}

#[test]
fn a_wrong_permalink_is_made_anew_from_the_name() {
    let record = thing(&post(json!({"permalink": "/r/Other/comments/zzz/x/"}))).unwrap();
    assert_eq!(record.permalink, "https://www.reddit.com/r/MarrowCoast/comments/1xq7ssn/");
    let record = thing(&comment(json!({"permalink": "https://elsewhere.example/"}))).unwrap();
    assert_eq!(record.permalink, "https://www.reddit.com/r/MarrowCoast/comments/1xq7ssn/comment/k9z/");
}

#[test]
fn lines_of_archives_old_and_new_are_the_records_that_a_scan_would_find() {
    let read = |line: &Value| dump_line(line.to_string().as_bytes()).unwrap().unwrap();
    let scanned = thing(&post(json!({}))).unwrap();
    let new = post(json!({"name": null, "retrieved_on": 1_940_000_000}))["data"].clone();
    assert_eq!(read(&new), scanned);
    let old = json!({"id": "1xq7ssn", "author": "ana_s", "subreddit": "MarrowCoast", "title": "Night train is back",
        "selftext": "", "is_self": true, "created_utc": "1931540000", "edited": true, "score": 2});
    let record = read(&old);
    assert_eq!(
        (record.native_id.as_str(), record.published_at, record.edited_at),
        ("t3_1xq7ssn", scanned.published_at, None)
    );
    assert_eq!(record.permalink, "https://www.reddit.com/r/MarrowCoast/comments/1xq7ssn/");
    let old = json!({"id": "K9Z", "author": "bo", "subreddit": "MarrowCoast", "body": "At last.", "created_utc": 1_931_540_100,
        "link_id": "t3_1xq7ssn", "parent_id": "t1_k9a", "retrieved_on": 1_940_000_000});
    let record = read(&old);
    assert_eq!((record.native_id.as_str(), record.archived_seen_at), ("t1_k9z", None));
    assert_eq!(native_id(&Platform::Reddit, &record.permalink).as_deref(), Some("t1_k9z"));

    assert_eq!(dump_line(b" \r\n"), Ok(None));
    for bad in [&b"[]"[..], b"null", b"{\"id\":", b"{}", b"\xff\xfe", b"{\"id\":\"a\",\"body\":\"x\xff\"}"] {
        assert!(dump_line(bad).is_err(), "{bad:?}");
    }
}

/// All things in a recorded answer, however deep.
fn things_in<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    if value.get("data").is_some() && matches!(value["kind"].as_str(), Some("t1" | "t3" | "more")) {
        found.push(value);
    }
    match value {
        Value::Array(list) => list.iter().for_each(|inner| things_in(inner, found)),
        Value::Object(fields) => fields.values().for_each(|inner| things_in(inner, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_recorded_things_are_read() {
    let Some(folder) = payloads("reddit") else { return };
    let read = |file: &Path| -> (usize, usize, usize) {
        let value: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let mut found = Vec::new();
        things_in(&value, &mut found);
        let (mut standing, mut gone, mut skipped) = (0, 0, 0);
        for one in found {
            match thing(one) {
                Ok(record) if record.deleted.is_some() => gone += 1,
                Ok(record) => {
                    assert_eq!(
                        native_id(&Platform::Reddit, &record.permalink),
                        Some(record.native_id),
                        "{file:?}"
                    );
                    let is_comment = one["kind"] == "t1";
                    assert_eq!(record.answers.is_some(), is_comment, "{file:?}: comments answer something");
                    standing += 1;
                }
                Err(why) => {
                    assert!(!why.why.contains("invalid type"), "{file:?}: {}", why.why);
                    skipped += 1;
                }
            }
        }
        (standing, gone, skipped)
    };
    for (name, expected) in [
        ("front_new_2016", (24, 0, 1)),
        ("info_comment_2022", (1, 0, 0)),
        ("info_deleted_comment", (0, 1, 0)),
        ("info_deleted_comment_after_delete", (0, 1, 0)),
        ("info_removed_comment_2017", (1, 0, 0)),
        ("info_submission_2022", (1, 0, 0)),
        ("info_unknown_id_empty_listing", (0, 0, 0)),
        ("search_2016", (6, 0, 0)),
        ("stream_all_comments_before_2016", (4, 0, 0)),
        // One comment whose text stands and whose author is gone; eleven stubs.
        ("thread_comments_more_2017", (10, 1, 11)),
        ("thread_context_2025", (1, 0, 1)),
        ("thread_deleted_author_2020", (0, 1, 0)),
        ("thread_deleted_author_video_2020", (0, 1, 0)),
        ("thread_deleted_selfpost_2016", (3, 2, 0)),
        ("thread_edited_2022", (3, 0, 0)),
        ("thread_poll_edited_2020", (4, 0, 0)),
        ("thread_removed_by_category_2020", (4, 1, 0)),
        ("thread_removed_by_category_2025", (0, 1, 0)),
    ] {
        assert_eq!(read(&folder.join(format!("{name}.json"))), expected, "{name}");
    }
}

proptest! {
    #[test]
    fn what_reddit_sends_becomes_a_record_or_none(
        post in bent(post(json!({
            "is_self": false, "crosspost_parent": "t3_abc", "crosspost_parent_list": [{"permalink": "/r/a/comments/abc/x/"}],
            "link_flair_text": "News", "removed": false, "quarantine": false, "is_robot_indexable": true,
        }))),
        comment in bent(comment(json!({"score": 3, "score_hidden": false}))),
    ) {
        for odd in [post, comment] {
            thing(&odd).iter().for_each(check);
            stored_thing(&odd).iter().for_each(check);
        }
    }

    #[test]
    fn what_becomes_of_a_line_is_a_record_or_none(
        line in damaged(vec![post(json!({})), comment(json!({}))].into_iter().map(|one| one["data"].to_string().into_bytes()).collect()),
    ) {
        dump_line(&line).ok().flatten().iter().for_each(check);
    }
}
