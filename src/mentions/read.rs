//! What a post asks of us, if anything. Pure: no post can do more than be misread.
//!
//! A mention is addressed to us and is read generously. A reply without one is mostly talk among people: it counts as a
//! question only if a whole part of it is one. Where in doubt nothing is asked: a bot that answers everything is blocked.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::fold::{Word, alike, is_slip, words};
use super::words::{
    ASKING, CHATTER, DROPPED, FUNCTION_WORDS, Head, INTROS, LEADS, NO_TYPOS, RESUME_TAILS, STOP_TAILS, TAILS,
    TELLING, THREAD_WORDS, WHY_TAILS, heads,
};
use crate::answer::TopicView;
use crate::model::StoryCode;

/// Bytes of a post that are read: the limit of a post's text.
const READ_BYTES: usize = 3_000;

/// A reply that is longer is talk, whatever words it begins with.
const LONG_REPLY: usize = 24;

/// Other accounts that a post may name before it is a list of accounts.
const MANY_NAMES: usize = 3;

/// Words that can be the name of a topic that we do not have.
const NAME_WORDS: usize = 6;

/// A post as it reaches us.
#[derive(Clone, Debug, Default)]
pub struct Heard<'a> {
    /// Its text.
    pub text: &'a str,
    /// Bytes that are no words of it: mentions and links, by their facets.
    pub cut: Vec<Range<usize>>,
    /// Our handle, without `@`.
    pub handle: &'a str,
    /// It mentions us.
    pub addressed: bool,
    /// How many others it mentions.
    pub others: usize,
    /// It carries a link, a picture or a quoted post.
    pub carries: bool,
    /// It stands under one of our stories, or quotes it.
    pub under_story: bool,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The latest story.
    Latest,
    /// What it rests on.
    Sources,
    /// Why there is a story, or none.
    Why,
    /// Its three questions, or one of them.
    Faq(Option<u8>),
    /// What its versions changed.
    Changed,
    /// What we read about.
    Topics,
    /// What can be asked.
    Help,
    /// Stories and records with these words.
    Search(Vec<String>),
    /// To be left alone.
    Stop(Where),
    /// To be answered again.
    Resume,
    /// Something, in words that we do not know.
    Unclear,
}

/// Where somebody wants to be left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Where {
    /// In this thread.
    Thread,
    /// Everywhere.
    Person,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What is asked.
    pub what: What,
    /// What it is asked of: a topic's slug, a story's code, or words that we do not know. `None`: of the story above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
}

impl Asked {
    fn of(what: What) -> Self {
        Self { what, about: None }
    }
}

/// What a post asks; `None` if it asks nothing of us.
pub fn read(heard: &Heard<'_>, topics: &[TopicView]) -> Option<Asked> {
    if heard.others >= MANY_NAMES {
        return None;
    }
    let text = words_only(heard);
    let addressed = heard.addressed || names_us(heard);
    let all = words(&text);
    let marks: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if all.is_empty() {
        return nothing_said(heard, addressed, &marks);
    }
    if !addressed && all.len() > LONG_REPLY {
        return None;
    }
    let reader = Reader { topics, addressed, code: code_in(&text) };
    let parts: Vec<Vec<Word>> = text
        .split(['.', ',', ';', '!', '?', '\n', '—', '–', '…'])
        .map(words)
        .filter(|part| !part.is_empty())
        .collect();
    let asks = text.trim_end().ends_with('?');
    reader
        .whole(&all)
        .or_else(|| reader.part(&parts, asks))
        .or_else(|| reader.anywhere(&all, &parts, asks, text.contains('?')))
}

/// A post without a word.
fn nothing_said(heard: &Heard<'_>, addressed: bool, marks: &str) -> Option<Asked> {
    match marks {
        "?" if heard.under_story => Some(Asked::of(What::Faq(None))),
        "" | "?" if addressed && heard.others == 0 && !heard.carries => Some(Asked::of(What::Help)),
        _ => None,
    }
}

/// The text without mentions, links and everything past the limit of a post.
fn words_only(heard: &Heard<'_>) -> String {
    let end = heard.text.char_indices().map(|(at, _)| at).find(|at| *at >= READ_BYTES);
    let end = end.unwrap_or(heard.text.len());
    let mut cuts: Vec<&Range<usize>> =
        heard.cut.iter().filter(|cut| heard.text.get((*cut).clone()).is_some()).collect();
    cuts.sort_by_key(|cut| (cut.start, cut.end));
    let mut text = String::with_capacity(end);
    let mut from = 0;
    for cut in cuts {
        text.push_str(heard.text.get(from..cut.start.min(end)).unwrap_or_default());
        text.push(' ');
        from = from.max(cut.end);
    }
    text.push_str(heard.text.get(from..end).unwrap_or_default());
    // Handles and addresses that no facet covers.
    let is_name = |word: &str| {
        let bare = word.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '@');
        (bare.starts_with('@') && bare.len() > 1) || bare.contains("://") || bare.starts_with("www.")
    };
    let mut kept = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        if is_name(word) {
            // What it ends with is a mark of the sentence, not of the name.
            kept.extend(word.chars().rev().find(|c| !c.is_whitespace()).filter(|c| matches!(c, '?' | '!')));
            kept.push(' ');
        } else {
            kept.push_str(word);
        }
    }
    kept
}

/// Whether our handle stands in the text, with or without a facet over it.
fn names_us(heard: &Heard<'_>) -> bool {
    let ours = heard.handle.to_lowercase();
    !ours.is_empty()
        && heard
            .text
            .split(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | ';' | '!' | '?' | '(' | ')'))
            .filter_map(|word| word.strip_prefix('@'))
            .any(|word| word.trim_end_matches('.').to_lowercase() == ours)
}

/// A story's code: seven letters and digits, both of them, in capitals.
fn code_in(text: &str) -> Option<StoryCode> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() == 7 && !word.chars().any(char::is_lowercase))
        .filter(|word| word.contains(|c: char| c.is_ascii_digit()))
        .filter(|word| word.contains(|c: char| c.is_ascii_uppercase()))
        .find_map(|word| word.parse().ok())
}

fn is_in(list: &str, word: &Word) -> bool {
    list.split(' ').any(|listed| listed == word.folded)
}

fn only(list: &str, words: &[Word]) -> bool {
    words.iter().all(|word| is_in(list, word))
}

/// How many words of `words` the phrase takes, from the first one on.
fn taken(words: &[Word], phrase: &[String]) -> Option<usize> {
    let mut at = 0;
    for (n, ours) in phrase.iter().enumerate() {
        loop {
            let word = words.get(at)?;
            if word.folded == *ours || (is_slip(&word.folded, ours) && !is_in(NO_TYPOS, word)) {
                break;
            }
            if n == 0 || !is_in(DROPPED, word) {
                return None;
            }
            at += 1;
        }
        at += 1;
    }
    Some(at)
}

/// The longest phrase that `words` begins with, and what follows it.
fn head(words: &[Word]) -> Option<(Head, &[Word])> {
    let mut best: Option<(Head, usize)> = None;
    for (head, phrase) in heads() {
        if let Some(taken) = taken(words, phrase)
            && best.is_none_or(|(_, longest)| taken > longest)
        {
            best = Some((*head, taken));
        }
    }
    best.and_then(|(head, taken)| Some((head, words.get(taken..)?)))
}

/// A number from one to three, as people write it.
fn number(word: &Word) -> Option<u8> {
    let digits = word.folded.trim_start_matches("faq").trim_start_matches('q');
    Some(match digits {
        "1" | "one" | "first" | "1st" | "eins" | "uno" | "un" | "i" => 1,
        "2" | "two" | "second" | "2nd" | "zwei" | "dos" | "deux" | "ii" => 2,
        "3" | "three" | "third" | "3rd" | "drei" | "tres" | "trois" | "iii" => 3,
        _ => return None,
    })
}

/// What of a question is about something.
enum About {
    /// The story above.
    Nothing,
    /// A topic or a story that we have.
    Known(String),
    /// Something else.
    Words(String),
}

struct Reader<'a> {
    topics: &'a [TopicView],
    addressed: bool,
    code: Option<StoryCode>,
}

impl Reader<'_> {
    /// All of it is one question.
    fn whole(&self, words: &[Word]) -> Option<Asked> {
        self.begins(words).or_else(|| {
            // “Could you please show me …”: one word after the other, lest a phrase begins among them.
            let leads = words.iter().take_while(|word| is_in(LEADS, word)).count();
            (1..=leads).find_map(|n| self.begins(words.get(n..)?))
        })
    }

    /// One part of it is a question, and the rest is no more than a remark.
    fn part(&self, parts: &[Vec<Word>], asks: bool) -> Option<Asked> {
        let last = parts.len().checked_sub(1)?;
        parts.iter().enumerate().find_map(|(n, part)| {
            let remarks = parts.iter().enumerate().all(|(m, other)| m == n || only(CHATTER, other));
            (self.addressed || remarks || (n == last && asks)).then(|| self.whole(part)).flatten().filter(
                // Who is told to stop in the middle of a speech may be somebody else.
                |asked| remarks || !matches!(asked.what, What::Stop(_) | What::Resume | What::Help),
            )
        })
    }

    /// It is addressed to us, and something in it is a question.
    fn anywhere(&self, all: &[Word], parts: &[Vec<Word>], asks: bool, any_mark: bool) -> Option<Asked> {
        if !self.addressed {
            return None;
        }
        for part in parts {
            for from in 1..part.len() {
                let Some((head, rest)) = part.get(from..).and_then(head) else { continue };
                let what = match head {
                    Head::Latest => What::Latest,
                    Head::Sources => What::Sources,
                    Head::Changed => What::Changed,
                    Head::Faq
                    | Head::Why
                    | Head::Topics
                    | Head::Help
                    | Head::Search
                    | Head::Stop
                    | Head::Resume => continue,
                };
                let leads_on = rest.first().is_some_and(|word| is_in(INTROS, word));
                match self.about(rest) {
                    About::Known(name) if leads_on || any_mark => {
                        return Some(Asked { what, about: Some(name) });
                    }
                    About::Nothing if asks && from <= 6 => return Some(Asked::of(what)),
                    About::Known(_) | About::Nothing | About::Words(_) => {}
                }
            }
        }
        let plain = all.len() <= NAME_WORDS || any_mark;
        if let Some(name) = self.named(all).filter(|_| plain).or_else(|| self.whole_name(all)) {
            return Some(Asked { what: What::Latest, about: Some(name) });
        }
        let begins = |part: &[Word]| part.first().is_some_and(|word| is_in(ASKING, word));
        let asking = parts.iter().any(|part| begins(part.as_slice()));
        (any_mark && (asks || asking)).then(|| Asked::of(What::Unclear))
    }

    /// The question that begins with the first word, if nothing is left over that it cannot mean.
    fn begins(&self, words: &[Word]) -> Option<Asked> {
        let Some((head, rest)) = head(words) else {
            // “About open source AI, please”, “4K7Q2WX”.
            let intro = words.first().is_some_and(|word| is_in(INTROS, word));
            return match self.about(words) {
                About::Known(name) if self.addressed && (intro || words.len() <= NAME_WORDS) => {
                    Some(Asked { what: What::Latest, about: Some(name) })
                }
                About::Known(_) | About::Nothing | About::Words(_) => None,
            };
        };
        match head {
            Head::Stop => {
                let thread = words.iter().any(|word| is_in(THREAD_WORDS, word));
                let place = if thread { Where::Thread } else { Where::Person };
                only(STOP_TAILS, rest).then(|| Asked::of(What::Stop(place)))
            }
            Head::Resume => (self.addressed && only(RESUME_TAILS, rest)).then(|| Asked::of(What::Resume)),
            Head::Topics => only(TAILS, rest).then(|| Asked::of(What::Topics)),
            // “Help!” is what people exclaim; without a mention only the word alone is meant.
            Head::Help => {
                (only(TAILS, rest) && (self.addressed || words.len() == 1)).then(|| Asked::of(What::Help))
            }
            Head::Search => self.search(words, rest),
            Head::Faq => self.faq(words, rest),
            Head::Latest => self.of_something(What::Latest, rest),
            Head::Sources => self.of_something(What::Sources, rest),
            Head::Changed => self.of_something(What::Changed, rest),
            Head::Why if only(WHY_TAILS, rest) => Some(Asked { what: What::Why, about: self.code() }),
            Head::Why => {
                let told = rest.iter().take_while(|word| is_in(WHY_TAILS, word)).count();
                match self.about(rest.get(told..)?) {
                    About::Nothing => Some(Asked { what: What::Why, about: self.code() }),
                    About::Known(name) => Some(Asked { what: What::Why, about: Some(name) }),
                    About::Words(_) => None,
                }
            }
        }
    }

    fn code(&self) -> Option<String> {
        self.code.as_ref().map(ToString::to_string)
    }

    fn of_something(&self, what: What, rest: &[Word]) -> Option<Asked> {
        let leads_on = rest.first().is_some_and(|word| is_in(INTROS, word));
        let about = match self.about(rest) {
            About::Nothing => None,
            About::Known(name) => Some(name),
            About::Words(name) if self.addressed && leads_on && !name.is_empty() => Some(name),
            About::Words(_) => return None,
        };
        Some(Asked { what, about })
    }

    fn faq(&self, words: &[Word], rest: &[Word]) -> Option<Asked> {
        let joined = words.first().filter(|word| word.folded.ends_with(['1', '2', '3'])).and_then(number);
        let (n, rest) = match rest.first().and_then(number) {
            Some(n) => (Some(n), rest.get(1..)?),
            None => (joined, rest),
        };
        // “Q” and “question” alone are no question of ours.
        let named = words.first().is_some_and(|word| word.folded.len() >= 3 && word.folded != "question");
        if n.is_none() && !named {
            return None;
        }
        self.of_something(What::Faq(n), rest)
    }

    fn search(&self, words: &[Word], rest: &[Word]) -> Option<Asked> {
        let intros = rest.iter().take_while(|word| is_in(INTROS, word)).count();
        let rest = rest.get(intros..)?;
        let tails = rest.iter().rev().take_while(|word| is_in(TAILS, word)).count();
        let rest = rest.get(..rest.len() - tails)?;
        // “Search your feelings”: without a mention only names are searched for.
        let command = words.first().is_some_and(|word| {
            ["search", "suche", "buscar", "chercher"].contains(&word.folded.as_str()) && intros == 0
        });
        let talk = rest.iter().any(|word| is_in(FUNCTION_WORDS, word));
        let fits = (1..=NAME_WORDS).contains(&rest.len());
        (fits && (self.addressed || (command && !talk && rest.len() <= 4)))
            .then(|| Asked::of(What::Search(rest.iter().map(|word| word.plain.clone()).collect())))
    }

    /// What the words behind a question name.
    fn about(&self, rest: &[Word]) -> About {
        if let Some(code) = self.code() {
            return About::Known(code);
        }
        let intros = rest.iter().take_while(|word| is_in(INTROS, word)).count();
        let rest = rest.get(intros..).unwrap_or_default();
        if only(TAILS, rest) {
            return About::Nothing;
        }
        if let Some(name) = self.whole_name(rest) {
            return About::Known(name);
        }
        let tails = rest.iter().rev().take_while(|word| is_in(TAILS, word)).count();
        let articles = rest.iter().take_while(|word| is_in(DROPPED, word)).count();
        let name = rest.get(articles..rest.len() - tails).unwrap_or_default();
        if let Some(slug) = self.whole_name(name) {
            return About::Known(slug);
        }
        let telling = name.iter().any(|word| is_in(TELLING, word));
        if (1..=NAME_WORDS).contains(&name.len()) && !telling {
            if let Some(slug) = self.addressed.then(|| self.named(name)).flatten() {
                return About::Known(slug);
            }
            let plain: Vec<&str> = name.iter().map(|word| word.plain.as_str()).collect();
            return About::Words(plain.join(" "));
        }
        // More than a name: whatever it says, it names nothing.
        About::Words(String::new())
    }

    /// The topic whose name these words are, but for slips.
    fn whole_name(&self, said: &[Word]) -> Option<String> {
        let same = |name: &[Word]| {
            name.len() == said.len()
                && name.iter().zip(said).all(|(ours, word)| alike(&word.folded, &ours.folded))
        };
        self.topics
            .iter()
            .find(|topic| same(&words(&topic.name)) || same(&words(topic.slug.as_str())))
            .map(|topic| topic.slug.to_string())
    }

    /// The one topic whose name is among these words, or of whose name they are a part.
    fn named(&self, said: &[Word]) -> Option<String> {
        if let Some(code) = self.code() {
            return Some(code);
        }
        let has = |all: &[Word], word: &Word| all.iter().any(|other| alike(&other.folded, &word.folded));
        let telling = |word: &&Word| !is_in(TAILS, word) && !is_in(INTROS, word) && !is_in(DROPPED, word);
        let told: Vec<&Word> = said.iter().filter(telling).collect();
        let within = |name: &[Word]| !name.is_empty() && name.iter().all(|word| has(said, word));
        let part = |name: &[Word]| !told.is_empty() && told.iter().all(|word| has(name, word));
        let fitting = |fits: &dyn Fn(&[Word]) -> bool| {
            let mut found = self
                .topics
                .iter()
                .filter(|topic| fits(&words(&topic.name)) || fits(&words(topic.slug.as_str())));
            // Two that fit are none: it would be a guess.
            found.next().filter(|_| found.next().is_none()).map(|topic| topic.slug.to_string())
        };
        fitting(&within).or_else(|| fitting(&part))
    }
}

#[cfg(test)]
mod tests;
