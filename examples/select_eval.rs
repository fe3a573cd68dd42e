//! Runs the selection over a recorded stretch of discourse, one tick a day, and writes its leads as predictions.
//!
//! `select_eval RECORDS.jsonl OUT_PREFIX [--no-news] [--show DAY] [SETTING=VALUE …]` writes `OUT_PREFIX.linked.jsonl`, `.strict.jsonl` and
//! `.first.jsonl` (`{"day","rank","record_urls"}` a line) and says on stderr what a day cost.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead as _, Write as _};
use std::time::Instant;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use newsdesk::analyze::headline::{HeadlineSigns, Venue, signs};
use newsdesk::analyze::{CleanInput, Markup, clean, detect};
use newsdesk::model::{
    Analysis, AuthorKey, CopyGroup, Engagement, Lang, Lead, Platform, Record, RecordId, RecordState,
    Register, Sha256, Signs, SourceClass, StoredText, TopicSlug,
};
use newsdesk::signal::history::History;
use newsdesk::signal::leads::{Settings, rank};
use newsdesk::signal::observation::{Observation, Seen, Standing};

#[derive(serde::Deserialize)]
struct Line {
    platform: String,
    category: String,
    day: NaiveDate,
    published_utc: DateTime<Utc>,
    title: String,
    text: String,
    url: String,
    author: String,
    source: String,
    tags: Vec<String>,
}

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let [_, records, out, flags @ ..] = args.as_slice() else {
        anyhow::bail!("RECORDS OUT_PREFIX [--no-news]")
    };
    let no_news = flags.iter().any(|flag| flag == "--no-news");
    let topic: TopicSlug = "everything".parse()?;
    let mut days: BTreeMap<NaiveDate, Vec<(Observation, String)>> = BTreeMap::new();
    let mut copies: HashMap<String, RecordId> = HashMap::new();
    let started = Instant::now();
    for line in std::io::BufReader::new(std::fs::File::open(records)?).lines() {
        let line: Line = serde_json::from_str(&line?)?;
        if no_news && line.category == "news" {
            continue;
        }
        let observation = observe(&line, &topic, &mut copies);
        days.entry(line.day).or_default().push((observation, line.url));
    }
    eprintln!("read in {:?}", started.elapsed());
    let mut files = ["linked", "strict", "first"].map(|kind| (kind, String::new()));
    let mut history = History::default();
    let mut settings = Settings { window: TimeDelta::hours(29), ..Settings::default() };
    for pair in flags.iter().filter_map(|flag| flag.split_once('=')) {
        let value: f64 = pair.1.parse()?;
        let bars = &mut settings.bars;
        let slot = match pair.0 {
            "linked" => &mut bars.linked,
            "linked_with_name" => &mut bars.linked_with_name,
            "linked_name_share" => &mut bars.linked_name_share,
            "strict" => &mut bars.strict,
            "strict_with_name" => &mut bars.strict_with_name,
            "strict_with_two_names" => &mut bars.strict_with_two_names,
            "strict_name_share" => &mut bars.strict_name_share,
            "lone_p" => &mut bars.lone_p,
            "company_weight" => &mut bars.company_weight,
            "publication" => &mut settings.offsets.publication,
            "essay" => &mut settings.offsets.essay,
            "social" => &mut settings.offsets.social,
            "paper" => &mut settings.offsets.paper,
            "forum" => &mut settings.offsets.forum,
            other => anyhow::bail!("no setting `{other}`"),
        };
        *slot = value;
    }
    let (mut worst, mut sum) = (std::time::Duration::ZERO, std::time::Duration::ZERO);
    for (day, records) in &days {
        let at = day.and_hms_opt(5, 0, 0).unwrap_or_default().and_utc();
        for (observation, _) in records {
            history.absorb(observation);
        }
        history.forget(at);
        let window: Vec<&Observation> = records.iter().map(|(observation, _)| observation).collect();
        let started = Instant::now();
        let leads = rank(&window, &history, &[], at, &settings);
        let took = started.elapsed();
        worst = worst.max(took);
        sum += took;
        let urls: HashMap<&RecordId, &str> = records.iter().map(|(o, url)| (&o.id, url.as_str())).collect();
        for (kind, text) in &mut files {
            for lead in &leads {
                let list: Vec<&str> = list(kind, lead).iter().map(|id| urls[id]).collect();
                text.push_str(
                    &serde_json::json!({"day": day, "rank": lead.rank, "record_urls": list}).to_string(),
                );
                text.push('\n');
            }
        }
        if let Some(at) = flags.iter().position(|f| f == "--show")
            && flags.get(at + 1) == Some(&day.to_string())
        {
            for lead in leads.iter().take(20) {
                eprintln!(
                    "{} {:.3} {:.3} {:?} {:?}",
                    lead.rank, lead.strength, lead.p, lead.names, lead.severity
                );
                for id in &lead.linked {
                    eprintln!("   {} {}", if lead.evidence.contains(id) { "S" } else { "L" }, urls[id]);
                }
                for term in &lead.terms {
                    eprintln!("      {:20} {:.2} {:+.2}", term.code, term.value, term.points);
                }
            }
        }
    }
    eprintln!("worst day {worst:?}, mean {:?}", sum / u32::try_from(days.len()).unwrap_or(1));
    for (kind, text) in &files {
        std::fs::File::create(format!("{out}.{kind}.jsonl"))?.write_all(text.as_bytes())?;
    }
    Ok(())
}

fn list<'a>(kind: &str, lead: &'a Lead) -> &'a [RecordId] {
    match kind {
        "linked" => &lead.linked,
        "strict" => &lead.evidence,
        _ => lead.linked.get(..1).unwrap_or_default(),
    }
}

fn observe(line: &Line, topic: &TopicSlug, copies: &mut HashMap<String, RecordId>) -> Observation {
    let platform = match line.platform.as_str() {
        "reddit" => Platform::Reddit,
        "twitter" => Platform::X,
        "bluesky" => Platform::Bluesky,
        "mastodon" => Platform::Mastodon,
        "arxiv" => Platform::Arxiv,
        "rss" | "linked_article" => Platform::Feed,
        other => Platform::Archive(other.to_owned()),
    };
    let class = match line.platform.as_str() {
        "research_blog" => SourceClass::Essay,
        _ => SourceClass::default_for(&platform),
    };
    let end = line.day.and_hms_opt(5, 0, 0).unwrap_or_default().and_utc();
    let social = class == SourceClass::Social;
    let title = (!social).then(|| line.title.clone());
    let markup = if platform == Platform::Reddit { Markup::Markdown } else { Markup::Plain };
    let cleaned = clean(&CleanInput { title: title.as_deref(), body: &line.text, markup, social });
    let lang = detect(&cleaned.text);
    let venue = match class {
        SourceClass::Forum => Venue::Forum,
        SourceClass::Social => Venue::Social,
        SourceClass::Publication | SourceClass::Essay | SourceClass::Paper => Venue::Publication,
    };
    let signs = signs(&cleaned, &line.text, venue, lang);
    let (text, body_start) = (cleaned.text, cleaned.body_start);
    let id = RecordId::derive(&platform, &line.url);
    let record = Record {
        id: id.clone(),
        platform: platform.clone(),
        native_id: line.url.clone(),
        class,
        permalink: line.url.clone(),
        author: Some(line.author.clone()),
        author_key: AuthorKey::derive(
            &platform,
            if line.author.is_empty() { &line.url } else { &line.author },
        ),
        venue: line.source.clone(),
        // A day here is a run of the collector; what it found late still belongs to it.
        published_at: line.published_utc.clamp(end - TimeDelta::hours(28), end),
        seen_at: line.published_utc,
        archived_seen_at: None,
        edited_at: None,
        title,
        body: line.text.clone(),
        tags: line.tags.clone(),
        engagement: Engagement::default(),
        revision: 1,
        state: RecordState::Live,
    };
    let exact: String = text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).take(400).collect();
    let copy_group = if exact.chars().count() < 30 {
        id.clone()
    } else {
        copies.entry(exact).or_insert(id.clone()).clone()
    };
    let stored = StoredText {
        record: id.clone(),
        revision: 1,
        body_start,
        marks: newsdesk::model::Marks::default(),
        sha256: Sha256::of(&text),
        text,
    };
    let analysis = Analysis {
        record: id,
        revision: 1,
        lang: Lang::new(lang.as_str()),
        sentiment: None,
        register: Register::Neutral,
        entities: Vec::new(),
        phrases: Vec::new(),
        exact_hash: String::new(),
        fingerprint: String::new(),
        topics: vec![topic.clone()],
        quarantine: Vec::new(),
        signs: model_signs(signs),
    };
    let dedicated = match class {
        SourceClass::Social | SourceClass::Paper => Vec::new(),
        SourceClass::Publication | SourceClass::Essay | SourceClass::Forum => vec![topic.clone()],
    };
    Observation::of(
        &record,
        &stored,
        &analysis,
        Standing {
            copy_group: CopyGroup::of(&copy_group),
            cluster: None,
            dedicated: &dedicated,
            seen: Seen::Replay,
            backfill_after: TimeDelta::hours(6),
        },
    )
}

fn model_signs(signs: HeadlineSigns) -> Signs {
    Signs {
        news_verb: signs.news_verb.is_some(),
        figures: signs.figures,
        asks: signs.asks,
        first_hand: signs.first_hand,
        has_link: signs.has_link,
        title_words: u32::try_from(signs.title_words).unwrap_or(u32::MAX),
        starts_with_mention: signs.starts_with_mention,
        recurring: signs.recurring,
        shape: signs.shape,
        handles: signs.handles_named,
    }
}
