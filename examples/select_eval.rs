//! Runs the selection over a recorded stretch of discourse, one tick a day, and writes its leads as predictions.
//!
//! `select_eval RECORDS.jsonl OUT_PREFIX [--no-news]` writes `OUT_PREFIX.linked.jsonl`, `.strict.jsonl` and
//! `.first.jsonl` (`{"day","rank","record_urls"}` a line) and says on stderr what a day cost.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead as _, Write as _};
use std::time::Instant;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use newsdesk::model::{
    Analysis, AuthorKey, CopyGroup, Engagement, Lang, Lead, Platform, Record, RecordId, RecordState, Register,
    Sha256, Signs, SourceClass, StoredText, TopicSlug,
};
use newsdesk::signal::history::History;
use newsdesk::signal::leads::{Settings, rank};
use newsdesk::signal::observation::{Observation, Seen, Standing};
use unicode_segmentation::UnicodeSegmentation as _;

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
    let [_, records, out, flags @ ..] = args.as_slice() else { anyhow::bail!("RECORDS OUT_PREFIX [--no-news]") };
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
        let observation = observe(&line, &topic, &mut copies)?;
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
                text.push_str(&serde_json::json!({"day": day, "rank": lead.rank, "record_urls": list}).to_string());
                text.push('\n');
            }
        }
        if let Some(at) = flags.iter().position(|f| f == "--show") && flags.get(at + 1) == Some(&day.to_string()) {
            for lead in leads.iter().take(20) {
                eprintln!("{} {:.3} {:.3} {:?} {:?}", lead.rank, lead.strength, lead.p, lead.names, lead.severity);
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

fn observe(line: &Line, topic: &TopicSlug, copies: &mut HashMap<String, RecordId>) -> anyhow::Result<Observation> {
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
    let title = (class != SourceClass::Social).then(|| clean(&line.title));
    let id = RecordId::derive(&platform, &line.url);
    let mut text = title.clone().unwrap_or_default();
    if title.is_some() {
        text.push('\n');
    }
    let body_start = text.len();
    text.push_str(&clean(&line.text));
    let record = Record {
        id: id.clone(),
        platform: platform.clone(),
        native_id: line.url.clone(),
        class,
        permalink: line.url.clone(),
        author: Some(line.author.clone()),
        author_key: AuthorKey::derive(&platform, if line.author.is_empty() { &line.url } else { &line.author }),
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
    let copy_group = if exact.chars().count() < 30 { id.clone() } else { copies.entry(exact).or_insert(id.clone()).clone() };
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
        lang: Lang::EN,
        sentiment: None,
        register: Register::Neutral,
        entities: Vec::new(),
        phrases: Vec::new(),
        exact_hash: String::new(),
        fingerprint: String::new(),
        topics: vec![topic.clone()],
        quarantine: Vec::new(),
        signs: signs(&stored, class, &line.text),
    };
    let dedicated = match class {
        SourceClass::Social => Vec::new(),
        _ if class == SourceClass::Paper => Vec::new(),
        _ => vec![topic.clone()],
    };
    Ok(Observation::of(
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
    ))
}

fn clean(text: &str) -> String {
    let text = html_escape::decode_html_entities(text).into_owned();
    let text = html_escape::decode_html_entities(&text).into_owned();
    text.split(' ')
        .map(|w| {
            w.split('\n')
                .map(|w| if let Some(at) = w.find("http") { w.get(..at).unwrap_or("") } else { w })
                .collect::<Vec<_>>()
                .join("\n")
        })
        .collect::<Vec<_>>()
        .join(" ")
        .replace(['\u{200b}', '\u{200d}', '\u{feff}'], "")
}

const VERBS: &str = "announce release launch unveil introduce reveal publish ship open acquire buy sell raise invest fund merge hire fire leave join resign quit appoint sue ban block restrict approve reject pass sign rule fine investigate warn accuse claim deny confirm admit report find show prove solve beat win lose break hit reach surpass cut drop shut close kill end delay cancel halt pause leak hack expose plan expect say urge call demand vote partner sign roll add update upgrade build create develop train unveil debut offer expand test deploy replace";

fn signs(stored: &StoredText, class: SourceClass, raw: &str) -> Signs {
    let stem = rust_stemmers::Stemmer::create(rust_stemmers::Algorithm::English);
    let headline = if class == SourceClass::Social { stored.text.as_str() } else { stored.text.get(..stored.body_start).unwrap_or("").trim() };
    let words: Vec<String> = headline.unicode_words().map(str::to_lowercase).collect();
    let lemmas: Vec<String> = VERBS.split(' ').map(|v| stem.stem(v).into_owned()).collect();
    let news_verb = words.iter().any(|w| {
        let s = stem.stem(w);
        lemmas.iter().any(|l| *l == s) || matches!(w.as_str(), "said" | "won" | "lost" | "broke" | "left" | "shown" | "found" | "built" | "sold" | "bought" | "says")
    });
    let lower = headline.to_lowercase();
    let digits = words.iter().any(|w| w.chars().filter(char::is_ascii_digit).count() >= 2);
    let figures = digits || lower.contains('%') || lower.contains('$') || words.windows(2).any(|w| w[0].parse::<f64>().is_ok() && matches!(w[1].as_str(), "million" | "billion" | "percent" | "x" | "years" | "hours" | "days" | "gb" | "b"));
    let first = words.first().map_or("", String::as_str);
    let question_word = matches!(first, "what" | "why" | "how" | "who" | "which" | "when" | "where" | "is" | "are" | "does" | "do" | "can" | "should" | "could" | "would" | "has" | "have" | "will" | "any" | "anyone");
    let help = ["how do i", "anyone else", "looking for", "recommend", "not working", "help me", "need help", "any advice"];
    let asks = headline.trim_end().ends_with('?') || (class == SourceClass::Forum && question_word) || help.iter().any(|h| lower.contains(h));
    let we = words.iter().any(|w| matches!(w.as_str(), "we" | "our" | "i" | "we're" | "we've" | "i've" | "my"));
    let own = ["releas", "launch", "publish", "announc", "introduc", "open", "ship", "built", "build"];
    let first_hand = (we && words.iter().any(|w| own.iter().take(6).any(|o| w.starts_with(o))))
        || matches!(first, "introducing" | "announcing" | "new" | "today")
        || lower.contains("now available") || lower.contains("new paper") || lower.contains("new post");
    let body = stored.text.get(stored.body_start..).unwrap_or("");
    let _ = body;
    let handles = raw.split(|c: char| c.is_whitespace()).filter_map(|w| w.strip_prefix('@')).map(|h| h.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_').to_lowercase()).filter(|h| !h.is_empty()).collect();
    let mut shape = String::new();
    for c in lower.chars().take(80) {
        if c.is_ascii_digit() {
            if !shape.ends_with('#') {
                shape.push('#');
            }
        } else if c.is_alphabetic() {
            shape.push(c);
        }
    }
    let recurring = ["weekly", "daily", "megathread", "monthly", "roundup", "round-up", "digest"].iter().any(|w| words.iter().any(|x| x == w)) && class != SourceClass::Social;
    Signs {
        news_verb,
        figures,
        asks,
        first_hand,
        has_link: raw.contains("http"),
        title_words: u32::try_from(words.len()).unwrap_or(0),
        starts_with_mention: raw.starts_with('@'),
        recurring,
        shape,
        handles,
    }
}
