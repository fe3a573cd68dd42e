use resvg::usvg::{self, Node};

use super::*;
use crate::model::{Amendment, AmendmentKind};
use crate::publish::fixture;

fn headed(headline: &str) -> Option<Card> {
    let (mut story, brief) = fixture::night_trains();
    story.body.headline.text = headline.to_owned();
    Card::of(&Edition::new(&story, &brief, Severity::High))
}

/// A short, a usual, and some unusual headlines; all can be drawn.
fn cards() -> Vec<Card> {
    let long = "A headline that goes on and on, since nobody told its writer when to stop; ".repeat(5);
    let word =
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft wird aufgelöst";
    let mut cards: Vec<Card> = [
        "Ferry stops",
        "Night trains return to the coast line on 1 May: 41 posts in three days",
        word,
        "👨‍👩‍👧‍👦 Families & <friends> say “no” to the 5 → 6 timetable 🚂",
        long.as_str(),
        "Ночной поезд возвращается; Η νυχτερινή γραμμή; nocny pociąg, gece treni, brottför",
    ]
    .iter()
    .map(|headline| headed(headline).unwrap())
    .collect();
    cards[2].topic = word.to_owned();
    cards[2].severity = Severity::Low;
    cards[4].severity = Severity::Medium;
    cards[4].counts = "1,234,567 records by 1,234,567 authors and then some more of both".to_owned();
    cards[5].daily.clear();
    cards
}

#[test]
fn a_card_tells_the_story_of_its_edition() {
    let (story, brief) = fixture::night_trains();
    let card = Card::of(&Edition::new(&story, &brief, Severity::Medium)).unwrap();
    assert_eq!(card.headline, "Night trains return to the coast line on 1 May: 41 posts in three days");
    assert_eq!((card.topic.as_str(), card.day.as_str()), ("Night trains", "4 March 2026"));
    assert_eq!(card.daily, [0, 0, 0, 0, 2, 3, 1]);
    assert_eq!(
        card.alt(),
        "Story card. Night trains: Night trains return to the coast line on 1 May: 41 posts in three days. \
         Developing, medium severity. 41 records by 33 authors, 4 March 2026. Story WHB5FZZ."
    );
    let stored = serde_json::to_value(&card).unwrap();
    assert_eq!(serde_json::from_value::<Card>(stored).unwrap(), card);
}

#[test]
fn words_that_the_fonts_cannot_draw_have_no_card() {
    for headline in ["夜行列車が戻る", "عودة قطارات الليل", "רכבות הלילה", "plain, then 漢", "🏳️‍🌈 flag", ""]
    {
        assert_eq!(headed(headline), None, "{headline}");
    }
}

#[test]
fn a_retracted_story_has_no_card() {
    let (story, brief) = fixture::night_trains();
    let gone = [Amendment {
        code: story.code.clone(),
        kind: AmendmentKind::Retraction,
        text: "It was wrong.".to_owned(),
        by: "the moderators".to_owned(),
        at: story.at,
    }];
    let edition = Edition::new(&story, &brief, Severity::High).with_amendments(&gone);
    assert_eq!(Card::of(&edition), None);
}

#[test]
fn alt_text_fits_whatever_the_headline_is() {
    let card = headed(&"long ".repeat(900)).unwrap();
    assert!(card.alt().encode_utf16().count() <= 1_024);
}

/// Lays the drawing out as it will be drawn, and measures it.
#[test]
fn no_letter_leaves_its_place() {
    fn check(group: &usvg::Group, seen: &mut usize) {
        for node in group.children() {
            match node {
                Node::Group(group) => check(group, seen),
                Node::Text(text) => {
                    let place = text.abs_bounding_box();
                    assert!(place.left() >= 70.0 && place.right() <= 1_140.0, "{place:?}");
                    assert!(place.top() >= 30.0 && place.bottom() <= 630.0, "{place:?}");
                    *seen += 1;
                }
                Node::Path(_) | Node::Image(_) => {}
            }
        }
    }
    for card in cards() {
        let options = usvg::Options {
            font_resolver: letters::resolver(),
            fontdb: std::sync::Arc::clone(&letters::DATABASE),
            ..usvg::Options::default()
        };
        let tree = usvg::Tree::from_str(&svg(&card), &options).unwrap();
        let mut seen = 0;
        check(tree.root(), &mut seen);
        assert!(seen >= 5, "{seen}");
    }
}

#[test]
fn a_headline_too_long_is_cut_with_an_ellipsis() {
    let drawing = svg(&cards()[4]);
    assert!(drawing.contains("A headline…</text>"), "{drawing}");
}

#[test]
fn markup_in_a_headline_is_drawn_not_done() {
    let card = headed("<image href=\"https://evil.example/p.png\"/> & <text>").unwrap();
    let drawing = svg(&card);
    assert!(!drawing.contains("<image") && drawing.contains("&lt;image"));
    assert!(png(&card).is_ok());
}

#[test]
fn the_same_card_is_the_same_picture() {
    let card = &cards()[0];
    let picture = png(card).unwrap();
    assert_eq!(picture, png(card).unwrap());
    assert_eq!(picture.get(..8), Some(b"\x89PNG\r\n\x1a\n".as_slice()));
    let size = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
    assert_eq!((size(16), size(20)), (1_200, 630));
    assert_ne!(picture, png(&cards()[1]).unwrap());
}
