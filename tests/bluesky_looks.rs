//! What an account has set is seen by others: who may reply and quote, cards, quotes of updates, what a retraction leaves.

use chrono::TimeDelta;
use newsdesk::bluesky::Account;
use newsdesk::model::{AmendmentKind, Clock as _};
use newsdesk::publish::bluesky::{Look, Quotes, Replies};
use newsdesk::publish::text::WebLink;
use serde_json::{Value, json};

use crate::support::bluesky::{Bluesky, Fault, What};
use crate::support::sky::{Sky, settings};

const APPLY: &str = "com.atproto.repo.applyWrites";

/// The keys of the account's posts, oldest first.
async fn keys(sky: &Sky) -> Vec<String> {
    let mut keys = sky.own().keys(&sky.desk.did, "app.bsky.feed.post").await;
    keys.sort();
    keys
}

fn uri(sky: &Sky, key: &str) -> String {
    format!("at://{}/app.bsky.feed.post/{key}", sky.desk.did)
}

#[tokio::test]
async fn gates_cards_and_quotes_are_as_set() {
    let mut sky = Sky::open().await;
    sky.look = Look {
        permalink_base: WebLink::parse("https://news.example/s/"),
        quote_updates: true,
        edit_card: true,
        replies: Replies::Nobody,
        quotes: Quotes::Nobody,
        ..Look::default()
    };
    sky.profiles.bluesky = sky.look.clone();
    sky.delete_retracted();
    let ana = sky.bluesky.account("ana").await;
    let reads = sky.bluesky.as_reader(&ana);
    let mut tale = sky.tale(1).await;
    sky.post(&tale).await;
    sky.settle().await;
    sky.bluesky.settled().await;
    let first = uri(&sky, &keys(&sky).await[0]);
    let seen = reads.posts(&[&first]).await.remove(0);
    assert_eq!(seen["viewer"]["replyDisabled"], true, "{seen:#}");
    assert_eq!(seen["viewer"]["embeddingDisabled"], true, "{seen:#}");
    let card = &seen["embed"]["external"];
    assert_eq!(card["uri"], json!(format!("https://news.example/s/{}", tale.code())));
    assert_eq!(card["title"], "“The ferry number 1 sails.”");
    let thumb = card["thumb"].as_str().unwrap_or_default();
    assert!(thumb.contains(&sky.desk.did), "its picture is on the server: {thumb}");

    // An update stands alone, too, and leads to the thread.
    sky.later(TimeDelta::hours(5));
    tale = tale.next(sky.clock.now());
    sky.post(&tale).await;
    sky.settle().await;
    sky.bluesky.settled().await;
    let posts = reads.feed(&sky.desk.did).await;
    let quotes: Vec<&Value> =
        posts.iter().filter(|p| p["embed"]["$type"] == "app.bsky.embed.record#view").collect();
    assert_eq!(quotes.len(), 1, "{posts:#?}");
    assert!(quotes[0]["record"]["reply"].is_null());
    let quoted = quotes[0]["embed"]["record"]["uri"].as_str().unwrap();
    let thread = reads.thread(quoted).await;
    assert_eq!(thread["parent"]["post"]["author"]["did"], json!(sky.desk.did), "it hangs in the thread");

    // A correction changes the card where it stands.
    sky.later(TimeDelta::hours(5));
    let mut corrected = sky.tale(2).await;
    sky.post(&corrected).await;
    sky.settle().await;
    let before = keys(&sky).await;
    sky.later(TimeDelta::hours(1));
    sky.amend(&mut corrected, AmendmentKind::Correction, "The fare was wrong.").await;
    sky.settle().await;
    sky.bluesky.settled().await;
    let feed = reads.feed(&sky.desk.did).await;
    let titles: Vec<&str> =
        feed.iter().filter_map(|p| p["record"]["embed"]["external"]["title"].as_str()).collect();
    assert!(titles.contains(&"Corrected: “The ferry number 2 sails.”"), "{titles:?}");
    let after = keys(&sky).await;
    assert_eq!(after.len(), before.len() + 1, "one post more, and the same ones");
    assert!(before.iter().all(|key| after.contains(key)));

    // What is taken back leaves nothing, no gates either.
    sky.later(TimeDelta::hours(1));
    sky.amend(&mut tale, AmendmentKind::Retraction, "It was a hoax.").await;
    sky.amend(&mut corrected, AmendmentKind::Retraction, "It was a hoax.").await;
    sky.settle().await;
    assert_eq!(sky.transcript().await, "");
}

#[tokio::test]
async fn a_picture_is_as_small_as_the_server_wants_it() {
    let bluesky = Bluesky::connect().await;
    let small = bluesky.own_pds_with(false, &json!({ "blobUploadLimit": 25_000 })).await;
    let desk = small.account("desk").await;
    let sky = Sky::of(bluesky, desk).await;
    let tale = sky.tale(1).await;
    sky.post(&tale).await;
    sky.settle().await;
    let first = sky.own().record(&uri(&sky, &keys(&sky).await[0])).await.unwrap();
    let image = &first["value"]["embed"]["images"][0]["image"];
    let size = image["size"].as_u64().unwrap_or_default();
    assert!((1..=25_000).contains(&size), "{first:#}");
    assert!(sky.proxy.calls("com.atproto.repo.uploadBlob") > 1, "the first was too large");
    assert!(sky.troubles.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_post_deleted_by_hand_while_an_answer_is_lost_holds_up_nothing() {
    let mut sky = Sky::open().await;
    sky.look.card = false;
    let mut tale = sky.tale(1).await;
    sky.post(&tale).await;
    sky.settle().await;
    sky.later(TimeDelta::hours(1));
    // The retraction is cut off before it arrives; then the owner deletes a post in the app.
    sky.proxy.fault(Fault::new(What::LostRequest).on(APPLY));
    sky.amend(&mut tale, AmendmentKind::Retraction, "It was a hoax.").await;
    sky.deliver().await;
    let third = uri(&sky, &keys(&sky).await[2]);
    let key = third.rsplit('/').next().unwrap();
    let body = json!({ "repo": sky.desk.did, "collection": "app.bsky.feed.post", "rkey": key });
    sky.own().post("com.atproto.repo.deleteRecord", &body).await.ok();
    sky.settle().await;
    let left = sky.transcript().await;
    assert!(left.starts_with("── opens\nRetracted: story") && left.matches("──").count() == 1, "{left}");
}

#[tokio::test]
async fn a_thread_that_its_owner_deleted_is_told_nothing_more() {
    let mut sky = Sky::open().await;
    sky.look.card = false;
    let tale = sky.tale(1).await;
    sky.post(&tale).await;
    sky.settle().await;
    for key in keys(&sky).await {
        let body = json!({ "repo": sky.desk.did, "collection": "app.bsky.feed.post", "rkey": key });
        sky.own().post("com.atproto.repo.deleteRecord", &body).await.ok();
    }
    sky.later(TimeDelta::hours(5));
    let next = tale.next(sky.clock.now());
    sky.post(&next).await;
    sky.settle().await;
    assert_eq!(sky.transcript().await, "");
    assert_eq!(sky.in_state("done").await, 2);
}

#[tokio::test]
async fn a_revoked_password_holds_stories_until_its_owner_has_helped() {
    let mut sky = Sky::open().await;
    sky.look.card = false;
    sky.bluesky.take_down(&sky.desk).await;
    let tale = sky.tale(1).await;
    sky.post(&tale).await;
    sky.deliver().await;
    assert_eq!(sky.in_state("held").await, 1, "{}", sky.steps().await);
    let troubles = sky.troubles.lock().unwrap().clone();
    assert!(troubles[0].contains("taken down"), "{troubles:?}");
    sky.bluesky.put_back(&sky.desk).await;
    sky.later(TimeDelta::hours(1));
    let now = sky.clock.now();
    sky.store.retry_held(now - sky.policy.max_age, now).await.unwrap();
    sky.settle().await;
    assert_eq!(sky.in_state("done").await, 1);
    let again = settings(&sky.bluesky, &sky.desk, sky.proxy.url(), sky.folder.path());
    let account = Account::open(again, sky.store.clone(), sky.clock.clone()).await.unwrap();
    assert_eq!(account.session_info().await.unwrap().logins, 1, "the session is the same");
}
