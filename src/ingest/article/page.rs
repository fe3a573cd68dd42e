//! A page in one piece: what it says of itself, and its text.

use chrono::{DateTime, Utc};
use dom_smoothie::{Config, Readability, TextMode};
use url::Url;

use super::super::field;
use super::metadata::{Metadata, name};
use super::seen::{drop_hidden, one_line};
use super::{Article, Unreadable, links, metadata, tree};

/// A page, before anybody has judged whether it is an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) url: Url,
    pub(super) title: String,
    pub(super) metadata: Metadata,
    /// Paragraphs with an empty line between them.
    pub(super) text: String,
    pub(super) cut: bool,
}

/// Reads a page that was found at `found`.
pub(super) fn read(html: &str, found: &Url, now: DateTime<Utc>) -> Result<Page, Unreadable> {
    let doc = tree::parse(html).ok_or(Unreadable::TooComplex)?;
    let metadata = metadata::read(&doc, now);
    if metadata.opted_out {
        return Err(Unreadable::OptedOut);
    }
    let url = links::cited(&doc, found);
    drop_hidden(&doc);
    // Scripts are gone by now, and their data was read with more care above.
    let config = Config { disable_json_ld: true, text_mode: TextMode::Formatted, ..Config::default() };
    let reader = Readability::with_document(doc, Some(found.as_str()), Some(config));
    let mut reader = reader.map_err(|err| Unreadable::BrokeDown(err.to_string()))?;
    let heading = heading_of_title(&reader);
    let title =
        metadata.title.clone().or(heading).or_else(|| name(&reader.get_article_title())).unwrap_or_default();
    // An error means that nothing on the page looks like an article.
    let article = reader.parse().ok();
    let byline = article.as_ref().and_then(|article| name(article.byline.as_deref()?));
    let text = article.map(|article| paragraphs(&article.text_content)).unwrap_or_default();
    let (mut text, metadata) = (text, Metadata { byline: metadata.byline.clone().or(byline), ..metadata });
    let cut = field::cut(&mut text);
    Ok(Page { url, title, metadata, text, cut })
}

/// The page's one heading, when its title is that and the name of the site behind a sign.
fn heading_of_title(reader: &Readability) -> Option<String> {
    let headings = reader.doc.select("h1");
    let heading = name(&headings.text()).filter(|_| headings.length() == 1)?;
    let title = name(&reader.doc.select("head title").text())?;
    let behind = title.strip_prefix(heading.as_str())?.trim_start();
    behind.starts_with(['-', '|', '–', '—', '·', ':', '«', '»', '/']).then_some(heading)
}

/// Paragraphs in one line each, an empty line between them.
fn paragraphs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut paragraph = String::new();
    for line in text.lines().chain([""]) {
        if line.trim().is_empty() {
            let whole = one_line(&paragraph);
            if !whole.is_empty() {
                if !out.is_empty() {
                    out.push_str("\n\n");
                }
                out.push_str(&whole);
            }
            paragraph.clear();
        } else {
            paragraph.push_str(line);
            paragraph.push('\n');
        }
    }
    out
}

impl Page {
    pub(super) fn into_article(self, found: &Url, now: DateTime<Utc>) -> Article {
        let Metadata { site, byline, language, published_at, modified_at, .. } = self.metadata;
        let title =
            if self.title.is_empty() { found.host_str().unwrap_or_default().to_owned() } else { self.title };
        Article {
            url: self.url,
            title,
            site,
            byline,
            language,
            published_at,
            modified_at,
            text: self.text,
            cut: self.cut,
            fetched_at: now,
        }
    }
}
