//! The layers as texts, and the one place that reads them from the machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use etcetera::BaseStrategy;

use super::error::{ConfigError, Fault, Place, Problem};
use super::sections::Settings;
use super::setting::{Reader, Setting};
use super::tree::Node;

/// Before every variable of ours.
const PREFIX: &str = "NEWSDESK_";
/// Names the configuration file, like `--config`.
const CONFIG_VARIABLE: &str = "NEWSDESK_CONFIG";
/// Variables with our prefix that are not settings.
const NOT_SETTINGS: [&str; 2] = [CONFIG_VARIABLE, "NEWSDESK_LOG"];
/// Where the file is looked for when nothing names it.
const LOCAL_FILE: &str = "config/newsdesk.toml";

/// What [`load`](super::load) takes.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The environment; only names with `NEWSDESK_` matter.
    pub env: BTreeMap<String, String>,
    /// The configuration file, if there is one.
    pub file: Option<SourceText>,
    /// The files of the `topics/` folder beside it, sorted by path.
    pub topic_files: Vec<SourceText>,
    /// The flags.
    pub overrides: Overrides,
    /// The XDG data folder.
    pub data_home: PathBuf,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// Where it was, as messages name it.
    pub path: PathBuf,
    /// What was in it.
    pub text: String,
}

/// What flags say; each is the last word on its setting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--config FILE`
    pub config: Option<PathBuf>,
    /// `--db URL`
    pub database: Option<String>,
    /// `--preview DIR`
    pub preview_dir: Option<PathBuf>,
    /// `--seed N`
    pub seed: Option<u64>,
}

/// The flags as trees.
pub(super) fn flag_nodes(overrides: &Overrides, reader: &mut Reader) -> Vec<Node> {
    let mut nodes = Vec::new();
    if let Some(database) = &overrides.database {
        nodes.push(reader.flag("--db", &["database"], database));
    }
    if let Some(folder) = &overrides.preview_dir {
        nodes.push(reader.flag("--preview", &["publish", "preview_dir"], &folder.to_string_lossy()));
    }
    if let Some(seed) = overrides.seed {
        nodes.push(reader.flag("--seed", &["desk", "seed"], &seed.to_string()));
    }
    nodes
}

/// The variables as trees, sorted by name: `NEWSDESK_SIGNAL__MIN_AUTHORS` is `signal.min_authors`.
///
/// A name with `__` is surely meant for us, so an unknown one is a mistake. One without may be somebody else's (a cluster
/// sets `NEWSDESK_PORT` for a service of that name): it is a mistake only if it is nearly one of ours.
pub(super) fn environment_nodes(env: &BTreeMap<String, String>, reader: &mut Reader) -> Vec<Node> {
    let mut known = Vec::new();
    Settings::paths("", &mut known);
    let mut nodes = Vec::new();
    for (name, value) in env {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        if NOT_SETTINGS.contains(&name.as_str()) || rest.starts_with("TEST_") {
            continue;
        }
        let path = rest.to_ascii_lowercase().replace("__", ".");
        if known.contains(&path) {
            let parts: Vec<&str> = path.split('.').collect();
            nodes.push(reader.variable(name, &parts, value));
        } else if let Some(meant) = meant(&path, &known) {
            let fault = Fault::new("no setting has this name");
            reader.note_at(
                Place::Variable(name.clone()),
                fault.hint(format!("did you mean `{}`?", variable(meant))),
            );
        } else if path.contains('.') {
            let fault = Fault::new("no setting has this name").hint(
                "sections and names stand as in the file, with two underscores between: `NEWSDESK_DESK__SEED`",
            );
            reader.note_at(Place::Variable(name.clone()), fault);
        }
    }
    nodes
}

/// The setting that an unknown name nearly spells.
fn meant<'k>(path: &str, known: &'k [String]) -> Option<&'k str> {
    let single = path.replace('.', "_");
    known
        .iter()
        .map(|name| (strsim::normalized_damerau_levenshtein(&single, &name.replace('.', "_")), name.as_str()))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

fn variable(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', "__").to_ascii_uppercase())
}

/// Reads the environment, finds the configuration file and reads it and the topics beside it.
///
/// The file is that of `--config` or `NEWSDESK_CONFIG`, else `./config/newsdesk.toml`, else `newsdesk/newsdesk.toml` in the XDG
/// configuration folder; a file that is named must exist, the others need not.
///
/// # Errors
/// A named file is missing, or something that is there cannot be read.
pub fn read_inputs(overrides: Overrides) -> Result<Inputs, ConfigError> {
    let folders = etcetera::base_strategy::Xdg::new().map_err(|_| {
        let fault = Fault::new("there is no home folder to keep things in")
            .hint("set `HOME`, or `XDG_DATA_HOME` and `XDG_CONFIG_HOME`");
        one(Place::Variable("HOME".to_owned()), fault)
    })?;
    let env = environment()?;
    let named = overrides.config.clone().or_else(|| env.get(CONFIG_VARIABLE).map(PathBuf::from));
    let path = match named {
        Some(path) => Some(path),
        None => [PathBuf::from(LOCAL_FILE), folders.config_dir().join("newsdesk/newsdesk.toml")]
            .into_iter()
            .find(|path| path.is_file()),
    };
    let file = path.as_deref().map(read_text).transpose()?;
    let topic_files = match path.as_deref().and_then(Path::parent) {
        Some(folder) => read_topics(&folder.join("topics"))?,
        None => Vec::new(),
    };
    Ok(Inputs { env, file, topic_files, overrides, data_home: folders.data_dir() })
}

/// Our variables. One that is not UTF-8 is a mistake if it is ours, and nobody's business if not.
fn environment() -> Result<BTreeMap<String, String>, ConfigError> {
    let mut env = BTreeMap::new();
    for (name, value) in std::env::vars_os() {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
        let value = value.into_string().map_err(|_| {
            let fault = Fault::new("this is not UTF-8").hint("write it in UTF-8");
            one(Place::Variable(name.to_owned()), fault)
        })?;
        env.insert(name.to_owned(), value);
    }
    Ok(env)
}

fn read_text(path: &Path) -> Result<SourceText, ConfigError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(SourceText { path: path.to_owned(), text }),
        Err(err) => Err(unreadable(path, &err)),
    }
}

/// The `*.toml` of a folder, sorted by path; hidden files are left out, and a folder that is not there is empty.
fn read_topics(folder: &Path) -> Result<Vec<SourceText>, ConfigError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(err) => return Err(unreadable(folder, &err)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|err| unreadable(folder, &err))?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.extension().is_some_and(|ext| ext == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    paths.iter().map(|path| read_text(path)).collect()
}

fn unreadable(path: &Path, err: &io::Error) -> ConfigError {
    let kind = err.kind();
    let hint = if kind == io::ErrorKind::NotFound {
        "check the path; `newsdesk init` writes a configuration to start from"
    } else if kind == io::ErrorKind::IsADirectory {
        "name the file, not its folder"
    } else if kind == io::ErrorKind::InvalidData {
        "the file must be UTF-8"
    } else {
        "check that the file can be read by this user"
    };
    one(Place::Path(path.to_owned()), Fault::new(format!("cannot be read: {err}")).hint(hint))
}

fn one(place: Place, fault: Fault) -> ConfigError {
    ConfigError::new(vec![Problem::new(place, fault)])
}
