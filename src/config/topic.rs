//! A topic file: one subject a desk follows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use super::error::Fault;
use super::inputs::SourceText;
use super::phrase::fold;
use super::rules::{MatchRules, Venue};
use super::sections::languages;
use super::setting::{Reader, Setting, any, filled};
use super::slug::Slug;
use super::source::SourceSpec;
use super::tree::{Node, Origin};
use crate::schedule::CronSchedule;

/// A subject a desk follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    /// Its short name; the file's name unless the file says otherwise.
    pub slug: Slug,
    /// Its name for people.
    pub name: String,
    /// One sentence on what belongs to it.
    pub description: String,
    /// Languages (ISO 639-1) whose records belong; records of no known language do too. Empty: all.
    pub languages: Vec<String>,
    /// What makes a record belong.
    pub rules: MatchRules,
    /// The zone of its schedule. Default: the desk's.
    pub time_zone: Option<Tz>,
    /// When its sources are scanned. Default: `schedule.scan`.
    pub scan: Option<CronSchedule>,
    /// Where its records come from; others' records belong by the rules all the same.
    pub sources: Vec<SourceSpec>,
    /// Where it was written.
    pub origin: TopicOrigin,
}

/// Where a topic was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopicOrigin {
    /// Compiled in.
    BuiltIn,
    /// In this file.
    File(PathBuf),
}

impl Topic {
    /// The venues whose records belong without a phrase: those of the rules and of dedicated sources.
    pub fn venues(&self) -> impl Iterator<Item = Venue> {
        let dedicated = self.sources.iter().filter(|source| source.dedicated).filter_map(SourceSpec::venue);
        self.rules.venues.iter().cloned().chain(dedicated)
    }

    /// Whether a record belongs, the slow and plain way: what an automaton over all topics must agree with.
    ///
    /// `venue` is where the record stands. Its language is the caller's to check, with [`speaks`](Self::speaks).
    pub fn matches(&self, title: &str, text: &str, venue: Option<&str>) -> bool {
        let head: String = text.chars().take(MatchRules::HEAD_CHARS).collect();
        let folded = fold(&format!("{title}\n{head}"));
        let hits: Vec<bool> = self.rules.phrases().map(|phrase| phrase.is_in(&folded)).collect();
        let in_venue = venue.map(Venue::new).is_some_and(|venue| self.venues().any(|v| v == venue));
        self.rules.decide(in_venue, |n| hits[n])
    }

    /// Whether records of this language belong; `und` does to every topic.
    pub fn speaks(&self, language: &str) -> bool {
        language == "und" || self.languages.is_empty() || self.languages.iter().any(|code| code == language)
    }
}

/// Reads a topic file. With it comes the place of its slug (of its first byte, when the file's name is the slug).
pub(super) fn read(file: &SourceText, origin: TopicOrigin, reader: &mut Reader) -> Option<(Topic, Origin)> {
    let root = reader.parse_file(&file.path, &file.text)?;
    let keys = ["slug", "name", "description", "languages", "match", "time_zone", "scan", "sources"];
    let table = reader.table(&root, &keys)?;

    let start = Origin { source: root.origin.source, span: 0..0 };
    let (slug, slug_at): (Option<Slug>, Origin) = match table.get("slug") {
        Some(entry) => (Slug::read(&entry.node, reader), entry.node.origin.clone()),
        None => (slug_of(&file.path, &start, reader), start.clone()),
    };
    let whole = Node { origin: start.clone(), ..root.clone() };
    let name: Option<String> =
        reader.required(&whole, table, "name", "write `name = \"Open Source AI\"` at the top");
    let (mut description, mut codes) = (String::new(), vec!["en".to_owned()]);
    let (mut time_zone, mut scan) = (None, None);
    let (mut rules, mut sources) = (MatchRules::default(), Vec::new());
    reader.overlay(table, "description", &mut description, any);
    reader.overlay(table, "languages", &mut codes, languages);
    reader.overlay(table, "time_zone", &mut time_zone, any);
    reader.overlay(table, "scan", &mut scan, any);
    reader.overlay(table, "match", &mut rules, any);
    reader.overlay(table, "sources", &mut sources, any);

    if let Some(name) = &name
        && let (Err(fault), Some(entry)) = (filled(name), table.get("name"))
    {
        reader.note(&entry.node.origin, Fault { message: format!("`name` {}", fault.message), ..fault });
    }
    let topic = Topic {
        slug: slug?,
        name: name?,
        description,
        languages: codes,
        rules,
        time_zone,
        scan,
        sources,
        origin,
    };
    // A rule that could not be read is a mistake already told.
    if topic.venues().next().is_none() && topic.rules.is_empty() && !table.contains_key("match") {
        let fault = Fault::new(format!("no record can belong to the topic `{}`", topic.slug));
        reader.note(
            &start,
            fault.hint("write `[match]` with `any`, `all` or `venues`, or a source with `dedicated = true`"),
        );
    }
    Some((topic, slug_at))
}

fn slug_of(path: &Path, at: &Origin, reader: &mut Reader) -> Option<Slug> {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let slug = stem.parse();
    if slug.is_err() {
        let fault = Fault::new(format!("the file's name `{stem}` is not a slug"));
        reader.note(
            at,
            fault.hint(
                "rename the file to something like `open-source-ai.toml`, or write `slug = \"…\"` in it",
            ),
        );
    }
    slug.ok()
}

/// Adds the topics of one folder to `topics`, which stay sorted; a topic with a known slug replaces that one.
///
/// Two files of the folder with one slug are a mistake: nobody can see which of them is meant.
pub(super) fn add_folder(topics: &mut Vec<Topic>, files: &[SourceText], reader: &mut Reader) {
    let mut seen: BTreeMap<Slug, PathBuf> = BTreeMap::new();
    for file in files {
        let Some((topic, slug_at)) = read(file, TopicOrigin::File(file.path.clone()), reader) else {
            continue;
        };
        if let Some(first) = seen.insert(topic.slug.clone(), file.path.clone()) {
            let message = format!("the topic `{}` is also in {}", topic.slug, first.display());
            reader.note(&slug_at, Fault::new(message).hint("give one of them another `slug`, or remove it"));
        }
        topics.retain(|other| other.slug != topic.slug);
        topics.push(topic);
    }
    topics.sort_by(|a, b| a.slug.cmp(&b.slug));
}
