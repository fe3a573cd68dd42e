//! What a tick decided: signals, leads, decisions, stories.

use chrono::{DateTime, Utc};
use newsdesk::model::{Decision, DecisionKind, Lead, Outcome, ReasonCode, Severity, Sha256};
use newsdesk::store::LeadRow;

use super::{desk_with, dump, now, record, save};

use crate::support::record::minutes;
use crate::support::story::{delivery_of, slug, story_about};
use crate::support::{Database, post};

fn decision(subject: &str, at: DateTime<Utc>, detail: &str) -> Decision {
    Decision {
        at,
        kind: DecisionKind::Lead,
        topic: slug("ferries"),
        subject: subject.to_owned(),
        outcome: Outcome::Nothing,
        reasons: vec![ReasonCode::FewAuthors, ReasonCode::WeakLead],
        detail: detail.to_owned(),
    }
}

#[tokio::test]
async fn deciding_the_same_thing_twice_is_deciding_it_once() {
    let database = Database::create();
    let store = database.open().await;
    let first = decision("abc", now(), "Two authors.");
    let later = decision("abc", now() + minutes(60), "Three authors.");
    store.save_decisions(&[first.clone(), later.clone()]).await.unwrap();
    store
        .save_decisions(&[decision("abc", now(), "Told otherwise."), decision("def", now(), "Else.")])
        .await
        .unwrap();
    assert_eq!(store.decisions_about("abc", 10).await.unwrap(), [later.clone(), first.clone()]);
    let until = async |at| store.decisions(&slug("ferries"), now() - minutes(1), at, 10).await.unwrap();
    assert_eq!(until(now()).await.len(), 2);
    assert_eq!(until(now() + minutes(60)).await[0], later);
    assert!(store.decisions(&slug("ferries"), now(), now() + minutes(59), 10).await.unwrap().is_empty());
    assert!(store.decisions(&slug("kites"), now() - minutes(1), now(), 10).await.unwrap().is_empty());
}

fn lead(rank: usize, topic: &str) -> Lead {
    let central = post(rank as u64, "").id();
    Lead {
        rank,
        topic: slug(topic),
        topics: vec![slug(topic)],
        evidence: vec![central.clone()],
        linked: vec![central.clone()],
        central,
        strength: 0.25,
        p: 0.125,
        terms: Vec::new(),
        names: vec!["orrin".to_owned()],
        cluster: None,
        signals: Vec::new(),
        severity: Severity::Low,
        authors: 1,
        distinct_records: 1,
        asked: Vec::new(),
    }
}

#[tokio::test]
async fn leads_signals_and_pulses_are_stored_once() {
    let database = Database::create();
    let store = database.open().await;
    let said = post(1, "The ferry.");
    save(&store, std::slice::from_ref(&said)).await;
    let story = story_about(&record(&store, &said).await, "The ferry.", "ferries", 1, now()).story;
    let rows = [
        LeadRow { at: now(), lead: lead(1, "ferries"), story: Some((story.code, 1)) },
        LeadRow { at: now(), lead: lead(2, "kites"), story: None },
        LeadRow { at: now(), lead: lead(3, "ferries"), story: None },
    ];
    store.save_leads(&rows).await.unwrap();
    store.save_leads(&rows).await.unwrap();
    let later = LeadRow { at: now() + minutes(60), lead: lead(1, "ferries"), story: None };
    store.save_leads(std::slice::from_ref(&later)).await.unwrap();
    assert_eq!(
        store.last_leads(&slug("ferries"), now(), 9).await.unwrap(),
        [rows[0].clone(), rows[2].clone()]
    );
    assert_eq!(store.last_leads(&slug("ferries"), now() + minutes(60), 9).await.unwrap(), [later]);

    assert_eq!(store.last_tick().await.unwrap(), None);
    store.save_pulses(now(), &[(&slug("ferries"), "{\"n\":1}".to_owned())]).await.unwrap();
    store.save_pulses(now(), &[(&slug("ferries"), "{\"n\":2}".to_owned())]).await.unwrap();
    let pulse = store.last_pulse(&slug("ferries"), now() + minutes(5)).await.unwrap();
    assert_eq!(pulse, Some((now(), "{\"n\":1}".to_owned())));
    assert_eq!(store.last_pulse(&slug("ferries"), now() - minutes(1)).await.unwrap(), None);
    assert_eq!(store.last_tick().await.unwrap(), Some(now()));
}

#[tokio::test]
async fn signals_are_kept_once_and_found_by_time() {
    use newsdesk::model::{Baseline, Signal, SignalId, SignalKind};
    let database = Database::create();
    let store = database.open().await;
    let signal = |n: i64, kept| Signal {
        id: SignalId::derive("velocity", &slug("ferries"), n),
        kind: SignalKind::Velocity,
        topic: slug("ferries"),
        at: now() + minutes(n),
        from: now() - minutes(60),
        observed: 9.0,
        effective: 0.1 + 0.2,
        baseline: Baseline { center: 1.0 / 3.0, spread: f64::MIN_POSITIVE, windows: 7 },
        effect: -2.5,
        p_value: 1e-12,
        severity: Severity::High,
        kept,
        asked: vec![
            newsdesk::model::Asked::at_least("records", "signal.min_records", 5.0, 0.1 + 0.2),
            newsdesk::model::Asked::more_than("records", "", 1.0 / 3.0, 9.0).fixed(),
        ],
        discounts: Vec::new(),
        evidence: vec![post(1, "").id()],
        explanation: "Nine posts; three are usual".to_owned(),
    };
    store.save_signals(&[signal(0, true), signal(60, false)]).await.unwrap();
    store.save_signals(&[signal(0, true)]).await.unwrap();
    let found = store.signals(&slug("ferries"), now() - minutes(1), now() + minutes(60)).await.unwrap();
    assert_eq!(found, [signal(60, false), signal(0, true)], "to the last bit");
    assert!(store.signals(&slug("ferries"), now(), now() + minutes(59)).await.unwrap().is_empty());
}

// --- Stories ---------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn versions_are_added_and_never_replaced() {
    let said = post(1, "The ferry is late.");
    let desk = desk_with(std::slice::from_ref(&said)).await;
    let store = &desk.store;
    let source = record(store, &said).await;
    let text = "The ferry is late.";
    let mut first = story_about(&source, text, "ferries", 1, now());
    first.deliveries = vec![delivery_of(&first.story, 2).into()];
    let second = story_about(&source, text, "ferries", 2, now() + minutes(60));
    assert!(store.save_story(&first).await.unwrap());
    assert!(store.save_story(&second).await.unwrap());
    let mut forged = first.clone();
    forged.story.label = "forged".to_owned();
    forged.severity = Severity::High;
    assert!(!store.save_story(&forged).await.unwrap(), "that version is there");

    let code = &first.story.code;
    let versions = store.story_by_code(code).await.unwrap();
    assert_eq!(versions.iter().map(|r| &r.story).collect::<Vec<_>>(), [&first.story, &second.story]);
    assert_eq!((versions[0].severity, &versions[0].trail), (Severity::Medium, &first.trail));
    assert_eq!(store.story_totals().await.unwrap(), (1, 2));
    assert_eq!(store.latest_story(&slug("ferries")).await.unwrap().unwrap().story, second.story);
    assert_eq!(store.latest_story(&slug("kites")).await.unwrap(), None);
    let latest = store.stories_of_topic(&slug("ferries"), 10).await.unwrap();
    assert_eq!(latest.iter().map(|r| r.story.version).collect::<Vec<_>>(), [2]);
    let line = &first.story.storyline;
    assert_eq!(store.story_version(line, 1).await.unwrap().unwrap().story, first.story);
    assert_eq!(store.story_members(line, 1).await.unwrap(), [said.id()]);
    let between = |since, before| store.storylines_between(since, before);
    assert_eq!(between(now(), now() + minutes(60)).await.unwrap()[0].story.version, 1, "as it was then");
    assert_eq!(between(now(), now() + minutes(61)).await.unwrap()[0].story.version, 2);
    assert!(between(now() + minutes(61), now() + minutes(99)).await.unwrap().is_empty());
    let deliveries = store.deliveries_of(code, 1).await.unwrap();
    assert_eq!(deliveries, [first.deliveries[0].delivery.clone()]);
    assert_eq!(store.delivery_totals().await.unwrap(), [("open".to_owned(), 1)]);
}

#[tokio::test]
async fn briefs_hold_no_text_and_are_joined_with_what_is_still_there() {
    let said = post(1, "The ferry hides a walrus.");
    let desk = desk_with(std::slice::from_ref(&said)).await;
    let store = &desk.store;
    let new = story_about(&record(store, &said).await, "The ferry hides a walrus.", "ferries", 1, now());
    store.save_story(&new).await.unwrap();
    let sha = new.brief.digest();
    let bare = store.brief(&sha).await.unwrap().unwrap();
    assert_eq!(bare, new.brief.without_texts());
    let whole = store.brief_with_texts(store, &sha).await.unwrap().unwrap();
    assert_eq!(whole, new.brief);
    // An edit leaves what was cited where it was.
    save(store, &[post(1, "The ferry hides a seal.")]).await;
    desk.analyze().await;
    assert_eq!(store.brief_with_texts(store, &sha).await.unwrap().unwrap(), new.brief);
    save(store, &[post(1, "").deleted()]).await;
    assert_eq!(store.brief_with_texts(store, &sha).await.unwrap().unwrap(), bare);
    assert_eq!(store.brief(&Sha256::of("another")).await.unwrap(), None);
}

#[tokio::test]
async fn erasing_a_source_replaces_the_version_and_its_brief() {
    let said = post(1, "The ferry hides a walrus.");
    let desk = desk_with(std::slice::from_ref(&said)).await;
    let store = &desk.store;
    let new = story_about(&record(store, &said).await, "The ferry hides a walrus.", "ferries", 1, now());
    store.save_story(&new).await.unwrap();
    assert!(store.stories_knowing_gone().await.unwrap().is_empty());
    let later = now() + minutes(30);
    store.save_records(&[said.clone().deleted().record()], later).await.unwrap();
    let knowing = store.stories_knowing_gone().await.unwrap();
    assert_eq!(knowing.len(), 1);
    let (mut row, gone) = knowing.into_iter().next().unwrap();
    assert_eq!(gone, [said.id()]);

    let brief = new.brief.without(&gone.into_iter().collect());
    row.story.body.headline.text = "Withdrawn".to_owned();
    row.story.body.headline.citations.clear();
    store.erase_in_story(&row, &brief, later).await.unwrap();
    let read = store.story_by_code(&new.story.code).await.unwrap().remove(0);
    assert_eq!((read.erased_at, &read.brief), (Some(later), &brief.digest()));
    assert_eq!(store.brief(&new.brief.digest()).await.unwrap(), None, "the old brief is gone");
    assert!(store.stories_knowing_gone().await.unwrap().is_empty(), "once is enough");
    let dump = dump(&desk.database).await;
    assert!(!dump.contains("walrus") && !dump.contains("saltpan.example/@ana/1\n"));
}
