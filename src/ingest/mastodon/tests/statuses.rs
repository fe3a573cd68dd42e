//! What becomes of a status.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::status::{self, Addresses, Read};
use super::{minute, read, with};
use crate::ingest::testing::{bent, check, payloads};

#[test]
fn copies_on_several_servers_are_one_record_with_one_text() {
    let here = with(
        minute(5),
        json!({"content": "<p>To <a href=\"https://reef.example/tags/Rail\" class=\"mention hashtag\" rel=\"tag\">#<span>Rail</span></a>: <a href=\"https://ledger.example/a?x=1&amp;y=2\" target=\"_blank\" rel=\"nofollow noopener\" translate=\"no\"><span class=\"invisible\">https://</span>ledger</a><br /></p>"}),
    );
    let there = with(
        here.clone(),
        json!({"id": "777", "account": {"acct": "ana@reef.example"}, "content": "<p>To <a class=\"mention hashtag\" href=\"https://reef.example/tags/Rail\" rel=\"nofollow noopener\" target=\"_blank\">#<span>Rail</span></a>: <a href=\"https://ledger.example/a?x=1&amp;y=2\" rel=\"nofollow noopener\" target=\"_blank\"><span class=\"invisible\">https://</span>ledger</a><br></p>"}),
    );
    let one = read(&here).unwrap();
    let Read::Record(other) =
        status::read(&there, "saltpan.example", "#trains@saltpan.example", &Addresses::new())
    else {
        panic!("it is a record")
    };
    assert_eq!((&one.native_id, &one.body, &one.author), (&other.native_id, &other.body, &other.author));
    assert_eq!(one.author.as_deref(), Some("@ana@reef.example"));
    assert_eq!(one.native_id, "https://reef.example/@ana/5");
    assert_eq!(
        one.body,
        "<p>To <a href=\"https://reef.example/tags/Rail\" class=\"mention hashtag\">#<span>Rail</span></a>: \
         <a href=\"https://ledger.example/a?x=1&amp;y=2\"><span class=\"invisible\">https://</span>ledger</a><br></p>"
    );
    let no_url = with(minute(5), json!({"url": null}));
    assert_eq!(read(&no_url).unwrap().native_id, one.native_id, "the address for servers is the same record");
    let forged = with(minute(5), json!({"uri": "https://fake.example/users/x/statuses/1"}));
    assert_eq!(
        read(&forged).unwrap().native_id,
        "https://fake.example/@x/1",
        "nobody writes as another host"
    );
}

#[test]
fn what_stands_beside_the_words_is_marked_as_such() {
    let status = with(
        minute(5),
        json!({
            "spoiler_text": "Rail & <sea>", "sensitive": true,
            "content": "<p class=\"quote-inline\">RE: <a href=\"https://saltpan.example/@bo/7\">x</a></p><p>Look</p>",
            "quote": {"state": "accepted", "quoted_status": {"url": "https://saltpan.example/@bo/7", "uri": "https://saltpan.example/users/bo/statuses/7"}},
            "poll": {"options": [{"title": "By day", "votes_count": 3}, {"title": "By night"}]},
            "media_attachments": [{"type": "image", "description": "A map\nof the coast"}, {"type": "video", "description": null}, {"type": "audio", "description": "A whistle"}],
            "tags": [{"name": "rail"}, {}], "edited_at": "2031-03-17T18:00:00.000Z", "favourites_count": 4, "replies_count": 2,
        }),
    );
    let record = read(&status).unwrap();
    assert_eq!(
        record.body,
        "<p>[Content warning: Rail &amp; &lt;sea&gt;]</p><p>Look</p>\
         <p class=\"quote-inline\"><a href=\"https://saltpan.example/@bo/7\">https://saltpan.example/@bo/7</a></p>\
         <p>[Poll option: By day]</p><p>[Poll option: By night]</p>\
         <p>[Picture: A map of the coast]</p><p>[Audio: A whistle]</p>"
    );
    assert_eq!(record.tags, ["rail"]);
    assert_eq!(record.edited_at, Some("2031-03-17T18:00:00Z".parse().unwrap()));
    assert_eq!((record.engagement.score, record.engagement.replies), (Some(4), Some(2)));
    let pleroma = with(minute(5), json!({"quote": {"url": "https://saltpan.example/@bo/7"}}));
    assert!(read(&pleroma).unwrap().body.contains("saltpan.example/@bo/7"));
    let odd = with(minute(5), json!({"quote": "x", "tags": null, "media_attachments": null, "poll": null}));
    assert_eq!(read(&odd).unwrap().body, "<p>Night train 5 runs</p>");
}

#[test]
fn whoever_opts_out_is_left_out() {
    for (account, why) in [
        (json!({"noindex": true}), "found by search"),
        (json!({"indexable": false}), "found by search"),
        (json!({"discoverable": false}), "discovered"),
        (json!({"note": "<p>Hi <a href=\"x\">#<span>NoBot</span></a></p>"}), "machines"),
        (json!({"fields": [{"name": "Please", "value": "#noarchive!"}]}), "machines"),
        (json!({"fields": [{"name": "#noindex", "value": null}]}), "machines"),
        (json!({"suspended": true}), "suspended"),
    ] {
        let account = with(json!({"acct": "ana"}), account);
        let why_not = read(&with(minute(5), json!({"account": account}))).unwrap_err();
        assert!(why_not.contains(why), "{why_not}");
    }
    for account in [
        json!({"noindex": null, "indexable": true, "discoverable": null, "bot": true, "locked": true}),
        json!({"note": "<p>#nobots_allowed, #nobotany</p>", "fields": null}),
    ] {
        let account = with(json!({"acct": "ana"}), account);
        assert!(read(&with(minute(5), json!({"account": account}))).is_ok(), "{account}");
    }
    for visibility in ["unlisted", "private", "direct"] {
        assert_eq!(
            read(&with(minute(5), json!({"visibility": visibility}))).unwrap_err(),
            "it is not public"
        );
    }
    let boost = with(minute(5), json!({"reblog": minute(4)}));
    assert_eq!(read(&boost).unwrap_err(), "it repeats somebody else's");
}

#[test]
fn the_least_that_any_server_gives_is_enough() {
    let least = json!({"id": "AbC9", "uri": "https://dune.example/objects/9f-1", "created_at": "2031-03-17T18:00:00.000Z", "account": {"username": "bo"}, "content": "Hello"});
    let record = read(&least).unwrap();
    assert_eq!(record.native_id, "https://dune.example/objects/9f-1");
    assert_eq!(record.author.as_deref(), Some("@bo@reef.example"));
    let huge = with(minute(5), json!({"content": format!("<p>{}</p>", "ä".repeat(100_000))}));
    assert!(read(&huge).unwrap().body.len() <= 64 * 1024);
}

#[test]
fn an_answer_names_what_stands_at_the_server_that_was_asked_and_nothing_else() {
    let bo = json!({"id": "2", "username": "bo", "acct": "bo", "url": "https://reef.example/@bo"});
    let far =
        json!({"id": "3", "username": "cy", "acct": "cy@dune.example", "url": "https://dune.example/@cy"});
    let shown_here =
        json!({"id": "4", "acct": "dee@dune.example", "url": "https://reef.example/@dee@dune.example"});
    let elsewhere = json!({"id": "5", "acct": "eve", "url": "https://reef.example/users/eve"});
    let mentions = json!([7, bo, far, shown_here, elsewhere]);
    let answers = |parent: Value, whose: Value| {
        let fields = json!({"in_reply_to_id": parent, "in_reply_to_account_id": whose, "mentions": mentions});
        read(&with(minute(5), fields)).unwrap().answers
    };
    let some = |address: &str| Some(address.to_owned());
    assert_eq!(answers(json!("3"), json!("1")), some("https://reef.example/@ana/3"), "a thread of one's own");
    assert_eq!(answers(json!("4"), json!("2")), some("https://reef.example/@bo/4"));
    assert_eq!(answers(json!(4), json!(2)), some("https://reef.example/@bo/4"));
    for (parent, whose) in [
        (json!("4"), json!("3")),
        (json!("4"), json!("4")),
        (json!("4"), json!("5")),
        (json!("4"), json!("6")),
        (json!("9xq7ssn"), json!("2")),
        (json!("4/../5"), json!("2")),
        (json!(""), json!("2")),
        (json!("4"), json!(null)),
        (json!(null), json!("2")),
        (json!("5"), json!("1")),
    ] {
        assert_eq!(answers(parent.clone(), whose.clone()), None, "{parent} of {whose}");
    }
    // Another server knows the same thread by numbers of its own.
    let copy = json!({"id": "777", "account": {"id": "9", "acct": "ana@reef.example"}, "in_reply_to_id": "776", "in_reply_to_account_id": "9"});
    let Read::Record(copy) =
        status::read(&with(minute(5), copy), "saltpan.example", "#trains@saltpan.example", &Addresses::new())
    else {
        panic!("it is a record")
    };
    assert_eq!(copy.answers, None);
    // What came with it says where it stands itself.
    let far = with(minute(4), json!({"id": "776"}));
    let hidden = with(minute(3), json!({"id": "775", "visibility": "private"}));
    let beside = status::addresses(&[far, hidden, json!(7), json!({"id": "776"})]);
    assert_eq!(beside, [("776".to_owned(), "https://reef.example/@ana/4".to_owned())].into());
    let answer = with(minute(5), json!({"in_reply_to_id": "776"}));
    let Read::Record(answer) = status::read(&answer, "saltpan.example", "saltpan.example", &beside) else {
        panic!("it is a record")
    };
    assert_eq!(answer.answers.as_deref(), Some("https://reef.example/@ana/4"));
}

#[test]
fn what_is_quoted_is_named_as_its_own_server_does() {
    let quotes = |quote: Value| read(&with(minute(5), json!({"quote": quote}))).unwrap().quotes;
    let status =
        |url: &str, uri: &str| json!({"state": "accepted", "quoted_status": {"url": url, "uri": uri}});
    let bo = Some("https://saltpan.example/@bo/7".to_owned());
    let uri = "https://saltpan.example/users/bo/statuses/7";
    assert_eq!(quotes(status("https://saltpan.example/@bo/7", uri)), bo);
    assert_eq!(quotes(status("https://fake.example/@ana/1", uri)), bo);
    assert_eq!(quotes(json!({"url": "https://saltpan.example/@bo/7"})), bo);
    for none in [
        json!({"state": "revoked", "quoted_status": null}),
        json!({"quoted_status_id": "7"}),
        json!("x"),
        json!(null),
    ] {
        assert_eq!(quotes(none.clone()), None, "{none}");
    }
}

#[test]
fn recorded_statuses_are_read() {
    let Some(folder) = payloads("mastodon") else { return };
    let load = |file: &str| -> Option<Value> {
        serde_json::from_slice(&std::fs::read(folder.join(file)).ok()?).ok()
    };
    let timeline = load("tag_timeline.json").unwrap();
    let record = read(&timeline[0]).unwrap();
    assert_eq!(
        Some(record.native_id.clone()),
        crate::address::native_id(&record.platform, &record.permalink)
    );
    assert!(record.body.contains("hashtag toot") && !record.body.contains("rel="));
    let edited = read(&load("status_after_edit.json").unwrap()).unwrap();
    assert!(edited.edited_at.is_some());
    for unlisted in load("account_statuses_page_limit5.json").unwrap().as_array().unwrap() {
        assert_eq!(read(unlisted).unwrap_err(), "it is not public");
    }
    for file in [
        "delete_returns_source.json",
        "instance_v2.json",
        "search_v2.json",
        "search_v2_statuses_empty.json",
        "status_history_after_edit.json",
        "status_history_before_edit.json",
        "timeline_link_404.json",
    ] {
        assert!(read(&load(file).unwrap()).is_err(), "{file}");
    }
}

proptest! {
    #[test]
    fn what_a_server_sends_becomes_a_record_or_none(
        odd in bent(with(minute(5), json!({
            "spoiler_text": "tides", "tags": [{"name": "trains"}], "media_attachments": [{"type": "image", "description": "a train"}],
            "poll": {"options": [{"title": "yes"}, {"title": "no"}]}, "quote": {"quoted_status": {"url": "https://reef.example/@bo/4"}},
            "in_reply_to_id": "4", "in_reply_to_account_id": "2", "mentions": [{"id": "2", "url": "https://reef.example/@bo"}],
            "account": {"acct": "ana", "note": "<p>trains</p>", "fields": [{"name": "a", "value": "b"}], "discoverable": true},
        }))),
    ) {
        if let Ok(record) = read(&odd) {
            check(&record);
            prop_assert!(record.author.is_none_or(|author| author.starts_with('@') && author.matches('@').count() >= 2));
        }
        prop_assert!(status::local_id(&odd).is_none_or(|id| (1..=64).contains(&id.len())));
        status::claimed_time(&odd);
    }
}
