//! The smallest story, brief and delivery that can be stored.

use chrono::{DateTime, Utc};
use newsdesk::model::{
    Brief, BriefRecord, Citation, CounterSearch, Delivery, DeliveryId, DeliveryState, Lang, Methodology,
    Record, RecordId, Sentence, SentenceKind, Severity, Sha256, Step, StepId, StepKind, StepState, Story,
    StoryBody, StoryCode, StoryStatus, StorylineId, TopicRef, TopicSlug,
};
use newsdesk::store::{NewStory, Trail};

pub(crate) fn slug(text: &str) -> TopicSlug {
    text.parse().expect("a slug")
}

/// A story about `record`, whose stored text is `text`: its headline cites the whole text.
pub(crate) fn story_about(
    record: &Record,
    text: &str,
    topic: &str,
    version: u32,
    at: DateTime<Utc>,
) -> NewStory {
    let topic = slug(topic);
    let storyline = StorylineId::derive(&topic, &record.id);
    let code = StoryCode::of(&storyline);
    let headline = Sentence {
        text: format!("“{text}”"),
        kind: SentenceKind::Quote,
        citations: vec![Citation {
            record: record.id.clone(),
            url: record.permalink.clone(),
            start: 0,
            end: text.len(),
            sha256: Sha256::of(text),
        }],
        counts: Vec::new(),
        confirmed: false,
    };
    let brief = brief_of(record, text, &topic, version, at);
    let story = Story {
        storyline,
        code,
        version,
        topic,
        at,
        status: StoryStatus::Breaking,
        label: "ferry".to_owned(),
        body: StoryBody {
            headline,
            dek: Vec::new(),
            sections: Vec::new(),
            so_far: Vec::new(),
            faqs: Vec::new(),
            counter: Vec::new(),
        },
        records: 1,
        links: 0,
        platforms: vec![record.platform.clone()],
        changes: Vec::new(),
        methodology: Methodology {
            writer: "extractive".to_owned(),
            newsdesk: "0".to_owned(),
            records_read: 1,
            records_used: 1,
            authors: 1,
            sentences_checked: 1,
            sentences_dropped: 0,
            cost_microusd: 0,
            model: None,
            brief: brief.digest(),
            caveats: Vec::new(),
        },
    };
    NewStory {
        deliveries: Vec::new(),
        digests: Vec::new(),
        central: record.id.clone(),
        trail: Trail { names: vec!["ferry".to_owned()], strength: 0.5, ..Trail::default() },
        severity: Severity::Medium,
        story,
        brief,
    }
}

fn brief_of(record: &Record, text: &str, topic: &TopicSlug, version: u32, at: DateTime<Utc>) -> Brief {
    let storyline = StorylineId::derive(topic, &record.id);
    let ids = |id: &RecordId| vec![id.clone()];
    Brief {
        format: Brief::FORMAT,
        topic: TopicRef { slug: topic.clone(), name: "Ferries".to_owned() },
        code: StoryCode::of(&storyline),
        storyline,
        version,
        status: StoryStatus::Breaking,
        at,
        time_zone: "UTC".to_owned(),
        lang: Lang::EN,
        label: "ferry".to_owned(),
        records: vec![BriefRecord {
            id: record.id.clone(),
            url: record.permalink.clone(),
            platform: record.platform.clone(),
            venue: record.venue.clone(),
            class: record.class,
            speaker: record.author.clone().unwrap_or_default(),
            byline: None,
            author_key: record.author_key.clone(),
            official: false,
            published_at: record.published_at,
            copy_group: newsdesk::model::CopyGroup::of(&record.id),
            body_start: 0,
            lang: Lang::EN,
            quarantined: false,
            text: Some(text.to_owned()),
            sha256: Sha256::of(text),
        }],
        members: ids(&record.id),
        evidence: ids(&record.id),
        before: Vec::new(),
        before_days: 3,
        quotes: Vec::new(),
        counts: Vec::new(),
        signals: Vec::new(),
        earlier: None,
        counter: CounterSearch { searched: 1, quotes: Vec::new() },
        similar: Vec::new(),
        caveats: Vec::new(),
        records_read: 1,
        seed: 1,
    }
}

/// A delivery of `story` to the preview in `n` steps.
pub(crate) fn delivery_of(story: &Story, n: usize) -> (Delivery, Vec<Step>) {
    let id = DeliveryId::derive(&story.code, story.version, "preview");
    let steps = (0..n)
        .map(|n| Step {
            id: StepId::derive(&id, n),
            n,
            kind: StepKind::PreviewPage,
            payload: serde_json::json!({ "step": n }),
            state: StepState::Queued,
        })
        .collect();
    let delivery = Delivery {
        id,
        code: story.code.clone(),
        version: story.version,
        destination: "preview".to_owned(),
        created_at: story.at,
        state: DeliveryState::Open,
    };
    (delivery, steps)
}
