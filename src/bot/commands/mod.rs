//! The slash commands: their options, who may use them, and which answer they ask for.

mod complete;
mod members;
mod moderators;
mod words;

use std::borrow::Cow;
use std::convert::Infallible;
use std::sync::Arc;

use poise::{Command, SlashArgError, SlashArgument};
use serenity::all::{
    CommandInteraction, CommandOptionType, CreateCommandOption, InstallationContext, InteractionContext,
    Permissions, ResolvedValue,
};
use tracing::warn;

use super::Bot;
use super::ask::Question;
use super::draw::{self, Audience, Body};
use super::reply::{Asked, How};
use crate::model::{Cadence, MuteKind, Style};

pub(crate) use words::names as command_names;

/// What commands share.
pub(super) type Data = Arc<Bot>;
/// A command answers its own troubles.
pub(super) type Never = Infallible;
type Context<'a> = poise::ApplicationContext<'a, Data, Never>;
type Done = Result<(), Never>;

/// All commands, with who may use them where, and what they are called in other languages.
pub(super) fn all() -> Vec<Command<Data, Never>> {
    let mut members = vec![
        members::story(),
        members::sources(),
        members::faq(),
        members::changed(),
        members::why(),
        members::topics(),
        members::search(),
        members::status(),
    ];
    for command in &mut members {
        command.install_context = Some(vec![InstallationContext::Guild, InstallationContext::User]);
        command.interaction_context = Some(vec![
            InteractionContext::Guild,
            InteractionContext::BotDm,
            InteractionContext::PrivateChannel,
        ]);
    }
    let mut moderators = vec![
        moderators::follow(),
        moderators::unfollow(),
        moderators::settings(),
        moderators::scan(),
        moderators::approve(),
        moderators::hold(),
        moderators::mute(),
        moderators::correct(),
        moderators::retract(),
        moderators::audit(),
    ];
    for command in &mut moderators {
        // Discord keeps this gate, and lets a server open it to other roles: what it lets through is meant.
        command.default_member_permissions = Permissions::MANAGE_GUILD;
        command.guild_only = true;
        command.install_context = Some(vec![InstallationContext::Guild]);
        command.interaction_context = Some(vec![InteractionContext::Guild]);
    }
    members.append(&mut moderators);
    for command in &mut members {
        words::translate(command, "");
    }
    members
}

/// What poise is set up with.
pub(super) fn options() -> poise::FrameworkOptions<Data, Never> {
    poise::FrameworkOptions {
        commands: all(),
        on_error: |err| Box::pin(on_error(err)),
        event_handler: |framework, event| {
            Box::pin(async move {
                let bot = Arc::clone(framework.user_data);
                Box::pin(super::connect::on_event(&bot, event)).await;
                Ok(())
            })
        },
        // Everything is sent by us; were anything not, it would ping nobody.
        allowed_mentions: Some(serenity::all::CreateAllowedMentions::new()),
        // Would ask who owns the application, for commands that only they may use: there are none.
        initialize_owners: false,
        ..poise::FrameworkOptions::default()
    }
}

/// An option that Discord sent and we do not understand: an old registration, for an hour after an update.
async fn on_error(err: poise::FrameworkError<'_, Data, Never>) {
    let asked = match err.ctx() {
        Some(poise::Context::Application(ctx)) => {
            Some((Arc::clone(ctx.framework.user_data), Asked::from(ctx.interaction)))
        }
        Some(poise::Context::Prefix(_)) => None,
        None => match &err {
            poise::FrameworkError::UnknownInteraction { framework, interaction, .. } => {
                Some((Arc::clone(framework.user_data), Asked::from(*interaction)))
            }
            _ => None,
        },
    };
    warn!("a command did not fit its registration");
    let Some((bot, asked)) = asked else { return };
    if bot.takes(&asked).await {
        let body = draw::wrong_input(
            "This command has changed since your client learnt it. Reload Discord (Ctrl+R), then it is as it is now.",
        );
        bot.reply(&asked, How::New(Audience::Asker), std::future::ready(body)).await;
    }
}

/// Answers a question of a member.
async fn ask(ctx: Context<'_>, question: Question, share: Option<bool>) -> Done {
    let to = if share == Some(true) { Audience::Everyone } else { Audience::Asker };
    let bot = Arc::clone(ctx.framework.user_data);
    let asked = Asked::from(ctx.interaction);
    if bot.takes(&asked).await {
        bot.reply(&asked, How::New(to), bot.answer(&question, &asked)).await;
    }
    Ok(())
}

/// Does something for a moderator.
async fn act<F>(ctx: Context<'_>, act: impl FnOnce(Arc<Bot>, Asked) -> F) -> Done
where
    F: Future<Output = Body>,
{
    let bot = Arc::clone(ctx.framework.user_data);
    let asked = Asked::from(ctx.interaction);
    if bot.takes(&asked).await {
        bot.reply(&asked, How::New(Audience::Asker), act(Arc::clone(&bot), asked.clone())).await;
    }
    Ok(())
}

/// An option with fixed words: sent as the word, so that a registration survives another order of them.
macro_rules! word_option {
    ($name:ident, $model:ty, [$($variant:path => $label:literal),+ $(,)?]) => {
        #[doc = concat!("An option with the words of `", stringify!($model), "`.")]
        #[derive(Clone, Copy, Debug)]
        pub(super) struct $name(pub(super) $model);

        #[serenity::async_trait]
        impl SlashArgument for $name {
            async fn extract(
                _: &serenity::all::Context,
                _: &CommandInteraction,
                value: &ResolvedValue<'_>,
            ) -> Result<Self, SlashArgError> {
                match value {
                    ResolvedValue::String(word) => word.parse().map(Self).map_err(|err| {
                        SlashArgError::new_parse(Box::new(err), (*word).to_owned())
                    }),
                    _ => Err(SlashArgError::new_command_structure_mismatch("a word was expected")),
                }
            }

            fn create(option: CreateCommandOption) -> CreateCommandOption {
                option.kind(CommandOptionType::String)
                    $(.add_string_choice_localized($label, $variant.as_str(), words::choice($label)))+
            }
        }
    };
}

word_option!(StyleWord, Style, [
    Style::Thread => "Thread: the whole story",
    Style::Forum => "Forum post",
    Style::Compact => "One short message",
    Style::Digest => "Digest of several stories",
]);
word_option!(CadenceWord, Cadence, [
    Cadence::Instant => "When there is a story",
    Cadence::Hourly => "At most once an hour",
    Cadence::Daily => "Once a day",
]);
word_option!(MuteWord, MuteKind, [
    MuteKind::Source => "Source",
    MuteKind::Author => "Author",
    MuteKind::Word => "Word",
    MuteKind::Story => "Story",
]);

/// The commands as Discord is told of them.
pub(super) fn registration() -> serde_json::Value {
    let mut commands = all();
    poise::set_qualified_names(&mut commands);
    let built = poise::builtins::create_application_commands(&commands);
    let mut value = serde_json::to_value(built).unwrap_or_default();
    for command in value.as_array_mut().into_iter().flatten() {
        tidy(command);
    }
    value
}

/// Leaves out what the library writes into every option whatever its kind, such as an `autocomplete` of a channel: the
/// published description of Discord's interface does not know it there.
fn tidy(part: &mut serde_json::Value) {
    for option in part["options"].as_array_mut().into_iter().flatten() {
        tidy(option);
        let is_subcommand = option["type"].as_u64().is_some_and(|kind| kind <= 2);
        if let Some(option) = option.as_object_mut() {
            option.retain(|key, value| match key.as_str() {
                "autocomplete" => *value == true,
                "required" => !is_subcommand,
                "choices" | "channel_types" => value.as_array().is_some_and(|all| !all.is_empty()),
                "options" => is_subcommand,
                _ => true,
            });
        }
    }
}

fn owned(text: &'static str) -> Cow<'static, str> {
    Cow::Borrowed(text)
}
