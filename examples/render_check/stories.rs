//! Stories out of such words: every part that comes from outside is one, and every number of them occurs.

use chrono::{DateTime, Duration, TimeZone as _, Utc};
use newsdesk::model::{
    Amendment, AmendmentKind, AuthorKey, Brief, BriefRecord, Change, ChangeKind, Citation, CopyGroup,
    CounterSearch, EarlierVersion, Faq, FaqKind, Lang, Methodology, Platform, RecordId, Section, Sentence,
    SentenceKind, Severity, Sha256, Similar, SourceClass, Story, StoryBody, StoryCode, StoryStatus,
    StorylineId, TopicRef, TopicSlug,
};

use crate::words::{Chance, Words};

const ZONES: [&str; 4] = ["Europe/Lisbon", "UTC", "Asia/Kathmandu", "America/Los_Angeles"];

/// A story, its brief, and what became of it.
pub(crate) struct Tale {
    pub(crate) story: Story,
    pub(crate) brief: Brief,
    pub(crate) severity: Severity,
    pub(crate) amendments: Vec<Amendment>,
    /// Whether an earlier version stands where this one goes.
    pub(crate) opened: bool,
}

impl Tale {
    /// Story `n` of a seed.
    pub(crate) fn of(seed: u64, n: u64, naughty: &[String]) -> Self {
        let mut words = Words { chance: Chance::of(seed, n), naughty };
        let at = Utc.timestamp_opt(1_772_600_000, 0).single().unwrap_or_default()
            + Duration::minutes(i64::try_from(n % 500_000).unwrap_or_default());
        let storyline = StorylineId::from_stored(format!("{seed}-{n}"));
        let code = StoryCode::of(&storyline);
        let topic: TopicSlug = "night-trains".parse().expect("a slug");
        let records = records(&mut words, at);
        let body = body(&mut words, &records);
        let version =
            if words.chance.once_in(2) { 1 } else { u32::try_from(words.chance.between(2, 40)).unwrap_or(2) };
        let story = Story {
            storyline: storyline.clone(),
            code: code.clone(),
            version,
            topic: topic.clone(),
            at,
            status: *words.chance.pick(StoryStatus::ALL),
            label: words.text(2),
            body,
            records: words.chance.below(20_000) as u64,
            links: words.chance.below(200) as u64,
            platforms: platforms(&mut words),
            changes: if version == 1 { Vec::new() } else { changes(&mut words) },
            methodology: methodology(&mut words),
        };
        let brief = brief(&mut words, &story, records);
        let amendments = amendments(&mut words, &story);
        let severity = *words.chance.pick(&[Severity::Low, Severity::Medium, Severity::High]);
        let opened = version > 1 && !words.chance.once_in(3);
        Self { story, brief, severity, amendments, opened }
    }
}

fn platforms(words: &mut Words<'_>) -> Vec<Platform> {
    let archive = Platform::Archive(words.text(2));
    let all = [
        Platform::Reddit,
        Platform::Feed,
        Platform::Bluesky,
        Platform::HackerNews,
        Platform::Mastodon,
        archive,
    ];
    let count = words.chance.between(1, all.len());
    all.into_iter().rev().take(count).collect()
}

fn records(words: &mut Words<'_>, at: DateTime<Utc>) -> Vec<BriefRecord> {
    let count =
        if words.chance.once_in(20) { words.chance.between(30, 80) } else { words.chance.between(1, 12) };
    (0..count)
        .map(|n| {
            let url = words.address(n);
            let platform = platforms(words).swap_remove(0);
            let id = RecordId::derive(&platform, &format!("{n} {url}"));
            let speaker = if words.chance.once_in(4) { words.text(4) } else { "u/berth_seven".to_owned() };
            BriefRecord {
                url,
                venue: if words.chance.once_in(4) { words.text(3) } else { "r/night_trains".to_owned() },
                class: SourceClass::default_for(&platform),
                byline: None,
                author_key: AuthorKey::derive(&platform, &speaker),
                speaker,
                official: n == 0,
                published_at: at
                    - Duration::hours(i64::try_from(words.chance.below(200)).unwrap_or_default()),
                copy_group: CopyGroup::of(&id),
                body_start: 0,
                lang: Lang::EN,
                quarantined: false,
                text: None,
                sha256: Sha256::of(&format!("text {n}")),
                platform,
                id,
            }
        })
        .collect()
}

fn sentence(words: &mut Words<'_>, records: &[BriefRecord], most: usize) -> Sentence {
    let text = words.text(most);
    let citations = (0..words.chance.below(4))
        .map(|_| {
            let record = words.chance.pick(records);
            Citation {
                record: record.id.clone(),
                url: record.url.clone(),
                start: 0,
                end: text.len(),
                sha256: Sha256::of(&text),
            }
        })
        .collect();
    let kind =
        if words.chance.once_in(8) { *words.chance.pick(SentenceKind::ALL) } else { SentenceKind::Quote };
    Sentence { text, kind, citations, counts: Vec::new(), confirmed: false }
}

fn sentences(words: &mut Words<'_>, records: &[BriefRecord], most: usize) -> Vec<Sentence> {
    (0..words.chance.between(0, most)).map(|_| sentence(words, records, 14)).collect()
}

fn body(words: &mut Words<'_>, records: &[BriefRecord]) -> StoryBody {
    let headline = sentence(words, records, 8);
    let dek = (0..words.chance.between(0, 3)).map(|_| sentence(words, records, 8)).collect();
    let sections = (0..words.chance.between(0, 5))
        .map(|_| Section {
            heading: Some(sentence(words, records, 6)),
            sentences: sentences(words, records, 4),
        })
        .collect();
    let so_far = sentences(words, records, 3);
    let faqs: Vec<Faq> = [FaqKind::WhatHappened, FaqKind::WhatItMeans, FaqKind::Counter]
        .into_iter()
        .map(|kind| Faq {
            kind,
            question: words.text(6),
            answer: sentences(words, records, 3),
            short: sentences(words, records, 1),
        })
        .collect();
    let told = faqs.last().map(|faq| faq.answer.clone()).unwrap_or_default();
    let counter = if words.chance.once_in(2) { told } else { sentences(words, records, 2) };
    StoryBody { headline, dek, sections, so_far, faqs, counter }
}

fn changes(words: &mut Words<'_>) -> Vec<Change> {
    (0..words.chance.below(5))
        .map(|n| match n {
            3 => Change::of_size(words.chance.below(50) as u64, words.chance.below(90) as u64, "records"),
            _ => Change {
                kind: *words.chance.pick(&[ChangeKind::Added, ChangeKind::Changed, ChangeKind::Withdrawn]),
                text: words.text(10),
            },
        })
        .collect()
}

fn methodology(words: &mut Words<'_>) -> Methodology {
    Methodology {
        writer: words.text(2),
        newsdesk: "0.1.0".to_owned(),
        records_read: words.chance.below(100_000) as u64,
        records_used: words.chance.below(1_000) as u64,
        authors: words.chance.below(10_000) as u64,
        sentences_checked: words.chance.below(50) as u64,
        sentences_dropped: words.chance.below(5) as u64,
        cost_microusd: words.chance.below(90_000) as u64,
        model: None,
        brief: Sha256::of("brief"),
        caveats: (0..words.chance.below(3)).map(|_| words.text(6)).collect(),
    }
}

fn amendments(words: &mut Words<'_>, story: &Story) -> Vec<Amendment> {
    let count = if words.chance.once_in(3) { words.chance.between(1, 5) } else { 0 };
    (0..count)
        .map(|n| Amendment {
            code: story.code.clone(),
            kind: if words.chance.once_in(5) { AmendmentKind::Retraction } else { AmendmentKind::Correction },
            text: words.text(20),
            by: words.text(3),
            at: story.at + Duration::hours(i64::try_from(n).unwrap_or_default()),
        })
        .collect()
}

fn brief(words: &mut Words<'_>, story: &Story, records: Vec<BriefRecord>) -> Brief {
    let ids: Vec<RecordId> = records.iter().map(|r| r.id.clone()).collect();
    let similar = (0..words.chance.below(4))
        .map(|n| Similar {
            code: StoryCode::of(&StorylineId::from_stored(format!("similar {n}"))),
            headline: words.text(8),
            topic: story.topic.clone(),
            at: story.at - Duration::days(12),
        })
        .collect();
    // What the version before rested on; the rest is news.
    let earlier = (story.version > 1 && words.chance.once_in(2)).then(|| EarlierVersion {
        version: story.version - 1,
        at: story.at - Duration::days(1),
        headline: words.text(8),
        members: ids.iter().filter(|_| words.chance.once_in(2)).cloned().collect(),
        cited: Vec::new(),
    });
    // After a deletion, a story may cite what its brief has forgotten.
    let records = if words.chance.once_in(15) { Vec::new() } else { records };
    Brief {
        format: Brief::FORMAT,
        topic: TopicRef { slug: story.topic.clone(), name: words.text(3) },
        storyline: story.storyline.clone(),
        code: story.code.clone(),
        version: story.version,
        status: story.status,
        at: story.at,
        time_zone: (*words.chance.pick(&ZONES)).to_owned(),
        lang: Lang::EN,
        label: story.label.clone(),
        records,
        members: ids.clone(),
        evidence: ids,
        before: Vec::new(),
        before_days: 7,
        quotes: Vec::new(),
        counts: Vec::new(),
        signals: Vec::new(),
        earlier,
        counter: CounterSearch { searched: 41, quotes: Vec::new() },
        similar,
        caveats: Vec::new(),
        records_read: 1_208,
        seed: 7,
    }
}
