//! Where stories go: planned with the story, sent by the outbox.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tracing::{Instrument as _, info_span};

use super::newsroom::Newsroom;
use super::timing::due_at;
use crate::model::{
    AuditEntry, Brief, Clock, DeliveryState, DeskId, Destination, GuildDesk, Mute, MuteKind, Severity, Story,
    StoryCode, Style,
};
use crate::publish::discord::{self, Look};
use crate::publish::{
    DeliveryReport, Destinations, Edition, Profiles, RetryPolicy, deliver_due, preview, replan,
};
use crate::store::{DigestItem, DigestStories, Outgoing, StoreError, StoryRow};

/// Whether a newsroom publishes, and how its posts look.
#[derive(Clone, Debug)]
pub enum Publishing {
    /// Stories are only kept: replays never publish.
    No,
    /// Every story goes to the preview, and to every desk that follows its topic.
    Posts(Box<Profiles>),
}

/// Where a story version goes.
#[derive(Debug, Default)]
pub(super) struct Routes {
    pub(super) deliveries: Vec<Outgoing>,
    pub(super) digests: Vec<DigestItem>,
}

impl Newsroom {
    /// The deliveries of a story version, to be stored with it.
    pub(super) async fn routes(
        &self,
        story: &Story,
        brief: &Brief,
        severity: Severity,
    ) -> Result<Routes, StoreError> {
        let Publishing::Posts(profiles) = &self.publishing else { return Ok(Routes::default()) };
        // The corrections of earlier versions stay in sight.
        let amendments = self.out.amendments_of(&story.code).await?;
        let edition = Edition::new(story, brief, severity).with_amendments(&amendments);
        let mut routes = Routes {
            deliveries: vec![preview::plan(&edition, profiles, story.at).into()],
            digests: Vec::new(),
        };
        let mut desks: BTreeMap<DeskId, Option<(GuildDesk, Vec<Mute>)>> = BTreeMap::new();
        for subscription in self.out.subscriptions_of_topic(&story.topic).await? {
            let id = &subscription.desk;
            if !desks.contains_key(id) {
                let desk = self.out.desk(id).await?.filter(|desk| desk.awake);
                let found = match desk {
                    Some(desk) => Some((desk, self.out.mutes(id).await?)),
                    None => None,
                };
                desks.insert(id.clone(), found);
            }
            let Some(Some((desk, mutes))) = desks.get(id) else { continue };
            if let Some(mute) = mutes.iter().find(|mute| is_muted(mute, &edition)) {
                self.note_muted(desk, story, mute).await?;
                continue;
            }
            let due = due_at(&desk.settings, subscription.cadence, story.at);
            if subscription.style == Style::Digest {
                routes.digests.push(DigestItem {
                    channel: subscription.channel,
                    desk: id.clone(),
                    due_at: due.unwrap_or(story.at),
                });
                continue;
            }
            let destination = Destination::Discord { channel: subscription.channel }.to_string();
            let look = Look {
                style: subscription.style,
                opened: self.out.has_delivery(&story.storyline, &destination).await?,
                crosspost: subscription.crosspost,
                permalink_base: profiles.discord.permalink_base.clone(),
                card: true,
            };
            let (mut delivery, steps) = discord::plan(&edition, subscription.channel, &look, story.at);
            if desk.settings.approval {
                delivery.state = DeliveryState::Waiting;
            }
            routes.deliveries.push(Outgoing {
                delivery,
                steps,
                desk: Some(id.clone()),
                due_at: due,
                look: serde_json::to_string(&look)?,
            });
        }
        Ok(routes)
    }

    async fn note_muted(&self, desk: &GuildDesk, story: &Story, mute: &Mute) -> Result<(), StoreError> {
        self.out
            .audit(&AuditEntry {
                at: story.at,
                desk: desk.id.clone(),
                actor: 0,
                action: "skip".to_owned(),
                subject: story.code.to_string(),
                detail: format!("version {} was not posted here: {} muted", story.version, mute.kind),
            })
            .await
    }

    /// Plans every copy of a version again; how many there were.
    pub(super) async fn replan(
        &self,
        row: &StoryRow,
        brief: &Brief,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let Publishing::Posts(profiles) = &self.publishing else { return Ok(()) };
        let amendments = self.out.amendments_of(&row.story.code).await?;
        let edition = Edition::new(&row.story, brief, row.severity);
        replan(&self.out, &edition, &amendments, profiles, now).await?;
        for (digest, stories) in self.out.digests_with(&row.story.code).await? {
            self.replan_digest(&digest, &stories, profiles, now).await?;
        }
        Ok(())
    }

    /// Makes the digests that are due; how many.
    pub async fn digest(&self, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let Publishing::Posts(profiles) = &self.publishing else { return Ok(0) };
        let mut made = 0;
        for stories in self.out.digests_due(now).await? {
            let destination = Destination::Discord { channel: stories.channel }.to_string();
            let code = StoryCode::of_digest(&destination, now.timestamp_millis());
            let Some(mut outgoing) = self.plan_digest(&code, &stories, profiles, now).await? else {
                continue;
            };
            let approval = self.out.desk(&stories.desk).await?.is_some_and(|desk| desk.settings.approval);
            if approval {
                outgoing.delivery.state = DeliveryState::Waiting;
            }
            self.out.save_digest(&code, &outgoing, stories.channel, now).await?;
            made += 1;
        }
        Ok(made)
    }

    async fn plan_digest(
        &self,
        digest: &StoryCode,
        stories: &DigestStories,
        profiles: &Profiles,
        at: DateTime<Utc>,
    ) -> Result<Option<Outgoing>, StoreError> {
        let mut told = Vec::new();
        for (code, version) in &stories.stories {
            let rows = self.out.story_by_code(code).await?;
            let Some(row) = rows.into_iter().find(|row| row.story.version == *version) else { continue };
            let Some(brief) = self.out.brief(&row.brief).await? else { continue };
            told.push((row, brief, self.out.amendments_of(code).await?));
        }
        // The weightiest first.
        told.sort_by(|(a, ..), (b, ..)| {
            b.severity
                .cmp(&a.severity)
                .then(b.trail.strength.total_cmp(&a.trail.strength))
                .then_with(|| a.story.code.cmp(&b.story.code))
        });
        let editions: Vec<Edition<'_>> = told
            .iter()
            .map(|(row, brief, amendments)| {
                Edition::new(&row.story, brief, row.severity).with_amendments(amendments)
            })
            .collect();
        if editions.is_empty() {
            return Ok(None);
        }
        let look = Look {
            style: Style::Digest,
            permalink_base: profiles.discord.permalink_base.clone(),
            ..Look::default()
        };
        let (delivery, steps) = discord::plan_digest(&editions, digest, stories.channel, &look, at);
        Ok(Some(Outgoing {
            delivery,
            steps,
            desk: Some(stories.desk.clone()),
            due_at: None,
            look: serde_json::to_string(&look)?,
        }))
    }

    async fn replan_digest(
        &self,
        digest: &StoryCode,
        stories: &DigestStories,
        profiles: &Profiles,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let Some(planned) = self.out.deliveries_of(digest, 1).await?.into_iter().next() else {
            return Ok(());
        };
        let Some(outgoing) = self.plan_digest(digest, stories, profiles, planned.created_at).await? else {
            return Ok(());
        };
        self.out.replan_delivery(&planned, &outgoing.steps, now).await
    }

    /// Sends every step that is due.
    pub async fn deliver(
        &self,
        destinations: &Destinations,
        policy: &RetryPolicy,
        clock: &dyn Clock,
    ) -> Result<DeliveryReport, StoreError> {
        deliver_due(&self.out, destinations, policy, clock).instrument(info_span!("deliver")).await
    }
}

/// Whether a desk does not want a story: it rests on a muted source or author, tells a muted word, or is muted itself.
fn is_muted(mute: &Mute, edition: &Edition<'_>) -> bool {
    let value = mute.value.as_str();
    match mute.kind {
        MuteKind::Story => edition.story.code.as_str() == value,
        MuteKind::Author => edition.sources.iter().any(|s| {
            s.speaker.as_str().to_lowercase().trim_start_matches(['@', '/'])
                == value.trim_start_matches(['@', '/'])
        }),
        MuteKind::Source => edition.sources.iter().any(|s| {
            let host = s.link.as_ref().map(crate::publish::text::WebLink::host).unwrap_or_default();
            host == value
                || host.ends_with(&format!(".{value}"))
                || s.place.as_str().to_lowercase().contains(value)
        }),
        MuteKind::Word => edition.story.body.sentences().iter().any(|(_, s)| has_word(&s.text, value)),
    }
}

/// Whether a text has these words, whole and in any case.
fn has_word(text: &str, words: &str) -> bool {
    let text = text.to_lowercase();
    let whole = |at: usize| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + words.len()..).and_then(|t| t.chars().next());
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    };
    !words.is_empty() && text.match_indices(words).any(|(at, _)| whole(at))
}

#[cfg(test)]
mod tests {
    use super::has_word;

    #[test]
    fn a_muted_word_is_a_whole_word() {
        assert!(has_word("The Ferry, at last.", "ferry"));
        assert!(!has_word("Ferrying goods", "ferry"));
        assert!(has_word("the linden line ferry", "linden line"));
        assert!(!has_word("anything", ""));
    }
}
