//! The pictures drawn last. One story goes to many places within minutes: it is drawn once for all of them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::{Card, png_of_width};

/// Pictures kept, each of some tens of kilobytes. A tick writes a handful of stories.
const KEPT: usize = 8;

/// A narrower picture cannot be read.
const NARROWEST: u32 = 300;

type Drawing = Arc<OnceCell<Vec<u8>>>;

/// Draws cards.
#[derive(Debug, Default)]
pub(crate) struct Cards(Mutex<VecDeque<(Card, Drawing)>>);

impl Cards {
    /// The picture of a card as PNG. Who asks while it is being drawn waits for that.
    pub(crate) async fn png(&self, card: &Card) -> Result<Vec<u8>, String> {
        self.drawing(card).get_or_try_init(|| draw(card.clone(), Card::WIDTH)).await.cloned()
    }

    /// The same, drawn smaller until it has at most so many bytes; `None` if it would be too small to read.
    pub(crate) async fn png_within(&self, card: &Card, max_bytes: usize) -> Result<Option<Vec<u8>>, String> {
        let mut picture = self.png(card).await?;
        let mut width = Card::WIDTH;
        while picture.len() > max_bytes {
            width = width * 2 / 3;
            if width < NARROWEST {
                return Ok(None);
            }
            picture = draw(card.clone(), width).await?;
        }
        Ok(Some(picture))
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
async fn draw(card: Card, width: u32) -> Result<Vec<u8>, String> {
    match tokio::task::spawn_blocking(move || png_of_width(&card, width)).await {
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

    #[tokio::test]
    async fn a_picture_that_is_too_large_is_drawn_smaller() {
        let cards = Cards::default();
        let whole = cards.png(&card(1)).await.unwrap();
        let smaller = cards.png_within(&card(1), whole.len() / 2).await.unwrap().unwrap();
        assert!(smaller.len() <= whole.len() / 2 && smaller.starts_with(b"\x89PNG"));
        assert_eq!(cards.png_within(&card(1), whole.len()).await.unwrap(), Some(whole));
        assert_eq!(cards.png_within(&card(1), 100).await.unwrap(), None, "nobody could read it");
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
