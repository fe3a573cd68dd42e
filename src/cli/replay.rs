//! `newsdesk replay`: writes an exported story again, with no database, no network and no key, and compares.

use std::process::ExitCode;

use super::CliError;
use super::args::{Global, VerifyArgs};
use super::error::VERIFICATION_FAILED;
use super::verify::bundle_of;
use crate::write::Replay;

pub(super) async fn run(global: &Global, args: &VerifyArgs) -> Result<ExitCode, CliError> {
    let bundle = bundle_of(args)?;
    let replay = bundle.replay().await;
    let (same, found) = match &replay {
        Replay::Same => (true, "written again, it is the same byte for byte".to_owned()),
        Replay::Differs(place) => (false, format!("written again, it differs: {place}")),
        Replay::Cannot(why) => (false, format!("it cannot be written again: {why}")),
    };
    let (code, version) = (&bundle.story.code, bundle.story.version);
    let writer = &bundle.story.methodology.writer;
    if global.json {
        let answer = serde_json::json!({
            "code": code, "version": version, "writer": writer, "same": same, "found": found,
        });
        say!("{}", serde_json::to_string_pretty(&answer).map_err(CliError::failed)?);
    } else {
        say!("{code} version {version} ({writer}): {found}");
    }
    Ok(if same { ExitCode::SUCCESS } else { ExitCode::from(VERIFICATION_FAILED) })
}
