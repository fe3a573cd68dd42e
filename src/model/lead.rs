//! Leads: what signals and record scores point at, ranked over all topics of a tick.

use serde::{Deserialize, Serialize};

use super::{Asked, ClusterId, RecordId, Severity, SignalId, TopicSlug};

/// One term of a score, kept so that a rank can be explained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreTerm {
    /// Reason code, such as `first_hand` or `heard_elsewhere`.
    pub code: String,
    /// What was measured.
    pub value: f64,
    /// Points it gave.
    pub points: f64,
}

/// A candidate for a story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lead {
    /// 1 is the best of the tick.
    pub rank: usize,
    /// The topic it belongs to most.
    pub topic: TopicSlug,
    /// All topics its central record matches, main one first.
    pub topics: Vec<TopicSlug>,
    /// The record the lead is about.
    pub central: RecordId,
    /// What a story may cite: the same event, strictly; central first.
    pub evidence: Vec<RecordId>,
    /// The wider company: on the same subject, central first; includes `evidence`.
    pub linked: Vec<RecordId>,
    /// 1 − ∏(1 − p) over its records.
    pub strength: f64,
    /// Probability-like score of the central record.
    pub p: f64,
    /// The central record's score, term by term.
    pub terms: Vec<ScoreTerm>,
    /// Normalised names that the evidence shares, most telling first.
    pub names: Vec<String>,
    /// Cluster of the central record.
    pub cluster: Option<ClusterId>,
    /// Kept signals that share evidence with it.
    pub signals: Vec<SignalId>,
    /// How much it matters.
    pub severity: Severity,
    /// Distinct authors in the wider company, copies joined.
    pub authors: usize,
    /// Distinct records in the wider company, copies joined.
    pub distinct_records: usize,
    /// The bars it was held against when it was decided about, in order, up to the one it did not pass; none in what
    /// older versions stored.
    #[serde(default)]
    pub asked: Vec<Asked>,
}
