//! `newsdesk import`: archives into the database.

use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};

use super::args::{Global, ImportArgs};
use super::setup::Session;
use super::{CliError, draw};
use crate::ingest::import::{FileReport, ImportError, ImportInput, Progress, import};
use crate::model::{Clock as _, SystemClock};
use crate::schedule::LiveDesk;

pub(super) async fn run(global: &Global, args: &ImportArgs) -> Result<ExitCode, CliError> {
    let inputs: Vec<ImportInput> = args.files.iter().map(|path| ImportInput::from(path.clone())).collect();
    let session = Session::open(global).await?;
    let bar = ProgressBar::new(0);
    bar.set_style(bytes_style());
    let result = import(&session.store, &inputs, SystemClock.now(), &mut |progress: Progress| {
        bar.set_length(progress.bytes_total.unwrap_or(progress.bytes_read));
        bar.set_position(progress.bytes_read);
        bar.set_message(format!("{} lines", progress.lines));
    })
    .await;
    bar.finish_and_clear();
    let report = result.map_err(|err| import_error(&err))?;

    // Nothing is posted unless something was deleted: an account that is not set up yet is no reason to stop.
    let gone = report.total().tally.gone > 0;
    let reach = if gone { super::reach::reach(&session).await? } else { super::reach::Reach::default() };
    let doors = reach.doors(&session.config);
    let (publishers, troubles) = reach.split();
    let mut desk =
        LiveDesk::new(&session.config, &session.config.topics, session.store.clone(), publishers, &doors)
            .map_err(CliError::failed)?;
    let waiting = session.desk().status().await?.pending;
    let bar = ProgressBar::new(waiting).with_message("analysing");
    bar.set_style(super::setup::bar_style());
    desk.analyze(|done| bar.set_position(done)).await?;
    bar.finish_and_clear();
    if gone {
        desk.forget(&SystemClock).await?;
        troubles.tell_all(&session, &SystemClock).await;
    }
    session.store.refresh_statistics().await?;

    if global.json {
        say!("{}", serde_json::to_string_pretty(&report).map_err(CliError::failed)?);
    } else {
        for file in &report.files {
            tell(file)?;
        }
    }
    let broken = report.files.iter().any(|file| file.broken.is_some());
    Ok(if broken { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// A mistyped name is wrong use; a file or a database that fails half way is a failure.
fn import_error(err: &ImportError) -> CliError {
    match err {
        ImportError::NotFound { .. } | ImportError::IsFolder { .. } | ImportError::Unreadable { .. } => {
            CliError::WrongUse(err.to_string())
        }
        ImportError::Store { source, .. } => CliError::Failed(format!("{err}: {source}")),
    }
}

fn tell(file: &FileReport) -> Result<(), CliError> {
    let tally = &file.tally;
    say!(
        "{}: {} read, {} new, {} revised, {} unchanged, {} deleted",
        file.input,
        draw::counted(file.lines, "line", "lines"),
        tally.new,
        tally.revised,
        tally.unchanged,
        tally.gone
    );
    if tally.left_out > 0 {
        say!("  {} not stored: their authors asked to be forgotten", tally.left_out);
    }
    if file.n_skipped() > 0 {
        let reasons: Vec<String> = file.skipped.iter().map(|(reason, n)| format!("{n} {reason}")).collect();
        say!("  {} skipped: {}", file.n_skipped(), reasons.join(", "));
    }
    for line in &file.first_skipped {
        anstream::eprintln!("  {}: {line}", file.input);
    }
    if let Some(broken) = &file.broken {
        anstream::eprintln!("  {}: {broken}", file.input);
    }
    Ok(())
}

fn bytes_style() -> ProgressStyle {
    ProgressStyle::with_template("reading {wide_bar} {bytes}/{total_bytes} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
