//! What a member sees of a message, and whether anything in it does more than be read.

use std::collections::BTreeSet;

use newsdesk::publish::discord::dialect::{LineKind, Span, parse};
use newsdesk::publish::text::Clean;
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation as _};

/// What a text of ours may hold besides words.
pub(crate) struct Allowed {
    /// Addresses that citations may lead to.
    pub(crate) links: BTreeSet<String>,
    /// Texts that may be bold, without white space; parts of them too.
    pub(crate) bold: Vec<String>,
}

/// Reads a message's content: adds its words to `seen` and what is wrong to `wrong`.
pub(crate) fn content(content: &str, allowed: &Allowed, seen: &mut Seen, wrong: &mut Vec<String>) {
    if content.trim() != content {
        wrong.push(format!("content: the server trims it: {content:?}"));
    }
    for (raw, (kind, spans)) in content.lines().zip(parse(content)) {
        let ours = match kind {
            LineKind::Plain => true,
            LineKind::Item => raw.starts_with("- "),
            LineKind::Subtext => raw.starts_with("-# "),
            LineKind::Heading | LineKind::Quote => false,
        };
        if !ours {
            wrong.push(format!("live line: {kind:?} {raw:?}"));
        }
        let mut words = String::new();
        for span in &spans {
            read(span, allowed, &mut words, wrong);
        }
        seen.add(&words);
    }
}

fn read(span: &Span, allowed: &Allowed, words: &mut String, wrong: &mut Vec<String>) {
    match span {
        Span::Text(text) => words.push_str(text),
        Span::Bold(inner) => {
            let mut bold = String::new();
            for span in inner {
                match span {
                    Span::Text(text) => bold.push_str(text),
                    Span::Bold(_) | Span::Link { .. } | Span::Live(..) => {
                        wrong.push(format!("live: {span:?}"));
                    }
                }
            }
            let squeezed = squeeze(&bold);
            if !allowed.bold.iter().any(|text| text.contains(&squeezed)) {
                wrong.push(format!("live: bold of no heading {bold:?}"));
            }
            words.push_str(&bold);
        }
        Span::Link { label, url } => {
            let number = label.chars().all(|c| c.is_ascii_digit());
            if !(number && allowed.links.contains(url)) {
                wrong.push(format!("live: link {label:?} to {url}"));
            }
            words.push_str(label);
        }
        Span::Live(name, source) => wrong.push(format!("live: {name} {source:?}")),
    }
}

/// Without white space.
pub(crate) fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The markdown of one text from outside, as a reader sees it. There is nothing but text in it.
pub(crate) fn plain(markdown: &str, wrong: &mut Vec<String>) -> String {
    let mut out = String::new();
    for (kind, spans) in parse(markdown) {
        if kind != LineKind::Plain {
            wrong.push(format!("live line: {kind:?} {markdown:?}"));
        }
        for span in spans {
            match span {
                Span::Text(text) => out.push_str(&text),
                Span::Bold(_) | Span::Link { .. } | Span::Live(..) => wrong.push(format!("live: {span:?}")),
            }
        }
    }
    out
}

/// A text that may be cut must be the source, or begin it, end with an ellipsis and cut no grapheme.
pub(crate) fn shortened(what: &str, shown: &str, source: &str, wrong: &mut Vec<String>) {
    let source = Clean::of(source);
    let source = source.as_str();
    let cut = || {
        let kept = shown.strip_suffix('…')?;
        let whole = GraphemeCursor::new(kept.len(), source.len(), true).is_boundary(source, 0);
        Some(source.starts_with(kept) && !kept.is_empty() && whole == Ok(true))
    };
    let fine = shown == source || (source.is_empty() && shown == "–") || cut() == Some(true);
    if !fine {
        wrong.push(format!("{what}: {shown:?} is not {source:?}"));
    }
}

/// Everything that was shown, as graphemes without white space, and how far it was found again.
#[derive(Default)]
pub(crate) struct Seen {
    graphemes: Vec<String>,
    at: usize,
}

impl Seen {
    fn add(&mut self, words: &str) {
        self.graphemes.extend(graphemes(words));
    }

    /// Whether a text stands whole behind what was found before, cut nowhere inside a grapheme.
    pub(crate) fn find(&mut self, what: &str, source: &str, wrong: &mut Vec<String>) {
        let source = Clean::of(source);
        let wanted: Vec<String> = graphemes(source.as_str()).collect();
        if wanted.is_empty() {
            return;
        }
        let rest = self.graphemes.get(self.at..).unwrap_or_default();
        match rest.windows(wanted.len()).position(|window| *window == wanted) {
            Some(at) => self.at += at + wanted.len(),
            None => wrong.push(format!("{what} is not shown whole: {source}")),
        }
    }
}

fn graphemes(text: &str) -> impl Iterator<Item = String> {
    text.graphemes(true).map(squeeze).filter(|grapheme| !grapheme.is_empty())
}
