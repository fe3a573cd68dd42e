//! Discord, put together from the configuration; and `newsdesk discord …`.

use std::process::ExitCode;
use std::sync::Arc;

use tokio::sync::mpsc;
use tracing::warn;

use super::CliError;
use super::args::{DiscordCommand, Global};
use crate::bot::{custom_id, invite_link, tell_trouble};
use crate::config::Config;
use crate::discord::{ConnectSettings, Rest, connect};
use crate::model::Clock;
use crate::publish::Publisher;
use crate::publish::discord::{DiscordSender, Trouble};
use crate::store::Store;

/// The connection, what posts over it, and what moderators have to be told.
pub(super) struct Discord {
    pub(super) rest: Rest,
    pub(super) publisher: Box<dyn Publisher>,
    pub(super) troubles: mpsc::UnboundedReceiver<Trouble>,
}

/// The client of a configuration; `None` without a token.
pub(super) fn rest_of(config: &Config) -> Result<Option<Rest>, CliError> {
    let settings = &config.discord;
    let Some(source) = settings.token_source() else { return Ok(None) };
    let token = source.read().map_err(|err| {
        CliError::WrongUse(format!("the Discord token cannot be read from `discord.token_file`: {err}"))
    })?;
    let mut how = ConnectSettings::new(token);
    if let Some(place) = &settings.connect {
        let address = place.host.parse().map_err(|_| {
            CliError::WrongUse(format!(
                "`discord.connect` needs an address with a port, not the name `{}`",
                place.host
            ))
        })?;
        how.address = Some(std::net::SocketAddr::new(address, place.port));
    }
    if let Some(file) = &settings.ca_file {
        how.certificate = Some(std::fs::read(file).map_err(|err| {
            CliError::WrongUse(format!("`discord.ca_file` ({}) cannot be read: {err}", file.display()))
        })?);
    }
    connect(&how).map(Some).map_err(|err| CliError::WrongUse(err.to_string()))
}

/// Discord of a configuration; `None` without a token.
pub(super) fn discord_of(config: &Config, store: &Store) -> Result<Option<Discord>, CliError> {
    let Some(rest) = rest_of(config)? else { return Ok(None) };
    let (tell, troubles) = mpsc::unbounded_channel();
    let key = rest.key();
    let publisher = DiscordSender::new(
        rest.clone(),
        store.clone(),
        rest.bot(),
        Arc::new(move |id| custom_id::sign(&key, id)),
        // Nobody listens any more when the process ends; the audit log would have it at the next try.
        Arc::new(move |trouble| drop(tell.send(trouble))),
    );
    Ok(Some(Discord { rest, publisher: Box::new(publisher), troubles }))
}

/// Tells moderators of everything that has come up so far.
pub(super) async fn tell_all(
    rest: &Rest,
    store: &Store,
    clock: &dyn Clock,
    troubles: &mut mpsc::UnboundedReceiver<Trouble>,
) {
    while let Ok(trouble) = troubles.try_recv() {
        tell(rest, store, clock, &trouble).await;
    }
}

/// Tells moderators of one thing.
pub(super) async fn tell(rest: &Rest, store: &Store, clock: &dyn Clock, trouble: &Trouble) {
    if let Err(err) = tell_trouble(rest, store, rest.bot(), clock, trouble).await {
        warn!(%err, desk = %trouble.desk, "moderators could not be told");
    }
}

pub(super) fn run(global: &Global, command: &DiscordCommand) -> Result<ExitCode, CliError> {
    match command {
        DiscordCommand::Invite => {
            let config = super::setup::configuration(global, None)?;
            let Some(rest) = rest_of(&config)? else { return Err(no_token()) };
            let link = invite_link(rest.bot());
            if global.json {
                say!("{}", serde_json::json!({ "application": rest.bot().to_string(), "url": link }));
            } else {
                say!("{link}");
                anstream::eprintln!("Open it in a browser, choose a server, and then send `/follow` there.");
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// What to do without a token.
pub(super) fn no_token() -> CliError {
    CliError::WrongUse(
        "there is no Discord token; make a bot at https://discord.com/developers/applications (Bot → Reset Token) and \
         set NEWSDESK_DISCORD__TOKEN, or `token_file` in `[discord]`"
            .to_owned(),
    )
}
