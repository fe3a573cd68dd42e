//! Draws a card.

use std::sync::Arc;

use resvg::tiny_skia::Pixmap;
use resvg::usvg::{self, Transform};

use super::Card;
use super::letters::{DATABASE, cut, resolver, width, wrap, wrap_and_cut};
use crate::model::Severity;
use crate::publish::edition::capitalised;
use crate::publish::text::Clean;

const WIDTH: u32 = Card::WIDTH;
const HEIGHT: u32 = Card::HEIGHT;

/// The left edge of all text, and the room up to the right edge of it.
const LEFT: f32 = 76.0;
const ROOM: f32 = 1_056.0;
const RIGHT: f32 = LEFT + ROOM;

const PAPER: &str = "#fbf9f4";
const INK: &str = "#1a1917";
const SOFT: &str = "#66625a";
const RULE: &str = "#d9d4c8";

/// Sizes of a headline with the lines that there is room for, largest first.
const HEADLINES: [(f32, usize); 6] = [(112.0, 2), (84.0, 3), (76.0, 3), (66.0, 4), (56.0, 5), (48.0, 5)];

/// Where the headline's room begins and ends.
const HEADLINE_TOP: f32 = 142.0;
const HEADLINE_BOTTOM: f32 = 474.0;

/// A card that could not be drawn. A card is the same everywhere, so this is a mistake of ours.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// The drawing does not read.
    #[error(
        "the story card's drawing does not read: {0}; hint: the post goes out without its picture, please report it"
    )]
    Drawing(#[from] usvg::Error),
    /// There was no memory for the picture, or it could not be packed.
    #[error(
        "the story card could not be made a picture: {0}; hint: the post goes out without it, is memory short?"
    )]
    Picture(String),
}

/// The card as an SVG drawing of 1200 by 630.
pub fn svg(card: &Card) -> String {
    let accent = accent(card.severity);
    let mut out: Vec<String> = Vec::new();
    out.push(format!(r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">"#
    ));
    out.push(format!(r#"<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>"#));
    out.push(format!(r#"<rect width="24" height="{HEIGHT}" fill="{accent}"/>"#));

    let status = capitalised(card.status.as_str());
    let pill = width(&status, 32.0) + 48.0;
    out.push(format!(
        r#"<rect x="{:.1}" y="48" width="{pill:.1}" height="56" rx="28" fill="{accent}"/>"#,
        RIGHT - pill
    ));
    Line { x: RIGHT - pill + 24.0, y: 87.0, size: 32.0, fill: "#ffffff", bold: 0.6 }.write(&mut out, &status);
    let topic = cut(Clean::of(&card.topic).as_str(), 38.0, ROOM - pill - 32.0);
    Line { x: LEFT, y: 89.0, size: 38.0, fill: accent, bold: 0.9 }.write(&mut out, &topic);

    headline(&mut out, &Clean::of(&card.headline));

    out.push(format!(r#"<rect x="{LEFT}" y="{HEADLINE_BOTTOM}" width="{ROOM}" height="2" fill="{RULE}"/>"#));
    let bars = bars(&mut out, &card.daily, accent);
    let room = ROOM - bars;
    let counts = cut(Clean::of(&card.counts).as_str(), 40.0, room);
    Line { x: LEFT, y: 540.0, size: 40.0, fill: INK, bold: 0.5 }.write(&mut out, &counts);
    let day = format!("{} · {}", Clean::of(&card.day), card.code);
    Line { x: LEFT, y: 592.0, size: 34.0, fill: SOFT, bold: 0.3 }.write(&mut out, &cut(&day, 34.0, room));
    out.push("</svg>".to_owned());
    out.concat()
}

/// The card as a PNG picture. The same card gives the same bytes on every machine.
///
/// It is work for a thread that may block: half a second in a debug build.
pub fn png(card: &Card) -> Result<Vec<u8>, CardError> {
    png_of_width(card, WIDTH)
}

/// The same, scaled to a width.
pub(super) fn png_of_width(card: &Card, width: u32) -> Result<Vec<u8>, CardError> {
    let scale = width as f32 / WIDTH as f32;
    let height = (HEIGHT * width).div_ceil(WIDTH);
    let options = usvg::Options {
        font_resolver: resolver(),
        fontdb: Arc::clone(&DATABASE),
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_str(&svg(card), &options)?;
    let mut picture =
        Pixmap::new(width, height).ok_or_else(|| CardError::Picture("no room for it".to_owned()))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut picture.as_mut());
    picture.encode_png().map_err(|err| CardError::Picture(err.to_string()))
}

fn headline(out: &mut Vec<String>, text: &Clean) {
    let [.., (smallest, most)] = HEADLINES;
    let (size, lines) = HEADLINES
        .iter()
        .find_map(|(size, most)| Some((*size, wrap(text, *size, ROOM, *most)?)))
        .unwrap_or_else(|| (smallest, wrap_and_cut(text, smallest, ROOM, most)));
    let step = size * 1.16;
    let height = step * lines.len() as f32;
    // A little above the middle reads as the middle. What sits in the letters' box above their tops is a third.
    let mut y = HEADLINE_TOP + (HEADLINE_BOTTOM - HEADLINE_TOP - height).max(0.0) * 0.42 + size * 0.86;
    for line in &lines {
        Line { x: LEFT, y, size, fill: INK, bold: size / 36.0 }.write(out, line);
        y += step;
    }
}

/// Records of the last days as bars, today's in colour; how much room they take.
fn bars(out: &mut Vec<String>, daily: &[u64], accent: &str) -> f32 {
    const BAR: f32 = 30.0;
    const STEP: f32 = 42.0;
    const TALL: f32 = 62.0;
    const FOOT: f32 = 562.0;
    const CAPTION: &str = "last 7 days";
    let most = daily.iter().copied().max().unwrap_or_default();
    if most == 0 {
        return 0.0;
    }
    let taken = STEP * daily.len() as f32 - (STEP - BAR);
    for (n, count) in daily.iter().enumerate() {
        let height = (TALL * (*count as f32) / (most as f32)).max(4.0);
        let fill = if n + 1 == daily.len() { accent } else { "#bdb6a6" };
        out.push(format!(
            r#"<rect x="{:.1}" y="{:.1}" width="{BAR}" height="{height:.1}" rx="2" fill="{fill}"/>"#,
            RIGHT - taken + STEP * n as f32,
            FOOT - height,
        ));
    }
    let x = RIGHT - width(CAPTION, 26.0);
    Line { x, y: 594.0, size: 26.0, fill: SOFT, bold: 0.3 }.write(out, CAPTION);
    taken + 48.0
}

/// Where and how a line of text stands. The bundled font has one light weight: a thin outline makes it bolder.
struct Line<'a> {
    x: f32,
    y: f32,
    size: f32,
    fill: &'a str,
    bold: f32,
}

impl Line<'_> {
    fn write(&self, out: &mut Vec<String>, text: &str) {
        let Self { x, y, size, fill, bold } = self;
        out.push(format!(r#"<text x="{x:.1}" y="{y:.1}" font-size="{size}" fill="{fill}" stroke="{fill}" stroke-width="{bold:.2}" stroke-linejoin="round">{}</text>"#,
            html_escape::encode_text(text)
        ));
    }
}

/// Dark enough for words on paper.
fn accent(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "#b3261e",
        Severity::Medium => "#8f5b00",
        Severity::Low => "#4f5d6b",
    }
}
