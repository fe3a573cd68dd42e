//! Who speaks: how a record's author is named, and whether they speak for the organisation.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::model::{AuthorKey, BriefRecord, EntityKind, Platform, Record, SourceClass};
use crate::write::material::Member;
use crate::write::quotes::text::has_any;
use crate::write::quotes::{Source, lexicon_en};

/// A member as a source of quotes.
pub(super) fn source(member: Member<'_>) -> Source<'_> {
    let record = member.record;
    let author = record.author.as_deref().map(str::trim).filter(|a| !a.is_empty());
    let publication = record.class == SourceClass::Publication;
    let speaker = match record.class {
        SourceClass::Publication => record.venue.clone(),
        SourceClass::Paper => author.map(first_author).unwrap_or_default(),
        SourceClass::Essay | SourceClass::Social | SourceClass::Forum => author.unwrap_or("").to_owned(),
    };
    let brief = BriefRecord {
        id: record.id.clone(),
        url: record.permalink.clone(),
        platform: record.platform.clone(),
        venue: record.venue.clone(),
        class: record.class,
        speaker,
        byline: author.filter(|a| publication && plain_name(a)).map(str::to_owned),
        // Reporters of one outlet are one voice, whichever way its articles came.
        author_key: if publication {
            AuthorKey::derive(&Platform::Web, &record.venue)
        } else {
            record.author_key.clone()
        },
        official: false,
        published_at: told_at(record),
        copy_group: member.copy_group.clone(),
        body_start: member.text.body_start,
        lang: member.analysis.lang,
        quarantined: !member.analysis.quarantine.is_empty(),
        text: Some(member.text.text.clone()),
        sha256: member.text.sha256.clone(),
    };
    let opinion = publication && is_opinion(&member);
    Source {
        member,
        text: &member.text.text,
        brief,
        opinion,
        release: OnceCell::new(),
        edited: OnceCell::new(),
    }
}

/// When a record said what it says: an edited text is told as of its edit, since what stands there now was not yet said on
/// the first day.
pub(super) fn told_at(record: &Record) -> DateTime<Utc> {
    record.edited_at.map_or(record.published_at, |edited| edited.max(record.published_at))
}

/// The first of a list of authors, with “and others” when there are more.
fn first_author(list: &str) -> String {
    let mut names = list.split([',', ';']).map(str::trim).filter(|n| !n.is_empty());
    let Some(first) = names.next() else { return String::new() };
    if names.next().is_some() { format!("{first} and others") } else { first.to_owned() }
}

/// A byline that is a person's name rather than a list, a desk or an address.
fn plain_name(byline: &str) -> bool {
    let words = byline.split_whitespace().count();
    (2..=4).contains(&words)
        && byline.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '.' | '-' | '’' | '\''))
}

/// Whether a publication's piece is an opinion: a `| Name` suffix, a first person, “why”, “should”.
fn is_opinion(member: &Member<'_>) -> bool {
    let title = member.text.text.get(..member.text.body_start).unwrap_or("");
    let tagged = member.record.tags.iter().any(|t| {
        matches!(t.to_lowercase().as_str(), "opinion" | "comment" | "commentary" | "editorial" | "column")
    });
    let suffix = title.rsplit_once('|').is_some_and(|(_, name)| {
        let words: Vec<&str> = name.split_whitespace().collect();
        (2..=3).contains(&words.len())
            && words.iter().all(|w| w.starts_with(char::is_uppercase))
            && name.trim() != member.record.venue
    });
    tagged || suffix || has_any(title, lexicon_en::OPINION)
}

/// Endings that organisations put after their name in a handle.
const HANDLE_TAILS: &[&str] = &[
    "", "project", "hq", "official", "app", "dev", "devs", "labs", "lab", "team", "ai", "news", "org", "inc",
    "support", "io", "com", "tech", "research", "blog", "press", "global", "newsroom", "eng", "status",
    "care", "help",
];

/// Endings of handles of those who use a thing.
const RIDERS: &[&str] = &[
    "fan", "fans", "user", "users", "lover", "rider", "riders", "enjoyer", "nerd", "addict", "hater", "guy",
];

/// Marks the accounts and outlets that speak for an organisation of the story: their name is a typed organisation or
/// product named by at least two other authors, or they announce first-hand and others name them.
pub(super) fn mark_official(sources: &mut [Source<'_>]) {
    let mut named_by: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut persons: BTreeSet<String> = BTreeSet::new();
    for source in sources.iter() {
        for entity in &source.member.analysis.entities {
            let norm = bare(&entity.surface);
            if entity.kind == EntityKind::Person {
                persons.insert(norm.clone());
            }
            if norm.chars().count() >= 3 {
                named_by.entry(norm).or_default().insert(source.brief.author_key.to_string());
            }
        }
    }
    let n = sources.len();
    let official: Vec<bool> = sources
        .iter()
        .map(|source| {
            let own = source.brief.author_key.as_str();
            let others = |name: &str| {
                named_by.get(name).map_or(0, |who| who.iter().filter(|w| w.as_str() != own).count())
            };
            // An outlet that is a subject of the story in its own feed speaks for itself.
            let handle = bare(&source.brief.speaker);
            if handle.chars().count() < 3 || source.member.record.class == SourceClass::Paper {
                return false;
            }
            let matches_name = HANDLE_TAILS.iter().any(|tail| {
                handle.strip_suffix(tail).is_some_and(|name| {
                    name.chars().count() >= 4 && !persons.contains(name) && others(name) >= 2.max(n / 10)
                })
            });
            let announces = source.member.analysis.signs.first_hand
                && source.brief.class == SourceClass::Social
                && sources
                    .iter()
                    .filter(|s| s.brief.author_key.as_str() != own && names(s, &source.brief.speaker))
                    .count()
                    >= 2;
            // `u/coastline_trains` announces what others call Coastline 2.
            let maker = source.brief.class != SourceClass::Publication
                && crate::write::quotes::text::announces(source.opening())
                && named_by.iter().any(|(name, who)| {
                    let letters: String = name.chars().take_while(|c| c.is_alphabetic()).collect();
                    letters.chars().count() >= 3
                        && handle
                            .strip_prefix(&letters)
                            .is_some_and(|rest| !RIDERS.iter().any(|r| rest.ends_with(r)))
                        && !persons.contains(name)
                        && who.iter().filter(|w| w.as_str() != own).count() >= 3.max(n / 4)
                });
            matches_name || announces || maker
        })
        .collect();
    for (source, official) in sources.iter_mut().zip(official) {
        source.brief.official = official;
        if official {
            source.opinion = false;
        }
    }
}

fn names(source: &Source<'_>, speaker: &str) -> bool {
    let handle = speaker.trim_start_matches('@').trim_start_matches("u/");
    handle.chars().count() >= 4 && crate::model::mentions(source.text, handle)
}

/// Letters and digits in lower case, without the platform's prefix.
fn bare(name: &str) -> String {
    // `@harbour.example` and `@harbour@rail.example` are both `harbour`.
    let name = match name.strip_prefix('@') {
        Some(handle) => handle.split(['.', '@']).next().unwrap_or(handle),
        None => name.strip_prefix("u/").unwrap_or(name),
    };
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
