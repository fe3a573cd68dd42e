//! What the bot asks the desk to do for a moderator: it has no hand in stories itself.

use tokio::sync::{mpsc, oneshot};

use crate::model::{StoryCode, TopicSlug};

/// What became of an order, in words for who gave it.
pub type Outcome = Result<String, String>;

/// Something a moderator wants done. Whoever serves it answers in words; dropping `reply` counts as a failure.
#[derive(Debug)]
pub enum Order {
    /// Read a topic's sources now.
    Scan {
        /// Which topic.
        topic: TopicSlug,
        /// What became of it.
        reply: oneshot::Sender<Outcome>,
    },
    /// Put a correction on every copy of a story.
    Correct {
        /// Which story.
        code: StoryCode,
        /// What is right, as readers will see it.
        text: String,
        /// Who says so, as readers will see it.
        by: String,
        /// What became of it.
        reply: oneshot::Sender<Outcome>,
    },
    /// Take a story back everywhere.
    Retract {
        /// Which story.
        code: StoryCode,
        /// Why, as readers will see it.
        reason: String,
        /// Who says so, as readers will see it.
        by: String,
        /// What became of it.
        reply: oneshot::Sender<Outcome>,
    },
}

/// Gives an order and waits for its outcome.
pub(super) async fn give(
    orders: &mpsc::Sender<Order>,
    order: impl FnOnce(oneshot::Sender<Outcome>) -> Order,
) -> Outcome {
    let (reply, outcome) = oneshot::channel();
    // A queue that is full is told at once: who waits longer presses twice.
    if orders.try_send(order(reply)).is_err() {
        return Err("The desk is busy with other orders. Please try again in a minute.".to_owned());
    }
    outcome.await.unwrap_or_else(|_| {
        Err("The desk is stopping. What was begun goes on at its next start; look again then.".to_owned())
    })
}
