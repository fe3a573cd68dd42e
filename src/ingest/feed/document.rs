//! RSS (all of them), RDF and Atom (1.0 and 0.3): one reader, because documents mix them.

use std::time::Duration;

use url::Url;

use super::FeedError;
use super::date;
use super::entities::decoded;
use super::raw::{FeedHints, MAX_ENTRIES, RawFeed, RawGone, add_name};
use super::space::Space;
use super::xml::{Piece, Reader, Tag};
use crate::address::http_url;

/// Deeper documents are refused: real feeds, XHTML contents included, stay far below.
pub(super) const MAX_DEPTH: usize = 200;

/// Declarations that are in force at a time. More would only make every name slow to look up.
const MAX_DECLARED: usize = 100;

/// A document while it is read.
pub(super) struct Document<'a> {
    pub(super) reader: Reader<'a>,
    feed_url: &'a Url,
    /// What was declared by elements that are still open, with their depth.
    prefixes: Vec<(usize, &'a str, Space)>,
    bases: Vec<(usize, Url)>,
    /// The root is Atom's: texts have types.
    pub(super) atom: bool,
    /// Atom 0.3, where the type says how it is written and the mode how it is packed.
    pub(super) modes: bool,
}

/// Reads an XML document as a feed.
pub(super) fn read(text: &str, feed_url: &Url) -> Result<RawFeed, FeedError> {
    let mut document = Document {
        reader: Reader::new(text, MAX_DEPTH),
        feed_url,
        prefixes: Vec::new(),
        bases: Vec::new(),
        atom: false,
        modes: false,
    };
    let root = loop {
        match document.reader.next() {
            Some(Piece::Start(tag)) => break tag,
            Some(Piece::Text(text)) if !text.trim().is_empty() => {
                return Err(FeedError::Malformed("it begins with text".to_owned()));
            }
            Some(Piece::Text(_) | Piece::Verbatim(_) | Piece::End(_)) => {}
            None => {
                return Err(FeedError::Malformed("the document ends before its first element".to_owned()));
            }
        }
    };
    document.enter(root);
    let (_, name) = document.name(root);
    let mut feed = RawFeed::default();
    match name.as_str() {
        "feed" | "rss" | "rdf" | "channel" => {
            document.atom = name == "feed";
            document.modes = root.attributes.contains("purl.org/atom/ns#");
            document.feed(&mut feed);
        }
        "entry" | "item" => {
            document.atom = name == "entry";
            let entry = document.entry(root);
            feed.entries.push(entry);
        }
        "html" => return Err(FeedError::Html),
        _ => {
            return Err(FeedError::Malformed(format!(
                "its first element is no feed's: `{}`",
                short(root.name)
            )));
        }
    }
    if document.reader.too_deep() {
        return Err(FeedError::TooDeep { max: MAX_DEPTH });
    }
    Ok(feed)
}

fn short(name: &str) -> String {
    name.chars().take(40).collect()
}

impl<'a> Document<'a> {
    /// Takes note of what a start tag declares for all within it.
    pub(super) fn enter(&mut self, tag: Tag<'a>) {
        let depth = self.reader.depth();
        while self.prefixes.last().is_some_and(|(declared, ..)| *declared >= depth) {
            self.prefixes.pop();
        }
        while self.bases.last().is_some_and(|(declared, _)| *declared >= depth) {
            self.bases.pop();
        }
        if !tag.attributes.contains("xml") {
            return;
        }
        for (name, value) in tag.attributes().take(MAX_DECLARED) {
            if self.prefixes.len() >= MAX_DECLARED {
                break;
            }
            if let Some(prefix) = name.strip_prefix("xmlns") {
                self.prefixes.push((depth, prefix.trim_start_matches(':'), Space::of(value)));
            } else if name == "xml:base"
                && let Ok(base) = self.base().join(decoded(value).trim())
            {
                self.bases.push((depth, base));
            }
        }
    }

    /// A tag's name without its prefix in small letters, and what the prefix stands for.
    pub(super) fn name(&self, tag: Tag<'a>) -> (Space, String) {
        let (prefix, local) = tag.name.split_once(':').unwrap_or(("", tag.name));
        let declared = self.prefixes.iter().rev().find(|(_, name, _)| *name == prefix);
        let space = declared.map_or_else(|| Space::usual(prefix), |(.., space)| *space);
        (space, local.to_ascii_lowercase())
    }

    pub(super) fn base(&self) -> &Url {
        self.bases.last().map_or(self.feed_url, |(_, base)| base)
    }

    /// An address of the web, completed where it is relative.
    pub(super) fn address(&self, text: &str) -> Option<Url> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        http_url(text).or_else(|| self.base().join(text).ok().and_then(|url| http_url(url.as_str())))
    }

    /// An attribute with its entities resolved.
    pub(super) fn attribute(tag: Tag<'a>, name: &str) -> Option<String> {
        tag.attributes()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| decoded(value).trim().to_owned())
            .filter(|value| !value.is_empty())
    }

    fn feed(&mut self, feed: &mut RawFeed) {
        let depth = self.reader.depth();
        let (mut period, mut frequency) = (None, 1);
        while let Some(piece) = self.reader.child(depth) {
            let Piece::Start(tag) = piece else { continue };
            self.enter(tag);
            let (space, name) = self.name(tag);
            match (space, name.as_str()) {
                (Space::Core, "channel") => self.feed(feed),
                (Space::Core, "item" | "entry") => {
                    if feed.entries.len() >= MAX_ENTRIES {
                        feed.too_many = true;
                        break;
                    }
                    let entry = self.entry(tag);
                    feed.entries.push(entry);
                }
                (Space::Core, "title") if feed.title.is_none() => feed.title = self.title(tag),
                (Space::Core, "link") => match self.link(tag) {
                    Some(link) if link.is_page && feed.site.is_none() => feed.site = Some(link.url),
                    Some(link) if link.is_self && feed.itself.is_none() => feed.itself = Some(link.url),
                    Some(_) | None => {}
                },
                (Space::Core, "author") if self.atom => self.person(&mut feed.authors),
                (Space::Core, "ttl") => {
                    let minutes = self.plain().trim().parse().ok();
                    feed.hints.at_most_every(
                        minutes.map(|minutes: u32| Duration::from_secs(60 * u64::from(minutes))),
                    );
                }
                (Space::Core, "skiphours" | "skipdays") => self.skips(&mut feed.hints),
                (Space::Syndication, "updateperiod") => period = period_of(&self.plain()),
                (Space::Syndication, "updatefrequency") => {
                    frequency = self.plain().trim().parse().unwrap_or(1);
                }
                (Space::Tombstone, "deleted-entry") if feed.gone.len() < MAX_ENTRIES => {
                    feed.gone.extend(self.gone(tag));
                }
                _ => {}
            }
        }
        feed.hints.at_most_every(period.map(|period: Duration| period / frequency.clamp(1, 10_000)));
        feed.takes_back |=
            self.prefixes.iter().any(|(.., space)| *space == Space::Tombstone) || !feed.gone.is_empty();
    }

    fn skips(&mut self, hints: &mut FeedHints) {
        const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let depth = self.reader.depth();
        while let Some(piece) = self.reader.child(depth) {
            let Piece::Start(tag) = piece else { continue };
            let said = self.plain().trim().to_ascii_lowercase();
            if tag.name.eq_ignore_ascii_case("hour") {
                // Some count to 24.
                hints.skip_hours |=
                    said.parse().ok().filter(|hour| *hour <= 24).map_or(0, |hour: u32| 1 << (hour % 24));
            } else if let Some(day) = DAYS.iter().position(|day| said.starts_with(day)) {
                hints.skip_days |= 1 << day;
            }
        }
    }

    fn gone(&mut self, tag: Tag<'a>) -> Option<RawGone> {
        let id = Self::attribute(tag, "ref").unwrap_or_default();
        let at = Self::attribute(tag, "when").and_then(|when| date::parse(&when));
        let mut pages = Vec::new();
        let depth = self.reader.depth();
        while let Some(piece) = self.reader.child(depth) {
            let Piece::Start(tag) = piece else { continue };
            self.enter(tag);
            if self.name(tag).1 == "link" {
                pages.extend(self.link(tag).filter(|link| link.is_page).map(|link| link.url));
            }
        }
        (!id.is_empty()).then_some(RawGone { id, pages, at })
    }

    /// Somebody: Atom's element with a name in it, or RSS's text.
    pub(super) fn person(&mut self, names: &mut Vec<String>) {
        let depth = self.reader.depth();
        let mut text = String::new();
        while let Some(piece) = self.reader.child(depth) {
            match piece {
                Piece::Start(tag) if tag.name.ends_with("name") => text = self.plain(),
                Piece::Start(_) | Piece::End(_) => {}
                Piece::Text(part) => text.push_str(&decoded(part)),
                Piece::Verbatim(part) => text.push_str(part),
            }
        }
        add_name(names, &text);
    }

    /// The link that the element just begun is.
    pub(super) fn link(&mut self, tag: Tag<'a>) -> Option<Link> {
        let href = Self::attribute(tag, "href").or_else(|| Self::attribute(tag, "rdf:resource"));
        let href = href.unwrap_or_else(|| self.plain());
        let rel = Self::attribute(tag, "rel").unwrap_or_default().to_ascii_lowercase();
        let kind = Self::attribute(tag, "type").unwrap_or_default();
        let alternate = matches!(rel.rsplit('/').next(), None | Some("" | "alternate"));
        let for_people = kind.is_empty() || kind.contains("html");
        Some(Link {
            url: self.address(&href)?,
            is_page: alternate && for_people,
            is_alternate: alternate,
            is_self: rel == "self",
        })
    }
}

/// A link.
pub(super) struct Link {
    pub(super) url: Url,
    /// It is the page, for people.
    pub(super) is_page: bool,
    /// It is the same in whatever form.
    pub(super) is_alternate: bool,
    /// It is the address of the document.
    pub(super) is_self: bool,
}

fn period_of(text: &str) -> Option<Duration> {
    let hours = match text.trim().to_ascii_lowercase().as_str() {
        "hourly" => 1,
        "daily" => 24,
        "weekly" => 7 * 24,
        "monthly" => 30 * 24,
        "yearly" => 365 * 24,
        _ => return None,
    };
    Some(Duration::from_hours(hours))
}
