//! From a feed's document to records. Knows nothing of HTTP, so saved feed files come here too.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use super::decode::decode;
use super::place::MAX_IDS;
use super::raw::{FeedHints, RawEntry, RawFeed, RawGone};
use super::{FeedError, document, json};
use crate::address::{canonical, http_url, strip_tracking};
use crate::ingest::field::fit;
use crate::ingest::source::Skipped;
use crate::model::{Engagement, IncomingRecord, Platform, Sha256, SourceClass, TombstoneReason};

/// Times further ahead than this are somebody's mistake, and the time of sight stands in.
const SKEW: TimeDelta = TimeDelta::minutes(2);

/// Where a feed's document came from, and what its articles are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedOrigin {
    /// Where the document came from: relative links start here.
    pub url: Url,
    /// The address that stands for the feed, wherever its document comes from: entries without a page of their own are
    /// told apart by it.
    pub known_as: Url,
    /// What it is called in citations; empty: its own title.
    pub name: String,
    /// What its articles are.
    pub class: SourceClass,
}

/// A feed as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParsedFeed {
    /// Its own title.
    pub title: Option<String>,
    /// What its records name as their outlet.
    pub venue: String,
    /// Its entries, in the document's order, then those it takes back.
    pub records: Vec<IncomingRecord>,
    /// Entries that are no records, and why.
    pub skipped: Vec<Skipped>,
    /// How many entries had a text that was cut at the size limit.
    pub cut: usize,
    /// How often it wants to be asked.
    pub hints: FeedHints,
    /// Where the feed is one that takes entries back: its own ids, and the identities their records have here.
    pub ids: BTreeMap<String, String>,
}

/// Reads a document as RSS, RDF, Atom or JSON feed. `now` stands in for missing dates and for dates in the future.
pub fn parse(
    bytes: &[u8],
    http_charset: Option<&str>,
    origin: &FeedOrigin,
    now: DateTime<Utc>,
) -> Result<ParsedFeed, FeedError> {
    let text = decode(bytes, http_charset);
    Ok(records(read(&text, &origin.url)?, origin, now))
}

/// Reads a decoded document; relative links start at `base`.
pub(super) fn read(text: &str, base: &Url) -> Result<RawFeed, FeedError> {
    if text.is_empty() {
        return Err(FeedError::Empty);
    }
    if text.starts_with('<') {
        let html = check_prolog(text)?;
        document::read(text, base).map_err(|err| match err {
            FeedError::Malformed(_) if html => FeedError::Html,
            other => other,
        })
    } else if text.starts_with('{') {
        json::read(text, base)
    } else {
        Err(FeedError::Malformed("it begins neither with `<` nor with `{`".to_owned()))
    }
}

pub(super) fn records(feed: RawFeed, origin: &FeedOrigin, now: DateTime<Utc>) -> ParsedFeed {
    let title = feed.title.map(|title| plain(&title)).filter(|title| !title.is_empty());
    let venue = match (&title, origin.name.trim()) {
        (Some(title), "") => title.clone(),
        (None, "") => origin.url.host_str().unwrap_or_default().to_owned(),
        (Some(_) | None, name) => name.to_owned(),
    };
    let site = feed.site.as_ref().map(canonical);
    let pages: Vec<Option<Url>> = feed.entries.iter().map(page_of).collect();
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for page in pages.iter().flatten() {
        *uses.entry(canonical(page)).or_default() += 1;
    }

    let mut parsed = ParsedFeed { title, venue: venue.clone(), hints: feed.hints, ..ParsedFeed::default() };
    let mut told: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (n, (mut entry, page)) in feed.entries.into_iter().zip(pages).enumerate() {
        // An address that several entries share, or that is the site's front page, names none of them.
        let own = page
            .as_ref()
            .map(canonical)
            .filter(|page| uses.get(page) == Some(&1) && site.as_ref() != Some(page));
        let native_id = own.unwrap_or_else(|| identify(&entry, page.as_ref(), &origin.known_as));
        if !seen.insert(native_id.clone()) {
            parsed.skipped.push(Skipped::new(format!("entry {}", n + 1), "it stands twice in the document"));
            continue;
        }
        if entry.authors.is_empty() {
            entry.authors.clone_from(&feed.authors);
        }
        if feed.takes_back && !entry.id.is_empty() {
            if parsed.ids.len() < MAX_IDS {
                parsed.ids.insert(entry.id.clone(), native_id.clone());
            }
            if let Some(at) = entry.updated.or(entry.published) {
                told.insert(entry.id.clone(), at);
            }
        }
        match record(entry, page, native_id, &venue, origin, now) {
            Some(mut record) => {
                parsed.cut += usize::from(fit(&mut record));
                parsed.records.push(record);
            }
            None => parsed.skipped.push(Skipped::new(format!("entry {}", n + 1), "neither title nor text")),
        }
    }
    for (n, why) in feed.unreadable {
        parsed.skipped.push(Skipped::new(format!("entry {}", n + 1), why));
    }
    if feed.too_many {
        let why = format!("more than {} entries", super::raw::MAX_ENTRIES);
        parsed.skipped.push(Skipped::new("the entries after those", why));
    }
    for gone in feed.gone {
        // Of an entry and its withdrawal in one document, the later counts (RFC 6721, section 3).
        if told.get(&gone.id).zip(gone.at).is_none_or(|(told, gone)| *told <= gone) {
            parsed.records.extend(withdrawals(&gone, &parsed.ids, &venue, origin, now));
        }
    }
    parsed
}

fn record(
    entry: RawEntry,
    page: Option<Url>,
    native_id: String,
    venue: &str,
    origin: &FeedOrigin,
    now: DateTime<Utc>,
) -> Option<IncomingRecord> {
    let title = entry.title.or(entry.media_title);
    let body = entry.content.or(entry.summary).or(entry.caption).unwrap_or_default();
    if title.is_none() && body.is_empty() {
        return None;
    }
    let sane = |at: &DateTime<Utc>| *at <= now + SKEW;
    let published = [entry.published, entry.dated, entry.updated].into_iter().flatten().find(sane);
    let published_at = published.unwrap_or(now);
    let tags = entry.tags.iter().map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty());
    Some(IncomingRecord {
        platform: Platform::Feed,
        native_id,
        class: origin.class,
        permalink: page.unwrap_or_else(|| origin.url.clone()).to_string(),
        author: (!entry.authors.is_empty()).then(|| entry.authors.join(", ")),
        venue: venue.to_owned(),
        published_at,
        archived_seen_at: None,
        edited_at: entry.updated.filter(|at| sane(at) && *at > published_at),
        title,
        body,
        tags: tags.collect(),
        answers: None,
        quotes: None,
        engagement: Engagement { score: None, replies: entry.replies },
        deleted: None,
    })
}

/// The records that a withdrawal may be about: what is not stored under one of these identities is not touched. An address
/// on another host is another outlet's; where it is that of an entry which this feed has listed, it is taken back if
/// this feed brought it first.
fn withdrawals(
    gone: &RawGone,
    ids: &BTreeMap<String, String>,
    venue: &str,
    origin: &FeedOrigin,
    now: DateTime<Utc>,
) -> Vec<IncomingRecord> {
    let ours = [&origin.url, &origin.known_as].map(canonical);
    let is_ours = |page: &String| ours.iter().any(|ours| host(ours) == host(page));
    let pages = gone.pages.iter().cloned().chain(http_url(&gone.id)).map(|page| canonical(&page));
    let pages = pages.filter(is_ours);
    let own = format!("{} {}", canonical(&origin.known_as), gone.id);
    let ours: BTreeSet<String> = pages.chain([own]).collect();
    let listed = ids.get(&gone.id).filter(|listed| !ours.contains(*listed)).cloned();
    let at = gone.at.filter(|at| *at <= now + SKEW).unwrap_or(now);
    let withdrawn = |native_id| IncomingRecord::gone(Platform::Feed, native_id, TombstoneReason::Author, at);
    let listed = listed.map(|listed| withdrawn(listed).only_of(venue));
    ours.into_iter().map(withdrawn).chain(listed).collect()
}

/// The host of a canonical address, with its port.
fn host(canonical: &str) -> Option<&str> {
    canonical.split(['/', '?']).nth(2)
}

impl ParsedFeed {
    /// Withdrawals of entries that stood in an earlier document, whose identities `before` knows.
    pub(super) fn withdraw_known(&mut self, before: &BTreeMap<String, String>, origin: &FeedOrigin) {
        let feed = canonical(&origin.known_as);
        let more: Vec<IncomingRecord> = self
            .records
            .iter()
            .filter(|record| record.deleted.is_some())
            .filter_map(|record| {
                let id = record.native_id.strip_prefix(feed.as_str())?.strip_prefix(' ')?;
                let native_id = before.get(id).filter(|known| **known != record.native_id)?.clone();
                Some(IncomingRecord { native_id, ..record.clone() }.only_of(&self.venue))
            })
            .collect();
        self.records.extend(more);
    }
}

/// A feed's own title as text: it is shown as it is, and never cleaned again.
fn plain(title: &str) -> String {
    super::entities::decoded(title).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The page an entry is about: its own link, else an id that is an address, else where its content stands.
fn page_of(entry: &RawEntry) -> Option<Url> {
    let by_id = || http_url(&entry.id).filter(|_| entry.id_is_page);
    let page = entry
        .original
        .clone()
        .or_else(|| entry.page.clone())
        .or_else(by_id)
        .or_else(|| entry.other_page.clone());
    page.map(|mut page| {
        strip_tracking(&mut page);
        page
    })
}

/// An identity for an entry whose page does not name it, unique within its feed: the feed's own id, else a hash.
fn identify(entry: &RawEntry, page: Option<&Url>, feed: &Url) -> String {
    let feed = canonical(feed);
    let id = entry.id.trim();
    if !id.is_empty() {
        return format!("{feed} {id}");
    }
    let date =
        entry.published.or(entry.dated).or(entry.updated).map(|at| at.to_rfc3339()).unwrap_or_default();
    let link = page.map(Url::as_str).unwrap_or_default();
    // What has no title is told apart by its text.
    let title =
        entry.title.as_deref().or(entry.content.as_deref()).or(entry.summary.as_deref()).unwrap_or_default();
    format!("{feed} {}", Sha256::of(&format!("{link}\n{title}\n{date}")))
}

/// Looks at what stands before the root element: own definitions are refused. True: it calls itself HTML, which some
/// feeds do, too.
fn check_prolog(text: &str) -> Result<bool, FeedError> {
    let mut html = false;
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let after = if rest.starts_with("<!--") {
            rest.split_once("-->")
        } else if rest.starts_with("<?") {
            rest.split_once("?>")
        } else if starts_with_ignoring_case(rest, "<!doctype") {
            html = starts_with_ignoring_case(rest, "<!doctype html");
            let end = rest.split_once('>');
            if end.is_none_or(|(doctype, _)| doctype.contains('[')) {
                return Err(FeedError::Doctype);
            }
            end
        } else {
            return Ok(html);
        };
        match after {
            Some((_, after)) => rest = after,
            None => {
                return Err(FeedError::Malformed("the document ends before its first element".to_owned()));
            }
        }
    }
}

fn starts_with_ignoring_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|front| front.eq_ignore_ascii_case(prefix))
}
