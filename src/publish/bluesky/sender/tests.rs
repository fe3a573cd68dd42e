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
    let circumstances =
        Circumstances { did: DID, plan: 0, now, keys_from: now, thread, found, picture: None, clock_id: 7 };
    seal(telling, &circumstances).unwrap()
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
    let Proof::Stands(any) = sealed.proof().unwrap() else { panic!("it makes something") };
    let any: Vec<(&String, String)> = any.iter().map(|(place, cid)| (&place.key, cid.clone())).collect();
    assert_eq!(any, (0..3).map(|n| (keys[n], cid_of(records[n]).unwrap())).collect::<Vec<_>>());
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
    let mut posts = standing.references();
    let root = posts.next().unwrap();
    Thread { end: posts.last().unwrap_or_else(|| root.clone()), root, gone: Vec::new() }
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
    assert_eq!(quote["embed"]["record"]["uri"], json!(sealed.standing.references().next().unwrap().uri));

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
        Proof::Gone(vec![Place {
            collection: "app.bsky.feed.post".to_owned(),
            key: of_update.posts[0].0.clone()
        }])
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
    assert_eq!(sealed.standing.posts, [(found.posts[0].0.clone(), String::new())], "that it stood is known");
}

#[test]
fn an_update_hangs_on_what_is_there_and_stays_on_what_was() {
    let (opening, _) = opened(&["one", "two", "three"]);
    let [first, second, third] = opening.standing.references().collect::<Vec<_>>().try_into().unwrap();
    let whole = thread_of(&opening.standing);
    let update = telling(TellingKind::Update, &["Update"]);
    let sealed = sealed_at(Some(&update), &Found::default(), Some(&whole), noon() + TimeDelta::hours(1));
    // Somebody deletes the end: what hangs on it stays where it is, what comes hangs on what is left.
    let cut = Thread { root: first, end: second.clone(), gone: vec![third.uri] };
    let after = carried_out(&sealed, &Found::default());
    let again = sealed_at(Some(&update), &after, Some(&cut), noon() + TimeDelta::hours(2));
    assert_eq!(told(&again), Vec::<String>::new());
    let other = sealed_at(Some(&update), &Found::default(), Some(&cut), noon() + TimeDelta::hours(2));
    let Write::Create { record, .. } = &other.writes[0] else { panic!() };
    assert_eq!(record["reply"]["parent"], json!(second));
}

#[test]
fn of_two_plans_for_one_step_only_one_can_be_carried_out_and_it_is_known_which() {
    let seal_for = |texts: &[&str], now| {
        let telling = telling(TellingKind::Opening, texts);
        let found = Found::default();
        let (thread, picture) = (None, None);
        let circumstances = Circumstances {
            did: DID,
            plan: 0,
            now,
            keys_from: noon(),
            thread,
            found: &found,
            picture,
            clock_id: 7,
        };
        seal(Some(&telling), &circumstances).unwrap()
    };
    let (old, new) =
        (seal_for(&["one", "two"], noon()), seal_for(&["one"], noon() + TimeDelta::milliseconds(1)));
    assert!(new.excludes(&old) && old.excludes(&new));
    let Proof::Stands(any) = new.proof().unwrap() else { panic!() };
    let Proof::Stands(of_old) = old.proof().unwrap() else { panic!() };
    assert!(any.iter().all(|one| !of_old.contains(one)), "no record of one is one of the other");
    assert!(!sealed_at(None, &Found::default(), None, noon()).excludes(&old));
}
