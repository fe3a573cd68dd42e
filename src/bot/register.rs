//! Telling Discord which commands there are, when they have changed and only then.

use serde_json::Value;
use serenity::http::{LightMethod, Route};

use super::commands;
use crate::discord::{Rest, RestError};
use crate::model::Sha256;
use crate::store::{Store, StoreError};

/// What registering did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// Discord was told.
    Told,
    /// Discord knows these commands already: nothing was sent.
    Unchanged,
}

/// Why commands could not be registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Discord.
    #[error(transparent)]
    Discord(#[from] RestError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The commands as Discord is told of them.
pub fn command_list() -> Value {
    let mut list = commands::registration();
    unsaid(&mut list);
    list
}

/// Leaves out what serenity says of every option: only some kinds of options may say that they have no completion.
fn unsaid(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.get("autocomplete") == Some(&Value::Bool(false)) {
                fields.remove("autocomplete");
            }
            fields.values_mut().for_each(unsaid);
        }
        Value::Array(items) => items.iter_mut().for_each(unsaid),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn fact(application: u64, guild: Option<u64>) -> String {
    let scope = guild.map_or_else(|| "global".to_owned(), |guild| guild.to_string());
    format!("discord.commands.{application}.{scope}")
}

/// Whether the commands of this version were registered.
pub async fn is_registered(store: &Store, application: u64, guild: Option<u64>) -> Result<bool, StoreError> {
    let digest = Sha256::of(&command_list().to_string());
    Ok(store.fact(&fact(application, guild)).await?.as_deref() == Some(digest.as_str()))
}

/// Registers the commands everywhere, or in one server while they are developed.
pub async fn register(
    rest: &Rest,
    store: &Store,
    application: u64,
    guild: Option<u64>,
) -> Result<Registered, RegisterError> {
    let commands = command_list();
    let digest = Sha256::of(&commands.to_string());
    let name = fact(application, guild);
    if store.fact(&name).await?.as_deref() == Some(digest.as_str()) {
        return Ok(Registered::Unchanged);
    }
    let application_id = application.into();
    let route = match guild {
        Some(guild) => Route::GuildCommands { application_id, guild_id: guild.into() },
        None => Route::Commands { application_id },
    };
    rest.send(LightMethod::Put, route, Some(&commands), None).await?;
    store.set_fact(&name, digest.as_str()).await?;
    Ok(Registered::Told)
}
