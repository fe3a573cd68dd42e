//! Corrections and retractions reach every copy: stored versions, posts, digests, and stories that name the story.

use chrono::{DateTime, Utc};
use tracing::info;

use super::erase::emptied;
use super::newsroom::Newsroom;
use crate::model::{
    Amendment, AmendmentKind, Change, ChangeKind, Decision, DecisionKind, Outcome, ReasonCode, StoryCode,
};
use crate::store::{Store, StoreError};

/// The headline of a story that was taken back.
pub(super) fn retracted_headline(code: &StoryCode) -> String {
    format!("Retracted: story {code}")
}

/// Whether a story was taken back.
pub(super) async fn is_retracted(store: &Store, code: &StoryCode) -> Result<bool, StoreError> {
    Ok(store.amendments_of(code).await?.iter().any(|a| a.kind == AmendmentKind::Retraction))
}

impl Newsroom {
    /// Carries out every amendment that has not reached every copy; how many. One that was interrupted is carried
    /// out again from its beginning: doing it twice is doing it once.
    pub async fn amend(&self, at: DateTime<Utc>) -> Result<usize, StoreError> {
        let due = self.out.amendments_due().await?;
        for (id, amendment) in &due {
            match amendment.kind {
                AmendmentKind::Correction | AmendmentKind::Continuation => {}
                AmendmentKind::Retraction => self.retract(amendment, at).await?,
            }
            for row in self.out.story_by_code(&amendment.code).await? {
                let Some(brief) = self.out.brief_with_texts(&self.records, &row.brief).await? else {
                    continue;
                };
                self.replan(&row, &brief, at).await?;
            }
            self.note_amended(amendment).await?;
            self.out.amendment_applied(id).await?;
            info!(story.code = %amendment.code, "{} of {} is planned for every copy", amendment.kind, amendment.code);
        }
        Ok(due.len())
    }

    /// Takes what a story said out of the store: what stays is that it was there, and why it went.
    async fn retract(&self, amendment: &Amendment, at: DateTime<Utc>) -> Result<(), StoreError> {
        let code = &amendment.code;
        let headline = retracted_headline(code);
        for mut row in self.out.story_by_code(code).await? {
            let Some(brief) = self.out.brief_with_texts(&self.records, &row.brief).await? else { continue };
            row.story.body = emptied(&headline);
            row.story.changes =
                vec![Change { kind: ChangeKind::Withdrawn, text: "The story was retracted.".to_owned() }];
            self.out.erase_in_story(&row, &brief, at).await?;
        }
        self.out.leave_digests(code).await?;
        for row in self.out.stories_naming(code).await? {
            self.rename_in(row, code, &headline, at).await?;
        }
        self.out.leave_no_trace().await
    }

    /// What, when, and by whom: never the removed text. The reason is in the notice.
    async fn note_amended(&self, amendment: &Amendment) -> Result<(), StoreError> {
        let Some(row) = self.out.story_by_code(&amendment.code).await?.into_iter().next_back() else {
            return Ok(());
        };
        let (reason, done) = match amendment.kind {
            // The tick that joined the two has said so already.
            AmendmentKind::Continuation => return Ok(()),
            AmendmentKind::Correction => (ReasonCode::Corrected, "corrected"),
            AmendmentKind::Retraction => (ReasonCode::Retracted, "retracted"),
        };
        self.out
            .save_decisions(&[Decision {
                at: amendment.at,
                kind: DecisionKind::Story,
                topic: row.story.topic,
                subject: amendment.code.to_string(),
                outcome: Outcome::Done,
                reasons: vec![reason],
                detail: format!(
                    "Story {} was {done} by {}: {}",
                    amendment.code, amendment.by, amendment.text
                ),
            }])
            .await
    }
}
