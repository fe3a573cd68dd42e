//! The life of a storyline: it ends, it comes back, and two that are one go on as one.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use newsdesk::answer;
use newsdesk::model::{AmendmentKind, DecisionKind, Outcome, ReasonCode, RecordId, StoryCode, StoryStatus};
use newsdesk::store::StoryRow;
use serde_json::Value;

use crate::support::corpus::{self, BACKTEST, FERRIES, desk_with_archive};
use crate::support::desk::{Desk, topic_views};
use crate::support::story::story_about;
use crate::support::{Cli, at};

fn codes(cli: &Cli, arguments: &[&str]) -> BTreeSet<String> {
    let out = cli.run(arguments).ends(0).out;
    let lines = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter_map(|line| line["code"].as_str().map(str::to_owned)).collect()
}

/// How often the decisions about a story give this reason.
fn told(cli: &Cli, code: &str, reason: &str) -> usize {
    let why = cli.run(&["why", code, "--json"]).ends(0).json();
    let decisions = why["decisions"].as_array().unwrap();
    decisions.iter().filter(|d| d["reasons"].as_array().unwrap().iter().any(|r| r == reason)).count()
}

#[test]
fn a_story_that_hears_nothing_more_is_resolved_then_put_away_each_told_once() {
    let cli = desk_with_archive();
    let first = codes(&cli, &[&BACKTEST[..], &["--keep", "--json"]].concat());
    let code = first.first().expect("a story").clone();
    let status = || cli.run(&["story", &code, "--json"]).ends(0).json()["status"].clone();
    let versions = || cli.run(&["status", "--json"]).ends(0).json()["versions"].clone();
    assert!(["developing", "ongoing"].contains(&status().as_str().unwrap()), "{}", status());
    let before = versions();

    let days = |from: &'static str, to: &'static str| {
        codes(&cli, &["backtest", "--from", from, "--to", to, "--every", "24h", "--keep", "--json"])
    };
    days("2025-03-26", "2025-03-29");
    assert_eq!((status(), told(&cli, &code, "resolved")), ("resolved".into(), 1));
    days("2025-03-29", "2025-04-03");
    assert_eq!((status(), told(&cli, &code, "archived")), ("archived".into(), 1));
    assert_eq!(told(&cli, &code, "resolved"), 1);
    assert_eq!(versions(), before, "an end is no version");
    days("2025-04-03", "2025-04-06");
    assert_eq!((told(&cli, &code, "resolved"), told(&cli, &code, "archived")), (1, 1));
}

/// A desk on the day of the news, as of noon, with two running stories that rest on one record of it each.
async fn desk_with_two(names: &[&str]) -> (Desk, [StoryRow; 2]) {
    let probe = Desk::open("", &[FERRIES]).await;
    probe.hears(&corpus::records()).await;
    let noon = at("2025-03-24 12:30");
    let lead = probe.tick_at(noon).await.leads.into_iter().next().expect("a lead").lead;
    assert!(lead.evidence.len() >= 3, "{}", lead.evidence.len());

    let desk = Desk::open("", &[FERRIES]).await;
    desk.hears(&corpus::records()).await;
    desk.analyze().await;
    let mut rows = Vec::new();
    for (id, hour) in lead.evidence[1..].iter().zip(["06", "09"]) {
        let ids: [RecordId; 1] = [id.clone()];
        let stored = desk.store.stored_by_id(&ids).await.unwrap().remove(0);
        let written = at(&format!("2025-03-24 {hour}:00"));
        let mut new = story_about(&stored.record, &stored.text.text, "ferries", 1, written);
        new.trail.names = names.iter().map(|name| (*name).to_owned()).collect();
        assert!(desk.store.save_story(&new).await.unwrap());
        rows.push(desk.store.story_by_code(&new.story.code).await.unwrap().remove(0));
    }
    let rows = rows.try_into().unwrap_or_else(|_| panic!("two stories"));
    (desk, rows)
}

async fn story(desk: &Desk, code: &StoryCode) -> answer::StoryAnswer {
    let topics = topic_views(&desk.config);
    let now = at("2025-03-24 13:00");
    answer::Desk { store: &desk.store, topics: &topics, now }.story(code.as_str()).await.unwrap()
}

#[tokio::test]
async fn two_stories_that_turn_out_to_be_one_go_on_as_the_older() {
    let (desk, [older, younger]) = Box::pin(desk_with_two(&["orrin", "pellow quay", "linden line"])).await;
    let (lasting, code) = (&older.story.code, &younger.story.code);
    let noon = at("2025-03-24 12:30");
    let report = desk.tick_at(noon).await;
    let merged: Vec<_> =
        report.decisions.iter().filter(|d| d.reasons.contains(&ReasonCode::Merged)).collect();
    assert_eq!(merged.len(), 1, "{:#?}", report.decisions);
    assert_eq!((merged[0].subject.as_str(), merged[0].outcome), (code.as_str(), Outcome::Done));
    assert!(report.stories.iter().all(|(told, _)| told != code), "the younger gets no further version");
    // The name of the younger leads on, and its posts are to say so, once.
    assert_eq!(desk.store.continued_as(code).await.unwrap().as_ref(), Some(lasting));
    let answer = story(&desk, code).await;
    assert_eq!(&answer.code, lasting);
    let note = &answer.amendments[0];
    assert_eq!((note.kind, &note.code), (AmendmentKind::Continuation, code));
    assert!(note.text.contains(lasting.as_str()), "{}", note.text);
    assert!(story(&desk, lasting).await.amendments.is_empty());
    assert_eq!(desk.store.amendments_due().await.unwrap().len(), 1);

    // The same tick again, and a later one, change nothing of it.
    desk.tick_at(noon).await;
    let later = desk.tick_at(at("2025-03-24 13:30")).await;
    assert!(later.decisions.iter().all(|d| !d.reasons.contains(&ReasonCode::Merged)));
    assert_eq!(desk.store.amendments_due().await.unwrap().len(), 1);
    let open = desk.store.storylines_between(at("2025-03-24 00:00"), at("2025-03-24 13:30")).await.unwrap();
    assert!(open.iter().all(|row| &row.story.code != code));
}

#[tokio::test]
async fn a_story_that_has_moved_on_counts_among_the_days_new_ones() {
    let desk = Desk::open("[signal]\nnew_per_topic_day = 1", &[FERRIES]).await;
    desk.hears(&corpus::records()).await;
    desk.analyze().await;
    let noon = at("2025-03-24 12:30");
    let told = desk.tick_at(noon).await;
    assert!(told.decisions.iter().any(|d| d.outcome == Outcome::New), "alone, the news is told");

    let desk = Desk::open("[signal]\nnew_per_topic_day = 1", &[FERRIES]).await;
    desk.hears(&corpus::records()).await;
    desk.analyze().await;
    // Another story of the day, about a record of the week before, that has its second version by noon.
    let old = corpus::records().remove(0).0;
    let old = RecordId::derive(&old.platform, &old.native_id);
    let stored = desk.store.stored_by_id(&[old]).await.unwrap().remove(0);
    for (version, hour) in [(1, "06"), (2, "11")] {
        let written = at(&format!("2025-03-24 {hour}:00"));
        let mut new = story_about(&stored.record, &stored.text.text, "ferries", version, written);
        new.trail.names.clear();
        assert!(desk.store.save_story(&new).await.unwrap());
    }
    let report = desk.tick_at(noon).await;
    assert!(report.stories.is_empty(), "{:?}", report.stories);
    assert!(report.decisions.iter().any(|d| d.reasons.contains(&ReasonCode::TickFull)));
}

#[tokio::test]
async fn a_story_that_went_on_as_another_counts_among_the_days_new_ones() {
    let desk = Desk::open("[signal]\nnew_per_topic_day = 1", &[FERRIES]).await;
    desk.hears(&corpus::records()).await;
    desk.analyze().await;
    let mut codes = Vec::new();
    for (n, written) in [(0, "2025-03-20 06:00"), (1, "2025-03-24 06:00")] {
        let old = corpus::records().remove(n).0;
        let old = RecordId::derive(&old.platform, &old.native_id);
        let stored = desk.store.stored_by_id(&[old]).await.unwrap().remove(0);
        let mut new = story_about(&stored.record, &stored.text.text, "ferries", 1, at(written));
        new.trail.names.clear();
        assert!(desk.store.save_story(&new).await.unwrap());
        codes.push(new.story.code);
    }
    assert!(desk.store.merge_storyline(&codes[1], &codes[0], at("2025-03-24 09:00")).await.unwrap());
    let begun = desk.store.storylines_begun(at("2025-03-23 12:30"), at("2025-03-24 12:30")).await.unwrap();
    assert_eq!(
        begun.into_iter().map(|(topic, n)| (topic.to_string(), n)).collect::<Vec<_>>(),
        [("ferries".to_owned(), 1)]
    );
    let report = desk.tick_at(at("2025-03-24 12:30")).await;
    assert!(report.stories.is_empty(), "{:?}", report.stories);
    assert!(report.decisions.iter().any(|d| d.reasons.contains(&ReasonCode::TickFull)));
}

/// A desk at noon on the day of the news, with a story that was told once, on the same records, so long before.
async fn desk_with_one(before: TimeDelta) -> (Desk, StoryRow) {
    let noon = at("2025-03-24 12:30");
    let probe = Desk::open("", &[FERRIES]).await;
    probe.hears(&corpus::records()).await;
    let lead = probe.tick_at(noon).await.leads.into_iter().next().expect("a lead").lead;
    let desk = Desk::open("", &[FERRIES]).await;
    desk.hears(&corpus::records()).await;
    desk.analyze().await;
    let stored = desk.store.stored_by_id(&lead.evidence[1..2]).await.unwrap().remove(0);
    let mut new = story_about(&stored.record, &stored.text.text, "ferries", 1, noon - before);
    new.trail.names = ["orrin", "pellow quay", "linden line"].map(str::to_owned).into();
    assert!(desk.store.save_story(&new).await.unwrap());
    let row = desk.store.story_by_code(&new.story.code).await.unwrap().remove(0);
    (desk, row)
}

#[tokio::test]
async fn a_story_that_goes_on_in_the_tick_that_would_resolve_it_is_not_resolved() {
    let (desk, row) = Box::pin(desk_with_one(TimeDelta::hours(97))).await;
    let report = desk.tick_at(at("2025-03-24 12:30")).await;
    assert!(report.stories.contains(&(row.story.code.clone(), 2)), "{:?}", report.stories);
    let ended: Vec<_> =
        report.decisions.iter().filter(|d| d.reasons.contains(&ReasonCode::Resolved)).collect();
    assert!(ended.is_empty(), "{ended:?}");
    let noted = desk.store.noted_status(&row.story.storyline).await.unwrap();
    let versions = desk.store.story_by_code(&row.story.code).await.unwrap();
    let written = versions.iter().find(|row| row.story.version == 2).map(|row| row.story.status);
    assert_eq!(noted, written);
}

#[tokio::test]
async fn a_new_version_takes_back_that_its_story_was_over() {
    let (desk, row) = Box::pin(desk_with_one(TimeDelta::days(5))).await;
    let (id, noon) = (&row.story.storyline, at("2025-03-24 12:30"));
    desk.store.note_status(id, StoryStatus::Resolved).await.unwrap();
    let report = desk.tick_at(noon).await;
    assert!(report.stories.contains(&(row.story.code.clone(), 2)), "{:?}", report.stories);
    let noted = desk.store.noted_status(id).await.unwrap();
    assert!(noted.is_some_and(|noted| noted < StoryStatus::Resolved), "{noted:?}");
    let open = desk.store.storylines_open(noon - TimeDelta::hours(1), noon).await.unwrap();
    assert!(open.iter().any(|line| line.storyline == *id && line.at == noon && Some(line.written) == noted));
}

#[tokio::test]
async fn after_exactly_seven_days_a_story_is_over_for_leads_too() {
    let (desk, row) = Box::pin(desk_with_one(StoryStatus::ARCHIVED_AFTER)).await;
    let report = desk.tick_at(at("2025-03-24 12:30")).await;
    assert!(report.stories.iter().all(|(code, _)| *code != row.story.code), "{:?}", report.stories);
    let over = report.decisions.iter().find(|d| d.reasons.contains(&ReasonCode::Archived)).expect("an end");
    assert_eq!(over.subject, row.story.code.as_str());
    let (desk, row) = Box::pin(desk_with_one(StoryStatus::ARCHIVED_AFTER - TimeDelta::milliseconds(1))).await;
    let report = desk.tick_at(at("2025-03-24 12:30")).await;
    assert!(report.stories.contains(&(row.story.code, 2)), "{:?}", report.stories);
}

/// What became of the best lead of the day of the news, with these settings of signals.
async fn best_lead_of_the_day(settings: &str) -> (Option<ReasonCode>, bool) {
    let desk = Desk::open(&format!("[signal]\n{settings}"), &[FERRIES]).await;
    desk.hears(&corpus::records()).await;
    let report = desk.tick_at(at("2025-03-24 12:30")).await;
    let best = report.leads.first().expect("a lead");
    let decided = report.decisions.iter().find(|d| d.subject == best.lead.central.as_str());
    (decided.and_then(|d| d.reasons.first().copied()), best.story.is_some())
}

#[tokio::test]
async fn a_papers_report_stands_alone_where_others_speak_of_it() {
    let much = "min_evidence = 9\nmin_evidence_hearsay = 9\nstory_pair = 1";
    let alone = best_lead_of_the_day(&format!("{much}\nstory_alone = 1")).await;
    assert_eq!(alone, (Some(ReasonCode::FewRecords), false));
    let alone = best_lead_of_the_day(&format!("{much}\nstory_alone = 0.3")).await;
    assert_eq!(alone, (Some(ReasonCode::PassedBars), true));
}

#[tokio::test]
async fn two_records_do_where_the_first_is_a_very_good_one_of_standing() {
    let much = "min_evidence = 9\nmin_evidence_hearsay = 9\nstory_alone = 1";
    let pair = best_lead_of_the_day(&format!("{much}\nstory_pair = 0.3")).await;
    assert_eq!(pair, (Some(ReasonCode::PassedBars), true));
}

#[tokio::test]
async fn a_record_in_common_alone_makes_no_two_stories_one() {
    let (desk, _) = Box::pin(desk_with_two(&[])).await;
    let report = desk.tick_at(at("2025-03-24 12:30")).await;
    assert!(report.decisions.iter().all(|d| !d.reasons.contains(&ReasonCode::Merged)));
    assert!(desk.store.amendments_due().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_kept_signal_says_which_lead_it_stands_behind() {
    let desk = Desk::open("", &[FERRIES]).await;
    desk.hears(&corpus::records()).await;
    let report = desk.tick_at(at("2025-03-24 16:00")).await;
    let kept: Vec<&str> = report
        .decisions
        .iter()
        .filter(|d| d.kind == DecisionKind::Signal && d.outcome == Outcome::Kept)
        .map(|d| d.detail.as_str())
        .collect();
    assert!(!kept.is_empty());
    assert!(kept.iter().all(|detail| detail.contains("stands behind lead ")), "{kept:#?}");
}
