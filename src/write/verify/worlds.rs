//! Invented worlds with sentences about them, written by people who had not read the rules: the good ones must pass, the
//! subtle lies must not. `worlds/second-*.toml` is the set that no rule was ever changed for.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use super::*;
use crate::model::{
    AuthorKey, Citation, CopyGroup, Count, CountId, CounterSearch, Lang, Platform, RecordId, Sha256,
    SourceClass, Span, StoryCode, StoryStatus, StorylineId, TopicRef,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct World {
    #[serde(rename = "subject")]
    _subject: String,
    label: String,
    time_zone: String,
    record: Vec<Row>,
    count: Vec<Query>,
    #[serde(default)]
    good: Vec<Said>,
    #[serde(default)]
    lie: Vec<Said>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    key: String,
    platform: Platform,
    venue: String,
    speaker: String,
    class: Speaks,
    byline: Option<String>,
    at: toml::value::Datetime,
    #[serde(default)]
    title: String,
    text: String,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Speaks {
    Post,
    Press,
    Official,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    key: String,
    unit: CountUnit,
    base: CountBase,
    filter: Option<String>,
    mentions: Option<String>,
    venue: Option<String>,
    platform: Option<Platform>,
    day: Option<NaiveDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    kind: SentenceKind,
    place: String,
    text: String,
    #[serde(default)]
    cites: Vec<(String, String)>,
    #[serde(default)]
    counts: Vec<String>,
    how: Option<String>,
    #[serde(rename = "why")]
    _why: Option<String>,
}

impl World {
    fn read(text: &str) -> Self {
        toml::from_str(text).unwrap()
    }

    fn brief(&self) -> Brief {
        let records: Vec<BriefRecord> =
            self.record.iter().enumerate().map(|(i, row)| row.record(i)).collect();
        let ids: Vec<RecordId> = records.iter().map(|r| r.id.clone()).collect();
        let storyline = StorylineId::from_stored("invented");
        let last = records.iter().map(|r| r.published_at).max().unwrap();
        let mut brief = Brief {
            format: Brief::FORMAT,
            topic: TopicRef { slug: "invented".parse().unwrap(), name: "Invented".to_owned() },
            code: StoryCode::of(&storyline),
            storyline,
            version: 1,
            status: StoryStatus::Developing,
            at: last + chrono::TimeDelta::hours(3),
            time_zone: self.time_zone.clone(),
            lang: Lang::EN,
            label: self.label.clone(),
            members: ids.clone(),
            evidence: ids.clone(),
            before: Vec::new(),
            before_days: 7,
            quotes: Vec::new(),
            counts: Vec::new(),
            signals: Vec::new(),
            earlier: None,
            counter: CounterSearch { searched: records.len() as u64, quotes: Vec::new() },
            similar: Vec::new(),
            caveats: Vec::new(),
            records_read: 200,
            seed: 3,
            records,
        };
        for query in &self.count {
            let filter = query.filter();
            let (n, of, _) = brief.evaluate(query.unit, query.base, &filter);
            let id = CountId::from_stored(query.key.clone());
            brief.counts.push(Count { id, unit: query.unit, base: query.base, filter, n, of });
        }
        brief
    }

    fn sentence(&self, brief: &Brief, said: &Said) -> (Place, Sentence) {
        let place = match said.place.as_str() {
            "headline" => Place::Headline,
            "dek" => Place::Dek { n: 0 },
            "heading" => Place::Heading { section: 0 },
            "section" => Place::Section { section: 0, n: 0 },
            "so_far" => Place::SoFar { n: 0 },
            "answer" => Place::Answer { faq: 0, n: 0 },
            "short" => Place::Short { faq: 0, n: 0 },
            "counter" => Place::Counter { n: 0 },
            other => panic!("no place `{other}`: {}", said.text),
        };
        let cite = |(key, words): &(String, String)| {
            let at = self.record.iter().position(|r| r.key == *key).unwrap_or_else(|| panic!("{key}"));
            let record = &brief.records[at];
            let text = record.text.as_deref().unwrap();
            let start = text.find(words.as_str()).unwrap_or_else(|| panic!("{words:?} is not in {text:?}"));
            let span = Span { start, end: start + words.len() };
            let sha256 = Sha256::of(span.slice(text).unwrap());
            Citation {
                record: record.id.clone(),
                url: record.url.clone(),
                start: span.start,
                end: span.end,
                sha256,
            }
        };
        let count = |id: &String| {
            let id = CountId::from_stored(id.clone());
            brief.use_count(brief.count(&id).unwrap_or_else(|| panic!("{id}: {}", said.text)))
        };
        let sentence = Sentence {
            text: said.text.clone(),
            kind: said.kind,
            citations: said.cites.iter().map(cite).collect(),
            counts: said.counts.iter().map(count).collect(),
            // What a second check would be asked about.
            confirmed: said.kind == SentenceKind::Report,
        };
        (place, sentence)
    }
}

impl Row {
    fn record(&self, i: usize) -> BriefRecord {
        let text =
            if self.title.is_empty() { self.text.clone() } else { format!("{}\n{}", self.title, self.text) };
        let id = RecordId::derive(&self.platform, &format!("invented-{i}"));
        let class = match self.class {
            Speaks::Press => SourceClass::Publication,
            Speaks::Post | Speaks::Official => SourceClass::default_for(&self.platform),
        };
        BriefRecord {
            url: format!("https://example.org/invented/{i}"),
            author_key: AuthorKey::derive(&self.platform, self.byline.as_deref().unwrap_or(&self.speaker)),
            platform: self.platform.clone(),
            venue: self.venue.clone(),
            class,
            speaker: self.speaker.clone(),
            byline: self.byline.clone(),
            official: self.class == Speaks::Official,
            published_at: self.at.to_string().parse::<DateTime<Utc>>().unwrap(),
            copy_group: CopyGroup::of(&id),
            body_start: if self.title.is_empty() { 0 } else { self.title.len() + 1 },
            lang: Lang::EN,
            quarantined: false,
            sha256: Sha256::of(&text),
            text: Some(text),
            id,
        }
    }
}

impl Query {
    fn filter(&self) -> CountFilter {
        if let Some(term) = &self.mentions {
            return CountFilter::Mentions { term: term.clone() };
        }
        if let Some(venue) = &self.venue {
            return CountFilter::Venue { venue: venue.clone() };
        }
        if let Some(platform) = &self.platform {
            return CountFilter::Platform { platform: platform.clone() };
        }
        if let Some(date) = self.day {
            return CountFilter::Day { date };
        }
        match self.filter.as_deref() {
            Some("all") => CountFilter::All,
            Some("publications") => CountFilter::Publications,
            Some("members") => CountFilter::Members,
            other => panic!("no filter {other:?} in {}", self.key),
        }
    }
}

/// What became of the sentences of a set of worlds: how many, how many were rejected, and a line for each that is of
/// interest.
#[derive(Default)]
struct Tally {
    good: usize,
    lost: Vec<String>,
    lies: usize,
    out: Vec<String>,
    codes: BTreeMap<String, usize>,
    /// Paraphrases that would go out if the second check agreed with anything.
    held: Vec<String>,
    reports: usize,
}

fn tally(worlds: &[&str]) -> Tally {
    let mut all = Tally::default();
    for world in worlds.iter().map(|text| World::read(text)) {
        let brief = world.brief();
        let verifier = Verifier::new(&brief);
        for said in &world.good {
            let (place, sentence) = world.sentence(&brief, said);
            let wrong = verifier.check(&sentence, place);
            all.good += 1;
            if let Some(first) = wrong.first() {
                *all.codes.entry(format!("{} ({})", first.code, said.kind)).or_default() += 1;
                all.lost.push(format!("{} [{}] {}: {}", first.code, first.offending, said.kind, said.text));
            }
        }
        for said in &world.lie {
            let (place, sentence) = world.sentence(&brief, said);
            all.lies += 1;
            // A paraphrase that only goes along its source is published if a second check agrees; there is none by default.
            let report = said.kind == SentenceKind::Report;
            all.reports += usize::from(report);
            let how = said.how.as_deref().unwrap_or("?");
            if verifier.check(&sentence, place).is_empty() {
                let line = format!("{how} ({}): {}", said.kind, said.text);
                let confirmed = sentence.confirmed;
                let alone = Sentence { confirmed: false, ..sentence };
                let list = if confirmed && !verifier.check(&alone, place).is_empty() {
                    &mut all.held
                } else {
                    &mut all.out
                };
                list.push(line);
            }
        }
    }
    all
}

/// The worlds' good sentences that pass, for lying about them.
pub(super) fn passing() -> Vec<mutation::Goods> {
    let goods = |text: &&str| {
        let world = World::read(text);
        let brief = world.brief();
        let sentences = world
            .good
            .iter()
            .map(|said| world.sentence(&brief, said))
            // A paraphrase is lied about as it stands without a second check.
            .map(|(place, sentence)| (place, Vec::new(), Sentence { confirmed: false, ..sentence }))
            .collect();
        mutation::Goods { brief, sentences }
    };
    GOOD.iter().chain(&LIES).map(goods).collect()
}

const GOOD: [&str; 3] = [
    include_str!("worlds/good-1.toml"),
    include_str!("worlds/good-2.toml"),
    include_str!("worlds/good-3.toml"),
];
const LIES: [&str; 3] = [
    include_str!("worlds/lies-1.toml"),
    include_str!("worlds/lies-2.toml"),
    include_str!("worlds/lies-3.toml"),
];
const SECOND: [&str; 2] = [include_str!("worlds/second-1.toml"), include_str!("worlds/second-2.toml")];

fn share(part: usize, of: usize) -> f64 {
    part as f64 / of.max(1) as f64
}

fn shown(name: &str, tally: &Tally) {
    println!(
        "{name}: {} of {} good sentences lost, {} of {} lies out",
        tally.lost.len(),
        tally.good,
        tally.out.len(),
        tally.lies
    );
    for (code, n) in &tally.codes {
        println!("{n:4}  {code}");
    }
    for line in tally.lost.iter().chain(&tally.out) {
        println!("  {line}");
    }
    println!("{} of {} false paraphrases are left to the second check", tally.held.len(), tally.reports);
    for line in &tally.held {
        println!("  held: {line}");
    }
}

#[test]
fn good_sentences_by_people_who_had_not_read_the_rules_pass() {
    let tally = tally(&GOOD);
    shown("good", &tally);
    assert!(tally.good >= 150, "{}", tally.good);
    assert!(share(tally.lost.len(), tally.good) <= 0.15, "{} of {}", tally.lost.len(), tally.good);
}

#[test]
fn subtle_lies_do_not_get_out() {
    let tally = tally(&LIES);
    shown("lies", &tally);
    assert!(tally.lies >= 100, "{}", tally.lies);
    assert!(share(tally.out.len(), tally.lies) <= 0.1, "{} of {}", tally.out.len(), tally.lies);
}

#[test]
fn the_second_set_is_told_as_it_falls() {
    let tally = tally(&SECOND);
    println!(
        "{} of {} good sentences lost, {} of {} lies out",
        tally.lost.len(),
        tally.good,
        tally.out.len(),
        tally.lies
    );
    // As it fell when it was scored; it may only get better.
    assert_eq!((tally.good, tally.lies), (89, 67));
    assert!(
        tally.lost.len() <= 34 && tally.out.len() <= 3,
        "{} lost, {} out",
        tally.lost.len(),
        tally.out.len()
    );
}
