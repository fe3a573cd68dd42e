//! The real binary in a folder of its own, with nothing of the machine's environment but `PATH`.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use super::Database;

/// A user with an empty home and an empty database.
pub(crate) struct Cli {
    pub(crate) home: TempDir,
    pub(crate) database: Database,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Fails the test with everything the command said unless it ended with `code`.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Its answer as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|err| panic!("{err}:\n{}\n{}", self.out, self.err))
    }
}

/// Runs the binary in `home` and nothing else of the environment.
pub(crate) fn newsdesk(home: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_newsdesk"));
    command.current_dir(home).env_clear().env("HOME", home);
    for (name, folder) in [("XDG_CONFIG_HOME", "config-home"), ("XDG_DATA_HOME", "data-home")] {
        command.env(name, home.join(folder));
    }
    let output = command.envs(variables.iter().copied()).args(arguments).output().expect("the binary runs");
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).expect("UTF-8 on stdout"),
        err: String::from_utf8(output.stderr).expect("UTF-8 on stderr"),
    }
}

impl Cli {
    pub(crate) fn new() -> Self {
        Self { home: TempDir::new().expect("a temporary folder"), database: Database::create() }
    }

    /// Runs the binary against the database of the chosen kind.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        newsdesk(self.home.path(), &[("NEWSDESK_DATABASE", &self.database.url)], arguments)
    }

    /// Writes a file into the working folder.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("folders can be made");
        std::fs::write(&path, content).expect("files can be written");
        path
    }

    /// Takes what changes from run to run out of a text: the folder, the database, the version.
    pub(crate) fn redact(&self, text: &str) -> String {
        text.replace(&self.home.path().display().to_string(), "[home]")
            .replace(&self.database.url, "[database]")
            .replace(env!("CARGO_PKG_VERSION"), "[version]")
    }
}
