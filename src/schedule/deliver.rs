//! Where stories go: planned with the story, sent by the outbox.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tracing::{Instrument as _, info_span};

use super::newsroom::Newsroom;
use super::timing::due_at;
use crate::model::{
    AuditEntry, Brief, Clock, DeliveryState, DeskId, Destination, GuildDesk, Mute, MuteKind, Severity, Story,
    StoryCode, StoryStatus, Style,
};
use crate::publish::discord::{self, Look};
use crate::publish::{
    DeliveryReport, Destinations, Edition, Profiles, RetryPolicy, bluesky, deliver_due, preview, replan,
    restate,
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
        for account in profiles.accounts.iter().filter(|a| a.wants(&story.topic, severity)) {
            let destination = Destination::Bluesky { did: account.did.clone() }.to_string();
            let opened = self.out.has_delivery(&story.storyline, &destination).await?;
            let look = bluesky::Look { opened, ..profiles.bluesky.clone() };
            let (delivery, steps) = bluesky::plan(&edition, &account.did, &look, story.at);
            routes.deliveries.push(Outgoing {
                delivery,
                steps,
                desk: Some(DeskId::bluesky(&account.did)),
                due_at: None,
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

    /// Lets forum posts of a story say where it stands now.
    pub(super) async fn restate(
        &self,
        code: &StoryCode,
        status: StoryStatus,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let Publishing::Posts(profiles) = &self.publishing else { return Ok(()) };
        let Some(row) = self.out.story_by_code(code).await?.into_iter().next_back() else { return Ok(()) };
        let Some(brief) = self.out.brief_with_texts(&self.records, &row.brief).await? else { return Ok(()) };
        let amendments = self.out.amendments_of(code).await?;
        let edition = Edition::new(&row.story, &brief, row.severity);
        restate(&self.out, &edition, &amendments, status, profiles, now).await
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
    use chrono::DateTime;

    use super::*;
    use crate::config::Config;
    use crate::model::{Cadence, DeskSettings, Subscription, TopicSlug};
    use crate::publish::{BlueskyDesk, fixture};
    use crate::store::{Store, View};

    #[test]
    fn a_muted_word_is_a_whole_word() {
        assert!(has_word("The Ferry, at last.", "ferry"));
        assert!(!has_word("Ferrying goods", "ferry"));
        assert!(has_word("the linden line ferry", "linden line"));
        assert!(!has_word("anything", ""));
    }

    /// Follows the topic of the fixture in a channel of a new desk with these settings.
    async fn follows(
        store: &Store,
        guild: u64,
        style: Style,
        settings: DeskSettings,
        topic: &TopicSlug,
    ) -> DeskId {
        let desk = DeskId::discord(guild);
        let at = DateTime::UNIX_EPOCH;
        store.desk_joined(&desk, "Harbour Club", None, at).await.unwrap();
        store.save_desk_settings(&desk, &settings).await.unwrap();
        let subscription = Subscription {
            desk: desk.clone(),
            topic: topic.clone(),
            channel: guild + 1,
            style,
            cadence: Cadence::Instant,
            crosspost: false,
            created_by: 1,
            created_at: at,
            awake: true,
        };
        assert!(store.follow(&subscription).await.unwrap());
        desk
    }

    #[tokio::test]
    async fn a_story_goes_where_it_is_wanted_when_it_is_wanted() {
        let (story, brief) = fixture::night_trains();
        let store = Store::in_memory().await.unwrap();
        let config = Config::built_in(std::path::Path::new("nowhere"));
        let publishing = Publishing::Posts(Box::default());
        let newsroom = Newsroom::of(&config, &[], store.clone(), store.clone(), View::Live, publishing);
        let usual = DeskSettings::default;
        let plain = follows(&store, 10, Style::Thread, usual(), &story.topic).await;
        let careful =
            follows(&store, 20, Style::Compact, DeskSettings { approval: true, ..usual() }, &story.topic)
                .await;
        let hour = u8::try_from(chrono::Timelike::hour(&story.at)).unwrap();
        let quiet = Some((hour, (hour + 2) % 24));
        let asleep = follows(&store, 30, Style::Forum, DeskSettings { quiet, ..usual() }, &story.topic).await;
        let deaf = follows(&store, 40, Style::Thread, usual(), &story.topic).await;
        let slow = follows(&store, 50, Style::Digest, usual(), &story.topic).await;
        let gone = follows(&store, 60, Style::Thread, usual(), &story.topic).await;
        store.mute(&deaf, MuteKind::Word, "Trains", 1, story.at).await.unwrap();
        store.desk_left(&gone, story.at).await.unwrap();

        let routes = newsroom.routes(&story, &brief, Severity::Medium).await.unwrap();
        let to = |desk: &DeskId| routes.deliveries.iter().find(|d| d.desk.as_ref() == Some(desk));
        assert_eq!(routes.deliveries.len(), 4, "the preview and three desks");
        let of_plain = to(&plain).unwrap();
        assert_eq!((of_plain.delivery.state, of_plain.due_at), (DeliveryState::Open, None));
        assert_eq!(to(&careful).unwrap().delivery.state, DeliveryState::Waiting);
        let due = to(&asleep).unwrap().due_at.unwrap();
        assert!(due > story.at && due <= story.at + chrono::TimeDelta::hours(2));
        assert!(to(&deaf).is_none() && to(&gone).is_none());
        assert_eq!(store.audit_of(&deaf, 5).await.unwrap()[0].action, "skip", "and it can be asked why");
        let digests: Vec<(&DeskId, u64)> = routes.digests.iter().map(|d| (&d.desk, d.channel)).collect();
        assert_eq!(digests, [(&slow, 51)]);
    }

    #[tokio::test]
    async fn an_account_gets_the_stories_it_wants() {
        let (story, brief) = fixture::night_trains();
        let store = Store::in_memory().await.unwrap();
        let config = Config::built_in(std::path::Path::new("nowhere"));
        let account = |did: &str, topics: &[&str], min_severity| BlueskyDesk {
            did: did.to_owned(),
            topics: topics.iter().map(|t| t.parse().unwrap()).collect(),
            min_severity,
        };
        let accounts = vec![
            account("did:plc:all", &[], Severity::Low),
            account("did:plc:trains", &[story.topic.as_str()], Severity::Medium),
            account("did:plc:grave", &[], Severity::High),
            account("did:plc:ferries", &["ferries"], Severity::Low),
        ];
        let publishing = Publishing::Posts(Box::new(Profiles { accounts, ..Profiles::default() }));
        let newsroom = Newsroom::of(&config, &[], store.clone(), store.clone(), View::Live, publishing);
        let routes = newsroom.routes(&story, &brief, Severity::Medium).await.unwrap();
        let to: Vec<&str> = routes.deliveries.iter().map(|d| d.delivery.destination.as_str()).collect();
        assert_eq!(to, ["preview", "bluesky:did:plc:all", "bluesky:did:plc:trains"]);
        let look: bluesky::Look = serde_json::from_str(&routes.deliveries[1].look).unwrap();
        assert!(!look.opened, "nothing of it stands there");
    }
}
