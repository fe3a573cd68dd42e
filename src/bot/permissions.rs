//! What the bot may do in a channel, looked up before it is promised.

use serde_json::Value;
use serenity::all::{ChannelType, GuildChannel, Member, PartialGuild, Permissions};
use serenity::http::Route;

use crate::discord::{Rest, RestError};
use crate::model::Style;

/// A channel, with what the bot may do there.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// The channel.
    pub(super) channel: GuildChannel,
    /// Its server's name.
    pub(super) guild_name: String,
    /// What the bot may do.
    pub(super) permissions: Permissions,
}

fn read<T: serde::de::DeserializeOwned>(what: &str, value: Value) -> Result<T, RestError> {
    serde_json::from_value(value)
        .map_err(|err| RestError::Unclear { why: format!("{what} does not read: {err}") })
}

/// Looks up what the bot (user `me`) may do in a channel: by the server's roles and the channel's own rules.
pub(super) async fn standing(rest: &Rest, me: u64, channel: u64) -> Result<Standing, RestError> {
    let channel: GuildChannel =
        read("the channel", rest.get(Route::Channel { channel_id: channel.into() }, Vec::new()).await?)?;
    let guild_id = channel.guild_id;
    let guild: PartialGuild = read("the server", rest.get(Route::Guild { guild_id }, Vec::new()).await?)?;
    let mut member = rest.get(Route::GuildMember { guild_id, user_id: me.into() }, Vec::new()).await?;
    if let Some(member) = member.as_object_mut() {
        member.insert("guild_id".to_owned(), guild_id.get().to_string().into());
    }
    let member: Member = read("the bot's membership", member)?;
    let permissions = guild.user_permissions_in(&channel, &member);
    Ok(Standing { channel, guild_name: guild.name, permissions })
}

/// What a style needs in a channel of this kind, by the names that Discord's settings show.
fn needed(kind: ChannelType, style: Style) -> Vec<(Permissions, &'static str)> {
    let forum = kind == ChannelType::Forum;
    let mut all = vec![
        (Permissions::VIEW_CHANNEL, "View Channel"),
        (Permissions::SEND_MESSAGES, if forum { "Create Posts" } else { "Send Messages" }),
        (Permissions::EMBED_LINKS, "Embed Links"),
        (Permissions::ATTACH_FILES, "Attach Files"),
        (Permissions::READ_MESSAGE_HISTORY, "Read Message History"),
    ];
    match style {
        Style::Thread => all.push((Permissions::CREATE_PUBLIC_THREADS, "Create Public Threads")),
        Style::Forum | Style::Compact | Style::Digest => {}
    }
    match style {
        Style::Thread | Style::Forum => {
            let name = if forum { "Send Messages in Posts" } else { "Send Messages in Threads" };
            all.push((Permissions::SEND_MESSAGES_IN_THREADS, name));
        }
        Style::Compact | Style::Digest => {}
    }
    all
}

/// Which of the needed permissions are missing.
pub(super) fn lacking(kind: ChannelType, style: Style, permissions: Permissions) -> Vec<&'static str> {
    if permissions.administrator() {
        return Vec::new();
    }
    needed(kind, style)
        .into_iter()
        .filter(|(bit, _)| !permissions.contains(*bit))
        .map(|(_, name)| name)
        .collect()
}

/// What the bot (user `me`) lacks to post in a channel in a style, by the names that Discord's settings show.
pub async fn missing(
    rest: &Rest,
    me: u64,
    channel: u64,
    style: Style,
) -> Result<Vec<&'static str>, RestError> {
    let standing = standing(rest, me, channel).await?;
    Ok(lacking(standing.channel.kind, style, standing.permissions))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bot::PERMISSIONS;

    #[test]
    fn each_missing_permission_is_named_as_discord_names_it() {
        let but = |bit| PERMISSIONS.difference(bit);
        let cases = [
            (ChannelType::Text, Style::Thread, Permissions::EMBED_LINKS, vec!["Embed Links"]),
            (
                ChannelType::Text,
                Style::Thread,
                Permissions::CREATE_PUBLIC_THREADS,
                vec!["Create Public Threads"],
            ),
            (ChannelType::Forum, Style::Forum, Permissions::SEND_MESSAGES, vec!["Create Posts"]),
            (
                ChannelType::Forum,
                Style::Forum,
                Permissions::SEND_MESSAGES_IN_THREADS,
                vec!["Send Messages in Posts"],
            ),
            (ChannelType::Text, Style::Compact, Permissions::CREATE_PUBLIC_THREADS, vec![]),
        ];
        for (kind, style, bit, named) in cases {
            assert_eq!(lacking(kind, style, but(bit)), named, "{style} without {bit}");
        }
        assert_eq!(lacking(ChannelType::Text, Style::Thread, Permissions::ADMINISTRATOR), Vec::<&str>::new());
    }

    #[test]
    fn what_the_invitation_asks_for_is_enough_for_every_style() {
        for style in Style::ALL {
            let kind = if *style == Style::Forum { ChannelType::Forum } else { ChannelType::Text };
            assert_eq!(lacking(kind, *style, PERMISSIONS), Vec::<&str>::new(), "{style}");
        }
    }
}
