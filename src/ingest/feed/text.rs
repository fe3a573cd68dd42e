//! The texts of elements: plain, HTML with escaped brackets, or markup that is part of the document.

use super::document::Document;
use super::entities::decoded;
use super::raw::escaped;
use super::xml::{Piece, Tag};
use crate::ingest::field::cut;

/// How an element's text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// HTML with its brackets escaped, or plain text that may be taken for such.
    Escaped,
    /// Markup as elements of the document.
    Markup,
    /// Text for reading as it is.
    Plain,
    /// No text at all.
    Binary,
}

impl<'a> Document<'a> {
    /// How an element's text is written.
    fn form(&self, tag: Tag<'a>) -> Form {
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
        let mut text = self.content(form);
        cut(&mut text);
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
fn without_tags(text: &str) -> String {
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
