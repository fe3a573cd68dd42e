//! Filling posts sentence by sentence, keeping book of the bytes that do something.

use super::post::{Facet, Feature, MAX_LANGS, Post};
use crate::model::Lang;
use crate::publish::edition::Source;
use crate::publish::text::{Clean, Limit, WebLink, shorten, split};

const POST: Limit = Limit::BLUESKY_POST;

/// The longest label; a handle has at most 253 characters.
const LABEL: Limit = POST.less(20);

/// A few characters that stay together, and what they do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    label: String,
    what: Option<Feature>,
}

impl Mark {
    fn new(label: &Clean, what: Option<Feature>) -> Self {
        Self { label: shorten(label.as_str(), LABEL, &|t| LABEL.size(t)), what }
    }

    /// The number of a source, which leads there.
    pub fn number(source: &Source) -> Self {
        Self::new(&Clean::of(&format!("[{}]", source.n)), source.link.clone().map(Feature::Link))
    }

    /// Words that lead to an address of ours.
    pub fn link(label: &Clean, link: WebLink) -> Self {
        Self::new(label, Some(Feature::Link(link)))
    }

    /// `@handle`, which tells the account. Only for who asked.
    pub fn mention(handle: &str, did: &str) -> Self {
        Self::new(&Clean::of(&format!("@{handle}")), Some(Feature::Mention(did.to_owned())))
    }
}

/// What stays in one post if any post can hold it: a sentence with the numbers behind it, say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    before: Option<Mark>,
    text: Clean,
    after: Vec<Mark>,
}

impl Piece {
    /// Words alone.
    pub fn plain(text: Clean) -> Self {
        Self { text, ..Self::default() }
    }

    /// A sentence and the numbers of its sources.
    pub fn cited(text: Clean, sources: &[&Source]) -> Self {
        Self { text, after: sources.iter().map(|source| Mark::number(source)).collect(), before: None }
    }

    /// Words behind a mark: a source's number and its name, who asked and what is answered.
    pub fn led(before: Mark, text: Clean) -> Self {
        Self { before: Some(before), text, after: Vec::new() }
    }

    /// Words with a mark behind them.
    pub fn followed(text: Clean, after: Mark) -> Self {
        Self { before: None, text, after: vec![after] }
    }

    /// A mark alone.
    pub fn mark(mark: Mark) -> Self {
        Self { after: vec![mark], ..Self::default() }
    }

    fn is_empty(&self) -> bool {
        self.before.is_none() && self.text.is_empty() && self.after.is_empty()
    }

    /// How much room the marks need, with the spaces between them.
    fn marks_units(&self) -> usize {
        self.before.iter().chain(&self.after).map(|mark| POST.size(&mark.label).units + 1).sum()
    }
}

/// What stands between a piece and the one before it in the same post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// A space: the next sentence.
    Space,
    /// A new line.
    Line,
    /// An empty line.
    Blank,
}

impl Gap {
    fn as_str(self) -> &'static str {
        match self {
            Self::Space => " ",
            Self::Line => "\n",
            Self::Blank => "\n\n",
        }
    }
}

/// What becomes of a heading whose first sentence has no room under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heading {
    /// It says something: it stands in a post of its own.
    Claim,
    /// It says nothing without the sentence, and the sentence stands without it: it is left out.
    Label,
    /// The sentence would say something else without it: the sentence is parted.
    Needed,
}

/// Pieces that stand together, set off by an empty line from what is before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paragraph(Vec<(Gap, Piece)>);

impl Paragraph {
    /// A sentence behind a sentence.
    pub fn of(pieces: impl IntoIterator<Item = Piece>) -> Self {
        Self(pieces.into_iter().map(|piece| (Gap::Space, piece)).collect())
    }

    /// Each piece on a line of its own.
    pub fn lines(pieces: impl IntoIterator<Item = Piece>) -> Self {
        Self(pieces.into_iter().map(|piece| (Gap::Line, piece)).collect())
    }
}

/// Lays out paragraphs over at most `limit` posts. What has no room is left out, a whole sentence at a time, and the
/// last post then ends with an ellipsis.
pub fn lay_out(paragraphs: &[Paragraph], langs: &[Lang], limit: usize) -> Vec<Post> {
    let mut thread = Thread::default();
    let mut cut = false;
    'all: for Paragraph(pieces) in paragraphs {
        for (n, (gap, piece)) in pieces.iter().enumerate() {
            let mut longer = thread.clone();
            longer.push(if n == 0 { Gap::Blank } else { *gap }, piece);
            cut = longer.len() > limit;
            // Half of a first sentence is better than nothing.
            if !cut || thread.len() == 0 {
                thread = longer;
            }
            if cut {
                break 'all;
            }
        }
    }
    let mut posts = thread.finish(langs);
    posts.truncate(limit);
    if let Some(last) = posts.last_mut().filter(|_| cut) {
        let longer = format!("{} …", last.text);
        if POST.fits(&longer) {
            last.text = longer;
        }
    }
    posts
}

/// Posts in order, the last of them not full yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Thread {
    done: Vec<Post>,
    current: Post,
    /// The current post is a heading so far.
    heading: Option<Heading>,
}

impl Thread {
    /// Begins a new post with a heading.
    pub(super) fn begin(&mut self, heading: &Piece, kind: Heading) {
        self.flush();
        let before = self.done.len();
        self.push(Gap::Space, heading);
        // One that takes several posts is no heading any more.
        let one = self.done.len() == before && !self.current.text.is_empty();
        self.heading = one.then_some(kind);
    }

    /// Begins a new post with a heading of ours.
    pub(super) fn titled(&mut self, heading: &str, kind: Heading) {
        self.begin(&Piece::plain(Clean::of(heading)), kind);
    }

    /// Begins a new post.
    pub(super) fn flush(&mut self) {
        self.heading = None;
        let post = std::mem::take(&mut self.current);
        if !post.text.is_empty() {
            self.done.push(post);
        }
    }

    /// How many posts there are.
    pub(super) fn len(&self) -> usize {
        self.done.len() + usize::from(!self.current.text.is_empty())
    }

    /// Whether a piece has room in the post that was begun.
    pub(super) fn has_room(&self, gap: Gap, piece: &Piece) -> bool {
        POST.fits(&with(&self.current, self.gap(gap), piece).text)
    }

    /// Adds a piece where there is room, else in a new post. It is parted only if no post can hold it: half a
    /// quotation could be passed on for the whole.
    pub(super) fn push(&mut self, gap: Gap, piece: &Piece) {
        if piece.is_empty() {
            return;
        }
        let gap = self.gap(gap);
        let longer = with(&self.current, gap, piece);
        if POST.fits(&longer.text) {
            self.current = longer;
            self.heading = None;
            return;
        }
        let alone = with(&Post::default(), gap, piece);
        if POST.fits(&alone.text) {
            match self.heading.take() {
                Some(Heading::Label) => self.current = alone,
                Some(Heading::Needed) => self.part(gap, piece),
                Some(Heading::Claim) | None => {
                    self.flush();
                    self.current = alone;
                }
            }
        } else {
            if self.heading.take().is_none() {
                self.flush();
            }
            self.part(gap, piece);
        }
    }

    fn gap(&self, gap: Gap) -> Gap {
        if self.heading.is_some() { Gap::Blank } else { gap }
    }

    /// Parts a piece, beginning in the current post.
    fn part(&mut self, gap: Gap, piece: &Piece) {
        let taken = POST.size(&self.current.text).units + gap.as_str().len();
        // Under a heading that fills the post, a new one is begun after all.
        let taken = if taken > 200 { 0 } else { taken };
        let room = POST.less(piece.marks_units() + taken);
        let mut parts: Vec<Clean> =
            split(piece.text.as_str(), room, &|t| POST.size(t)).into_iter().map(Clean::of).collect();
        if parts.is_empty() {
            parts.push(Clean::default());
        }
        let last = parts.len() - 1;
        for (n, text) in parts.into_iter().enumerate() {
            let gap = if n == 0 { gap } else { Gap::Space };
            let before = piece.before.clone().filter(|_| n == 0);
            let after = if n == last { piece.after.clone() } else { Vec::new() };
            let part = Piece { before, text, after };
            if POST.fits(&with(&Post::default(), gap, &part).text) {
                self.place(gap, &part);
                continue;
            }
            let Piece { before, text, after } = part;
            before.into_iter().for_each(|mark| self.place(gap, &Piece::mark(mark)));
            self.place(gap, &Piece::plain(text));
            after.into_iter().for_each(|mark| self.place(Gap::Space, &Piece::mark(mark)));
        }
    }

    /// Adds what fits an empty post.
    fn place(&mut self, gap: Gap, piece: &Piece) {
        if piece.is_empty() {
            return;
        }
        let longer = with(&self.current, gap, piece);
        if POST.fits(&longer.text) {
            self.current = longer;
        } else {
            self.flush();
            self.current = with(&Post::default(), gap, piece);
        }
    }

    /// The posts, each in these languages.
    pub(super) fn finish(mut self, langs: &[Lang]) -> Vec<Post> {
        self.flush();
        let langs: Vec<Lang> =
            langs.iter().filter(|lang| **lang != Lang::UND).take(MAX_LANGS).copied().collect();
        for post in &mut self.done {
            post.langs.clone_from(&langs);
        }
        self.done
    }
}

/// A post with a piece behind what it says.
fn with(post: &Post, gap: Gap, piece: &Piece) -> Post {
    let mut next = post.clone();
    if !next.text.is_empty() {
        next.text.push_str(gap.as_str());
    }
    let marks = |marks: &[Mark]| -> Vec<(String, Option<Feature>)> {
        marks.iter().map(|mark| (mark.label.clone(), mark.what.clone())).collect()
    };
    let mut atoms = marks(piece.before.as_slice());
    if !piece.text.is_empty() {
        atoms.push((piece.text.to_string(), None));
    }
    atoms.extend(marks(&piece.after));
    for (n, (text, what)) in atoms.into_iter().enumerate() {
        if n > 0 {
            next.text.push(' ');
        }
        let start = next.text.len();
        next.text.push_str(&text);
        let end = next.text.len();
        next.facets.extend(what.map(|what| Facet { start, end, what }));
    }
    next
}
