//! `newsdesk export`: a story with all its evidence in one file.

use std::io::Write as _;
use std::process::ExitCode;

use super::CliError;
use super::args::{ExportArgs, Global};
use super::setup::Session;
use crate::write::{Bundle, Writing};

pub(super) async fn run(global: &Global, args: &ExportArgs) -> Result<ExitCode, CliError> {
    let session = Session::open(global).await?;
    let desk = session.desk();
    let (row, brief) = match args.number {
        None => desk.evidence(&args.subject).await?,
        Some(number) => desk.evidence_of(&args.subject, number).await?.map_err(|known| {
            CliError::NothingFound(format!(
                "`{}` has no version {number}; its versions go from 1 to {known}",
                args.subject
            ))
        })?,
    };
    let answers = session.store.model_answers(&row.brief).await?;
    let answers = answers.map(|json| serde_json::from_str(&json)).transpose().map_err(CliError::failed)?;
    let write = &session.config.write;
    let writing = Writing {
        max_sections: write.max_sections,
        max_quotes: write.max_quotes,
        min_sentence_share: write.min_sentence_share,
    };
    let json = Bundle::new(row.story, brief).made_with(writing, answers).to_json();
    if args.output.as_os_str() == "-" {
        say_raw!("{json}");
        return Ok(ExitCode::SUCCESS);
    }
    let failed = |err: &dyn std::fmt::Display| {
        CliError::failed(format!("cannot write `{}`: {err}", args.output.display()))
    };
    match std::fs::metadata(&args.output) {
        // A device or a pipe is written into, not replaced by a file.
        Ok(meta) if !meta.is_file() => {
            let mut device =
                std::fs::OpenOptions::new().write(true).open(&args.output).map_err(|err| failed(&err))?;
            device.write_all(json.as_bytes()).map_err(|err| failed(&err))?;
        }
        Ok(_) | Err(_) => {
            // Whole or not at all: a half-written bundle would look like a forged one. A link keeps pointing where it did.
            let target = std::fs::canonicalize(&args.output).unwrap_or_else(|_| args.output.clone());
            let folder =
                target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(std::path::Path::new("."));
            let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|err| failed(&err))?;
            file.write_all(json.as_bytes()).map_err(|err| failed(&err))?;
            file.persist(&target).map_err(|err| failed(&err.error))?;
        }
    }
    anstream::eprintln!(
        "Wrote {}; `newsdesk verify {}` checks it anywhere.",
        args.output.display(),
        args.output.display()
    );
    Ok(ExitCode::SUCCESS)
}
