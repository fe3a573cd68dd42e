//! A session on disk: one file an account, for its owner's eyes only, written whole or not at all.

use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::error::{SignedOut, XrpcError};
use super::identity::{Did, Home};
use crate::config::Secret;

/// What is kept of an account between starts.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    /// Who it is and where it lives, known since the first login.
    pub(super) home: Option<Home>,
    /// What signs requests; none before a login, and after the server has thrown the session away.
    pub(super) tokens: Option<Tokens>,
    /// When a login was tried, of late.
    pub(super) logins: Vec<DateTime<Utc>>,
}

/// What signs requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tokens {
    pub(super) access: Secret,
    pub(super) refresh: Secret,
    /// When they came, by our clock.
    pub(super) received: DateTime<Utc>,
    /// How long they hold.
    pub(super) access_for: TimeDelta,
    pub(super) refresh_for: TimeDelta,
}

/// A new token is asked for so long before the old one ends.
const MARGIN: TimeDelta = TimeDelta::minutes(10);

impl Tokens {
    /// From a server's answer at `received`. How long a token holds is the difference of two times of the server's:
    /// whatever our own clock shows, it holds so long from now.
    pub(super) fn new(access: Secret, refresh: Secret, received: DateTime<Utc>) -> Self {
        let lasts =
            |token: &Secret, unstated| claims(token).and_then(|claims| claims.lasts()).unwrap_or(unstated);
        let access_for = lasts(&access, TimeDelta::hours(1));
        let refresh_for = lasts(&refresh, TimeDelta::days(30));
        Self { access, refresh, received, access_for, refresh_for }
    }

    /// When the access token ends.
    pub(super) fn ends(&self) -> DateTime<Utc> {
        self.received + self.access_for
    }

    /// Whether it is time for new ones. A token that holds for minutes is used for half of them.
    pub(super) fn are_due(&self, now: DateTime<Utc>) -> bool {
        now >= self.ends() - MARGIN.min(self.access_for / 2)
    }

    /// What the server lets this session do, such as `com.atproto.appPass`.
    pub(super) fn scope(&self) -> Option<String> {
        claims(&self.access)?.scope
    }
}

#[derive(Deserialize)]
struct Claims {
    iat: Option<i64>,
    exp: Option<i64>,
    scope: Option<String>,
}

impl Claims {
    fn lasts(&self) -> Option<TimeDelta> {
        TimeDelta::try_seconds(self.exp?.checked_sub(self.iat?)?).filter(|time| *time > TimeDelta::zero())
    }
}

/// What a token says of itself. It is the server's to believe it, ours only to plan by it.
fn claims(token: &Secret) -> Option<Claims> {
    let middle = token.expose().split('.').nth(1)?.trim_end_matches('=');
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(middle).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The file's form. It has no `Debug`: it holds tokens as they are.
#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    #[serde(default)]
    did: Option<Did>,
    #[serde(default)]
    handle: String,
    #[serde(default)]
    server: String,
    #[serde(default)]
    access: String,
    #[serde(default)]
    refresh: String,
    #[serde(default)]
    received_ms: i64,
    #[serde(default)]
    access_ms: i64,
    #[serde(default)]
    refresh_ms: i64,
    #[serde(default)]
    logins_ms: Vec<i64>,
}

/// The file of one account.
#[derive(Clone, Debug)]
pub(super) struct File(PathBuf);

impl File {
    /// The file for the account with this checked name.
    pub(super) fn of(folder: &Path, name: &str) -> Self {
        Self(folder.join(format!("bluesky-{}.json", name.replace(':', "_"))))
    }

    fn failed(&self, what: impl std::fmt::Display) -> XrpcError {
        XrpcError::SignedOut(SignedOut::File(format!("{} {what}", self.0.display())))
    }

    /// What it holds; nothing if there is none.
    pub(super) async fn load(&self) -> Result<Kept, XrpcError> {
        let file = self.clone();
        blocking(move || file.load_now()).await
    }

    /// Puts this in its place.
    pub(super) async fn save(&self, kept: &Kept) -> Result<(), XrpcError> {
        let (file, kept) = (self.clone(), kept.clone());
        blocking(move || file.save_now(&kept)).await
    }

    fn load_now(&self) -> Result<Kept, XrpcError> {
        let unreadable = |err: std::io::Error| self.failed(format!("cannot be read: {err}"));
        let mode = match std::fs::metadata(&self.0) {
            Ok(found) => found.permissions().mode() & 0o777,
            Err(err) if err.kind() == ErrorKind::NotFound => return Ok(Kept::default()),
            Err(err) => return Err(unreadable(err)),
        };
        if mode & 0o077 != 0 {
            return Err(self.failed(format!(
                "may be read by others (mode {mode:o}) and holds the account's session; run `chmod 600` on it"
            )));
        }
        let text = std::fs::read(&self.0).map_err(unreadable)?;
        // The error names a place in the file, never what stands there.
        let stored: Stored = serde_json::from_slice(&text).map_err(|err| {
            self.failed(format!(
                "does not read as a session (line {}, column {}); remove it and run `newsdesk bluesky login`",
                err.line(),
                err.column()
            ))
        })?;
        if stored.version != 1 {
            return Err(self.failed(format!("was written by another version ({})", stored.version)));
        }
        Ok(stored.into())
    }

    fn save_now(&self, kept: &Kept) -> Result<(), XrpcError> {
        let failed = |err: std::io::Error| self.failed(format!("cannot be written: {err}"));
        let folder =
            self.0.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        let text = serde_json::to_vec_pretty(&Stored::from(kept))
            .map_err(|err| self.failed(format!("cannot be written: {err}")))?;
        // Made with mode 0600 beside the file; renamed over it once it is all on the disk.
        let mut fresh = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        fresh.write_all(&text).map_err(failed)?;
        fresh.as_file().sync_all().map_err(failed)?;
        fresh.persist(&self.0).map_err(|err| failed(err.error))?;
        // The new name is on the disk once its folder is.
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, XrpcError> + Send + 'static,
) -> Result<T, XrpcError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|err| Err(XrpcError::NeverSent { why: format!("the session file: {err}") }))
}

impl From<Stored> for Kept {
    fn from(stored: Stored) -> Self {
        let time = |ms| DateTime::from_timestamp_millis(ms).unwrap_or_default();
        let lasting = |ms| TimeDelta::try_milliseconds(ms).unwrap_or_default();
        let Stored { did, handle, server, access, refresh, .. } = stored;
        let home = did.map(|did| Home { did, handle, server });
        let tokens = Some(Tokens {
            access: Secret::new(&access),
            refresh: Secret::new(&refresh),
            received: time(stored.received_ms),
            access_for: lasting(stored.access_ms),
            refresh_for: lasting(stored.refresh_ms),
        });
        Self {
            tokens: tokens.filter(|_| home.is_some() && !access.is_empty() && !refresh.is_empty()),
            home,
            logins: stored.logins_ms.into_iter().map(time).collect(),
        }
    }
}

impl From<&Kept> for Stored {
    fn from(kept: &Kept) -> Self {
        let home = kept.home.as_ref();
        let tokens = kept.tokens.as_ref();
        let secret = |secret: &Secret| secret.expose().to_owned();
        Self {
            version: 1,
            did: home.map(|home| home.did.clone()),
            handle: home.map(|home| home.handle.clone()).unwrap_or_default(),
            server: home.map(|home| home.server.clone()).unwrap_or_default(),
            access: tokens.map(|tokens| secret(&tokens.access)).unwrap_or_default(),
            refresh: tokens.map(|tokens| secret(&tokens.refresh)).unwrap_or_default(),
            received_ms: tokens.map(|tokens| tokens.received.timestamp_millis()).unwrap_or_default(),
            access_ms: tokens.map(|tokens| tokens.access_for.num_milliseconds()).unwrap_or_default(),
            refresh_ms: tokens.map(|tokens| tokens.refresh_for.num_milliseconds()).unwrap_or_default(),
            logins_ms: kept.logins.iter().map(DateTime::timestamp_millis).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> Secret {
        Secret::new(&format!("e30.{}.sig", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims)))
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn kept() -> Kept {
        let noon = at("2031-03-17T12:00:00Z");
        let access = token(r#"{"iat":100,"exp":7300,"scope":"com.atproto.appPass"}"#);
        Kept {
            home: Some(Home {
                did: "did:plc:abcdefghijklmnopqrstuvwx".parse().unwrap(),
                handle: "desk.example".into(),
                server: "https://pds.example".into(),
            }),
            tokens: Some(Tokens::new(access, token(r#"{"iat":100,"exp":7776100}"#), noon)),
            logins: vec![noon],
        }
    }

    #[test]
    fn a_token_holds_as_long_as_it_says_whatever_our_clock_shows() {
        let tokens = kept().tokens.unwrap();
        assert_eq!(tokens.ends(), at("2031-03-17T14:00:00Z"), "issued in 1970, if one believed its times");
        assert!(!tokens.are_due(at("2031-03-17T13:49:59Z")));
        assert!(tokens.are_due(at("2031-03-17T13:50:00Z")));
        assert_eq!(tokens.refresh_for, TimeDelta::days(90));
        assert_eq!(tokens.scope().as_deref(), Some("com.atproto.appPass"));
        let short = Tokens::new(token(r#"{"iat":0,"exp":300}"#), token("{}"), at("2031-03-17T12:00:00Z"));
        assert!(!short.are_due(at("2031-03-17T12:02:29Z")));
        assert!(short.are_due(at("2031-03-17T12:02:30Z")));
        let opaque = Tokens::new(Secret::new("opaque"), Secret::new("x"), at("2031-03-17T12:00:00Z"));
        assert_eq!(opaque.access_for, TimeDelta::hours(1));
    }

    #[test]
    fn what_is_kept_comes_back_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("sessions");
        let file = File::of(&inner, "did:plc:abc");
        assert!(file.load_now().unwrap().tokens.is_none(), "there is none yet");
        file.save_now(&kept()).unwrap();
        let back = file.load_now().unwrap();
        assert_eq!((back.home, back.tokens, back.logins), (kept().home, kept().tokens, kept().logins));
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&inner), mode(&file.0)), (0o700, 0o600));
        assert_eq!(file.0.file_name().unwrap(), "bluesky-did_plc_abc.json");
        assert_eq!(std::fs::read_dir(&inner).unwrap().count(), 1, "nothing else is left there");

        std::fs::set_permissions(&file.0, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(file.load_now().unwrap_err().to_string().contains("chmod 600"));
        std::fs::set_permissions(&file.0, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(&file.0, r#"{"version":1,"access":"s3cret-token","logins_ms":7}"#).unwrap();
        let err = file.load_now().unwrap_err().to_string();
        assert!(err.contains("newsdesk bluesky login") && !err.contains("s3cret"), "{err}");
    }

    #[test]
    fn debug_output_shows_no_token() {
        let shown = format!("{:?}", kept());
        assert!(!shown.contains(kept().tokens.unwrap().access.expose()), "{shown}");
        assert!(shown.contains("Secret(…)"));
    }
}
