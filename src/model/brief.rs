//! The brief: everything a story may say. Writer and verifier read the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;
use super::{
    AuthorKey, CopyGroup, Count, CountBase, CountFilter, CountId, CountUnit, CountUse, Lang, Platform,
    QuoteId, RecordId, Sha256, SignalKind, SourceClass, Span, StoryCode, StoryStatus, StorylineId, TopicSlug,
    mentions,
};

/// A topic by slug and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicRef {
    /// Slug.
    pub slug: TopicSlug,
    /// Name for people.
    pub name: String,
}

/// A record as a brief holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BriefRecord {
    /// Identity.
    pub id: RecordId,
    /// Public address.
    pub url: String,
    /// Platform.
    pub platform: Platform,
    /// Where it was said, as people write it.
    pub venue: String,
    /// The kind of speech.
    pub class: SourceClass,
    /// The speaker as they chose to appear: `u/name`, `@name`, or the outlet for publications.
    pub speaker: String,
    /// The person behind a publication's piece, when it is signed.
    pub byline: Option<String>,
    /// For counting people.
    pub author_key: AuthorKey,
    /// Whether the account speaks for the organisation the story is about.
    pub official: bool,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// Copies share one.
    pub copy_group: CopyGroup,
    /// Where the body begins in the text; 0 without a title.
    pub body_start: usize,
    /// Language of the text.
    pub lang: Lang,
    /// Set aside: counted, never quoted.
    pub quarantined: bool,
    /// The stored text. `None` in the store's copy of a brief (it is joined in when read), and after deletion or expiry.
    pub text: Option<String>,
    /// Digest of the stored text.
    pub sha256: Sha256,
}

text_enum! {
    /// Who speaks in a quote.
    pub enum QuoteKind: "quote kind" {
        /// The organisation the story is about.
        Official => "official",
        /// A publication's report.
        Press => "press",
        /// A signed opinion.
        Opinion => "opinion",
        /// A member.
        Post => "post",
        /// A title.
        Title => "title",
    }
}

/// A quotable run of a record's text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// `q1`, `q2`, … in order of rank.
    pub id: QuoteId,
    /// Whose.
    pub record: RecordId,
    /// Which bytes.
    pub span: Span,
    /// Who speaks.
    pub kind: QuoteKind,
    /// It is a question.
    pub asks: bool,
    /// Rank score.
    pub score: f64,
}

/// A signal as a brief tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalFact {
    /// What kind.
    pub kind: SignalKind,
    /// One plain sentence.
    pub text: String,
}

/// The version before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EarlierVersion {
    /// Its number.
    pub version: u32,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// Its headline.
    pub headline: String,
    /// Records that it rested on.
    pub members: Vec<RecordId>,
    /// Records that it cited.
    pub cited: Vec<RecordId>,
}

/// What was searched for counter-evidence, and what was found, strongest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterSearch {
    /// Distinct records searched.
    pub searched: u64,
    /// Opposing quotes above the floor.
    pub quotes: Vec<QuoteId>,
}

/// Another story that reads like this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Similar {
    /// Its code.
    pub code: StoryCode,
    /// Its headline.
    pub headline: String,
    /// Its topic.
    pub topic: TopicSlug,
    /// When.
    pub at: DateTime<Utc>,
}

text_enum! {
    /// What a reader should know about the evidence.
    pub enum Caveat: "caveat" {
        /// Few records.
        Thin => "thin",
        /// All from one platform.
        OnePlatform => "one_platform",
        /// Little history to compare with.
        ThinBaseline => "thin_baseline",
        /// A source was not polled in time.
        StaleSource => "stale_source",
        /// A cited source was deleted since the last version.
        SourceDeleted => "source_deleted",
    }
}

/// Everything a story may say: immutable, hashed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Brief {
    /// Version of this shape.
    pub format: u32,
    /// Main topic.
    pub topic: TopicRef,
    /// Storyline.
    pub storyline: StorylineId,
    /// Its public name.
    pub code: StoryCode,
    /// The version to be written.
    pub version: u32,
    /// Status it will have.
    pub status: StoryStatus,
    /// The tick.
    pub at: DateTime<Utc>,
    /// IANA time zone that dates are told in.
    pub time_zone: String,
    /// Language to write in.
    pub lang: Lang,
    /// What the story is about: a name or phrase as written in the evidence.
    pub label: String,
    /// Every record below, oldest first.
    pub records: Vec<BriefRecord>,
    /// The story's members, oldest first: base of its counts.
    pub members: Vec<RecordId>,
    /// What may be cited as the event itself, most central first.
    pub evidence: Vec<RecordId>,
    /// Records on the same subject in the days before the first member.
    pub before: Vec<RecordId>,
    /// How many days `before` looks back.
    pub before_days: u32,
    /// Best quotes, best first.
    pub quotes: Vec<Quote>,
    /// Counts a writer may use.
    pub counts: Vec<Count>,
    /// What was measured.
    pub signals: Vec<SignalFact>,
    /// The version before, if any.
    pub earlier: Option<EarlierVersion>,
    /// Counter-evidence.
    pub counter: CounterSearch,
    /// Stories like this one.
    pub similar: Vec<Similar>,
    /// What to be honest about.
    pub caveats: Vec<Caveat>,
    /// Records read in the topic's window.
    pub records_read: u64,
    /// Seed for choices that could go either way.
    pub seed: u64,
}

impl BriefRecord {
    /// Whether its words went because its platform lets nobody keep them: then the digest is still that of what it said.
    pub fn has_expired(&self) -> bool {
        self.text.as_deref() == Some("") && self.sha256 != Sha256::of("")
    }
}

impl Brief {
    /// The shape this build writes and reads.
    pub const FORMAT: u32 = 1;

    /// The brief without texts, as the store keeps it: texts live with their records and go with them.
    #[must_use]
    pub fn without_texts(&self) -> Self {
        let mut bare = self.clone();
        for record in &mut bare.records {
            record.text = None;
        }
        bare
    }

    /// The brief as if these records had never been: for erasure after a deletion. Counts are recomputed.
    #[must_use]
    pub fn without(&self, gone: &BTreeSet<RecordId>) -> Self {
        let mut left = self.clone();
        let lost = self.members.iter().filter(|id| gone.contains(*id)).count() as u64;
        left.records.retain(|r| !gone.contains(&r.id));
        for list in [&mut left.members, &mut left.evidence, &mut left.before] {
            list.retain(|id| !gone.contains(id));
        }
        left.quotes.retain(|q| !gone.contains(&q.record));
        let quotes: BTreeSet<&QuoteId> = left.quotes.iter().map(|q| &q.id).collect();
        left.counter.quotes.retain(|id| quotes.contains(id));
        left.counter.searched = self.counter.searched.saturating_sub(lost);
        if let Some(earlier) = &mut left.earlier {
            earlier.members.retain(|id| !gone.contains(id));
            earlier.cited.retain(|id| !gone.contains(id));
        }
        let recounted: Vec<(u64, u64)> = left
            .counts
            .iter()
            .map(|count| {
                let (n, of, _) = left.evaluate(count.unit, count.base, &count.filter);
                (n, of)
            })
            .collect();
        for (count, (n, of)) in left.counts.iter_mut().zip(recounted) {
            (count.n, count.of) = (n, of);
        }
        left.counts.retain(|count| count.n > 0 || count.base == CountBase::Earlier);
        if !left.caveats.contains(&Caveat::SourceDeleted) {
            left.caveats.push(Caveat::SourceDeleted);
        }
        left
    }

    /// Digest of the brief without its texts (each text has its own digest inside).
    pub fn digest(&self) -> Sha256 {
        // A brief is plain data with string keys: it always serialises.
        Sha256::of(&serde_json::to_string(&self.without_texts()).unwrap_or_default())
    }

    /// A record by id.
    pub fn record(&self, id: &RecordId) -> Option<&BriefRecord> {
        self.records.iter().find(|r| r.id == *id)
    }

    /// A quote by id.
    pub fn quote(&self, id: &QuoteId) -> Option<&Quote> {
        self.quotes.iter().find(|q| q.id == *id)
    }

    /// The words of a quote; `None` if its text is gone.
    pub fn quote_text(&self, quote: &Quote) -> Option<&str> {
        quote.span.slice(self.record(&quote.record)?.text.as_deref()?)
    }

    /// A count by id.
    pub fn count(&self, id: &CountId) -> Option<&Count> {
        self.counts.iter().find(|c| c.id == *id)
    }

    /// Recomputes a query over this brief: how many, of how many, and the addresses of the counted records.
    pub fn evaluate(
        &self,
        unit: CountUnit,
        base: CountBase,
        filter: &CountFilter,
    ) -> (u64, u64, Vec<String>) {
        let ids = match base {
            CountBase::Members => &self.members,
            CountBase::Earlier => &self.before,
        };
        let by_id: BTreeMap<&RecordId, &BriefRecord> = self.records.iter().map(|r| (&r.id, r)).collect();
        let all: Vec<&BriefRecord> = ids.iter().filter_map(|id| by_id.get(id).copied()).collect();
        let mut hit: Vec<&BriefRecord> = all.iter().copied().filter(|r| self.matches(r, filter)).collect();
        // A copy made on another day was said on the first: the days of a story add up to all of it.
        if matches!(filter, CountFilter::Day { .. }) {
            let mut firsts: BTreeMap<&CopyGroup, &BriefRecord> = BTreeMap::new();
            for record in &all {
                let first = firsts.entry(&record.copy_group).or_insert(record);
                if record.published_at < first.published_at {
                    *first = record;
                }
            }
            hit.retain(|record| {
                firsts.get(&record.copy_group).is_some_and(|first| self.matches(first, filter))
            });
        }
        let urls = hit.iter().map(|r| r.url.clone()).collect();
        (distinct(unit, &hit), distinct(unit, &all), urls)
    }

    /// A count of this brief as a sentence uses it.
    pub fn use_count(&self, count: &Count) -> CountUse {
        let (n, of, records) = self.evaluate(count.unit, count.base, &count.filter);
        CountUse { id: count.id.clone(), n, of, records }
    }

    fn matches(&self, record: &BriefRecord, filter: &CountFilter) -> bool {
        match filter {
            CountFilter::All => true,
            CountFilter::Mentions { term } => record.text.as_deref().is_some_and(|t| mentions(t, term)),
            CountFilter::Venue { venue } => record.venue == *venue,
            CountFilter::Platform { platform } => record.platform == *platform,
            CountFilter::Publications => record.class == SourceClass::Publication,
            CountFilter::Members => record.class != SourceClass::Publication && !record.official,
            CountFilter::Day { date } => {
                let zone: chrono_tz::Tz = self.time_zone.parse().unwrap_or(chrono_tz::UTC);
                record.published_at.with_timezone(&zone).date_naive() == *date
            }
        }
    }
}

fn distinct(unit: CountUnit, records: &[&BriefRecord]) -> u64 {
    let n = match unit {
        CountUnit::Records => records.iter().map(|r| r.copy_group.as_str()).collect::<BTreeSet<_>>().len(),
        CountUnit::Authors => records.iter().map(|r| r.author_key.as_str()).collect::<BTreeSet<_>>().len(),
        CountUnit::Venues => records.iter().map(|r| r.venue.as_str()).collect::<BTreeSet<_>>().len(),
        CountUnit::Platforms => records.iter().map(|r| &r.platform).collect::<BTreeSet<_>>().len(),
    };
    n as u64
}
