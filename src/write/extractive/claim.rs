//! What a sentence claims, as short as a heading: its main clause, whole, without what was added to it.
//!
//! A piece cut out of the middle of a sentence says something else one time in ten; the clause that a sentence opens with,
//! up to where something is added, does not. Whether what was left out would turn it is asked once more by the verifier.

use crate::write::quotes::text::{content_stems, has_any, has_verb, is_stop, is_verb, leans, words};
use crate::write::quotes::{gates, lexicon_en};

/// Characters of a claim.
const LENGTH: std::ops::RangeInclusive<usize> = 24..=108;
/// Content words.
const CONTENT: usize = 4;

/// What adds to a clause that is whole without it.
const ADDED: &[&str] = &[
    ", which ",
    ", who ",
    ", where ",
    ", including ",
    ", becoming ",
    ", making ",
    ", allowing ",
    ", as ",
    ", and ",
    ", so ",
    ", with ",
    ", while ",
    ", after ",
    ", because ",
    ", saying ",
    ", adding ",
    ", citing ",
    ", in ",
    ", on ",
    "; ",
    " — ",
    " – ",
    " because ",
    " after ",
    " as part of ",
    " in a bid to ",
    " in order to ",
    " so that ",
    " while ",
    " amid ",
    " following ",
    " as well as ",
    " across ",
    " as an ",
    " as a ",
    ", even ",
    ", particularly ",
    ", especially ",
    ", freely ",
    ", offering ",
    ", using ",
    ", while ",
    ", when ",
    ", part of ",
    ", despite ",
    ", since ",
];

/// Words before a clause that hang it on something else.
const HANGING: &[&str] = &[
    "if", "when", "while", "although", "though", "despite", "after", "before", "as", "because", "since",
    "once", "unless", "until", "given", "like", "unlike", "instead", "rather", "not", "even", "without",
    "whether", "very", "just", "maybe", "perhaps",
];

/// Words that put a phrase of time or place before a clause.
const PLACING: &[&str] =
    &["on", "in", "at", "for", "with", "from", "by", "under", "within", "during", "starting"];

/// Verbs of claims besides those of headlines.
const CLAIMING: &[&str] = &[
    "allows",
    "calls",
    "causes",
    "contains",
    "costs",
    "creates",
    "delivers",
    "describes",
    "enables",
    "explains",
    "feels",
    "follows",
    "forces",
    "generates",
    "handles",
    "helps",
    "improves",
    "includes",
    "keeps",
    "lacks",
    "lets",
    "means",
    "outperforms",
    "performs",
    "powers",
    "provides",
    "raises",
    "reads",
    "reduces",
    "remains",
    "renders",
    "requires",
    "saved",
    "solves",
    "sounds",
    "stays",
    "struggles",
    "targets",
    "tells",
    "writes",
];

/// What leaves a clause in the air at its end.
const OPEN_END: &[&str] = &[
    "that",
    "and",
    "or",
    "of",
    "to",
    "for",
    "with",
    "in",
    "on",
    "at",
    "by",
    "from",
    "its",
    "their",
    "the",
    "a",
    "an",
    "as",
    "is",
    "are",
    "was",
    "were",
    "has",
    "have",
    "had",
    "will",
    "would",
    "can",
    "could",
    "be",
    "been",
    "being",
    "not",
    "both",
    "than",
    "which",
    "who",
    "said",
    "says",
    "including",
    "about",
    "very",
    "more",
    "most",
    "i",
    "we",
];

/// The claims of a quote, one for each of its sentences that has one, in order.
pub(super) fn claims(said: &str) -> Vec<&str> {
    sentences(said).into_iter().filter_map(claim).collect()
}

fn sentences(said: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, _) in said.match_indices([' ', '\n']) {
        let before = said.get(start..at).unwrap_or("");
        let next = said.get(at + 1..).unwrap_or("");
        let stops = before.ends_with(['.', '!', '?']) || before.ends_with(".”") || before.ends_with(".\"");
        if stops && next.starts_with(|c: char| c.is_uppercase() || "“\"‘".contains(c)) && before.len() > 12
        {
            found.push(before.trim());
            start = at + 1;
        }
    }
    found.push(said.get(start..).unwrap_or("").trim());
    found
}

fn claim(sentence: &str) -> Option<&str> {
    let whole = sentence.trim_end_matches(['.', ' ']);
    if can_head(whole) {
        return Some(whole);
    }
    // “… is new and targets riders”: a second predicate.
    let second = whole.match_indices(" and ").filter(|(at, mark)| {
        let next = whole.get(at + mark.len()..).and_then(|rest| rest.split_whitespace().next());
        next.is_some_and(|w| is_verb(w) && (w.ends_with('s') || w.ends_with("ed")))
    });
    // “…, accusing it of …”: what somebody did besides.
    let beside = whole.match_indices(", ").filter(|(at, mark)| {
        let next = whole.get(at + mark.len()..).and_then(|rest| rest.split_whitespace().next());
        next.is_some_and(|w| w.ends_with("ing") && w.chars().count() > 4)
    });
    let mut cuts: Vec<usize> = ADDED
        .iter()
        .flat_map(|mark| whole.match_indices(mark).map(|(at, _)| at))
        .chain(second.map(|(at, _)| at))
        .chain(beside.map(|(at, _)| at))
        .collect();
    // The longest that fits says most.
    cuts.sort_unstable_by(|a, b| b.cmp(a));
    cuts.into_iter().filter_map(|at| whole.get(..at)).find(|head| can_head(head))
}

/// Whether words can stand over a section: a clause that is whole, says what it is about and asks nothing.
fn can_head(text: &str) -> bool {
    let list = words(text);
    let (Some(first), Some(last)) = (list.first(), list.last()) else { return false };
    // “Doing a quick comparison” claims nothing.
    if first.ends_with("ing") && first.chars().count() > 4 {
        return false;
    }
    // “On Friday, …”: the clause begins behind the phrase.
    let main = if PLACING.contains(&first.as_str()) {
        match text.split_once(", ") {
            Some((_, main)) => main,
            None => return false,
        }
    } else {
        text
    };
    LENGTH.contains(&text.chars().count())
        && content_stems(text).len() >= CONTENT
        && !list.iter().all(|w| is_stop(w))
        && (has_verb(main) || words(main).iter().any(|w| CLAIMING.contains(&w.as_str())))
        && !leans(text)
        && !HANGING.contains(&first.as_str())
        && !lexicon_en::IMPERATIVE.contains(&first.as_str())
        && !OPEN_END.contains(&last.as_str())
        // “…, a day” goes on.
        && text.rsplit_once(", ").is_none_or(|(_, end)| words(end).len() > 2)
        && !crate::write::quotes::units::asks(text)
        && !text.contains(['?', '!', ':', '(', ')', '…', '/'])
        && text.starts_with(char::is_uppercase)
        && gates::balanced(text)
        && gates::clean_words(text, gates::HEADING)
        && !gates::shouts(text)
        // What points back says nothing over a section.
        && !has_any(text, &["this", "these", "those", "here", "also", "the move", "the update", "the change", "the post", "the article"])
        && !has_any(text, lexicon_en::MUSING)
}

#[cfg(test)]
mod tests {
    use super::claims;

    #[test]
    fn a_claim_is_the_clause_a_sentence_opens_with() {
        for (said, claimed) in [
            (
                "The railway has closed the pier at Port Ellery for all visitors, as the storm took away two of its pillars on Sunday night.",
                "The railway has closed the pier at Port Ellery for all visitors",
            ),
            (
                "On Friday, the council announced that the ferry will stop in nine towns as part of a plan for the whole coast in winter.",
                "On Friday, the council announced that the ferry will stop in nine towns",
            ),
            (
                "The cabins were cold. The heating failed twice before Vantry.",
                "The heating failed twice before Vantry",
            ),
        ] {
            assert_eq!(claims(said), [claimed]);
        }
    }

    #[test]
    fn what_hangs_on_something_else_or_musing_is_no_claim() {
        for said in [
            "If the storm comes back, the railway closes the pier at Port Ellery for all of the visitors until the summer.",
            "This pier was closed by the railway, and the council knew about it.",
            "I hope the railway opens the pier at Port Ellery again.",
            "Is the pier at Port Ellery closed for visitors?",
            "Very cold cabins on the way to Vantry and back again.",
        ] {
            assert_eq!(claims(said), Vec::<&str>::new(), "{said}");
        }
    }
}
