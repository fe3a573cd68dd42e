//! Decisions: every yes and no with its reason, for a moderator to read.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::TopicSlug;
use super::text_enum::text_enum;

text_enum! {
    /// What was decided about.
    pub enum DecisionKind: "decision kind" {
        /// A signal was kept or discounted.
        Signal => "signal",
        /// A lead became a story or not.
        Lead => "lead",
        /// A story was published, withheld or erased from.
        Story => "story",
        /// A delivery was sent or held.
        Delivery => "delivery",
        /// A record was set aside.
        Record => "record",
        /// A topic as a whole at a tick.
        Topic => "topic",
    }
}

text_enum! {
    /// How it went.
    pub enum Outcome: "outcome" {
        /// A new story.
        New => "new",
        /// A new version of a story.
        Update => "update",
        /// Nothing.
        Nothing => "nothing",
        /// Kept.
        Kept => "kept",
        /// Dropped.
        Dropped => "dropped",
        /// Withheld or waiting.
        Held => "held",
        /// Done.
        Done => "done",
    }
}

text_enum! {
    /// Why. Each has a plain sentence in the decision's `detail`.
    pub enum ReasonCode: "reason code" {
        /// Passed every bar.
        PassedBars => "passed_bars",
        /// Facts changed since the last version.
        FactsChanged => "facts_changed",
        /// The same facts as the last version.
        NothingNew => "nothing_new",
        /// Too few independent authors.
        FewAuthors => "few_authors",
        /// Mostly copies of one text.
        CopyPaste => "copy_paste",
        /// Records pass on what we or another machine said.
        Circular => "circular",
        /// Old records that arrived late.
        Backfill => "backfill",
        /// Too few records.
        FewRecords => "few_records",
        /// The lead is too weak.
        WeakLead => "weak_lead",
        /// An update came too soon after the last one.
        Cooldown => "cooldown",
        /// Enough stories for one tick.
        TickFull => "tick_full",
        /// Told already under another story.
        AlreadyTold => "already_told",
        /// A weekly thread or daily post.
        Recurring => "recurring",
        /// Too much of the draft failed its checks.
        Withheld => "withheld",
        /// Not far enough from usual.
        WithinUsual => "within_usual",
        /// Did not survive the false-discovery control.
        FalseDiscovery => "false_discovery",
        /// Not enough history.
        ThinBaseline => "thin_baseline",
        /// No record in the window.
        NoRecords => "no_records",
        /// The record addresses a machine or hides text.
        Quarantined => "quarantined",
        /// A cited record is gone.
        SourceDeleted => "source_deleted",
        /// Moderators noted a mistake in it.
        Corrected => "corrected",
        /// Moderators took it back.
        Retracted => "retracted",
        /// It became one with another story.
        Merged => "merged",
        /// Nothing new for days.
        Resolved => "resolved",
        /// Put away: the same subject would make a new story.
        Archived => "archived",
        /// A signal that no lead rests on.
        NoLead => "no_lead",
        /// The model that says which texts are near gave no answer.
        WithoutEmbeddings => "without_embeddings",
        /// Nothing in the brief was fit to quote.
        NoQuotes => "no_quotes",
        /// No record says in a headline what happened.
        NoHeadline => "no_headline",
    }
}

/// A logged yes or no.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// When.
    pub at: DateTime<Utc>,
    /// About what kind of thing.
    pub kind: DecisionKind,
    /// In which topic.
    pub topic: TopicSlug,
    /// The thing: a story code, a record id, a signal id, or the topic's slug.
    pub subject: String,
    /// How it went.
    pub outcome: Outcome,
    /// Why, main reason first.
    pub reasons: Vec<ReasonCode>,
    /// The same in plain words and numbers, for people.
    pub detail: String,
}
