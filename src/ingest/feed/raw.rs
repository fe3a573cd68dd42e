//! A feed as its document tells it, whatever the format, before it is judged.

use std::time::Duration;

use chrono::{DateTime, Utc};
use url::Url;

/// More entries than that are not read: the first ones are the newest.
pub(super) const MAX_ENTRIES: usize = 2_000;

/// A document.
#[derive(Debug, Default)]
pub(super) struct RawFeed {
    pub(super) title: Option<String>,
    /// The page it is the feed of.
    pub(super) site: Option<Url>,
    /// The address it gives itself.
    pub(super) itself: Option<Url>,
    /// Who writes, where an entry does not say.
    pub(super) authors: Vec<String>,
    pub(super) entries: Vec<RawEntry>,
    /// Entries that could not be read at all, and why.
    pub(super) unreadable: Vec<(usize, String)>,
    /// Entries that it takes back.
    pub(super) gone: Vec<RawGone>,
    /// Whether it is able to take entries back.
    pub(super) takes_back: bool,
    /// There were more entries than are read.
    pub(super) too_many: bool,
    pub(super) hints: FeedHints,
}

/// An entry.
#[derive(Debug, Default)]
pub(super) struct RawEntry {
    pub(super) id: String,
    /// Whether the id may be the address of the page, too.
    pub(super) id_is_page: bool,
    /// Its page where a feed service has put its own address in front.
    pub(super) original: Option<Url>,
    /// Its page.
    pub(super) page: Option<Url>,
    /// A page that is told as something else than one for people.
    pub(super) other_page: Option<Url>,
    /// Without markup; entities may be left.
    pub(super) title: Option<String>,
    /// HTML.
    pub(super) content: Option<String>,
    /// HTML.
    pub(super) summary: Option<String>,
    /// HTML: what is said of its pictures or films.
    pub(super) caption: Option<String>,
    /// What its picture or film is called.
    pub(super) media_title: Option<String>,
    pub(super) published: Option<DateTime<Utc>>,
    /// A date of which is not said what it is.
    pub(super) dated: Option<DateTime<Utc>>,
    pub(super) updated: Option<DateTime<Utc>>,
    pub(super) authors: Vec<String>,
    /// Who speaks in a podcast: often the house.
    pub(super) house: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) replies: Option<i64>,
}

/// An entry that was taken back (RFC 6721).
#[derive(Debug)]
pub(super) struct RawGone {
    pub(super) id: String,
    pub(super) pages: Vec<Url>,
    pub(super) at: Option<DateTime<Utc>>,
}

/// How often a feed wants to be asked, as its document says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FeedHints {
    /// The least time between two requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Duration>,
    /// Hours of the day (UTC) in which nothing is published: bit 0 is midnight to one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skip_hours: u32,
    /// Days on which nothing is published: bit 0 is Monday.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skip_days: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(bits: &u32) -> bool {
    *bits == 0
}

impl FeedHints {
    /// Takes the longer of the intervals told.
    pub(super) fn at_most_every(&mut self, every: Option<Duration>) {
        self.every = self.every.max(every);
    }
}

/// Names of one entry; more are no authors.
const MAX_NAMES: usize = 50;

/// Adds a name once.
pub(super) fn add_name(names: &mut Vec<String>, text: &str) {
    if names.len() >= MAX_NAMES {
        return;
    }
    if let Some(name) = name_of(text).filter(|name| !names.contains(name)) {
        names.push(name);
    }
}

/// The name in `ana@ledger.example (Ana Holm)`, `Ana Holm <ana@ledger.example>` or `Ana Holm`. An address for mail is
/// no name, and nobody wants to see it printed.
fn name_of(text: &str) -> Option<String> {
    let text = text.trim();
    let name = match (text.split_once('('), text.split_once('<')) {
        (Some((front, rest)), _) if front.contains('@') => rest.split(')').next().unwrap_or_default(),
        (_, Some((front, rest))) if rest.contains('@') => front,
        _ => text,
    };
    let name = name.trim().trim_matches('"').trim();
    let name = name.strip_prefix('(').and_then(|name| name.strip_suffix(')')).unwrap_or(name).trim();
    let mail = name.contains('@') && !name.contains(char::is_whitespace) && !name.starts_with('@');
    (!name.is_empty() && !mail).then(|| name.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Plain text as HTML that shows it.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_beside_an_address() {
        for (text, name) in [
            ("ana@ledger.example (Ana Holm)", Some("Ana Holm")),
            ("Ana  Holm <ana@ledger.example>", Some("Ana Holm")),
            ("(Ana Holm)", Some("Ana Holm")),
            ("Ana Holm (Ledger)", Some("Ana Holm (Ledger)")),
            ("@ana", Some("@ana")),
            ("ana@ledger.example", None),
            ("ana@ledger.example ()", None),
            (" ", None),
        ] {
            let mut names = Vec::new();
            add_name(&mut names, text);
            assert_eq!(names.first().map(String::as_str), name, "{text}");
        }
    }
}
