//! Why something was posted, or was not: the decision trail in plain words and numbers.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{AskError, Desk, Subject, TopicView};
use crate::model::{
    Decision, DecisionKind, QuarantineReason, RecordState, ScoreTerm, Severity, Signal, StoryCode, TopicSlug,
};

/// Why.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum WhyAnswer {
    /// Of a topic.
    Topic(Box<TopicWhy>),
    /// Of a story.
    Story {
        /// Code.
        code: StoryCode,
        /// Headline.
        headline: String,
        /// Decisions about it, newest first.
        decisions: Vec<Decision>,
    },
    /// Of a record.
    Record {
        /// Its address.
        url: String,
        /// What is known of it, in sentences.
        facts: Vec<String>,
        /// Decisions about it, newest first.
        decisions: Vec<Decision>,
    },
}

/// How a topic stood at its last tick.
#[derive(Clone, Debug, Serialize)]
pub struct TopicWhy {
    /// Slug.
    pub topic: TopicSlug,
    /// Name.
    pub name: String,
    /// The tick; `None` if there was none yet.
    pub at: Option<DateTime<Utc>>,
    /// One paragraph: what was counted, what it counted as, what is usual.
    pub summary: String,
    /// The same as numbers.
    pub numbers: serde_json::Value,
    /// What was measured at that tick, kept ones first.
    pub signals: Vec<Signal>,
    /// The topic's leads of that tick, best first.
    pub leads: Vec<LeadLine>,
    /// What was decided since the day before that tick, newest first.
    pub decisions: Vec<Decision>,
}

/// A lead in one line.
#[derive(Clone, Debug, Serialize)]
pub struct LeadLine {
    /// Rank over all topics.
    pub rank: usize,
    /// Address of its central record.
    pub url: String,
    /// Its first words.
    pub title: String,
    /// 0 to 1.
    pub strength: f64,
    /// Distinct authors around it.
    pub authors: usize,
    /// How much it matters.
    pub severity: Severity,
    /// Terms of its score, weightiest first.
    pub terms: Vec<ScoreTerm>,
    /// The story it became.
    pub story: Option<StoryCode>,
    /// What was decided about it, in words.
    pub decision: Option<String>,
}

/// Leads shown.
const LEADS: i64 = 5;

impl Desk<'_> {
    /// Why the desk did, or did not, write about `asked`: a topic, a story code or a record's address.
    pub async fn why(&self, asked: &str) -> Result<WhyAnswer, AskError> {
        match self.subject(asked).await? {
            Subject::Topic(topic) => Ok(WhyAnswer::Topic(Box::new(self.why_topic(topic).await?))),
            Subject::Story(versions) => {
                let Some(latest) = versions.last() else {
                    return Err(AskError::Unknown { asked: asked.to_owned(), nearest: Vec::new() });
                };
                Ok(WhyAnswer::Story {
                    code: latest.story.code.clone(),
                    headline: latest.story.body.headline.text.clone(),
                    decisions: self.store.decisions_about(latest.story.code.as_str(), 50).await?,
                })
            }
            Subject::Address(url) => self.why_record(&url).await,
        }
    }

    async fn why_topic(&self, topic: &TopicView) -> Result<TopicWhy, AskError> {
        let Some((at, numbers)) = self.store.last_pulse(&topic.slug, self.now).await? else {
            return Ok(TopicWhy {
                topic: topic.slug.clone(),
                name: topic.name.clone(),
                at: None,
                summary: "Nothing was measured yet: no scan has run for this topic.".to_owned(),
                numbers: serde_json::Value::Null,
                signals: Vec::new(),
                leads: Vec::new(),
                decisions: Vec::new(),
            });
        };
        let instant = chrono::Duration::milliseconds(1);
        let mut signals = self.store.signals(&topic.slug, at - instant, at).await?;
        signals.sort_by(|a, b| {
            b.kept.cmp(&a.kept).then(a.p_value.total_cmp(&b.p_value)).then(a.kind.cmp(&b.kind))
        });
        let decisions = self.store.decisions(&topic.slug, at - chrono::Duration::hours(24), at, 100).await?;
        let summary = decisions
            .iter()
            .find(|d| d.kind == DecisionKind::Topic && d.at == at)
            .map_or_else(|| "Nothing was decided.".to_owned(), |d| d.detail.clone());
        let mut leads = Vec::new();
        for row in self.store.last_leads(&topic.slug, at, LEADS).await?.into_iter().filter(|row| row.at == at)
        {
            let central = self.store.stored_by_id(std::slice::from_ref(&row.lead.central)).await?;
            let Some(central) = central.first() else { continue };
            let mut terms = row.lead.terms.clone();
            terms.sort_by(|a, b| b.points.abs().total_cmp(&a.points.abs()).then_with(|| a.code.cmp(&b.code)));
            let decision = decisions
                .iter()
                .find(|d| {
                    d.kind == DecisionKind::Lead && d.at == at && d.subject == row.lead.central.as_str()
                })
                .map(|d| d.detail.clone());
            leads.push(LeadLine {
                rank: row.lead.rank,
                url: central.record.permalink.clone(),
                title: first_words(&central.text.text),
                strength: row.lead.strength,
                authors: row.lead.authors,
                severity: row.lead.severity,
                terms,
                story: row.story.map(|(code, _)| code),
                decision,
            });
        }
        Ok(TopicWhy {
            topic: topic.slug.clone(),
            name: topic.name.clone(),
            at: Some(at),
            summary,
            numbers: serde_json::from_str(&numbers).unwrap_or(serde_json::Value::Null),
            signals,
            leads,
            decisions,
        })
    }

    async fn why_record(&self, url: &str) -> Result<WhyAnswer, AskError> {
        let Some(record) = self.store.record_by_url(url).await? else {
            return Err(AskError::Unknown { asked: url.to_owned(), nearest: Vec::new() });
        };
        let mut facts = vec![format!(
            "Published {} in {}, first seen here {}.",
            record.published_at.format("%-d %B %Y, %H:%M UTC"),
            record.venue,
            record.seen_at.format("%-d %B %Y, %H:%M UTC")
        )];
        match record.state {
            RecordState::Tombstone { at, reason } => {
                facts.push(format!("It is gone since {} ({reason}).", at.format("%-d %B %Y, %H:%M UTC")));
            }
            RecordState::Live => {}
        }
        match self.store.stored_by_id(std::slice::from_ref(&record.id)).await?.first() {
            None => facts.push("It is not analysed.".to_owned()),
            Some(stored) => {
                let topics = stored.analysis.topics.iter().map(ToString::to_string).collect::<Vec<_>>();
                facts.push(if topics.is_empty() {
                    "It matches the rules of no topic.".to_owned()
                } else {
                    format!("It matches {}.", topics.join(", "))
                });
                if stored.copy_group.as_str() != record.id.as_str() {
                    facts.push("It is a copy of an earlier text: both count as one.".to_owned());
                }
                if !stored.analysis.quarantine.is_empty() {
                    let why: Vec<&str> = stored
                        .analysis
                        .quarantine
                        .iter()
                        .map(|reason| match reason {
                            QuarantineReason::Instruction => "gives instructions to a machine",
                            QuarantineReason::RoleMarker => "holds the markers of a chat with a model",
                            QuarantineReason::MachineVoice => "reads like a machine's answer pasted unread",
                            QuarantineReason::HiddenText => "hides text that readers cannot see",
                            QuarantineReason::EncodedPayload => "carries an encoded payload",
                        })
                        .collect();
                    facts.push(format!(
                        "It is set aside: it {}. It counts, but is never quoted.",
                        why.join(" and ")
                    ));
                }
            }
        }
        Ok(WhyAnswer::Record {
            url: url.to_owned(),
            facts,
            decisions: self.store.decisions_about(record.id.as_str(), 20).await?,
        })
    }
}

/// The first line of a text, cut between words at about ninety characters.
pub fn first_words(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut out = String::new();
    for word in line.split_whitespace() {
        if out.chars().count() + word.chars().count() > 88 {
            out.push_str(" …");
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}
