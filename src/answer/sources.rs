//! What a story rests on: each cited record with the words cited.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{AskError, Desk};
use crate::model::{Brief, Platform, RecordId, SourceClass};
use crate::store::StoryRow;

/// One source of a story.
#[derive(Clone, Debug, Serialize)]
pub struct SourceLine {
    /// Its number in the story, in order of first use.
    pub n: usize,
    /// Platform.
    pub platform: Platform,
    /// Where it was said.
    pub venue: String,
    /// Who said it, as they chose to appear.
    pub author: String,
    /// Public address.
    pub url: String,
    /// When.
    pub published: DateTime<Utc>,
    /// The first words cited.
    pub quote: String,
    /// Where in the story it is used.
    pub used_in: Vec<String>,
}

impl Desk<'_> {
    /// The latest version that `asked` names, with its brief and all texts that are still there.
    pub async fn evidence(&self, asked: &str) -> Result<(StoryRow, Brief), AskError> {
        let row = self.latest(asked).await?;
        self.with_brief(row, asked).await
    }

    /// An earlier version by its number, the same way; `Err` says how many versions there are.
    pub async fn evidence_of(
        &self,
        asked: &str,
        number: u32,
    ) -> Result<Result<(StoryRow, Brief), usize>, AskError> {
        let versions = self.versions(asked).await?;
        let known = versions.len();
        match versions.into_iter().find(|row| row.story.version == number) {
            Some(row) => Ok(Ok(self.with_brief(row, asked).await?)),
            None => Ok(Err(known)),
        }
    }

    async fn with_brief(&self, row: StoryRow, asked: &str) -> Result<(StoryRow, Brief), AskError> {
        match self.store.brief_with_texts(self.store, &row.brief).await? {
            Some(brief) => Ok((row, brief)),
            None => Err(AskError::Unknown { asked: asked.to_owned(), nearest: Vec::new() }),
        }
    }

    /// The cited records of a story, in order of first use.
    pub async fn sources(&self, asked: &str) -> Result<Vec<SourceLine>, AskError> {
        let row = self.latest(asked).await?;
        let Some(brief) = self.store.brief_with_texts(self.store, &row.brief).await? else {
            return Ok(Vec::new());
        };
        let mut order: Vec<RecordId> = Vec::new();
        let mut lines: Vec<SourceLine> = Vec::new();
        for (place, sentence) in row.story.body.sentences() {
            for citation in &sentence.citations {
                let Some(record) = brief.record(&citation.record) else { continue };
                let at = order.iter().position(|id| *id == citation.record).unwrap_or_else(|| {
                    order.push(citation.record.clone());
                    lines.push(SourceLine {
                        n: lines.len() + 1,
                        platform: record.platform.clone(),
                        venue: record.venue.clone(),
                        author: match (&record.byline, record.class) {
                            (Some(byline), SourceClass::Publication) => {
                                format!("{byline}, {}", record.speaker)
                            }
                            (Some(_) | None, _) => record.speaker.clone(),
                        },
                        url: record.url.clone(),
                        published: record.published_at,
                        quote: record
                            .text
                            .as_deref()
                            .and_then(|t| citation.span().slice(t))
                            .unwrap_or_default()
                            .to_owned(),
                        used_in: Vec::new(),
                    });
                    lines.len() - 1
                });
                let used = place.to_string();
                if let Some(line) = lines.get_mut(at)
                    && !line.used_in.contains(&used)
                {
                    line.used_in.push(used);
                }
            }
        }
        Ok(lines)
    }
}
