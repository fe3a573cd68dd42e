use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::seal::{Circumstances, Found, Place, Proof, Sealed, Standing, Thread, seal};
use crate::bluesky::{Write, cid_of};
use crate::publish::bluesky::{Post, Quotes, Ref, Replies, Telling, TellingKind};

const DID: &str = "did:plc:desk";

fn post(text: &str) -> Post {
    Post { text: text.to_owned(), ..Post::default() }
}

fn telling(kind: TellingKind, texts: &[&str]) -> Telling {
    Telling {
        kind,
        posts: texts.iter().map(|t| post(t)).collect(),
        quote: None,
        replies: Replies::Everyone,
        quotes: Quotes::Everyone,
        edit_card: false,
        only_edit: false,
    }
}

fn noon() -> DateTime<Utc> {
    "2031-03-17T12:00:00Z".parse().unwrap()
}

/// What stands after a sealed transaction, as it is read.
fn carried_out(sealed: &Sealed, before: &Found) -> Found {
    let record = |key: &str| {
        sealed
            .writes
            .iter()
            .find_map(|w| match w {
                Write::Create { key: k, record, .. } | Write::Update { key: k, record, .. } if k == key => {
                    Some(record.clone())
                }
                _ => None,
            })
            .or_else(|| {
                before.posts.iter().find(|(k, _)| k == key).and_then(|(_, r)| r.clone()).map(|(_, r)| r)
            })
    };
    let posts = sealed
        .standing
        .posts
        .iter()
        .map(|(key, cid)| (key.clone(), record(key).map(|r| (cid.clone(), r))))
        .collect();
    Found { posts, beside: sealed.standing.beside.clone() }
}

fn sealed_at(
    telling: Option<&Telling>,
    found: &Found,
    thread: Option<&Thread>,
    now: DateTime<Utc>,
) -> Sealed {
    seal(telling, &Circumstances { did: DID, plan: 0, now, thread, found, picture: None, clock_id: 7 })
        .unwrap()
}

fn opened(texts: &[&str]) -> (Sealed, Found) {
    let sealed = sealed_at(Some(&telling(TellingKind::Opening, texts)), &Found::default(), None, noon());
    let found = carried_out(&sealed, &Found::default());
    (sealed, found)
}

/// The writes in a form that can be read.
fn told(sealed: &Sealed) -> Vec<String> {
    let text = |record: &Value| match record["text"].as_str() {
        Some(text) => text.to_owned(),
        None => record["$type"].as_str().unwrap_or_default().to_owned(),
    };
    sealed
        .writes
        .iter()
        .map(|write| match write {
            Write::Create { record, .. } => format!("+ {}", text(record)),
            Write::Update { record, .. } => format!("~ {}", text(record)),
            Write::Delete { collection, .. } => format!("- {}", collection.rsplit('.').next().unwrap()),
        })
        .collect()
}

#[test]
fn a_thread_is_one_transaction_in_which_each_post_replies_to_the_one_before() {
    let (sealed, _) = opened(&["one", "two", "three"]);
    assert_eq!(told(&sealed), ["+ one", "+ two", "+ three"]);
    let keys: Vec<&String> = sealed.standing.posts.iter().map(|(key, _)| key).collect();
    assert!(keys.is_sorted() && keys.iter().all(|key| key.len() == 13), "{keys:?}");
    let records: Vec<&Value> = sealed
        .writes
        .iter()
        .map(|w| match w {
            Write::Create { record, .. } => record,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(records[0].get("reply").is_none());
    let uri = |n: usize| format!("at://{DID}/app.bsky.feed.post/{}", keys[n]);
    for n in 1..3 {
        let reply = &records[n]["reply"];
        assert_eq!(reply["root"], json!({ "uri": uri(0), "cid": cid_of(records[0]).unwrap() }));
        assert_eq!(reply["parent"], json!({ "uri": uri(n - 1), "cid": cid_of(records[n - 1]).unwrap() }));
        assert_eq!(records[n]["createdAt"], format!("2031-03-17T12:00:00.{n:03}Z"));
    }
    let Proof::Stands(place, cid) = sealed.proof().unwrap() else { panic!("it makes something") };
    assert_eq!((&place.key, cid), (keys[0], cid_of(records[0]).unwrap()));
    assert_eq!(opened(&["one", "two", "three"]).0, sealed, "the same time gives the same bytes");
}

#[test]
fn what_is_right_stays_and_what_follows_a_change_is_replaced() {
    let (_, found) = opened(&["one", "two", "three"]);
    let later = noon() + TimeDelta::hours(1);
    let cases: [(&[&str], &[&str], bool); 6] = [
        (&["one", "two", "three"], &[], false),
        (&["one", "two", "three", "Correction"], &["+ Correction"], true),
        (&["one", "2", "three"], &["- post", "- post", "+ 2", "+ three"], true),
        (&["one", "two"], &["- post"], true),
        (&["1", "two", "three"], &["- post", "- post", "- post", "+ 1", "+ two", "+ three"], true),
        (&[], &["- post", "- post", "- post"], true),
    ];
    for (texts, wanted, moves) in cases {
        let sealed = sealed_at(Some(&telling(TellingKind::Opening, texts)), &found, None, later);
        assert_eq!(told(&sealed), wanted, "{texts:?}");
        assert_eq!(sealed.moves, moves, "{texts:?}");
        // Doing it again over what is there then is nothing to do.
        let after = carried_out(&sealed, &found);
        let again =
            sealed_at(Some(&telling(TellingKind::Opening, texts)), &after, None, later + TimeDelta::hours(1));
        assert_eq!(told(&again), Vec::<String>::new(), "{texts:?}");
        assert_eq!(again.standing.posts, sealed.standing.posts);
    }
}

fn thread_of(standing: &Standing) -> Thread {
    Thread { root: standing.first().unwrap(), end: standing.last().unwrap() }
}

#[test]
fn an_update_hangs_on_the_end_and_moves_when_the_end_does() {
    let (opening, found) = opened(&["one", "two"]);
    let thread = thread_of(&opening.standing);
    let update = Telling {
        quote: Some(post("Update: see below")),
        ..telling(TellingKind::Update, &["Update", "more"])
    };
    let sealed = sealed_at(Some(&update), &Found::default(), Some(&thread), noon() + TimeDelta::hours(1));
    assert_eq!(told(&sealed), ["+ Update", "+ Update: see below", "+ more"]);
    let Write::Create { record, .. } = &sealed.writes[0] else { panic!() };
    assert_eq!(record["reply"], json!({ "root": thread.root, "parent": thread.end }));
    let Write::Create { record: quote, .. } = &sealed.writes[1] else { panic!() };
    assert_eq!(quote["embed"]["record"]["uri"], json!(sealed.standing.first().unwrap().uri));

    // The opening's end is replaced: the update is told anew under the new one, and so is what quotes it.
    let changed = sealed_at(
        Some(&telling(TellingKind::Opening, &["one", "2"])),
        &found,
        None,
        noon() + TimeDelta::hours(2),
    );
    let moved = thread_of(&changed.standing);
    let after = carried_out(&sealed, &Found::default());
    let again = sealed_at(Some(&update), &after, Some(&moved), noon() + TimeDelta::hours(3));
    assert_eq!(told(&again), ["- post", "- post", "- post", "+ Update", "+ Update: see below", "+ more"]);
}

#[test]
fn gates_go_up_with_the_first_post_and_come_down_with_it() {
    let gated = Telling {
        replies: Replies::Followers,
        quotes: Quotes::Nobody,
        ..telling(TellingKind::Opening, &["one", "two"])
    };
    let sealed = sealed_at(Some(&gated), &Found::default(), None, noon());
    assert_eq!(
        told(&sealed),
        [
            "+ one",
            "+ app.bsky.feed.threadgate",
            "+ app.bsky.feed.postgate",
            "+ two",
            "+ app.bsky.feed.postgate"
        ]
    );
    let keys: Vec<&str> = sealed.standing.beside.iter().map(|p| p.key.as_str()).collect();
    let [first, second] = [0, 1].map(|n| sealed.standing.posts[n].0.as_str());
    assert_eq!(keys, [first, first, second], "a gate has its post's key");
    let found = carried_out(&sealed, &Found::default());
    let notice = sealed_at(
        Some(&telling(TellingKind::Notice, &["Retracted"])),
        &found,
        None,
        noon() + TimeDelta::hours(1),
    );
    assert_eq!(
        told(&notice),
        ["- post", "- post", "- threadgate", "- postgate", "- postgate", "+ Retracted"]
    );
}

#[test]
fn one_notice_stands_for_all_versions() {
    let (opening, found) = opened(&["one", "two"]);
    let thread = thread_of(&opening.standing);
    let update =
        sealed_at(Some(&telling(TellingKind::Update, &["Update"])), &Found::default(), Some(&thread), noon());
    let notice = telling(TellingKind::Notice, &["Retracted"]);
    let first = sealed_at(Some(&notice), &found, None, noon() + TimeDelta::hours(1));
    assert_eq!(told(&first), ["- post", "- post", "+ Retracted"]);
    let Some(Write::Create { record, .. }) = first.writes.last() else { panic!() };
    assert!(record.get("reply").is_none(), "it replies to nothing that is gone");
    let of_update = carried_out(&update, &Found::default());
    let stands = thread_of(&first.standing);
    let second = sealed_at(Some(&notice), &of_update, Some(&stands), noon() + TimeDelta::hours(1));
    assert_eq!(told(&second), ["- post"]);
    assert!(second.standing.is_empty());
    assert_eq!(
        second.proof().unwrap(),
        Proof::Gone(Place { collection: "app.bsky.feed.post".to_owned(), key: of_update.posts[0].0.clone() })
    );
}

#[test]
fn what_somebody_deleted_by_hand_stays_deleted() {
    let (_, mut found) = opened(&["one", "two", "three"]);
    found.posts[1].1 = None;
    let corrected = telling(TellingKind::Opening, &["one", "two", "three", "Correction"]);
    let sealed = sealed_at(Some(&corrected), &found, None, noon() + TimeDelta::hours(1));
    assert_eq!(told(&sealed), ["+ Correction"]);
    found.posts[2].1 = None;
    let sealed = sealed_at(Some(&corrected), &found, None, noon() + TimeDelta::hours(1));
    let Some(Write::Create { record, .. }) = sealed.writes.last() else { panic!() };
    let first = Ref {
        uri: format!("at://{DID}/app.bsky.feed.post/{}", found.posts[0].0),
        cid: found.posts[0].1.as_ref().unwrap().0.clone(),
    };
    assert_eq!(record["reply"]["parent"], json!(first), "it replies to one that is there");
    found.posts[0].1 = None;
    let sealed = sealed_at(Some(&corrected), &found, None, noon() + TimeDelta::hours(1));
    assert_eq!(told(&sealed), Vec::<String>::new(), "the first is gone: so is the thread");
}
