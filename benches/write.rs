//! What it takes to write one extractive story of a topic with many records, and to check it.
//!
//! `cargo bench --bench write -- [--records 2000] [--rounds 20]` lets the demo find its stories, then adds variations of
//! each topic's records (other ids and authors, other words of the same length) until there are as many as asked for, and
//! writes each story's first version of them: brief, draft, checks. CPU time, on one core; the floor is to cut the same texts
//! into words once. One JSON line, and a line for each story on stderr.

#![expect(clippy::print_stdout, reason = "its answer")]

mod cpu;

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use cpu::Begin;
use newsdesk::analyze::Words;
use newsdesk::demo::{Demo, configuration};
use newsdesk::model::{AuthorKey, Brief, CopyGroup, Lead, Platform, RecordId, Severity, Sha256, StoryStatus};
use newsdesk::store::{Store, Stored, View};
use newsdesk::write::brief::{self, BriefSettings};
use newsdesk::write::extractive::{self, WriterSettings};
use newsdesk::write::{Material, Member, SettleSettings, Settled, WordCounts, settle};
use serde_json::json;

/// A story's first version, and all that was said of its topic by then.
struct Case {
    brief: Brief,
    lead: Lead,
    topic: Vec<Stored>,
    words: WordCounts,
}

impl Case {
    /// Writes it; how many records it counts, and how many sentences were checked.
    fn write(&self) -> anyhow::Result<(usize, u64)> {
        let first = self.first();
        let (members, before): (Vec<&Stored>, Vec<&Stored>) =
            self.topic.iter().partition(|stored| stored.record.published_at >= first);
        let material = Material {
            topic: self.brief.topic.clone(),
            lead: &self.lead,
            storyline: self.brief.storyline.clone(),
            code: self.brief.code.clone(),
            version: 1,
            status: StoryStatus::Breaking,
            at: self.brief.at,
            time_zone: chrono_tz::Tz::UTC,
            lang: self.brief.lang,
            members: members.into_iter().map(member).collect(),
            before: before.into_iter().map(member).collect(),
            before_days: 7,
            corpus: &self.words,
            signals: &[],
            earlier: None,
            earlier_label: None,
            other_label: None,
            elsewhere: std::collections::BTreeSet::new(),
            similar: Vec::new(),
            caveats: Vec::new(),
            records_read: self.topic.len() as u64,
            seed: 1,
        };
        let brief = brief::build(&material, &BriefSettings::default())?;
        let draft = extractive::draft(&brief, &WriterSettings::default());
        match settle(draft, &brief, &SettleSettings::default()) {
            // Variations may leave too few whole words for a story; the work was the same.
            Settled::Story { checked, .. } | Settled::Withheld { checked, .. } => {
                Ok((brief.members.len(), checked))
            }
        }
    }

    fn first(&self) -> DateTime<Utc> {
        let members: BTreeSet<&RecordId> = self.brief.members.iter().collect();
        let times =
            self.topic.iter().filter(|s| members.contains(&s.record.id)).map(|s| s.record.published_at);
        times.min().unwrap_or(self.brief.at)
    }

    /// The floor: every text is cut into words.
    fn cut(&self) -> usize {
        self.topic.iter().map(|stored| Words::of(&stored.text.text).len()).sum()
    }
}

fn member(stored: &Stored) -> Member<'_> {
    Member {
        record: &stored.record,
        text: &stored.text,
        analysis: &stored.analysis,
        copy_group: &stored.copy_group,
    }
}

/// The same record by somebody else, in other words of the same length: what is known of places in the text stays true.
fn variation(of: &Stored, n: usize, label: &str) -> Stored {
    let mut stored = of.clone();
    let native = format!("{}#{n}", of.record.native_id);
    stored.record.id = RecordId::derive(&Platform::Web, &native);
    stored.record.native_id = native;
    stored.record.author = of.record.author.as_ref().map(|author| format!("{author}{n}"));
    stored.record.author_key =
        AuthorKey::derive(&Platform::Web, &format!("{}{n}", of.record.author_key.as_str()));
    stored.copy_group = CopyGroup::of(&stored.record.id);
    stored.text.record = stored.record.id.clone();
    stored.analysis.record = stored.record.id.clone();
    let kept: BTreeSet<String> = label.split_whitespace().map(str::to_lowercase).collect();
    let mut text = of.text.text.clone();
    for word in Words::of(&of.text.text).iter() {
        let span = word.span.start..word.span.end;
        let old = of.text.text.get(span.clone()).unwrap_or_default();
        let plain = old.len() > 4 && old.bytes().all(|b| b.is_ascii_lowercase());
        if plain && !kept.contains(old) && old.len() % 3 == n % 3 {
            let last = (old.as_bytes()[0] - b'a' + (n % 23) as u8 + 1) % 26 + b'a';
            text.replace_range(span.end - 1..span.end, char::from(last).encode_utf8(&mut [0; 4]));
        }
    }
    stored.text.sha256 = Sha256::of(&text);
    stored.text.text = text;
    stored
}

async fn cases(records: usize) -> anyhow::Result<Vec<Case>> {
    let folder = tempfile::TempDir::new()?;
    let store = Store::open(&format!("sqlite://{}", folder.path().join("demo.db").display())).await?;
    let config = configuration(folder.path(), 1)?;
    let mut demo = Demo::new(&config, store.clone());
    while demo.next().await?.is_some() {}
    let mut cases = Vec::new();
    for topic in &config.topics {
        for line in store.stories_of_topic(&topic.slug, 1_000).await? {
            let rows = store.story_by_code(&line.story.code).await?;
            let Some(row) = rows.into_iter().find(|row| row.story.version == 1) else { continue };
            let brief = store.brief_with_texts(&store, &row.brief).await?.context("a story's brief")?;
            let all = store.stored_between(View::Replay, brief.at - TimeDelta::days(30), brief.at).await?;
            let mut words = WordCounts::default();
            for stored in &all {
                words.absorb(
                    stored.record.published_at.date_naive(),
                    &stored.text.text,
                    stored.text.body_start,
                );
            }
            let known: BTreeSet<&RecordId> = brief.members.iter().chain(&brief.before).collect();
            let mut of_topic: Vec<Stored> = all
                .into_iter()
                .filter(|s| s.analysis.topics.contains(&topic.slug) || known.contains(&s.record.id))
                .collect();
            let found = of_topic.len();
            ensure!(found > 0, "{} has no records", brief.code);
            for n in 0..records.saturating_sub(found) {
                of_topic.push(variation(&of_topic[n % found], n / found, &brief.label));
            }
            of_topic.truncate(records.max(found));
            cases.push(Case { lead: lead_of(&brief, &row.trail.names), topic: of_topic, words, brief });
        }
    }
    store.close().await;
    Ok(cases)
}

fn lead_of(brief: &Brief, names: &[String]) -> Lead {
    Lead {
        rank: 1,
        topic: brief.topic.slug.clone(),
        topics: vec![brief.topic.slug.clone()],
        central: brief.evidence[0].clone(),
        evidence: brief.evidence.clone(),
        linked: brief.members.clone(),
        strength: 1.0,
        p: 0.9,
        terms: Vec::new(),
        names: names.to_vec(),
        cluster: None,
        signals: Vec::new(),
        severity: Severity::Medium,
        authors: brief.members.len(),
        distinct_records: brief.members.len(),
        asked: Vec::new(),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let (mut records, mut rounds) = (2_000, 20);
    // Cargo adds a flag of its own.
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(name) = args.next() {
        let value = args.next().with_context(|| format!("`{name}` needs a value"))?.parse()?;
        match name.as_str() {
            "--records" => records = value,
            "--rounds" => rounds = value,
            _ => anyhow::bail!("`{name}` is no option; the first lines of this file name them"),
        }
    }
    let cases = Box::pin(cases(records)).await?;
    let (mut longest, mut all, mut floor) = (0.0_f64, 0.0, 0.0);
    for case in &cases {
        let (members, checked) = case.write()?;
        let began = Begin::now();
        for _ in 0..rounds {
            case.write()?;
        }
        let ms = began.spent().as_secs_f64() * 1_000.0 / rounds as f64;
        let began = Begin::now();
        let words = (0..rounds).map(|_| case.cut()).sum::<usize>() / rounds;
        let cut = began.spent().as_secs_f64() * 1_000.0 / rounds as f64;
        eprintln!(
            "{}: {ms:.1} ms for {checked} sentences of {members} members; {} records with {words} words are cut in {cut:.1} ms",
            case.brief.code,
            case.topic.len()
        );
        longest = longest.max(ms);
        all += ms;
        floor += cut;
    }
    let n = cases.len().max(1) as f64;
    println!(
        "{}",
        json!({
            "case": "write", "stories": cases.len(), "records": records, "ms": (all / n * 10.0).round() / 10.0,
            "longest_ms": (longest * 10.0).round() / 10.0, "times_floor": (all / floor.max(f64::EPSILON) * 10.0).round() / 10.0,
        })
    );
    Ok(())
}
