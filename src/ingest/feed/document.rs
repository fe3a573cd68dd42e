//! RSS (all of them), RDF and Atom (1.0 and 0.3): one reader, because documents mix them.

use std::time::Duration;

use url::Url;

use super::FeedError;
use super::date;
use super::entities::decoded;
use super::raw::{FeedHints, MAX_ENTRIES, RawFeed, RawGone, add_name, escaped};
use super::xml::{Piece, Reader, Tag};
use crate::ingest::address::http_url;

/// Deeper documents are refused: real feeds, XHTML contents included, stay far below.
pub(super) const MAX_DEPTH: usize = 200;

/// What a prefix stands for, as far as we read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// RSS, Atom, or none: documents put one's elements into the other.
    Core,
    Dublin,
    Content,
    Media,
    Itunes,
    Syndication,
    Thread,
    Slash,
    Tombstone,
    Xhtml,
    Other,
}

impl Space {
    fn of(uri: &str) -> Self {
        let uri = uri.trim().to_ascii_lowercase();
        let bare = uri.trim_start_matches("https://").trim_start_matches("http://");
        let bare = bare.trim_start_matches("www.").trim_end_matches(['/', '#']);
        match bare {
            ""
            | "w3.org/2005/atom"
            | "purl.org/rss/1.0"
            | "backend.userland.com/rss2"
            | "purl.org/net/rss1.1" => Self::Core,
            _ if bare.starts_with("purl.org/atom/ns") || bare.starts_with("my.netscape.com/") => Self::Core,
            _ if bare.contains("userland.com/") || bare.starts_with("channel.netscape.com") => Self::Core,
            "purl.org/rss/1.0/modules/content" => Self::Content,
            "purl.org/rss/1.0/modules/syndication" => Self::Syndication,
            "purl.org/rss/1.0/modules/slash" => Self::Slash,
            "purl.org/syndication/thread/1.0" => Self::Thread,
            "purl.org/atompub/tombstones/1.0" => Self::Tombstone,
            "w3.org/1999/xhtml" => Self::Xhtml,
            _ if bare.starts_with("purl.org/dc/") || bare == "purl.org/metadata/dublin_core" => Self::Dublin,
            _ if bare.starts_with("search.yahoo.com/mrss") => Self::Media,
            _ if bare.starts_with("itunes.com/dtds/podcast") => Self::Itunes,
            _ => Self::Other,
        }
    }

    /// What an undeclared prefix surely means.
    fn usual(prefix: &str) -> Self {
        match prefix {
            "" | "atom" | "rss" | "a10" => Self::Core,
            "dc" | "dcterms" => Self::Dublin,
            "content" => Self::Content,
            "media" => Self::Media,
            "itunes" => Self::Itunes,
            "sy" => Self::Syndication,
            "thr" => Self::Thread,
            "slash" => Self::Slash,
            "at" => Self::Tombstone,
            "xhtml" => Self::Xhtml,
            _ => Self::Other,
        }
    }
}

/// How an element's text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// HTML with its brackets escaped, or plain text that may be taken for such.
    Escaped,
    /// Markup as elements of the document.
    Markup,
    /// Text for reading as it is.
    Plain,
    /// No text at all.
    Binary,
}

/// A document while it is read.
pub(super) struct Document<'a> {
    pub(super) reader: Reader<'a>,
    feed_url: &'a Url,
    /// What was declared by elements that are still open, with their depth.
    prefixes: Vec<(usize, &'a str, Space)>,
    bases: Vec<(usize, Url)>,
    /// The root is Atom's: texts have types.
    atom: bool,
    /// Atom 0.3, where the type says how it is written and the mode how it is packed.
    modes: bool,
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
        for (name, value) in tag.attributes() {
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
                        return;
                    }
                    let entry = self.entry(tag);
                    feed.entries.push(entry);
                }
                (Space::Core, "title") if feed.title.is_none() => feed.title = self.title(tag),
                (Space::Core, "link") if feed.site.is_none() => {
                    feed.site = self.link(tag).filter(|link| link.is_page).map(|link| link.url);
                }
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
                    frequency = self.plain().trim().parse().unwrap_or(1)
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

    /// How an element's text is written.
    pub(super) fn form(&self, tag: Tag<'a>) -> Form {
        let prefix_atom = tag.name.contains(':');
        if !self.atom && !prefix_atom {
            return Form::Escaped;
        }
        let kind = Self::attribute(tag, "type").unwrap_or_default().to_ascii_lowercase();
        let mode = Self::attribute(tag, "mode").unwrap_or_default();
        match (kind.as_str(), mode.as_str()) {
            (_, "base64") => Form::Binary,
            ("" | "text" | "text/plain", _) => Form::Plain,
            ("xhtml" | "application/xhtml+xml", _) => Form::Markup,
            ("html", _) | (_, "escaped") => Form::Escaped,
            _ if self.modes => Form::Markup,
            // `text/html` is as often escaped as not: what stands there shows it.
            (kind, _) if kind.starts_with("text/") || kind.ends_with("xml") => Form::Escaped,
            // A word that nobody knows: a reader is still better off with the text.
            (kind, _) if !kind.contains('/') => Form::Escaped,
            _ => Form::Binary,
        }
    }

    /// The text of the element just begun, with its markup, as HTML.
    pub(super) fn html(&mut self, tag: Tag<'a>) -> Option<String> {
        let form = self.form(tag);
        let text = self.content(form);
        let text = match form {
            Form::Binary => return None,
            Form::Plain if !looks_like_html(&text) => escaped(&text),
            Form::Plain | Form::Escaped | Form::Markup => text,
        };
        (!text.trim().is_empty()).then_some(text)
    }

    /// The text of the element just begun, as a title: without markup, on one line.
    pub(super) fn title(&mut self, tag: Tag<'a>) -> Option<String> {
        let form = self.form(tag);
        let text = self.content(form);
        let text = match form {
            Form::Binary => return None,
            Form::Plain => text,
            Form::Escaped | Form::Markup => without_tags(&text),
        };
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        (!text.is_empty()).then_some(text)
    }

    /// The text of the element just begun.
    pub(super) fn plain(&mut self) -> String {
        self.content(Form::Escaped)
    }

    fn content(&mut self, form: Form) -> String {
        let depth = self.reader.depth();
        let mut out = String::new();
        while let Some(piece) = self.reader.next() {
            let inside = self.reader.depth() >= depth;
            match (piece, form) {
                (Piece::Start(tag), _) => push_tag(&mut out, tag.raw),
                (Piece::End(raw), _) if inside => push_tag(&mut out, raw),
                (Piece::End(_), _) => break,
                (Piece::Text(text), Form::Markup) => out.push_str(text),
                (Piece::Text(text), _) => out.push_str(&decoded(text)),
                (Piece::Verbatim(text), Form::Markup) => out.push_str(&escaped(text)),
                (Piece::Verbatim(text), _) => out.push_str(text),
            }
        }
        out
    }

    /// The link that the element just begun is.
    pub(super) fn link(&mut self, tag: Tag<'a>) -> Option<Link> {
        let href = Self::attribute(tag, "href").or_else(|| Self::attribute(tag, "rdf:resource"));
        let href = href.unwrap_or_else(|| self.plain());
        let rel = Self::attribute(tag, "rel").unwrap_or_default().to_ascii_lowercase();
        let kind = Self::attribute(tag, "type").unwrap_or_default();
        let alternate = matches!(rel.rsplit('/').next(), None | Some("" | "alternate"));
        let for_people = kind.is_empty() || kind.contains("html");
        Some(Link { url: self.address(&href)?, is_page: alternate && for_people, is_alternate: alternate })
    }
}

/// A link.
pub(super) struct Link {
    pub(super) url: Url,
    /// It is the page, for people.
    pub(super) is_page: bool,
    /// It is the same in whatever form.
    pub(super) is_alternate: bool,
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

/// Adds a tag without its prefix: in a text only XHTML has one.
fn push_tag(out: &mut String, raw: &str) {
    let end = raw.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(raw.len());
    match raw.split_at_checked(end).and_then(|(name, rest)| Some((name.split_once(':')?.1, rest))) {
        Some((local, rest)) => {
            out.push_str(if raw.starts_with("</") { "</" } else { "<" });
            out.push_str(local);
            out.push_str(rest);
        }
        None => out.push_str(raw),
    }
}

/// Whether a text that calls itself plain is not.
fn looks_like_html(text: &str) -> bool {
    [
        "</p>",
        "</a>",
        "</div>",
        "</b>",
        "</i>",
        "</em>",
        "</strong>",
        "</li>",
        "</span>",
        "<br>",
        "<br/>",
        "<br />",
        "<p>",
        "<img ",
    ]
    .iter()
    .any(|sign| text.contains(sign))
}

/// Elements that titles are dressed with. What is not among them may be what the title is about.
const DRESS: &[&str] = &[
    "a", "abbr", "b", "big", "br", "cite", "code", "div", "em", "font", "i", "img", "mark", "p", "q", "s",
    "small", "span", "strong", "sub", "sup", "tt", "u", "wbr",
];

/// A title without the tags around its words.
pub(super) fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let bare = after.strip_prefix('/').unwrap_or(after);
        let name_end = bare.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(bare.len());
        let name = bare.get(..name_end).unwrap_or_default().to_ascii_lowercase();
        match after.split_once('>') {
            Some((_, after)) if DRESS.contains(&name.as_str()) => rest = after,
            _ => {
                out.push('<');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}
