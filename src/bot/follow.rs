//! Following a topic in a channel: nothing is promised that Discord would refuse.

use serenity::all::ChannelType;
use tracing::warn;

use super::Bot;
use super::ask::sorry;
use super::custom_id::Verb;
use super::draw::{self, Body};
use super::permissions::{lacking, standing};
use super::reply::Asked;
use crate::answer::{AskError, Desk};
use crate::discord::RestError;
use crate::model::{Cadence, Style, Subscription};
use crate::store::StoreError;

/// What a moderator asked for.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    /// The topic, as typed.
    pub(super) topic: String,
    /// The channel; `None` is where the wish was made.
    pub(super) channel: Option<u64>,
    /// The look; `None` is what fits the channel.
    pub(super) style: Option<Style>,
    /// How often; `None` is what fits the style.
    pub(super) cadence: Option<Cadence>,
    /// Whether followers of an announcement channel get it too.
    pub(super) crosspost: bool,
}

/// The style for a kind of channel, with a word where it is not the one asked for; `None`: nothing can be posted there.
fn fitting(kind: ChannelType, wanted: Option<Style>) -> Option<(Style, Option<&'static str>)> {
    match kind {
        ChannelType::Forum => Some(match wanted {
            None | Some(Style::Forum) => (Style::Forum, None),
            Some(Style::Thread | Style::Compact | Style::Digest) => {
                (Style::Forum, Some("This is a forum: every story becomes a post there."))
            }
        }),
        ChannelType::Text | ChannelType::News => Some(match wanted {
            None => (Style::Thread, None),
            Some(Style::Forum) => {
                (Style::Thread, Some("This is no forum: every story gets a message with a thread instead."))
            }
            Some(style @ (Style::Thread | Style::Compact | Style::Digest)) => (style, None),
        }),
        _ => None,
    }
}

impl Bot {
    /// `/follow`
    pub(super) async fn follow(&self, asked: &Asked, wish: Wish) -> Body {
        match self.try_follow(asked, wish).await {
            Ok(body) => body,
            Err(err) => self.trouble(err, Verb::Story, asked).await,
        }
    }

    async fn try_follow(&self, asked: &Asked, wish: Wish) -> Result<Body, AskError> {
        let now = self.clock.now();
        let topics = self.topics(now);
        let desk = Desk { store: &self.store, topics: &topics, now };
        let (Some(id), Some(me)) = (asked.desk(), self.me.get()) else {
            return Ok(draw::wrong_input("Topics are followed in a server's channel. Send `/follow` there."));
        };
        let Some(topic) = desk.topic(&wish.topic) else { return Err(desk.unknown(&wish.topic)) };
        let channel = wish.channel.unwrap_or(asked.channel);
        let there = match standing(&self.rest, *me, channel).await {
            Ok(there) => there,
            Err(err) => return Ok(unreachable_channel(channel, &err)),
        };
        if Some(there.channel.guild_id.get()) != asked.guild {
            return Ok(draw::wrong_input("That channel belongs to another server."));
        }
        let Some((style, note)) = fitting(there.channel.kind, wish.style) else {
            return Ok(draw::wrong_input(format!(
                "I cannot post stories in <#{channel}>: choose a text channel, an announcement channel or a forum."
            )));
        };
        let mut notes: Vec<String> = note.map(str::to_owned).into_iter().collect();
        let is_news = there.channel.kind == ChannelType::News;
        if wish.crosspost && !is_news {
            notes.push(
                "Publishing to followers works in announcement channels only, so it is off here.".to_owned(),
            );
        }
        let subscription = Subscription {
            desk: id.clone(),
            topic: topic.slug.clone(),
            channel,
            style,
            cadence: wish.cadence.unwrap_or(match style {
                Style::Digest => Cadence::Daily,
                Style::Thread | Style::Forum | Style::Compact => Cadence::Instant,
            }),
            crosspost: wish.crosspost && is_news,
            created_by: asked.user,
            created_at: now,
            awake: true,
        };
        let missing = lacking(there.channel.kind, style, there.permissions);
        if !missing.is_empty() {
            return Ok(draw::followed(&subscription, &topic.name, false, &missing, &notes).private());
        }
        // The event that tells of a new server may still be on its way.
        self.store.desk_joined(&id, &there.guild_name, None, now).await?;
        let new = self.store.follow(&subscription).await?;
        super::notices::mended(&self.store, &id, channel).await?;
        if new {
            let detail = format!("in #{} as {style}, {}", there.channel.name, subscription.cadence);
            self.note(asked, "follow", topic.slug.as_str(), &detail).await?;
        }
        let body = draw::followed(&subscription, &topic.name, new, &missing, &notes);
        Ok(match desk.story(topic.slug.as_str()).await {
            Ok(story) => body.beside(draw::preview(&story, style)),
            Err(AskError::NoStory { next_scan, .. }) => {
                let next =
                    next_scan.map_or_else(String::new, |at| format!(" It is read again {}.", draw::ago(at)));
                body.beside(draw::first_story(&format!(
                    "There is no story yet.{next} The first one comes by itself."
                )))
            }
            Err(err @ (AskError::Unknown { .. } | AskError::NoRecord { .. } | AskError::Store(_))) => {
                warn!(%err, "the latest story could not be previewed");
                body
            }
        })
    }

    /// `/unfollow`
    pub(super) async fn unfollow(&self, asked: &Asked, topic: &str, channel: Option<u64>) -> Body {
        match self.try_unfollow(asked, topic, channel).await {
            Ok(body) => body,
            Err(err) => self.trouble(err, Verb::Story, asked).await,
        }
    }

    async fn try_unfollow(&self, asked: &Asked, topic: &str, channel: Option<u64>) -> Result<Body, AskError> {
        let now = self.clock.now();
        let topics = self.topics(now);
        let desk = Desk { store: &self.store, topics: &topics, now };
        let Some(id) = asked.desk() else {
            return Ok(draw::wrong_input("Topics are followed in a server. Send `/unfollow` there."));
        };
        // A topic whose file is gone can still be followed.
        let (slug, name) = match (desk.topic(topic), topic.parse()) {
            (Some(known), _) => (known.slug.clone(), known.name.clone()),
            (None, Ok(slug))
                if self.store.subscriptions_of_desk(&id).await?.iter().any(|s| s.topic == slug) =>
            {
                (slug, topic.to_owned())
            }
            (None, _) => return Err(desk.unknown(topic)),
        };
        let ended = self.store.unfollow(&id, &slug, channel).await?;
        if ended > 0 {
            let detail = channel.map_or_else(|| "everywhere".to_owned(), |id| format!("in channel {id}"));
            self.note(asked, "unfollow", slug.as_str(), &detail).await?;
        }
        Ok(draw::unfollowed(&name, channel, ended))
    }

    /// Writes into the desk's audit log.
    pub(super) async fn note(
        &self,
        asked: &Asked,
        action: &str,
        subject: &str,
        detail: &str,
    ) -> Result<(), StoreError> {
        let Some(desk) = asked.desk() else { return Ok(()) };
        let entry = crate::model::AuditEntry {
            at: self.clock.now(),
            desk,
            actor: asked.user,
            action: action.to_owned(),
            subject: subject.to_owned(),
            detail: detail.to_owned(),
        };
        self.store.audit(&entry).await
    }
}

/// A channel that cannot be looked at.
fn unreachable_channel(channel: u64, err: &RestError) -> Body {
    /// Unknown channel.
    const GONE: u64 = 10_003;
    /// Missing access, missing permissions.
    const CLOSED: [u64; 2] = [50_001, 50_013];
    match err.code() {
        Some(GONE) => draw::wrong_input("That channel is not there any more."),
        Some(code) if CLOSED.contains(&code) => draw::wrong_input(format!(
            "I cannot see <#{channel}>. Allow my role **View Channel** there, in the channel's settings under \
             Permissions, and send `/follow` again."
        )),
        Some(_) | None => {
            warn!(%err, "a channel could not be looked at");
            draw::sorry()
        }
    }
}

/// What is said where the store failed.
pub(super) fn or_sorry(outcome: Result<Body, StoreError>) -> Body {
    outcome.unwrap_or_else(|err| sorry(&err))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_follows_the_channel() {
        let cases = [
            (ChannelType::Forum, None, Some((Style::Forum, false))),
            (ChannelType::Forum, Some(Style::Compact), Some((Style::Forum, true))),
            (ChannelType::Text, None, Some((Style::Thread, false))),
            (ChannelType::News, Some(Style::Forum), Some((Style::Thread, true))),
            (ChannelType::Text, Some(Style::Digest), Some((Style::Digest, false))),
            (ChannelType::Voice, None, None),
            (ChannelType::PublicThread, Some(Style::Thread), None),
        ];
        for (kind, wanted, right) in cases {
            let got = fitting(kind, wanted).map(|(style, note)| (style, note.is_some()));
            assert_eq!(got, right, "{kind:?} {wanted:?}");
        }
    }
}
