//! What the writer is given: a lead, its wide company, and what is known around it. Borrowed, read-only, no I/O.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use crate::model::{
    Analysis, Caveat, CopyGroup, EarlierVersion, Lang, Lead, Record, RecordId, Signal, Similar, StoredText,
    StoryCode, StoryStatus, StorylineId, TopicRef,
};

/// Everything a brief is made of.
pub struct Material<'a> {
    /// The story's topic.
    pub topic: TopicRef,
    /// The lead that became a story.
    pub lead: &'a Lead,
    /// Its storyline.
    pub storyline: StorylineId,
    /// The storyline's public name.
    pub code: StoryCode,
    /// The version to be written.
    pub version: u32,
    /// The status it will have.
    pub status: StoryStatus,
    /// The tick.
    pub at: DateTime<Utc>,
    /// Dates are told in this zone.
    pub time_zone: chrono_tz::Tz,
    /// The language to write in; records in others are counted and never quoted.
    pub lang: Lang,
    /// Candidates for membership: the lead's wide company.
    pub members: Vec<Member<'a>>,
    /// The topic's records in the days before the first member.
    pub before: Vec<Member<'a>>,
    /// How many days `before` looks back; 0 when there is no history.
    pub before_days: u32,
    /// Word statistics of the whole corpus.
    pub corpus: &'a dyn Corpus,
    /// Signals of the topic at this tick; only kept ones are told.
    pub signals: &'a [Signal],
    /// The version before.
    pub earlier: Option<EarlierVersion>,
    /// What the version before was about, to be kept while it fits.
    pub earlier_label: Option<&'a str>,
    /// What a running story is about that shares only this name with it: it can be no name for a new one.
    pub other_label: Option<&'a str>,
    /// What other running stories rest on.
    pub elsewhere: BTreeSet<RecordId>,
    /// Stories like this one.
    pub similar: Vec<Similar>,
    /// Caveats known before writing, such as a stale source.
    pub caveats: Vec<Caveat>,
    /// Records read in the topic's window.
    pub records_read: u64,
    /// Seed for choices that could go either way.
    pub seed: u64,
}

/// A record with all that is known of it.
#[derive(Clone, Copy)]
pub struct Member<'a> {
    /// The record.
    pub record: &'a Record,
    /// Its cleaned text.
    pub text: &'a StoredText,
    /// What was computed of it.
    pub analysis: &'a Analysis,
    /// The copies it belongs to.
    pub copy_group: &'a CopyGroup,
}

/// What a writer asks about words in general.
pub trait Corpus: Sync {
    /// ln(records / records with the word) of a lower-cased word; unseen words get the highest value.
    fn idf(&self, word: &str) -> f64;
    /// The form in which a lower-cased word usually stands inside sentences; `None` when it is not known.
    fn mid_sentence_case(&self, lower: &str) -> Option<String>;
    /// Of the records from `from` up to the day before `before`: those with a lower-cased word, and all.
    fn records_with(&self, word: &str, from: NaiveDate, before: NaiveDate) -> (u32, u32);
    /// All records of these days.
    fn records(&self, from: NaiveDate, before: NaiveDate) -> u32;
}
