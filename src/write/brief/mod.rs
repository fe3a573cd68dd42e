//! The brief: from a lead's wide company to everything a story may say.

mod counts;
mod label;
mod matter;
mod membership;
mod news;
mod speaker;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Brief, BriefRecord, Caveat, CounterSearch, Quote, QuoteId, QuoteKind, RecordId, RecordState, SignalFact,
    SourceClass,
};

use super::material::{Material, Member};
use super::quotes::select::{Picked, Quotas, Told, is_any, select};
use super::quotes::terms::RANKING;
use super::quotes::units::{UnitKind, title_span};
use super::quotes::{Source, StoryTerms};
pub(crate) use label::mentions_label;
use matter::Shared;

/// How large a brief may be, and how small a story.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BriefSettings {
    /// Distinct authors a story needs among its members, copies joined.
    pub min_authors: usize,
    /// Quotes in a brief.
    pub quotes: usize,
    /// Of them at most this many by official accounts.
    pub official_quotes: usize,
    /// Of them at most this many by publications, unless there is little else.
    pub press_quotes: usize,
    /// Under this many distinct records a story is thin.
    pub thin_below: usize,
    /// A member's centrality must reach this share of the median.
    pub centrality: f64,
}

impl Default for BriefSettings {
    fn default() -> Self {
        Self {
            min_authors: 5,
            quotes: 24,
            official_quotes: 4,
            press_quotes: 8,
            thin_below: 12,
            centrality: 0.55,
        }
    }
}

/// Records of a small story.
const SMALL: usize = 8;

/// Why there is nothing to write from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoBrief {
    /// None of the evidence can be read any more.
    #[error("none of the records it rests on can be read any more")]
    NoEvidence,
    /// Too few people.
    #[error("{records} records by {authors} authors belong to it; a story needs {needed} authors")]
    FewAuthors {
        /// Distinct authors among the members, copies joined.
        authors: usize,
        /// Distinct records.
        records: usize,
        /// How many authors are needed.
        needed: usize,
    },
    /// Many records, few texts.
    #[error(
        "{records} records by {accounts} accounts are copies of {texts} texts by {authors} authors; a story needs {needed} authors"
    )]
    Copies {
        /// Records with their copies.
        records: usize,
        /// Accounts that posted them.
        accounts: usize,
        /// Distinct texts.
        texts: usize,
        /// Authors of the distinct texts.
        authors: usize,
        /// How many authors are needed.
        needed: usize,
    },
    /// The records share no name or phrase that could say what the story is about.
    #[error("its records share no name or phrase")]
    NoLabel,
    /// What came since belongs to it by name only.
    #[error("what came since shares its name with it, and tells of another matter")]
    OtherMatter,
    /// A name that is spoken of for several reasons.
    #[error("its {records} records share a name, and no matter besides")]
    Scattered {
        /// Distinct records.
        records: usize,
    },
    /// Nothing fit to quote.
    #[error("none of its {records} records has a sentence fit to quote")]
    NoQuotes {
        /// Distinct records.
        records: usize,
    },
}

/// Builds the brief of a story.
///
/// # Errors
/// [`NoBrief`] says in plain words why there is nothing to write from.
pub fn build(material: &Material<'_>, settings: &BriefSettings) -> Result<Brief, NoBrief> {
    gather(material, settings)?.brief()
}

/// Who belongs to a story and what it is called: all of a brief but its quotes and counts, which cost most.
pub struct Gathered<'m> {
    material: &'m Material<'m>,
    settings: &'m BriefSettings,
    /// The members, oldest first.
    sources: Vec<Source<'m>>,
    /// The earliest of each copy group.
    firsts: Vec<Source<'m>>,
    terms: StoryTerms,
    label: String,
    /// Records of the days before.
    earlier: Vec<BriefRecord>,
}

/// Finds who belongs to a story.
///
/// # Errors
/// [`NoBrief`] says in plain words why there is nothing to write from.
pub fn gather<'m>(material: &'m Material<'m>, settings: &'m BriefSettings) -> Result<Gathered<'m>, NoBrief> {
    let readable: Vec<Member<'_>> = material.members.iter().copied().filter(is_readable).collect();
    let in_evidence: BTreeSet<&RecordId> = material.lead.evidence.iter().collect();
    if !readable.iter().any(|m| in_evidence.contains(&m.record.id)) {
        return Err(NoBrief::NoEvidence);
    }
    let mut sources: Vec<Source<'_>> = once_each(readable).into_iter().map(speaker::source).collect();
    speaker::mark_official(&mut sources);
    // Who belonged once belongs: a story that loses members between versions would tell smaller numbers for no reason.
    let mut settled = in_evidence.clone();
    settled.extend(material.earlier.iter().flat_map(|earlier| &earlier.members));
    // Whoever joins a running story must speak of what it is about, or it drifts from version to version.
    if let Some(label) = material.earlier_label {
        let subject = label::Subject::of(label);
        sources.retain(|s| settled.contains(&s.brief.id) || subject.is_told_in(s.opening()));
        same_matter(&mut sources, &in_evidence, label, material)?;
        settled.retain(|id| sources.iter().any(|s| s.brief.id == **id));
    }
    let news = news::News::of(&sources, &indices(&sources, &in_evidence), material);
    let candidates: Vec<Member<'_>> = sources.iter().map(|s| s.member).collect();
    // A running story has a name of its own, and its event is some days old.
    if material.earlier_label.is_none() {
        sources.retain(|s| settled.contains(&s.brief.id) || news.is_told_by(s));
    }
    membership::keep_members(&mut sources, &settled, material.corpus, settings.centrality);
    sources.sort_by(|a, b| (a.brief.published_at, &a.brief.id).cmp(&(b.brief.published_at, &b.brief.id)));
    enough_authors(&sources, settings.min_authors)?;

    let evidence_at = indices(&sources, &in_evidence);
    let terms = StoryTerms::of(&sources, &evidence_at, material.corpus, RANKING);
    let kept = material.earlier_label.filter(|label| {
        let subject = label::Subject::of(label);
        let naming = sources.iter().filter(|s| subject.is_told_in(s.text)).count();
        naming * 2 >= sources.len()
    });
    let label = kept
        .map(ToOwned::to_owned)
        .or_else(|| label::label(&sources, &evidence_at, &terms, &news, material))
        .ok_or(NoBrief::NoLabel)?;

    // What is new is its own matter; a firm or a person is spoken of every day.
    if material.earlier_label.is_none() && is_known(&label, &sources, &news) {
        let matter = matter::Matter::of(sources.iter(), &label, material.corpus, Shared::ByMany);
        // What the others share must be what the lead tells, too.
        let led = sources.iter().any(|s| in_evidence.contains(&s.brief.id) && matter.heads(s));
        // A lead that a name holds together tells many matters.
        let lead = || sources.iter().filter(|s| in_evidence.contains(&s.brief.id));
        let one = lead().filter(|s| matter.is_told_by(s)).count() * 2 >= lead().count();
        if !led || !one || !matter.holds(&sources) || !is_echoed(&sources, &in_evidence, &label, material) {
            return Err(NoBrief::Scattered { records: copy_groups(&sources) });
        }
        sources.retain(|s| matter.is_told_by(s) || settled.contains(&s.brief.id) && matter.heads(s));
        enough_authors(&sources, settings.min_authors)?;
    }
    // Of a small story that few of its records name, the others are of something else.
    let names = |s: &Source<'_>| label::mentions_label(s.text, &label);
    let naming = sources.iter().filter(|s| names(s)).count();
    if material.earlier_label.is_none() && sources.len() <= SMALL && naming * 2 < sources.len() {
        sources.retain(|s| in_evidence.contains(&s.brief.id) || names(s));
        enough_authors(&sources, settings.min_authors)?;
    }
    // What another story rests on is no part of one that it does not name.
    if material.earlier_label.is_none() {
        let of_another = |s: &Source<'_>| {
            material.elsewhere.contains(&s.brief.id)
                && !in_evidence.contains(&s.brief.id)
                && !label::mentions_label(s.text, &label)
        };
        sources.retain(|s| !of_another(s));
        enough_authors(&sources, settings.min_authors)?;
    }
    let member_ids: BTreeSet<&RecordId> = sources.iter().map(|s| &s.brief.id).collect();
    // The days before end where the story begins, not where the first of all that came near it was said.
    let first = sources.iter().map(|s| s.brief.published_at).min().unwrap_or(material.at);
    let since = first - chrono::TimeDelta::days(i64::from(material.before_days));
    let subject = label::Subject::of(&label);
    let earlier: Vec<BriefRecord> =
        once_each(material.before.iter().copied().chain(candidates).filter(is_readable).collect())
            .into_iter()
            .filter(|m| !member_ids.contains(&m.record.id))
            .filter(|m| (since..first).contains(&speaker::told_at(m.record)))
            .filter(|m| subject.is_told_in(&m.text.text))
            .map(|m| speaker::source(m).brief)
            .collect();
    let firsts = first_of_copies(&sources);
    Ok(Gathered { material, settings, sources, firsts, terms, label, earlier })
}

impl Gathered<'_> {
    /// What the story is about.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The records that belong to it, oldest first.
    pub fn members(&self) -> impl ExactSizeIterator<Item = &RecordId> {
        self.sources.iter().map(|s| &s.brief.id)
    }

    /// Authors of its distinct texts, each reporter by themselves: a copy speaks for whoever said it first.
    pub fn authors(&self) -> usize {
        authors(self.firsts.iter())
    }

    /// How many records of the days before are on the same subject.
    pub fn before(&self) -> usize {
        self.earlier.len()
    }

    /// Whether anything is fit to quote, or there is no brief.
    pub fn is_quotable(&self) -> bool {
        is_any(&self.choice(), self.quotas(), &self.new_since())
    }

    /// Why there is no brief where nothing is fit to quote.
    pub fn no_quotes(&self) -> NoBrief {
        NoBrief::NoQuotes { records: copy_groups(&self.sources) }
    }

    fn choice(&self) -> Told<'_> {
        Told {
            sources: &self.firsts,
            terms: &self.terms,
            label: &self.label,
            lang: self.material.lang,
            corpus: self.material.corpus,
        }
    }

    fn quotas(&self) -> Quotas {
        let BriefSettings { quotes, official_quotes, press_quotes, .. } = *self.settings;
        Quotas { all: quotes, official: official_quotes, press: press_quotes }
    }

    /// The whole brief.
    ///
    /// # Errors
    /// [`NoBrief::NoQuotes`] where nothing is fit to quote.
    pub fn brief(self) -> Result<Brief, NoBrief> {
        let picked = select(&self.choice(), self.quotas(), &self.new_since());
        if picked.is_empty() {
            return Err(self.no_quotes());
        }
        let (ranked, counter) = number_quotes(&picked, &self.firsts);
        let Self { material, settings, sources, label, earlier, .. } = self;
        let distinct = copy_groups(&sources);
        let members: Vec<RecordId> = sources.iter().map(|s| s.brief.id.clone()).collect();
        let evidence = material.lead.evidence.iter().filter(|id| members.contains(id)).cloned().collect();
        let mut before: Vec<&BriefRecord> = earlier.iter().collect();
        before.sort_by(|a, b| (a.published_at, &a.id).cmp(&(b.published_at, &b.id)));
        let before: Vec<RecordId> = before.into_iter().map(|r| r.id.clone()).collect();
        let surfaces = counts::surfaces(&sources, &label);
        let mut records: Vec<BriefRecord> = sources.into_iter().map(|s| s.brief).chain(earlier).collect();
        records.sort_by(|a, b| (a.published_at, &a.id).cmp(&(b.published_at, &b.id)));

        let mut brief = Brief {
            format: Brief::FORMAT,
            topic: material.topic.clone(),
            storyline: material.storyline.clone(),
            code: material.code.clone(),
            version: material.version,
            status: material.status,
            at: material.at,
            time_zone: material.time_zone.name().to_owned(),
            lang: material.lang,
            label,
            records,
            members,
            evidence,
            before,
            before_days: material.before_days,
            quotes: ranked,
            counts: Vec::new(),
            signals: signals(material),
            earlier: material.earlier.clone(),
            counter: CounterSearch { searched: distinct as u64, quotes: counter },
            similar: material.similar.clone(),
            caveats: Vec::new(),
            records_read: material.records_read,
            seed: material.seed,
        };
        brief.counts = counts::counts(&brief, &surfaces);
        brief.caveats = caveats(&brief, material, distinct, settings.thin_below);
        Ok(brief)
    }

    /// Records that the version before did not have and that were published since.
    fn new_since(&self) -> BTreeSet<&RecordId> {
        let Some(earlier) = &self.material.earlier else { return BTreeSet::new() };
        let known: BTreeSet<&RecordId> = earlier.members.iter().collect();
        let came = self.sources.iter().filter(|s| is_since(earlier, s.brief.published_at));
        came.map(|s| &s.brief.id).filter(|id| !known.contains(id)).collect()
    }
}

/// Whoever joins a running story must speak of its matter and not only of its name.
fn same_matter(
    sources: &mut Vec<Source<'_>>,
    evidence: &BTreeSet<&RecordId>,
    label: &str,
    material: &Material<'_>,
) -> Result<(), NoBrief> {
    let Some(earlier) = &material.earlier else { return Ok(()) };
    let known: BTreeSet<&RecordId> = earlier.members.iter().collect();
    let before = sources.iter().filter(|s| known.contains(&s.brief.id));
    let matter = matter::Matter::of(before, label, material.corpus, Shared::BySome);
    sources.retain(|s| known.contains(&s.brief.id) || matter.is_told_by(s) && matter.heads(s));
    // What the lead rests on must be among those who came, and be about it.
    if sources.iter().any(|s| evidence.contains(&s.brief.id) && matter.heads(s)) {
        Ok(())
    } else {
        Err(NoBrief::OtherMatter)
    }
}

/// Feeds and lists hand over what was published some hours before.
const LATE: chrono::TimeDelta = chrono::TimeDelta::hours(6);

/// Whether what was published then is news beside an earlier version.
pub(in crate::write) fn is_since(
    earlier: &crate::model::EarlierVersion,
    published_at: chrono::DateTime<chrono::Utc>,
) -> bool {
    published_at > earlier.at - LATE
}

/// Whether a story's name is one that is spoken of for many reasons: somebody's, or what was said before about as often.
fn is_known(label: &str, sources: &[Source<'_>], news: &news::News) -> bool {
    let kinds = sources.iter().flat_map(|s| &s.member.analysis.entities).filter(|e| e.surface == label);
    let mut many = kinds.filter(|e| matter::is_somebody(e.kind));
    many.next().is_some() || news.is_usual(&super::quotes::text::content_stems(label))
}

/// Whether others speak of what the lead's heads say: at a summit everybody speaks, and of everything.
fn is_echoed(
    sources: &[Source<'_>],
    evidence: &BTreeSet<&RecordId>,
    label: &str,
    material: &Material<'_>,
) -> bool {
    const OTHERS: usize = 2;
    const WORDS: usize = 2;
    let name = super::quotes::text::content_stems(label);
    let heads = sources.iter().filter(|s| evidence.contains(&s.brief.id));
    heads.into_iter().any(|lead| {
        let told: BTreeSet<String> = matter::telling(lead.head(), material.corpus)
            .into_iter()
            .filter(|stem| !name.contains(stem))
            .collect();
        let others: BTreeSet<&str> = sources
            .iter()
            .filter(|s| s.member.record.author_key != lead.member.record.author_key)
            .filter(|s| {
                let said = super::quotes::text::content_stems(s.opening());
                told.iter().filter(|stem| said.contains(*stem)).count() >= WORDS
            })
            .map(|s| s.member.record.author_key.as_str())
            .collect();
        others.len() >= OTHERS
    })
}

/// Where the sources of these records are.
fn indices(sources: &[Source<'_>], ids: &BTreeSet<&RecordId>) -> BTreeSet<usize> {
    sources.iter().enumerate().filter(|(_, s)| ids.contains(&s.brief.id)).map(|(i, _)| i).collect()
}

fn is_readable(member: &Member<'_>) -> bool {
    member.record.state == RecordState::Live && !member.text.text.trim().is_empty()
}

fn once_each(members: Vec<Member<'_>>) -> Vec<Member<'_>> {
    let mut by_id = BTreeMap::new();
    for member in members {
        by_id.entry(&member.record.id).or_insert(member);
    }
    by_id.into_values().collect()
}

fn copy_groups(sources: &[Source<'_>]) -> usize {
    sources.iter().map(|s| s.brief.copy_group.as_str()).collect::<BTreeSet<_>>().len()
}

/// The earliest of each copy group.
fn firsts<'s, 'a>(sources: &'s [Source<'a>]) -> impl Iterator<Item = &'s Source<'a>> {
    let mut seen = BTreeSet::new();
    sources.iter().filter(move |s| seen.insert(&s.brief.copy_group))
}

/// The earliest of each copy group: copies are counted with it and never quoted instead of it.
fn first_of_copies<'a>(sources: &[Source<'a>]) -> Vec<Source<'a>> {
    firsts(sources)
        .map(|s| Source {
            member: s.member,
            text: s.text,
            brief: s.brief.clone(),
            opinion: s.opinion,
            release: s.release.clone(),
            edited: s.edited.clone(),
        })
        .collect()
}

fn authors<'s>(sources: impl Iterator<Item = &'s Source<'s>>) -> usize {
    sources.map(|s| s.member.record.author_key.as_str()).collect::<BTreeSet<_>>().len()
}

fn enough_authors(sources: &[Source<'_>], needed: usize) -> Result<(), NoBrief> {
    let (authors, accounts) = (authors(firsts(sources)), authors(sources.iter()));
    if authors >= needed {
        return Ok(());
    }
    let texts = firsts(sources).count();
    Err(if accounts >= needed {
        NoBrief::Copies { records: sources.len(), accounts, texts, authors, needed }
    } else {
        NoBrief::FewAuthors { authors, records: texts, needed }
    })
}

fn number_quotes(picked: &[Picked<'_>], sources: &[Source<'_>]) -> (Vec<Quote>, Vec<QuoteId>) {
    let mut quotes = Vec::new();
    let mut counter: BTreeMap<usize, QuoteId> = BTreeMap::new();
    for (n, pick) in picked.iter().enumerate() {
        let Some(source) = sources.get(pick.unit.source) else { continue };
        let id = QuoteId::from_stored(format!("q{}", n + 1));
        let kind = if pick.unit.kind == UnitKind::Title {
            QuoteKind::Title
        } else if source.brief.official {
            QuoteKind::Official
        } else if source.is_press() {
            if source.opinion { QuoteKind::Opinion } else { QuoteKind::Press }
        } else {
            QuoteKind::Post
        };
        if let Some(place) = pick.counter {
            counter.insert(place, id.clone());
        }
        quotes.push(Quote {
            id,
            record: source.brief.id.clone(),
            span: pick.unit.span,
            kind,
            asks: pick.unit.asks(),
            score: (pick.score * 1000.0).round() / 1000.0,
        });
    }
    (quotes, counter.into_values().collect())
}

fn signals(material: &Material<'_>) -> Vec<SignalFact> {
    material
        .signals
        .iter()
        .filter(|s| s.kept)
        .map(|s| SignalFact { kind: s.kind, text: s.explanation.clone() })
        .collect()
}

fn caveats(brief: &Brief, material: &Material<'_>, distinct: usize, thin_below: usize) -> Vec<Caveat> {
    let mut all: BTreeSet<Caveat> = material.caveats.iter().copied().collect();
    if distinct < thin_below {
        all.insert(Caveat::Thin);
    }
    let members: BTreeSet<&RecordId> = brief.members.iter().collect();
    let mine = || brief.records.iter().filter(|r| members.contains(&r.id));
    if mine().map(|r| &r.platform).collect::<BTreeSet<_>>().len() == 1
        && mine().all(|r| r.class != SourceClass::Publication)
    {
        all.insert(Caveat::OnePlatform);
    }
    if brief.before_days == 0 {
        all.insert(Caveat::ThinBaseline);
    }
    all.into_iter().collect()
}

/// The title of a record of a brief, if it has one.
pub(in crate::write) fn title_of(record: &BriefRecord) -> Option<(crate::model::Span, &str)> {
    let text = record.text.as_deref()?;
    let span = title_span(text, record.body_start)?;
    Some((span, span.slice(text)?))
}

#[cfg(test)]
mod tests;
