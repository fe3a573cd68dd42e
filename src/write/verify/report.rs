//! Paraphrase, kept so narrow that it can be checked: a compression of one source, or a clause that three share.

use super::context::{Cut, judge};
use super::fold::{Word, norm, words};
use super::glue::{check_publics, check_words, strangers};
use super::lexicon::{ASKING, COUNT_WORDS, FILLERS, GLUE, HEDGES, has, is_negator};
use super::names::Job;
use super::tokens::{Role, number};
use super::{Findings, along, cite::Cited, counting, numbers};
use crate::model::{Place, RejectionCode, SourceClass};

/// Fewest words of the compressed clause.
const CORE_WORDS: usize = 3;
/// Distinct authors who must share a clause before it is nobody's property.
const SHARED_BY: usize = 3;

pub(super) fn check(job: Job<'_, '_, '_>, findings: &mut Findings) {
    let titled = matches!(job.place, Place::Headline | Place::Heading { .. });
    if !job.sentence.confirmed || titled || !job.quotations.is_empty() {
        return plain(job, findings);
    }
    // A second check agreed: it is enough that the sentence goes along its source.
    let mut narrow = Findings::new(job.place, job.sentence);
    plain(job.clone(), &mut narrow);
    if !narrow.list.is_empty() {
        along::check(job, findings);
    }
}

/// What may be said with nobody's help: a compression of one source, or a clause that three share.
fn plain(mut job: Job<'_, '_, '_>, findings: &mut Findings) {
    if !job.quotations.is_empty() {
        findings.push(RejectionCode::QuoteAltered, "a quotation in a report");
    }
    check_publics(&job, findings);
    match find_core(&job) {
        Ok((from, to, basis)) => {
            for token in job.tokens.iter_mut().take(to).skip(from) {
                token.role = Role::Core;
            }
            job.dates.single.retain(|d| !(from..to).contains(&d.at));
            job.dates.ranges.retain(|(d, _)| !(from..to).contains(&d.at));
            job.dates.weekdays.retain(|(_, at)| !(from..to).contains(at));
            attribution(&job, basis, findings);
        }
        Err((code, words)) => {
            findings.push(code, words);
            let speaks = job.tokens.iter().any(|t| t.role == Role::Speaker);
            if !speaks && !matches!(job.place, Place::Headline | Place::Heading { .. }) {
                findings.push(RejectionCode::AttributionMissing, "no cited speaker");
            }
            // Name what the source does not have, so that whoever reads the rejection sees the word.
            let source = job.source_words().to_vec();
            for token in job.tokens.iter_mut().filter(|t| t.role == Role::Plain) {
                if source.contains(&token.norm) {
                    token.role = Role::Core;
                }
            }
        }
    }
    strangers(&job, findings);
    numbers::check_dates(&job, findings);
    numbers::check_numbers(&job, findings, &[]);
    counting::check_predicates(&job, findings);
    let counted = !job.uses.is_empty();
    check_words(&job, findings, |token| has(GLUE, &token.norm) || counted && has(COUNT_WORDS, &token.norm));
}

/// What a core rests on.
#[derive(Clone, Copy)]
enum Basis {
    /// One citation, by its index.
    One(usize),
    /// A run that at least three authors share.
    Shared,
}

fn attribution(job: &Job<'_, '_, '_>, basis: Basis, findings: &mut Findings) {
    let Basis::One(index) = basis else { return };
    let Some(cited) = job.cited.get(index) else { return };
    let free = matches!(job.place, Place::Headline | Place::Heading { .. });
    let names = |role: Role, text: &str| job.tokens.iter().any(|t| t.role == role && text.contains(t.text));
    let said = names(Role::Speaker, &cited.record.speaker);
    let published = free && cited.record.class == SourceClass::Publication;
    if !(said || published) {
        findings.push(RejectionCode::AttributionMissing, cited.record.speaker.as_str());
    }
    let other = job.tokens.iter().any(|t| {
        t.role == Role::Speaker
            && !cited.record.speaker.contains(t.text)
            && !cited.record.byline.as_deref().is_some_and(|b| b.contains(t.text))
    });
    if other {
        findings.push(RejectionCode::AttributionMissing, cited.record.speaker.as_str());
    }
}

type Failure = (RejectionCode, String);

/// Finds the widest run of tokens that follows a source; what stands around it must be glue, names or counts.
fn find_core(job: &Job<'_, '_, '_>) -> Result<(usize, usize, Basis), Failure> {
    let edge = |i: usize| {
        job.tokens.get(i).is_some_and(|t| match t.role {
            Role::Plain => {
                has(GLUE, &t.norm)
                    || !job.uses.is_empty() && (has(COUNT_WORDS, &t.norm) || number(&t.norm).is_some())
            }
            Role::OtherSpeaker => false,
            Role::Speaker | Role::Venue | Role::Label | Role::Date | Role::Relative | Role::Core => true,
        })
    };
    let len = job.tokens.len();
    let starts = (0..len).take_while(|i| *i == 0 || edge(i - 1));
    let ends: Vec<usize> = (0..=len).rev().take_while(|j| *j == len || edge(*j)).collect();
    let sources: Vec<Source<'_>> = job.cited.iter().map(Source::new).collect();
    let asking = job.tokens.iter().any(|t| has(ASKING, &t.norm));
    let mut worst: Option<Failure> = None;
    for from in starts {
        for to in ends.iter().copied().filter(|to| *to >= from + CORE_WORDS) {
            let core: Vec<&str> = job.tokens.iter().take(to).skip(from).map(|t| t.norm.as_str()).collect();
            // A clause that three authors share is nobody's property; else it is one source's.
            let mut shared: Vec<&str> = sources
                .iter()
                .filter(|s| s.has_run(&core))
                .map(|s| s.cited.record.author_key.as_str())
                .collect();
            shared.sort_unstable();
            shared.dedup();
            if shared.len() >= SHARED_BY {
                return Ok((from, to, Basis::Shared));
            }
            for (index, source) in sources.iter().enumerate() {
                match source.compresses_to(&core) {
                    Some(Ok(())) if source.asks && !asking => {
                        worst = Some((RejectionCode::QuestionAsClaim, core.join(" ")));
                    }
                    Some(Ok(())) => return Ok((from, to, Basis::One(index))),
                    Some(Err(word)) => worst = Some((RejectionCode::ContextCut, word)),
                    None => {}
                }
            }
        }
    }
    Err(worst.unwrap_or_else(|| (RejectionCode::OrderDrift, job.sentence.text.clone())))
}

/// The whole sentences of a cited span, as words.
struct Source<'a> {
    cited: Cited<'a>,
    end: usize,
    words: Vec<Word<'a>>,
    norms: Vec<String>,
    asks: bool,
}

impl<'a> Source<'a> {
    fn new(cited: &Cited<'a>) -> Self {
        let (start, end) = cited.window();
        let words = words(cited.text, start, end);
        let norms = words.iter().map(|w| norm(w.text)).collect();
        let asks = cited.text.get(start..end).is_some_and(|s| s.trim_end().ends_with('?'));
        Self { cited: *cited, end, words, norms, asks }
    }

    /// The text between word `i − 1` and word `i`; at the ends, what is left of the window.
    fn gap(&self, i: usize) -> &'a str {
        let from = i.checked_sub(1).and_then(|k| self.words.get(k)).map_or(0, |w| w.end);
        let to = self.words.get(i).map_or(self.end, |w| w.start);
        self.cited.text.get(from..to).unwrap_or_default()
    }

    /// Whether words `from..to` may go: all fillers, or fenced off by punctuation. `Err`: they turn the meaning.
    fn droppable(&self, from: usize, to: usize) -> Option<Result<(), String>> {
        let dropped = || self.norms.iter().take(to).skip(from);
        if dropped().all(|w| has(FILLERS, w)) {
            return Some(Ok(()));
        }
        let strong = |gap: &str| {
            gap.contains([';', '|', '(', ')', '[', ']', '—', '\n', '!', '.'])
                || gap.contains(" - ")
                || gap.contains(" – ")
        };
        let opens = self.gap(from);
        let closes = self.gap(to);
        let head = from == 0;
        let tail = to == self.words.len();
        let linked = self.norms.get(from).is_some_and(|w| {
            matches!(
                w.as_str(),
                "as" | "while" | "with" | "after" | "amid" | "following" | "including" | "which"
            )
        });
        let fenced = if head {
            strong(closes)
        } else if tail {
            strong(opens) || opens.contains(':') || opens.contains(',') && linked
        } else {
            strong(opens) && strong(closes) || opens.contains(',') && closes.contains(',')
        };
        if !fenced {
            return None;
        }
        match dropped().find(|w| is_negator(w) || has(HEDGES, w)) {
            Some(word) => Some(Err(word.clone())),
            None => Some(Ok(())),
        }
    }

    /// Whether `core` is this source with droppable parts left out. `Some(Err(word))` when what was dropped turns it.
    fn compresses_to(&self, core: &[&str]) -> Option<Result<(), String>> {
        let mut turned = None;
        let mut note = |fate: Option<Result<(), String>>| match fate {
            Some(Ok(())) => true,
            Some(Err(word)) => {
                turned = Some(word);
                false
            }
            None => false,
        };
        // Positions in the source after which the core so far can end.
        let first = core.first()?;
        let mut ends: Vec<usize> = (0..self.norms.len())
            .filter(|i| self.norms.get(*i).is_some_and(|w| w == first))
            .filter(|i| *i == 0 || note(self.droppable(0, *i)))
            .collect();
        for word in core.iter().skip(1) {
            let mut next: Vec<usize> = Vec::new();
            for end in &ends {
                for i in end + 1..self.norms.len() {
                    if self.norms.get(i).is_some_and(|w| w == word)
                        && (i == end + 1 || note(self.droppable(end + 1, i)))
                    {
                        next.push(i);
                    }
                }
            }
            next.sort_unstable();
            next.dedup();
            ends = next;
            if ends.is_empty() {
                break;
            }
        }
        let len = self.norms.len();
        let done = ends.iter().any(|end| end + 1 == len || note(self.droppable(end + 1, len)));
        if done { Some(Ok(())) } else { turned.map(Err) }
    }

    /// Whether `core` stands here as one run, and the cut is fair.
    fn has_run(&self, core: &[&str]) -> bool {
        self.norms.windows(core.len()).zip(self.words.windows(core.len())).any(|(norms, words)| {
            norms.iter().map(String::as_str).eq(core.iter().copied())
                && words.first().zip(words.last()).is_some_and(|(a, b)| {
                    judge(self.cited.text, self.cited.window().0, (a.start, b.end), false) == Cut::Fair
                })
        })
    }
}
