//! HTML to lines, by html5ever through html2text: the parser browsers agree with, so nothing slips through a tag.

use html2text::config;
use html2text::render::RichAnnotation;

/// Wide enough that no paragraph is wrapped: a newline would end a sentence.
const WIDTH: usize = 200_000;

/// A part of a line.
pub(super) enum Piece {
    Text(String),
    Link { text: String, url: String },
    Code(String),
}

/// One line; block markers (`> `, `* `, `1. `, `# `) stand as text at its head.
pub(super) type Line = Vec<Piece>;

/// The lines of an HTML fragment. Preformatted lines and pictures are left out, a picture leaving an empty link.
pub(super) fn lines(html: &str) -> Vec<Line> {
    let rendered = config::rich()
        .raw_mode(true)
        .no_table_borders()
        .allow_width_overflow()
        .lines_from_read(html.as_bytes(), WIDTH);
    // Only an impossible width or a failing reader is an error here, and both are ours: fall back to no text.
    let Ok(rendered) = rendered else { return Vec::new() };
    rendered
        .iter()
        .map(|line| {
            let mut pieces = Line::new();
            for string in line.tagged_strings() {
                piece(&string.s, &string.tag, &mut pieces);
            }
            pieces
        })
        .collect()
}

fn piece(text: &str, tags: &[RichAnnotation], pieces: &mut Line) {
    // Preformatted code carries both tags, in any order.
    if tags.iter().any(|tag| matches!(tag, RichAnnotation::Preformat(_) | RichAnnotation::Strikeout)) {
        return;
    }
    let mut link = None;
    for tag in tags {
        // The enum is open and nearly all of it is styling, so only what matters is named.
        if let RichAnnotation::Image(url) = tag {
            pieces.push(Piece::Link { text: String::new(), url: url.clone() });
            return;
        } else if let RichAnnotation::Link(url) = tag {
            link = Some(url);
        } else if matches!(tag, RichAnnotation::Code) {
            pieces.push(Piece::Code(text.to_owned()));
            return;
        }
    }
    match (pieces.last_mut(), link) {
        (Some(Piece::Link { text: before, url: known }), Some(url)) if known == url => before.push_str(text),
        (Some(Piece::Text(before)), None) => before.push_str(text),
        (_, Some(url)) => pieces.push(Piece::Link { text: text.to_owned(), url: url.clone() }),
        (_, None) => pieces.push(Piece::Text(text.to_owned())),
    }
}
