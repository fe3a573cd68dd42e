//! `newsdesk init`: a commented configuration and topic files to start from.

use std::path::Path;
use std::process::ExitCode;

use super::CliError;
use super::args::InitArgs;
use crate::config::{EXAMPLE, TOPICS};

pub(super) fn run(args: &InitArgs) -> Result<ExitCode, CliError> {
    let mut files = vec![(args.folder.join("newsdesk.toml"), EXAMPLE)];
    for (path, text) in TOPICS {
        let name = Path::new(path).file_name().unwrap_or_default();
        files.push((args.folder.join("topics").join(name), text));
    }
    if !args.force
        && let Some((path, _)) = files.iter().find(|(path, _)| path.exists())
    {
        return Err(CliError::WrongUse(format!(
            "`{}` is there already; `--force` replaces it",
            path.display()
        )));
    }
    for (path, text) in &files {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|err| CliError::failed(format!("cannot create `{}`: {err}", folder.display())))?;
        }
        std::fs::write(path, text)
            .map_err(|err| CliError::failed(format!("cannot write `{}`: {err}", path.display())))?;
    }
    anstream::eprintln!(
        "Wrote {} and {} topics beside it. Edit them, then run `newsdesk --config {} scan`.",
        files.first().map_or_else(String::new, |(path, _)| path.display().to_string()),
        files.len() - 1,
        args.folder.join("newsdesk.toml").display()
    );
    Ok(ExitCode::SUCCESS)
}
