//! Filling posts sentence by sentence, keeping book of the bytes that each link covers.

use crate::publish::edition::Source;
use crate::publish::text::{Clean, Limit, WebLink, split};

const POST: Limit = Limit::BLUESKY_POST;

/// A post being written: its text, and which bytes of it are links.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) text: String,
    pub(super) facets: Vec<(usize, usize, WebLink)>,
}

impl Draft {
    fn with(&self, between: &str, text: &str, marks: &[(String, Option<WebLink>)]) -> Self {
        let mut next = self.clone();
        if !next.text.is_empty() {
            next.text.push_str(between);
        }
        next.text.push_str(text);
        for (label, link) in marks {
            if !next.text.is_empty() {
                next.text.push(' ');
            }
            let start = next.text.len();
            next.text.push_str(label);
            next.facets.extend(link.clone().map(|link| (start, next.text.len(), link)));
        }
        next
    }
}

/// A sentence with the numbers behind it.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    text: Clean,
    marks: Vec<(String, Option<WebLink>)>,
}

impl Piece {
    pub(super) fn plain(text: Clean) -> Self {
        Self { text, marks: Vec::new() }
    }

    pub(super) fn cited(text: Clean, sources: &[&Source]) -> Self {
        Self { text, marks: sources.iter().map(|s| (format!("[{}]", s.n), s.link.clone())).collect() }
    }

    /// A number alone, for the list of sources.
    pub(super) fn mark(source: &Source) -> Self {
        Self::cited(Clean::default(), &[source])
    }

    /// How much room the numbers need.
    fn marks_units(&self) -> usize {
        self.marks.iter().map(|(label, _)| label.len() + 1).sum()
    }
}

/// Posts in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Thread {
    done: Vec<Draft>,
    current: Draft,
    /// The heading stands alone so far: what follows is set off by an empty line.
    headed: bool,
}

impl Thread {
    /// Begins a new post with a heading.
    pub(super) fn begin(&mut self, heading: &Clean) {
        self.flush();
        for part in split(heading.as_str(), POST, &|t| POST.size(t)) {
            self.flush();
            self.current = Draft::default().with("", part.trim(), &[]);
        }
        self.headed = !self.current.text.is_empty();
    }

    /// Adds a sentence where there is room, else in a new post. A sentence is parted only if no post can hold it:
    /// half a quotation could be passed on for the whole.
    pub(super) fn push(&mut self, piece: &Piece) {
        self.add(" ", piece);
    }

    /// Adds a sentence on a line of its own.
    pub(super) fn push_line(&mut self, piece: &Piece) {
        self.add("\n", piece);
    }

    fn add(&mut self, between: &str, piece: &Piece) {
        let room = POST.less(piece.marks_units());
        let parts = split(piece.text.as_str(), room, &|t| POST.size(t));
        let last = parts.len().saturating_sub(1);
        let mut texts: Vec<&str> = parts.iter().map(|p| p.trim()).collect();
        if texts.is_empty() {
            texts.push("");
        }
        for (n, text) in texts.into_iter().enumerate() {
            let marks: &[(String, Option<WebLink>)] = if n == last { &piece.marks } else { &[] };
            let between = if self.headed { "\n\n" } else { between };
            // A number alone brings its own space.
            let between = if text.is_empty() && between == " " { "" } else { between };
            let longer = self.current.with(between, text, marks);
            if POST.fits(&longer.text) {
                self.current = longer;
            } else {
                self.flush();
                self.current = Draft::default().with("", text, marks);
            }
            self.headed = false;
        }
    }

    fn flush(&mut self) {
        let draft = std::mem::take(&mut self.current);
        if !draft.text.is_empty() {
            self.done.push(draft);
        }
        self.headed = false;
    }

    pub(super) fn finish(mut self) -> Vec<Draft> {
        self.flush();
        self.done
    }
}
