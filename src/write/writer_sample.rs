//! Invented material for the writer's tests: a night train returns to a coast that does not exist.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};

use super::material::{Corpus, Material, Member};
use crate::model::{
    Analysis, AuthorKey, CopyGroup, Engagement, Entity, EntityKind, Lang, Lead, Marks, Platform,
    QuarantineReason, Record, RecordId, RecordState, Register, Severity, Sha256, Signs, SourceClass,
    StoredText, StoryCode, StoryStatus, StorylineId, TopicRef,
};

/// One invented record and all that is known of it.
pub(crate) struct Piece {
    pub(crate) record: Record,
    pub(crate) text: StoredText,
    pub(crate) analysis: Analysis,
    pub(crate) group: CopyGroup,
}

/// A world to take material from.
pub(crate) struct World {
    pub(crate) members: Vec<Piece>,
    pub(crate) before: Vec<Piece>,
    pub(crate) lead: Lead,
    pub(crate) seed: u64,
    corpus: Words,
}

/// Names that the invented corpus knows, with their kinds.
const NAMES: &[(&str, EntityKind)] = &[
    ("Coastline Night Train", EntityKind::Product),
    ("Night Train", EntityKind::Product),
    ("Coastline", EntityKind::Organization),
    ("Port Ellery", EntityKind::State),
    ("Vantry", EntityKind::State),
    ("Mara Lindqvist", EntityKind::Person),
];

struct Words {
    /// Whether it was read before the story, so that what is usual is known.
    read: bool,
}

/// Words that the invented corpus has everywhere.
const COMMON: &[&str] = &[
    "train", "trains", "night", "today", "ticket", "tickets", "station", "week", "year", "month", "price",
    "work", "people", "friend", "question", "city", "summer", "hour", "hours", "morning", "evening", "line",
];

impl Corpus for Words {
    fn idf(&self, word: &str) -> f64 {
        if super::quotes::text::is_stop(word) {
            0.5
        } else if COMMON.contains(&word) {
            2.5
        } else {
            6.0
        }
    }

    fn mid_sentence_case(&self, lower: &str) -> Option<String> {
        const CAPITAL: &[&str] =
            &["coastline", "port", "ellery", "vantry", "mara", "lindqvist", "harbour", "march", "june"];
        if CAPITAL.contains(&lower) {
            let mut chars = lower.chars();
            return chars.next().map(|c| c.to_uppercase().chain(chars).collect());
        }
        match lower {
            "night" | "train" => Some(if lower == "night" { "Night" } else { "Train" }.to_owned()),
            _ => Some(lower.to_owned()),
        }
    }

    fn records_with(&self, word: &str, from: NaiveDate, before: NaiveDate) -> (u32, u32) {
        // A hundred records a day; what is common is so every day, and nothing else was said before the story.
        let all = self.records(from, before);
        let said = COMMON.contains(&word) || from.month() == 3 && from.day() > 1;
        (if said { all / 12 } else { 0 }, all)
    }

    fn records(&self, from: NaiveDate, before: NaiveDate) -> u32 {
        if self.read { 100 * u32::try_from((before - from).num_days()).unwrap_or(0) } else { 0 }
    }
}

/// What differs between records.
pub(crate) struct Row {
    pub(crate) platform: Platform,
    pub(crate) venue: &'static str,
    pub(crate) author: Option<&'static str>,
    pub(crate) at: &'static str,
    pub(crate) title: &'static str,
    pub(crate) body: &'static str,
}

/// A record from a row.
pub(crate) fn piece(n: usize, row: &Row) -> Piece {
    let native_id = format!("{n}-{}", row.at);
    let id = RecordId::derive(&row.platform, &native_id);
    let social = matches!(row.platform, Platform::Bluesky | Platform::Mastodon | Platform::X);
    let text =
        if row.title.is_empty() { row.body.to_owned() } else { format!("{}\n{}", row.title, row.body) };
    let body_start = if row.title.is_empty() { 0 } else { row.title.len() + 1 };
    let at: DateTime<Utc> = row.at.parse().unwrap();
    let class = SourceClass::default_for(&row.platform);
    let handle = if class == SourceClass::Publication { Some(row.venue) } else { row.author };
    let unknown = format!("unknown-{n}");
    let entities = NAMES
        .iter()
        .filter(|(name, _)| text.contains(name))
        .map(|(name, kind)| Entity { surface: (*name).to_owned(), norm: name.to_lowercase(), kind: *kind })
        .collect();
    Piece {
        record: Record {
            id: id.clone(),
            platform: row.platform.clone(),
            native_id: native_id.clone(),
            class,
            permalink: format!("https://example.test/{native_id}"),
            author: row.author.map(str::to_owned),
            author_key: AuthorKey::derive(&row.platform, handle.unwrap_or(&unknown)),
            venue: row.venue.to_owned(),
            published_at: at,
            seen_at: at,
            archived_seen_at: None,
            edited_at: None,
            title: None,
            body: String::new(),
            tags: Vec::new(),
            answers: None,
            quotes: None,
            engagement: Engagement::default(),
            revision: 1,
            state: RecordState::Live,
        },
        text: StoredText {
            record: id.clone(),
            revision: 1,
            body_start,
            sha256: Sha256::of(&text),
            text,
            marks: Marks::default(),
        },
        analysis: Analysis {
            record: id.clone(),
            revision: 1,
            lang: Lang::EN,
            sentiment: None,
            register: Register::Neutral,
            entities,
            phrases: Vec::new(),
            exact_hash: String::new(),
            fingerprint: String::new(),
            topics: Vec::new(),
            quarantine: Vec::new(),
            signs: Signs { starts_with_mention: social && row.body.starts_with('@'), ..Signs::default() },
        },
        group: CopyGroup::of(&id),
    }
}

fn post(author: &'static str, at: &'static str, title: &'static str, body: &'static str) -> Row {
    Row { platform: Platform::Reddit, venue: "r/nighttrains", author: Some(author), at, title, body }
}

fn press(
    venue: &'static str,
    author: &'static str,
    at: &'static str,
    title: &'static str,
    body: &'static str,
) -> Row {
    Row { platform: Platform::Feed, venue, author: Some(author), at, title, body }
}

#[rustfmt::skip]
pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row { platform: Platform::Bluesky, venue: "Bluesky", author: Some("@coastline.example"), at: "2031-03-02T08:00:00Z", title: "",
            body: "The Coastline Night Train returns on 6 June between Port Ellery and Vantry, with tickets from 29 crowns. Seats booked before June can be refunded at any station, and dogs will not need a ticket." },
        press("Harbour Post", "Ida Brook", "2031-03-02T09:30:00Z", "Coastline Night Train Returns to the Coast in June",
            "The Coastline Night Train will run again from 6 June after eleven years, the railway said on Sunday. Six sleeping cars were rebuilt in Vantry for the service, which stops in nine towns. The line closed when the old bridge at Port Ellery failed an inspection."),
        press("Coast Daily", "Per Aalto", "2031-03-03T06:00:00Z", "Coastline Night Train returns in June with six sleeping cars",
            "Coastline said the Night Train will leave Port Ellery at 22:10 and reach Vantry before breakfast. Bookings open on 15 March, and only adults need a reservation. The towns along the coast asked for the train for years."),
        press("The Vantry Review", "Tove Marsh", "2031-03-03T12:00:00Z", "Why the night train is a mistake",
            "I rode the old Coastline Night Train for ten years, and I doubt that six cars will pay for the bridge. The money would have rebuilt every bus stop on the coast."),
        post("u/lantern_keeper", "2031-03-02T10:00:00Z", "The Coastline Night Train is back after eleven years",
            "I took the Coastline Night Train to school and I never thought it would come back. Tickets from 29 crowns are cheaper than the bus from Port Ellery."),
        post("u/salt_and_rail", "2031-03-02T11:00:00Z", "Booking page fails for the Night Train",
            "The booking page for the Coastline Night Train shows an error because it does not know the station in Vantry. A delay of two days is what the help desk told me about the Night Train tickets."),
        post("u/mossy_sleeper", "2031-03-02T12:30:00Z", "Night Train tickets sold out for the first weekend",
            "All cabins of the Coastline Night Train for the first weekend were gone within an hour. A delay in payment cost me the last cabin to Vantry, and the page gave no reason."),
        post("u/quiet_carriage", "2031-03-02T15:00:00Z", "A delay at Port Ellery spoils the Night Train",
            "The timetable has a delay of forty minutes at Port Ellery built in, so that the Night Train waits for the ferry. Nobody sleeps through forty minutes of standing still."),
        post("u/tin_kettle", "2031-03-03T08:00:00Z", "What the Coastline Night Train costs a family",
            "Four of us pay 116 crowns on the Coastline Night Train, but the ferry to Vantry costs 190 crowns in summer. That settles our holiday."),
        post("u/ninth_stop", "2031-03-03T09:00:00Z", "Our town gets its Night Train stop back",
            "The Night Train stops in our town again because the council paid for a longer platform. My mother cried when she read the Coastline timetable."),
        post("u/grey_heron", "2031-03-03T10:00:00Z", "The Night Train is not for people who live here",
            "The Coastline Night Train is built for tourists, but the people who work in Port Ellery need a morning train instead. A cabin does not help a nurse who starts at six."),
        post("u/paper_timetable", "2031-03-03T13:00:00Z", "Will the Night Train carry bicycles?",
            "Does anyone at Coastline know whether the Night Train to Vantry will carry bicycles in June?"),
        post("u/late_arrival", "2031-03-03T14:00:00Z", "Is the old bridge at Port Ellery safe for the Night Train?",
            "Has Coastline said who inspected the bridge at Port Ellery before the Night Train returns in June?"),
        post("u/oak_and_iron", "2031-03-03T16:00:00Z", "The rebuilt Night Train cars are quiet",
            "I visited the workshop in Vantry, and the rebuilt Night Train cars are so quiet that you hear the sea. Coastline kept the old brass lamps in the corridor."),
        Row { platform: Platform::Mastodon, venue: "rail.example", author: Some("@ferrywatch@rail.example"), at: "2031-03-04T07:00:00Z", title: "",
            body: "The ferry to Vantry will keep its timetable when the Coastline Night Train returns, the harbour office told me this morning." },
        Row { platform: Platform::HackerNews, venue: "Hacker News", author: Some("dry_dock"), at: "2031-03-04T09:00:00Z", title: "Coastline Night Train returns to the coast in June",
            body: "The Coastline Night Train works because the track was never torn up, and in practice a sleeping car costs less than a new road." },
    ]
}

fn old_rows() -> Vec<Row> {
    vec![
        post(
            "u/early_bird",
            "2031-02-26T10:00:00Z",
            "Rumours about the Coastline Night Train",
            "Somebody saw the Coastline Night Train in a siding.",
        ),
        post(
            "u/else_where",
            "2031-02-27T10:00:00Z",
            "A tram question",
            "The tram to the market is late again.",
        ),
    ]
}

fn member(p: &Piece) -> Member<'_> {
    Member { record: &p.record, text: &p.text, analysis: &p.analysis, copy_group: &p.group }
}

impl World {
    /// A world of these records; the first `evidence` of them are the event itself.
    pub(crate) fn of(rows: &[Row], evidence: usize) -> Self {
        let members: Vec<Piece> = rows.iter().enumerate().map(|(n, row)| piece(n, row)).collect();
        let before: Vec<Piece> = old_rows().iter().enumerate().map(|(n, row)| piece(900 + n, row)).collect();
        let ids: Vec<RecordId> = members.iter().map(|p| p.record.id.clone()).collect();
        let evidence: Vec<RecordId> = ids.iter().take(evidence).cloned().collect();
        let lead = Lead {
            rank: 1,
            topic: "night-trains".parse().unwrap(),
            topics: vec!["night-trains".parse().unwrap()],
            central: ids.first().cloned().unwrap(),
            evidence,
            linked: ids,
            strength: 0.9,
            p: 0.5,
            terms: Vec::new(),
            names: vec!["coastline night train".to_owned()],
            cluster: None,
            signals: Vec::new(),
            severity: Severity::Medium,
            authors: members.len(),
            distinct_records: members.len(),
            asked: Vec::new(),
        };
        Self { members, before, lead, seed: 7, corpus: Words { read: false } }
    }

    /// The whole sample.
    pub(crate) fn sample() -> Self {
        Self::of(&rows(), 5)
    }

    /// Only the rows that `keep` likes.
    pub(crate) fn only(keep: impl Fn(&Row) -> bool) -> Self {
        let rows: Vec<Row> = rows().into_iter().filter(keep).collect();
        let n = rows.len().min(5);
        Self::of(&rows, n)
    }

    /// What is usual is known: the words that the sample calls common are said every day.
    pub(crate) fn with_days_before(mut self) -> Self {
        self.corpus.read = true;
        self
    }

    /// Sets a record aside, as `analyze` does with texts that address machines.
    pub(crate) fn quarantine(&mut self, author: &str) {
        for piece in self.members.iter_mut().filter(|p| p.record.author.as_deref() == Some(author)) {
            piece.analysis.quarantine.push(QuarantineReason::Instruction);
        }
    }

    /// All records of one language but one.
    pub(crate) fn in_language(&mut self, author: &str, lang: Lang) {
        for piece in self.members.iter_mut().filter(|p| p.record.author.as_deref() == Some(author)) {
            piece.analysis.lang = lang;
        }
    }

    /// What the writer is given.
    pub(crate) fn material(&self) -> Material<'_> {
        let storyline = StorylineId::from_stored("sample");
        Material {
            topic: TopicRef { slug: "night-trains".parse().unwrap(), name: "Night trains".to_owned() },
            lead: &self.lead,
            code: StoryCode::of(&storyline),
            storyline,
            version: 1,
            status: StoryStatus::Breaking,
            at: "2031-03-04T12:00:00Z".parse().unwrap(),
            time_zone: chrono_tz::UTC,
            lang: Lang::EN,
            members: self.members.iter().map(member).collect(),
            before: self.before.iter().map(member).collect(),
            before_days: 7,
            corpus: &self.corpus,
            signals: &[],
            earlier: None,
            earlier_label: None,
            other_label: None,
            elsewhere: BTreeSet::new(),
            similar: Vec::new(),
            caveats: Vec::new(),
            records_read: 240,
            seed: self.seed,
        }
    }

    /// How often each author wrote.
    pub(crate) fn by_author(&self) -> BTreeMap<String, usize> {
        let mut all = BTreeMap::new();
        for piece in &self.members {
            *all.entry(piece.record.author_key.to_string()).or_default() += 1;
        }
        all
    }
}
