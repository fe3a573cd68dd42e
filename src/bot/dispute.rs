//! A reader says that something is wrong: kept, and shown to those who can mend it, with what the sentence rests on.

use tracing::warn;

use super::Bot;
use super::draw::{self, Audience, Body};
use super::reply::Asked;
use crate::answer::{AskError, Desk};
use crate::model::{Brief, DeskId, Dispute, DisputeState, Sentence, Story, StoryCode};

/// Cited records shown to the moderators.
const EVIDENCE: usize = 4;

/// The name of a dispute: one person raises one about a story.
pub(super) fn id_of(code: &StoryCode, by: u64) -> String {
    format!("{code}-{by}")
}

fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() > 2)
        .map(str::to_owned)
        .collect()
}

/// The sentence of a story that shares most words with what the reader gave; `None` if none does.
fn nearest<'s>(story: &'s Story, given: &str) -> Option<&'s Sentence> {
    let given = words(given);
    let share = |sentence: &Sentence| {
        let own = words(&sentence.text);
        let common = given.iter().filter(|word| own.contains(word)).count();
        // Of two that share as much, the shorter one says less besides.
        (common, usize::MAX - own.len())
    };
    story
        .body
        .sentences()
        .into_iter()
        .map(|(_, sentence)| (share(sentence), sentence))
        .filter(|((common, _), _)| *common >= 2 || (*common == 1 && given.len() == 1))
        // The first of equals: a headline before the sentence that repeats it.
        .rev()
        .max_by_key(|(share, _)| *share)
        .map(|(_, sentence)| sentence)
}

/// Address and words of what a sentence cites.
fn evidence(sentence: &Sentence, brief: &Brief) -> Vec<(String, String)> {
    let quoted = |citation: &crate::model::Citation| {
        let text =
            brief.record(&citation.record).and_then(|record| record.text.as_deref()).unwrap_or_default();
        citation.span().slice(text).unwrap_or_default().to_owned()
    };
    sentence.citations.iter().take(EVIDENCE).map(|c| (c.url.clone(), quoted(c))).collect()
}

impl Bot {
    /// A reader's form was sent.
    pub(super) async fn disputed(
        &self,
        asked: &Asked,
        code: &str,
        version: u32,
        field: impl Fn(&str) -> String,
    ) -> Body {
        let reason = field("reason");
        if reason.chars().count() < 3 {
            return draw::wrong_input(
                "Please say in a few words what is wrong; the form opens again with “Dispute”.",
            );
        }
        let Ok(code) = code.parse() else { return draw::unknown(code, &[], super::custom_id::Verb::Story) };
        match self.raise(asked, &code, version, &field("sentence"), &reason).await {
            Ok(new) => draw::thanks(new),
            Err(err) => self.trouble(err, super::custom_id::Verb::Story, asked).await,
        }
    }

    /// Keeps a dispute and shows it to the moderators. `false`: this person has raised one about this story.
    pub(super) async fn raise(
        &self,
        asked: &Asked,
        code: &StoryCode,
        version: u32,
        sentence: &str,
        reason: &str,
    ) -> Result<bool, AskError> {
        let now = self.clock.now();
        let topics = self.topics(now);
        let desk = Desk { store: &self.store, topics: &topics, now };
        let (row, brief) = desk.evidence(code.as_str()).await?;
        // Where one server is home, its moderators decide; a direct message without a home belongs to no server.
        let place = self.home_guild.or(asked.guild).map_or_else(|| DeskId::discord(0), DeskId::discord);
        let dispute = Dispute {
            id: id_of(code, asked.user),
            code: code.clone(),
            version: if version == 0 { row.story.version } else { version },
            desk: place.clone(),
            by: asked.user,
            sentence: sentence.to_owned(),
            reason: reason.to_owned(),
            at: now,
            state: DisputeState::Open,
        };
        if !self.store.save_dispute(&dispute).await? {
            return Ok(false);
        }
        let given = if sentence.is_empty() { reason } else { sentence };
        let near = nearest(&row.story, given);
        let rests = near.map(|s| evidence(s, &brief)).unwrap_or_default();
        let body = draw::dispute_for_moderators(&dispute, &row.story.body.headline.text, near, &rests);
        self.tell_moderators(&place, &body).await?;
        Ok(true)
    }

    /// Shows something in the channel that a desk has named for it.
    async fn tell_moderators(&self, desk: &DeskId, body: &Body) -> Result<(), AskError> {
        let Some(channel) = self.store.desk(desk).await?.and_then(|desk| desk.settings.notices) else {
            warn!(desk = %desk, "a story was disputed, and the desk has no channel for notices (`/settings notices`)");
            return Ok(());
        };
        let message = body.wire(&self.key, Audience::Everyone);
        if let Err(err) = super::notices::send(&self.rest, channel, &message).await {
            warn!(desk = %desk, %err, "the moderators could not be told of a dispute; it is kept");
        }
        Ok(())
    }

    /// A moderator sees no mistake.
    pub(super) async fn dismiss(&self, asked: &Asked, code: &StoryCode, by: u64) -> Body {
        let outcome = async {
            if !self.store.close_dispute(&id_of(code, by), DisputeState::Dismissed).await? {
                return self.dealt_with(code, by).await;
            }
            self.note(asked, "dismiss", code.as_str(), "").await?;
            Ok(draw::handled(code, "dismissed", asked.user, "The story stays as it is."))
        };
        super::follow::or_sorry(outcome.await)
    }

    /// A moderator has written a correction, or why a story is taken back.
    pub(super) async fn settle(
        &self,
        asked: &Asked,
        code: &StoryCode,
        by: u64,
        retract: bool,
        text: &str,
    ) -> Body {
        let id = id_of(code, by);
        match self.store.dispute(&id).await {
            Ok(Some(dispute)) if dispute.state == DisputeState::Open => {}
            Ok(_) => return super::follow::or_sorry(self.dealt_with(code, by).await),
            Err(err) => return super::ask::sorry(&err),
        }
        let (done, outcome, title) = if retract {
            (self.retract(asked, code.as_str(), text).await, DisputeState::Retracted, "retracted")
        } else {
            (self.correct(asked, code.as_str(), text).await, DisputeState::Corrected, "corrected")
        };
        // What could not be done is told to the moderator alone, and the buttons stay.
        if done.audience(Audience::Everyone) == Audience::Asker {
            return done;
        }
        match self.store.close_dispute(&id, outcome).await {
            Ok(_) => draw::handled(code, title, asked.user, text),
            Err(err) => super::ask::sorry(&err),
        }
    }

    async fn dealt_with(&self, code: &StoryCode, by: u64) -> Result<Body, crate::store::StoreError> {
        let state = self.store.dispute(&id_of(code, by)).await?.map(|dispute| dispute.state);
        Ok(draw::nothing_found(match state {
            Some(state) => format!("Somebody was quicker: this dispute is {state}."),
            None => "This dispute is not kept any more.".to_owned(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::fixture;

    #[test]
    fn the_sentence_a_reader_means_is_found_by_its_words() {
        let (story, brief) = fixture::night_trains();
        let found = nearest(&story, "there is room for eight bicycles").unwrap();
        assert!(found.text.contains("eight bicycles"), "{}", found.text);
        assert_eq!(evidence(found, &brief)[0].0, "https://www.reddit.com/r/nighttrains/comments/aa1/");
        assert!(nearest(&story, "a submarine").is_none());
        assert!(nearest(&story, "").is_none());
    }
}
