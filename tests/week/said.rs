//! What the playing servers hold, and what of it must be stored in the end.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use newsdesk::address::native_id;
use newsdesk::model::{Platform, RecordId};
use sqlx::Row as _;

use super::host::Kind;
use super::place::{Place, article};
use crate::support::Database;

/// One thing that was said at a place.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) id: u64,
    /// Where.
    pub(super) place: Arc<Place>,
    /// What it speaks of.
    pub(super) subject: &'static str,
    /// When it was written, as it says.
    pub(super) at: DateTime<Utc>,
    /// When its server had it: from then on it is shown.
    pub(super) came: DateTime<Utc>,
    pub(super) edited: Option<DateTime<Utc>>,
    /// When it was deleted.
    pub(super) gone: Option<DateTime<Utc>>,
    /// It is no record for us: its author does not want to be read.
    pub(super) hidden: bool,
    /// An answer to something, where the place has two lists.
    pub(super) is_reply: bool,
    /// Who wrote it.
    pub(super) author: &'static str,
    /// An answer with it was sent.
    pub(super) told: bool,
}

/// What an edited text has and no other.
const CORRECTED: &str = " (corrected)";

impl Said {
    pub(super) fn new(id: u64, place: Arc<Place>, subject: &'static str, at: DateTime<Utc>) -> Self {
        let author = ["ana", "bo", "cleo", "dov"][(id % 4) as usize];
        let came = at;
        Self {
            id,
            place,
            subject,
            at,
            came,
            edited: None,
            gone: None,
            hidden: false,
            is_reply: false,
            author,
            told: false,
        }
    }

    /// Its words as they were first.
    pub(super) fn first_words(&self) -> String {
        format!("The Orrin {} calls at Pellow Quay, note {}.", self.subject, self.id)
    }

    /// Its words as they are now.
    pub(super) fn words(&self) -> String {
        let corrected = if self.edited.is_some() { CORRECTED } else { "" };
        format!("{}{corrected}", self.first_words())
    }

    /// Whether its place shows it.
    pub(super) fn is_shown(&self, now: DateTime<Utc>) -> bool {
        self.came <= now && self.gone.is_none()
    }

    /// The address where people read it.
    pub(super) fn address(&self, kind: Kind) -> String {
        let (id, host) = (self.id, &self.place.host);
        match kind {
            Kind::HackerNews => format!("https://news.ycombinator.com/item?id={id}"),
            Kind::Feed => article(host, id).into(),
            Kind::Arxiv => format!("https://arxiv.org/abs/3103.{id:05}"),
            Kind::Mastodon => format!("https://{host}/@{}/{id}", self.author),
            Kind::Lemmy if self.is_reply => format!("https://{host}/comment/{id}"),
            Kind::Lemmy => format!("https://{host}/post/{id}"),
            Kind::Sky | Kind::Profiles => {
                format!("https://bsky.app/profile/did:plc:{}/post/3k{id}", self.author)
            }
        }
    }

    fn record_id(&self, kind: Kind) -> RecordId {
        let native = native_id(&kind.platform(), &self.address(kind)).expect("an address of its platform");
        RecordId::derive(&kind.platform(), &native)
    }
}

/// A row of the store, as far as it matters here.
#[derive(Debug)]
struct Row {
    title: String,
    body: String,
    revision: i64,
    gone: bool,
}

/// What the comparison found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) standing: usize,
    pub(super) edited: usize,
    pub(super) tombstones: usize,
    /// What was never told to us: when it came.
    pub(super) lost: Vec<DateTime<Utc>>,
}

/// Everything stored, by platform and id.
pub(super) struct Stored(BTreeMap<String, BTreeMap<String, Row>>);

impl Stored {
    pub(super) async fn of(database: &Database) -> Self {
        let mut connection = database.connect().await;
        let rows = sqlx::query(
            "SELECT id, platform, COALESCE(title, '') AS title, body, CAST(revision AS BIGINT) AS revision, \
             CASE WHEN gone_ms IS NULL THEN 0 ELSE 1 END AS gone FROM record",
        );
        let mut all: BTreeMap<String, BTreeMap<String, Row>> = BTreeMap::new();
        for row in rows.fetch_all(&mut connection).await.unwrap() {
            let stored = Row {
                title: row.get("title"),
                body: row.get("body"),
                revision: row.get("revision"),
                gone: row.get::<i32, _>("gone") == 1,
            };
            all.entry(row.get("platform")).or_default().insert(row.get("id"), stored);
        }
        Self(all)
    }

    pub(super) fn len(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    /// Compares with what `kind` ever said: each is stored once with its last text, what is gone is a tombstone, nothing
    /// else is there.
    pub(super) fn compare(&self, kind: Kind, said: &[Said]) -> Found {
        let none = BTreeMap::new();
        let stored = self.0.get(&kind.platform().to_string()).unwrap_or(&none);
        let mut found = Found::default();
        for said in said.iter().filter(|said| !said.hidden) {
            let row = match stored.get(said.record_id(kind).as_str()) {
                Some(row) => row,
                None if said.told => panic!("{kind:?}: told and not stored: {said:?}"),
                None => {
                    found.lost.push(said.came);
                    continue;
                }
            };
            if said.gone.is_some() {
                found.tombstones += 1;
                assert!(
                    row.gone && row.body.is_empty() && row.title.is_empty(),
                    "{kind:?}: {said:?}: {row:?}"
                );
                continue;
            }
            let text = format!("{} {}", row.title, row.body);
            assert!(text.contains(&said.words()) && !row.gone, "{kind:?}: {said:?}: {row:?}");
            assert_eq!(text.contains(CORRECTED), said.edited.is_some(), "{kind:?}: {said:?}: {row:?}");
            assert_eq!(row.revision, 1 + i64::from(said.edited.is_some()), "{kind:?}: {said:?}: {row:?}");
            found.standing += 1;
            found.edited += usize::from(said.edited.is_some());
        }
        assert_eq!(stored.len(), found.standing + found.tombstones, "{kind:?}: nothing is stored twice");
        found
    }
}

/// Whether `at` lies within one of the gaps told for a platform, to the second.
pub(super) fn is_told(
    gaps: &[(String, Platform, newsdesk::model::Gap)],
    platform: &Platform,
    at: DateTime<Utc>,
) -> bool {
    let second = TimeDelta::seconds(1);
    gaps.iter().any(|(_, of, gap)| of == platform && gap.from - second <= at && at <= gap.until + second)
}
