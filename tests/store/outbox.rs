//! The outbox.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use newsdesk::model::{HoldReason, StepState};
use newsdesk::store::{Outgoing, Store};
use sqlx::Row as _;

use super::{desk_with, now, record};

use crate::support::desk::Desk;
use crate::support::post;
use crate::support::record::{Post, minutes};
use crate::support::story::{delivery_of, story_about};

const LEASE: TimeDelta = TimeDelta::minutes(2);

/// A store with two stories of two steps each on their way, to two places.
async fn outbox() -> (Desk, Vec<newsdesk::model::Delivery>) {
    outbox_to(["discord:1", "discord:2"]).await
}

async fn outbox_to(places: [&str; 2]) -> (Desk, Vec<newsdesk::model::Delivery>) {
    let posts = [post(1, "The ferry is late."), post(2, "The ferry is early.")];
    let desk = desk_with(&posts).await;
    let mut deliveries = Vec::new();
    for (n, said) in posts.iter().enumerate() {
        let source = record(&desk.store, said).await;
        let mut new =
            story_about(&source, &said.0.body, "ferries", 1, now() + minutes(i64::try_from(n).unwrap()));
        let mut outgoing: Outgoing = delivery_of(&new.story, 2).into();
        outgoing.delivery.destination = places[n].to_owned();
        deliveries.push(outgoing.delivery.clone());
        new.deliveries = vec![outgoing];
        desk.store.save_story(&new).await.unwrap();
    }
    (desk, deliveries)
}

#[tokio::test]
async fn steps_go_in_order_and_a_delivery_ends_with_its_last() {
    let (desk, deliveries) = outbox().await;
    let (store, t) = (&desk.store, now() + minutes(10));
    let first = store.lease_step(t, LEASE).await.unwrap().unwrap();
    assert_eq!((&first.delivery, first.step.n), (&deliveries[0].id, 0), "the oldest delivery first");
    let other = store.lease_step(t, LEASE).await.unwrap().unwrap();
    assert_eq!(
        (&other.delivery, other.step.n),
        (&deliveries[1].id, 0),
        "the second step waits for the first"
    );
    assert_eq!(store.lease_step(t, LEASE).await.unwrap(), None);

    assert!(store.intend_step(&first, t).await.unwrap());
    assert!(!store.intend_step(&first, t).await.unwrap(), "only once");
    store.post_step(&first, "remote-1", t).await.unwrap();
    let second = store.lease_step(t, LEASE).await.unwrap().unwrap();
    assert_eq!(
        (&second.delivery, second.step.n, &second.step.state),
        (&deliveries[0].id, 1, &StepState::Queued)
    );
    store.intend_step(&second, t).await.unwrap();
    store.post_step(&second, "remote-2", t).await.unwrap();
    assert_eq!(store.delivery_totals().await.unwrap(), [("done".to_owned(), 1), ("open".to_owned(), 1)]);
}

#[tokio::test]
async fn a_step_whose_worker_died_is_found_as_intended() {
    let (desk, deliveries) = outbox().await;
    let (store, t) = (&desk.store, now() + minutes(10));
    let step = store.lease_step(t, LEASE).await.unwrap().unwrap();
    store.intend_step(&step, t).await.unwrap();
    let again = store.lease_step(t + LEASE, LEASE).await.unwrap().unwrap();
    assert_eq!((&again.delivery, &again.step.state), (&deliveries[0].id, &StepState::Intended { at: t }));
    store.post_step(&again, "found", t + LEASE).await.unwrap();
    // The first worker wakes up: what it says changes nothing.
    store.post_step(&step, "too late", t + LEASE).await.unwrap();
    let mut connection = desk.database.connect().await;
    let remote: String = sqlx::query("SELECT remote FROM step WHERE id = $1")
        .bind(step.step.id.as_str())
        .fetch_one(&mut connection)
        .await
        .unwrap()
        .get(0);
    assert_eq!(remote, "found");
}

#[tokio::test]
async fn a_step_that_failed_waits_and_one_that_is_held_stops_its_delivery_only() {
    let (desk, deliveries) = outbox().await;
    let (store, t) = (&desk.store, now() + minutes(10));
    let first = store.lease_step(t, LEASE).await.unwrap().unwrap();
    store.retry_step(&first.step.id, t + minutes(30), "server is down").await.unwrap();
    let second = store.lease_step(t + minutes(29), LEASE).await.unwrap().unwrap();
    assert_eq!(second.delivery, deliveries[1].id);
    store.hold_step(&second, HoldReason::NoPermission, t).await.unwrap();
    let again = store.lease_step(t + minutes(30), LEASE).await.unwrap().unwrap();
    assert_eq!((&again.delivery, &again.step.state), (&deliveries[0].id, &StepState::Queued));
    store.retry_step(&again.step.id, t + minutes(300), "still down").await.unwrap();
    assert_eq!(store.lease_step(t + minutes(299), LEASE).await.unwrap(), None, "held is held");
    assert_eq!(store.delivery_totals().await.unwrap(), [("held".to_owned(), 1), ("open".to_owned(), 1)]);
}

#[tokio::test]
async fn a_delivery_can_be_planned_again() {
    let (desk, deliveries) = outbox().await;
    let (store, t) = (&desk.store, now() + minutes(10));
    while let Some(step) = store.lease_step(t, LEASE).await.unwrap() {
        store.intend_step(&step, t).await.unwrap();
        store.post_step(&step, "there", t).await.unwrap();
    }
    assert_eq!(store.delivery_totals().await.unwrap(), [("done".to_owned(), 2)]);
    let row = store.story_by_code(&deliveries[0].code).await.unwrap().remove(0);
    let (delivery, mut steps) = delivery_of(&row.story, 2);
    steps[1].payload = serde_json::json!({ "step": "new" });
    store.replan_delivery(&delivery, &steps, t).await.unwrap();
    let mut payloads = Vec::new();
    while let Some(step) = store.lease_step(t, LEASE).await.unwrap() {
        payloads.push(step.step.payload.clone());
        assert!(store.intend_step(&step, t).await.unwrap());
        store.post_step(&step, "there", t).await.unwrap();
    }
    assert_eq!(payloads, [serde_json::json!({ "step": "new" })], "what says the same stays");
    assert_eq!(store.delivery_totals().await.unwrap(), [("done".to_owned(), 2)]);

    store.replan_delivery(&delivery, &steps[..1], t).await.unwrap();
    let step = store.lease_step(t, LEASE).await.unwrap().unwrap();
    assert_eq!(
        (step.step.n, &step.step.payload),
        (1, &serde_json::Value::Null),
        "a step too many is taken away"
    );
    assert_eq!(step.remote.as_deref(), Some("there"));
}

#[tokio::test]
async fn a_plan_that_changes_while_a_step_is_sent_is_carried_out_after_it() {
    let (desk, deliveries) = outbox().await;
    let (store, t) = (&desk.store, now() + minutes(10));
    let row = store.story_by_code(&deliveries[0].code).await.unwrap().remove(0);
    let (delivery, mut steps) = delivery_of(&row.story, 2);
    let leased = store.lease_step(t, LEASE).await.unwrap().unwrap();
    steps[0].payload = serde_json::json!({ "step": "changed before it was sent" });
    store.replan_delivery(&delivery, &steps, t).await.unwrap();
    assert!(!store.intend_step(&leased, t).await.unwrap(), "the old plan is not sent any more");

    let leased = store.lease_step(t, LEASE).await.unwrap().unwrap();
    assert!(store.intend_step(&leased, t).await.unwrap());
    steps[0].payload = serde_json::json!({ "step": "changed while it was sent" });
    store.replan_delivery(&delivery, &steps, t).await.unwrap();
    store.post_step(&leased, "there", t).await.unwrap();
    let again = store.lease_step(t, LEASE).await.unwrap().unwrap();
    assert_eq!((again.step.n, &again.step.payload), (0, &steps[0].payload));
    assert_eq!((&again.step.state, again.remote.as_deref()), (&StepState::Queued, Some("there")));
}

#[tokio::test]
async fn deliveries_to_one_place_keep_their_order_until_the_older_has_failed_for_a_while() {
    let (desk, deliveries) = outbox_to(["discord:1", "discord:1"]).await;
    let (store, t) = (&desk.store, now() + minutes(10));
    let first = store.lease_step(t, LEASE).await.unwrap().unwrap();
    assert_eq!(first.delivery, deliveries[0].id);
    assert_eq!(store.lease_step(t, LEASE).await.unwrap(), None, "one at a time");
    store.intend_step(&first, t).await.unwrap();
    store.retry_step(&first.step.id, t + minutes(300), "server is down").await.unwrap();
    assert_eq!(store.lease_step(t + minutes(14), LEASE).await.unwrap(), None, "it may come back soon");
    let second = store.lease_step(t + minutes(16), LEASE).await.unwrap().unwrap();
    assert_eq!(second.delivery, deliveries[1].id);
    store.hold_step(&second, HoldReason::NoPermission, t).await.unwrap();

    assert_eq!(store.retry_held(t, t).await.unwrap(), 0, "too old");
    assert_eq!(store.retry_held(now(), t).await.unwrap(), 1);
    let again = store.lease_step(t + minutes(17), LEASE).await.unwrap().unwrap();
    assert_eq!(again.delivery, deliveries[1].id);
}

/// Works until nothing is due; says which steps it sent.
async fn worker(store: Store, t: DateTime<Utc>) -> Vec<String> {
    let mut sent = Vec::new();
    while let Some(step) = store.lease_step(t, LEASE).await.unwrap() {
        if store.intend_step(&step, t).await.unwrap() {
            sent.push(step.step.id.as_str().to_owned());
            tokio::task::yield_now().await;
            store.post_step(&step, "there", t).await.unwrap();
        }
    }
    sent
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_workers_at_once_send_every_step_once() {
    let posts: Vec<Post> = (1..=12).map(|n| post(n, &format!("The ferry {n} is late."))).collect();
    let desk = desk_with(&posts).await;
    for (place, said) in posts.iter().enumerate() {
        let source = record(&desk.store, said).await;
        let mut new = story_about(&source, &said.0.body, "ferries", 1, now());
        let mut outgoing: Outgoing = delivery_of(&new.story, 3).into();
        outgoing.delivery.destination = format!("discord:{place}");
        new.deliveries = vec![outgoing];
        desk.store.save_story(&new).await.unwrap();
    }
    let t = now() + minutes(10);
    // A store of its own each, as two processes would have.
    let (a, b) = (desk.database.open().await, desk.database.open().await);
    let mut workers = tokio::task::JoinSet::new();
    workers.spawn(worker(a, t));
    workers.spawn(worker(b, t));
    let mut sent: Vec<String> = workers.join_all().await.into_iter().flatten().collect();
    // A worker may find nothing due while the other sends the step before: somebody comes again.
    sent.extend(worker(desk.store.clone(), t).await);
    let distinct: BTreeSet<&String> = sent.iter().collect();
    assert_eq!((sent.len(), distinct.len()), (36, 36));
    assert_eq!(desk.store.delivery_totals().await.unwrap(), [("done".to_owned(), 12)]);
}
