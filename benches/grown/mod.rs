//! A desk that has read for a month: invented records, analysed and matched, and stories over them.
//!
//! Same seed, same bytes. Places, papers, people and handles are invented; most words are made of syllables.

mod stories;
mod words;

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use newsdesk::analyze::{TopicMatcher, analyze};
use newsdesk::config::{Config, Inputs, SourceText, load};
use newsdesk::model::{
    AuthorKey, ClusterId, CopyGroup, Engagement, IncomingRecord, Platform, Record, RecordId, RecordState,
    SourceClass,
};
use newsdesk::store::{AnalysedRow, NewStory, NewVectors, Outgoing, Store};

use words::Language;

pub(crate) use words::Dice;

/// Name, slug, the words that match. The last one never gets a story.
const TOPICS: [(&str, &str, [&str; 3]); 9] = [
    ("Night Trains", "night-trains", ["night train", "sleeper", "couchette"]),
    ("City Bikes", "city-bikes", ["bike share", "docking station", "city tandem"]),
    ("Tide Power", "tide-power", ["tidal barrage", "tide turbine", "lagoon"]),
    ("Sea Weather", "sea-weather", ["gale", "sea fog", "swell"]),
    ("Library Hours", "library-hours", ["library", "reading room", "book van"]),
    ("Roof Gardens", "roof-gardens", ["roof garden", "green roof", "beehive"]),
    ("Harbour Ferries", "harbour-ferries", ["ferry", "landing stage", "car deck"]),
    ("Old Looms", "old-looms", ["loom", "weaving mill", "dye works"]),
    ("Quiet Corner", "quiet-corner", ["bandstand", "duck pond", "park bench"]),
];

/// Records stored at a time.
const PAGE: usize = 2_000;

/// Records of a topic that a story may cite: the last ones.
const AT_HAND: usize = 60;

/// How the desk is to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) records: usize,
    pub(crate) days: i64,
    pub(crate) seed: u64,
    /// The last moment of it.
    pub(crate) end: DateTime<Utc>,
}

/// What was stored.
#[derive(Clone, Debug, serde::Serialize)]
pub(crate) struct Report {
    pub(crate) records: usize,
    pub(crate) storylines: usize,
    pub(crate) versions: usize,
    pub(crate) text_bytes: usize,
    pub(crate) seconds: f64,
}

/// The end of a desk whose time does not matter.
pub(crate) fn usual_end() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_366_400, 0).unwrap_or_default() // 1 March 2026, noon
}

/// The topics as files, by name.
pub(crate) fn topic_files() -> Vec<(String, String)> {
    let file = |(name, slug, words): &(&str, &str, [&str; 3])| {
        let any: Vec<String> = words.iter().map(|word| format!("\"{word}*\"")).collect();
        let text = format!(
            "name = \"{name}\"\ndescription = \"{name}, and what people say about them.\"\n\n[match]\nany = [{}]\n",
            any.join(", ")
        );
        (format!("{slug}.toml"), text)
    };
    TOPICS.iter().map(file).collect()
}

/// A configuration with these topics.
pub(crate) fn config() -> anyhow::Result<Config> {
    let file = |path: &str, text: String| SourceText { path: path.into(), text };
    Ok(load(Inputs {
        file: Some(file("newsdesk.toml", "[topics]\nbuiltin = false\n".to_owned())),
        topic_files: topic_files().into_iter().map(|(path, text)| file(&path, text)).collect(),
        ..Inputs::default()
    })?)
}

/// A stored record that stories can cite.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) record: Record,
    pub(crate) text: String,
    pub(crate) sha256: newsdesk::model::Sha256,
    pub(crate) body_start: usize,
}

/// Where a new story goes.
pub(crate) type Routes<'a> = &'a mut (dyn FnMut(&NewStory) -> Vec<Outgoing> + Send);

/// Fills a database; `said` is told how many records are stored. Stories go nowhere.
pub(crate) async fn grow(store: &Store, size: Size, said: impl FnMut(usize)) -> anyhow::Result<Report> {
    grow_and_post(store, size, said, &mut |_| Vec::new()).await
}

/// The same, with a delivery of each new story to where `routes` says.
pub(crate) async fn grow_and_post(
    store: &Store,
    size: Size,
    mut said: impl FnMut(usize),
    routes: Routes<'_>,
) -> anyhow::Result<Report> {
    let began = Instant::now();
    let config = config()?;
    let matcher = TopicMatcher::new(&config.topics);
    let mut dice = Dice::new(size.seed);
    let language = Language::new(&mut dice);
    let mut press = stories::Press::new(&config, size.seed);
    let start = size.end - TimeDelta::days(size.days);
    let step_ms = (size.days * 86_400_000) / i64::try_from(size.records.max(1))?;
    let mut tick = start + TimeDelta::hours(6);
    let mut at_hand: Vec<Vec<Told>> = vec![Vec::new(); TOPICS.len()];
    let mut report = Report { records: 0, storylines: 0, versions: 0, text_bytes: 0, seconds: 0.0 };
    let mut opened: Vec<(RecordId, String)> = Vec::new();
    for first in (0..size.records).step_by(PAGE) {
        let count = PAGE.min(size.records - first);
        let mut page = Vec::with_capacity(count);
        let mut groups = Vec::with_capacity(count);
        for n in first..first + count {
            let at = start
                + TimeDelta::milliseconds(step_ms * i64::try_from(n)? + i64::try_from(dice.below(900))?);
            let record = invent(&mut dice, &language, n, at);
            let id = RecordId::derive(&record.platform, &record.native_id);
            // One in thirty is a copy of a recent one; one in five opens something that others are about.
            let (record, group) = match opened.last() {
                Some((original, text)) if dice.below(30) == 0 => {
                    (IncomingRecord { body: text.clone(), ..record }, CopyGroup::of(original))
                }
                _ => (record, CopyGroup::of(&id)),
            };
            let opener = match opened.last() {
                Some((opener, _)) if dice.below(5) != 0 => opener.clone(),
                _ => {
                    opened.push((id.clone(), record.body.clone()));
                    id
                }
            };
            groups.push((group, ClusterId::derive(&opener)));
            page.push(record);
        }
        opened.drain(..opened.len().saturating_sub(8));
        let seen = page.last().map_or(size.end, |last| last.published_at) + TimeDelta::seconds(30);
        let records: Vec<Record> = page.iter().map(|record| stored(record, seen)).collect();
        let (saved, analysed) = std::thread::scope(|scope| {
            let half = records.len().div_ceil(2).max(1);
            let halves: Vec<_> = records
                .chunks(half)
                .map(|part| {
                    let matcher = &matcher;
                    scope.spawn(move || part.iter().map(|r| analyze(r, matcher)).collect::<Vec<_>>())
                })
                .collect();
            let analysed: Vec<_> = halves.into_iter().flat_map(|h| h.join().unwrap_or_default()).collect();
            (page, analysed)
        });
        anyhow::ensure!(analysed.len() == records.len(), "a record could not be analysed");
        store.save_records(&saved, seen).await?;
        let mut rows = Vec::with_capacity(count);
        for ((record, (text, analysis)), (copy_group, cluster)) in
            records.into_iter().zip(analysed).zip(groups)
        {
            report.text_bytes += text.text.len();
            for (slot, (_, slug, _)) in at_hand.iter_mut().zip(TOPICS) {
                if analysis.topics.iter().any(|t| t.as_str() == slug) {
                    slot.push(Told {
                        record: record.clone(),
                        text: text.text.clone(),
                        sha256: text.sha256.clone(),
                        body_start: text.body_start,
                    });
                }
            }
            rows.push(AnalysedRow { text, analysis, copy_group, cluster });
        }
        store.save_analyses(&rows, &[], &NewVectors::default()).await?;
        for slot in &mut at_hand {
            slot.drain(..slot.len().saturating_sub(AT_HAND));
        }
        while tick <= seen && tick <= size.end {
            press.tick(store, tick, &at_hand, &mut dice, routes).await?;
            tick += TimeDelta::hours(6);
        }
        report.records += count;
        said(report.records);
    }
    // The desk's rules are known to be these: its first run need not match everything again.
    newsdesk::analyze::Analyzer::new(&config.topics, newsdesk::analyze::AnalyzerSettings::default())
        .run(store, |_| ())
        .await?;
    store.refresh_statistics().await?;
    (report.storylines, report.versions) = press.written();
    report.seconds = began.elapsed().as_secs_f64();
    Ok(report)
}

/// The slugs that get stories.
pub(crate) fn told_topics() -> Vec<&'static str> {
    TOPICS.iter().take(TOPICS.len() - 1).map(|(_, slug, _)| *slug).collect()
}

/// The topic with many records and no story.
pub(crate) fn quiet_topic() -> &'static str {
    TOPICS[TOPICS.len() - 1].1
}

/// The record as it will be stored.
fn stored(from: &IncomingRecord, seen_at: DateTime<Utc>) -> Record {
    Record {
        id: RecordId::derive(&from.platform, &from.native_id),
        platform: from.platform.clone(),
        native_id: from.native_id.clone(),
        class: from.class,
        permalink: from.permalink.clone(),
        author: from.author.clone(),
        author_key: AuthorKey::derive(&from.platform, from.author.as_deref().unwrap_or(&from.native_id)),
        venue: from.venue.clone(),
        published_at: from.published_at,
        seen_at,
        archived_seen_at: None,
        edited_at: None,
        title: from.title.clone(),
        body: from.body.clone(),
        tags: from.tags.clone(),
        answers: from.answers.clone(),
        quotes: from.quotes.clone(),
        engagement: from.engagement,
        revision: 1,
        state: RecordState::Live,
    }
}

fn invent(dice: &mut Dice, language: &Language, n: usize, at: DateTime<Utc>) -> IncomingRecord {
    let topic = match dice.below(10) {
        0..=6 => Some(TOPICS[dice.skewed(TOPICS.len())].2),
        _ => None,
    };
    let word = topic.map(|words| words[dice.below(3)]);
    let author = language.handle(dice);
    let place = language.place(dice);
    let (platform, native_id, permalink, author, venue, sentences) = match dice.below(10) {
        0..=2 => (
            Platform::Mastodon,
            format!("saltpan.example/{n}"),
            format!("https://saltpan.example/@{author}/{n}"),
            Some(format!("@{author}")),
            "saltpan.example".to_owned(),
            1 + dice.below(3),
        ),
        3..=5 => (
            Platform::Reddit,
            format!("t3_{n:x}"),
            format!("https://forum.example/r/{place}/comments/{n:x}/"),
            Some(format!("u/{author}")),
            format!("r/{place}"),
            2 + dice.below(8),
        ),
        6 | 7 => (
            Platform::Bluesky,
            format!("did:plc:{author}/{n}"),
            format!("https://sky.example/profile/{author}/post/{n}"),
            Some(format!("@{author}.sky.example")),
            "Bluesky".to_owned(),
            1 + dice.below(3),
        ),
        8 => (
            Platform::HackerNews,
            format!("{n}"),
            format!("https://orange.example/item?id={n}"),
            Some(author.clone()),
            "Hacker News".to_owned(),
            2 + dice.below(6),
        ),
        _ => {
            let link = format!("https://{place}-courier.example/{n}");
            (Platform::Feed, link.clone(), link, None, format!("The {place} Courier"), 5 + dice.below(9))
        }
    };
    let class = SourceClass::default_for(&platform);
    let titled = class != SourceClass::Social;
    let title = titled.then(|| language.title(dice, word));
    let mut body = language.sentence(dice, word);
    for _ in 1..sentences {
        body.push(' ');
        body.push_str(&language.sentence(dice, None));
    }
    IncomingRecord {
        platform,
        native_id,
        class,
        permalink,
        author,
        venue,
        published_at: at,
        archived_seen_at: None,
        edited_at: None,
        title,
        body,
        tags: Vec::new(),
        answers: None,
        quotes: None,
        engagement: Engagement {
            score: Some(dice.below(200).cast_signed() as i64),
            replies: Some(dice.below(40).cast_signed() as i64),
        },
        deleted: None,
    }
}
