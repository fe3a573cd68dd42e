//! Invented records.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use newsdesk::model::{Engagement, IncomingRecord, Platform, RecordId, SourceClass, TombstoneReason};

/// A time as people write it: `2031-03-17 08:00`.
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    let with_seconds = format!("{}:00Z", text.replace(' ', "T"));
    with_seconds.parse().expect("a time such as `2031-03-17 08:00`")
}

/// A post on an invented Mastodon server.
pub(crate) fn post(n: u64, text: &str) -> Post {
    Post(IncomingRecord {
        platform: Platform::Mastodon,
        native_id: format!("saltpan.example/{n}"),
        class: SourceClass::Social,
        permalink: format!("https://saltpan.example/@ana/{n}"),
        author: Some("@ana".to_owned()),
        venue: "saltpan.example".to_owned(),
        published_at: at("2031-03-17 08:00"),
        archived_seen_at: None,
        edited_at: None,
        title: None,
        body: text.to_owned(),
        tags: Vec::new(),
        answers: None,
        quotes: None,
        engagement: Engagement::default(),
        deleted: None,
    })
}

/// A record under construction.
#[derive(Clone, Debug)]
pub(crate) struct Post(pub(crate) IncomingRecord);

impl Post {
    pub(crate) fn by(mut self, author: &str) -> Self {
        self.0.author = Some(author.to_owned());
        self
    }

    pub(crate) fn anonymous(mut self) -> Self {
        self.0.author = None;
        self
    }

    pub(crate) fn at(mut self, published: DateTime<Utc>) -> Self {
        self.0.published_at = published;
        self
    }

    pub(crate) fn titled(mut self, title: &str) -> Self {
        self.0.title = Some(title.to_owned());
        self
    }

    pub(crate) fn archived_at(mut self, seen: DateTime<Utc>) -> Self {
        self.0.archived_seen_at = Some(seen);
        self
    }

    /// Makes it an answer to what stands at `address`.
    pub(crate) fn answering(mut self, address: &str) -> Self {
        self.0.answers = Some(address.to_owned());
        self
    }

    pub(crate) fn quoting(mut self, address: &str) -> Self {
        self.0.quotes = Some(address.to_owned());
        self
    }

    pub(crate) fn deleted(mut self) -> Self {
        self.0.deleted = Some(TombstoneReason::Author);
        self
    }

    /// Moves it to a subreddit.
    pub(crate) fn on_reddit(mut self, n: u64, subreddit: &str) -> Self {
        self.0.platform = Platform::Reddit;
        self.0.class = SourceClass::Forum;
        self.0.native_id = format!("t3_{}", base36(n));
        self.0.permalink = format!("https://reddit.com/r/{subreddit}/comments/{}/talk/", base36(n));
        self.0.venue = format!("r/{subreddit}");
        self
    }

    /// Moves it to an account on Bluesky.
    pub(crate) fn on_bluesky(mut self, n: u64, did: &str) -> Self {
        self.0.platform = Platform::Bluesky;
        self.0.native_id = format!("at://{did}/app.bsky.feed.post/3mcn{n}");
        self.0.permalink = format!("https://bsky.app/profile/{did}/post/3mcn{n}");
        "Bluesky".clone_into(&mut self.0.venue);
        self
    }

    /// Moves it into a newspaper's feed.
    pub(crate) fn in_paper(mut self, n: u64, host: &str, name: &str) -> Self {
        self.0.platform = Platform::Feed;
        self.0.class = SourceClass::Publication;
        self.0.permalink = format!("https://{host}/2031/{n}");
        self.0.native_id = self.0.permalink.clone();
        name.clone_into(&mut self.0.venue);
        self
    }

    pub(crate) fn record(self) -> IncomingRecord {
        self.0
    }

    pub(crate) fn id(&self) -> RecordId {
        RecordId::derive(&self.0.platform, &self.0.native_id)
    }

    /// The line of an archive that holds it.
    pub(crate) fn line(&self) -> String {
        let record = &self.0;
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let platform = match &record.platform {
            Platform::Feed => "rss".to_owned(),
            other => other.to_string(),
        };
        serde_json::json!({
            "id": record.native_id, "platform": platform, "published_utc": time(record.published_at),
            "title": record.title, "text": record.body, "url": record.permalink, "author": record.author,
            "source": record.venue, "tags": record.tags, "answers": record.answers, "quotes": record.quotes, "seen": record.archived_seen_at.map(time),
        })
        .to_string()
    }
}

fn base36(mut n: u64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut digits = Vec::new();
    while n > 0 {
        digits.push(char::from(DIGITS[(n % 36) as usize]));
        n /= 36;
    }
    digits.iter().rev().collect()
}

/// `n` minutes.
pub(crate) fn minutes(n: i64) -> TimeDelta {
    TimeDelta::minutes(n)
}
