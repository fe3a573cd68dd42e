//! The pictures drawn last. One story goes to many channels within minutes: it is drawn once for all of them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::publish::card::{self, Card};

/// Pictures kept, each of some tens of kilobytes. A tick writes a handful of stories.
const KEPT: usize = 8;

type Drawing = Arc<OnceCell<Vec<u8>>>;

/// Draws cards.
#[derive(Debug, Default)]
pub(super) struct Cards(Mutex<VecDeque<(Card, Drawing)>>);

impl Cards {
    /// The picture of a card as PNG. Who asks while it is being drawn waits for that.
    pub(super) async fn png(&self, card: &Card) -> Result<Vec<u8>, String> {
        self.drawing(card).get_or_try_init(|| draw(card.clone())).await.cloned()
    }

    fn drawing(&self, card: &Card) -> Drawing {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, drawing)) = kept.iter().find(|(known, _)| known == card) {
            return Arc::clone(drawing);
        }
        if kept.len() == KEPT {
            kept.pop_front();
        }
        let drawing = Drawing::default();
        kept.push_back((card.clone(), Arc::clone(&drawing)));
        drawing
    }
}

/// Draws beside everything else: it takes a while.
async fn draw(card: Card) -> Result<Vec<u8>, String> {
    match tokio::task::spawn_blocking(move || card::png(&card)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(err)) => Err(err.to_string()),
        Err(err) => Err(err.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Severity, StoryCode, StoryStatus, StorylineId};

    fn card(n: u64) -> Card {
        Card {
            code: StoryCode::of(&StorylineId::from_stored(format!("{n}"))),
            headline: "Night trains return".to_owned(),
            topic: "Night Trains".to_owned(),
            status: StoryStatus::Breaking,
            severity: Severity::Medium,
            day: "17 March".to_owned(),
            counts: "41 records by 33 authors".to_owned(),
            daily: vec![1, 2, n],
        }
    }

    #[tokio::test]
    async fn a_card_is_drawn_once_for_all_channels_and_anew_when_it_says_something_else() {
        let cards = Cards::default();
        let first = cards.png(&card(1)).await.unwrap();
        assert_eq!(Some(&first), cards.drawing(&card(1)).get(), "it is kept");
        assert_eq!(cards.png(&card(1)).await.unwrap(), first);
        let changed = Card { headline: "Night trains do not return".to_owned(), ..card(1) };
        assert_ne!(cards.png(&changed).await.unwrap(), first);
    }

    #[test]
    fn only_the_last_ones_are_kept() {
        let cards = Cards::default();
        for n in 0..50 {
            cards.drawing(&card(n));
        }
        let kept = cards.0.lock().unwrap();
        assert_eq!((kept.len(), kept[0].0.clone()), (KEPT, card(50 - KEPT as u64)));
    }
}
