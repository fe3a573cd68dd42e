//! When a new version is due, what changed in words, and where a story is in its life.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::brief::title_of;
use super::quotes::lexicon_en;
use super::quotes::text::{content_stems, has_any, overlap, stem, words};
use crate::model::{
    Brief, BriefRecord, Change, ChangeKind, CountBase, CountFilter, CountUnit, RecordId, Sentence,
    SourceClass, Story, StoryStatus,
};

/// What the last version said, as the next one needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The brief it was written from, texts joined in where they still exist.
    pub brief: Brief,
    /// Records it cited.
    pub cited: Vec<RecordId>,
}

/// What happened since the last version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// Whether a new version is due.
    pub due: bool,
    /// Why or why not, in plain words.
    pub why: String,
    /// What changed, added first, for people; empty when nothing did.
    pub list: Vec<Change>,
}

/// Said where no record came since the last version, or none that says anything.
pub(crate) const NO_NEW_RECORD: &str = "no new record since the last version";

/// New independent authors that a new name or number in titles needs.
const WIDELY_NAMED: usize = 2;
/// A quotation in a change is cut to its head at a word.
const HEAD: usize = 90;

/// Compares the last version with what is known now: more of the same is no reason for a new version.
pub fn facts_changed(earlier: &Told, now: &Brief) -> Changes {
    let known: BTreeSet<&RecordId> = earlier.brief.members.iter().collect();
    let copies: BTreeSet<&str> = records(&earlier.brief).iter().map(|r| r.copy_group.as_str()).collect();
    let new: Vec<&BriefRecord> = records(now)
        .into_iter()
        .filter(|r| !known.contains(&r.id) && !copies.contains(r.copy_group.as_str()) && !r.quarantined)
        .collect();
    let mut added = Vec::new();
    let mut reasons: Vec<String> = Vec::new();

    let withdrawn = withdrawn(earlier, now);
    if !withdrawn.is_empty() {
        reasons.push("a cited source is gone".to_owned());
    }
    let outlets: BTreeSet<&str> = records(&earlier.brief)
        .into_iter()
        .filter(|r| r.class == SourceClass::Publication)
        .map(|r| r.speaker.as_str())
        .collect();
    for record in &new {
        if record.official {
            reasons.push(format!("{} made a new statement", record.speaker));
            added.push(change(ChangeKind::Added, told(now, record)));
        } else if record.class == SourceClass::Publication && says_something_new(earlier, record) {
            let first = if outlets.contains(record.speaker.as_str()) { "reported again" } else { "reported" };
            reasons.push(format!("{} {first}", record.speaker));
            added.push(change(ChangeKind::Added, told(now, record)));
        }
    }
    let mut corrected = false;
    for record in new.iter().filter(|r| corrects(r, now)) {
        corrected = true;
        added.push(change(ChangeKind::Changed, told(now, record)));
    }
    if corrected {
        reasons.push("a correction was published".to_owned());
    }
    for fact in new_facts(earlier, &new) {
        reasons.push(format!("several new authors name {fact}"));
        added.push(change(ChangeKind::Added, format!("New in several records: {fact}")));
    }
    reasons.dedup();
    added.dedup();
    let due = !reasons.is_empty();
    let mut list = added;
    if due {
        list.extend(count_changes(&earlier.brief, now));
    }
    list.extend(withdrawn);
    let why = if due {
        reasons.join("; ")
    } else if new.is_empty() {
        NO_NEW_RECORD.to_owned()
    } else {
        format!("{} new records say nothing that the last version did not", new.len())
    };
    Changes { due, why, list: if due { list } else { Vec::new() } }
}

/// The same changes, those first that the headline rests on: what changed is told as the story is.
pub fn led_by(mut changes: Vec<Change>, brief: &Brief, headline: &Sentence) -> Vec<Change> {
    let heads: BTreeSet<String> = headline
        .citations
        .iter()
        .filter_map(|cited| brief.record(&cited.record))
        .map(|record| told(brief, record))
        .collect();
    changes.sort_by_key(|change| !heads.contains(&change.text)); // stable
    shortened(changes)
}

/// Sources that an update lists by their headlines.
const LISTED: usize = 4;

/// A long list of new sources is told by its beginning and by whose the others are.
fn shortened(changes: Vec<Change>) -> Vec<Change> {
    let is_source = |change: &Change| change.kind == ChangeKind::Added && change.text.contains(": “");
    if changes.iter().filter(|change| is_source(change)).count() <= LISTED {
        return changes;
    }
    let (sources, mut rest): (Vec<Change>, Vec<Change>) = changes.into_iter().partition(is_source);
    let (mut list, others) = {
        let mut first = sources;
        let others = first.split_off(LISTED - 1);
        (first, others)
    };
    let mut by: Vec<(&str, usize)> = Vec::new();
    for change in &others {
        let who = change.text.split_once(": “").map_or("", |(who, _)| who);
        match by.iter_mut().find(|(known, _)| *known == who) {
            Some((_, n)) => *n += 1,
            None => by.push((who, 1)),
        }
    }
    let whose: Vec<String> =
        by.iter().map(|(who, n)| if *n == 1 { (*who).to_owned() } else { format!("{who} ({n})") }).collect();
    list.push(change(ChangeKind::Added, format!("{} more sources: {}", others.len(), whose.join(", "))));
    list.append(&mut rest);
    list
}

/// Whether two headlines are the same, in hardly other words.
pub fn heads_the_same(last: &Story, headline: &Sentence) -> bool {
    const SAME: f64 = 0.8;
    let (told, new) = (&last.body.headline.text, &headline.text);
    let (told, new) = (content_stems(unattributed(told)), content_stems(unattributed(new)));
    told.len().min(new.len()) > 2 && overlap(&told, &new) >= SAME
}

/// The status of a new version: how long ago its first record was told, and how long nothing had changed before it.
pub fn status(since_first: TimeDelta, since_change: TimeDelta) -> StoryStatus {
    let at_first =
        if since_first < StoryStatus::BREAKING { StoryStatus::Breaking } else { StoryStatus::Developing };
    // What has news is not over.
    at_first.after(since_change).min(StoryStatus::Ongoing)
}

fn change(kind: ChangeKind, text: String) -> Change {
    Change { kind, text }
}

fn records(brief: &Brief) -> Vec<&BriefRecord> {
    let members: BTreeSet<&RecordId> = brief.members.iter().collect();
    brief.records.iter().filter(|r| members.contains(&r.id)).collect()
}

/// A record in words: its title, else its best quote, with who said it.
fn told(brief: &Brief, record: &BriefRecord) -> String {
    let quote = brief.quotes.iter().find(|q| q.record == record.id).and_then(|q| brief.quote_text(q));
    let text = title_of(record).map(|(_, t)| t).or(quote).or(record.text.as_deref()).unwrap_or("");
    let who = if record.speaker.is_empty() { &record.venue } else { &record.speaker };
    format!("{who}: “{}”", head(text))
}

/// The beginning of a text in one line, cut at a word.
fn head(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace(['“', '”', '"'], "’");
    if line.chars().count() <= HEAD {
        return line;
    }
    let cut: String = line.chars().take(HEAD).collect();
    format!("{} …", cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head))
}

/// A publication's piece is new if no title known before has most of its title's content words, or half of them and what
/// it says was done.
fn says_something_new(earlier: &Told, record: &BriefRecord) -> bool {
    let Some((_, title)) = title_of(record) else { return false };
    let mine = content_stems(title);
    !records(&earlier.brief).iter().filter_map(|r| title_of(r)).any(|(_, t)| {
        let same = overlap(&content_stems(t), &mine);
        same > 0.6 || same >= 0.5 && deeds(title).intersection(&deeds(t)).count() > 0
    })
}

/// What a title says was done, as stems.
fn deeds(title: &str) -> BTreeSet<String> {
    let deed = |word: &&String| lexicon_en::HAPPENED.contains(&word.as_str());
    words(title).iter().filter(deed).map(|word| stem(word)).collect()
}

/// Words of a correction in a title or a quoted sentence.
fn corrects(record: &BriefRecord, now: &Brief) -> bool {
    const MARKS: &[&str] = &[
        "correction",
        "corrected",
        "corrects",
        "we were wrong",
        "was wrong",
        "retracted",
        "retracts",
        "not true",
    ];
    let title = title_of(record).map_or("", |t| t.1);
    let quoted: Vec<&str> =
        now.quotes.iter().filter(|q| q.record == record.id).filter_map(|q| now.quote_text(q)).collect();
    std::iter::once(title).chain(quoted).any(|text| {
        let list = words(text);
        // “not on Monday but on Friday”
        let not = list.iter().position(|w| w == "not");
        let turned = not.is_some_and(|at| list.iter().skip(at + 1).take(6).any(|w| w == "but"))
            && text.chars().any(|c| c.is_ascii_digit());
        has_any(text, MARKS) || turned
    })
}

/// Numbers and names in the titles of at least two new independent authors that no text of the last version has.
fn new_facts(earlier: &Told, new: &[&BriefRecord]) -> Vec<String> {
    let mut before: BTreeSet<String> = BTreeSet::new();
    for record in &earlier.brief.records {
        before.extend(words(record.text.as_deref().unwrap_or("")));
    }
    let mut by_word: std::collections::BTreeMap<String, (String, BTreeSet<&str>)> =
        std::collections::BTreeMap::new();
    let texts = earlier.brief.records.iter().chain(new.iter().copied()).filter_map(|r| r.text.as_deref());
    let written_small: BTreeSet<String> = texts
        .flat_map(super::quotes::text::tokens)
        .filter(|token| token.surface.starts_with(char::is_lowercase))
        .map(|token| token.lower)
        .collect();
    for record in new {
        let text = record.text.as_deref().unwrap_or("");
        let title = title_of(record).map_or_else(|| crate::analyze::span::head(text, 200), |t| t.1);
        for token in super::quotes::text::tokens(title) {
            let telling = token.surface.chars().any(|c| c.is_uppercase() || c.is_numeric())
                && (token.lower.chars().count() >= 5
                    || (token.lower.contains(char::is_numeric) && token.lower.contains(char::is_alphabetic)))
                && !super::quotes::text::is_stop(&token.lower)
                && !lexicon_en::VERB.contains(&token.lower.as_str())
                // “Source” opens many a title and names nothing.
                && !written_small.contains(&token.lower);
            if telling && !before.contains(&token.lower) {
                by_word
                    .entry(token.lower.clone())
                    .or_insert_with(|| (token.surface.to_owned(), BTreeSet::new()))
                    .1
                    .insert(record.author_key.as_str());
            }
        }
    }
    by_word.into_values().filter(|(_, who)| who.len() >= WIDELY_NAMED).map(|(word, _)| word).take(3).collect()
}

/// Whether a headline says what the last version's says: nearly the same words, besides the story's name.
pub fn says_again(last: &Story, headline: &Sentence) -> bool {
    is_same_news(&content_stems(&last.label), &last.body.headline.text, &headline.text)
}

fn is_same_news(label: &BTreeSet<String>, told: &str, new: &str) -> bool {
    let launched = |text: &str| has_any(text, lexicon_en::LAUNCHED);
    // What was launched is not launched again.
    if launched(told) && launched(new) {
        return true;
    }
    let besides = |text: &str| -> BTreeSet<String> {
        content_stems(unattributed(text)).difference(label).cloned().collect()
    };
    let same_deed = deeds(told).intersection(&deeds(new)).count() > 0;
    let (told, new) = (besides(told), besides(new));
    let (shared, alike) = (told.intersection(&new).count(), overlap(&told, &new));
    new.len() > 2 && (alike > 0.5 || alike >= 0.5 && shared >= 4 || same_deed && alike >= 0.4 && shared >= 3)
}

/// Whether a record that a headline cites has half of the words of what the story is about.
pub fn names_it(brief: &Brief, headline: &Sentence) -> bool {
    let label = content_stems(&brief.label);
    let cited = headline.citations.iter().filter_map(|c| brief.record(&c.record)?.text.as_deref());
    let begins = |text: &str| content_stems(crate::analyze::span::head(text, 600));
    cited.into_iter().any(|text| overlap(&label, &begins(text)) >= 0.5)
}

/// A headline without who says so: `The Harbour Post: …`, `…, The Harbour Post reports`.
fn unattributed(headline: &str) -> &str {
    const WORDS: usize = 4;
    let before = headline.split_once(": ").filter(|(who, _)| who.split_whitespace().count() <= WORDS);
    let text = before.map_or(headline, |(_, text)| text);
    text.strip_suffix(" reports").and_then(|text| text.rsplit_once(", ")).map_or(text, |(text, _)| text)
}

fn count_changes(earlier: &Brief, now: &Brief) -> Vec<Change> {
    let of = |brief: &Brief, unit: CountUnit| brief.evaluate(unit, CountBase::Members, &CountFilter::All).0;
    [(CountUnit::Records, "records"), (CountUnit::Authors, "authors")]
        .into_iter()
        .filter_map(|(unit, noun)| {
            let (a, b) = (of(earlier, unit), of(now, unit));
            (a != b).then(|| Change::of_size(a, b, noun))
        })
        .collect()
}

/// Cited records that are not there any more.
fn withdrawn(earlier: &Told, now: &Brief) -> Vec<Change> {
    let there: BTreeSet<&RecordId> = now.records.iter().filter(|r| r.text.is_some()).map(|r| &r.id).collect();
    earlier
        .cited
        .iter()
        .filter(|id| !there.contains(id))
        .map(|id| {
            // Neither its words nor its author are told: they were taken back.
            let place = earlier.brief.record(id).map_or("a source", |r| r.venue.as_str());
            change(
                ChangeKind::Withdrawn,
                format!("A source on {place} was deleted; what was quoted from it is gone"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests;
