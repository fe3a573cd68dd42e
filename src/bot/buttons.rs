//! Presses on buttons, choices in selects, forms that were sent.

use serenity::all::{ComponentInteraction, ComponentInteractionDataKind, ModalInteraction};

use super::Bot;
use super::ask::Question;
use super::custom_id::{CustomId, Verb, guess, verify};
use super::draw::{self, Audience, Body};
use super::follow::Wish;
use super::moderate::fields;
use super::reply::{Asked, How, is_ephemeral};
use crate::answer::Desk;
use crate::model::StoryCode;

const NEW: How = How::New(Audience::Asker);

/// A button was pressed, or something was chosen.
pub(super) async fn pressed(bot: &Bot, press: &ComponentInteraction) {
    let asked = Asked::from(press);
    let Some(id) = verify(&bot.key, &press.data.custom_id) else {
        if bot.takes(&asked).await {
            let body = draw::forged(guess(&press.data.custom_id));
            bot.reply(&asked, NEW, std::future::ready(body)).await;
        }
        return;
    };
    let (value, channel) = match &press.data.kind {
        ComponentInteractionDataKind::StringSelect { values } => (values.first().cloned(), None),
        ComponentInteractionDataKind::ChannelSelect { values } => (None, values.first().map(|id| id.get())),
        _ => (None, None),
    };
    let subject = id.subject.clone().or(value);
    let own = is_ephemeral(press.message.flags) || id.user == Some(asked.user);
    if let Some((question, how)) = question(&id, subject.as_deref(), own) {
        if bot.takes(&asked).await {
            bot.reply(&asked, how, bot.answer(&question, &asked)).await;
        }
        return;
    }
    match id.verb {
        Verb::Dispute => {
            let form =
                subject.and_then(|code| code.parse().ok()).map(|code| draw::dispute_form(&code, id.version));
            if let Some(form) = form
                && bot.takes(&asked).await
            {
                bot.open(&asked, &form).await;
            }
        }
        Verb::Settings if asked.manages => bot.open_settings(&asked).await,
        Verb::Correct | Verb::Retract if asked.manages && bot.is_home(&asked) => {
            if bot.takes(&asked).await {
                bot.open(&asked, &draw::order_form(&id)).await;
            }
        }
        verb => {
            if bot.takes(&asked).await {
                let how = if verb == Verb::Dismiss { How::Update } else { NEW };
                bot.reply(&asked, how, other(bot, &asked, &id, subject, channel)).await;
            }
        }
    }
}

/// The question that a press asks, if it asks one, and where the answer goes.
fn question(id: &CustomId, subject: Option<&str>, own: bool) -> Option<(Question, How)> {
    let asked = subject.map(str::to_owned);
    // Pages are turned in place, and only by whom they belong to: others are told so below.
    let turned = match id.page {
        Some(page) if own => Some((page, How::Update)),
        Some(_) => return None,
        None => None,
    };
    let (page, how) = turned.unwrap_or((0, NEW));
    let question = match (id.verb, asked) {
        (Verb::Story, Some(asked)) => Question::Story { asked },
        (Verb::Sources, Some(asked)) => Question::Sources { asked, page },
        (Verb::Faq, Some(asked)) => Question::Faq { asked, n: None },
        (Verb::Changed, Some(asked)) => Question::Changed { asked },
        (Verb::Why, Some(asked)) => Question::Why { asked },
        (Verb::Topics, _) => Question::Topics { page },
        _ => return None,
    };
    Some((question, how))
}

/// Everything that is no question and opens no form.
async fn other(
    bot: &Bot,
    asked: &Asked,
    id: &CustomId,
    subject: Option<String>,
    channel: Option<u64>,
) -> Body {
    let code = || subject.as_deref().and_then(|code| code.parse::<StoryCode>().ok());
    match id.verb {
        Verb::Story | Verb::Sources | Verb::Faq | Verb::Changed | Verb::Why | Verb::Topics => {
            draw::not_yours(subject.as_deref())
        }
        Verb::Follow if asked.guild.is_some() && !asked.manages => draw::not_allowed("Following a topic"),
        Verb::Follow => follow(bot, asked, subject, channel).await,
        Verb::Dismiss if asked.manages && bot.is_home(asked) => match (code(), id.user) {
            (Some(code), Some(by)) => bot.dismiss(asked, &code, by).await,
            _ => draw::forged(None),
        },
        Verb::Settings => draw::not_allowed("Changing the settings"),
        Verb::Correct | Verb::Retract | Verb::Dismiss if asked.manages => draw::not_allowed(
            "Stories are the same in every server, so they are changed at the operator's desk only. Deciding a dispute",
        ),
        Verb::Correct | Verb::Retract | Verb::Dismiss => draw::not_allowed("Deciding a dispute"),
        Verb::Dispute => draw::forged(None),
    }
}

/// The picker: first the topic, then the channel.
async fn follow(bot: &Bot, asked: &Asked, subject: Option<String>, channel: Option<u64>) -> Body {
    let now = bot.clock.now();
    let topics = bot.topics(now);
    let desk = Desk { store: &bot.store, topics: &topics, now };
    let topic = subject.unwrap_or_default();
    let Some(view) = desk.topic(&topic) else {
        return bot.trouble(desk.unknown(&topic), Verb::Story, asked).await;
    };
    match (channel, asked.guild) {
        (Some(channel), Some(_)) => {
            let wish = Wish { topic, channel: Some(channel), style: None, cadence: None, crosspost: false };
            bot.follow(asked, wish).await
        }
        (_, None) => draw::how_to_follow(&view.slug, &view.name),
        (None, Some(_)) => draw::channel_picker(&view.slug, &view.name),
    }
}

/// A form was sent.
pub(super) async fn submitted(bot: &Bot, form: &ModalInteraction) {
    let asked = Asked::from(form);
    if !bot.takes(&asked).await {
        return;
    }
    let field = fields(form);
    let Some(id) = verify(&bot.key, &form.data.custom_id) else {
        let body = draw::forged(guess(&form.data.custom_id));
        return bot.reply(&asked, NEW, std::future::ready(body)).await;
    };
    let subject = id.subject.clone().unwrap_or_default();
    match id.verb {
        Verb::Dispute => bot.reply(&asked, NEW, bot.disputed(&asked, &subject, id.version, field)).await,
        Verb::Settings if asked.manages => bot.reply(&asked, NEW, bot.save_settings(&asked, field)).await,
        Verb::Correct | Verb::Retract if asked.manages && bot.is_home(&asked) => {
            let (Ok(code), Some(by)) = (subject.parse::<StoryCode>(), id.user) else {
                return bot.reply(&asked, NEW, std::future::ready(draw::forged(None))).await;
            };
            let text = field("text");
            let settle = bot.settle(&asked, &code, by, id.verb == Verb::Retract, &text);
            Box::pin(bot.reply(&asked, How::Update, settle)).await;
        }
        _ => {
            let body = draw::not_allowed("This form");
            bot.reply(&asked, NEW, std::future::ready(body)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_turned_in_place_by_their_owner_only() {
        let id = CustomId::asking(Verb::Sources, "4K7Q2WX").at(2, 7);
        let right = Question::Sources { asked: "4K7Q2WX".to_owned(), page: 2 };
        assert_eq!(question(&id, Some("4K7Q2WX"), true), Some((right, How::Update)));
        assert_eq!(question(&id, Some("4K7Q2WX"), false), None);
    }

    #[test]
    fn a_button_of_a_post_asks_everyone_anew() {
        let id = CustomId::asking(Verb::Faq, "4K7Q2WX");
        let right = Question::Faq { asked: "4K7Q2WX".to_owned(), n: None };
        assert_eq!(question(&id, Some("4K7Q2WX"), false), Some((right, NEW)));
        let dispute = CustomId::asking(Verb::Dispute, "4K7Q2WX");
        assert_eq!(question(&dispute, Some("4K7Q2WX"), true), None);
    }
}
