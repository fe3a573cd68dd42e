//! `newsdesk doctor`: what is well, what is not, and what to do about it.

use std::process::ExitCode;

use serde::Serialize;
use serde_json::Value;
use serenity::http::Route;

use super::CliError;
use super::args::Global;
use super::discord::rest_of;
use super::draw::counted;
use super::setup::Session;
use crate::bot;
use crate::config::Config;
use crate::discord::{Rest, RestError};
use crate::store::{Store, StoreError};

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    /// What.
    what: String,
    /// Whether it is well.
    ok: bool,
    /// What was found.
    found: String,
    /// What to do; empty if all is well.
    todo: String,
}

impl Check {
    fn well(what: &str, found: impl Into<String>) -> Self {
        Self { what: what.to_owned(), ok: true, found: found.into(), todo: String::new() }
    }

    fn ill(what: &str, found: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { what: what.to_owned(), ok: false, found: found.into(), todo: todo.into() }
    }
}

pub(super) async fn run(global: &Global) -> Result<ExitCode, CliError> {
    let session = Session::open(global).await?;
    let mut checks = vec![
        Check::well(
            "configuration",
            session.config.file.as_ref().map_or_else(
                || "no file, all defaults".to_owned(),
                |file| format!("{} is read", file.display()),
            ),
        ),
        Check::well("database", format!("{} opens", session.config.database)),
        topics(&session.config),
        sources(&session).await?,
    ];
    match rest_of(&session.config) {
        Ok(Some(rest)) => checks.extend(discord(&rest, &session.config, &session.store).await?),
        Ok(None) => checks.push(Check::well("Discord", "not set up: there is no token")),
        Err(CliError::WrongUse(why) | CliError::Failed(why) | CliError::NothingFound(why)) => {
            checks.push(Check::ill("Discord", why, "set NEWSDESK_DISCORD__TOKEN or `token_file` again"));
        }
        Err(err @ CliError::Config(_)) => return Err(err),
    }
    let well = checks.iter().all(|check| check.ok);
    if global.json {
        say!("{}", serde_json::json!({ "ok": well, "checks": checks }));
    } else {
        for check in &checks {
            say!("{} {}: {}", if check.ok { "ok  " } else { "FAIL" }, check.what, check.found);
            if !check.todo.is_empty() {
                say!("       {}", check.todo);
            }
        }
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn topics(config: &Config) -> Check {
    let n = config.topics.len();
    if n == 0 {
        return Check::ill("topics", "there is none", "`newsdesk init` writes some to start from");
    }
    Check::well("topics", counted(n as u64, "topic", "topics"))
}

async fn sources(session: &Session) -> Result<Check, CliError> {
    let status = session.desk().status().await?;
    let failing: Vec<String> =
        status.sources.iter().filter(|s| s.error.is_some()).map(|s| s.source.clone()).collect();
    let n = counted(status.sources.len() as u64, "source", "sources");
    if failing.is_empty() {
        return Ok(Check::well("sources", format!("{n} read so far, none failing")));
    }
    Ok(Check::ill(
        "sources",
        format!("{n} read so far, failing: {}", failing.join(", ")),
        "`newsdesk status` tells why and when each is tried again",
    ))
}

async fn discord(rest: &Rest, config: &Config, store: &Store) -> Result<Vec<Check>, StoreError> {
    let me = match rest.get(Route::UserMe, Vec::new()).await {
        Ok(me) => me,
        Err(err) => {
            let todo = match err {
                RestError::TokenRevoked => {
                    "copy the present token from the developer portal (Bot → Reset Token)"
                }
                _ => "look whether this machine reaches discord.com",
            };
            return Ok(vec![Check::ill("Discord token", err.to_string(), todo)]);
        }
    };
    let name = me["username"].as_str().unwrap_or("?");
    let mut checks = vec![Check::well("Discord token", format!("is that of {name}"))];
    checks.push(match rest.get(Route::GatewayBot, Vec::new()).await {
        Ok(answer) => gateway(&answer),
        Err(err) => Check::ill("Discord gateway", err.to_string(), "try again in a minute"),
    });
    let dev_guild = Some(config.discord.dev_guild).filter(|id| *id != 0);
    checks.push(if bot::is_registered(store, rest.bot(), dev_guild).await? {
        Check::well("Discord commands", "are registered")
    } else {
        Check::ill(
            "Discord commands",
            "are not registered as this version has them",
            "`newsdesk run` registers them when it connects",
        )
    });
    let mut places = 0;
    for desk in store.desks().await?.into_iter().filter(|desk| desk.awake) {
        for subscription in store.subscriptions_of_desk(&desk.id).await? {
            places += 1;
            let what = format!("{}, {} in channel {}", desk.name, subscription.topic, subscription.channel);
            match bot::missing(rest, rest.bot(), subscription.channel, subscription.style).await {
                Ok(missing) if missing.is_empty() => checks.push(Check::well(&what, "may post")),
                Ok(missing) => checks.push(Check::ill(
                    &what,
                    format!("is missing: {}", missing.join(", ")),
                    "give the bot's role these permissions in that channel",
                )),
                Err(err) => checks.push(Check::ill(
                    &what,
                    err.to_string(),
                    "look whether the channel is there and the bot may see it; else `/unfollow` the topic there",
                )),
            }
        }
    }
    if places == 0 {
        checks.push(Check::well(
            "Discord servers",
            "nobody follows a topic yet: `/follow` in a server starts it",
        ));
    }
    Ok(checks)
}

fn gateway(answer: &Value) -> Check {
    let limit = &answer["session_start_limit"];
    let left = limit["remaining"].as_u64().unwrap_or_default();
    let found = format!(
        "intents: servers only; {} of {} connections left today",
        left,
        limit["total"].as_u64().unwrap_or_default()
    );
    if left == 0 {
        return Check::ill(
            "Discord gateway",
            found,
            "wait: `newsdesk run` connects when Discord allows it again",
        );
    }
    Check::well("Discord gateway", found)
}
