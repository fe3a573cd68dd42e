//! `newsdesk backtest`: replays stored records by their time, without publishing.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use chrono::{DateTime, SecondsFormat, Utc};
use indicatif::ProgressBar;
use serde::Serialize;

use super::args::{BacktestArgs, Global};
use super::report::Drawn;
use super::setup::Session;
use super::{CliError, draw};
use crate::model::{Severity, StoryCode, TopicSlug};
use crate::report;
use crate::schedule::{Newsroom, Publishing};
use crate::store::{LeadRow, Store, View};

/// One ranked lead of a tick.
#[derive(Debug, Serialize)]
struct LeadLine {
    at: String,
    kind: &'static str,
    topic: TopicSlug,
    topics: Vec<TopicSlug>,
    rank: usize,
    code: Option<StoryCode>,
    version: Option<u32>,
    headline: String,
    severity: Severity,
    record_urls: Vec<String>,
    linked_urls: Vec<String>,
}

pub(super) async fn run(global: &Global, args: &BacktestArgs) -> Result<ExitCode, CliError> {
    if args.from >= args.to {
        return Err(CliError::WrongUse("`--from` must lie before `--to`".to_owned()));
    }
    let session = Session::open(global).await?;
    let topics = session.topics_named(&args.topics)?;
    let mut file = args.report.as_deref().map(ReportFile::open).transpose()?;
    let out = if args.keep { session.store.clone() } else { Store::in_memory().await? };
    let mut newsroom = Newsroom::of(
        &session.config,
        &topics,
        session.store.clone(),
        out.clone(),
        View::Replay,
        Publishing::No,
    );
    newsroom.analyze(|_| ()).await?;

    let mut report = args.report.as_ref().map(|_| Drawn::new(&session, args, &topics));
    let bar = ProgressBar::new(ticks(args) as u64).with_message("replaying");
    bar.set_style(super::setup::bar_style());
    let (mut n_leads, mut n_stories) = (0, 0);
    let mut at = args.from + args.every;
    while at <= args.to {
        let tick = newsroom.tick(at).await?;
        n_leads += tick.leads.len();
        n_stories += tick.stories.len();
        if let Some(drawn) = &mut report {
            drawn.absorb(&session, &out, at, &tick).await?;
        }
        for row in &tick.leads {
            let line = lead_line(&session.store, &out, row).await?;
            bar.suspend(|| print_lead(global, &line))?;
        }
        bar.inc(1);
        at += args.every;
    }
    bar.finish_and_clear();
    if let (Some(drawn), Some(file)) = (&report, &mut file) {
        file.write(&report::render(&drawn.report))?;
        anstream::eprintln!("The report is {}", file.path.display());
    }
    anstream::eprintln!(
        "{} from {} to {}: {}, {}{}",
        draw::counted(ticks(args) as u64, "tick", "ticks"),
        args.from.format("%Y-%m-%d %H:%M"),
        args.to.format("%Y-%m-%d %H:%M UTC"),
        draw::counted(n_leads as u64, "lead", "leads"),
        draw::counted(n_stories as u64, "story version", "story versions"),
        if args.keep { ", kept in the database" } else { "; `--keep` keeps them" }
    );
    Ok(ExitCode::SUCCESS)
}

/// The file of a report, opened before the replay: a long one must not end with a folder that is not there. What is in it
/// stays until the new report is drawn.
struct ReportFile<'a> {
    path: &'a Path,
    file: File,
}

impl<'a> ReportFile<'a> {
    fn open(path: &'a Path) -> Result<Self, CliError> {
        let file = File::options().write(true).create(true).truncate(false).open(path);
        Ok(Self { path, file: file.map_err(|err| Self::failed(path, &err))? })
    }

    fn write(&mut self, html: &str) -> Result<(), CliError> {
        let written = self.file.set_len(0).and_then(|()| self.file.write_all(html.as_bytes()));
        written.map_err(|err| Self::failed(self.path, &err))
    }

    fn failed(path: &Path, err: &std::io::Error) -> CliError {
        CliError::failed(format!("cannot write `{}`: {err}", path.display()))
    }
}

fn ticks(args: &BacktestArgs) -> i64 {
    (args.to - args.from).num_seconds() / args.every.num_seconds().max(1)
}

fn print_lead(global: &Global, line: &LeadLine) -> Result<(), CliError> {
    if global.json {
        say!("{}", serde_json::to_string(line).map_err(CliError::failed)?);
    } else {
        let code = line.code.as_ref().map_or_else(|| "       ".to_owned(), ToString::to_string);
        let version = line.version.map_or_else(|| "  ".to_owned(), |v| format!("v{v}"));
        say!(
            "{} {:>2} {code} {version} {:<8} {:<24} {}",
            line.at.get(..16).unwrap_or(&line.at),
            line.rank,
            line.severity,
            line.topic,
            line.headline
        );
    }
    Ok(())
}

async fn lead_line(records: &Store, out: &Store, row: &LeadRow) -> Result<LeadLine, CliError> {
    let stored = records.stored_by_id(&row.lead.evidence).await?;
    let linked = records.stored_by_id(&row.lead.linked).await?;
    let title = stored.first().map_or_else(String::new, |s| crate::answer::first_words(&s.text.text));
    let told = match &row.story {
        Some((code, version)) => out
            .story_by_code(code)
            .await?
            .into_iter()
            .find(|r| r.story.version == *version)
            .map(|r| r.story.body.headline.text),
        None => None,
    };
    Ok(LeadLine {
        at: rfc3339(row.at),
        kind: if row.story.is_some() { "story" } else { "lead" },
        topic: row.lead.topic.clone(),
        topics: row.lead.topics.clone(),
        rank: row.lead.rank,
        code: row.story.as_ref().map(|s| s.0.clone()),
        version: row.story.as_ref().map(|s| s.1),
        headline: told.unwrap_or(title),
        severity: row.lead.severity,
        record_urls: stored.iter().map(|s| s.record.permalink.clone()).collect(),
        linked_urls: linked.iter().map(|s| s.record.permalink.clone()).collect(),
    })
}

fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
