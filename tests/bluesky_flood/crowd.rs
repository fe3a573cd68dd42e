//! Those who ask: most want to know something, some only talk, some are bots, some want to be left alone.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use serde_json::json;
use tokio::sync::watch;

use super::Scale;
use crate::support::bluesky::{Bluesky, TestAccount};
use crate::support::sky::Sky;

/// How many write at the same time.
const AT_ONCE: usize = 16;

/// Who somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Follows,
    /// And says so.
    IsBot,
    /// Us.
    Blocks,
    /// Says “stop” second, and goes on.
    Stops,
}

/// What a post is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Asks,
    Talks,
    Stop,
    /// Written by somebody who had said “stop”.
    AfterStop,
}

/// Asked with a mention.
const ASKED: [&str; 6] =
    ["topics", "help", "latest on ferries", "what's new?", "search ferry", "what do you cover?"];

/// Asked under a story.
const UNDER: [&str; 4] = ["Sources?", "why?", "what changed?", "where is this from?"];

struct Person {
    account: TestAccount,
    role: Role,
    posts: usize,
}

/// Everybody.
pub(super) struct Crowd {
    bluesky: Bluesky,
    us: TestAccount,
    people: Vec<Person>,
    person_hour: usize,
}

/// A post of somebody's.
pub(super) struct Asked {
    pub(super) uri: String,
    pub(super) text: String,
    pub(super) role: Role,
    kind: Kind,
    person: usize,
}

impl Crowd {
    /// Makes their accounts.
    pub(super) async fn gather(sky: &Sky, scale: Scale) -> Self {
        let mut people = Vec::new();
        for (n, account) in sky.bluesky.accounts("crowd", scale.people).await.into_iter().enumerate() {
            let role = match n % 12 {
                5 => Role::IsBot,
                7 => Role::Blocks,
                9 => Role::Stops,
                _ => Role::Follows,
            };
            let reader = sky.bluesky.as_reader(&account);
            if role == Role::IsBot {
                let profile = json!({
                    "$type": "app.bsky.actor.profile",
                    "labels": { "$type": "com.atproto.label.defs#selfLabels", "values": [{ "val": "bot" }] },
                });
                reader.put("app.bsky.actor.profile", "self", &profile).await;
            }
            if role == Role::Blocks {
                let block = json!({
                    "$type": "app.bsky.graph.block", "subject": sky.desk.did, "createdAt": "2026-03-17T08:00:00.000Z",
                });
                reader.create("app.bsky.graph.block", &block).await;
            }
            let posts = scale.each[n % 4] + usize::from(n < scale.more);
            people.push(Person { account, role, posts });
        }
        sky.bluesky.settled().await;
        let person_hour = scale.limits.person_hour;
        Self { bluesky: sky.bluesky.clone(), us: sky.desk.clone(), people, person_hour }
    }

    pub(super) fn posts(&self) -> usize {
        self.people.iter().map(|person| person.posts).sum()
    }

    pub(super) fn role_of(&self, did: &str) -> Role {
        self.people.iter().find(|person| person.account.did == did).expect("one of them").role
    }

    /// All write as fast as the server takes it, each one post after the other.
    pub(super) async fn asks(&self, story: &str, written: &watch::Sender<usize>) -> Vec<Asked> {
        let each = self.people.iter().enumerate().map(|(n, person)| async move {
            let mut asked = Vec::new();
            for i in 0..person.posts {
                asked.push(self.say(n, i, story).await);
                written.send_modify(|written| *written += 1);
            }
            asked
        });
        let all: Vec<_> = futures_util::stream::iter(each).buffer_unordered(AT_ONCE).collect().await;
        all.into_iter().flatten().collect()
    }

    /// The `i`-th post of the `n`-th person.
    async fn say(&self, n: usize, i: usize, story: &str) -> Asked {
        let Person { account, role, .. } = &self.people[n];
        let to_us = |text: &str| format!("@{} {text}", self.us.handle);
        let (mut text, under, mut kind) = match (n + i) % 10 {
            which @ (0..=3 | 9) => (to_us(ASKED[(which + n) % ASKED.len()]), None, Kind::Asks),
            which @ (4 | 5) => (UNDER[(which + n) % UNDER.len()].to_owned(), Some(story), Kind::Asks),
            // Both a mention and a reply.
            which @ 6 => (to_us(UNDER[(which + n) % UNDER.len()]), Some(story), Kind::Asks),
            7 => ("great, thanks!".to_owned(), Some(story), Kind::Talks),
            _ => (to_us("you are the best"), None, Kind::Talks),
        };
        if *role == Role::Stops && i >= 1 {
            kind = Kind::AfterStop;
            if i == 1 {
                (text, kind) = (to_us("stop"), Kind::Stop);
            }
        }
        let written = self.bluesky.as_reader(account).say(&text, under, &[&self.us]).await;
        Asked { uri: written.uri, text, role: *role, kind, person: n }
    }

    /// Whoever follows got as many answers as they may have, and asked for.
    pub(super) fn judge(&self, fates: &BTreeMap<&str, &str>, asked: &[Asked]) {
        for (n, person) in self.people.iter().enumerate().filter(|(_, person)| person.role == Role::Follows) {
            let posts = || asked.iter().filter(|post| post.person == n);
            let asks = posts().filter(|post| post.kind == Kind::Asks).count();
            let answered = posts().filter(|post| fates.get(post.uri.as_str()) == Some(&"answered")).count();
            assert_eq!(
                answered,
                asks.min(self.person_hour),
                "{}, who asked {asks} times",
                person.account.handle
            );
        }
    }
}

impl Asked {
    /// What may become of it.
    pub(super) fn judge(&self, fate: &str) {
        let may: &[&str] = match (self.role, self.kind) {
            (Role::IsBot, _) => &["bot"],
            (Role::Blocks, _) => &["blocked", "closed"],
            (Role::Follows, Kind::Talks) => &["not_asked"],
            (Role::Follows, _) => &["answered", "limited"],
            (Role::Stops, Kind::Stop) => &["answered"],
            // Mail comes newest first, so what was written later may be counted before the “stop” is read.
            (Role::Stops, Kind::AfterStop) => &["silenced", "limited", "not_asked"],
            (Role::Stops, Kind::Asks | Kind::Talks) => &["answered", "not_asked", "silenced", "limited"],
        };
        assert!(may.contains(&fate), "{:?} {}: {fate}", self.role, self.text);
    }
}
