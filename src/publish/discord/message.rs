//! Packing a thread into messages: a section stays whole if one message can hold it.

use unicode_segmentation::UnicodeSegmentation as _;

use super::markdown::Markdown;
use crate::publish::text::{Clean, Limit, Size, split};

/// Message content, by Discord's documentation (the published OpenAPI document says 4,000; the server does not).
pub(super) const CONTENT: Limit = Limit::discord(2_000);

/// The longest unbroken piece, so that a heading always finds room above the first sentence of its section.
const PIECE: Limit = Limit::discord(1_300);

/// The longest piece of a heading.
const HEADING_PIECE: Limit = Limit::discord(300);

/// One line: a mark of ours at its start, and pieces that may be parted between messages.
#[derive(Clone, Debug)]
pub(super) struct Line {
    mark: &'static str,
    pieces: Vec<Markdown>,
}

impl Line {
    pub(super) fn new(mark: &'static str, pieces: Vec<Markdown>) -> Self {
        Self { mark, pieces }
    }

    /// Whether it says nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.iter().all(Markdown::is_empty)
    }

    fn start(&self, piece: &Markdown) -> String {
        format!("{}{}", self.mark, piece.at_line_start())
    }
}

/// Lines that belong together.
#[derive(Clone, Debug, Default)]
pub(super) struct Block(pub(super) Vec<Line>);

impl Block {
    /// A block under a bold heading.
    pub(super) fn titled(heading: &Clean, lines: Vec<Line>) -> Self {
        let mut all: Vec<Line> = split(heading.as_str(), HEADING_PIECE, &escaped_size)
            .into_iter()
            .map(|part| Line::new("", vec![Markdown::escape(&Clean::of(part)).bold()]))
            .collect();
        all.extend(lines);
        Self(all)
    }

    /// The lines that say something: a text from outside may be nothing a reader sees.
    fn lines(&self) -> impl Iterator<Item = &Line> {
        self.0.iter().filter(|line| !line.is_empty())
    }

    fn whole(&self) -> String {
        let lines: Vec<String> = self
            .lines()
            .map(|line| {
                let joined = line.pieces.iter().fold(Markdown::default(), |all, next| all.join(" ", next));
                line.start(&joined)
            })
            .collect();
        lines.join("\n")
    }
}

/// Pieces of a text that carry `tail` (its citations) on the last one.
pub(super) fn pieces(text: &Clean, tail: &Markdown) -> Vec<Markdown> {
    // Two more for the escape that the start of a line may need, one for the space before the tail.
    let room = PIECE.less(CONTENT.size(tail.as_str()).units + 3);
    let mut parts: Vec<Markdown> = split(text.as_str(), room, &escaped_size)
        .into_iter()
        .map(|part| Markdown::escape(&Clean::of(part)))
        .filter(|part| !part.is_empty())
        .collect();
    match parts.last_mut() {
        Some(last) => *last = last.join(" ", tail),
        None if !tail.is_empty() => parts.push(tail.clone()),
        None => {}
    }
    parts
}

/// How long a slice is once escaped. A grapheme alone has lost sight of what may make it special (the dot of a
/// `discord.gg`), so it is measured as if it were.
pub(super) fn escaped_size(slice: &str) -> Size {
    let escaped = Markdown::escape(&Clean::of(slice));
    let mut size = CONTENT.size(escaped.as_str());
    // `Clean` trims; what `split` asks with white space must count it.
    size.units += usize::from(slice.ends_with(char::is_whitespace));
    if slice.graphemes(true).nth(1).is_none() {
        size.units = size.units.max(CONTENT.size(slice).units + 1);
    }
    size
}

/// Messages in order, each within the limit.
pub(super) fn pack(blocks: &[Block]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut current = String::new();
    for block in blocks.iter().filter(|block| block.lines().next().is_some()) {
        let whole = block.whole();
        if CONTENT.fits(&whole) {
            let longer = format!("{current}\n\n{whole}");
            if current.is_empty() {
                current = whole;
            } else if CONTENT.fits(&longer) {
                current = longer;
            } else {
                out.push(std::mem::replace(&mut current, whole));
            }
            continue;
        }
        out.extend((!current.is_empty()).then(|| std::mem::take(&mut current)));
        for line in block.lines() {
            for (n, piece) in line.pieces.iter().enumerate() {
                let longer = match (current.is_empty(), n) {
                    (true, _) => line.start(piece),
                    (false, 0) => format!("{current}\n{}", line.start(piece)),
                    (false, _) => format!("{current} {piece}"),
                };
                if CONTENT.fits(&longer) {
                    current = longer;
                } else {
                    out.push(std::mem::replace(&mut current, line.start(piece)));
                }
            }
        }
    }
    out.extend((!current.is_empty()).then_some(current));
    out
}
