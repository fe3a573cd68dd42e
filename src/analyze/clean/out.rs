//! The text under construction: collapses white space and keeps marks in step.

use super::hidden::{self, Hidden};
use super::{Cleaned, MAX_TEXT_BYTES, Marks, Span, head};
use std::borrow::Cow;

#[derive(Default)]
pub(super) struct Out {
    text: String,
    links: Vec<String>,
    marks: Marks,
    /// Where the body begins: nothing before it is trimmed any more.
    floor: usize,
}

impl Out {
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// `text` without invisible characters, which are counted.
    pub(super) fn without_hidden<'a>(&mut self, text: &'a str) -> Cow<'a, str> {
        let (kept, found) = hidden::strip(text);
        self.marks.hidden = Hidden {
            zero_width: self.marks.hidden.zero_width + found.zero_width,
            longest_run: self.marks.hidden.longest_run.max(found.longest_run),
            bidi: self.marks.hidden.bidi + found.bidi,
            tags: self.marks.hidden.tags + found.tags,
            overrides: self.marks.hidden.overrides + found.overrides,
        };
        kept
    }

    /// `text` without the `@names` it begins with, which are remembered.
    pub(super) fn without_mentions<'a>(&mut self, text: &'a str) -> &'a str {
        let mut rest = text.trim_start();
        while let Some(word) = rest.split_whitespace().next() {
            let Some(name) = word.strip_prefix('@').or_else(|| word.strip_prefix(".@")) else { break };
            let name = name.trim_end_matches([',', ':']);
            let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_.-@".contains(c));
            if !is_name {
                break;
            }
            self.marks.leading_mentions.push(name.to_lowercase());
            rest = rest.get(word.len()..).unwrap_or_default().trim_start();
        }
        rest
    }

    /// Appends text of one line; runs of white space become one space.
    pub(super) fn push(&mut self, text: &str) {
        // Nearly every piece is ASCII words with single spaces between: copied whole.
        let tidy = text.is_ascii()
            && !text.bytes().any(|byte| matches!(byte, 9..=13))
            && !text.contains("  ")
            && !text.starts_with(' ');
        if tidy {
            self.text.push_str(text);
            return;
        }
        let mut start = 0;
        for (at, c) in text.char_indices() {
            if !c.is_whitespace() {
                continue;
            }
            self.text.push_str(text.get(start..at).unwrap_or_default());
            start = at + c.len_utf8();
            self.space();
        }
        self.text.push_str(text.get(start..).unwrap_or_default());
    }

    fn space(&mut self) {
        if self.len() > self.floor && !self.text.ends_with([' ', '\n']) {
            self.text.push(' ');
        }
    }

    pub(super) fn push_code(&mut self, text: &str) {
        let start = self.len();
        self.push(text);
        self.marks.code.push(Span::new(start, self.len()));
    }

    /// Remembers an address.
    pub(super) fn link(&mut self, url: &str) {
        self.links.push(url.to_owned());
    }

    /// A link (or picture) stood here and left no words.
    pub(super) fn removed_link(&mut self) {
        self.marks.link_at.push(self.len());
    }

    /// What follows a removed link is `next`: takes back a space before punctuation, and empty brackets.
    /// Returns how many bytes of `next` are used up.
    pub(super) fn close_gap(&mut self, next: &str) -> usize {
        let mut used = 0;
        for (open, close) in [('(', ')'), ('[', ']')] {
            if next.starts_with(close) && self.text.ends_with(open) && self.len() > self.floor {
                self.text.pop();
                used = 1;
            }
        }
        let after = next.get(used..).unwrap_or_default();
        if after.starts_with(['.', ',', ';', ':', '!', '?', ')']) && self.text.ends_with(' ') {
            self.text.pop();
        }
        self.clamp_marks();
        used
    }

    fn clamp_marks(&mut self) {
        let len = self.text.len();
        for at in self.marks.link_at.iter_mut().rev().take_while(|at| **at > len) {
            *at = len;
        }
    }

    fn trim_line(&mut self) {
        while self.len() > self.floor && self.text.ends_with(' ') {
            self.text.pop();
        }
        self.clamp_marks();
    }

    /// Ends the line that began at `start`. An empty line leaves no mark behind.
    pub(super) fn end_line(&mut self, start: usize) -> Span {
        self.trim_line();
        let line = Span::new(start, self.len());
        if line.is_empty() {
            self.marks.link_at.retain(|at| *at < start);
        } else {
            self.text.push('\n');
        }
        line
    }

    pub(super) fn mark_list(&mut self, line: Span) {
        self.marks.lists.extend((!line.is_empty()).then_some(line));
    }

    pub(super) fn mark_quoted(&mut self, line: Span) {
        self.marks.quoted.extend((!line.is_empty()).then_some(line));
    }

    /// An empty line, unless one stands there already.
    pub(super) fn blank_line(&mut self) {
        if self.len() > self.floor && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    pub(super) fn end_title(&mut self) {
        self.end_line(0);
        self.floor = self.len();
    }

    /// Forgets all text from `at` on.
    pub(super) fn cut_at(&mut self, at: usize) {
        self.text.truncate(head(&self.text, at).len());
    }

    pub(super) fn finish(mut self, body_start: usize) -> Cleaned {
        if self.text.len() > MAX_TEXT_BYTES {
            let keep = head(&self.text, MAX_TEXT_BYTES).len();
            self.text.truncate(keep);
            self.marks.cut = true;
        }
        self.text.truncate(self.text.trim_end().len());
        let len = self.text.len();
        for at in &mut self.marks.link_at {
            *at = (*at).min(len);
        }
        self.marks.link_at.dedup();
        for spans in [&mut self.marks.lists, &mut self.marks.quoted, &mut self.marks.code] {
            spans.retain(|span| span.start < len);
            for span in spans {
                span.end = span.end.min(len);
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        self.links.retain(|url| seen.insert(url.clone()));
        Cleaned { text: self.text, body_start: body_start.min(len), links: self.links, marks: self.marks }
    }
}
