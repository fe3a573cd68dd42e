//! What records answer and quote, and that nothing of it outlives what stood there.

use newsdesk::model::{GoneAccount, Platform, TombstoneReason};
use newsdesk::store::{Brought, SourceState, Store, Tally};

use super::{dump, now, record, save};
use crate::support::record::Post;
use crate::support::{Database, post};

const ANA: &str = "did:plc:saltpan7";
const BO: &str = "did:plc:weir4";

fn at_bluesky(n: u64, did: &str, author: &str) -> Post {
    post(n, &format!("Ferry number {n}.")).on_bluesky(n, did).by(author)
}

/// What stands stored as answered and quoted; empty where there is nothing.
async fn related(store: &Store, post: &Post) -> [String; 2] {
    let read = record(store, post).await;
    [read.answers, read.quotes].map(Option::unwrap_or_default)
}

#[tokio::test]
async fn what_a_record_answers_reads_back_in_one_form_and_makes_no_revision() {
    let database = Database::create();
    let store = database.open().await;
    let said = post(1, "The ferry.").on_reddit(1, "ferries");
    let comment = || {
        let mut comment = post(2, "Which ferry?").on_reddit(2, "ferries");
        comment.0.native_id = "t1_2".to_owned();
        comment.0.permalink = "https://reddit.com/r/ferries/comments/1/talk/2/".to_owned();
        comment
    };
    let answer =
        comment().answering(&said.0.permalink).quoting("https://old.reddit.com/r/u_ana/comments/9z/a_title/");
    save(&store, &[said.clone(), answer.clone()]).await;
    let (answers, quotes) = ("https://www.reddit.com/comments/1/", "https://www.reddit.com/comments/9z/");
    assert_eq!(related(&store, &answer).await, [answers, quotes]);
    assert_eq!(related(&store, &said).await, ["", ""]);
    assert_eq!(store.record(&answer.id()).await.unwrap().unwrap().answers.as_deref(), Some(answers));

    // Where it stands alone is no text.
    let elsewhere = comment().answering("https://redd.it/7");
    assert_eq!(save(&store, &[elsewhere]).await, Tally { unchanged: 1, ..Tally::default() });
    assert_eq!(related(&store, &answer).await, [answers, quotes]);
    // An edit keeps what is answered, which somebody may not tell, and not what is quoted no more.
    let mut edited = comment();
    edited.0.body = "Which ferry, please?".to_owned();
    assert_eq!(save(&store, &[edited.clone()]).await, Tally { revised: 1, ..Tally::default() });
    assert_eq!(related(&store, &answer).await, [answers, ""]);
    edited.0.body = "Which one?".to_owned();
    save(&store, &[edited.answering("https://redd.it/7\0").quoting("no address")]).await;
    assert_eq!(related(&store, &answer).await, ["https://www.reddit.com/comments/7/", ""]);
}

#[tokio::test]
async fn what_is_gone_is_answered_by_nothing() {
    let database = Database::create();
    let store = database.open().await;
    let said = at_bluesky(1, ANA, "@ana.example");
    let kept = at_bluesky(2, BO, "@bo.example");
    let answer =
        at_bluesky(3, "did:plc:reef2", "@cy.example").answering(&said.0.permalink).quoting(&kept.0.permalink);
    // An archive names people by handle.
    let by_handle = at_bluesky(4, "did:plc:reef2", "@cy.example")
        .answering(&kept.0.permalink)
        .quoting("https://bsky.app/profile/Ana.Example/post/3mcn1?ref=x");
    let own = at_bluesky(5, ANA, "@ana.example").answering(&kept.0.permalink).quoting(&kept.0.permalink);
    let all = [said.clone(), kept.clone(), answer.clone(), by_handle.clone(), own.clone()];
    save(&store, &all).await;
    assert_eq!(related(&store, &by_handle).await[1], "https://bsky.app/profile/ana.example/post/3mcn1");

    save(&store, &[said.clone().deleted(), own.deleted()]).await;
    assert_eq!(related(&store, &answer).await, ["", &kept.0.permalink]);
    assert_eq!(related(&store, &by_handle).await, [&kept.0.permalink, ""]);
    let words = dump(&database).await;
    assert!(!words.contains(ANA) && !words.contains("ana.example"), "{words}");
    // Nor by what comes later, or in the same page.
    let late = at_bluesky(6, BO, "@bo.example").answering(&said.0.permalink);
    let gone_too = at_bluesky(7, BO, "@bo.example");
    let page = [late.clone().quoting(&gone_too.0.permalink), gone_too.clone(), gone_too.deleted()];
    save(&store, &page).await;
    assert_eq!(related(&store, &late).await, ["", ""]);
    assert!(!dump(&database).await.contains(ANA));
}

#[tokio::test]
async fn who_is_forgotten_is_named_by_no_answer() {
    let database = Database::create();
    let store = database.open().await;
    let said = at_bluesky(1, ANA, "@ana.example");
    let never_stored = format!("https://bsky.app/profile/{ANA}/post/3mcn99");
    let answer = at_bluesky(2, BO, "@bo.example")
        .answering(&never_stored)
        .quoting("https://bsky.app/profile/Ana.example/post/3mcn98");
    let status = post(3, "Ferry at Reef.").answering("https://reef.example/users/Ana_K/statuses/7");
    let similar = post(4, "Ferry at Reef.").answering("https://reef.example/@anaxk/7");
    save(&store, &[said, answer.clone(), status.clone(), similar.clone()]).await;
    assert_eq!(related(&store, &status).await[0], "https://reef.example/@Ana_K/7");

    assert_eq!(store.leave_out(&Platform::Bluesky, "@ana.example", now()).await.unwrap(), 1);
    assert_eq!(related(&store, &answer).await, ["", ""]);
    assert_eq!(store.leave_out(&Platform::Mastodon, "@ana_k@reef.example", now()).await.unwrap(), 0);
    assert_eq!(related(&store, &status).await, ["", ""]);
    assert_eq!(related(&store, &similar).await, ["https://reef.example/@anaxk/7", ""]);
    // From now on neither.
    let late = [
        at_bluesky(5, BO, "@bo.example").answering("https://bsky.app/profile/ana.example/post/3mcn97"),
        post(6, "Ferry.").quoting("https://reef.example/@ana_k/8"),
    ];
    save(&store, &late).await;
    for late in &late {
        assert_eq!(related(&store, late).await, ["", ""]);
    }
}

#[tokio::test]
async fn an_account_that_is_gone_is_named_by_no_answer() {
    let database = Database::create();
    let store = database.open().await;
    let answer = at_bluesky(1, BO, "@bo.example")
        .answering(&format!("https://bsky.app/profile/{ANA}/post/3mcn99"))
        .quoting(&format!("https://bsky.app/profile/{ANA}x/post/3mcn98"));
    save(&store, std::slice::from_ref(&answer)).await;
    let gone_accounts = [GoneAccount {
        platform: Platform::Bluesky,
        id_prefix: format!("at://{ANA}/"),
        reason: TombstoneReason::Author,
    }];
    let brought = Brought { gone_accounts: &gone_accounts, ..Brought::default() };
    store.save_page(brought, &SourceState::default(), now()).await.unwrap();
    let quoted = format!("https://bsky.app/profile/{ANA}x/post/3mcn98");
    assert_eq!(related(&store, &answer).await, ["", &quoted]);
}
