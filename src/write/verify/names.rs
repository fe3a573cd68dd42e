//! Names around a quotation: speakers, places, the label. And the sentence as the checks see it.

use std::collections::BTreeMap;

use super::Verifier;
use super::cite::Cited;
use super::context::sentence_start;
use super::counting::{Use, mark_exclusion};
use super::dates::{Dates, find_dates};
use super::fold::{norm, words};
use super::times::{Moment, Relative, find_relative, find_times};
use super::tokens::{Role, Token, outside, quotations, tokens};
use crate::model::{Brief, CountFilter, Place, Sentence, SentenceKind, SourceClass};

/// Every name of a brief that may stand outside quotation marks, by its first word.
pub(super) struct Names<'a> {
    by_first: BTreeMap<&'a str, Vec<Phrase<'a>>>,
}

struct Phrase<'a> {
    text: &'a str,
    speaks: bool,
    label: bool,
}

impl<'a> Names<'a> {
    pub(super) fn new(brief: &'a Brief) -> Self {
        let mut names = Self { by_first: BTreeMap::new() };
        for record in &brief.records {
            names.add(&record.speaker, true, false);
            names.add(&record.venue, false, false);
            names.add(record.platform.display_name(), false, false);
            if let Some(byline) = &record.byline {
                names.add(byline, true, false);
            }
        }
        names.add(&brief.label, false, true);
        names.add(&brief.topic.name, false, true);
        for list in names.by_first.values_mut() {
            list.sort_by_key(|p| std::cmp::Reverse(p.text.len()));
        }
        names
    }

    fn add(&mut self, text: &'a str, speaks: bool, label: bool) {
        let Some(first) = words(text, 0, text.len()).first().copied() else { return };
        let list = self.by_first.entry(first.text).or_default();
        if let Some(known) = list.iter_mut().find(|p| p.text == text) {
            known.speaks |= speaks;
            known.label |= label;
        } else {
            list.push(Phrase { text, speaks, label });
        }
    }
}

/// A sentence taken apart and its citations and counts resolved.
#[derive(Clone)]
pub(super) struct Job<'v, 'a, 's> {
    pub verifier: &'v Verifier<'a>,
    pub sentence: &'s Sentence,
    pub place: Place,
    pub cited: Vec<Cited<'a>>,
    pub uses: Vec<Use<'a>>,
    /// What stands between “ and ”.
    pub quotations: Vec<(usize, usize)>,
    pub tokens: Vec<Token<'s>>,
    pub dates: Dates,
    /// A count of members says whom it leaves out.
    pub excludes: bool,
    pub relative: Vec<Relative>,
    /// Times of day at which no cited record was published.
    pub wrong_times: Vec<String>,
    source: Vec<String>,
}

impl<'v, 'a, 's> Job<'v, 'a, 's> {
    /// `None` when the quotation marks do not pair up.
    pub(super) fn new(
        verifier: &'v Verifier<'a>,
        sentence: &'s Sentence,
        place: Place,
        cited: Vec<Cited<'a>>,
        uses: Vec<Use<'a>>,
    ) -> Option<Self> {
        let text = sentence.text.as_str();
        let quotations = quotations(text)?;
        let mut tokens = tokens(text, &outside(text, &quotations));
        let roles =
            Roles { verifier, cited: &cited, uses: &uses, counts: sentence.kind == SentenceKind::Count };
        roles.mark(text, &mut tokens);
        let dates = find_dates(text, &mut tokens);
        let excludes = mark_exclusion(verifier, &uses, &mut tokens);
        let relative = find_relative(&mut tokens);
        let wrong_times = Vec::new();
        let mut job = Self {
            verifier,
            sentence,
            place,
            cited,
            uses,
            quotations,
            tokens,
            dates,
            excludes,
            relative,
            wrong_times,
            source: Vec::new(),
        };
        for cited in &job.cited {
            let (from, to) = cited.window();
            job.source.extend(words(cited.text, from, to).iter().map(|w| norm(w.text)));
        }
        let moments = job.moments();
        job.wrong_times = find_times(&mut job.tokens, &moments, &job.source);
        Some(job)
    }

    /// When the cited records were published, each once.
    pub(super) fn moments(&self) -> Vec<Moment> {
        let mut all: Vec<Moment> = self.cited.iter().map(|c| self.verifier.moment(c.record)).collect();
        all.dedup();
        all
    }

    /// The words of the whole source sentences cited, folded.
    pub(super) fn source_words(&self) -> &[String] {
        &self.source
    }

    /// The words of what stands right before the cited sentences, and of their titles: what a fragment is about.
    pub(super) fn near_words(&self) -> Vec<&'a str> {
        let mut all = Vec::new();
        for cited in &self.cited {
            let (from, _) = cited.window();
            let title = cited.record.body_start.saturating_sub(1);
            let before = cited.text.get(..from).map_or(0, |s| s.trim_end().len());
            if before > cited.record.body_start {
                let at = sentence_start(cited.text, before.saturating_sub(1));
                all.extend(words(cited.text, at, before).iter().map(|w| w.text));
            }
            all.extend(words(cited.text, 0, title).iter().map(|w| w.text));
        }
        all
    }

    /// Where a question that leads to a quotation ends: “How many accounts? “…””.
    pub(super) fn lead(&self) -> usize {
        let first = self.quotations.first().map_or(0, |(start, _)| *start);
        self.sentence.text.get(..first).and_then(|s| s.rfind('?')).unwrap_or_default()
    }

    /// The word after one.
    pub(super) fn next(&self, token: &Token<'_>) -> Option<&Token<'s>> {
        self.tokens.iter().find(|t| t.start >= token.end)
    }

    /// Distinct authors of the cited records.
    pub(super) fn cited_authors(&self) -> usize {
        let mut keys: Vec<&str> = self.cited.iter().map(|c| c.record.author_key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.len()
    }

    /// Distinct cited records.
    pub(super) fn cited_records(&self) -> usize {
        let mut ids: Vec<&str> = self.cited.iter().map(|c| c.record.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.len()
    }

    /// Whether all cited records are by publications.
    pub(super) fn cites_publications_only(&self) -> bool {
        !self.cited.is_empty() && self.cited.iter().all(|c| c.record.class == SourceClass::Publication)
    }

    /// Whether a name stands outside the quotation marks, as a whole.
    pub(super) fn says(&self, name: &str) -> bool {
        let text = self.sentence.text.as_str();
        outside(text, &self.quotations).iter().any(|(from, to)| {
            let part = text.get(*from..*to).unwrap_or_default();
            part.match_indices(name).any(|(at, hit)| whole(&self.tokens, from + at, from + at + hit.len()))
        })
    }
}

/// Whether `start..end` begins and ends with words rather than inside them.
fn whole(tokens: &[Token<'_>], start: usize, end: usize) -> bool {
    !tokens.iter().any(|t| t.start < start && start < t.end || t.start < end && end < t.end)
}

/// Decides what the names in one sentence are.
struct Roles<'x, 'a> {
    verifier: &'x Verifier<'a>,
    cited: &'x [Cited<'a>],
    uses: &'x [Use<'a>],
    /// A count sentence names places of the counted records.
    counts: bool,
}

impl Roles<'_, '_> {
    fn mark(&self, text: &str, tokens: &mut [Token<'_>]) {
        let mut i = 0;
        while let Some(token) = tokens.get(i) {
            let (start, name) = (token.start, token.text);
            let rest = text.get(start..).unwrap_or_default();
            let fits = |phrase: &str| rest.starts_with(phrase) && whole(tokens, start, start + phrase.len());
            let term = self.uses.iter().find_map(|u| match &u.count.filter {
                CountFilter::Mentions { term } => {
                    let head = rest.get(..term.len())?;
                    (head.to_lowercase() == term.to_lowercase() && whole(tokens, start, start + term.len()))
                        .then_some((term.len(), Role::Label))
                }
                CountFilter::All
                | CountFilter::Venue { .. }
                | CountFilter::Platform { .. }
                | CountFilter::Publications
                | CountFilter::Members
                | CountFilter::Day { .. } => None,
            });
            let phrases = self.verifier.names.by_first.get(name).map_or(&[][..], Vec::as_slice);
            let fitting = || phrases.iter().filter(|p| fits(p.text));
            let known = fitting().find_map(|p| self.role(p).map(|role| (p.text.len(), role)));
            let stranger = || fitting().find(|p| p.speaks).map(|p| (p.text.len(), Role::OtherSpeaker));
            let Some((len, role)) = known.or(term).or_else(stranger) else {
                i += 1;
                continue;
            };
            let end = start + len;
            while let Some(token) = tokens.get_mut(i).filter(|t| t.start < end) {
                token.role = role;
                i += 1;
            }
        }
    }

    /// What a phrase is in this sentence; `None` if it has no business here.
    fn role(&self, phrase: &Phrase<'_>) -> Option<Role> {
        let name = phrase.text;
        let cited = || self.cited.iter().map(|c| c.record);
        if cited().any(|r| r.speaker == name || r.byline.as_deref() == Some(name)) {
            return Some(Role::Speaker);
        }
        if cited().any(|r| r.venue == name || r.platform.display_name() == name) {
            return Some(Role::Venue);
        }
        if phrase.label {
            return Some(Role::Label);
        }
        let place = || {
            self.verifier
                .brief
                .members
                .iter()
                .filter_map(|id| self.verifier.records.get(id.as_str()))
                .any(|r| r.venue == name || r.platform.display_name() == name)
        };
        (self.counts && place()).then_some(Role::Venue)
    }
}
