//! A story with what its readers need beside it: one numbering of sources and one wording of its figures, so that
//! Discord, Bluesky and the page tell the same.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;

use super::text::{Clean, WebLink};
use crate::model::{
    Amendment, AmendmentKind, Brief, BriefRecord, ChangeKind, EarlierVersion, Faq, FaqKind, Lang,
    Methodology, RecordId, Sentence, Severity, Similar, Story,
};

/// Numbers shown behind one sentence; a sentence on more sources names the first, the list at the end has all.
const MAX_MARKS: usize = 5;

/// Days that [`Edition::daily`] looks back, the story's own among them.
const DAILY: i64 = 7;

/// A cited record as the list of sources shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its number, from 1, in order of first mention.
    pub n: usize,
    /// The record.
    pub record: RecordId,
    /// Where to read it; `None` when its address is not fit to be a link.
    pub link: Option<WebLink>,
    /// Who spoke, as they chose to appear.
    pub speaker: Clean,
    /// Where: place and platform, or the platform alone where the place says no more.
    pub place: Clean,
    /// The day, in the story's time zone.
    pub day: String,
}

/// One story version, ready to be rendered anywhere.
#[derive(Clone, Debug)]
pub struct Edition<'a> {
    /// The version.
    pub story: &'a Story,
    /// How much it matters.
    pub severity: Severity,
    /// The topic's name for people.
    pub topic_name: &'a str,
    /// The language it is written in.
    pub lang: Lang,
    /// Stories like it.
    pub similar: &'a [Similar],
    /// Every cited record, numbered in reading order.
    pub sources: Vec<Source>,
    /// Records of each of the last seven days, oldest first, in the story's time zone.
    pub daily: Vec<u64>,
    amendments: &'a [Amendment],
    earlier: Option<&'a EarlierVersion>,
    zone: Tz,
    numbers: BTreeMap<RecordId, usize>,
}

impl<'a> Edition<'a> {
    /// The same edition of another copy of its story, which differs in nothing that is cited.
    pub(super) fn of<'b>(&'b self, story: &'b Story) -> Edition<'b> {
        Edition { story, ..self.clone() }
    }

    /// Puts a story together with what its brief knows about topic, sources and similar stories.
    ///
    /// The brief may be the store's copy (without texts), and older than an erasure: only records that the story
    /// still cites are taken from it.
    pub fn new(story: &'a Story, brief: &'a Brief, severity: Severity) -> Self {
        let zone: Tz = brief.time_zone.parse().unwrap_or(Tz::UTC);
        let by_id: BTreeMap<&RecordId, &BriefRecord> = brief.records.iter().map(|r| (&r.id, r)).collect();
        let mut numbers = BTreeMap::new();
        let mut sources = Vec::new();
        for (_, sentence) in story.body.sentences() {
            for citation in &sentence.citations {
                if numbers.contains_key(&citation.record) {
                    continue;
                }
                let n = sources.len() + 1;
                numbers.insert(citation.record.clone(), n);
                sources.push(source(n, &citation.record, &citation.url, by_id.get(&citation.record), zone));
            }
        }
        Self {
            story,
            severity,
            topic_name: &brief.topic.name,
            lang: brief.lang,
            similar: &brief.similar,
            sources,
            daily: daily(story.at, brief, &by_id, zone),
            amendments: &[],
            earlier: brief.earlier.as_ref(),
            zone,
            numbers,
        }
    }

    /// The same story with what was said about it since; amendments of other stories are passed over.
    #[must_use]
    pub fn with_amendments(self, amendments: &'a [Amendment]) -> Self {
        Self { amendments, ..self }
    }

    /// What was noted on the story since: corrections, and where it goes on, oldest first.
    pub fn notes(&self) -> Vec<&'a Amendment> {
        self.amended(|kind| match kind {
            AmendmentKind::Correction | AmendmentKind::Continuation => true,
            AmendmentKind::Retraction => false,
        })
    }

    /// The retraction, if the story was retracted: the first one counts.
    pub fn retraction(&self) -> Option<&'a Amendment> {
        self.amended(|kind| kind == AmendmentKind::Retraction).first().copied()
    }

    fn amended(&self, asked: impl Fn(AmendmentKind) -> bool) -> Vec<&'a Amendment> {
        let mut found: Vec<&Amendment> =
            self.amendments.iter().filter(|a| asked(a.kind) && a.code == self.story.code).collect();
        found.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.text.cmp(&b.text)));
        found
    }

    /// What stands where a retracted headline stood.
    pub fn retracted_title(&self) -> Clean {
        Clean::of(&format!("Retracted: story {}", self.story.code))
    }

    /// “Correction, 21 November 2026”.
    pub fn note_title(&self, note: &Amendment) -> Clean {
        let what = match note.kind {
            AmendmentKind::Correction => "Correction",
            AmendmentKind::Continuation => "Continued",
            AmendmentKind::Retraction => "Retracted",
        };
        Clean::of(&format!("{what}, {}", self.day(note.at)))
    }

    /// The sources of a sentence, by number, each once.
    pub fn marks(&self, sentence: &Sentence) -> Vec<&Source> {
        let mut numbers: Vec<usize> =
            sentence.citations.iter().filter_map(|c| self.numbers.get(&c.record).copied()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into_iter().take(MAX_MARKS).filter_map(|n| self.sources.get(n - 1)).collect()
    }

    /// Code and version: how a person names the story, and how its post is found again.
    pub fn marker(&self) -> String {
        format!("{} · v{}", self.story.code, self.story.version)
    }

    /// “38 records by 32 authors”.
    pub fn records_line(&self) -> String {
        let authors = self.story.methodology.authors;
        format!("{} by {}", count(self.story.records, "record"), count(authors, "author"))
    }

    /// “38 records · 12 links”.
    pub fn size_line(&self) -> String {
        format!("{} · {}", count(self.story.records, "record"), count(self.story.links, "link"))
    }

    /// “Reddit · Hacker News”.
    pub fn platforms_line(&self) -> Clean {
        let names: Vec<&str> =
            self.story.platforms.iter().map(crate::model::Platform::display_name).collect();
        Clean::of(&names.join(" · "))
    }

    /// “Developing · high severity”.
    pub fn status_line(&self) -> String {
        format!("{} · {} severity", capitalised(self.story.status.as_str()), self.severity)
    }

    /// “24 sentences checked against what was said”.
    pub fn checks_line(&self) -> String {
        let checked = self.story.methodology.sentences_checked;
        format!("{} checked against what was said", count(checked, "sentence"))
    }

    /// How the version was made, one statement each.
    pub fn method_lines(&self) -> Vec<Clean> {
        let Methodology {
            writer,
            newsdesk,
            records_read,
            records_used,
            authors: _,
            sentences_checked: _,
            sentences_dropped,
            cost_microusd,
            model: _,
            brief: _,
            caveats,
        } = &self.story.methodology;
        let dropped = match sentences_dropped {
            0 => "none dropped".to_owned(),
            n => format!("{} dropped", grouped(*n)),
        };
        let mut lines = vec![
            format!(
                "Rests on {} of {} read, copies counted once.",
                grouped(*records_used),
                count(*records_read, "record")
            ),
            format!("{}, {dropped}.", self.checks_line()),
            format!("Writer: {writer}, newsdesk {newsdesk}."),
        ];
        if *cost_microusd > 0 {
            // Cents are precise enough, and a cost is never shown as nothing.
            let cents = cost_microusd.div_ceil(10_000);
            lines.push(format!("Model cost: ${}.{:02}.", cents / 100, cents % 100));
        }
        lines.extend(caveats.iter().cloned());
        lines.iter().map(|line| Clean::of(line)).collect()
    }

    /// What is new in this version, in words; empty in the first.
    pub fn change_lines(&self) -> Vec<(&'static str, Clean)> {
        self.story
            .changes
            .iter()
            .map(|change| {
                let label = match change.kind {
                    ChangeKind::Added => "New",
                    ChangeKind::Changed => "Changed",
                    ChangeKind::Withdrawn => "Withdrawn",
                };
                (label, Clean::of(&change.text))
            })
            .collect()
    }

    /// Whether a sentence rests on a record that the version before did not have.
    pub fn is_news(&self, sentence: &Sentence) -> bool {
        self.earlier.is_some_and(|earlier| {
            sentence.citations.iter().any(|citation| !earlier.members.contains(&citation.record))
        })
    }

    /// The questions that have an answer; erasure may have left one without.
    pub fn answered(&self) -> impl Iterator<Item = &'a Faq> {
        self.story.body.faqs.iter().filter(|faq| !faq.answer.is_empty())
    }

    /// Counter-evidence that the third answer does not already tell.
    pub fn untold_counter(&self) -> Vec<&'a Sentence> {
        let body = &self.story.body;
        let told = |s: &Sentence| {
            body.faqs.iter().any(|f| f.kind == FaqKind::Counter && f.answer.iter().any(|a| a.text == s.text))
        };
        body.counter.iter().filter(|s| !told(s)).collect()
    }

    /// A day as people write it, in the story's time zone.
    pub fn day(&self, at: DateTime<Utc>) -> String {
        day(at, self.zone)
    }

    /// Day and time, with the zone's name.
    pub fn moment(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone).format("%-d %B %Y, %H:%M %Z").to_string()
    }
}

fn source(n: usize, record: &RecordId, url: &str, known: Option<&&BriefRecord>, zone: Tz) -> Source {
    let link = WebLink::parse(url);
    let host = || Clean::of(&link.as_ref().map(WebLink::host).unwrap_or_default());
    match known {
        Some(known) => {
            let platform = known.platform.display_name();
            let said_twice = known.venue.is_empty()
                || known.venue.eq_ignore_ascii_case(platform)
                || known.venue == known.speaker;
            let place = if said_twice { platform.to_owned() } else { format!("{}, {platform}", known.venue) };
            Source {
                n,
                record: record.clone(),
                speaker: Clean::of(&known.speaker),
                place: Clean::of(&place),
                day: day(known.published_at, zone),
                link,
            }
        }
        None => Source {
            n,
            record: record.clone(),
            speaker: host(),
            place: Clean::default(),
            day: String::new(),
            link,
        },
    }
}

/// Records of each of the last days. The brief's own and the ones before them; empty if it knows none any more.
fn daily(at: DateTime<Utc>, brief: &Brief, by_id: &BTreeMap<&RecordId, &BriefRecord>, zone: Tz) -> Vec<u64> {
    let date = |at: DateTime<Utc>| -> NaiveDate { at.with_timezone(&zone).date_naive() };
    let today = date(at);
    let ids: BTreeSet<&RecordId> = brief.members.iter().chain(&brief.before).collect();
    let days: Vec<NaiveDate> =
        ids.into_iter().filter_map(|id| by_id.get(id)).map(|r| date(r.published_at)).collect();
    if days.is_empty() {
        return Vec::new();
    }
    (0..DAILY)
        .rev()
        .map(|ago| days.iter().filter(|day| **day == today - Duration::days(ago)).count() as u64)
        .collect()
}

fn day(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%-d %B %Y").to_string()
}

/// “1 record”, “2 records”, “12,400 records”.
fn count(n: u64, one: &str) -> String {
    format!("{} {one}{}", grouped(n), if n == 1 { "" } else { "s" })
}

/// Digits in groups of three.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// The first letter in upper case.
pub(crate) fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::fixture;

    #[test]
    fn numbers_follow_reading_order_and_each_record_has_one() {
        let (story, brief) = fixture::night_trains();
        let edition = Edition::new(&story, &brief, Severity::Medium);
        let numbers: Vec<usize> = edition.sources.iter().map(|s| s.n).collect();
        assert_eq!(numbers, (1..=edition.sources.len()).collect::<Vec<_>>());
        let dek = edition.marks(&story.body.dek[0]);
        assert_eq!(dek.first().map(|s| s.speaker.as_str()), Some("Coastline Rail"));
    }

    #[test]
    fn figures_read_as_english() {
        assert_eq!(count(1, "record"), "1 record");
        assert_eq!(count(12_400, "record"), "12,400 records");
        assert_eq!(grouped(1_000_000), "1,000,000");
        assert_eq!(capitalised("ongoing"), "Ongoing");
    }

    #[test]
    fn one_sentence_checked_is_no_sentences() {
        let (mut story, brief) = fixture::night_trains();
        story.methodology.sentences_checked = 1;
        let edition = Edition::new(&story, &brief, Severity::Medium);
        assert_eq!(edition.checks_line(), "1 sentence checked against what was said");
    }

    #[test]
    fn a_record_that_the_brief_no_longer_knows_is_named_by_its_host() {
        let (story, mut brief) = fixture::night_trains();
        brief.records.clear();
        let edition = Edition::new(&story, &brief, Severity::Medium);
        assert_eq!(edition.sources[0].speaker.as_str(), "coastline.example");
        assert!(edition.sources.iter().all(|s| s.link.is_some()));
    }
}
