//! Text that is never printed.

use std::fmt;
use std::path::{Path, PathBuf};

/// A token or password. `Debug` does not show it and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text, without the line end that editors and `echo` leave in files.
    pub fn new(text: &str) -> Self {
        Self(text.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// The text itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Where a secret comes from. For a setting `token` the file has `token_file = "/run/secrets/token"` or the environment
/// `…__TOKEN`; loading the configuration opens no such file, [`SecretSource::read`] does when the secret is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// Given as it is.
    Inline(Secret),
    /// Kept in a file of its own.
    File(PathBuf),
}

impl SecretSource {
    /// Where a secret comes from that is given, or stands in a file; given wins.
    pub fn of(given: Option<&Secret>, file: Option<&PathBuf>) -> Option<Self> {
        given.cloned().map(Self::Inline).or_else(|| file.cloned().map(Self::File))
    }

    /// The secret itself.
    ///
    /// # Errors
    /// The file cannot be read, or others than its owner may read it.
    pub fn read(&self) -> std::io::Result<Secret> {
        match self {
            Self::Inline(secret) => Ok(secret.clone()),
            Self::File(path) => read_file(path),
        }
    }
}

fn read_file(path: &Path) -> std::io::Result<Secret> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(std::io::Error::new(
            std::io::ErrorKind::PermissionDenied,
            format!("others may read it (mode {mode:o}); run `chmod 600 {}`", path.display()),
        ));
    }
    std::fs::read_to_string(path).map(|text| Secret::new(text.trim()))
}
