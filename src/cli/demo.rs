//! `newsdesk demo`: the whole pipeline on a bundled, fictional corpus.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

use super::CliError;
use super::args::{DemoArgs, Global};
use super::draw;
use super::setup::Session;
use crate::demo::{self, Demo};
use crate::model::{Decision, DecisionKind, Outcome, ReasonCode, TopicSlug};
use crate::schedule::TickReport;

/// Where the demo goes unless told otherwise.
const FOLDER: &str = "newsdesk-demo";

pub(super) async fn run(global: &Global, args: &DemoArgs) -> Result<ExitCode, CliError> {
    let started = Instant::now();
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(FOLDER));
    // Whole paths go into the written configuration: it is asked from any folder.
    let out = std::path::absolute(&out).unwrap_or(out);
    prepare(&out)?;
    let config = demo::configuration(&out, args.seed)?;
    let session = Session::with(config).await?;
    let mut demo = Demo::new(&session.config, session.store.clone());
    anstream::eprintln!(
        "Three weeks on the Marrow Coast, which does not exist: {} invented posts, hour by hour.\n",
        demo.records()
    );
    let mut stories = 0;
    let mut told = BTreeSet::new();
    while let Some((at, report)) = demo.next().await? {
        for decision in &report.decisions {
            tell(&session, &report, decision, at, global.json, &mut told).await?;
        }
        stories += report.stories.len();
    }
    // Asked again after the last day, which lies in the demo's own time.
    drop(session);
    let session = Session::with(demo::configuration(&out, args.seed)?).await?;
    let latest = session.desk().story("night-trains").await?;
    let sources = session.desk().sources(latest.code.as_str()).await?;
    if global.json {
        say!("{}", serde_json::to_string(&latest).map_err(CliError::failed)?);
    } else {
        say!("\n{}", draw::story(&latest, &sources));
    }
    let config_file = out.join("newsdesk.toml");
    let ask = format!("newsdesk --config {}", config_file.display());
    anstream::eprintln!(
        "{} in {:.1} s. Look at {}\nThen try:\n  {ask} topics\n  {ask} why city-bikes\n  {ask} changed night-trains\n  \
         {ask} export night-trains -o story.json\n  newsdesk verify story.json",
        draw::counted(stories as u64, "story version", "story versions"),
        started.elapsed().as_secs_f64(),
        out.join("preview").join("index.html").display()
    );
    Ok(ExitCode::SUCCESS)
}

/// A fresh folder: a demo of another day would mix with this one.
fn prepare(out: &Path) -> Result<(), CliError> {
    let failed = |what: &Path, err: std::io::Error| {
        CliError::failed(format!("cannot write `{}`: {err}", what.display()))
    };
    std::fs::create_dir_all(out.join("topics")).map_err(|err| failed(out, err))?;
    for name in ["newsdesk.db", "newsdesk.db-wal", "newsdesk.db-shm"] {
        let path = out.join(name);
        if path.exists() {
            std::fs::remove_file(&path).map_err(|err| failed(&path, err))?;
        }
    }
    let preview = out.join("preview");
    if preview.join("index.html").exists() {
        std::fs::remove_dir_all(&preview).map_err(|err| failed(&preview, err))?;
    }
    let mut files = vec![(out.join("newsdesk.toml"), demo::configuration_file(out))];
    files.extend(demo::TOPICS.iter().map(|(path, text)| (out.join(path), (*text).to_owned())));
    for (path, text) in files {
        std::fs::write(&path, text).map_err(|err| failed(&path, err))?;
    }
    Ok(())
}

/// Stories as they come, and the noes worth knowing: each kind of no once a day for a topic.
async fn tell(
    session: &Session,
    report: &TickReport,
    decision: &Decision,
    at: DateTime<Utc>,
    json: bool,
    told: &mut BTreeSet<(TopicSlug, NaiveDate)>,
) -> Result<(), CliError> {
    let row = match (decision.kind, decision.outcome) {
        (DecisionKind::Story, Outcome::New | Outcome::Update) => {
            let version = report.stories.iter().find(|(code, _)| code.as_str() == decision.subject);
            match version {
                Some((code, version)) => session
                    .store
                    .story_by_code(code)
                    .await?
                    .into_iter()
                    .find(|row| row.story.version == *version),
                None => None,
            }
        }
        (DecisionKind::Topic, Outcome::Nothing)
            if decision.reasons.iter().any(|r| {
                matches!(r, ReasonCode::CopyPaste | ReasonCode::Backfill | ReasonCode::Quarantined)
            }) && told.insert((decision.topic.clone(), at.date_naive())) =>
        {
            None
        }
        _ => return Ok(()),
    };
    if json {
        let line = serde_json::json!({
            "at": at.to_rfc3339_opts(SecondsFormat::Secs, true), "decision": decision.outcome, "topic": decision.topic,
            "code": row.as_ref().map(|r| &r.story.code), "version": row.as_ref().map(|r| r.story.version),
            "headline": row.as_ref().map(|r| &r.story.body.headline.text), "detail": decision.detail,
        });
        say!("{line}");
        return Ok(());
    }
    let day = at.format("%e %b %H:%M");
    match row {
        Some(row) => {
            let mark = if row.story.version == 1 { "new   " } else { "update" };
            let story = &row.story;
            say!(
                "{day}  {mark}  {} v{}  {}: {}",
                story.code,
                story.version,
                decision.topic,
                story.body.headline.text
            );
            for change in story.changes.iter().take(2) {
                say!("{:>24}{}", "", change.text);
            }
        }
        None => say!("{day}  no      {}: {}", decision.topic, decision.detail),
    }
    Ok(())
}
