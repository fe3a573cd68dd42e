//! `newsdesk doctor`: what is well, what is not, and what to do about it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use serde::Serialize;
use serde_json::Value;
use serenity::http::Route;

use super::CliError;
use super::args::Global;
use super::bluesky::{ReadingAs, accounts_of, settings_of};
use super::discord::rest_of;
use super::draw::counted;
use super::setup::Session;
use crate::bluesky::{Account, XrpcError};
use crate::bot;
use crate::config::{self, Config};
use crate::discord::{Rest, RestError};
use crate::ingest::{Budget, PoliteClient, ScanError, Source};
use crate::llm::{Ask, Provider};
use crate::model::{Clock as _, SystemClock};
use crate::publish::bluesky::profile;
use crate::schedule::{Doors, Entry, Prices, caps_of, client_of, http_settings, search_of, sources_of};
use crate::store::{SourceState, Store, StoreError};

/// Sources asked at one time.
const AT_ONCE: usize = 8;

/// Failing sources of a kind that are told one by one.
const TOLD: usize = 3;

/// The longest wait for one source.
const PATIENCE: Duration = Duration::from_secs(90);

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
    checks.extend(live_sources(&session).await?);
    match rest_of(&session.config) {
        Ok(Some(rest)) => checks.extend(discord(&rest, &session.config, &session.store).await?),
        Ok(None) => checks.push(Check::well("Discord", "not set up: there is no token")),
        Err(CliError::WrongUse(why) | CliError::Failed(why) | CliError::NothingFound(why)) => {
            checks.push(Check::ill("Discord", why, "set NEWSDESK_DISCORD__TOKEN or `token_file` again"));
        }
        Err(err @ CliError::Config(_)) => return Err(err),
    }
    checks.extend(bluesky(&session).await);
    checks.extend(model(&session).await);
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

/// Every source once, with one cheap request and nothing stored: whether it answers, and what a wrong credential looks like.
async fn live_sources(session: &Session) -> Result<Vec<Check>, CliError> {
    let mut doors = Doors::of(&session.config);
    // An account that cannot be signed in is told of where accounts are looked at.
    if let Ok(accounts) = accounts_of(&session.config, &session.store).await
        && let Some((account, _)) = accounts.into_iter().next()
    {
        doors = doors.with_bluesky(Arc::new(ReadingAs(account)));
    }
    let (named, cannot) = sources_of(&session.config, &session.config.topics, &doors);
    let mut known = BTreeSet::new();
    // A stream would be listened to for as long as it takes to catch up.
    let sources: Vec<Box<dyn Source>> = named
        .into_iter()
        .map(|(_, source)| source)
        .filter(|source| !source.is_stream() && known.insert(source.id()))
        .collect();
    let http = PoliteClient::new(http_settings(&session.config)).map_err(CliError::failed)?;
    let now = SystemClock.now();
    let fresh = SourceState::default();
    let once = Budget { max_requests: 1, ..Budget::default() };
    let asked = sources.iter().map(|source| async {
        // From the beginning: what stands in the cursor is nobody's business here.
        let answer = tokio::time::timeout(PATIENCE, source.scan(&http, &fresh, once, now)).await;
        match answer {
            Ok(Ok(_)) => (source.kind(), None),
            Ok(Err(error)) => (source.kind(), Some((format!("{}: {error}", source.id()), todo_of(&error)))),
            Err(_) => {
                let why = format!("{} did not answer within {} seconds", source.id(), PATIENCE.as_secs());
                (source.kind(), Some((why, "try again in a minute")))
            }
        }
    });
    let answers: Vec<(&'static str, Option<(String, &'static str)>)> =
        stream::iter(asked).buffered(AT_ONCE).collect().await;
    let mut kinds: BTreeMap<&str, Vec<Option<(String, &str)>>> = BTreeMap::new();
    for (kind, ill) in answers {
        kinds.entry(kind).or_default().push(ill);
    }
    let mut checks: Vec<Check> =
        kinds.into_iter().map(|(kind, answers)| of_kind(kind, answers.len(), answers)).collect();
    checks.extend(web_search(&session.config, &http).await);
    checks.extend(cannot.into_iter().map(|why| {
        Check::ill("source", why, "set the credentials, or take the source out of the topic file")
    }));
    Ok(checks)
}

/// Asks the web search one question, if there is one.
async fn web_search(config: &Config, http: &PoliteClient) -> Option<Check> {
    let search = match search_of(&config.articles) {
        Ok(search) => search?,
        Err(why) => return Some(Check::ill("web search", why, "set the token or the file again")),
    };
    Some(match search.search(http, "news of today", SystemClock.now()).await {
        Ok(found) => {
            let found = counted(found.len() as u64, "page", "pages");
            Check::well("web search", format!("{} answers ({found})", search.name()))
        }
        Err(error) => Check::ill("web search", error.to_string(), todo_of(&error)),
    })
}

/// How the sources of one kind answered.
fn of_kind(kind: &str, all: usize, answers: Vec<Option<(String, &'static str)>>) -> Check {
    let what = format!("{kind} sources");
    let ill: Vec<(String, &str)> = answers.into_iter().flatten().collect();
    if ill.is_empty() {
        let verb = if all == 1 { "answers" } else { "answer" };
        return Check::well(&what, format!("{} {verb}", counted(all as u64, "source", "sources")));
    }
    let mut told: Vec<&str> = ill.iter().take(TOLD).map(|(why, _)| why.as_str()).collect();
    let more = format!("and {} more", ill.len().saturating_sub(TOLD));
    if ill.len() > TOLD {
        told.push(&more);
    }
    let todos: BTreeSet<&str> = ill.iter().map(|(_, todo)| *todo).collect();
    let todo = todos.into_iter().collect::<Vec<_>>().join("; or ");
    Check::ill(&what, format!("{} of {all} did not answer: {}", ill.len(), told.join("; ")), todo)
}

/// What to do about a source that does not answer.
fn todo_of(error: &ScanError) -> &'static str {
    match error.kind() {
        "refused" => "look at the credentials, and whether the place is open to everybody",
        "not found" | "gone" | "not a feed" | "bad address" => "look at its address in the topic file",
        "asked to wait" => "wait: it is asked again when it allows it",
        "not public" => "if it is yours, add it to `allow_private_addresses` in `[http]`",
        _ => "look whether this machine reaches it; it is tried again on schedule",
    }
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

/// Each account: whether it is signed in, and says what it is.
async fn bluesky(session: &Session) -> Vec<Check> {
    let accounts = session.config.bluesky.all_accounts();
    if accounts.is_empty() {
        return vec![Check::well("Bluesky", "not set up: there is no account")];
    }
    let mut checks = Vec::new();
    for account in &accounts {
        let what = format!("Bluesky, {}", account.handle);
        match account_checks(session, account, &what).await {
            Ok(found) => checks.extend(found),
            Err(err) => {
                let todo = match err {
                    XrpcError::SignedOut(_) => "do what it says, then run `newsdesk bluesky login`",
                    _ => "look whether this machine reaches the account's server, and try again",
                };
                checks.push(Check::ill(&what, err.to_string(), todo));
            }
        }
    }
    checks
}

async fn account_checks(
    session: &Session,
    settings: &config::AccountSettings,
    what: &str,
) -> Result<Vec<Check>, XrpcError> {
    let how = settings_of(&session.config, settings);
    let account = Account::open(how, session.store.clone(), Arc::new(SystemClock)).await?;
    // Asks the server: a session that was kept may have been revoked.
    let record = account.profile().await?.map(|(_, record)| record).unwrap_or_default();
    let info = account.session_info().await?;
    let mut checks = vec![Check::well(what, format!("is signed in at {}", info.server))];
    let mut check = |ok: bool, well: &str, ill: &str, todo: &str| {
        checks.push(if ok { Check::well(what, well) } else { Check::ill(what, ill, todo) });
    };
    check(
        info.app_password,
        "uses an app password",
        "uses the account's own password, which can do everything",
        "make an app password (Settings → Privacy and security → App passwords) and run `newsdesk bluesky login`",
    );
    let set = "`newsdesk bluesky profile` sets it";
    check(profile::is_labelled(&record), "is labelled as a bot", "has no label that says it is a bot", set);
    check(
        profile::says_automated(&record),
        "its description says that it is automated",
        "its description does not say that it is automated",
        set,
    );
    match &session.config.bluesky.operator {
        Some(operator) => check(
            profile::names_operator(&record, operator),
            "its description says who runs it",
            "its description does not say who runs it",
            set,
        ),
        None => check(
            false,
            "",
            "nobody is named who runs it",
            "set `operator` in `[bluesky]`, then run `newsdesk bluesky profile`",
        ),
    }
    if !session.config.bluesky.moderators.is_empty() {
        check(
            info.messages,
            "may send direct messages",
            "may not send direct messages, so moderators are told in the log only",
            "make an app password that allows access to direct messages",
        );
    }
    check(
        info.points_day < u64::from(info.most_day),
        &format!("{} of {} points spent today", info.points_day, info.most_day),
        &format!("all {} points of today are spent", info.most_day),
        "wait; or raise `points_per_day` if it was lowered",
    );
    Ok(checks)
}

/// The language model: one small question, which is in the ledger as any other.
async fn model(session: &Session) -> Vec<Check> {
    const WHAT: &str = "language model";
    let config = &session.config;
    let client = match client_of(&config.model, config.desk.seed) {
        None => return vec![Check::well(WHAT, "not set up: stories are written without one")],
        Some(Err(why)) => return vec![Check::ill(WHAT, why, "mend it in `[model]`")],
        Some(Ok(client)) => client,
    };
    let name = format!("{} {} at {}", client.provider(), client.model(), client.host());
    let ask = Ask {
        system: "You answer with JSON.".to_owned(),
        user: "Are you there?".to_owned(),
        name: "presence",
        schema: serde_json::json!({
            "type": "object", "properties": { "here": { "type": "boolean" } },
            "required": ["here"], "additionalProperties": false,
        }),
        max_tokens: 500,
    };
    let entry = Entry {
        store: &session.store,
        client: &client,
        prices: Prices::of(&config.model),
        caps: caps_of(&config.model),
        at: SystemClock.now(),
        topic: "doctor".parse().expect("it is a slug"),
        job: "doctor".to_owned(),
        purpose: "command",
        prompt_hash: ask.digest().to_string(),
    };
    let mut checks = vec![match client.ask(&ask, &entry).await {
        Ok(text) if serde_json::from_str::<Value>(&text).is_ok_and(|v| v["here"].is_boolean()) => {
            Check::well(WHAT, format!("{name} answers in the shape that was asked for"))
        }
        Ok(_) => Check::ill(
            WHAT,
            format!("{name} answers in another shape than was asked for"),
            "choose a model that keeps to a JSON schema",
        ),
        Err(failure) => Check::ill(WHAT, format!("{name}: {failure}"), failure.advice()),
    }];
    let paid = client.provider() != Provider::Ollama && config.model.base_url.is_none();
    if paid && Prices::of(&config.model).are_missing() {
        checks.push(Check::ill(
            WHAT,
            "no prices are set, so the caps on money hold nothing",
            "set `price_in` and `price_out` in `[model]` to what the provider asks",
        ));
    }
    checks
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
