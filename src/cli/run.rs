//! `newsdesk run`: reads and writes on schedules, posts, and answers, until Ctrl-C.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::CliError;
use super::args::Global;
use super::discord;
use super::draw::counted;
use super::followers;
use super::reach::{Reach, reach};
use super::setup::{Session, topic_views};
use crate::bot::{self, BotSetup, Order, Outcome};
use crate::config::{Config, Topic};
use crate::ingest::{PoliteClient, ScanEnd, ScanReport};
use crate::model::{AmendmentKind, Clock as _, SystemClock};
use crate::schedule::{
    Doors, Gatherer, Listener, Rechecker, Scanner, Writer, Written, http_settings, mailroom_of,
};
use crate::store::StoreError;

/// The wall clock may be set while we wait: it is looked at again at least this often.
const MAX_WAIT: std::time::Duration = std::time::Duration::from_mins(1);

/// Orders that may wait; more are refused at once.
const ORDERS: usize = 64;

/// What the writer works with.
struct WritingDesk {
    gatherer: Option<Gatherer>,
    rechecker: Rechecker,
    press: Arc<tokio::sync::Mutex<()>>,
}

/// What the writer is asked to do, besides its own beat.
enum Task {
    /// Look for stories now; the number of stories written is answered.
    Tick(Option<oneshot::Sender<Result<usize, String>>>),
    /// A moderator's order.
    Order(Order),
}

pub(super) async fn run(global: &Global) -> Result<ExitCode, CliError> {
    let session = Session::open(global).await?;
    let reach = reach(&session).await?;
    let http = Arc::new(PoliteClient::new(http_settings(&session.config)).map_err(CliError::failed)?);
    let doors = reach.doors(&session.config);
    let scanners = scanners(&session, &http, &doors);
    let listener = Listener::of(&session.config, session.store.clone(), Arc::clone(&http));
    let gatherer =
        Gatherer::of(&session.config, session.store.clone(), Arc::clone(&http)).unwrap_or_else(|why| {
            anstream::eprintln!("note: {why}");
            None
        });
    let rechecker = Rechecker::new(&session.config, session.store.clone(), http, &doors);
    let posts = posts_to(&reach);
    if scanners.is_empty() && listener.is_none() && posts.is_empty() {
        return Err(CliError::WrongUse(
            "no topic has a live source; add a `[[sources]]` entry to a topic file".to_owned(),
        ));
    }
    anstream::eprintln!(
        "newsdesk runs with {}{}; Ctrl-C ends it.",
        counted(
            session.config.topics.iter().filter(|topic| !topic.sources.is_empty()).count() as u64,
            "topic",
            "topics"
        ),
        if posts.is_empty() { String::new() } else { format!(" and posts to {}", posts.join(" and ")) }
    );
    let ended = together(&session, scanners, listener, (gatherer, rechecker), reach).await;
    session.store.clone().close().await;
    ended?;
    anstream::eprintln!("newsdesk has stopped; what was begun is finished or will go on at the next start.");
    Ok(ExitCode::SUCCESS)
}

/// The platforms that can be posted to, in words.
fn posts_to(reach: &Reach) -> Vec<String> {
    let discord = reach.discord.as_ref().map(|_| "Discord".to_owned());
    let accounts = reach.bluesky.iter().map(|(account, _)| format!("Bluesky as {}", account.handle()));
    discord.into_iter().chain(accounts).collect()
}

fn scanners(session: &Session, http: &Arc<PoliteClient>, doors: &Doors) -> Vec<(Topic, Scanner)> {
    let mut scanners = Vec::new();
    for topic in &session.config.topics {
        let scanner = Scanner::new(
            &session.config,
            std::slice::from_ref(topic),
            session.store.clone(),
            Arc::clone(http),
            doors,
        )
        .without_streams();
        for line in scanner.unread() {
            anstream::eprintln!("note: {line}");
        }
        if scanner.has_sources() {
            scanners.push((topic.clone(), scanner));
        }
    }
    scanners
}

/// Everything beside each other: reading, writing, posting, answering. The first that cannot go on ends all.
async fn together(
    session: &Session,
    scanners: Vec<(Topic, Scanner)>,
    listener: Option<Listener>,
    (gatherer, rechecker): (Option<Gatherer>, Rechecker),
    reach: Reach,
) -> Result<(), CliError> {
    let stop = CancellationToken::new();
    let call = Arc::new(Notify::new());
    // Held while stories are written and what they cite is asked for again: nothing is sent meanwhile.
    let press = Arc::new(tokio::sync::Mutex::new(()));
    let (orders, ordered) = mpsc::channel(ORDERS);
    let (tasks, asked) = mpsc::channel(ORDERS);
    let Reach { publishers, discord: connection, bluesky } = reach;
    let mut running: JoinSet<Result<(), CliError>> = JoinSet::new();

    // What was written before the last stop is asked for again before it is sent.
    let opening = Arc::clone(&press).lock_owned().await;
    let accounts = publishers.accounts();
    let mailroom = mailroom_of(&session.config, session.store.clone(), publishers);
    running.spawn({
        let (call, press, stop) = (Arc::clone(&call), Arc::clone(&press), stop.clone());
        async move {
            mailroom.run(&SystemClock, &call, &press, &stop).await;
            Ok(())
        }
    });
    running.spawn({
        let mut writer =
            Writer::new(&session.config, &session.config.topics, session.store.clone(), accounts);
        let mut desk = WritingDesk { gatherer, rechecker, press };
        let (config, stop) = (session.config.clone(), stop.clone());
        async move {
            if let Some(Err(err)) = stop.run_until_cancelled(reopen(&mut writer, &desk)).await {
                warn!(%err, "what stories cite could not be asked for again");
            }
            drop(opening);
            Box::pin(writing(&config, writer, &mut desk, asked, &call, &stop)).await;
            Ok(())
        }
    });
    if let Some(listener) = listener {
        let stop = stop.clone();
        running.spawn(async move {
            listener.listen(&SystemClock, &stop).await;
            Ok(())
        });
    }
    if let Some((rest, mut troubles)) = connection {
        let (told, store, stopped) = (rest.clone(), session.store.clone(), stop.clone());
        running.spawn(async move {
            while let Some(Some(trouble)) = stopped.run_until_cancelled(troubles.recv()).await {
                discord::tell(&told, &store, &SystemClock, &trouble).await;
            }
            Ok(())
        });
        let config = session.config.clone();
        let topics = Arc::new(move |now: DateTime<Utc>| topic_views(&config, now));
        let nonzero = |id: u64| Some(id).filter(|id| *id != 0);
        let setup = BotSetup {
            key: rest.key(),
            rest,
            store: session.store.clone(),
            topics,
            clock: Arc::new(SystemClock),
            orders,
            home_guild: nonzero(session.config.discord.home_guild),
            dev_guild: nonzero(session.config.discord.dev_guild),
            patience: bot::PATIENCE,
        };
        let stop = stop.clone();
        running.spawn(async move { bot::run(setup, stop).await.map(drop).map_err(CliError::failed) });
    } else {
        drop(orders);
    }
    let ours: BTreeSet<String> = bluesky.iter().map(|(account, _)| account.did().to_string()).collect();
    for (account, troubles) in bluesky {
        let (config, store) = (session.config.clone(), session.store.clone());
        let tending = followers::tend(config, store, account, ours.clone(), troubles, stop.clone());
        running.spawn(async move {
            tending.await;
            Ok(())
        });
    }
    running.spawn({
        let stop = stop.clone();
        async move {
            stop.run_until_cancelled(interrupted()).await;
            stop.cancel();
            Ok(())
        }
    });

    // Not a task of its own: it borrows what the session has.
    let scanning = scanning(&session.config, &scanners, ordered, &tasks, &stop);
    tokio::join!(scanning, supervise(running, &stop)).1
}

/// Waits for all parts; the first that cannot go on ends the others.
async fn supervise(
    mut running: JoinSet<Result<(), CliError>>,
    stop: &CancellationToken,
) -> Result<(), CliError> {
    let mut outcome = Ok(());
    while let Some(ended) = running.join_next().await {
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(err)) => {
                stop.cancel();
                outcome = Err(err);
            }
            Err(err) => {
                stop.cancel();
                outcome = Err(CliError::failed(format!("a part of the desk ended: {err}")));
            }
        }
    }
    outcome
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

/// Scans each topic when its schedule says, or a moderator.
async fn scanning(
    config: &Config,
    scanners: &[(Topic, Scanner)],
    mut orders: mpsc::Receiver<Order>,
    tasks: &mpsc::Sender<Task>,
    stop: &CancellationToken,
) {
    let clock = SystemClock;
    let mut due: Vec<Option<DateTime<Utc>>> = scanners.iter().map(|_| Some(clock.now())).collect();
    let mut first = true;
    // Without a bot nobody gives orders: then only the schedule counts.
    let mut open = true;
    loop {
        let now = clock.now();
        for (slot, (topic, scanner)) in due.iter_mut().zip(scanners) {
            if slot.is_none_or(|at| at > now) {
                continue;
            }
            // A page is one transaction: what is cut off is asked for again at the next start.
            let Some(scanned) = stop.run_until_cancelled(scanner.scan(&clock)).await else { return };
            match scanned {
                Ok(reports) => note_scan(topic, &reports),
                Err(err) => {
                    warn!(topic.slug = %topic.slug, %err, "scan of {} failed, the next one is on schedule", topic.slug);
                }
            }
            *slot = config.scan_of(topic).next_after(clock.now(), config.time_zone_of(topic));
        }
        if std::mem::take(&mut first) && tasks.send(Task::Tick(None)).await.is_err() {
            return;
        }
        let next = due.iter().flatten().min().copied();
        let wait = next.map_or(MAX_WAIT, |at| (at - clock.now()).to_std().unwrap_or_default().min(MAX_WAIT));
        tokio::select! { // all are cancel-safe
            () = tokio::time::sleep(wait) => {}
            () = stop.cancelled() => return,
            order = orders.recv(), if open => match order {
                None => open = false,
                Some(Order::Scan { topic, reply }) => {
                    let found = scanners.iter().find(|(t, _)| t.slug == topic);
                    let outcome = match found {
                        Some((topic, scanner)) => scan_now(topic, scanner, tasks).await,
                        None => Err("This topic has no live source that can be read.".to_owned()),
                    };
                    // Whoever asked may have left.
                    drop(reply.send(outcome));
                }
                Some(order) => {
                    if tasks.send(Task::Order(order)).await.is_err() {
                        return;
                    }
                }
            },
        }
    }
}

fn note_scan(topic: &Topic, reports: &[ScanReport]) {
    info!(topic.slug = %topic.slug, sources = reports.len(), "scanned {}", topic.slug);
    for report in reports {
        if let ScanEnd::Failed { error, next_at } = &report.end {
            warn!(source = %report.source, %error, next = %next_at, "scan of {} failed", report.source);
        }
    }
}

/// A scan that a moderator asked for, and a look for stories after it.
async fn scan_now(topic: &Topic, scanner: &Scanner, tasks: &mpsc::Sender<Task>) -> Outcome {
    let reports = scanner.scan(&SystemClock).await.map_err(|err| err.to_string())?;
    note_scan(topic, &reports);
    let new: u64 = reports.iter().map(|r| r.tally.new).sum();
    let failed = reports.iter().filter(|r| matches!(r.end, ScanEnd::Failed { .. })).count();
    let rested = reports.iter().filter(|r| matches!(r.end, ScanEnd::NotDue { .. })).count();
    let (reply, answer) = oneshot::channel();
    let stopping = || "The desk is stopping.".to_owned();
    tasks.send(Task::Tick(Some(reply))).await.map_err(|_| stopping())?;
    let stories = answer.await.map_err(|_| stopping())??;
    let mut words = vec![format!(
        "{} read, {new} new; {} written.",
        counted(reports.len() as u64, "source", "sources"),
        counted(stories as u64, "story", "stories")
    )];
    if failed > 0 {
        words.push(format!("{failed} could not be read; `/status` says why."));
    }
    if rested > 0 {
        words.push(format!("{rested} had asked not to be read again so soon."));
    }
    Ok(words.join(" "))
}

/// Looks for stories on the desk's beat and when asked, and carries out corrections and retractions at once.
async fn writing(
    config: &Config,
    mut writer: Writer,
    desk: &mut WritingDesk,
    mut tasks: mpsc::Receiver<Task>,
    call: &Notify,
    stop: &CancellationToken,
) {
    let clock = SystemClock;
    // The first look comes after the first scan.
    let next_tick = || config.schedule.tick.next_after(clock.now(), config.desk.time_zone);
    let mut tick = next_tick();
    loop {
        let wait = tick.map_or(MAX_WAIT, |at| (at - clock.now()).to_std().unwrap_or_default().min(MAX_WAIT));
        let task = tokio::select! { // all are cancel-safe
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => None,
            task = tasks.recv() => match task {
                Some(task) => Some(task),
                None => return,
            },
        };
        match task {
            Some(Task::Order(order)) => {
                serve(&writer, order).await;
                call.notify_one();
            }
            Some(Task::Tick(reply)) => {
                let outcome = look(&mut writer, desk, stop).await;
                call.notify_one();
                if let Some(reply) = reply {
                    drop(reply.send(outcome));
                }
            }
            None if tick.is_some_and(|at| at <= clock.now()) => {
                // A failure is told; the next look is on schedule.
                drop(look(&mut writer, desk, stop).await);
                call.notify_one();
                tick = next_tick();
            }
            // Digests have hours of their own.
            None => match writer.digest(&clock).await {
                Ok(0) => {}
                Ok(_) => call.notify_one(),
                Err(err) => warn!(%err, "digests could not be made, they are tried again"),
            },
        }
    }
}

/// Asks for what is cited and due, and erases what is gone: also what was found to be gone before a stop.
async fn reopen(writer: &mut Writer, desk: &WritingDesk) -> Result<(), StoreError> {
    let checked = desk.rechecker.recheck(&SystemClock).await;
    writer.forget(&SystemClock).await?;
    checked.map(drop)
}

async fn look(
    writer: &mut Writer,
    desk: &mut WritingDesk,
    stop: &CancellationToken,
) -> Result<usize, String> {
    // Before the press is held: pages may take their time, and what is written is still to be sent.
    if let Some(gatherer) = &mut desk.gatherer
        && let Err(err) = writer.gather(gatherer, &SystemClock, stop).await
    {
        warn!(%err, "pages that leads are about could not be read, the stories are written without");
    }
    if stop.is_cancelled() {
        return Err("The desk is stopping.".to_owned());
    }
    let _held = desk.press.lock().await;
    match writer.work_and_recheck(&desk.rechecker, &SystemClock, stop).await {
        Ok(Written { analysed, erased: _, tick }) => {
            let stories = tick.stories.len();
            info!(records = analysed, stories, "worked: {stories} stories");
            Ok(stories)
        }
        Err(err) => {
            warn!(%err, "this tick failed, the next one is on schedule");
            Err("Something went wrong while looking for stories; the desk tries again on schedule."
                .to_owned())
        }
    }
}

async fn serve(writer: &Writer, order: Order) {
    let (code, kind, text, by, reply) = match order {
        Order::Correct { code, text, by, reply } => (code, AmendmentKind::Correction, text, by, reply),
        Order::Retract { code, reason, by, reply } => (code, AmendmentKind::Retraction, reason, by, reply),
        Order::Scan { reply, .. } => return drop(reply.send(Err("This desk reads no sources.".to_owned()))),
    };
    let outcome = match writer.amend(&code, kind, &text, &by, SystemClock.now()).await {
        Ok(()) => Ok(match kind {
            AmendmentKind::Correction => format!("Story {code} is corrected; its posts are being edited."),
            AmendmentKind::Continuation => {
                format!("Story {code} goes on elsewhere; its posts are being edited.")
            }
            AmendmentKind::Retraction => format!("Story {code} is taken back; its posts are being replaced."),
        }),
        Err(err) => {
            info!(story.code = %code, %err, "an order was not carried out");
            let mut words = err.to_string();
            if let Some(first) = words.get(..1).map(str::to_uppercase) {
                words.replace_range(..1, &first);
            }
            Err(format!("{words}."))
        }
    };
    drop(reply.send(outcome));
}
