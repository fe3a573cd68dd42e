//! Bluesky, put together from the configuration; and `newsdesk bluesky …`.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use url::Url;

use super::CliError;
use super::args::{BlueskyAccountArgs, BlueskyCommand, BlueskyProfileArgs, Global};
use super::setup::{Session, configuration};
use crate::bluesky::{Account, AccountSettings, Did, SessionInfo, XrpcError};
use crate::config::{self, Config, Secret, SecretSource};
use crate::ingest::{self, HttpError, ScanError, SessionProvider};
use crate::model::{StoryCode, SystemClock};
use crate::publish::BlueskyDesk;
use crate::publish::bluesky::profile::{self, Wishes};
use crate::publish::bluesky::standing_posts;
use crate::publish::card::avatar;
use crate::store::{PointLimits, Store};

/// Pictures of accounts may have so many bytes (lexicon `app.bsky.actor.profile`, read 2026-11).
const AVATAR_BYTES: usize = 1_000_000;

impl From<XrpcError> for CliError {
    fn from(err: XrpcError) -> Self {
        match err {
            XrpcError::SignedOut(_) => Self::WrongUse(err.to_string()),
            XrpcError::NeverSent { .. }
            | XrpcError::Unclear { .. }
            | XrpcError::RateLimited { .. }
            | XrpcError::OverBudget { .. }
            | XrpcError::Refused { .. } => Self::Failed(err.to_string()),
        }
    }
}

/// How one account is reached.
pub(super) fn settings_of(config: &Config, account: &config::AccountSettings) -> AccountSettings {
    let settings = &config.bluesky;
    AccountSettings {
        resolver: settings.resolver.clone(),
        plc: settings.plc_directory.clone(),
        chat: format!("{}#bsky_chat", settings.chat_service),
        points: PointLimits { hour: settings.points_per_hour, day: settings.points_per_day },
        password: account.password.clone(),
        ..AccountSettings::new(&account.handle, &config.session_dir)
    }
}

/// The accounts of a configuration, signed in, and what each wants to post.
pub(super) async fn accounts_of(
    config: &Config,
    store: &Store,
) -> Result<Vec<(Account, BlueskyDesk)>, CliError> {
    let mut accounts = Vec::new();
    for account in config.bluesky.all_accounts() {
        let mut topics = Vec::new();
        for slug in &account.topics {
            if config.topic(slug.as_str()).is_none() {
                return Err(CliError::WrongUse(format!(
                    "the Bluesky account {} wants the topic `{slug}`, which is not followed; `newsdesk topics` lists those that are",
                    account.handle
                )));
            }
            topics.push(slug.clone());
        }
        let opened = Account::open(settings_of(config, &account), store.clone(), Arc::new(SystemClock)).await;
        let opened = opened.map_err(|err| in_account(&account.handle, err))?;
        let desk =
            BlueskyDesk { did: opened.did().to_string(), topics, min_severity: config.bluesky.min_severity };
        accounts.push((opened, desk));
    }
    Ok(accounts)
}

/// An account as sources know it that are read through one.
pub(super) struct ReadingAs(pub(super) Account);

#[async_trait]
impl SessionProvider for ReadingAs {
    async fn session(
        &self,
        expired: Option<&Secret>,
        _now: DateTime<Utc>,
    ) -> Result<ingest::Session, ScanError> {
        let whose = || format!("Bluesky, {}", self.0.handle());
        let refused = |why: String| ScanError::Refused { what: whose(), why };
        let (server, token) = self.0.access(expired).await.map_err(|err| match err {
            XrpcError::RateLimited { after } => HttpError::RateLimited { host: whose(), wait: after }.into(),
            XrpcError::NeverSent { why } => HttpError::Unreachable { host: whose(), why }.into(),
            err => refused(err.to_string()),
        })?;
        let service = Url::parse(&format!("{}/", server.trim_end_matches('/')));
        let service =
            service.map_err(|err| refused(format!("its server `{server}` is no address: {err}")))?;
        Ok(ingest::Session { service, token })
    }
}

/// An error with the account it is about.
fn in_account(handle: &str, err: XrpcError) -> CliError {
    match CliError::from(err) {
        CliError::WrongUse(why) => CliError::WrongUse(format!("Bluesky, {handle}: {why}")),
        CliError::Failed(why) => CliError::Failed(format!("Bluesky, {handle}: {why}")),
        other @ (CliError::NothingFound(_) | CliError::Config(_)) => other,
    }
}

pub(super) async fn run(global: &Global, command: &BlueskyCommand) -> Result<ExitCode, CliError> {
    let config = configuration(global, None)?;
    match command {
        BlueskyCommand::Login(args) => login(global, config, args).await,
        BlueskyCommand::Whoami(args) => whoami(global, config, args).await,
        BlueskyCommand::Profile(args) => dress(global, config, args).await,
    }
}

/// The accounts that a command is about.
fn wanted(config: &Config, handle: Option<&str>) -> Result<Vec<config::AccountSettings>, CliError> {
    let all = config.bluesky.all_accounts();
    let Some(handle) = handle else {
        return if all.is_empty() { Err(no_account()) } else { Ok(all) };
    };
    let plain = handle.trim_start_matches('@').to_lowercase();
    let found: Vec<_> = all.into_iter().filter(|account| account.handle == plain).collect();
    if found.is_empty() {
        return Err(CliError::NothingFound(format!(
            "no account of the configuration is called `{plain}`; add it to `[bluesky]`, or to `[[bluesky.accounts]]`"
        )));
    }
    Ok(found)
}

fn no_account() -> CliError {
    CliError::WrongUse(
        "there is no Bluesky account; set its `handle` in `[bluesky]`, make an app password in the app (Settings → Privacy and \
         security → App passwords), and run `newsdesk bluesky login`"
            .to_owned(),
    )
}

async fn login(global: &Global, config: Config, args: &BlueskyAccountArgs) -> Result<ExitCode, CliError> {
    let session = Session::with(config).await?;
    let mut infos = Vec::new();
    for account in wanted(&session.config, args.handle.as_deref())? {
        let mut settings = settings_of(&session.config, &account);
        if settings.password.is_none() {
            settings.password = Some(SecretSource::Inline(ask_password(&account.handle)?));
        }
        let opened = Account::sign_in(settings, session.store.clone(), Arc::new(SystemClock)).await;
        let opened = opened.map_err(|err| in_account(&account.handle, err))?;
        infos.push(opened.session_info().await?);
    }
    tell(global, &infos)
}

/// Asks for a password without showing it; where nobody sits, takes the first line of the input.
fn ask_password(handle: &str) -> Result<Secret, CliError> {
    let asked = if std::io::stdin().is_terminal() {
        rpassword::prompt_password(format!("App password of {handle} (it is not shown): "))
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    };
    let text = asked.map_err(|err| CliError::failed(format!("the password cannot be read: {err}")))?;
    let secret = Secret::new(text.trim());
    if secret.expose().is_empty() {
        return Err(CliError::WrongUse(
            "no password was given; type it, or set NEWSDESK_BLUESKY__PASSWORD or `password_file`".to_owned(),
        ));
    }
    Ok(secret)
}

async fn whoami(global: &Global, config: Config, args: &BlueskyAccountArgs) -> Result<ExitCode, CliError> {
    let session = Session::with(config).await?;
    let mut infos = Vec::new();
    for account in wanted(&session.config, args.handle.as_deref())? {
        let settings = settings_of(&session.config, &account);
        let opened = Account::open(settings, session.store.clone(), Arc::new(SystemClock)).await;
        let opened = opened.map_err(|err| in_account(&account.handle, err))?;
        infos.push(opened.session_info().await?);
    }
    tell(global, &infos)
}

fn tell(global: &Global, infos: &[SessionInfo]) -> Result<ExitCode, CliError> {
    if global.json {
        say!("{}", serde_json::to_string_pretty(infos).map_err(CliError::failed)?);
        return Ok(ExitCode::SUCCESS);
    }
    for info in infos {
        say!("{} ({})", info.handle, info.did);
        say!("  server    {}", info.server);
        match info.session_until {
            Some(until) => say!("  session   renews itself until {}", until.format("%-d %B %Y, %H:%M UTC")),
            None => say!("  session   none; `newsdesk bluesky login` makes one"),
        }
        if !info.app_password {
            say!("  password  the account's own; an app password is safer");
        }
        say!("  logins    {} in the last 24 hours", info.logins);
        say!(
            "  points    {} of {} in the last hour, {} of {} in the last day",
            info.points_hour,
            info.most_hour,
            info.points_day,
            info.most_day
        );
        say!(
            "  messages  {}",
            if info.messages { "may be sent" } else { "the app password does not allow them" }
        );
    }
    Ok(ExitCode::SUCCESS)
}

async fn dress(global: &Global, config: Config, args: &BlueskyProfileArgs) -> Result<ExitCode, CliError> {
    let session = Session::with(config).await?;
    let mut told = Vec::new();
    for settings in wanted(&session.config, args.handle.as_deref())? {
        let account = Account::open(
            settings_of(&session.config, &settings),
            session.store.clone(),
            Arc::new(SystemClock),
        )
        .await
        .map_err(|err| in_account(&settings.handle, err))?;
        let before = account.profile().await?;
        let current = before.as_ref().map(|(_, profile)| profile);
        let avatar = picture(args, current)?;
        let mut wishes = Wishes {
            operator: session.config.bluesky.operator.clone(),
            topics: topic_names(&session.config, &settings),
            avatar: None,
            pinned: pinned(&session.store, account.did(), args.pin.as_deref()).await?,
        };
        let draft = profile::wanted(current, &wishes);
        let changes = changes(current, &draft, avatar.is_some());
        if changes.is_empty() {
            told.push(json!({ "handle": account.handle(), "changed": false }));
            if !global.json {
                say!("{}: the profile says it all already", account.handle());
            }
            continue;
        }
        if !args.yes && !agreed(&account.handle(), &changes)? {
            told.push(json!({ "handle": account.handle(), "changed": false }));
            continue;
        }
        if let Some((bytes, mime)) = avatar {
            wishes.avatar = Some(account.upload(bytes, mime).await?);
        }
        let wanted = profile::wanted(current, &wishes);
        account.put_profile(&wanted, before.as_ref().map(|(cid, _)| cid.as_str())).await?;
        told.push(json!({ "handle": account.handle(), "changed": true, "changes": changes }));
        if !global.json {
            say!("{}: the profile is changed", account.handle());
        }
    }
    if global.json {
        say!("{}", Value::Array(told));
    }
    Ok(ExitCode::SUCCESS)
}

fn topic_names(config: &Config, account: &config::AccountSettings) -> Vec<String> {
    let all = config.topics.iter();
    all.filter(|t| account.topics.is_empty() || account.topics.contains(&t.slug))
        .map(|t| t.name.clone())
        .collect()
}

/// The picture to upload: the one asked for, or ours where there is none.
fn picture(
    args: &BlueskyProfileArgs,
    current: Option<&Value>,
) -> Result<Option<(Vec<u8>, &'static str)>, CliError> {
    let Some(file) = &args.avatar else {
        if current.is_some_and(|profile| profile.get("avatar").is_some()) {
            return Ok(None);
        }
        return Ok(Some((avatar().map_err(CliError::failed)?, "image/png")));
    };
    let wrong = |why: String| CliError::WrongUse(format!("the picture {}: {why}", file.display()));
    let bytes = std::fs::read(file).map_err(|err| wrong(format!("cannot be read: {err}")))?;
    if bytes.len() > AVATAR_BYTES {
        return Err(wrong(format!("has {} bytes; at most {AVATAR_BYTES} are allowed", bytes.len())));
    }
    if bytes.starts_with(b"\x89PNG") {
        Ok(Some((bytes, "image/png")))
    } else if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        Ok(Some((bytes, "image/jpeg")))
    } else {
        Err(wrong("is neither PNG nor JPEG".to_owned()))
    }
}

/// The first post of a story, to be pinned.
async fn pinned(
    store: &Store,
    did: &Did,
    code: Option<&str>,
) -> Result<Option<crate::publish::bluesky::Ref>, CliError> {
    let Some(code) = code else { return Ok(None) };
    let code: StoryCode =
        code.parse().map_err(|err: crate::model::InvalidId| CliError::WrongUse(err.to_string()))?;
    let Some(row) = store.story_by_code(&code).await?.into_iter().next_back() else {
        return Err(CliError::NothingFound(format!("no story has the code {code}")));
    };
    let posts = standing_posts(store, &row.story.storyline, did.as_str()).await?;
    posts.into_iter().next().map(Some).ok_or_else(|| {
        CliError::NothingFound(format!("story {code} does not stand on this account, so it cannot be pinned"))
    })
}

/// What would be changed, in words.
fn changes(current: Option<&Value>, wanted: &Value, avatar: bool) -> Vec<String> {
    let none = Value::Null;
    let before = |field: &str| current.and_then(|c| c.get(field)).unwrap_or(&none);
    let mut out = Vec::new();
    let names = [
        ("displayName", "name"),
        ("description", "description"),
        ("labels", "label: says that the account is automated"),
        ("pinnedPost", "pinned post"),
    ];
    for (field, name) in names {
        let after = wanted.get(field).unwrap_or(&none);
        if before(field) == after {
            continue;
        }
        out.push(match after.as_str() {
            Some(text) => format!("{name}: {text}"),
            None => name.to_owned(),
        });
    }
    if avatar {
        out.push("picture".to_owned());
    }
    out
}

fn agreed(handle: &str, changes: &[String]) -> Result<bool, CliError> {
    anstream::eprintln!("On the profile of {handle} these would be set:");
    for change in changes {
        anstream::eprintln!("  {}", change.replace('\n', "\n    "));
    }
    anstream::eprint!("Do it? [y/N] ");
    std::io::stderr().flush().map_err(CliError::failed)?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(CliError::failed)?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}
