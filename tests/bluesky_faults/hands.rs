//! Somebody else is at work in the same account: its owner by hand, another program, the server's moderators.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use newsdesk::model::{AmendmentKind, Clock as _};
use tracing_subscriber::fmt::MakeWriter;

use crate::support::bluesky::{Fault, What, Written};
use crate::support::sky::Sky;
use crate::support::tale::Tale;

const APPLY: &str = "com.atproto.repo.applyWrites";

async fn plain() -> Sky {
    let mut sky = Sky::open().await;
    sky.look.card = false;
    sky
}

/// A desk with a story that stands.
async fn posted() -> (Sky, Tale) {
    let sky = plain().await;
    let tale = sky.tale(1).await;
    sky.post(&tale).await;
    sky.settle().await;
    sky.later(TimeDelta::hours(1));
    (sky, tale)
}

/// The owner deletes the n-th post, in the order of keys.
async fn deletes(sky: &Sky, n: usize) {
    let key = sky.records().await.into_keys().nth(n).unwrap();
    let uri = format!("at://{}/app.bsky.feed.post/{key}", sky.desk.did);
    sky.own().remove(&Written { uri, cid: String::new() }).await;
}

/// What is logged in this thread from now on.
fn log() -> (Arc<Mutex<Vec<u8>>>, tracing::subscriber::DefaultGuard) {
    #[derive(Clone)]
    struct Page(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    impl<'a> MakeWriter<'a> for Page {
        type Writer = Self;
        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }
    let page = Page(Arc::default());
    let said = Arc::clone(&page.0);
    let guard = tracing::subscriber::set_default(tracing_subscriber::fmt().with_writer(page).finish());
    (said, guard)
}

#[tokio::test]
async fn an_update_hangs_on_what_is_left_of_its_thread() {
    let (sky, tale) = posted().await;
    let posts = sky.records().await.len();
    deletes(&sky, posts - 1).await;
    sky.post(&tale.next(sky.clock.now())).await;
    sky.settle().await;
    let threads = sky.threads().await;
    assert_eq!(threads.len(), 1);
    assert!(
        threads[0][posts - 1].starts_with("Update:"),
        "the end stays deleted:
{threads:#?}"
    );
    // Whatever becomes of it later, the update stays where it is.
    let before = sky.transcript().await;
    let mut tale = tale.next(sky.clock.now());
    sky.later(TimeDelta::hours(1));
    sky.amend(&mut tale, AmendmentKind::Correction, "The fare was wrong.").await;
    sky.settle().await;
    let after = sky.transcript().await;
    assert!(after.starts_with(&before) && after.contains("The fare was wrong."), "{before}\n{after}");
}

#[tokio::test]
async fn nothing_is_posted_under_a_thread_whose_first_post_was_deleted() {
    let (sky, tale) = posted().await;
    deletes(&sky, 0).await;
    let before = sky.transcript().await;
    let (said, guard) = log();
    let mut tale = tale.next(sky.clock.now());
    sky.post(&tale).await;
    sky.settle().await;
    drop(guard);
    assert_eq!(sky.transcript().await, before);
    let said = String::from_utf8(said.lock().unwrap().clone()).unwrap();
    assert!(said.contains("somebody deleted the story's first post"), "{said}");
    // Nor is it begun anew by the next version, or by what is said about it.
    sky.later(TimeDelta::hours(1));
    tale = tale.next(sky.clock.now());
    sky.post(&tale).await;
    sky.amend(&mut tale, AmendmentKind::Correction, "The fare was wrong.").await;
    sky.settle().await;
    assert_eq!(sky.transcript().await, before);
    sky.amend(&mut tale, AmendmentKind::Retraction, "It was a hoax.").await;
    sky.settle().await;
    assert_eq!(sky.transcript().await, "", "what was left of it goes with it");
    tale = tale.next(sky.clock.now());
    sky.later(TimeDelta::hours(1));
    sky.post(&tale).await;
    sky.settle().await;
    assert_eq!(sky.transcript().await, "", "that it stood there once is not forgotten");
}

#[tokio::test]
async fn a_retraction_is_carried_out_though_its_owner_deletes_meanwhile() {
    let (mut sky, mut tale) = posted().await;
    sky.delete_retracted();
    let lost = sky.proxy.fault(Fault::new(What::LostRequest).on(APPLY));
    sky.amend(&mut tale, AmendmentKind::Retraction, "It was a hoax.").await;
    sky.deliver().await;
    assert_eq!(lost.hits(), 1);
    // The first post is gone, and that is not the desk's work.
    deletes(&sky, 0).await;
    sky.settle().await;
    assert_eq!(sky.transcript().await, "");
}

#[tokio::test]
async fn a_story_that_was_cut_short_by_hand_is_not_sent_again() {
    let sky = plain().await;
    let tale = sky.tale(1).await;
    let lost = sky.proxy.fault(Fault::new(What::LostAnswer).on(APPLY));
    sky.post(&tale).await;
    sky.deliver().await;
    assert_eq!(lost.hits(), 1);
    deletes(&sky, 0).await;
    let before = sky.records().await.len();
    sky.settle().await;
    assert_eq!(sky.records().await.len(), before, "it was posted, and its owner has deleted a part of it");
}

#[tokio::test]
async fn what_others_post_there_is_left_alone() {
    let (mut sky, mut tale) = posted().await;
    let own = sky.own();
    let other = own.say("Something else altogether.", None, &[]).await;
    let last = sky.records().await.into_keys().nth_back(1).unwrap();
    let last = format!("at://{}/app.bsky.feed.post/{last}", sky.desk.did);
    let reply = own.say("I was there, too.", Some(&last), &[]).await;
    tale = tale.next(sky.clock.now());
    sky.post(&tale).await;
    sky.settle().await;
    sky.delete_retracted();
    sky.amend(&mut tale, AmendmentKind::Retraction, "It was a hoax.").await;
    sky.settle().await;
    let left: Vec<String> = sky.records().await.into_keys().collect();
    let mut wanted = [other.key().to_owned(), reply.key().to_owned()];
    wanted.sort();
    assert_eq!(left, wanted);
}

#[tokio::test]
async fn an_account_that_is_away_for_a_while_misses_nothing() {
    let (sky, mut tale) = posted().await;
    let before = sky.transcript().await;
    sky.bluesky.deactivate(&sky.desk).await;
    sky.amend(&mut tale, AmendmentKind::Correction, "The fare was wrong.").await;
    let report = sky.deliver().await;
    assert_eq!(report.posted, 0, "a server that hides the posts does not say that they are gone");
    let troubles = sky.troubles.lock().unwrap().clone();
    assert!(troubles.iter().any(|trouble| trouble.contains("deactivated")), "{troubles:?}");
    sky.bluesky.activate(&sky.desk).await;
    assert_eq!(sky.transcript().await, before);
    // Where one story gets through, those that were held do, too.
    sky.later(TimeDelta::hours(1));
    let second = sky.tale(2).await;
    sky.post(&second).await;
    sky.settle().await;
    let threads = sky.threads().await;
    assert_eq!(threads.len(), 2);
    assert!(
        threads[0].last().unwrap().contains("The fare was wrong."),
        "{threads:#?}\n{}",
        sky.steps().await
    );
}

#[tokio::test]
async fn a_picture_that_the_server_forgot_is_brought_again() {
    let bluesky = crate::support::bluesky::Bluesky::connect().await;
    let pds = bluesky.own_pds(false).await;
    let desk = pds.account("desk").await;
    let sky = Sky::of(bluesky, desk).await;
    let tale = sky.tale(1).await;
    sky.post(&tale).await;
    // Between the upload and the post.
    let held = sky.proxy.fault(Fault::new(What::Held).on(APPLY));
    tokio::join!(sky.deliver(), async {
        while sky.proxy.calls(APPLY) == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        pds.forget_blobs(&sky.desk).await;
        held.release();
    });
    sky.settle().await;
    assert_eq!(sky.proxy.answered(APPLY, 400), 1, "the server did not know the picture");
    assert_eq!(sky.proxy.calls("com.atproto.repo.uploadBlob"), 2);
    assert!(sky.transcript().await.starts_with("── opens with images"));
}
