//! Deletion reaches every copy: what was made from a record that is gone is made again without it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use tracing::info;

use super::amend::{is_retracted, retracted_headline};
use super::compose::story_of;
use super::newsroom::Newsroom;
use crate::model::{
    Brief, Change, ChangeKind, Decision, DecisionKind, Outcome, ReasonCode, RecordId, Sentence, SentenceKind,
    StoryBody, StoryCode,
};
use crate::store::{StoreError, StoryRow};
use crate::write::{SettleSettings, Settled, extractive, settle};

impl Newsroom {
    /// Writes every version that knew a deleted record again, without it, and plans its deliveries anew; stories
    /// that only name such a story follow. Says how many versions were changed. Running it again changes nothing.
    pub async fn erase(&mut self, at: DateTime<Utc>) -> Result<usize, StoreError> {
        let affected = self.out.stories_knowing_gone().await?;
        // Answers of a model that no story came of may quote what is gone.
        self.out.forget_model_replies(at, !affected.is_empty()).await?;
        if affected.is_empty() {
            // No story knew it, but its text may stand in the log.
            self.records.leave_no_trace_of_the_gone().await?;
            return Ok(0);
        }
        let n = affected.len();
        let mut headlines: BTreeMap<StoryCode, BTreeMap<u32, String>> = BTreeMap::new();
        // Oldest version first: a later one repeats the headline of the one before.
        for (row, gone) in affected {
            let told = headlines.entry(row.story.code.clone()).or_default();
            let row = self.erase_from(row, &gone.into_iter().collect(), told, at).await?;
            told.insert(row.story.version, row.story.body.headline.text);
        }
        for (code, told) in headlines {
            let Some(headline) = told.values().next_back() else { continue };
            for row in self.out.stories_naming(&code).await? {
                self.rename_in(row, &code, headline, at).await?;
            }
        }
        self.out.leave_no_trace().await?;
        info!(versions = n, "erased deleted records from {n} versions");
        Ok(n)
    }

    async fn erase_from(
        &self,
        mut row: StoryRow,
        gone: &BTreeSet<RecordId>,
        told: &BTreeMap<u32, String>,
        at: DateTime<Utc>,
    ) -> Result<StoryRow, StoreError> {
        let Some(before) = self.out.brief_with_texts(&self.records, &row.brief).await? else {
            return Ok(row);
        };
        let cited = gone.iter().any(|id| row.story.body.cites(id));
        let mut brief = before.without(gone);
        if let Some(earlier) = &mut brief.earlier
            && let Some(headline) = told.get(&earlier.version)
        {
            earlier.headline.clone_from(headline);
        }
        let draft = extractive::draft(&brief, &self.settings.writer);
        let settings = SettleSettings { min_sentence_share: self.settings.min_sentence_share };
        let (body, checked, dropped) = match settle(draft, &brief, &settings) {
            Settled::Story { body, checked, dropped, .. } => (body, checked, dropped),
            Settled::Withheld { checked, dropped, .. } => (emptied(WITHDRAWN), checked, dropped),
        };
        // A story that was taken back stays so.
        let body = if is_retracted(&self.out, &row.story.code).await? {
            emptied(&retracted_headline(&row.story.code))
        } else {
            body
        };
        let changes = changes_left(&row, &before, gone, cited);
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
            .await?;
        Ok(row)
    }

    /// Tells another story's headline as it is now.
    pub(super) async fn rename_in(
        &self,
        mut row: StoryRow,
        code: &StoryCode,
        headline: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let Some(mut brief) = self.out.brief_with_texts(&self.records, &row.brief).await? else {
            return Ok(());
        };
        for similar in brief.similar.iter_mut().filter(|s| s.code == *code) {
            headline.clone_into(&mut similar.headline);
        }
        let answers = self.out.model_answers(&row.brief).await?;
        row.story.methodology.brief = brief.digest();
        self.out.erase_in_story(&row, &brief, row.erased_at.unwrap_or(at)).await?;
        if let Some(answers) = answers {
            self.out.keep_model_answers(&brief.digest(), &answers, at).await?;
        }
        self.replan(&row, &brief, at).await
    }
}

/// The changes of a version without those that tell of a gone record: its speaker is named in them.
fn changes_left(row: &StoryRow, before: &Brief, gone: &BTreeSet<RecordId>, cited: bool) -> Vec<Change> {
    let speakers: Vec<&str> =
        gone.iter().filter_map(|id| before.record(id)).map(|r| r.speaker.as_str()).collect();
    let mut changes: Vec<Change> = row
        .story
        .changes
        .iter()
        .filter(|change| !speakers.iter().any(|speaker| change.text.contains(speaker)))
        .cloned()
        .collect();
    if cited {
        let text = "Words of a source that was deleted were taken out.".to_owned();
        changes.push(Change { kind: ChangeKind::Withdrawn, text });
    }
    changes
}

/// What stands where too little is left of a story.
const WITHDRAWN: &str = "Withdrawn: its sources were deleted";

/// A story that says nothing but this.
pub(super) fn emptied(headline: &str) -> StoryBody {
    let headline = Sentence {
        text: headline.to_owned(),
        kind: SentenceKind::Frame,
        citations: Vec::new(),
        counts: Vec::new(),
        confirmed: false,
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
