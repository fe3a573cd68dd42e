//! `newsdesk correct` and `newsdesk retract`: on every copy of a story.

use std::process::ExitCode;

use super::CliError;
use super::args::Global;
use super::draw::counted;
use super::reach::reach;
use super::setup::Session;
use crate::model::{AmendmentKind, InvalidId, SystemClock};
use crate::schedule::{AmendError, LiveDesk};

/// `newsdesk correct` and `newsdesk retract`.
pub(super) async fn run(
    global: &Global,
    code: &str,
    kind: AmendmentKind,
    text: &str,
) -> Result<ExitCode, CliError> {
    let session = Session::open(global).await?;
    let code = code.parse().map_err(|err: InvalidId| CliError::WrongUse(err.to_string()))?;
    let reach = reach(&session).await?;
    let doors = reach.doors(&session.config);
    let (publishers, troubles) = reach.split();
    let desk =
        LiveDesk::new(&session.config, &session.config.topics, session.store.clone(), publishers, &doors)
            .map_err(CliError::failed)?;
    let clock = SystemClock;
    let report = desk.amend(&code, kind, text, "the desk", &clock).await.map_err(|err| match err {
        AmendError::Unknown(_) => CliError::NothingFound(err.to_string()),
        AmendError::Retracted(_) | AmendError::Length(_) => CliError::WrongUse(err.to_string()),
        AmendError::Store(err) => err.into(),
    })?;
    troubles.tell_all(&session, &clock).await;
    if global.json {
        say!(
            "{}",
            serde_json::json!({
                "code": code, "kind": kind, "changed": report.posted, "later": report.retried.len(), "held": report.held.len(),
            })
        );
    } else {
        say!("{code}: {} changed", counted(report.posted as u64, "copy", "copies"));
        if !report.retried.is_empty() {
            anstream::eprintln!(
                "{} more cannot be reached now and will be changed later",
                report.retried.len()
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}
