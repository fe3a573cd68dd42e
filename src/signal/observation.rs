//! What the signal stage keeps of one record in memory: numbers, hashes and names, no text.
//!
//! A desk holds four weeks of these, so they are small: words are 32-bit hashes, the text is read once and let go.

use chrono::{DateTime, TimeDelta, Utc};

use super::keys::Keys;
use super::vectors::Row;
use crate::analyze::words::hash;
use crate::model::{
    Analysis, AuthorKey, ClusterId, CopyGroup, Lang, Platform, Record, RecordId, RecordState, Register,
    Signs, SourceClass, StoredText, TopicSlug,
};

mod reading;

/// Which clock says when a record was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The desk ran at the time: `seen_at` of the record holds.
    Live,
    /// Stored records are replayed as if the desk had run then: the archive's word, else the time of publication.
    Replay,
}

/// Where a record stands among others: what neither it nor its analysis can know.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    /// Its copies.
    pub copy_group: CopyGroup,
    /// The cluster it joined.
    pub cluster: Option<ClusterId>,
    /// Topics that its place is given over to (a venue rule, or a feed or community configured for the topic).
    pub dedicated: &'a [TopicSlug],
    /// Which clock holds.
    pub seen: Seen,
    /// Seen later than this after its publication, a record is a late one: history, never news.
    pub backfill_after: TimeDelta,
}

/// One record as signals and leads see it.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent observations, not a state")]
pub struct Observation {
    /// Whose.
    pub id: RecordId,
    /// Topics whose rules match, the best first.
    pub topics: Vec<TopicSlug>,
    /// Topics that its place is given over to.
    pub dedicated: Vec<TopicSlug>,
    /// The platform.
    pub platform: Platform,
    /// The kind of speech.
    pub class: SourceClass,
    /// Where it was said.
    pub venue: String,
    /// Who said it, for counting.
    pub author_key: AuthorKey,
    /// The author's handle in lower case without `@` or `u/`, to know who is named by others.
    pub handle: Option<String>,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// When it was seen, by the clock asked for.
    pub seen_at: DateTime<Utc>,
    /// It came late, or was looked for: it counts as history only.
    pub backfill: bool,
    /// It was looked for, because others link to it.
    pub gathered: bool,
    /// It is gone where it was said.
    pub gone: bool,
    /// Its copies.
    pub copy_group: CopyGroup,
    /// The cluster it joined.
    pub cluster: Option<ClusterId>,
    /// −1…1; `None` where its language has no lexicon.
    pub sentiment: Option<f64>,
    /// Language of the text.
    pub lang: Lang,
    /// Tone.
    pub register: Register,
    /// Never quoted, never shown to a model, never led with.
    pub quarantined: bool,
    /// It passes on what we or another machine's brief said: it counts nothing and proves nothing.
    pub circular: bool,
    /// Signs of the headline.
    pub signs: Signs,
    /// Names in headline and opening, in order of appearance, by what stands for all ways to write them.
    pub anchors: Vec<Anchor>,
    /// The same as they are written, where any is called otherwise; else empty.
    pub written: Box<[Anchor]>,
    /// Pairs of neighbouring words in its key phrases that are no names of it, one a line; none where it has no topic.
    pub pairs: Box<str>,
    /// Words of the opening with their counts, by hash.
    pub words: Vec<TermCount>,
    /// Pairs of neighbouring words of the opening with their counts, by hash; none where it has no topic.
    pub bigrams: Vec<TermCount>,
    /// How words inside sentences were written, by hash of the lower-case form.
    pub casing: Vec<Casing>,
    /// Keys of what it is compared by, once it is held with others.
    pub keys: Option<Keys>,
    /// Words and pairs with their numbers, while they are needed.
    pub row: Option<Row>,
}

/// A run of capitalised words or a version string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Normalised: `ferry5.2`.
    pub name: Keyed,
    /// It stands in the headline.
    pub in_headline: bool,
    /// Set when it opens a sentence, so that its capital proves nothing.
    pub opening: Option<Opening>,
}

/// A name with its key, which is asked for at every look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyed {
    text: Box<str>,
    key: u64,
}

impl Keyed {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
    /// Its key, the same for the same text anywhere.
    pub fn key(&self) -> u64 {
        self.key
    }
}

impl From<&str> for Keyed {
    fn from(text: &str) -> Self {
        Self { text: text.into(), key: key_of(text) }
    }
}

/// The first word of a sentence: a name only if it is written with a capital elsewhere too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Hash of the first word in lower case.
    pub word: u32,
    /// The name without that word, if anything is left.
    pub rest: Option<Keyed>,
}

/// A term and how often it occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TermCount {
    /// Hash of the term.
    pub term: u32,
    /// How often.
    pub n: u16,
}

/// How often a word inside sentences had a capital and how often not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Casing {
    /// Hash of the lower-case form.
    pub word: u32,
    /// With a capital.
    pub upper: u16,
    /// Without.
    pub lower: u16,
}

impl Observation {
    /// The pairs of words that it is about, names aside.
    pub fn phrases(&self) -> impl Iterator<Item = &str> {
        self.pairs.lines()
    }

    /// Looks at a record once.
    pub fn of(record: &Record, text: &StoredText, analysis: &Analysis, standing: Standing<'_>) -> Self {
        let seen_at = match standing.seen {
            Seen::Live => record.seen_at,
            Seen::Replay => record.archived_seen_at.unwrap_or(record.published_at),
        };
        let of_topic = !analysis.topics.is_empty();
        let reading = reading::read(&text.text, text.body_start, record.class, analysis.lang, of_topic);
        // What is of no topic is never told of.
        let pairs = if of_topic { pairs(&analysis.phrases, &reading.anchors) } else { Box::default() };
        Self {
            id: record.id.clone(),
            topics: analysis.topics.clone(),
            dedicated: standing.dedicated.to_vec(),
            platform: record.platform.clone(),
            class: record.class,
            venue: record.venue.clone(),
            author_key: record.author_key.clone(),
            handle: record.author.as_deref().and_then(bare_handle),
            published_at: record.published_at,
            seen_at,
            backfill: seen_at - record.published_at > standing.backfill_after || record.is_gathered(),
            gathered: record.is_gathered(),
            gone: match record.state {
                RecordState::Live => false,
                RecordState::Tombstone { .. } => true,
            },
            copy_group: standing.copy_group,
            cluster: standing.cluster,
            sentiment: analysis.sentiment,
            lang: analysis.lang,
            register: analysis.register,
            quarantined: !analysis.quarantine.is_empty(),
            circular: false,
            signs: analysis.signs.clone(),
            pairs,
            anchors: reading.anchors,
            written: Box::default(),
            words: reading.words,
            bigrams: reading.bigrams,
            casing: reading.casing,
            keys: None,
            row: None,
        }
    }
}

impl Observation {
    /// Reads the words and their forms again, which are let go of while a record waits to grow old.
    pub(crate) fn read_again(&mut self, text: &str, body_start: usize) {
        let reading = reading::read(text, body_start, self.class, self.lang, !self.topics.is_empty());
        self.words = reading.words;
        self.bigrams = reading.bigrams;
        self.casing = reading.casing;
    }
}

/// The pairs of neighbouring words of key phrases, without those that stand in a name or are made of names.
fn pairs(phrases: &[String], anchors: &[Anchor]) -> Box<str> {
    let bare = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let names: Vec<String> = anchors.iter().map(|anchor| bare(anchor.name.as_str())).collect();
    let named =
        |word: &str| anchors.iter().any(|anchor| anchor.name.as_str().split(' ').any(|part| part == word));
    let mut found: Vec<String> = Vec::new();
    for phrase in phrases {
        let words: Vec<&str> = phrase.split(' ').collect();
        for pair in words.windows(2) {
            let joined = bare(&pair.concat());
            let is_name = names.iter().any(|name| name.contains(&joined)) || pair.iter().all(|w| named(w));
            let text = pair.join(" ");
            if !is_name && !found.contains(&text) {
                found.push(text);
            }
        }
    }
    found.join("\n").into_boxed_str()
}

/// The stable 64-bit key of a text: that of a word.
pub(crate) fn key_of(text: &str) -> u64 {
    hash(text)
}

/// The 32-bit key of a lower-case word, as observations keep it.
pub(crate) fn term_of(word: &str) -> u32 {
    low(hash(word))
}

/// The lower half of a well-mixed hash.
fn low(hash: u64) -> u32 {
    let [a, b, c, d, ..] = hash.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// A handle without its platform's prefix, in lower case; `None` if nothing is left.
pub(crate) fn bare_handle(handle: &str) -> Option<String> {
    let bare = handle.trim();
    let bare = bare.strip_prefix("u/").or_else(|| bare.strip_prefix('@')).unwrap_or(bare);
    (!bare.is_empty()).then(|| bare.to_lowercase())
}
