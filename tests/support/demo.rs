//! The demo, run once through the front door for all tests that ask about it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde_json::Value;
use tempfile::TempDir;

use super::cli::{Ran, newsdesk};

/// The finished demo.
pub(crate) struct DemoRun {
    /// Where it wrote to.
    pub(crate) out: PathBuf,
    /// What it printed.
    pub(crate) printed: String,
    home: TempDir,
}

/// The demo of this binary. The first test that asks runs it, the others (in their own processes) wait for it.
pub(crate) fn demo() -> DemoRun {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("demo");
    fs::create_dir_all(&folder).expect("the folder of test artefacts can be written");
    let lock = File::create(folder.join("lock")).expect("a lock file");
    lock.lock().expect("the lock is given");
    let binary = fs::metadata(env!("CARGO_BIN_EXE_newsdesk")).expect("the binary is built");
    let changed = binary.modified().expect("a time").duration_since(UNIX_EPOCH).expect("after 1970");
    let key = format!("{} bytes, {} ns", binary.len(), changed.as_nanos());
    let (out, home) = (folder.join("out"), TempDir::new().expect("a temporary folder"));
    let (stamp, printed) = (folder.join("made-by"), folder.join("printed"));
    if fs::read_to_string(&stamp).ok().as_deref() != Some(&key) {
        drop(fs::remove_file(&stamp));
        drop(fs::remove_dir_all(&out));
        let path = out.display().to_string();
        let ran = newsdesk(home.path(), &[], &["demo", "--out", &path]).ends(0);
        fs::write(&printed, ran.out).expect("written");
        fs::write(&stamp, &key).expect("written");
    }
    let printed = fs::read_to_string(&printed).expect("what the demo printed");
    DemoRun { out, printed, home }
}

impl DemoRun {
    /// Asks the demo's desk, as its last line says.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Ran {
        let config = self.config();
        let mut all = vec!["--config", config.as_str()];
        all.extend(arguments);
        newsdesk(self.home.path(), &[], &all)
    }

    /// The same, answered as JSON.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let mut all = arguments.to_vec();
        all.push("--json");
        self.ask(&all).ends(0).json()
    }

    /// Its configuration file.
    pub(crate) fn config(&self) -> String {
        self.out.join("newsdesk.toml").display().to_string()
    }

    /// The address of its database.
    pub(crate) fn database(&self) -> String {
        format!("sqlite://{}", self.out.join("newsdesk.db").display())
    }

    /// A bundle of the latest story of `topic`.
    pub(crate) fn bundle(&self, topic: &str) -> String {
        self.ask(&["export", topic, "-o", "-"]).ends(0).out
    }

    /// Every file it wrote, with its bytes.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn walk(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
            for entry in fs::read_dir(folder).expect("readable") {
                let path = entry.expect("readable").path();
                if path.is_dir() {
                    walk(&path, found);
                } else {
                    found.push((path.clone(), fs::read(&path).expect("readable")));
                }
            }
        }
        let mut found = Vec::new();
        walk(&self.out, &mut found);
        found.sort();
        found
    }
}
