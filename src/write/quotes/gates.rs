//! Hard gates: what is never quoted, however well it would score.

use super::text::{announces, has_any, has_verb, is_speech, is_stop, leans, points_back, tokens, words};
use super::units::{Unit, UnitKind};
use super::{Source, lexicon_en};
use crate::model::{EntityKind, Lang};

/// What is known of a story besides what its members say.
pub(in crate::write) struct Known {
    /// The text of publications and official accounts.
    pub(in crate::write) text: String,
    /// Whether nobody but members tells it: what they hand on of an announcement is then its news.
    pub(in crate::write) by_members: bool,
}

/// Whether a unit may be quoted at all.
pub(in crate::write) fn passes(unit: &Unit<'_>, source: &Source<'_>, lang: Lang, known: &Known) -> bool {
    may_be_quoted(unit, source, lang, known, if unit.kind == UnitKind::Title { TITLE } else { SENTENCE })
}

/// The same for an objection: a title may be as short as a heading.
pub(in crate::write) fn may_object(unit: &Unit<'_>, source: &Source<'_>, lang: Lang, known: &Known) -> bool {
    may_be_quoted(unit, source, lang, known, if unit.kind == UnitKind::Title { HEADING } else { SENTENCE })
}

fn may_be_quoted(unit: &Unit<'_>, source: &Source<'_>, lang: Lang, known: &Known, bar: Bar) -> bool {
    let bar = if unit.kind == UnitKind::Title {
        bar
    } else if source.brief.official {
        SHORT
    } else if is_standfirst(unit, source) {
        Bar { stop: false, ..bar }
    } else {
        bar
    };
    let record_lang = source.brief.lang;
    let opinion_title = source.opinion && unit.kind == UnitKind::Title;
    !source.brief.quarantined
        && printable(&source.brief.speaker)
        && !opinion_title
        && (record_lang == lang || (record_lang == Lang::UND && unit.text.is_ascii()))
        && !source.member.analysis.signs.recurring
        && (source.is_press() || source.brief.official || !speaks_for_another(unit, source, known))
        && (unit.kind == UnitKind::Title || !runs_on(unit.text))
        && !(source.brief.official && advertises(unit.text))
        // What only the sentence before can explain is no member's word on its own.
        && (source.is_press() || source.brief.official || unit.kind == UnitKind::Title || !leans(unit.text) || is_speech(unit.text))
        && (unit.kind == UnitKind::Title || !points_back(unit.text) && !goes_on(unit.text))
        && clean_words(unit.text, bar)
        && !names_a_third_person(unit, source, &known.text)
        && !(source.is_press() && unit.kind != UnitKind::Title && has_lone_surname(unit, source))
        && !(unit.kind == UnitKind::Title && !source.is_press() && has_any(unit.text, lexicon_en::MUSING))
        && (source.is_press() || source.brief.official || !has_any(unit.text, lexicon_en::NAKED) && !sets_out(unit.text))
        && !is_turned(unit, source)
        && (source.is_press() || source.brief.official || !orders(unit.text))
}

/// Whether a report's unit is what stands between its headline and its first sentence: a clause with no stop.
fn is_standfirst(unit: &Unit<'_>, source: &Source<'_>) -> bool {
    let after = source.text.get(unit.span.end..).unwrap_or("");
    source.is_press()
        && unit.index == 0
        && unit.kind == UnitKind::Sentence
        && super::text::makes_a_point(unit.text)
        && unit.text.ends_with(char::is_alphanumeric)
        && !unit.text.contains(':')
        && after.trim_start_matches(' ').chars().next().is_none_or(|c| c == '\n')
}

/// Whether a member orders somebody about: no statement, and what is planted for machines reads so.
fn orders(text: &str) -> bool {
    let list = words(text);
    list.first().is_some_and(|first| lexicon_en::ORDERS.contains(&first.as_str()))
        || has_any(text, &["your new goal", "your goal", "your task", "your new task", "from now on"])
}

/// Trouble that may be over by the end of the text.
const TROUBLE: &[&str] = &["issues", "issue", "problems", "trouble", "out of memory", "oom", "going crazy"];

/// Whether what follows in a member's text turns a praise, or takes a complaint back: half of it is another thing.
fn is_turned(unit: &Unit<'_>, source: &Source<'_>) -> bool {
    const SO_FAR: usize = 260;
    const FIX: usize = 600;
    const BEFORE: usize = 160;
    if source.is_press() || source.brief.official || unit.kind == UnitKind::Title {
        return false;
    }
    let text = source.text.get(unit.span.end..).unwrap_or("");
    let after = crate::analyze::span::head(text, SO_FAR);
    let fixed = crate::analyze::span::head(text, FIX);
    let start = source.text.get(..unit.span.start).unwrap_or("");
    let before =
        start.char_indices().rev().nth(BEFORE).map_or(start, |(at, _)| start.get(at..).unwrap_or(""));
    let title = source.text.get(..source.brief.body_start).unwrap_or("");
    let praises = has_any(unit.text, lexicon_en::PRAISE)
        || has_any(unit.text, &["impression", "step forward", "promising", "amazed", "best"]);
    let blames = [lexicon_en::MET, lexicon_en::LACK, lexicon_en::OPPOSE, TROUBLE]
        .iter()
        .any(|list| has_any(unit.text, list));
    let finds_fault =
        |text: &str| [lexicon_en::LACK, lexicon_en::OPPOSE].iter().any(|list| has_any(text, list));
    let turned = has_any(after, lexicon_en::TURNS) || finds_fault(before) || finds_fault(title);
    let mended = has_any(fixed, lexicon_en::TAKES_BACK) || has_any(title, lexicon_en::TAKES_BACK);
    let mended = mended || has_any(title, &["fixed", "solved", "works"]);
    // What turns in the middle is whole.
    let both = has_any(unit.text, &["but", "although", "though", "however"]);
    praises && !blames && !both && turned || blames && mended
}

/// `Barnes said`, where the text told before who Barnes is.
fn has_lone_surname(unit: &Unit<'_>, source: &Source<'_>) -> bool {
    const VERBS: [&str; 6] = ["said", "says", "added", "told", "wrote", "explained"];
    let people = source.member.analysis.entities.iter().filter(|e| e.kind == EntityKind::Person);
    let mut surnames = people
        .filter(|person| !unit.text.contains(&person.surface))
        .filter_map(|person| person.surface.rsplit_once(' ').map(|(_, last)| last));
    surnames.any(|last| {
        VERBS.iter().any(|verb| unit.text.contains(&format!("{last} {verb}"))) && is_lone(unit.text, last)
    })
}

/// Whether a name stands without a first name or a title before it.
fn is_lone(text: &str, last: &str) -> bool {
    text.find(last).and_then(|at| text.get(..at)).is_some_and(|before| {
        before.split_whitespace().next_back().is_none_or(|word| {
            !word.starts_with(char::is_uppercase) || word.ends_with([',', '’', '”', '"', '\''])
        })
    })
}

/// Whether makers praise or urge rather than tell.
fn advertises(text: &str) -> bool {
    let first = words(text).into_iter().next().unwrap_or_default();
    lexicon_en::IMPERATIVE.contains(&first.as_str()) || has_any(text, lexicon_en::ADVERT) && !announces(text)
}

/// Whether a member's words are somebody else's: all in quotation marks, an item of a list, or out of a text that begins
/// with a dateline as press releases do, or that praises as makers do and never says “I”.
fn speaks_for_another(unit: &Unit<'_>, source: &Source<'_>, known: &Known) -> bool {
    let inside = unit.text.trim_end_matches(['.', ',', ' ']);
    let quoted = inside.starts_with(['“', '"', '‘']) && inside.ends_with(['”', '"', '’']);
    if unit.kind == UnitKind::Title {
        let names = source.member.analysis.entities.iter().filter(|e| e.kind == EntityKind::Product);
        let thing =
            unit.text.split_once(": ").is_some_and(|(who, _)| names.into_iter().any(|e| e.surface == who));
        return quoted || is_handed_on(unit.text) && !thing;
    }
    quoted
        || unit.listed
        || is_named_item(unit.text)
        || is_shared_link(source)
        || source.is_release() && (!known.by_members || has_any(unit.text, lexicon_en::SELF))
        || source.edit().is_some_and(|edit| unit.span.start < edit)
}

/// `What happened | The Harbour Post`: a link with words of who wrote what it leads to.
fn is_shared_link(source: &Source<'_>) -> bool {
    let title = source.text.get(..source.brief.body_start).unwrap_or("").trim();
    title.rsplit_once(" | ").is_some_and(|(_, outlet)| {
        let list: Vec<&str> = outlet.split_whitespace().collect();
        (1..=3).contains(&list.len()) && list.iter().all(|w| w.starts_with(char::is_uppercase))
    })
}

/// What sets out to tell, and tells nothing yet.
fn sets_out(text: &str) -> bool {
    [
        "Doing a",
        "I am running",
        "I'm running",
        "I'm surprised",
        "I am surprised",
        "I played around",
        "Default ",
        "Testing ",
    ]
    .iter()
    .any(|start| text.starts_with(start))
}

/// “Within days”, “Once again”: since when, and what before, was told before.
fn goes_on(text: &str) -> bool {
    ["Within days", "Within hours", "Within weeks", "Once again", "Platform has", "Again,"]
        .iter()
        .any(|start| text.starts_with(start))
}

/// Where a writer takes up again what they wrote, to say how it went on: what stands before is no longer their word. Who
/// only adds something takes nothing back.
pub(in crate::write) fn edit_in(text: &str) -> Option<usize> {
    const WENT_ON: [&str; 7] =
        ["update:", "update -", "solved:", "solution:", "[solved]", "[update]", "correction:"];
    const TOOK_BACK: [&str; 6] = ["wrong", "mistake", "mistaken", "corrected", "no longer", "apparently"];
    let lines = text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    });
    lines
        .filter(|(start, line)| {
            let head: String =
                line.trim_start_matches(['*', '#', '_', '-', ' ', '(']).chars().take(12).collect();
            let head = head.to_lowercase();
            let edits = head.starts_with("edit") && (head.contains(':') || head.starts_with("edit -"));
            let after = text.get(*start..).unwrap_or("");
            WENT_ON.iter().any(|mark| head.starts_with(mark))
                || edits && (has_any(after, lexicon_en::TAKES_BACK) || has_any(after, &TOOK_BACK))
        })
        .map(|(start, _)| start)
        .find(|start| *start > 0)
}

/// Whether a text hands on what stands somewhere else.
fn is_linkpost(body: &str) -> bool {
    let head = crate::analyze::span::head(body, 300).to_lowercase();
    ["linkpost", "link post", "cross-posted from", "crossposted from", "originally published", "full text of"]
        .iter()
        .any(|mark| head.contains(mark))
}

/// Whether a body begins with a dateline as press releases do, or praises as makers do and never says “I” or “we”.
pub(in crate::write) fn is_release(body: &str) -> bool {
    has_dateline(body)
        || is_linkpost(body)
        || has_any(body, lexicon_en::ADVERT) && !has_any(body, lexicon_en::SELF)
}

/// `The Harbour Post: what it reported`, `Harbour master Ida Brook: what she said`: a title with a name before its colon.
fn is_handed_on(title: &str) -> bool {
    title.split_once(": ").is_some_and(|(who, _)| {
        let mut last = who.split_whitespace().rev();
        let mut capital = || {
            last.next().is_some_and(|w| w.starts_with(char::is_uppercase) && !w.contains(char::is_numeric))
        };
        capital() && capital()
    })
}

/// `Quieter Cars: The new doors …`: an item of somebody's list of features.
pub(in crate::write) fn is_named_item(text: &str) -> bool {
    text.split_once(": ").is_some_and(|(name, _)| {
        let list: Vec<&str> = name.split_whitespace().collect();
        let joins = |w: &str| matches!(w, "&" | "and" | "of");
        (1..=4).contains(&list.len()) && list.iter().all(|w| w.starts_with(char::is_uppercase) || joins(w))
    })
}

/// `Vantry, Coast - 6 January 2031 - The railway …`: month and year before a dash in the beginning.
fn has_dateline(body: &str) -> bool {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let head = crate::analyze::span::head(body, 90);
    [" - ", " – ", " — ", " -- "].iter().filter_map(|dash| head.rfind(dash)).any(|at| {
        let line = head.get(..at).unwrap_or("");
        let named = line.split_whitespace().all(|w| !w.starts_with(char::is_lowercase));
        let list = words(line);
        let month = list.iter().any(|w| MONTHS.iter().any(|m| w.starts_with(m)));
        let year = list.iter().any(|w| w.len() == 4 && w.starts_with("20") && w.parse::<u32>().is_ok());
        named && month && year && list.len() <= 14
    })
}

/// Whether two lines were run together: “over the bridge The mayor said” has no stop between them.
fn runs_on(text: &str) -> bool {
    const OPENERS: [&str; 14] =
        ["The", "A", "An", "In", "On", "It", "He", "She", "They", "This", "But", "After", "When", "As"];
    let list: Vec<&str> = text.split_whitespace().collect();
    // `closed.’To reach it`
    let glued = |word: &&str| {
        ['.', '!', '?'].iter().any(|stop| {
            word.split_once(*stop).is_some_and(|(_, after)| {
                let next = after.trim_start_matches(['”', '’', '"', '\'']);
                // `the bay.Failing to`
                let word = next.chars().skip(1).take_while(|c| c.is_lowercase()).count() >= 3;
                (next.len() < after.len() || word) && next.starts_with(char::is_uppercase)
            })
        })
    };
    list.iter().any(glued)
        || list.windows(3).any(|three| match three {
            [before, opener, after] => {
                before.ends_with(char::is_alphanumeric)
                    && OPENERS.contains(opener)
                    && after.starts_with(char::is_lowercase)
            }
            _ => false,
        })
}

/// Whether a speaker is known, by a handle that does not read as markup somewhere.
fn printable(speaker: &str) -> bool {
    !speaker.is_empty() && !speaker.contains(['*', '`', '[', '<', '~', '|'])
}

/// What the words of a kind of unit must have.
#[derive(Clone, Copy, Debug)]
pub(in crate::write) struct Bar {
    /// Characters.
    shortest: usize,
    /// Content words.
    content: usize,
    /// Whether it must end in punctuation.
    stop: bool,
}

/// A sentence or two.
pub(in crate::write) const SENTENCE: Bar = Bar { shortest: 40, content: 5, stop: true };
/// A sentence of those who speak for it: `Tickets are sold out in June.`
pub(in crate::write) const SHORT: Bar = Bar { shortest: 28, content: 3, stop: true };
/// A title to be quoted.
pub(in crate::write) const TITLE: Bar = Bar { shortest: 30, content: 4, stop: false };
/// A heading.
pub(in crate::write) const HEADING: Bar = Bar { shortest: 18, content: 2, stop: false };

/// The gates that need the words alone.
pub(in crate::write) fn clean_words(text: &str, bar: Bar) -> bool {
    let length = text.chars().count();
    let list = words(text);
    let content = list.iter().filter(|w| !is_stop(w)).count();
    let ends = text.ends_with(['.', '!', '?', '…', '"', '”', '’', ')']);
    (bar.shortest..=280).contains(&length)
        && (!bar.stop || ends)
        && !text.ends_with("...")
        && !text.ends_with('…')
        && content >= bar.content
        && balanced(text)
        && !text.chars().any(super::score::is_pictograph)
        && !has_code(text)
        && !text.contains(['·', '\n', '@', '#', '|', '~', '^', '<', '>', '{', '}', '`', '\\', '*', '_', '='])
        && !has_any(text, lexicon_en::CHATTER)
        && !list.iter().any(|w| lexicon_en::VULGAR.iter().any(|v| w.starts_with(v)))
        && !list.first().is_some_and(|w| lexicon_en::GREETING.contains(&w.as_str()))
        && !matches!(list.first().map(String::as_str), Some("e.g" | "i.e" | "eg" | "ie"))
        && !text.starts_with(['-', '•', '–', '—', '/', '(', ')', ',', '.', ':', ';', '+'])
        && !text.starts_with(|c: char| c.is_numeric() && numbered(text))
        && !long_digits(text)
}

/// `1. Something`: a list item's number.
fn numbered(text: &str) -> bool {
    let mut list = text.split_whitespace();
    list.next().is_some_and(|w| w.ends_with(['.', ')', ':'])) || matches!(list.next(), Some("-" | "–" | "—"))
}

/// A run of digits long enough to be a telephone or account number.
fn long_digits(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() >= 7)
}

fn has_code(text: &str) -> bool {
    text.contains("://")
        || text.contains("www.")
        || text.split_whitespace().any(|w| w.len() > 2 && w.starts_with("--"))
        || text.contains("->")
        || text.contains("u/")
        || without_name_brackets(text).contains('[')
        || text.split_whitespace().any(|w| w.matches('/').count() >= 2 || (w.starts_with('/') && w.len() > 1))
}

/// A text without brackets that are part of a name: `Coastline [night]`.
fn without_name_brackets(text: &str) -> std::borrow::Cow<'_, str> {
    let is_name =
        |inner: &str| (3..=12).contains(&inner.len()) && inner.chars().all(|c| c.is_ascii_lowercase());
    let Some((before, (inner, after))) =
        text.split_once(" [").and_then(|(before, rest)| Some((before, rest.split_once(']')?)))
    else {
        return text.into();
    };
    if is_name(inner) && before.ends_with(char::is_alphanumeric) && !after.starts_with('(') {
        format!("{before} {inner}{}", without_name_brackets(after)).into()
    } else {
        text.into()
    }
}

/// Whether brackets and quotation marks come in pairs.
pub(in crate::write) fn balanced(text: &str) -> bool {
    let count = |c: char| text.matches(c).count();
    count('(') == count(')')
        && count('[') == count(']')
        && count('“') == count('”')
        && count('"').is_multiple_of(2)
        && !text.contains(['«', '»', '„'])
}

/// A full personal name that neither a publication nor an official account has.
fn names_a_third_person(unit: &Unit<'_>, source: &Source<'_>, known: &str) -> bool {
    if source.is_press() || source.brief.official {
        return false;
    }
    source.member.analysis.entities.iter().any(|entity| {
        entity.kind == EntityKind::Person
            && entity.surface.contains(' ')
            // A name with a figure in it is a thing's.
            && !entity.surface.contains(|c: char| c.is_ascii_digit())
            && unit.text.contains(&entity.surface)
            && !known.contains(&entity.surface)
    })
}

/// Whether a unit can be a heading or a headline: a statement that stands alone.
pub(in crate::write) fn stands_alone(text: &str) -> bool {
    let first = tokens(text).into_iter().next().map(|t| t.lower).unwrap_or_default();
    !super::units::asks(text)
        && !leans(text)
        && !lexicon_en::IMPERATIVE.contains(&first.as_str())
        && has_verb(text)
        && balanced(text)
        && !shouts(text)
}

/// Mostly capitals, or several exclamation marks.
pub(in crate::write) fn shouts(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let capitals = text.chars().filter(|c| c.is_uppercase()).count();
    text.contains("!!") || (letters > 12 && capitals * 2 > letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lines_run_together_are_no_sentence() {
        assert!(runs_on("The council closes the old bridge The mayor said so on Sunday."));
        assert!(!runs_on("The council closes the old bridge, and the mayor of The Vantry Bay said so."));
        assert!(runs_on(
            "The council closed the bridge over the bay.Failing to say so is what it did not do."
        ));
        assert!(!runs_on("A letter in The Harbour Post says that the bridge is closed."));
    }

    #[test]
    fn a_title_with_a_name_before_its_colon_is_handed_on() {
        assert!(is_handed_on("The Harbour Post: Night train returns to the coast"));
        assert!(is_handed_on("Harbour master Ida Brook: the pier is safe"));
        assert!(!is_handed_on("Booked: two cabins on the night train"));
        assert!(!is_handed_on("Coastline 2: the cars are quiet"));
    }

    #[test]
    fn a_dateline_makes_a_press_release() {
        assert!(has_dateline(
            "Vantry, Coast - January 6, 2031 - The railway has closed its round of funding."
        ));
        assert!(!has_dateline("I rode it on 6 January 2031 and the heating - all of it - was off."));
        assert!(!has_dateline("The train was late - again - in January."));
    }
}
