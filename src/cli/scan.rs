//! `newsdesk scan`: one round, now.

use std::process::ExitCode;

use super::args::{Global, ScanArgs};
use super::reach::reach;
use super::setup::Session;
use super::{CliError, draw};
use crate::ingest::ScanEnd;
use crate::model::SystemClock;
use crate::schedule::{LiveDesk, RoundReport};

pub(super) async fn run(global: &Global, args: &ScanArgs) -> Result<ExitCode, CliError> {
    let session = Session::open(global).await?;
    let topics = session.topics_named(&args.topics)?;
    let reach = reach(&session).await?;
    let doors = reach.doors(&session.config);
    let (publishers, troubles) = reach.split();
    let mut desk = LiveDesk::new(&session.config, &topics, session.store.clone(), publishers, &doors)
        .map_err(CliError::failed)?;
    for line in desk.unread() {
        anstream::eprintln!("note: {line}");
    }
    let report = desk.round(&SystemClock).await?;
    troubles.tell_all(&session, &SystemClock).await;
    let failed = report.scans.iter().filter(|s| matches!(s.end, ScanEnd::Failed { .. })).count();
    if global.json {
        let sources: Vec<_> = report
            .scans
            .iter()
            .map(|s| serde_json::json!({ "source": s.source, "topic": s.topic, "tally": s.tally, "end": end(&s.end) }))
            .collect();
        let stories: Vec<_> = report
            .written
            .tick
            .stories
            .iter()
            .map(|(code, version)| serde_json::json!({ "code": code, "version": version }))
            .collect();
        say!(
            "{}",
            serde_json::json!({
                "sources": sources, "analysed": report.written.analysed, "erased": report.written.erased, "leads": report.written.tick.leads.len(),
                "stories": stories, "posted": report.delivered.posted,
            })
        );
    } else {
        tell(&report)?;
    }
    let nothing_worked = failed > 0 && failed == report.scans.len();
    Ok(if nothing_worked { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn end(end: &ScanEnd) -> String {
    match end {
        ScanEnd::CaughtUp => "caught up".to_owned(),
        ScanEnd::BudgetUsed => "more to read at the next scan".to_owned(),
        ScanEnd::NotDue { until } => format!("not due before {}", until.format("%H:%M UTC")),
        ScanEnd::Failed { error, next_at } => {
            format!("failed: {error}; next try {}", next_at.format("%-d %B, %H:%M UTC"))
        }
    }
}

/// One round in a few lines.
fn tell(report: &RoundReport) -> Result<(), CliError> {
    for scan in &report.scans {
        say!("{} ({}): {} new, {}", scan.source, scan.topic, scan.tally.new, end(&scan.end));
    }
    say!(
        "{} analysed, {}, {} posted",
        draw::counted(report.written.analysed, "record", "records"),
        draw::counted(report.written.tick.stories.len() as u64, "story", "stories"),
        draw::counted(report.delivered.posted as u64, "step", "steps")
    );
    for (code, version) in &report.written.tick.stories {
        say!("  {code} version {version}: newsdesk story {code}");
    }
    for (step, why) in &report.delivered.retried {
        anstream::eprintln!("delivery {step} will be tried again: {why}");
    }
    for (step, reason) in &report.delivered.held {
        anstream::eprintln!("delivery {step} is held: {reason}");
    }
    Ok(())
}
