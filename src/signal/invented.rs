//! Invented records for the tests of this stage: a harbour town, its ferries and its people.

use chrono::{DateTime, TimeDelta, Utc};

use crate::analyze::headline::{Venue, signs};
use crate::analyze::{CleanInput, Markup, clean};
use crate::model::{
    Analysis, AuthorKey, CopyGroup, Engagement, Lang, Marks, Platform, Record, RecordId, RecordState,
    Register, Sha256, Signs, SourceClass, StoredText, TopicSlug,
};

use super::observation::{Observation, Seen, Standing};

/// Noon of the invented tick's day.
pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_930_000_000 - 1_930_000_000 % 86_400 + 43_200, 0).unwrap()
}

/// The topic of all invented records.
pub(crate) fn harbour() -> TopicSlug {
    "harbour".parse().unwrap()
}

/// A post in a forum given over to the topic.
pub(crate) fn forum(author: &str, minutes_ago: i64, title: &str, body: &str) -> Observation {
    said(Platform::Reddit, SourceClass::Forum, "r/harbour", author, minutes_ago, Some(title), body)
}

/// A post on a general network.
pub(crate) fn social(author: &str, minutes_ago: i64, body: &str) -> Observation {
    said(Platform::Bluesky, SourceClass::Social, "Bluesky", author, minutes_ago, None, body)
}

/// A publication's article.
pub(crate) fn article(outlet: &str, minutes_ago: i64, title: &str, body: &str) -> Observation {
    said(Platform::Feed, SourceClass::Publication, outlet, outlet, minutes_ago, Some(title), body)
}

/// A paper.
pub(crate) fn paper(author: &str, minutes_ago: i64, title: &str, body: &str) -> Observation {
    said(Platform::Arxiv, SourceClass::Paper, "arXiv", author, minutes_ago, Some(title), body)
}

fn said(
    platform: Platform,
    class: SourceClass,
    venue: &str,
    author: &str,
    minutes_ago: i64,
    title: Option<&str>,
    body: &str,
) -> Observation {
    let native_id = format!("{author}/{minutes_ago}/{}", title.unwrap_or(body));
    let id = RecordId::derive(&platform, &native_id);
    let published_at = noon() - TimeDelta::minutes(minutes_ago);
    let social = class == SourceClass::Social;
    let cleaned = clean(&CleanInput { title, body, markup: Markup::Plain, social });
    let place = match class {
        SourceClass::Forum => Venue::Forum,
        SourceClass::Social => Venue::Social,
        SourceClass::Publication | SourceClass::Essay | SourceClass::Paper => Venue::Publication,
    };
    let found = signs(&cleaned, body, place, crate::analyze::Lang::EN);
    let record = Record {
        id: id.clone(),
        author_key: AuthorKey::derive(&platform, author),
        platform,
        permalink: format!("https://example.org/{native_id}"),
        native_id,
        class,
        author: Some(format!("@{author}")),
        venue: venue.to_owned(),
        published_at,
        seen_at: published_at,
        archived_seen_at: None,
        edited_at: None,
        title: title.map(str::to_owned),
        body: body.to_owned(),
        tags: Vec::new(),
        answers: None,
        quotes: None,
        engagement: Engagement::default(),
        revision: 1,
        state: RecordState::Live,
    };
    let text = StoredText {
        record: id.clone(),
        revision: 1,
        sha256: Sha256::of(&cleaned.text),
        body_start: cleaned.body_start,
        text: cleaned.text,
        marks: Marks::default(),
    };
    let analysis = Analysis {
        record: id.clone(),
        revision: 1,
        lang: Lang::EN,
        sentiment: None,
        register: Register::Neutral,
        entities: Vec::new(),
        phrases: Vec::new(),
        exact_hash: String::new(),
        fingerprint: String::new(),
        topics: vec![harbour()],
        quarantine: Vec::new(),
        signs: Signs {
            news_verb: found.news_verb.is_some(),
            figures: found.figures,
            asks: found.asks,
            first_hand: found.first_hand,
            personal: found.personal,
            has_link: found.has_link,
            title_words: u32::try_from(found.title_words).unwrap(),
            starts_with_mention: found.starts_with_mention,
            recurring: found.recurring,
            shape: found.shape,
            handles: found.handles_named,
        },
    };
    let dedicated = if social { Vec::new() } else { vec![harbour()] };
    let standing = Standing {
        copy_group: CopyGroup::of(&id),
        cluster: None,
        dedicated: &dedicated,
        seen: Seen::Live,
        backfill_after: TimeDelta::hours(6),
    };
    Observation::of(&record, &text, &analysis, standing)
}
