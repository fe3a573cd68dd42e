//! A request that arrives when something else was decided, and what becomes of it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use newsdesk::model::{AmendmentKind, Clock as _, ManualClock};
use newsdesk::publish::bluesky::BlueskySender;
use newsdesk::publish::{Publisher, SendError};
use newsdesk::store::LeasedStep;

use crate::support::bluesky::proxy::FaultHandle;
use crate::support::bluesky::{Fault, What};
use crate::support::sky::Sky;
use crate::support::tale::Tale;

const APPLY: &str = "com.atproto.repo.applyWrites";

async fn plain() -> Sky {
    let mut sky = Sky::open().await;
    sky.look.card = false;
    sky
}

/// Sends one story, whose request is under way when the client gives up on it.
async fn sent_late(sky: &Sky) -> (Tale, FaultHandle) {
    let tale = sky.tale(1).await;
    let late = sky.proxy.fault(Fault::new(What::Held).on(APPLY));
    sky.post(&tale).await;
    let report = sky.deliver().await;
    assert_eq!((report.posted, report.retried.len(), late.hits()), (0, 1, 1));
    assert_eq!(sky.transcript().await, "", "nothing has arrived yet");
    sky.later(TimeDelta::seconds(40));
    (tale, late)
}

/// No two steps are sent at the same time: keys of posts are made from times, and are read in their order.
struct Ticking {
    inner: BlueskySender,
    clock: Arc<ManualClock>,
}

#[async_trait]
impl Publisher for Ticking {
    async fn reconcile(&self, step: &LeasedStep) -> Result<Option<String>, SendError> {
        self.inner.reconcile(step).await
    }

    async fn send(&self, step: &LeasedStep) -> Result<String, SendError> {
        self.clock.set(self.clock.now() + TimeDelta::seconds(1));
        self.inner.send(step).await
    }
}

/// The late request arrives.
async fn arrives(sky: &Sky, late: &FaultHandle) {
    late.release();
    for _ in 0..400 {
        if !sky.transcript().await.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it never arrived");
}

/// What stands when a story is amended and nothing goes wrong.
async fn usual(kind: AmendmentKind, delete: bool) -> String {
    let mut sky = plain().await;
    if delete {
        sky.delete_retracted();
    }
    let mut tale = sky.tale(1).await;
    sky.post(&tale).await;
    sky.settle().await;
    sky.later(TimeDelta::seconds(40));
    sky.amend(&mut tale, kind, "It was otherwise.").await;
    sky.settle().await;
    sky.transcript().await
}

#[tokio::test]
async fn what_arrives_before_the_new_plan_is_sent_is_brought_to_it() {
    use AmendmentKind::{Correction, Retraction};
    let cells =
        [(Correction, false), (Retraction, false), (Retraction, true)].map(|(kind, delete)| async move {
            let mut sky = plain().await;
            if delete {
                sky.delete_retracted();
            }
            let (mut tale, late) = sent_late(&sky).await;
            sky.amend(&mut tale, kind, "It was otherwise.").await;
            arrives(&sky, &late).await;
            sky.settle().await;
            assert_eq!(sky.transcript().await, usual(kind, delete).await, "{kind:?}, delete: {delete}");
        });
    futures_util::future::join_all(cells).await;
}

#[tokio::test]
async fn what_arrives_after_the_new_plan_was_kept_is_not_taken_for_it() {
    use AmendmentKind::{Correction, Retraction};
    let cells =
        [(Correction, false), (Retraction, false), (Retraction, true)].map(|(kind, delete)| async move {
            let mut sky = plain().await;
            if delete {
                sky.delete_retracted();
            }
            let (mut tale, late) = sent_late(&sky).await;
            // The new plan is kept, and its request is lost; then the old one arrives.
            let lost = sky.proxy.fault(Fault::new(What::LostRequest).on(APPLY));
            sky.amend(&mut tale, kind, "It was otherwise.").await;
            sky.deliver().await;
            assert_eq!(
                lost.hits(),
                usize::from(kind == Correction),
                "a correction is sent at once, the rest waits"
            );
            lost.stop();
            arrives(&sky, &late).await;
            sky.later(TimeDelta::seconds(40));
            sky.settle().await;
            assert_eq!(sky.transcript().await, usual(kind, delete).await, "{kind:?}, delete: {delete}");
        });
    futures_util::future::join_all(cells).await;
}

#[tokio::test]
async fn of_several_plans_that_may_arrive_none_is_forgotten() {
    let sky = plain().await;
    let (mut tale, late) = sent_late(&sky).await;
    let lost = sky.proxy.fault(Fault::new(What::LostRequest).on(APPLY).times(2));
    for text in ["The fare was wrong.", "The pier was wrong."] {
        sky.amend(&mut tale, AmendmentKind::Correction, text).await;
        sky.deliver().await;
        sky.later(TimeDelta::minutes(3));
    }
    assert_eq!(lost.hits(), 2);
    arrives(&sky, &late).await;
    sky.settle().await;
    let seen = sky.transcript().await;
    for once in ["opens", "Timetable", "Fares", "The fare was wrong.", "The pier was wrong."] {
        assert_eq!(seen.matches(once).count(), 1, "{once} in\n{seen}");
    }
}

#[tokio::test]
async fn what_was_never_posted_and_is_taken_back_stays_unsaid() {
    let sky = plain().await;
    let mut tale = sky.tale(1).await;
    let lost = sky.proxy.fault(Fault::new(What::LostRequest).on(APPLY));
    sky.post(&tale).await;
    sky.deliver().await;
    assert_eq!(lost.hits(), 1);
    sky.later(TimeDelta::seconds(40));
    sky.amend(&mut tale, AmendmentKind::Retraction, "It was a hoax.").await;
    let since = sky.clock.now();
    sky.settle().await;
    assert!(sky.clock.now() - since >= TimeDelta::minutes(10), "what is under way might arrive yet");
    assert_eq!(sky.transcript().await, "");
    assert_eq!(sky.proxy.calls(APPLY), 1, "nothing was sent but the story");
}

#[tokio::test]
async fn an_update_that_is_being_sent_while_its_thread_changes_moves_with_it() {
    let mut sky = plain().await;
    sky.post_by(Box::new(Ticking { inner: sky.sender(), clock: sky.clock.clone() }));
    let mut tale = sky.tale(1).await;
    sky.post(&tale).await;
    sky.settle().await;
    tale = tale.next(sky.clock.now());
    sky.later(TimeDelta::hours(1));
    sky.post(&tale).await;
    // Its answer is lost. Version 1 becomes shorter before anybody looks whether it has arrived.
    sky.proxy.fault(Fault::new(What::LostAnswer).on(APPLY));
    sky.deliver().await;
    let first = tale.erase_from_first();
    sky.replan(&first).await;
    sky.settle().await;
    let threads = sky.threads().await;
    assert_eq!(threads.len(), 1);
    assert!(threads[0].iter().all(|text| !text.starts_with("Fares")), "{threads:#?}");
    assert_eq!(threads[0].iter().filter(|text| text.starts_with("Update:")).count(), 1, "{threads:#?}");
}
