//! What Discord offers while somebody types: topics by name, stories by headline.

use std::time::Duration;

use serenity::all::{AutocompleteChoice, CreateAutocompleteResponse};

use super::Context;
use crate::bot::draw::plain;
use crate::model::{DeskId, TopicSlug};

/// Discord shows 25 lines and drops an answer after three seconds; people wait for less than one.
const LINES: usize = 25;
const TIME: Duration = Duration::from_millis(900);

/// Headlines that are looked through, newest first.
const HEADLINES: i64 = 400;

type Line = (String, String);

/// Whether every word typed is in the text, in any case, also as a part of a word.
fn has(text: &str, typed: &str) -> bool {
    let text = text.to_lowercase();
    typed.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

fn response(lines: Vec<Line>) -> CreateAutocompleteResponse {
    let choices = lines
        .into_iter()
        .take(LINES)
        .map(|(name, value)| AutocompleteChoice::new(plain(&name, 100), value))
        .collect();
    CreateAutocompleteResponse::new().set_choices(choices)
}

fn topic_lines(ctx: Context<'_>, typed: &str) -> Vec<Line> {
    let bot = ctx.framework.user_data;
    let mut found: Vec<(bool, Line)> = bot
        .topics(bot.clock.now())
        .into_iter()
        .filter(|t| has(&format!("{} {}", t.name, t.slug), typed))
        .map(|t| {
            let begins = t.name.to_lowercase().starts_with(&typed.trim().to_lowercase());
            (!begins, (t.name, t.slug.to_string()))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, line)| line).collect()
}

async fn story_lines(ctx: Context<'_>, typed: &str) -> Vec<Line> {
    let store = &ctx.framework.user_data.store;
    // Whatever goes wrong, or takes too long, nothing is offered: what was typed can still be sent.
    let found = tokio::time::timeout(TIME, store.headlines(HEADLINES)).await;
    let Ok(Ok(rows)) = found else { return Vec::new() };
    rows.into_iter()
        .filter(|row| has(&format!("{} {} {}", row.headline, row.code, row.topic), typed))
        .take(LINES)
        .map(|row| {
            // The code is what tells two alike: it is never cut off.
            (format!("{} · {}", plain(&row.headline, 90), row.code), row.code.to_string())
        })
        .collect()
}

/// Topics.
#[expect(clippy::unused_async, reason = "an autocomplete is asynchronous by its type")]
pub(super) async fn topic(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    response(topic_lines(ctx, typed))
}

/// Stories.
pub(super) async fn story(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    response(story_lines(ctx, typed).await)
}

/// Topics, then stories.
pub(super) async fn topic_or_story(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let mut lines = topic_lines(ctx, typed);
    lines.truncate(LINES - 5);
    lines.append(&mut story_lines(ctx, typed).await);
    response(lines)
}

/// Stories, then topics.
pub(super) async fn story_or_topic(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let mut lines = story_lines(ctx, typed).await;
    lines.truncate(LINES - 10);
    lines.append(&mut topic_lines(ctx, typed));
    response(lines)
}

/// Topics that the server follows.
pub(super) async fn followed(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let mut lines = topic_lines(ctx, typed);
    if let Some(guild) = ctx.interaction.guild_id {
        let store = &ctx.framework.user_data.store;
        let desk = DeskId::discord(guild.get());
        if let Ok(Ok(all)) = tokio::time::timeout(TIME, store.subscriptions_of_desk(&desk)).await {
            let slugs: Vec<TopicSlug> = all.into_iter().map(|s| s.topic).collect();
            lines.retain(|(_, value)| slugs.iter().any(|slug| slug.as_str() == value));
            // One that no topic file has any more is still followed, and must be possible to end.
            for slug in slugs {
                let known = lines.iter().any(|(_, value)| value == slug.as_str());
                if !known && has(slug.as_str(), typed) {
                    lines.push((slug.to_string(), slug.to_string()));
                }
            }
        }
    }
    response(lines)
}

#[cfg(test)]
mod tests {
    use super::has;

    #[test]
    fn parts_of_words_are_enough_in_any_order() {
        assert!(has("Night trains return to the coast line", "coast NIGHT"));
        assert!(has("Night trains return", "tra ret"));
        assert!(has("Night trains return", ""));
        assert!(!has("Night trains return", "ferry night"));
    }
}
