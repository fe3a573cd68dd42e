//! Why something was posted, or was not: the decision trail in plain words and numbers.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::explain::{Bar, RecordWhy, Setting};
use super::{AskError, Desk, Subject, TopicView, words};
use crate::model::{Decision, DecisionKind, ReasonCode, ScoreTerm, Severity, Signal, StoryCode, TopicSlug};

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
    Record(Box<RecordWhy>),
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
    /// The settings that decide, with their values; empty where the configuration is not at hand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Setting>,
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
    /// Score of its central record, 0 to 1: for ranking, not a chance.
    pub p: f64,
    /// Records on the same event, strictly, one per author.
    pub evidence: usize,
    /// Terms of its score, weightiest first.
    pub terms: Vec<ScoreTerm>,
    /// The three largest of them that speak for it.
    pub plus: Vec<Term>,
    /// The largest that speaks against it.
    pub minus: Option<Term>,
    /// The story it became.
    pub story: Option<StoryCode>,
    /// What was decided about it, in words.
    pub decision: Option<String>,
    /// The same as codes, main reason first.
    pub reasons: Vec<ReasonCode>,
    /// What it was held against when it was decided about, in order, up to what it did not pass.
    pub bars: Vec<Bar>,
}

/// A term of a score in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Term {
    /// Reason code.
    pub code: String,
    /// What it says of the record.
    pub words: String,
    /// Points it gave.
    pub points: f64,
}

/// The three largest pluses of a score and its largest minus. A kind of source that gives nothing says nothing.
pub(super) fn weightiest(terms: &[ScoreTerm]) -> (Vec<Term>, Option<Term>) {
    let mut sorted: Vec<&ScoreTerm> = terms.iter().filter(|term| term.points != 0.0).collect();
    sorted.sort_by(|a, b| b.points.total_cmp(&a.points).then_with(|| a.code.cmp(&b.code)));
    let told =
        |term: &ScoreTerm| Term { code: term.code.clone(), words: words::term(term), points: term.points };
    let plus = sorted.iter().filter(|term| term.points > 0.0).take(3).map(|term| told(term)).collect();
    let minus = sorted.last().filter(|term| term.points < 0.0).map(|term| told(term));
    (plus, minus)
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
            Subject::Address(url) => Ok(WhyAnswer::Record(Box::new(self.record_known(&url).await?.0))),
        }
    }

    pub(super) async fn why_topic(&self, topic: &TopicView) -> Result<TopicWhy, AskError> {
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
                settings: Vec::new(),
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
            let (plus, minus) = weightiest(&terms);
            let decision = decisions.iter().find(|d| {
                d.kind == DecisionKind::Lead && d.at == at && d.subject == row.lead.central.as_str()
            });
            leads.push(LeadLine {
                rank: row.lead.rank,
                url: central.record.permalink.clone(),
                title: first_words(&central.text.text),
                strength: row.lead.strength,
                authors: row.lead.authors,
                severity: row.lead.severity,
                p: row.lead.p,
                evidence: row.lead.evidence.len(),
                terms,
                plus,
                minus,
                story: row.story.map(|(code, _)| code),
                decision: decision.map(|d| d.detail.clone()),
                reasons: decision.map(|d| d.reasons.clone()).unwrap_or_default(),
                bars: Bar::all(&row.lead.asked),
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
            settings: Vec::new(),
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
