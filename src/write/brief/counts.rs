//! Counts a reader can recount by hand.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::model::{
    Brief, Count, CountBase, CountFilter, CountId, CountUnit, EntityKind, Mentioned, RecordId, mentions,
};
use crate::write::quotes::text::content_stems;
use crate::write::quotes::{Source, lexicon_en};

/// Names counted at most, and authors a name needs.
const NAMES: usize = 5;
const NAME_AUTHORS: usize = 3;
/// Days and places counted at most.
const DAYS: usize = 8;
const VENUES: usize = 3;

/// Names and fault words whose mentions are counted.
pub(super) fn surfaces(sources: &[Source<'_>], label: &str) -> Vec<String> {
    let texts: Vec<(Mentioned, &str)> =
        sources.iter().map(|s| (Mentioned::in_text(s.text), s.brief.author_key.as_str())).collect();
    let mut surfaces = names(sources, &texts, label);
    surfaces.extend(faults(&texts, label));
    surfaces
}

/// How many authors mention a term.
fn authors_with(texts: &[(Mentioned, &str)], term: &str) -> usize {
    let term = term.to_lowercase();
    texts.iter().filter(|(text, _)| text.has(&term)).map(|(_, who)| *who).collect::<BTreeSet<_>>().len()
}

/// Typed names of at least three authors other than the label, most authors first.
fn names(sources: &[Source<'_>], texts: &[(Mentioned, &str)], label: &str) -> Vec<String> {
    let mut surfaces: BTreeMap<String, BTreeMap<&str, usize>> = BTreeMap::new();
    for source in sources {
        for entity in &source.member.analysis.entities {
            let fits = match entity.kind {
                EntityKind::Person | EntityKind::Concept => false,
                EntityKind::Organization
                | EntityKind::State
                | EntityKind::Government
                | EntityKind::Product
                | EntityKind::Technology
                | EntityKind::Legislation => true,
            };
            if fits
                && entity.surface.chars().filter(|c| c.is_alphabetic()).count() >= 3
                && !entity.surface.contains(['“', '”', '\n'])
            {
                *surfaces.entry(entity.norm.clone()).or_default().entry(&entity.surface).or_default() += 1;
            }
        }
    }
    let mut ranked: Vec<(usize, String)> = surfaces
        .values()
        .filter_map(|forms| forms.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0))))
        .map(|(surface, _)| (*surface).to_owned())
        .filter(|surface| {
            // `GLM 4.7` is no other name than `GLM-4.7-Flash`.
            let (theirs, ours) = (content_stems(surface), content_stems(label));
            !theirs.is_subset(&ours) && !ours.is_subset(&theirs)
        })
        .map(|surface| (authors_with(texts, &surface), surface))
        .filter(|(who, _)| *who >= NAME_AUTHORS)
        .collect();
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    ranked.dedup_by(|a, b| a.1.eq_ignore_ascii_case(&b.1));
    ranked.into_iter().take(NAMES).map(|(_, surface)| surface).collect()
}

/// Faults counted at most.
const FAULTS: usize = 3;

/// Fault words of at least three authors, most authors first. Only words that name a thing are counted in public:
/// “bug” says what it is, “down” does not.
fn faults(texts: &[(Mentioned, &str)], label: &str) -> Vec<String> {
    let mut ranked: Vec<(usize, &str)> = lexicon_en::FAULT_NAMES
        .iter()
        .filter(|word| !mentions(label, word))
        .map(|word| (authors_with(texts, word), *word))
        .filter(|(who, _)| *who >= NAME_AUTHORS)
        .collect();
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    ranked.into_iter().take(FAULTS).map(|(_, word)| word.to_owned()).collect()
}

/// All counts of a brief; those that come out as zero are left out, but for the days before.
pub(super) fn counts(brief: &Brief, names: &[String]) -> Vec<Count> {
    let mut wanted = vec![
        (CountUnit::Records, CountBase::Members, CountFilter::All),
        (CountUnit::Authors, CountBase::Members, CountFilter::All),
        (CountUnit::Venues, CountBase::Members, CountFilter::All),
    ];
    if brief.before_days > 0 {
        wanted.push((CountUnit::Records, CountBase::Earlier, CountFilter::All));
    }
    wanted.push((CountUnit::Records, CountBase::Members, CountFilter::Members));
    wanted.push((CountUnit::Records, CountBase::Members, CountFilter::Publications));
    wanted.push((CountUnit::Venues, CountBase::Members, CountFilter::Publications));
    wanted.extend(
        days(brief)
            .into_iter()
            .map(|date| (CountUnit::Records, CountBase::Members, CountFilter::Day { date })),
    );
    wanted.extend(
        venues(brief)
            .into_iter()
            .map(|venue| (CountUnit::Records, CountBase::Members, CountFilter::Venue { venue })),
    );
    let label = CountFilter::Mentions { term: brief.label.clone() };
    wanted.push((CountUnit::Records, CountBase::Members, label));
    wanted.extend(
        names.iter().map(|term| {
            (CountUnit::Records, CountBase::Members, CountFilter::Mentions { term: term.clone() })
        }),
    );
    wanted
        .into_iter()
        .map(|(unit, base, filter)| {
            let (n, of, _) = brief.evaluate(unit, base, &filter);
            (unit, base, filter, n, of)
        })
        .filter(|(_, base, _, n, _)| *n > 0 || *base == CountBase::Earlier)
        .enumerate()
        .map(|(i, (unit, base, filter, n, of))| Count {
            id: CountId::from_stored(format!("c{}", i + 1)),
            unit,
            base,
            filter,
            n,
            of,
        })
        .collect()
}

fn days(brief: &Brief) -> Vec<NaiveDate> {
    let zone: chrono_tz::Tz = brief.time_zone.parse().unwrap_or(chrono_tz::UTC);
    let members: BTreeSet<&RecordId> = brief.members.iter().collect();
    let all: BTreeSet<NaiveDate> = brief
        .records
        .iter()
        .filter(|r| members.contains(&r.id))
        .map(|r| r.published_at.with_timezone(&zone).date_naive())
        .collect();
    all.into_iter().rev().take(DAYS).collect::<Vec<_>>().into_iter().rev().collect()
}

fn venues(brief: &Brief) -> Vec<String> {
    let members: BTreeSet<&RecordId> = brief.members.iter().collect();
    let mut by_venue: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for record in brief.records.iter().filter(|r| members.contains(&r.id)) {
        by_venue.entry(&record.venue).or_default().insert(record.copy_group.as_str());
    }
    let mut ranked: Vec<(&str, usize)> = by_venue.into_iter().map(|(v, groups)| (v, groups.len())).collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    ranked.into_iter().filter(|(_, n)| *n >= 2).take(VENUES).map(|(v, _)| v.to_owned()).collect()
}
