//! Embeddings, where a desk has a model for them: another opinion on which records are near.
//!
//! **What for.** Clusters are found by words. Two records that tell one thing in different words, or in different
//! languages, share none. With embeddings on, a newcomer borrows the words of the one earlier record that its vector is
//! nearest to, if the cosine reaches [`EmbedSettings::near`]; its cluster is then found by words as ever, with all bars.
//! Nothing else is changed by them, and records that no vector brings together are placed as without.
//!
//! **How.** Vectors are kept as whole numbers of eight bits on the scale of their largest component, so that one that comes from
//! the model and one that comes from the store are the same to the bit: given what is stored, the same arrivals give the
//! same clusters.
//! The cosine of such vectors differs from that of the originals by about a hundredth.
//!
//! **Failing.** No model, no answer, a wrong one: the words decide alone, for the whole batch, and the reason is told. A record
//! is not placed again when the model comes back.
//!
//! Unmeasured: which bar is best depends on the model, and none was at hand. The default is one at which models of sentences
//! hold texts for paraphrases; look at your clusters before you trust it.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use tracing::warn;

use super::clusters::{Newcomer, Term};
use super::span::head;
use crate::model::{RecordId, Sha256, StoredText};
use crate::store::{CopyRow, NewVectors, Store, StoreError};

/// Why there are no vectors, in words for whoever runs the desk. It names no key and no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EmbedError(pub String);

/// Something that gives vectors for texts.
#[async_trait]
pub trait Embedder: std::fmt::Debug + Send + Sync {
    /// Which model: vectors of two are not comparable.
    fn model(&self) -> &str;

    /// A vector for each text, in order, or none at all.
    async fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError>;
}

/// How vectors are used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EmbedSettings {
    /// Cosine from which a newcomer borrows the words of the nearest earlier record. Default 0.85.
    pub near: f64,
    /// Bytes of a text that the model is shown. Default 2,000.
    pub read_bytes: usize,
    /// How far back the nearest is looked for: as long as silent clusters stay open. Default 72 hours.
    pub within: TimeDelta,
    /// At most so many records are compared with (about 1 kB each); the oldest go first. Default 5,000.
    pub max_records: usize,
}

impl Default for EmbedSettings {
    fn default() -> Self {
        Self { near: 0.85, read_bytes: 2_000, within: TimeDelta::hours(72), max_records: 5_000 }
    }
}

/// The largest model of today has half as many numbers.
const MAX_DIMENSIONS: usize = 8_192;

/// A direction: what a text is about, as a model sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vector {
    numbers: Box<[i8]>,
    /// Its length, squared: at most 8,192 × 127².
    length2: i32,
}

fn dot(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum()
}

impl Vector {
    fn new(numbers: Box<[i8]>) -> Self {
        Self { length2: dot(&numbers, &numbers), numbers }
    }

    /// The direction of a model's numbers. `None` if they have none: nothing, all zero, too many, or no numbers.
    pub fn of(numbers: &[f32]) -> Option<Self> {
        let largest = numbers.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        let sane = (1..=MAX_DIMENSIONS).contains(&numbers.len()) && numbers.iter().all(|x| x.is_finite());
        #[expect(clippy::cast_possible_truncation, reason = "between −127 and 127")]
        let scaled = |x: &f32| (x / largest * 127.0).round() as i8;
        (sane && largest > 0.0).then(|| Self::new(numbers.iter().map(scaled).collect()))
    }

    /// Two hexadecimal digits for each number.
    pub fn to_hex(&self) -> String {
        self.numbers.iter().fold(String::with_capacity(self.numbers.len() * 2), |mut hex, x| {
            // Writing to a String cannot fail.
            let _ignored: Result<(), std::fmt::Error> = write!(hex, "{x:02x}");
            hex
        })
    }

    /// Reads back [`Vector::to_hex`].
    pub fn from_hex(text: &str) -> Option<Self> {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
        let pair = |two: &[u8]| Some(((digit(*two.first()?)? << 4) | digit(*two.get(1)?)?).cast_signed());
        let numbers: Option<Box<[i8]>> = text.as_bytes().chunks(2).map(pair).collect();
        let sane = |numbers: &[i8]| numbers.len() <= MAX_DIMENSIONS && numbers.iter().any(|x| *x != 0);
        numbers.filter(|numbers| sane(numbers)).map(Self::new)
    }

    /// How many numbers it has.
    pub fn dimensions(&self) -> usize {
        self.numbers.len()
    }

    /// The cosine of two directions; 0 for those of different models.
    pub fn cosine(&self, other: &Self) -> f64 {
        if self.numbers.len() != other.numbers.len() {
            return 0.0;
        }
        f64::from(dot(&self.numbers, &other.numbers))
            / (f64::from(self.length2) * f64::from(other.length2)).sqrt()
    }
}

/// A model, if there is one, with what the store knows of its answers.
#[derive(Debug)]
pub(super) struct Embedding {
    model: Option<Arc<dyn Embedder>>,
    settings: EmbedSettings,
    failed: Option<String>,
    /// What the model said since the last write.
    new: NewVectors,
}

impl Embedding {
    /// No model.
    pub(super) fn none() -> Self {
        Self { model: None, settings: EmbedSettings::default(), failed: None, new: NewVectors::default() }
    }

    /// This model.
    pub(super) fn by(model: Arc<dyn Embedder>, settings: EmbedSettings) -> Self {
        let new = NewVectors { model: model.model().to_owned(), ..NewVectors::default() };
        Self { model: Some(model), settings, failed: None, new }
    }

    /// Whether there is a model.
    pub(super) fn is_on(&self) -> bool {
        self.model.is_some()
    }

    /// Begins a run: a model that failed is asked again.
    pub(super) fn begin(&mut self) {
        self.failed = None;
        self.new.vectors.clear();
    }

    /// What the model said since it was asked this last: to be stored together with the texts.
    pub(super) fn take_new(&mut self) -> NewVectors {
        NewVectors { model: self.new.model.clone(), vectors: std::mem::take(&mut self.new.vectors) }
    }

    /// Why records of this run were placed by their words alone.
    pub(super) fn failed(&self) -> Option<String> {
        self.failed.clone()
    }

    /// The stored vectors of rows, in their order, as far as records of `at` may be compared with them.
    pub(super) async fn known(
        &self,
        store: &Store,
        rows: &[CopyRow],
        at: DateTime<Utc>,
    ) -> Result<Vec<Option<Vector>>, StoreError> {
        let Some(model) = &self.model else { return Ok(Vec::new()) };
        let early = rows.partition_point(|row| at - row.published_at > self.settings.within);
        let digests: Vec<Sha256> = rows.iter().skip(early).map(|row| Sha256::of(&row.text)).collect();
        if digests.is_empty() {
            return Ok(Vec::new());
        }
        let known = store.embeddings(model.model(), &digests).await?;
        let vectors = digests.iter().map(|sha| Vector::from_hex(known.get(sha.as_str())?));
        Ok(std::iter::repeat_with(|| None).take(early).chain(vectors).collect())
    }

    /// The vectors of texts, in their order, from the store and for the rest from the model. After it failed once, a run asks
    /// no more.
    pub(super) async fn vectors(
        &mut self,
        store: &Store,
        texts: &[&StoredText],
    ) -> Result<Vec<Option<Vector>>, StoreError> {
        let Some(model) = self.model.clone() else { return Ok(Vec::new()) };
        let digests: Vec<Sha256> = texts.iter().map(|text| text.sha256.clone()).collect();
        let known = store.embeddings(model.model(), &digests).await?;
        let mut vectors: BTreeMap<&str, Vector> =
            known.iter().filter_map(|(sha, hex)| Some((sha.as_str(), Vector::from_hex(hex)?))).collect();
        // Batches are stored some together: what the last one was told is not in the store yet.
        for sha in &digests {
            if let Some(vector) = self.new.vectors.get(sha).and_then(|hex| Vector::from_hex(hex)) {
                vectors.insert(sha.as_str(), vector);
            }
        }
        // Of copies only one is asked for.
        let missing: BTreeMap<&str, &StoredText> = texts
            .iter()
            .filter(|text| !vectors.contains_key(text.sha256.as_str()) && !text.text.trim().is_empty())
            .map(|text| (text.sha256.as_str(), *text))
            .collect();
        if !missing.is_empty() && self.failed.is_none() {
            let asked: Vec<&str> =
                missing.values().map(|text| head(&text.text, self.settings.read_bytes)).collect();
            let dimensions = vectors.values().next().map(Vector::dimensions);
            match model.embed(&asked).await.and_then(|answer| checked(&answer, asked.len(), dimensions)) {
                Ok(answer) => {
                    let said = missing.values().zip(&answer);
                    self.new
                        .vectors
                        .extend(said.map(|(text, vector)| (text.sha256.clone(), vector.to_hex())));
                    vectors.extend(missing.into_keys().zip(answer));
                }
                Err(err) => {
                    warn!(%err, "placing records by their words alone");
                    self.failed = Some(err.to_string());
                }
            }
        }
        Ok(digests.iter().map(|sha| vectors.get(sha.as_str()).cloned()).collect())
    }
}

/// An answer that fits the question: a direction for each text, all of one length.
fn checked(answer: &[Vec<f32>], asked: usize, dimensions: Option<usize>) -> Result<Vec<Vector>, EmbedError> {
    if answer.len() != asked {
        return Err(EmbedError(format!("the model gave {} vectors for {asked} texts", answer.len())));
    }
    let vectors: Option<Vec<Vector>> = answer.iter().map(|numbers| Vector::of(numbers)).collect();
    let vectors =
        vectors.ok_or_else(|| EmbedError("the model gave a vector without direction".to_owned()))?;
    let expected = dimensions.or_else(|| vectors.first().map(Vector::dimensions)).unwrap_or(0);
    match vectors.iter().find(|vector| vector.dimensions() != expected) {
        Some(odd) => Err(EmbedError(format!(
            "the model gave {} numbers for a text where {expected} are usual; if it was replaced, give it another name",
            odd.dimensions()
        ))),
        None => Ok(vectors),
    }
}

#[derive(Debug)]
struct Known {
    id: RecordId,
    at: DateTime<Utc>,
    vector: Vector,
    terms: Vec<Term>,
}

/// The records of the last days with their vectors and words.
#[derive(Debug)]
pub struct Neighbours {
    settings: EmbedSettings,
    known: VecDeque<Known>,
}

impl Neighbours {
    /// Nobody yet.
    pub fn new(settings: EmbedSettings) -> Self {
        Self { settings, known: VecDeque::new() }
    }

    /// [Widens](Self::widen) all newcomers that have a vector, in their order.
    pub(super) fn widen_all(&mut self, newcomers: &mut [Newcomer], vectors: Vec<Option<Vector>>) {
        for (newcomer, vector) in newcomers.iter_mut().zip(vectors) {
            if let Some(vector) = vector {
                let own = std::mem::take(&mut newcomer.terms);
                newcomer.terms = self.widen(&newcomer.id, newcomer.at, vector, own);
            }
        }
    }

    /// Remembers a record by its own words, and gives the words it is to be placed by: its own, and those of the nearest
    /// earlier record if it is near enough. Of two equally near the later one. A record that comes again is another now:
    /// what it was is forgotten.
    pub fn widen(&mut self, id: &RecordId, at: DateTime<Utc>, vector: Vector, own: Vec<Term>) -> Vec<Term> {
        self.known.retain(|known| known.id != *id);
        let nearest = self
            .known
            .iter()
            .filter(|known| (at - known.at).abs() <= self.settings.within)
            .map(|known| (known.vector.cosine(&vector), known))
            .filter(|(cosine, _)| *cosine >= self.settings.near)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let mut all = own.clone();
        if let Some((_, known)) = nearest {
            let borrowed = known.terms.iter().filter(|term| !own.iter().any(|o| o.hash == term.hash));
            all.extend(borrowed.copied());
            all.sort_by_key(|term| term.hash);
        }
        self.known.push_back(Known { id: id.clone(), at, vector, terms: own });
        while self.known.len() > self.settings.max_records {
            self.known.pop_front();
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(numbers: &[f32]) -> Vector {
        Vector::of(numbers).unwrap()
    }

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hour)
    }

    fn id(n: u8) -> RecordId {
        RecordId::from_stored(format!("record {n}"))
    }

    fn terms(hashes: &[u64]) -> Vec<Term> {
        hashes.iter().map(|hash| Term { hash: *hash, weight: 1.0 }).collect()
    }

    fn hashes(terms: &[Term]) -> Vec<u64> {
        terms.iter().map(|term| term.hash).collect()
    }

    #[test]
    fn a_direction_is_kept_to_the_bit_and_has_no_length() {
        let one = vector(&[0.3, -0.1, 0.0, 2.5]);
        assert_eq!(one, vector(&[0.6, -0.2, 0.0, 5.0]));
        assert_eq!(Vector::from_hex(&one.to_hex()), Some(one.clone()));
        assert!((one.cosine(&one) - 1.0).abs() < 1e-12);
        assert!(vector(&[1.0, 0.0]).cosine(&vector(&[0.0, 1.0])).abs() < 1e-12);
        assert!((vector(&[1.0, 0.0]).cosine(&vector(&[1.0, 1.0])) - 0.5_f64.sqrt()).abs() < 1e-3);
    }

    #[test]
    fn what_has_no_direction_is_none() {
        let long = vec![1.0; MAX_DIMENSIONS + 1];
        for numbers in [&[][..], &[0.0, 0.0], &[f32::NAN, 1.0], &[f32::INFINITY], &long] {
            assert_eq!(Vector::of(numbers), None);
        }
        for text in ["", "0", "zz", "0000"] {
            assert_eq!(Vector::from_hex(text), None, "{text}");
        }
        assert!(vector(&[1.0]).cosine(&vector(&[1.0, 1.0])).abs() < 1e-12, "two models");
    }

    #[test]
    fn a_newcomer_borrows_the_own_words_of_the_nearest_and_only_if_it_is_near() {
        let mut all = Neighbours::new(EmbedSettings { max_records: 3, ..EmbedSettings::default() });
        assert_eq!(hashes(&all.widen(&id(1), at(0), vector(&[1.0, 0.0, 0.0]), terms(&[1, 2]))), [1, 2]);
        assert_eq!(hashes(&all.widen(&id(2), at(1), vector(&[1.0, 0.1, 0.0]), terms(&[2, 9]))), [1, 2, 9]);
        // Nearest to the second, whose own words are two.
        assert_eq!(hashes(&all.widen(&id(3), at(2), vector(&[1.0, 0.2, 0.0]), terms(&[7]))), [2, 7, 9]);
        assert_eq!(hashes(&all.widen(&id(4), at(3), vector(&[0.0, 0.0, 1.0]), terms(&[8]))), [8]);
        assert_eq!(all.known.len(), 3);
        assert_eq!(
            hashes(&all.widen(&id(5), at(200), vector(&[0.0, 0.0, 1.0]), terms(&[5]))),
            [5],
            "days later"
        );
    }

    #[test]
    fn a_record_that_comes_again_is_not_its_own_neighbour() {
        let mut all = Neighbours::new(EmbedSettings::default());
        all.widen(&id(1), at(0), vector(&[1.0, 0.1]), terms(&[1]));
        all.widen(&id(2), at(1), vector(&[1.0, 0.0]), terms(&[2, 3]));
        assert_eq!(hashes(&all.widen(&id(2), at(1), vector(&[1.0, 0.0]), terms(&[2]))), [1, 2]);
        // What it said before is no longer borrowed by others either.
        assert_eq!(hashes(&all.widen(&id(3), at(2), vector(&[1.0, 0.0]), terms(&[4]))), [2, 4]);
    }
}
