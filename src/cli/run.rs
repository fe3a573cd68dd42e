//! `newsdesk run`: rounds on the topics' schedules, until Ctrl-C.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::CliError;
use super::args::Global;
use super::draw;
use super::setup::Session;
use crate::config::{Config, Topic};
use crate::ingest::ScanEnd;
use crate::model::{Clock as _, SystemClock};
use crate::schedule::LiveDesk;

pub(super) async fn run(global: &Global) -> Result<ExitCode, CliError> {
    let session = Session::open(global).await?;
    let stop = CancellationToken::new();
    let mut desks = Vec::new();
    for topic in &session.config.topics {
        let desk = LiveDesk::new(&session.config, std::slice::from_ref(topic), session.store.clone())
            .map_err(CliError::failed)?;
        for line in desk.unread() {
            anstream::eprintln!("note: {line}");
        }
        if desk.has_sources() {
            desks.push((topic.clone(), desk));
        }
    }
    let mut writer = LiveDesk::new(&session.config, &session.config.topics, session.store.clone())
        .map_err(CliError::failed)?;
    if desks.is_empty() {
        return Err(CliError::WrongUse(
            "no topic has a live source; add a `[[sources]]` entry to a topic file".to_owned(),
        ));
    }
    anstream::eprintln!(
        "newsdesk runs with {}; Ctrl-C ends it.",
        draw::counted(desks.len() as u64, "topic", "topics")
    );
    let signal = stop.clone();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move {
        interrupted().await;
        signal.cancel();
    });
    let outcome = rounds(&session.config, &desks, &mut writer, &stop).await;
    tasks.shutdown().await;
    session.store.clone().close().await;
    outcome?;
    anstream::eprintln!("newsdesk has stopped; what was begun is finished or will go on at the next start.");
    Ok(ExitCode::SUCCESS)
}

/// Ctrl-C, or the signal a service manager ends a service with.
async fn interrupted() {
    let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
        return drop(tokio::signal::ctrl_c().await);
    };
    tokio::select! { // both are cancel-safe
        _ = tokio::signal::ctrl_c() => (),
        _ = terminate.recv() => (),
    }
}

/// Scans each topic when its schedule says, and works after scans and on the desk's own beat.
async fn rounds(
    config: &Config,
    desks: &[(Topic, LiveDesk)],
    writer: &mut LiveDesk,
    stop: &CancellationToken,
) -> Result<(), CliError> {
    let clock = SystemClock;
    let mut due: Vec<Option<DateTime<Utc>>> = desks.iter().map(|_| Some(clock.now())).collect();
    let mut tick = Some(clock.now());
    loop {
        let now = clock.now();
        for (slot, (topic, desk)) in due.iter_mut().zip(desks) {
            if slot.is_none_or(|at| at > now) {
                continue;
            }
            if stop.is_cancelled() {
                return Ok(());
            }
            match stop.run_until_cancelled(desk.scan(&clock)).await {
                // A page is one transaction: what was cut off is asked for again at the next start.
                None => return Ok(()),
                Some(Ok(reports)) => {
                    info!(topic.slug = %topic.slug, sources = reports.len(), "scanned {}", topic.slug);
                    for report in &reports {
                        if let ScanEnd::Failed { error, next_at } = &report.end {
                            warn!(source = %report.source, %error, next = %next_at, "scan of {} failed", report.source);
                        }
                    }
                }
                Some(Err(err)) => {
                    warn!(topic.slug = %topic.slug, %err, "scan of {} failed, the next one is on schedule", topic.slug);
                }
            }
            *slot = config.scan_of(topic).next_after(clock.now(), config.time_zone_of(topic));
        }
        if tick.is_some_and(|at| at <= now) {
            match writer.work(&clock).await {
                Ok((analysed, _, report, delivered)) => info!(
                    records = analysed,
                    stories = report.stories.len(),
                    posted = delivered.posted,
                    "worked: {} stories, {} steps posted",
                    report.stories.len(),
                    delivered.posted
                ),
                Err(err) => warn!(%err, "this tick failed, the next one is on schedule"),
            }
            tick = config.schedule.tick.next_after(clock.now(), config.desk.time_zone);
        }
        let next = due.iter().flatten().chain(tick.iter()).min().copied();
        let wait = next.map_or(MAX_WAIT, |at| (at - clock.now()).to_std().unwrap_or_default().min(MAX_WAIT));
        if stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
            return Ok(());
        }
    }
}

/// The wall clock may be set while we wait: it is looked at again at least this often.
const MAX_WAIT: std::time::Duration = std::time::Duration::from_mins(1);
