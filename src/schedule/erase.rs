//! Deletion reaches every copy: what was made from a record that is gone is made again without it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use tracing::info;

use super::compose::story_of;
use super::newsroom::Newsroom;
use crate::model::{
    Change, ChangeKind, Decision, DecisionKind, Outcome, ReasonCode, RecordId, Sentence, SentenceKind,
    StoryBody,
};
use crate::store::{StoreError, StoryRow};
use crate::write::{SettleSettings, Settled, extractive, settle};

impl Newsroom {
    /// Writes every version that knew a deleted record again, without it, and plans its deliveries anew.
    /// Says how many versions were changed. Running it again changes nothing.
    pub async fn erase(&mut self, at: DateTime<Utc>) -> Result<usize, StoreError> {
        let affected = self.out.stories_knowing_gone().await?;
        let n = affected.len();
        for (row, gone) in affected {
            self.erase_from(row, &gone.into_iter().collect(), at).await?;
        }
        if n > 0 {
            info!(versions = n, "erased deleted records from {n} versions");
        }
        Ok(n)
    }

    async fn erase_from(
        &self,
        mut row: StoryRow,
        gone: &BTreeSet<RecordId>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let Some(brief) = self.out.brief_with_texts(&self.records, &row.brief).await? else { return Ok(()) };
        let cited = gone.iter().any(|id| row.story.body.cites(id));
        let brief = brief.without(gone);
        let draft = extractive::draft(&brief, &self.settings.writer);
        let settings = SettleSettings { min_sentence_share: self.settings.min_sentence_share };
        let (body, checked, dropped) = match settle(draft, &brief, &settings) {
            Settled::Story { body, checked, dropped, .. } => (body, checked, dropped),
            Settled::Withheld { checked, dropped, .. } => (withdrawn(), checked, dropped),
        };
        let mut changes = row.story.changes.clone();
        if cited {
            changes.push(Change {
                kind: ChangeKind::Withdrawn,
                text: "Words of a source that was deleted were taken out.".to_owned(),
            });
        }
        row.story = story_of(&brief, body, changes, checked, dropped);
        self.out.erase_in_story(&row, &brief, at).await?;
        self.replan(&row, &brief, at).await?;
        self.out
            .save_decisions(&[Decision {
                at,
                kind: DecisionKind::Story,
                topic: row.story.topic.clone(),
                subject: row.story.code.as_str().to_owned(),
                outcome: Outcome::Done,
                reasons: vec![ReasonCode::SourceDeleted],
                detail: format!(
                    "A source of version {} was deleted where it stood: version and posts were made again without it.",
                    row.story.version
                ),
            }])
            .await
    }
}

/// What stands where too little is left of a story.
fn withdrawn() -> StoryBody {
    let headline = Sentence {
        text: "Withdrawn: its sources were deleted".to_owned(),
        kind: SentenceKind::Frame,
        citations: Vec::new(),
        counts: Vec::new(),
    };
    StoryBody {
        headline,
        dek: Vec::new(),
        sections: Vec::new(),
        so_far: Vec::new(),
        faqs: Vec::new(),
        counter: Vec::new(),
    }
}
