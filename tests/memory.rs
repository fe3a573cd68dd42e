//! A desk that runs for weeks reads only what is new and what has changed, and answers as one that has just been started.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use newsdesk::config::{Config, Inputs, SourceText, load};
use newsdesk::ingest::import::read_record;
use newsdesk::model::{IncomingRecord, RecordId, TombstoneReason};
use newsdesk::schedule::{Beat, Newsroom, Publishing, Settings};
use newsdesk::store::{Store, View};

use crate::support::Database;

/// A week is usual here, so that days slide out of the three weeks of the corpus.
const SETTINGS: &str = "[signal]\nbaseline_days = 7\n\n[publish]\npermalink_base = \"https://desk.example.org/s/\"\n\n[topics]\nbuiltin = false\n";

fn config() -> Config {
    let text = |path: &str, text: &str| SourceText { path: path.into(), text: text.to_owned() };
    let topics = newsdesk::demo::TOPICS.iter().map(|(path, content)| text(path, content)).collect();
    let file = Some(text("newsdesk.toml", SETTINGS));
    load(Inputs { file, topic_files: topics, ..Inputs::default() }).unwrap()
}

/// The records of the demo by the time they were seen: edits, a deletion and a backfill are among them.
fn corpus() -> Vec<(DateTime<Utc>, IncomingRecord)> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/corpus.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let record = |(n, line): (usize, &str)| {
        let record = read_record(line, n as u64, DateTime::UNIX_EPOCH).unwrap();
        (record.archived_seen_at.unwrap_or(record.published_at), record)
    };
    let mut records: Vec<_> = text.lines().enumerate().map(record).collect();
    records.sort_by_key(|(seen, _)| *seen);
    records
}

/// A newsroom that finds leads and writes no story: what it decides hangs on nothing that it wrote before.
async fn newsroom(config: &Config, records: &Store) -> (Newsroom, Store) {
    let out = Store::in_memory().await.unwrap();
    let settings = Settings { story_strength: 2.0, ..Settings::of(config) };
    let beat = |topic: &newsdesk::config::Topic| Beat {
        slug: topic.slug.clone(),
        name: topic.name.clone(),
        time_zone: config.time_zone_of(topic),
    };
    let beats = config.topics.iter().map(beat).collect();
    let newsroom = Newsroom::new(
        records.clone(),
        out.clone(),
        View::Live,
        &config.topics,
        beats,
        settings,
        Publishing::No,
    );
    (newsroom, out)
}

/// Everything a tick finds: leads, decisions, signals, pulses.
async fn found(newsroom: &mut Newsroom, out: &Store, config: &Config, at: DateTime<Utc>) -> String {
    newsroom.analyze(|_| ()).await.unwrap();
    let report = newsroom.tick(at).await.unwrap();
    let mut told = format!("{:#?}\n{:#?}\n", report.leads, report.decisions);
    for topic in &config.topics {
        let signals = out.signals(&topic.slug, at - TimeDelta::seconds(1), at).await.unwrap();
        let pulse = out.last_pulse(&topic.slug, at).await.unwrap();
        told.push_str(&format!("{} {signals:#?} {pulse:?}\n", topic.slug));
    }
    told
}

#[tokio::test]
async fn a_desk_that_has_run_for_weeks_answers_as_one_that_was_just_started() {
    let config = config();
    let database = Database::create();
    let store = database.open().await;
    let (mut runs, out) = newsroom(&config, &store).await;
    let corpus = corpus();
    let mut rest = corpus.as_slice();
    let mut at = corpus[0].0.date_naive().and_hms_opt(18, 0, 0).unwrap().and_utc();
    let end = corpus.last().unwrap().0 + TimeDelta::days(1);
    let (mut leads, mut day) = (0, 0);
    while at < end {
        let (seen, later) = rest.split_at(rest.partition_point(|(seen, _)| *seen <= at));
        rest = later;
        let mut pages: BTreeMap<DateTime<Utc>, Vec<IncomingRecord>> = BTreeMap::new();
        for (seen, record) in seen {
            pages.entry(*seen).or_default().push(record.clone());
        }
        for (seen, page) in pages {
            store.save_records(&page, seen).await.unwrap();
        }
        day += 1;
        disturb(&store, &corpus, day, at).await;
        let told = found(&mut runs, &out, &config, at).await;
        let (mut starts, fresh_out) = newsroom(&config, &store).await;
        let fresh = found(&mut starts, &fresh_out, &config, at).await;
        assert!(told == fresh, "{at}: {}", first_difference(&told, &fresh));
        leads += told.matches("central:").count();
        at += TimeDelta::days(1);
    }
    assert!(leads > 20, "{leads} leads: too few to compare");
    drop(runs);
    store.close().await;
}

/// Old records are edited and deleted, by hand and long after anybody has looked at them.
async fn disturb(store: &Store, corpus: &[(DateTime<Utc>, IncomingRecord)], day: usize, at: DateTime<Utc>) {
    let said = |n: usize| {
        let (_, record) = corpus.iter().filter(|(seen, r)| *seen < at && r.deleted.is_none()).nth(n).unwrap();
        record.clone()
    };
    let page = match day {
        7 => vec![IncomingRecord { body: "Gale, says Marigold Finch of Saltby.".to_owned(), ..said(40) }],
        8 | 15 => vec![
            IncomingRecord { deleted: Some(TombstoneReason::Author), ..said(day * 6) },
            IncomingRecord {
                body: "The Finch pier is shut, says Marigold Finch.".to_owned(),
                ..said(day * 6 + 1)
            },
        ],
        // Some begin to pass on what we said, and stop again.
        9 | 11 => (100..130)
            .map(|n| {
                let link = if day == 9 { " https://desk.example.org/s/4K7Q2WX" } else { "" };
                IncomingRecord { body: format!("{}{link}", said(n).body), ..said(n) }
            })
            .collect(),
        // Edited on the day that a record of it goes, as a whole page of yesterday.
        12 => (200..212)
            .map(|n| IncomingRecord { body: format!("Ferry {n} of Finch is late."), ..said(n) })
            .collect(),
        16 => {
            let id = |n: usize| RecordId::derive(&said(n).platform, &said(n).native_id);
            store
                .save_topics(&[(id(300), Vec::new()), (id(301), vec!["sea-weather".parse().unwrap()])])
                .await
                .unwrap();
            Vec::new()
        }
        _ => Vec::new(),
    };
    store.save_records(&page, at).await.unwrap();
}

fn first_difference(one: &str, two: &str) -> String {
    let pair = one.lines().zip(two.lines()).find(|(a, b)| a != b);
    pair.map_or_else(|| "one is longer".to_owned(), |(a, b)| format!("ran: {a}\nstarted: {b}"))
}
