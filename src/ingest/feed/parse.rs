//! From a feed's document to records. Knows nothing of HTTP, so saved feed files come here too.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use feed_rs::model::{Entry, Link};
use url::Url;

use super::FeedError;
use super::decode::decode;
use crate::ingest::address::{canonical, http_url, strip_tracking};
use crate::ingest::field::cut;
use crate::ingest::source::Skipped;
use crate::model::{Engagement, IncomingRecord, Platform, Sha256, SourceClass};

/// More entries than that are not read: the first ones are the newest.
const MAX_ENTRIES: usize = 2_000;

/// Deeper documents are refused: real feeds, XHTML contents included, stay far below.
const MAX_DEPTH: usize = 200;

/// Times further ahead than this are somebody's mistake, and the time of sight stands in.
const SKEW: TimeDelta = TimeDelta::minutes(2);

/// Where a feed's document came from, and what its articles are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedOrigin {
    /// Its address: relative links start here.
    pub url: Url,
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
    /// Its entries, in the document's order.
    pub records: Vec<IncomingRecord>,
    /// Entries that are no records, and why.
    pub skipped: Vec<Skipped>,
    /// How many texts were cut at the size limit.
    pub cut: usize,
}

/// Reads a document as RSS, Atom or JSON feed. `now` stands in for missing dates and for dates in the future.
///
/// The parser underneath may panic on odd documents: call this where a panic is contained.
pub fn parse(
    bytes: &[u8],
    http_charset: Option<&str>,
    origin: &FeedOrigin,
    now: DateTime<Utc>,
) -> Result<ParsedFeed, FeedError> {
    let text = decode(bytes, http_charset);
    if text.is_empty() {
        return Err(FeedError::Empty);
    }
    if text.starts_with('<') {
        check_prolog(&text)?;
        check_depth(&text)?;
    }
    let parser = feed_rs::parser::Builder::new()
        .base_uri(Some(origin.url.as_str()))
        // A missing id stays empty, so that `identify` can see it.
        .id_generator(|_, _, _| String::new())
        .build();
    let feed = parser.parse(text.as_bytes()).map_err(|err| FeedError::Malformed(err.to_string()))?;

    let title = feed.title.map(|title| title.content.trim().to_owned()).filter(|title| !title.is_empty());
    let venue = match (&title, origin.name.trim()) {
        (Some(title), "") => title.clone(),
        (None, "") => origin.url.host_str().unwrap_or_default().to_owned(),
        (Some(_) | None, name) => name.to_owned(),
    };
    let site = feed.links.iter().filter_map(|link| article(link, origin)).map(|url| canonical(&url)).next();
    let pages: Vec<Option<Url>> = feed.entries.iter().map(|entry| page_of(entry, origin)).collect();
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for page in pages.iter().flatten() {
        *uses.entry(canonical(page)).or_default() += 1;
    }

    let mut parsed = ParsedFeed { title, ..ParsedFeed::default() };
    for (n, (entry, page)) in feed.entries.into_iter().zip(pages).enumerate() {
        if n >= MAX_ENTRIES {
            parsed.skipped.push(Skipped::new(format!("entry {} and later", n + 1), "too many entries"));
            break;
        }
        // An address that several entries share, or that is the site's front page, names none of them.
        let own = page
            .as_ref()
            .map(canonical)
            .filter(|page| uses.get(page) == Some(&1) && site.as_ref() != Some(page));
        let native_id = own.unwrap_or_else(|| identify(&entry, page.as_ref(), &origin.url));
        match record(entry, page, native_id, &venue, origin, now, &mut parsed.cut) {
            Some(record) => parsed.records.push(record),
            None => parsed.skipped.push(Skipped::new(format!("entry {}", n + 1), "neither title nor text")),
        }
    }
    Ok(parsed)
}

fn record(
    entry: Entry,
    page: Option<Url>,
    native_id: String,
    venue: &str,
    origin: &FeedOrigin,
    now: DateTime<Utc>,
    n_cut: &mut usize,
) -> Option<IncomingRecord> {
    let mut title = entry.title.map(|title| title.content).filter(|title| !title.trim().is_empty());
    let content = entry.content.and_then(|content| content.body).filter(|body| !body.trim().is_empty());
    let mut body = content.or(entry.summary.map(|summary| summary.content)).unwrap_or_default();
    if title.is_none() && body.trim().is_empty() {
        return None;
    }
    *n_cut += usize::from(cut(&mut body)) + usize::from(title.as_mut().is_some_and(cut));
    let sane = |at: &DateTime<Utc>| *at <= now + SKEW;
    let published_at = entry.published.filter(sane).or(entry.updated.filter(sane)).unwrap_or(now);
    let mut names: Vec<String> = Vec::new();
    for person in entry.authors {
        let name = person.name.unwrap_or_default().trim().trim_matches(['(', ')']).trim().to_owned();
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    let tags = entry.categories.into_iter().map(|category| category.label.unwrap_or(category.term));
    Some(IncomingRecord {
        platform: Platform::Feed,
        native_id,
        class: origin.class,
        permalink: page.unwrap_or_else(|| origin.url.clone()).to_string(),
        author: (!names.is_empty()).then(|| names.join(", ")),
        venue: venue.to_owned(),
        published_at,
        archived_seen_at: None,
        edited_at: entry.updated.filter(|at| sane(at) && *at > published_at),
        title,
        body,
        tags: tags.map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect(),
        engagement: Engagement::default(),
        deleted: None,
    })
}

/// The page an entry is about: its own link, else an id that is an address.
fn page_of(entry: &Entry, origin: &FeedOrigin) -> Option<Url> {
    entry.links.iter().find_map(|link| article(link, origin)).or_else(|| {
        let mut url = http_url(&entry.id)?;
        strip_tracking(&mut url);
        Some(url)
    })
}

fn article(link: &Link, origin: &FeedOrigin) -> Option<Url> {
    if link.target.is_some() || !matches!(link.rel.as_deref(), None | Some("" | "alternate")) {
        return None;
    }
    let href = link.href.trim();
    let mut url =
        http_url(href).or_else(|| origin.url.join(href).ok().and_then(|url| http_url(url.as_str())))?;
    strip_tracking(&mut url);
    Some(url)
}

/// An identity for an entry whose page does not name it, unique within its feed: the feed's own id, else a hash.
fn identify(entry: &Entry, page: Option<&Url>, feed: &Url) -> String {
    let feed = canonical(feed);
    let id = entry.id.trim();
    if !id.is_empty() {
        return format!("{feed} {id}");
    }
    let title = entry.title.as_ref().map(|title| title.content.as_str()).unwrap_or_default();
    let date = entry.published.or(entry.updated).map(|at| at.to_rfc3339()).unwrap_or_default();
    let link = page.map(Url::as_str).unwrap_or_default();
    format!("{feed} {}", Sha256::of(&format!("{link}\n{title}\n{date}")))
}

/// Looks at what stands before the root element: an HTML page is told apart, own definitions are refused.
fn check_prolog(text: &str) -> Result<(), FeedError> {
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let after = if rest.starts_with("<!--") {
            rest.split_once("-->")
        } else if rest.starts_with("<?") {
            rest.split_once("?>")
        } else if starts_with_ignoring_case(rest, "<!doctype") {
            if starts_with_ignoring_case(rest, "<!doctype html") {
                return Err(FeedError::Html);
            }
            let end = rest.split_once('>');
            if end.is_none_or(|(doctype, _)| doctype.contains('[')) {
                return Err(FeedError::Doctype);
            }
            end
        } else {
            return if starts_with_ignoring_case(rest, "<html") { Err(FeedError::Html) } else { Ok(()) };
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

/// A rough count of open elements. A parser that descends by calling itself overflows the stack, which nothing can
/// contain; comments and CDATA are passed over, everything else may be as malformed as it likes.
fn check_depth(text: &str) -> Result<(), FeedError> {
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('<') {
        let end = if after.starts_with("![CDATA[") {
            "]]>"
        } else if after.starts_with("!--") {
            "-->"
        } else {
            ">"
        };
        let Some((tag, after)) = after.split_once(end) else { break };
        match tag.as_bytes() {
            [b'/', ..] => depth = depth.saturating_sub(1),
            [b'!' | b'?', ..] | [.., b'/'] => {}
            _ => depth += 1,
        }
        if depth > MAX_DEPTH {
            return Err(FeedError::TooDeep { max: MAX_DEPTH });
        }
        rest = after;
    }
    Ok(())
}
