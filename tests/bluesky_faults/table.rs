//! Every fault, with every kind of call, at every stage of a story's life.

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::StreamExt as _;
use newsdesk::model::AmendmentKind;

use crate::support::bluesky::{Fault, What};
use crate::support::sky::Sky;

const STAGES: [&str; 4] = ["posted", "told anew", "corrected", "taken back"];

/// Whether posts have pictures: drawing them takes most of the time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Card {
    Yes,
    No,
}

/// Lives through a story's life; `arm` is asked before each stage. What stood there after each.
async fn life(card: Card, mut arm: impl FnMut(&Sky)) -> Vec<String> {
    let mut sky = Sky::open().await;
    sky.look.card = card == Card::Yes;
    let mut stood = Vec::new();
    let mut tale = sky.tale(1).await;
    for stage in STAGES {
        sky.later(TimeDelta::hours(20));
        arm(&sky);
        match stage {
            "posted" => sky.post(&tale).await,
            "told anew" => {
                tale = tale.next(newsdesk::model::Clock::now(&*sky.clock));
                sky.post(&tale).await;
            }
            "corrected" => sky.amend(&mut tale, AmendmentKind::Correction, "The fare was wrong.").await,
            _ => sky.amend(&mut tale, AmendmentKind::Retraction, "It was a hoax.").await,
        }
        sky.settle().await;
        stood.push(sky.transcript().await);
    }
    let troubles = sky.troubles.lock().unwrap().clone();
    assert_eq!(troubles, Vec::<String>::new(), "there is nothing for its owner to do");
    stood
}

#[tokio::test]
async fn a_life_without_faults() {
    let stood = life(Card::Yes, |_| ()).await;
    insta::assert_snapshot!(stood.join("════\n"));
}

#[tokio::test]
async fn every_fault_at_every_stage_leaves_one_whole_thread() {
    let usual = [life(Card::Yes, |_| ()).await, life(Card::No, |_| ()).await];
    let faults = [
        What::LostAnswer,
        What::LostRequest,
        What::TooMany(Duration::from_secs(30)),
        What::TooManyUnsaid,
        What::Status(502),
        What::StatusAfter(500),
        What::Slow(Duration::from_secs(4)),
        What::Delayed(Duration::from_secs(4)),
        What::HalfAnswer,
        What::Garbage,
    ];
    let methods =
        ["com.atproto.repo.applyWrites", "com.atproto.repo.uploadBlob", "com.atproto.repo.getRecord"];
    let mut cells = Vec::new();
    for what in faults {
        for method in methods {
            let what = what.clone();
            let (card, usual) = match method {
                "com.atproto.repo.uploadBlob" => (Card::Yes, &usual[0]),
                _ => (Card::No, &usual[1]),
            };
            cells.push(async move {
                let mut handles = Vec::new();
                let seen =
                    life(card, |sky| handles.push(sky.proxy.fault(Fault::new(what.clone()).on(method))))
                        .await;
                assert_eq!(seen, *usual, "{what:?} on {method}");
                let hits: usize = handles.iter().map(crate::support::bluesky::proxy::FaultHandle::hits).sum();
                assert!(hits > 0, "{what:?} on {method} never happened");
            });
        }
    }
    futures_util::stream::iter(cells).buffer_unordered(6).collect::<Vec<()>>().await;
}
