//! Runs the selection over a recorded stretch of discourse, one tick a day, and writes its leads as predictions.
//!
//! `select_eval RECORDS.jsonl OUT_PREFIX [--only CONDITION] [--from DAY] [--to DAY] [--pairs N] [--seed N] [--scores]
//! [--show DAY] [SETTING=VALUE …]`
//!
//! Each condition (`feeds`, `no-feeds`, `feeds-no-x`, `no-feeds-no-x`) is run with the same settings; what it leaves out
//! was never there. `OUT_PREFIX.CONDITION.linked.jsonl`, `.strict.jsonl` and `.first.jsonl` get a line per lead
//! (`{"day","rank","record_urls"}`); with `--pairs` `.pairs.jsonl` gets so many central records beside a record cited
//! with them, drawn by `--seed` from all leads of the days asked for; with `--scores` `.scores.jsonl` gets the terms of
//! every record. What a day cost is said on stderr. All days are learnt from; `--from` and `--to` are the days written.
//! `scripts/score_selection` runs it and scores what it writes.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead as _, Write};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use newsdesk::analyze::headline::{HeadlineSigns, Venue, signs};
use newsdesk::analyze::{CleanInput, Markup, clean, detect};
use newsdesk::model::{
    Analysis, AuthorKey, CopyGroup, Engagement, Lang, Lead, Platform, Record, RecordId, RecordState,
    Register, Sha256, Signs, SourceClass, StoredText, TopicSlug,
};
use newsdesk::signal::history::History;
use newsdesk::signal::leads::{self, Settings, rank};
use newsdesk::signal::observation::{Observation, Seen, Standing};
use serde_json::json;

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

/// What is left out before anything is computed.
#[derive(Clone, Copy)]
struct Condition {
    name: &'static str,
    news: bool,
    x: bool,
}

const CONDITIONS: [Condition; 4] = [
    Condition { name: "feeds", news: true, x: true },
    Condition { name: "no-feeds", news: false, x: true },
    Condition { name: "feeds-no-x", news: true, x: false },
    Condition { name: "no-feeds-no-x", news: false, x: false },
];

/// What was asked for.
#[derive(Default)]
struct Asked {
    records: String,
    out: String,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    only: Option<String>,
    show: Option<NaiveDate>,
    pairs: usize,
    seed: u64,
    scores: bool,
    settings: Settings,
}

fn asked() -> anyhow::Result<Asked> {
    let mut asked = Asked {
        settings: Settings { window: TimeDelta::hours(29), ..Settings::default() },
        ..Asked::default()
    };
    let mut words = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        if let Some((name, value)) = arg.split_once('=') {
            *slot(&mut asked.settings, name).with_context(|| format!("no setting `{name}`"))? =
                value.parse()?;
        } else if arg == "--scores" {
            asked.scores = true;
        } else if let Some(name) = arg.strip_prefix("--") {
            let value = args.next().with_context(|| format!("`{arg}` needs a value"))?;
            match name {
                "from" => asked.from = Some(value.parse()?),
                "to" => asked.to = Some(value.parse()?),
                "only" => asked.only = Some(value),
                "show" => asked.show = Some(value.parse()?),
                "pairs" => asked.pairs = value.parse()?,
                "seed" => asked.seed = value.parse()?,
                _ => anyhow::bail!("no option `{arg}`"),
            }
        } else {
            words.push(arg);
        }
    }
    let [records, out] = <[String; 2]>::try_from(words).map_err(|_| {
        anyhow::anyhow!("RECORDS.jsonl OUT_PREFIX; the first lines of this file name the options")
    })?;
    (asked.records, asked.out) = (records, out);
    Ok(asked)
}

fn slot<'a>(settings: &'a mut Settings, name: &str) -> Option<&'a mut f64> {
    let (bars, offsets, points) = (&mut settings.bars, &mut settings.offsets, &mut settings.points);
    Some(match name {
        "linked" => &mut bars.linked,
        "linked_with_name" => &mut bars.linked_with_name,
        "linked_name_share" => &mut bars.linked_name_share,
        "strict" => &mut bars.strict,
        "strict_with_name" => &mut bars.strict_with_name,
        "strict_with_two_names" => &mut bars.strict_with_two_names,
        "strict_name_share" => &mut bars.strict_name_share,
        "lone_p" => &mut bars.lone_p,
        "company_weight" => &mut bars.company_weight,
        "voices_weight" => &mut bars.voices_weight,
        "publication" => &mut offsets.publication,
        "essay" => &mut offsets.essay,
        "social" => &mut offsets.social,
        "paper" => &mut offsets.paper,
        "forum" => &mut offsets.forum,
        "bias" => &mut points.bias,
        "venue_reports" => &mut points.venue_reports,
        "on_topic" => &mut points.on_topic,
        "usual_contrast_social" => &mut points.usual_contrast_social,
        "usual_contrast_essay" => &mut points.usual_contrast_essay,
        "loud_account" => &mut points.loud_account,
        "answering_someone" => &mut points.answering_someone,
        "inside_thread" => &mut points.inside_thread,
        "often_named" => &mut points.often_named,
        "first_hand" => &mut points.first_hand,
        "personal" => &mut points.personal,
        "actor_acts" => &mut points.actor_acts,
        "figures" => &mut points.figures,
        "asks" => &mut points.asks,
        "has_link" => &mut points.has_link,
        "title_length" => &mut points.title_length,
        "title_length_paper" => &mut points.title_length_paper,
        "bursting_name" => &mut points.bursting_name,
        "heard_elsewhere" => &mut points.heard_elsewhere,
        "first_to_say" => &mut points.first_to_say,
        _ => return None,
    })
}

fn main() -> anyhow::Result<()> {
    let asked = asked()?;
    let topic: TopicSlug = "everything".parse()?;
    let mut days: BTreeMap<NaiveDate, Vec<(Observation, Line)>> = BTreeMap::new();
    let mut copies: HashMap<String, RecordId> = HashMap::new();
    let started = Instant::now();
    for line in std::io::BufReader::new(std::fs::File::open(&asked.records)?).lines() {
        let line: Line = serde_json::from_str(&line?)?;
        let observation = observe(&line, &topic, &mut copies);
        days.entry(line.day).or_default().push((observation, line));
    }
    eprintln!("read in {:?}", started.elapsed());
    let only = |condition: &&Condition| asked.only.as_ref().is_none_or(|name| name == condition.name);
    for condition in CONDITIONS.iter().filter(only) {
        run(&asked, *condition, &days)?;
    }
    Ok(())
}

/// One JSON line to a file.
fn write(file: &mut impl Write, line: &serde_json::Value) -> anyhow::Result<()> {
    Ok(writeln!(file, "{line}")?)
}

fn run(
    asked: &Asked,
    condition: Condition,
    days: &BTreeMap<NaiveDate, Vec<(Observation, Line)>>,
) -> anyhow::Result<()> {
    let create = |kind: &str| -> anyhow::Result<_> {
        let path = format!("{}.{}.{kind}.jsonl", asked.out, condition.name);
        Ok(std::io::BufWriter::new(std::fs::File::create(path)?))
    };
    let kinds = ["linked", "strict", "first"];
    let mut files = [create(kinds[0])?, create(kinds[1])?, create(kinds[2])?];
    let mut scores = if asked.scores { Some(create("scores")?) } else { None };
    let mut history = History::default();
    let (mut worst, mut sum) = (Duration::ZERO, Duration::ZERO);
    let mut pairs: Vec<(Sha256, serde_json::Value)> = Vec::new();
    for (day, records) in days {
        let at = day.and_hms_opt(5, 0, 0).unwrap_or_default().and_utc();
        let records: BTreeMap<&RecordId, (&Observation, &Line)> = records
            .iter()
            .filter(|(_, line)| {
                (condition.news || line.category != "news") && (condition.x || line.platform != "twitter")
            })
            .map(|(observation, line)| (&observation.id, (observation, line)))
            .collect();
        let window: Vec<&Observation> = records.values().map(|(observation, _)| *observation).collect();
        window.iter().for_each(|observation| history.absorb(observation));
        history.forget(at);
        if asked.from.is_some_and(|from| *day < from) || asked.to.is_some_and(|to| *day > to) {
            continue;
        }
        let started = Instant::now();
        let leads = rank(&window, &history, &[], at, &asked.settings);
        let took = started.elapsed();
        worst = worst.max(took);
        sum += took;
        for (kind, file) in kinds.iter().zip(&mut files) {
            for lead in &leads {
                let list: Vec<&str> = list(kind, lead).iter().map(|id| records[id].1.url.as_str()).collect();
                write(file, &json!({"day": day, "rank": lead.rank, "record_urls": list}))?;
            }
        }
        if let Some(file) = &mut scores {
            for (id, scored) in leads::scores(&window, &history, at, &asked.settings) {
                let terms: BTreeMap<&str, f64> =
                    scored.terms.iter().map(|term| (term.code.as_str(), term.value)).collect();
                let line = records[&id].1;
                write(file, &json!({"day": day, "url": line.url, "z": scored.z, "terms": terms}))?;
            }
        }
        pairs.extend(leads.iter().flat_map(|lead| cited(lead, *day, asked.seed, &records)));
        if asked.show == Some(*day) {
            leads.iter().take(20).for_each(|lead| show(lead, &records));
        }
    }
    eprintln!("{}: worst day {worst:?}, all {sum:?}, {} cited pairs", condition.name, pairs.len());
    if asked.pairs > 0 {
        let mut file = create("pairs")?;
        pairs.sort_by(|a, b| a.0.as_str().cmp(b.0.as_str()));
        for (_, pair) in pairs.iter().take(asked.pairs) {
            write(&mut file, pair)?;
        }
    }
    Ok(())
}

/// Each cited record beside its central one, with a number that shuffles them.
fn cited(
    lead: &Lead,
    day: NaiveDate,
    seed: u64,
    records: &BTreeMap<&RecordId, (&Observation, &Line)>,
) -> Vec<(Sha256, serde_json::Value)> {
    let text = |id: &RecordId| {
        let line = records[id].1;
        let body: String = line.text.chars().take(700).collect();
        json!({"url": line.url, "source": line.source, "title": line.title, "text": body})
    };
    let others = lead.evidence.iter().filter(|id| **id != lead.central);
    others
        .map(|id| {
            let place = Sha256::of(&format!("{seed} {} {}", lead.central.as_str(), id.as_str()));
            let pair =
                json!({"day": day, "rank": lead.rank, "central": text(&lead.central), "cited": text(id)});
            (place, pair)
        })
        .collect()
}

fn show(lead: &Lead, records: &BTreeMap<&RecordId, (&Observation, &Line)>) {
    eprintln!("{} {:.3} {:.3} {:?} {:?}", lead.rank, lead.strength, lead.p, lead.names, lead.severity);
    for id in &lead.linked {
        let line = records[id].1;
        let title: String = line.title.chars().take(90).collect();
        eprintln!("   {} {} | {title}", if lead.evidence.contains(id) { "S" } else { "L" }, line.source);
    }
    for term in &lead.terms {
        eprintln!("      {:20} {:.2} {:+.2}", term.code, term.value, term.points);
    }
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
        answers: None,
        quotes: None,
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
        personal: signs.personal,
        has_link: signs.has_link,
        title_words: u32::try_from(signs.title_words).unwrap_or(u32::MAX),
        starts_with_mention: signs.starts_with_mention,
        recurring: signs.recurring,
        shape: signs.shape,
        handles: signs.handles_named,
    }
}
