//! What everyone can ask.

use poise::command;

use super::{Context, Done, ask, complete};
use crate::bot::ask::Question;

/// The latest story of a topic
#[command(slash_command)]
pub(super) async fn story(
    ctx: Context<'_>,
    #[description = "A topic, or a story's code"]
    #[autocomplete = "complete::topic_or_story"]
    #[max_length = 100]
    topic: String,
    #[description = "Show the answer to everyone here"] share: Option<bool>,
) -> Done {
    ask(ctx, Question::Story { asked: topic }, share).await
}

/// What a story rests on: each source with the words it is cited for
#[command(slash_command)]
pub(super) async fn sources(
    ctx: Context<'_>,
    #[description = "A story's code or words of its headline, or a topic"]
    #[autocomplete = "complete::story_or_topic"]
    #[max_length = 100]
    story: String,
    #[description = "Show the answer to everyone here"] share: Option<bool>,
) -> Done {
    ask(ctx, Question::Sources { asked: story, page: 0 }, share).await
}

/// The three questions about a story, answered
#[command(slash_command)]
pub(super) async fn faq(
    ctx: Context<'_>,
    #[description = "A story's code or words of its headline, or a topic"]
    #[autocomplete = "complete::story_or_topic"]
    #[max_length = 100]
    story: String,
    #[description = "Only this question"]
    #[min = 1]
    #[max = 3]
    number: Option<u8>,
    #[description = "Show the answer to everyone here"] share: Option<bool>,
) -> Done {
    let n = number.map(usize::from);
    ask(ctx, Question::Faq { asked: story, n }, share).await
}

/// What changed from version to version of a story
#[command(slash_command)]
pub(super) async fn changed(
    ctx: Context<'_>,
    #[description = "A story's code or words of its headline, or a topic"]
    #[autocomplete = "complete::story_or_topic"]
    #[max_length = 100]
    story: String,
    #[description = "Show the answer to everyone here"] share: Option<bool>,
) -> Done {
    ask(ctx, Question::Changed { asked: story }, share).await
}

/// Why something was posted, or was not
#[command(slash_command)]
pub(super) async fn why(
    ctx: Context<'_>,
    #[description = "A topic, a story's code, or the address of a record"]
    #[autocomplete = "complete::topic_or_story"]
    #[max_length = 1000]
    about: String,
    #[description = "Show the answer to everyone here"] share: Option<bool>,
) -> Done {
    ask(ctx, Question::Why { asked: about }, share).await
}

/// What this desk reads about
#[command(slash_command)]
pub(super) async fn topics(ctx: Context<'_>) -> Done {
    ask(ctx, Question::Topics { page: 0 }, None).await
}

/// Stories and records with these words
#[command(slash_command)]
pub(super) async fn search(
    ctx: Context<'_>,
    #[description = "All of these words"]
    #[min_length = 2]
    #[max_length = 100]
    words: String,
    #[description = "Only in this topic"]
    #[autocomplete = "complete::topic"]
    #[max_length = 100]
    topic: Option<String>,
    #[description = "Show the answer to everyone here"] share: Option<bool>,
) -> Done {
    ask(ctx, Question::Search { words, topic }, share).await
}

/// How the desk is doing
#[command(slash_command)]
pub(super) async fn status(ctx: Context<'_>) -> Done {
    ask(ctx, Question::Status, None).await
}
