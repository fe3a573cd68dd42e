//! What a text says of its own, and what it only passes on.
//!
//! Two readings of one text, each of them cheap enough for every record:
//!
//! - its **line**: the headline, or the whole of a short post, without what stands around it when it is passed on:
//!   `RT @name:`, quotation marks, `via @name`, tags in brackets, the publisher's name at its end;
//! - its **runs**: one in four of its five-word runs, chosen by their hash (Broder 1997, sampling modulo m). The share of
//!   one text's runs that stand in another estimates containment, |A ∩ B| / |A|, which says how much of A is B's
//!   whatever the length of B. Jaccard similarity cannot: an excerpt of a long text is unlike it.
//!
//! Nine runs of a text of forty words are kept on average; a share of .8 is then told to about ±.13.

use std::collections::BTreeSet;

use crate::analyze::span::head;
use crate::analyze::words::{BARE, FNV_BASIS, fnv, hash, mix};

/// Bytes of a text whose runs are read; what lies beyond counts as its own.
const READ_BYTES: usize = 4_000;
/// Words in a run.
const RUN: usize = 5;
/// One run in so many is kept.
const ONE_IN: u64 = 4;
/// Letters and words of a line below which it is nobody's: "happy new year".
const MIN_LETTERS: usize = 25;
const MIN_WORDS: usize = 5;
/// Bytes of a post without headline that is one line.
const MAX_POST: usize = 400;
/// Words beside a line that are still none of one's own: "Source:", "so true".
const FEW_WORDS: usize = 4;
/// What stands before a name whose post is passed on.
const RETOLD: &str = "RT @";
/// Words of a publisher's name at the end of a headline.
const MAX_NAME: usize = 4;

/// A line by its letters and figures, and whether the record says anything besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Equal for equal lines, whatever stands around them.
    pub key: u64,
    /// Nothing else is said: the record only passes it on.
    pub alone: bool,
}

/// The line of a cleaned text whose body begins at `body_start` (0 without a headline); `None` for a long post without
/// headline, and for lines too short to be anybody's.
pub fn line(text: &str, body_start: usize) -> Option<Line> {
    let title = text.get(..body_start).unwrap_or_default().trim();
    let body = text.get(body_start..).unwrap_or_default();
    let (said, own) = if !title.is_empty() {
        (bare(title), words(body))
    } else if body.len() > MAX_POST {
        return None;
    } else if let Some((quoted, own)) = quotation(body) {
        // Words of one's own make it a comment, and a comment is its author's line as a whole.
        if own <= FEW_WORDS { (bare(quoted), 0) } else { (body, 0) }
    } else {
        (bare(body), 0)
    };
    let folded = super::letters(said);
    let enough = folded.chars().count() >= MIN_LETTERS && words(said) >= MIN_WORDS;
    enough.then(|| Line { key: hash(&folded), alone: own <= FEW_WORDS })
}

/// A sample of a text's five-word runs, in ascending order, and how many there would be if all of it were read. Half a hash
/// each: two different runs look alike once in four thousand million.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Runs {
    /// Hashes.
    pub kept: Box<[u32]>,
    /// Their number, with what lies beyond the part that is read.
    pub all: f64,
}

/// The runs of a text.
pub fn runs(text: &str) -> Runs {
    let read = head(text, READ_BYTES);
    let mut last = [0_u64; RUN];
    let (mut n, mut kept) = (0_usize, Vec::new());
    each_word(read, |word| {
        last.rotate_left(1);
        last[RUN - 1] = word;
        n += 1;
        if n < RUN {
            return;
        }
        let run = mix(last.iter().fold(0, |state: u64, word| state.rotate_left(11).wrapping_add(*word)));
        if run.is_multiple_of(ONE_IN) {
            kept.push((run >> 32) as u32);
        }
    });
    kept.sort_unstable();
    kept.dedup();
    let all = kept.len() as f64 * text.len() as f64 / read.len().max(1) as f64;
    Runs { kept: kept.into_boxed_slice(), all }
}

/// The hash of each word: letters and figures in lower case. Two texts are compared that passed the same cleaning, so that
/// no more folding is needed.
fn each_word(text: &str, mut word: impl FnMut(u64)) {
    let mut state = FNV_BASIS;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        let inside = if byte.is_ascii() {
            let bare = BARE[usize::from(byte)];
            if bare != 0 {
                state = fnv(state, bare);
            }
            bare != 0
        } else {
            let c = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
            for _ in 1..c.len_utf8() {
                bytes.next();
            }
            if c.is_alphanumeric() {
                for lower in c.to_lowercase() {
                    state = lower.encode_utf8(&mut [0; 4]).bytes().fold(state, fnv);
                }
            }
            c.is_alphanumeric()
        };
        if !inside && state != FNV_BASIS {
            word(state);
            state = FNV_BASIS;
        }
    }
    if state != FNV_BASIS {
        word(state);
    }
}

/// How many words a text has; of more than a few nobody asks how many.
fn words(text: &str) -> usize {
    let words = text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric));
    words.take(MIN_WORDS.max(FEW_WORDS + 1)).count()
}

/// What a post quotes, and how many words it has besides; `None` if it quotes nothing.
fn quotation(text: &str) -> Option<(&str, usize)> {
    let borders = |at: &usize| !text.get(..*at).unwrap_or_default().ends_with(char::is_alphanumeric);
    if let Some(at) = text.match_indices(RETOLD).map(|(at, _)| at).find(borders) {
        let quoted = text.get(at + RETOLD.len()..)?.split_once(char::is_whitespace)?.1;
        return Some((quoted, words(text.get(..at)?)));
    }
    let (at, open) = text.char_indices().find(|(_, c)| matches!(c, '"' | '“' | '„' | '«'))?;
    let inner = text.get(at + open.len_utf8()..)?;
    let (end, close) = inner.char_indices().rfind(|(_, c)| matches!(c, '"' | '”' | '“' | '»'))?;
    let after = without_source(inner.get(end + close.len_utf8()..)?);
    Some((inner.get(..end)?, words(text.get(..at)?) + words(after)))
}

/// `via @name`, `— @name`, `(h/t @name)`: whose words they are is no word of one's own.
fn without_source(text: &str) -> &str {
    let rest = text.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '@');
    let rest = ["via ", "from ", "h/t ", "by "].iter().fold(rest, |rest, word| {
        match rest.get(..word.len()).filter(|start| start.eq_ignore_ascii_case(word)) {
            Some(_) => rest.get(word.len()..).unwrap_or_default(),
            None => rest,
        }
    });
    match rest.strip_prefix('@') {
        Some(name) => name.split_once(char::is_whitespace).map_or("", |(_, rest)| rest),
        None => rest,
    }
}

/// A line without what is put around it when it is passed on.
fn bare(line: &str) -> &str {
    const LABELS: [&str; 9] = [
        "breaking:",
        "breaking news:",
        "exclusive:",
        "update:",
        "watch:",
        "video:",
        "live:",
        "news:",
        "just in:",
    ];
    let mut line = line.trim();
    loop {
        let before = line.len();
        for (open, close) in [('[', ']'), ('(', ')')] {
            if let Some((tag, rest)) = line.strip_prefix(open).and_then(|rest| rest.split_once(close))
                && words(tag) <= 2
            {
                line = rest.trim_start();
            }
        }
        for label in LABELS {
            if line.get(..label.len()).is_some_and(|start| start.eq_ignore_ascii_case(label)) {
                line = line.get(label.len()..).unwrap_or_default().trim_start();
            }
        }
        if let Some((rest, last)) = line.rsplit_once(char::is_whitespace)
            && last.starts_with(['@', '#'])
        {
            let rest = rest.trim_end_matches(|c: char| !c.is_alphanumeric());
            let source = rest.rsplit_once(' ').filter(|(_, word)| {
                last.starts_with('@') && word.trim_start_matches('(').eq_ignore_ascii_case("via")
            });
            line = source.map_or(rest, |(rest, _)| rest.trim_end());
        }
        line = without_publisher(line);
        if line.len() == before {
            return line;
        }
    }
}

/// `Headline | The Harbour Post`, `Headline - The Harbour Post`: only names, without figures, after a headline that is
/// one without them.
fn without_publisher(line: &str) -> &str {
    for mark in [" | ", " - ", " – ", " — "] {
        if let Some((rest, name)) = line.rsplit_once(mark) {
            let names: BTreeSet<bool> =
                name.split_whitespace().map(|word| word.starts_with(char::is_uppercase)).collect();
            let is_name = names == BTreeSet::from([true])
                && words(name) <= MAX_NAME
                && !name.contains(|c: char| c.is_numeric());
            if is_name && words(rest) >= MIN_WORDS {
                return rest.trim_end();
            }
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const FERRY: &str = "Night ferry returns to Pellow Quay after two winters";

    fn key(text: &str) -> u64 {
        line(text, 0).unwrap().key
    }

    #[test]
    fn a_line_is_one_however_it_is_passed_on() {
        for passed in [
            "RT @orrin: Night ferry returns to Pellow Quay after two winters",
            "So true! RT @orrin: Night ferry returns to Pellow Quay after two winters",
            "“Night ferry returns to Pellow Quay after two winters” via @orrin",
            "\"Night ferry returns to Pellow Quay after two winters.\" — @orrin",
            "Night ferry returns to Pellow Quay after two winters #ferry #quay",
            "Night ferry returns to Pellow Quay after two winters (via @orrin)",
            "BREAKING: Night ferry returns to Pellow Quay after two winters | The Harbour Post",
            "[News] night ferry returns to Pellow Quay, after two winters - Harbour Post",
        ] {
            assert_eq!(key(passed), key(FERRY), "{passed}");
            assert!(line(passed, 0).unwrap().alone, "{passed}");
        }
    }

    #[test]
    fn a_word_that_ends_in_those_letters_passes_nothing_on() {
        let start = "START @noon: Night ferry returns to Pellow Quay after two winters";
        assert_ne!(key(start), key(FERRY));
        assert_eq!(key(&format!("A START @noon, RT @orrin: {FERRY}")), key(FERRY));
    }

    #[test]
    fn words_of_one_s_own_make_a_comment() {
        let comment = "I never thought the board would do it: “Night ferry returns to Pellow Quay after two winters” via @orrin";
        assert_ne!(key(comment), key(FERRY));
        let with_body = format!("{FERRY}\nI asked at the pier and nobody knew a thing about it.");
        let found = line(&with_body, FERRY.len() + 1).unwrap();
        assert_eq!((found.key, found.alone), (key(FERRY), false));
        let with_link = format!("{FERRY}\nSource:");
        assert!(line(&with_link, FERRY.len() + 1).unwrap().alone);
    }

    #[test]
    fn what_could_be_anybody_s_is_nobody_s() {
        assert_eq!(line("Happy new year everyone", 0), None);
        assert_eq!(line("Congratulations, harbourmasters everywhere!", 0), None);
        assert_eq!(line(&"a walk along the long quay ".repeat(40), 0), None);
        assert_ne!(
            key("Timetable of the night ferry for June - Pier 4"),
            key("Timetable of the night ferry for June - Pier 5")
        );
    }

    #[test]
    fn runs_are_those_of_the_words_and_an_excerpt_holds_few_others() {
        let words =
            |range: std::ops::Range<u32>| range.map(|n| format!("Pier{n}")).collect::<Vec<_>>().join(" ");
        let (whole, part) = (runs(&words(0..300)), runs(&words(100..160).to_lowercase().replace(' ', ", ")));
        assert!((50..100).contains(&whole.kept.len()), "{}", whole.kept.len());
        assert!(part.kept.len() >= 6 && part.kept.iter().all(|run| whole.kept.contains(run)));
        let other = runs(&words(400..460));
        assert!(other.kept.iter().all(|run| !whole.kept.contains(run)));
        assert!(runs("four words and no").kept.is_empty());
    }

    #[test]
    fn what_lies_beyond_the_part_that_is_read_counts() {
        let long = runs(&(0..2_000).map(|n| format!("pier{n}")).collect::<Vec<_>>().join(" "));
        assert!(long.all > 2.0 * long.kept.len() as f64, "{} of {}", long.kept.len(), long.all);
    }

    #[test]
    fn letters_beyond_ascii_are_letters_and_signs_are_none() {
        let one = runs(&"Fähre fährt über „Föhr“ nach Süd… ".repeat(9));
        assert_eq!(one, Runs { all: one.all, ..runs(&"Fähre fährt über Föhr nach Süd ".repeat(9)) });
        assert_eq!(one, Runs { all: one.all, ..runs(&"FÄHRE FÄHRT ÜBER „FÖHR“ NACH SÜD… ".repeat(9)) });
    }
}
