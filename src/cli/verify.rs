//! `newsdesk verify`: re-checks an exported story with no database and no network.

use std::io::Read as _;
use std::process::ExitCode;

use super::CliError;
use super::args::{Global, VerifyArgs};
use super::error::VERIFICATION_FAILED;
use crate::write::Bundle;

/// The bundle in a file, or in what is piped in.
pub(super) fn bundle_of(args: &VerifyArgs) -> Result<Bundle, CliError> {
    let name = args.file.display();
    let mut json = String::new();
    if args.file.as_os_str() == "-" {
        std::io::stdin()
            .read_to_string(&mut json)
            .map_err(|err| CliError::failed(format!("cannot read standard input: {err}")))?;
    } else {
        json = std::fs::read_to_string(&args.file)
            .map_err(|err| CliError::WrongUse(format!("cannot read `{name}`: {err}")))?;
    }
    Bundle::parse(&json).map_err(|err| CliError::WrongUse(format!("`{name}` is no bundle: {err}")))
}

#[expect(clippy::unused_async, reason = "commands share one shape")]
pub(super) async fn run(global: &Global, args: &VerifyArgs) -> Result<ExitCode, CliError> {
    let bundle = bundle_of(args)?;
    let report = bundle.verify();
    let passed = report.rejections.is_empty();
    if global.json {
        let answer = serde_json::json!({
            "code": bundle.story.code, "version": bundle.story.version, "sentences": report.sentences,
            "passed": passed, "rejections": report.rejections,
        });
        say!("{}", serde_json::to_string_pretty(&answer).map_err(CliError::failed)?);
    } else {
        for rejection in &report.rejections {
            say!("{}: {}: `{}`", rejection.code, rejection.place, rejection.offending);
            if !rejection.sentence.is_empty() {
                say!("    {}", rejection.sentence);
            }
        }
        let verdict = if passed {
            "every one holds".to_owned()
        } else {
            format!("{} failed", super::draw::counted(report.rejections.len() as u64, "check", "checks"))
        };
        say!(
            "{} version {}: {} checked, {verdict}",
            bundle.story.code,
            bundle.story.version,
            super::draw::counted(report.sentences as u64, "sentence", "sentences")
        );
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::from(VERIFICATION_FAILED) })
}
