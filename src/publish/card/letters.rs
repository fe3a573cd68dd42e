//! The bundled fonts: what they can draw, how wide it is, and where a line ends.

use std::sync::{Arc, LazyLock};

use resvg::usvg::{FontResolver, fontdb};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider as _};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::publish::text::Clean;

/// In the order in which a letter is looked for: words, signs that the first lacks, emoji.
const FILES: [&[u8]; 3] = [
    epaint_default_fonts::UBUNTU_LIGHT,
    epaint_default_fonts::HACK_REGULAR,
    epaint_default_fonts::NOTO_EMOJI_REGULAR,
];

static FONTS: LazyLock<Vec<FontRef<'static>>> =
    LazyLock::new(|| FILES.iter().filter_map(|file| FontRef::new(file).ok()).collect());

/// The same fonts for drawing. No font of the machine is among them, so a card has the same bytes everywhere.
pub(super) static DATABASE: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut database = fontdb::Database::new();
    for file in FILES {
        database.load_font_source(fontdb::Source::Binary(Arc::new(file)));
    }
    Arc::new(database)
});

/// Always begins with the font for words, and takes the others in their order.
pub(super) fn resolver() -> FontResolver<'static> {
    FontResolver {
        select_font: Box::new(|_, database| database.faces().next().map(|face| face.id)),
        select_fallback: Box::new(|c, used, database| {
            // The database holds the fonts in the order in which they were loaded.
            let mut faces = database.faces().zip(FONTS.iter());
            faces
                .find(|(face, font)| !used.contains(&face.id) && font.charmap().map(c).is_some())
                .map(|(face, _)| face.id)
        }),
    }
}

/// Whether every letter of a text has a shape in the bundled fonts.
pub(super) fn can_draw(text: &str) -> bool {
    text.chars().all(|c| c == ' ' || joins(c) || advance(c).is_some())
}

/// Characters that only change their neighbours.
fn joins(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE0E}' | '\u{FE0F}')
}

/// The width of a letter in a type of one pixel.
fn advance(c: char) -> Option<f32> {
    FONTS.iter().find_map(|font| {
        let glyph = font.charmap().map(c)?;
        font.glyph_metrics(Size::new(1.0), LocationRef::default()).advance_width(glyph)
    })
}

/// The width of a text in a type of `size` pixels, never less than what is drawn: kerning and joined emoji only make
/// it narrower.
pub(super) fn width(text: &str, size: f32) -> f32 {
    size * text.chars().filter(|c| !joins(*c)).filter_map(advance).sum::<f32>()
}

/// Lines that fit `room`, broken between words, and inside a word only if it is longer than a line. `None` if it takes
/// more than `most` lines.
pub(super) fn wrap(text: &Clean, size: f32, room: f32, most: usize) -> Option<Vec<String>> {
    let lines = all_lines(text, size, room);
    (lines.len() <= most).then_some(lines)
}

/// The first `most` lines, with an ellipsis where something is left out.
pub(super) fn wrap_and_cut(text: &Clean, size: f32, room: f32, most: usize) -> Vec<String> {
    let mut lines = all_lines(text, size, room);
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = cut(&format!("{last}…"), size, room);
        }
    }
    lines
}

/// One line, with an ellipsis if it does not fit.
pub(super) fn cut(line: &str, size: f32, room: f32) -> String {
    if width(line, size) <= room {
        return line.to_owned();
    }
    let mut graphemes: Vec<&str> = line.trim_end_matches('…').graphemes(true).collect();
    loop {
        graphemes.pop();
        let short = format!("{}…", graphemes.concat().trim_end());
        if graphemes.is_empty() || width(&short, size) <= room {
            return short;
        }
    }
}

fn all_lines(text: &Clean, size: f32, room: f32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.as_str().split(' ') {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if width(&longer, size) <= room {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for grapheme in word.graphemes(true) {
            let longer = format!("{line}{grapheme}");
            if line.is_empty() || width(&longer, size) <= room {
                line = longer;
            } else {
                lines.push(std::mem::replace(&mut line, grapheme.to_owned()));
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}
