//! The folder on disk. Every write is a temporary file and a rename: a reader sees the old bytes or the new ones.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::page;
use super::{Content, Entry, Payload};
use crate::model::Sha256;
use crate::publish::outbox::{Publisher, SendError};
use crate::store::LeasedStep;

/// A preview folder.
#[derive(Clone, Debug)]
pub struct PreviewFolder {
    root: PathBuf,
}

/// A file that could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot {verb} `{}`: {cause}; hint: check its permissions and the free space there, nothing is lost and it will be tried again", path.display())]
struct FileError {
    verb: &'static str,
    path: PathBuf,
    cause: io::Error,
}

impl From<FileError> for SendError {
    fn from(err: FileError) -> Self {
        Self::Transient(err.to_string())
    }
}

const INDEX: &str = "index.html";
const ENTRY: &str = "entry.json";

impl PreviewFolder {
    /// The folder at `root`; it is created when something is written.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The files of a step, from the folder's root, with their bytes; the first one names the step.
    fn files(payload: &Payload) -> Vec<(PathBuf, String)> {
        let folder = Path::new(payload.topic.as_str()).join(format!("{}-v{}", payload.code, payload.version));
        match &payload.content {
            Content::Discord { requests } => vec![(folder.join("discord.json"), pretty(requests))],
            Content::Bluesky { records } => vec![(folder.join("bluesky.json"), pretty(records))],
            Content::Page { html, entry } => {
                vec![(folder.join(INDEX), html.clone()), (folder.join(ENTRY), pretty(entry))]
            }
        }
    }

    fn remote(files: &[(PathBuf, String)]) -> String {
        files
            .first()
            .map(|(path, text)| format!("{}#{}", path.display(), Sha256::of(text)))
            .unwrap_or_default()
    }

    fn write(&self, payload: &Payload) -> Result<String, FileError> {
        let files = Self::files(payload);
        for (path, text) in &files {
            write_atomically(&self.root.join(path), text)?;
        }
        if matches!(payload.content, Content::Page { .. }) {
            write_atomically(&self.root.join(INDEX), &page::index(&self.entries()?))?;
        }
        Ok(Self::remote(&files))
    }

    /// The step's remote id if every byte it would write is there.
    fn look(&self, payload: &Payload) -> Result<Option<String>, FileError> {
        let mut files = Self::files(payload);
        let remote = Self::remote(&files);
        if matches!(payload.content, Content::Page { .. }) {
            files.push((PathBuf::from(INDEX), page::index(&self.entries()?)));
        }
        for (path, text) in &files {
            if read(&self.root.join(path))?.as_deref() != Some(text.as_bytes()) {
                return Ok(None);
            }
        }
        Ok(Some(remote))
    }

    /// What the folder holds, newest first. Files that are not ours are passed over.
    fn entries(&self) -> Result<Vec<Entry>, FileError> {
        let mut found = Vec::new();
        for topic in folders(&self.root)? {
            for story in folders(&topic)? {
                let bytes = read(&story.join(ENTRY))?;
                found.extend(bytes.and_then(|b| serde_json::from_slice::<Entry>(&b).ok()));
            }
        }
        found.sort_by(|a, b| {
            b.at.cmp(&a.at)
                .then_with(|| a.topic.cmp(&b.topic))
                .then_with(|| a.code.cmp(&b.code))
                .then(b.version.cmp(&a.version))
        });
        Ok(found)
    }

    async fn on_disk<T: Send + 'static>(
        &self,
        step: &LeasedStep,
        work: fn(&Self, &Payload) -> Result<T, FileError>,
    ) -> Result<T, SendError> {
        let payload: Payload = serde_json::from_value(step.step.payload.clone())
            .map_err(|err| SendError::Transient(format!("the stored payload does not read back: {err}")))?;
        let folder = self.clone();
        tokio::task::spawn_blocking(move || work(&folder, &payload))
            .await
            .map_err(|err| SendError::Transient(format!("writing the preview was interrupted: {err}")))?
            .map_err(SendError::from)
    }
}

#[async_trait]
impl Publisher for PreviewFolder {
    async fn reconcile(&self, step: &LeasedStep) -> Result<Option<String>, SendError> {
        self.on_disk(step, Self::look).await
    }

    async fn send(&self, step: &LeasedStep) -> Result<String, SendError> {
        self.on_disk(step, Self::write).await
    }
}

fn pretty(value: &impl serde::Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("plain data with string keys serialises");
    text.push('\n');
    text
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(err) if matches!(err.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(cause) => Err(FileError { verb: "read", path: path.to_owned(), cause }),
    }
}

fn folders(path: &Path) -> Result<Vec<PathBuf>, FileError> {
    let failed = |cause| FileError { verb: "read", path: path.to_owned(), cause };
    let mut out = Vec::new();
    let listed = match std::fs::read_dir(path) {
        Ok(listed) => listed,
        // Somebody emptied the folder: that is for the next write to mend.
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(out),
        Err(cause) => return Err(failed(cause)),
    };
    for entry in listed {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_dir() {
            out.push(entry.path());
        }
    }
    out.sort();
    Ok(out)
}

fn write_atomically(path: &Path, text: &str) -> Result<(), FileError> {
    if read(path)?.as_deref() == Some(text.as_bytes()) {
        return Ok(());
    }
    let failed = |verb: &'static str, cause| FileError { verb, path: path.to_owned(), cause };
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(folder).map_err(|cause| FileError {
        verb: "create the folder",
        path: folder.to_owned(),
        cause,
    })?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".newsdesk-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // What is published is for everyone to read; temporary files are private unless told.
        builder.permissions(std::fs::Permissions::from_mode(0o644));
    }
    let mut file = builder.tempfile_in(folder).map_err(|cause| failed("write", cause))?;
    file.write_all(text.as_bytes()).map_err(|cause| failed("write", cause))?;
    file.as_file().sync_all().map_err(|cause| failed("write", cause))?;
    file.persist(path).map_err(|err| failed("write", err.error))?;
    Ok(())
}
