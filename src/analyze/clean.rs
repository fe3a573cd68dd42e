//! From a platform's markup to the text that is stored, quoted and counted.
//!
//! Done once per revision: every span that a citation holds points into [`Cleaned::text`], so a change of rules here
//! is a new version of the analysis. Nothing is added to a text, and what a reader would stumble over is taken out:
//! markup, code, tables, link addresses, words of others (`>` lines), invisible characters. What was taken out of the
//! middle of a sentence is remembered in [`Marks`], because such a sentence must not be quoted.

mod feed;
mod hidden;
mod html;
mod inline;
mod lines;
mod out;

use super::span::{Span, head};
pub use hidden::Hidden;
use out::Out;
use std::borrow::Cow;

/// The longest text kept, in bytes. Beyond it stand logs and whole books, which no story quotes.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;
/// The most markup read; more cannot become [`MAX_TEXT_BYTES`] of text in honest posts.
const MAX_MARKUP_BYTES: usize = 4 * MAX_TEXT_BYTES;

/// What markup a body is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Markup {
    /// No markup, only entities: X, Bluesky, archives of feeds.
    Plain,
    /// Reddit, Lemmy.
    Markdown,
    /// Hacker News, Mastodon, feeds.
    Html,
}

/// One record's words as its platform delivers them.
#[derive(Clone, Copy, Debug)]
pub struct CleanInput<'a> {
    /// The title; `None` where a platform has none or cuts it from the text (X, Bluesky, Mastodon).
    pub title: Option<&'a str>,
    /// The body, possibly empty.
    pub body: &'a str,
    /// How the body is written. A title is always plain.
    pub markup: Markup,
    /// A short-message platform: leading `@mentions` are addresses, not text, and there are no feed tails.
    pub social: bool,
}

/// A cleaned text and what is known about its places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Title, a newline, body; lines trimmed, at most one empty line in a row, at most [`MAX_TEXT_BYTES`].
    pub text: String,
    /// Where the body begins in `text`; 0 without a title, `text.len()` without a body.
    pub body_start: usize,
    /// Addresses that were linked or stood in the text, in order, each once.
    pub links: Vec<String>,
    /// What was taken out, and where lines have a special meaning.
    pub marks: Marks,
}

/// Places in a cleaned text, all in bytes of [`Cleaned::text`], ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Where a link without readable words of its own was removed.
    pub link_at: Vec<usize>,
    /// Lines that were list items (their bullet is removed).
    pub lists: Vec<Span>,
    /// Lines kept although they quote someone else (`>` lines of plain text; those of markup are removed).
    pub quoted: Vec<Span>,
    /// Inline code.
    pub code: Vec<Span>,
    /// Invisible characters that were removed.
    pub hidden: Hidden,
    /// Names a social post began with (`@` removed, lower case).
    pub leading_mentions: Vec<String>,
    /// The text was longer than [`MAX_TEXT_BYTES`].
    pub cut: bool,
}

impl Cleaned {
    /// The title's span, without the newline; empty without a title.
    pub fn title(&self) -> &str {
        self.text.get(..self.body_start).unwrap_or_default().trim_end()
    }

    /// The body.
    pub fn body(&self) -> &str {
        self.text.get(self.body_start..).unwrap_or_default()
    }
}

/// Cleans one record's words. Linear in the input; nothing in the input makes it fail.
pub fn clean(input: &CleanInput) -> Cleaned {
    let mut out = Out::default();
    if let Some(title) = input.title {
        let decoded = decode(title);
        let title = out.without_hidden(&decoded);
        inline::plain(&title, &mut out);
        out.end_title();
    }
    let body_start = out.len();
    let body = head(input.body, MAX_MARKUP_BYTES);
    // What has no tag is no markup: feeds deliver plain summaries, too.
    let markup = match input.markup {
        Markup::Html if !input.social && !body.contains('<') => Markup::Plain,
        markup => markup,
    };
    match markup {
        Markup::Html => {
            let lines = html::lines(body);
            lines::html(&lines, input.social, &mut out);
        }
        Markup::Markdown => {
            let decoded = decode(body);
            let body = out.without_hidden(&decoded);
            lines::markdown(&body, &mut out);
        }
        Markup::Plain => {
            let decoded = decode(body);
            let body = out.without_hidden(&decoded);
            if input.social {
                let rest = out.without_mentions(&body);
                lines::plain(rest, &mut out);
            } else {
                lines::plain(&feed::prepared(&body), &mut out);
            }
        }
    }
    if !input.social && markup != Markup::Markdown {
        out.cut_at(feed::without_tail(out.text(), body_start));
    }
    out.finish(body_start)
}

/// A text as a reader would see it, markup kept: entities decoded, invisible characters removed and counted.
pub fn visible(raw: &str) -> (Cow<'_, str>, Hidden) {
    match decode(raw) {
        Cow::Borrowed(text) => hidden::strip(text),
        Cow::Owned(text) => {
            let (kept, found) = hidden::strip(&text);
            (Cow::Owned(kept.into_owned()), found)
        }
    }
}

/// Entities, twice: feeds and Reddit deliver `&amp;#8217;`.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let once = html_escape::decode_html_entities(text);
    if once.contains('&') { Cow::Owned(html_escape::decode_html_entities(&once).into_owned()) } else { once }
}

#[cfg(test)]
mod tests;
