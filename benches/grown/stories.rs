//! Stories over what was stored: versions with briefs, and the trail of every tick.
//!
//! They are as large as written ones (about thirty records, five sections, three questions) and cite stored bytes;
//! they are not written by the desk's writer, whose selection is not what is measured here.

use chrono::{DateTime, Utc};
use newsdesk::config::Config;
use newsdesk::model::{
    Brief, BriefRecord, Change, ChangeKind, Citation, CopyGroup, CounterSearch, Decision, DecisionKind, Faq,
    FaqKind, Lang, Lead, Methodology, Outcome, Quote, QuoteId, QuoteKind, ReasonCode, RecordId, ScoreTerm,
    Section, Sentence, SentenceKind, Severity, SignalFact, SignalKind, Span, Story, StoryBody, StoryCode,
    StoryStatus, StorylineId, TopicRef, TopicSlug,
};
use newsdesk::store::{LeadRow, NewStory, Store, Trail};

use super::words::Dice;
use super::{Routes, Told, quiet_topic};

/// Leads of a tick.
const LEADS: usize = 24;
/// Records a story rests on.
const RECORDS: usize = 30;

/// Whoever writes.
pub(crate) struct Press {
    topics: Vec<(TopicSlug, String)>,
    running: Vec<Option<(RecordId, u32)>>,
    storylines: usize,
    versions: usize,
    seed: u64,
}

impl Press {
    pub(crate) fn new(config: &Config, seed: u64) -> Self {
        let mut topics: Vec<(TopicSlug, String)> = Vec::new();
        for (_, slug, _) in super::TOPICS {
            let found = config.topics.iter().find(|t| t.slug.as_str() == slug);
            topics.extend(found.map(|t| (t.slug.clone(), t.name.clone())));
        }
        let running = vec![None; topics.len()];
        Self { topics, running, storylines: 0, versions: 0, seed }
    }

    /// Storylines and versions so far.
    pub(crate) fn written(&self) -> (usize, usize) {
        (self.storylines, self.versions)
    }

    /// One tick: what was measured of each topic, the leads, what was decided, and a story of most topics.
    pub(crate) async fn tick(
        &mut self,
        store: &Store,
        at: DateTime<Utc>,
        at_hand: &[Vec<Told>],
        dice: &mut Dice,
        routes: Routes<'_>,
    ) -> anyhow::Result<()> {
        let mut decisions = Vec::new();
        let mut leads = Vec::new();
        for (n, told) in at_hand.iter().enumerate() {
            let (slug, name) = self.topics[n].clone();
            let numbers = serde_json::json!({ "records": told.len() * 9, "authors": told.len() * 7, "usual": 410.5, "spread": 31.0 });
            store.save_pulses(at, &[(&slug, numbers.to_string())]).await?;
            decisions.push(Decision {
                at,
                kind: DecisionKind::Topic,
                topic: slug.clone(),
                subject: slug.to_string(),
                outcome: Outcome::Nothing,
                reasons: vec![ReasonCode::WithinUsual],
                detail: format!(
                    "{} records by {} authors; about as many as usual.",
                    told.len() * 9,
                    told.len() * 7
                ),
            });
            for record in told.iter().rev().take(LEADS / at_hand.len() + 1) {
                decisions.push(Decision {
                    at,
                    kind: DecisionKind::Lead,
                    topic: slug.clone(),
                    subject: record.record.id.to_string(),
                    outcome: Outcome::Dropped,
                    reasons: vec![ReasonCode::WeakLead, ReasonCode::FewAuthors],
                    detail: "Too few independent authors stood behind it.".to_owned(),
                });
                leads.push(lead(leads.len() + 1, &slug, record));
            }
            if slug.as_str() == quiet_topic() || told.len() < RECORDS || dice.below(4) == 0 {
                continue;
            }
            let (central, version) = match self.running[n].take() {
                Some((central, version)) if version < 5 && dice.below(5) < 2 => (central, version + 1),
                _ => (told[told.len() - 1].record.id.clone(), 1),
            };
            let mut new = self.story(&slug, &name, &central, version, at, told);
            new.deliveries = routes(&new);
            decisions.push(Decision {
                at,
                kind: DecisionKind::Story,
                topic: slug.clone(),
                subject: new.story.code.to_string(),
                outcome: if version == 1 { Outcome::New } else { Outcome::Update },
                reasons: vec![ReasonCode::PassedBars],
                detail: "It passed every bar: thirty records by many authors in several places.".to_owned(),
            });
            if store.save_story(&new).await? {
                self.versions += 1;
                self.storylines += usize::from(version == 1);
                self.running[n] = Some((central, version));
            }
        }
        leads.truncate(LEADS);
        let rows: Vec<LeadRow> = leads.into_iter().map(|lead| LeadRow { at, lead, story: None }).collect();
        store.save_leads(&rows).await?;
        store.save_decisions(&decisions).await?;
        Ok(())
    }

    fn story(
        &self,
        slug: &TopicSlug,
        name: &str,
        central: &RecordId,
        version: u32,
        at: DateTime<Utc>,
        told: &[Told],
    ) -> NewStory {
        let told = &told[told.len() - RECORDS..];
        let storyline = StorylineId::derive(slug, central);
        let code = StoryCode::of(&storyline);
        let ids: Vec<RecordId> = told.iter().map(|t| t.record.id.clone()).collect();
        let brief = Brief {
            format: Brief::FORMAT,
            topic: TopicRef { slug: slug.clone(), name: name.to_owned() },
            storyline: storyline.clone(),
            code: code.clone(),
            version,
            status: StoryStatus::Developing,
            at,
            time_zone: "UTC".to_owned(),
            lang: Lang::EN,
            label: name.to_lowercase(),
            records: told.iter().map(brief_record).collect(),
            members: ids.clone(),
            evidence: ids.iter().take(12).cloned().collect(),
            before: Vec::new(),
            before_days: 3,
            quotes: told.iter().enumerate().map(|(n, t)| quote(n, t)).collect(),
            counts: Vec::new(),
            signals: vec![SignalFact {
                kind: SignalKind::VolumeAnomaly,
                text: "310 records in 6 hours, where 120 are usual.".to_owned(),
            }],
            earlier: None,
            counter: CounterSearch { searched: RECORDS as u64, quotes: Vec::new() },
            similar: Vec::new(),
            caveats: Vec::new(),
            records_read: RECORDS as u64,
            seed: self.seed,
        };
        let body = body(told);
        let changes = (version > 1).then(|| Change {
            kind: ChangeKind::Added,
            text: format!("{RECORDS} more records were read; a section is new."),
        });
        let story = Story {
            storyline,
            code,
            version,
            topic: slug.clone(),
            at,
            status: StoryStatus::Developing,
            label: name.to_lowercase(),
            body,
            records: RECORDS as u64,
            links: 4,
            platforms: told.iter().map(|t| t.record.platform.clone()).take(3).collect(),
            changes: changes.into_iter().collect(),
            methodology: Methodology {
                writer: "extractive".to_owned(),
                newsdesk: "0".to_owned(),
                records_read: RECORDS as u64,
                records_used: RECORDS as u64,
                authors: 27,
                sentences_checked: 40,
                sentences_dropped: 1,
                cost_microusd: 0,
                model: None,
                brief: brief.digest(),
                caveats: Vec::new(),
            },
        };
        NewStory {
            deliveries: Vec::new(),
            digests: Vec::new(),
            central: central.clone(),
            trail: Trail { names: vec![name.to_lowercase()], strength: 0.5, ..Trail::default() },
            severity: Severity::Medium,
            story,
            brief,
        }
    }
}

fn brief_record(told: &Told) -> BriefRecord {
    let record = &told.record;
    BriefRecord {
        id: record.id.clone(),
        url: record.permalink.clone(),
        platform: record.platform.clone(),
        venue: record.venue.clone(),
        class: record.class,
        speaker: record.author.clone().unwrap_or_else(|| record.venue.clone()),
        byline: None,
        author_key: record.author_key.clone(),
        official: false,
        published_at: record.published_at,
        copy_group: CopyGroup::of(&record.id),
        body_start: told.body_start,
        lang: Lang::EN,
        quarantined: false,
        text: Some(told.text.clone()),
        sha256: told.sha256.clone(),
    }
}

/// The first sentence of a record's body.
fn first(told: &Told) -> Span {
    let start = told.body_start;
    let rest = told.text.get(start..).unwrap_or_default();
    Span { start, end: start + rest.find('.').map_or(rest.len(), |at| at + 1) }
}

fn quote(n: usize, told: &Told) -> Quote {
    Quote {
        id: QuoteId::from_stored(format!("q{n}")),
        record: told.record.id.clone(),
        span: first(told),
        kind: QuoteKind::Post,
        asks: false,
        score: 0.5,
    }
}

fn cited(told: &Told) -> Sentence {
    let span = first(told);
    let said = span.slice(&told.text).unwrap_or_default();
    let who = told.record.author.as_deref().unwrap_or(&told.record.venue);
    Sentence {
        text: format!("{who} wrote: “{said}”"),
        kind: SentenceKind::Quote,
        citations: vec![Citation {
            record: told.record.id.clone(),
            url: told.record.permalink.clone(),
            start: span.start,
            end: span.end,
            sha256: told.sha256.clone(),
        }],
        counts: Vec::new(),
        confirmed: false,
    }
}

fn body(told: &[Told]) -> StoryBody {
    let mut sentences: Vec<Sentence> = told.iter().map(cited).collect();
    let mut take = |n: usize| -> Vec<Sentence> { sentences.drain(..n.min(sentences.len())).collect() };
    let headline = take(1).remove(0);
    let frame = |text: &str| Sentence {
        text: text.to_owned(),
        kind: SentenceKind::Frame,
        citations: Vec::new(),
        counts: Vec::new(),
        confirmed: false,
    };
    let faq = |kind, question: &str, answer: Vec<Sentence>| Faq {
        kind,
        question: question.to_owned(),
        short: answer.iter().take(1).cloned().collect(),
        answer,
    };
    StoryBody {
        headline,
        dek: take(2),
        sections: ["What happened", "What people say", "Elsewhere", "In numbers", "What is open"]
            .map(|heading| Section { heading: Some(frame(heading)), sentences: take(4) })
            .into(),
        so_far: take(1),
        faqs: vec![
            faq(FaqKind::WhatHappened, "What happened?", take(2)),
            faq(FaqKind::WhatItMeans, "What does it mean?", take(2)),
            faq(FaqKind::Counter, "What speaks against it?", take(1)),
        ],
        counter: take(1),
    }
}

fn lead(rank: usize, topic: &TopicSlug, told: &Told) -> Lead {
    let id = &told.record.id;
    Lead {
        rank,
        topic: topic.clone(),
        topics: vec![topic.clone()],
        central: id.clone(),
        evidence: vec![id.clone()],
        linked: vec![id.clone()],
        strength: 0.4,
        p: 0.1,
        terms: ["company", "novelty", "venue"]
            .map(|code| ScoreTerm { code: code.to_owned(), value: 1.5, points: 0.2 })
            .into(),
        names: Vec::new(),
        cluster: None,
        signals: Vec::new(),
        severity: Severity::Low,
        authors: 3,
        distinct_records: 4,
        asked: Vec::new(),
    }
}
