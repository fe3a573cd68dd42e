use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn read(post: &Value) -> String {
    body(&Post::of(post)).into_owned()
}

fn link(start: i64, end: i64, uri: &str) -> Value {
    json!({ "index": { "byteStart": start, "byteEnd": end }, "features": [{ "$type": "app.bsky.richtext.facet#link", "uri": uri }] })
}

#[test]
fn a_shortened_address_becomes_its_target_and_words_keep_theirs_behind_them() {
    let text = "Zug fährt: saltpan.example/2031/tr... und der Plan, siehe www.marrow.example";
    let target = "https://saltpan.example/2031/trains?line=5";
    let post = json!({ "text": text, "facets": [
        link(12, 38, target),
        link(47, 51, "https://marrow.example/plan"),
        link(59, 77, "https://www.marrow.example/"),
    ]});
    assert_eq!(
        read(&post),
        "Zug fährt: https://saltpan.example/2031/trains?line=5 und der Plan <https://marrow.example/plan>, siehe https://www.marrow.example/"
    );
}

#[test]
fn links_at_impossible_places_are_left_out_and_the_rest_stays() {
    let text = "Grüße von der Küste";
    let uri = "https://saltpan.example/a";
    for (start, end) in
        [(-1, 4), (0, 400), (5, 2), (3, 3), (0, 3), (3, 6), (9_000, 9_001), (i64::MIN, i64::MAX)]
    {
        assert_eq!(read(&json!({ "text": text, "facets": [link(start, end, uri)] })), text, "{start}..{end}");
    }
    for uri in [
        "javascript:alert(1)",
        "at://did:plc:x",
        "",
        "https://",
        &format!("https://a.example/{}", "x".repeat(3_000)),
    ] {
        assert_eq!(read(&json!({ "text": text, "facets": [link(0, 7, uri)] })), text, "{uri}");
    }
    // Of two that overlap the first stands; a broken one beside them costs only itself.
    let facets = json!([link(12, 15, uri), { "index": "here" }, 7, null, link(0, 7, uri), link(0, 12, uri)]);
    assert_eq!(
        read(&json!({ "text": text, "facets": facets })),
        "Grüße <https://saltpan.example/a> von der <https://saltpan.example/a> Küste"
    );
}

#[test]
fn cards_pictures_and_quotes_become_lines_below_the_text() {
    let post = json!({
        "text": "Night trains return.",
        "embed": {
            "$type": "app.bsky.embed.recordWithMedia",
            "media": { "$type": "app.bsky.embed.images", "images": [{ "alt": "A train\nat  dusk" }, { "alt": "" }, { "alt": 5 }, {}] },
            "record": { "$type": "app.bsky.embed.record", "record": { "cid": "x", "uri": "at://did:plc:marrow9/app.bsky.feed.post/3mcq" } },
        },
    });
    assert_eq!(
        read(&post),
        "Night trains return.\n\nhttps://bsky.app/profile/did:plc:marrow9/post/3mcq\nA train at dusk"
    );
    let card = json!({
        "text": "",
        "embed": { "external": { "uri": "https://ledger.example/a b", "title": "Coast line\nreopens", "description": "Five trains a night", "thumb": {} } },
    });
    assert_eq!(read(&card), "> Coast line reopens\n> Five trains a night\nhttps://ledger.example/a%20b");
    let gallery = json!({ "text": "x", "embed": { "items": [{ "alt": "one" }] } });
    assert_eq!(read(&gallery), "x\n\none");
    let video = json!({ "text": "x", "embed": { "video": {}, "alt": "a film" } });
    assert_eq!(read(&video), "x\n\na film");
    let list = json!({ "text": "x", "embed": { "record": { "uri": "at://did:plc:marrow9/app.bsky.graph.list/3mcq" } } });
    assert_eq!(read(&list), "x");
}

#[test]
fn an_address_that_the_text_has_is_not_repeated() {
    let post = json!({
        "text": "ledger.example/...",
        "facets": [link(0, 18, "https://ledger.example/a")],
        "embed": { "external": { "uri": "https://ledger.example/a", "title": "", "description": null } },
    });
    assert_eq!(read(&post), "https://ledger.example/a");
}

#[test]
fn tags_come_from_the_text_and_from_beside_it() {
    let post = json!({
        "text": "#trains",
        "facets": [{ "index": { "byteStart": 0, "byteEnd": 7 }, "features": [{ "tag": "trains" }] }, "bad"],
        "tags": ["#coast", "trains", "", 7],
    });
    assert_eq!(tags(&Post::of(&post)), ["trains", "coast"]);
}

/// JSON of any shape below the names that a post has.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        Just(json!("https://saltpan.example/a")),
        Just(json!("at://did:plc:marrow9/app.bsky.feed.post/3mcq")),
    ];
    let name = prop_oneof![
        Just("text"),
        Just("facets"),
        Just("index"),
        Just("byteStart"),
        Just("byteEnd"),
        Just("features"),
        Just("uri"),
        Just("tag"),
        Just("embed"),
        Just("external"),
        Just("images"),
        Just("alt"),
        Just("record"),
        Just("media"),
        Just("title"),
        Just("tags"),
        Just("labels"),
        Just("values"),
        Just("val"),
        Just("createdAt"),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6).prop_map(|fields| Value::Object(
                fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
            )),
        ]
    })
}

proptest! {
    #[test]
    fn no_post_makes_the_reader_panic_and_no_field_costs_another(post in any_json()) {
        let text = read(&post);
        // A text without links stands first, as it was written.
        if let Some(own) = post.get("text").and_then(Value::as_str) && !post.to_string().contains("byteStart") {
            prop_assert!(text.starts_with(own));
        }
    }

    #[test]
    fn links_anywhere_leave_the_words_between_them(
        text in "[a-zäß€ ]{0,30}", places in prop::collection::vec((-3_i64..40, -3_i64..40), 0..5),
    ) {
        let facets: Vec<Value> = places.iter().map(|(a, b)| link(*a, *b, "https://q.example/")).collect();
        let out = read(&json!({ "text": text, "facets": facets }));
        prop_assert_eq!(out.replace(" <https://q.example/>", ""), text);
    }
}
