//! Key phrases: what a text is about, in its own words.
//!
//! RAKE (Rose et al. 2010): runs of words between stop words and punctuation are candidates, a word weighs the length of
//! the runs it stands in over its count. Changed, because plain RAKE prefers the longest odd run: the sum is divided by
//! the root of the length, a phrase said again counts for more, and so does one from the title; verbs and adverbs end a
//! run in English as stop words do; handles and tags are no words; single words come last, and only to fill up.

use super::span::Span;
use super::words::{ByHash, Word, WordSet, Words, hash, is_stop, pair};
use crate::model::Lang;
use std::cmp::Ordering;
use std::sync::LazyLock;

/// The longest phrase, in words.
const MAX_WORDS: usize = 4;
/// The most phrases of one text.
const MAX_PHRASES: usize = 5;
/// Words beyond this do not add a subject.
const MAX_READ: usize = 600;
/// So many phrases a text should have; single words are taken until then.
const MIN_PHRASES: usize = 3;
/// What a place in the title is worth.
const TITLE_BONUS: f64 = 1.5;

struct Candidate {
    words: Vec<u64>,
    span: Span,
    count: u32,
    in_title: bool,
}

/// Up to five key phrases of `text`, best first, lower case, at most four words each; fewer than three if the text has
/// no more to say. `words` are those of `text`, `body_start` is where its title ends.
pub fn key_phrases(text: &str, words: &Words, body_start: usize, lang: Lang) -> Vec<String> {
    let runs = runs(text, words, lang);
    let mut degree: ByHash<(f64, f64)> = ByHash::default();
    for run in &runs {
        for word in run {
            let entry = degree.entry(word.hash).or_default();
            entry.0 += run.len() as f64;
            entry.1 += 1.0;
        }
    }
    let candidates = candidates(&runs, body_start);
    let mut scored: Vec<(f64, &Candidate)> = candidates
        .iter()
        .map(|candidate| {
            let sum: f64 =
                candidate.words.iter().filter_map(|word| degree.get(word)).map(|(deg, n)| deg / n).sum();
            let length = candidate.words.len() as f64;
            let repeats = 1.0 + f64::from(candidate.count).ln();
            let title = if candidate.in_title { TITLE_BONUS } else { 1.0 };
            (sum / length.sqrt() * repeats * title, candidate)
        })
        .collect();
    scored.sort_by(|(a, first), (b, second)| {
        b.partial_cmp(a).unwrap_or(Ordering::Equal).then(first.span.cmp(&second.span))
    });
    let mut chosen: Vec<&Candidate> = Vec::new();
    let several = scored.iter().filter(|(_, candidate)| candidate.words.len() > 1);
    let single = scored.iter().filter(|(_, candidate)| candidate.words.len() == 1);
    for (_, candidate) in several.chain(single) {
        let enough = if candidate.words.len() > 1 { MAX_PHRASES } else { MIN_PHRASES };
        if chosen.len() >= enough {
            break;
        }
        // A phrase that shares half its words with a better one says the same.
        let shares = |other: &&Candidate| {
            let common = candidate.words.iter().filter(|word| other.words.contains(word)).count();
            common * 2 >= candidate.words.len().min(other.words.len())
        };
        if !chosen.iter().any(shares) {
            chosen.push(candidate);
        }
    }
    chosen.into_iter().map(|candidate| folded(candidate.span.of(text))).collect()
}

fn folded(phrase: &str) -> String {
    phrase.replace('’', "'").to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Maximal runs of content words with nothing but spaces and hyphens between them.
fn runs<'a>(text: &str, words: &'a Words, lang: Lang) -> Vec<Vec<Word<'a>>> {
    let mut runs: Vec<Vec<Word<'a>>> = Vec::new();
    let mut run: Vec<Word<'a>> = Vec::new();
    for word in words.iter().take(MAX_READ) {
        let glued = run.last().is_some_and(|last| {
            let gap = Span::new(last.span.end, word.span.start).of(text);
            matches!(gap, " " | "-" | "‑" | "’" | "'" | "+" | "/")
        });
        if !glued {
            runs.extend((!run.is_empty()).then(|| std::mem::take(&mut run)));
        }
        if is_content(word, lang) && !is_tag(text, word) && !(lang == Lang::EN && is_verbal(word)) {
            run.push(word);
        } else {
            runs.extend((!run.is_empty()).then(|| std::mem::take(&mut run)));
        }
    }
    runs.extend((!run.is_empty()).then_some(run));
    runs
}

fn is_content(word: Word<'_>, lang: Lang) -> bool {
    // Without a stop list the shortest words stand in for it.
    let listed = ["en", "de", "es", "fr"].contains(&lang.as_str());
    let long_enough = word.text.chars().count() >= if listed { 2 } else { 4 };
    let figure = word.text.bytes().all(|byte| byte.is_ascii_digit() || b".,".contains(&byte));
    (long_enough || figure) && !is_stop(lang, word.hash)
}

/// A handle or a tag.
fn is_tag(text: &str, word: Word<'_>) -> bool {
    text.get(..word.span.start).is_some_and(|head| head.ends_with(['@', '#']))
}

/// Verbs and adverbs in English: they join phrases and belong to none.
fn is_verbal(word: Word<'_>) -> bool {
    VERBS.contains(&word.hash)
        || (word.text.len() > 5 && word.text.ends_with("ly") && !LY_NOUNS.contains(&word.text))
}

/// Words in -ly that are no adverbs.
const LY_NOUNS: [&str; 14] = [
    "family",
    "assembly",
    "weekly",
    "monthly",
    "friendly",
    "supply",
    "monopoly",
    "anomaly",
    "daily",
    "early",
    "elderly",
    "yearly",
    "hourly",
    "butterfly",
];

/// Forms of news verbs, and verbs of every day that are rarely nouns or adjectives.
static VERBS: LazyLock<WordSet> = LazyLock::new(|| {
    let news = include_str!("lexicon/news_verbs_en.txt");
    let news = news
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some(line.split_once(':')?.1))
        .flat_map(str::split_whitespace);
    news.chain(EVERYDAY_VERBS.split_whitespace()).map(hash).collect()
});
const EVERYDAY_VERBS: &str = "try tries tried trying want wants wanted wanting look looks looked looking start starts started starting \
    ask asks asked asking tell tells told telling find finds found finding feel feels felt become becomes became becoming \
    happen happens happened happening seem believe believes believed wonder wondering wondered guess guesses guessed \
    help helps helped helping create creates created creating creat generate generates generated embed embeds bring brings brought \
    include includes included including follow follows followed provide provides provided require requires required \
    allow allowing enable enables enabled ensure ensures ensuring consider considers considered understand understands understood \
    learn learns learned learnt learning write writes wrote written read reads speak speaks spoke come comes came coming go gone \
    leave leaves left lose loses lost win wins won pay pays paid send sends sent receive receives received keep keeps kept \
    hold holds held stand stands stood buy buys bought sell sells sold put puts build builds built run runs ran show shows shown \
    showed showing turn turns turned move moves moved live lives lived love loves loved hate hates hated like likes liked hope hopes \
    hoped need needs needed mean means meant matter matters work works worked play plays played join joins joined compile compiling \
    compiled combine combining combines force forces forcing forced push pushes pushed pushing explain explains explained \
    experiment described describe describes improve improves improved improving increase increases increased reduce reduces reduced \
    introduce achieve achieves achieved propose proposes proposed address addresses addressed demonstrate demonstrates demonstrated \
    outperform outperforms focus focuses focused apply applies applied obtain obtained produce produces produced convinced \
    screening deeper recently soon currently obviously actually today yesterday tomorrow here ago later across despite behind inside \
    combating integrate integrates integrated boost boosts boosted unveils unveil accelerate accelerates admits targets \
    wish wished check checks checked fix fixed watch watched see sees saw seen thought thinks thinking said saying talk talks talked \
    talking call calls called calling given gives gave takes took taken wrong right able different bit way various roughly";

fn candidates(runs: &[Vec<Word<'_>>], body_start: usize) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    let mut known: ByHash<usize> = ByHash::default();
    for run in runs {
        // A long run is cut from its end, where English and German put the head noun.
        for words in run.rchunks(MAX_WORDS) {
            let (Some(first), Some(last)) = (words.first(), words.last()) else { continue };
            let letters = words.iter().any(|word| {
                word.text.bytes().filter(u8::is_ascii_alphabetic).count() > 1 || !word.text.is_ascii()
            });
            if !letters {
                continue;
            }
            let key = words.iter().fold(0, |key, word| pair(key, word.hash));
            if let Some(candidate) = known.get(&key).and_then(|at| found.get_mut(*at)) {
                candidate.count += 1;
                continue;
            }
            known.insert(key, found.len());
            found.push(Candidate {
                words: words.iter().map(|word| word.hash).collect(),
                span: Span::new(first.span.start, last.span.end),
                count: 1,
                in_title: first.span.start < body_start,
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrases(title: &str, body: &str, lang: Lang) -> Vec<String> {
        let text = format!("{title}\n{body}");
        key_phrases(&text, &Words::of(&text), title.len() + 1, lang)
    }

    #[test]
    fn the_subject_comes_first() {
        let found = phrases(
            "Night trains return to the coast line",
            "The coast line was closed for years. Night trains will run again, says the rail operator. Tickets are cheap.",
            Lang::EN,
        );
        assert_eq!(found.get(..2), Some(&["coast line".to_owned(), "night trains return".to_owned()][..]));
        assert!((3..=5).contains(&found.len()));
        assert!(found.iter().all(|phrase| phrase.split(' ').count() <= 4));
    }

    #[test]
    fn stop_words_and_punctuation_part_phrases_in_german_too() {
        let found =
            phrases("Neue Fähre", "Die neue Fähre kommt, und der Hafen freut sich über die Linie.", Lang::DE);
        assert!(
            found.contains(&"neue fähre".to_owned()) || found.contains(&"neue fähre kommt".to_owned()),
            "{found:?}"
        );
    }

    #[test]
    fn nothing_but_figures_and_stop_words_has_no_phrase() {
        assert!(phrases("", "it is 3.5 of 10", Lang::EN).is_empty());
    }

    #[test]
    fn the_same_text_gives_the_same_list() {
        let text = "alpha beta. gamma delta. epsilon zeta. eta theta. iota kappa. lambda mu.";
        assert_eq!(
            phrases("", text, Lang::EN),
            ["alpha beta", "gamma delta", "epsilon zeta", "eta theta", "iota kappa"]
        );
    }
}
