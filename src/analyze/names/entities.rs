//! Entities: names with one of eight types, by rules and the words around them.
//!
//! A first honest version: what the rules do not know is a `concept`, never a guess.

use super::AnchorCandidate;
use crate::analyze::span::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The most entities of one text.
pub const MAX_ENTITIES: usize = 10;

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    /// A human being.
    Person,
    /// A firm, a university, a club.
    Organization,
    /// A country or a union of countries.
    State,
    /// A body that governs, judges or enforces.
    Government,
    /// Something made and versioned.
    Product,
    /// A technique or a kind of device.
    Technology,
    /// A law, a bill, a treaty.
    Legislation,
    /// Anything else with a name.
    Concept,
}

impl EntityKind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Person,
        Self::Organization,
        Self::State,
        Self::Government,
        Self::Product,
        Self::Technology,
        Self::Legislation,
        Self::Concept,
    ];

    /// The name as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organization => "organization",
            Self::State => "state",
            Self::Government => "government",
            Self::Product => "product",
            Self::Technology => "technology",
            Self::Legislation => "legislation",
            Self::Concept => "concept",
        }
    }
}

impl std::str::FromStr for EntityKind {
    type Err = UnknownEntityKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| UnknownEntityKind(text.to_owned()))
    }
}

/// A name that is no entity kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown entity kind: `{0}`")]
pub struct UnknownEntityKind(String);

/// A typed name in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// As first written.
    pub name: String,
    /// As [`AnchorCandidate::norm`].
    pub norm: String,
    /// What it is.
    pub kind: EntityKind,
    /// Where it is first named.
    pub span: Span,
    /// How often it is named.
    pub mentions: usize,
}

/// Up to ten entities of `text`: known types before concepts, then the most named, then the first named. `anchors` are
/// those of `text`. Single capitalised words of no known type are taken only where the capital means something.
pub fn entities(text: &str, anchors: &[AnchorCandidate]) -> Vec<Entity> {
    let mut found: BTreeMap<&str, Entity> = BTreeMap::new();
    for anchor in anchors {
        let kind = kind_of(text, anchor);
        let (norm, span) = match &anchor.rest {
            Some(rest)
                if kind == Some(EntityKind::Person) && TITLES.contains(&anchor.first_word.as_str()) =>
            {
                let first = anchor.span.of(text).find(' ').map_or(0, |at| at + 1);
                (rest.as_str(), Span::new(anchor.span.start + first, anchor.span.end))
            }
            Some(_) | None => (anchor.norm.as_str(), anchor.span),
        };
        if let Some(known) = found.get_mut(norm) {
            known.mentions += 1;
            if known.kind == EntityKind::Concept {
                known.kind = kind.unwrap_or(EntityKind::Concept);
            }
        } else if let Some(kind) = kind {
            let name = span.of(text).to_owned();
            let entity = Entity { name, norm: norm.to_owned(), kind, span, mentions: 1 };
            found.insert(norm, entity);
        }
    }
    let mut entities: Vec<Entity> = found.into_values().collect();
    entities.sort_by_key(|entity| {
        (entity.kind == EntityKind::Concept, std::cmp::Reverse(entity.mentions), entity.span)
    });
    entities.truncate(MAX_ENTITIES);
    entities
}

fn list(words: &'static str) -> BTreeSet<&'static str> {
    words
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .collect()
}

static STATES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| list(include_str!("../lexicon/states.txt")));
static GIVEN_NAMES: LazyLock<BTreeSet<&str>> =
    LazyLock::new(|| list(include_str!("../lexicon/given_names.txt")));

const GOVERNMENT: [&str; 40] = [
    "ministry",
    "minister",
    "commission",
    "senate",
    "congress",
    "parliament",
    "department",
    "agency",
    "court",
    "administration",
    "pentagon",
    "kremlin",
    "bundestag",
    "bundesrat",
    "bundesregierung",
    "government",
    "council",
    "treasury",
    "police",
    "navy",
    "army",
    "fbi",
    "cia",
    "nsa",
    "ftc",
    "sec",
    "fda",
    "doj",
    "white house",
    "downing street",
    "supreme court",
    "regierung",
    "landtag",
    "polizei",
    "gericht",
    "verwaltung",
    "authority",
    "house of",
    "federal reserve",
    "politburo",
];
const LEGISLATION: [&str; 13] = [
    "act",
    "bill",
    "directive",
    "regulation",
    "law",
    "treaty",
    "amendment",
    "ordinance",
    "accord",
    "constitution",
    "richtlinie",
    "verordnung",
    "code of",
];
const ORGANIZATION: [&str; 44] = [
    "inc",
    "corp",
    "corporation",
    "ltd",
    "llc",
    "gmbh",
    "ag",
    "plc",
    "labs",
    "lab",
    "university",
    "institute",
    "foundation",
    "group",
    "bank",
    "company",
    "technologies",
    "studios",
    "research",
    "times",
    "post",
    "news",
    "association",
    "union",
    "club",
    "college",
    "school",
    "hospital",
    "society",
    "universität",
    "hochschule",
    "verein",
    "stiftung",
    "verband",
    "holdings",
    "partners",
    "capital",
    "ventures",
    "media",
    "systems",
    "lines",
    "airlines",
    "railways",
    "industries",
];
const TECHNOLOGY: [&str; 52] = [
    "ai",
    "agi",
    "api",
    "apis",
    "gpu",
    "gpus",
    "cpu",
    "cpus",
    "tpu",
    "npu",
    "llm",
    "llms",
    "slm",
    "rag",
    "mcp",
    "rl",
    "rlhf",
    "lora",
    "moe",
    "ml",
    "nlp",
    "ocr",
    "tts",
    "stt",
    "vlm",
    "vr",
    "ar",
    "xr",
    "ssd",
    "ram",
    "vram",
    "hbm",
    "usb",
    "sql",
    "html",
    "css",
    "json",
    "yaml",
    "http",
    "https",
    "rest",
    "ssh",
    "vpn",
    "wifi",
    "5g",
    "iot",
    "crispr",
    "mrna",
    "lidar",
    "blockchain",
    "ki",
    "asic",
];
/// "Generative AI" is no firm.
const KINDS_OF_AI: [&str; 16] = [
    "generative",
    "agentic",
    "human",
    "local",
    "best",
    "anti",
    "explainable",
    "conversational",
    "responsible",
    "ethical",
    "physical",
    "trustworthy",
    "embodied",
    "symbolic",
    "frontier",
    "edge",
];
const TITLES: [&str; 26] = [
    "mr",
    "mrs",
    "ms",
    "dr",
    "prof",
    "professor",
    "ceo",
    "cto",
    "cfo",
    "president",
    "senator",
    "judge",
    "chancellor",
    "king",
    "queen",
    "mayor",
    "minister",
    "herr",
    "frau",
    "kanzler",
    "präsident",
    "bürgermeister",
    "founder",
    "director",
    "secretary",
    "author",
];
const SAYS: [&str; 14] = [
    "said",
    "says",
    "announced",
    "announces",
    "released",
    "releases",
    "launched",
    "launches",
    "acquired",
    "acquires",
    "sued",
    "sues",
    "hired",
    "hires",
];

fn kind_of(text: &str, anchor: &AnchorCandidate) -> Option<EntityKind> {
    let norm = anchor.norm.as_str();
    let words: Vec<&str> = norm.split(' ').collect();
    let last = words.last().copied().unwrap_or_default();
    let surface = anchor.span.of(text);
    if STATES.contains(norm) || STATES.contains(surface) {
        return Some(EntityKind::State);
    }
    if TECHNOLOGY.contains(&norm) {
        return Some(EntityKind::Technology);
    }
    let multi = words.len() > 1;
    if (multi && LEGISLATION.contains(&last)) || last.ends_with("gesetz") || last.ends_with("gesetzbuch") {
        return Some(EntityKind::Legislation);
    }
    if GOVERNMENT.contains(&norm) || (multi && GOVERNMENT.contains(&last)) || last.ends_with("ministerium") {
        return Some(EntityKind::Government);
    }
    if (multi && words.first().is_some_and(|first| GOVERNMENT.contains(first) && *first != "sec"))
        && before(text, anchor.span.end..text.len(), " of ")
    {
        return Some(EntityKind::Government);
    }
    if norm.bytes().any(|byte| byte.is_ascii_digit()) {
        return Some(EntityKind::Product);
    }
    let firm_word = ORGANIZATION.contains(&last.trim_end_matches('.'));
    if multi && last == "ai" && words.first().is_some_and(|first| KINDS_OF_AI.contains(first)) {
        return Some(EntityKind::Technology);
    }
    if multi && !anchor.title_case && (firm_word || last == "ai" || words.first() == Some(&"university")) {
        return Some(EntityKind::Organization);
    }
    let previous = previous_word(text, anchor.span.start);
    let titled = TITLES.contains(&previous.as_str());
    let named = multi && words.first().is_some_and(|first| GIVEN_NAMES.contains(first));
    if named || (titled && !anchor.title_case) {
        return Some(EntityKind::Person);
    }
    // A title swallowed into the run: `President Quay`.
    if multi && words.first().is_some_and(|first| TITLES.contains(first)) {
        return Some(EntityKind::Person);
    }
    // A capital at a sentence's head, or among capitals, is no sign of a name by itself.
    let inner_capital = surface.split(' ').any(|word| word.chars().skip(1).any(char::is_uppercase));
    let doubtful = (anchor.sentence_initial || anchor.title_case) && !inner_capital;
    if !multi && !doubtful && SAYS.contains(&next_word(text, anchor.span.end).as_str()) {
        return Some(EntityKind::Organization);
    }
    if doubtful && (!multi || anchor.title_case) { None } else { Some(EntityKind::Concept) }
}

fn before(text: &str, range: std::ops::Range<usize>, head: &str) -> bool {
    text.get(range).is_some_and(|rest| rest.starts_with(head))
}

fn previous_word(text: &str, at: usize) -> String {
    let head = text.get(..at).unwrap_or_default().trim_end();
    let word = head.rsplit(|c: char| c.is_whitespace()).next().unwrap_or_default();
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

fn next_word(text: &str, at: usize) -> String {
    let tail = text.get(at..).unwrap_or_default();
    tail.split_whitespace()
        .next()
        .unwrap_or_default()
        .trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::names::anchors;

    fn kinds(text: &str) -> Vec<(String, EntityKind)> {
        entities(text, &anchors(text)).into_iter().map(|entity| (entity.name, entity.kind)).collect()
    }

    fn kind(text: &str, name: &str) -> Option<EntityKind> {
        kinds(text).into_iter().find(|(found, _)| found == name).map(|(_, kind)| kind)
    }

    #[test]
    fn each_kind_has_its_rule() {
        for (text, name, expected) in [
            ("a talk with Anna Quayside about boats", "Anna Quayside", EntityKind::Person),
            ("it was CEO Brindle who left", "Brindle", EntityKind::Person),
            ("the new Gullwing Labs study", "Gullwing Labs", EntityKind::Organization),
            ("and Mariner AI followed", "Mariner AI", EntityKind::Organization),
            ("shares of Seabird released early, since Seabird said so", "Seabird", EntityKind::Organization),
            ("ferries from Norway to Denmark", "Norway", EntityKind::State),
            ("the European Commission agreed", "European Commission", EntityKind::Government),
            ("sagt das Verkehrsministerium heute", "Verkehrsministerium", EntityKind::Government),
            ("we try Tern 5.2 today", "Tern 5.2", EntityKind::Product),
            ("on a GPU at home", "GPU", EntityKind::Technology),
            ("under the Harbour Safety Act from May", "Harbour Safety Act", EntityKind::Legislation),
            ("their idea of Slow Travel is old", "Slow Travel", EntityKind::Concept),
        ] {
            assert_eq!(kind(text, name), Some(expected), "{text}: {:?}", kinds(text));
        }
    }

    #[test]
    fn a_capital_that_means_nothing_is_no_entity() {
        assert!(kinds("Trams are late").is_empty());
        assert!(kinds("Everything About Trams Is Late Today").is_empty());
    }

    #[test]
    fn there_are_ten_at_most_and_the_typed_come_first() {
        let text = "we saw Alp, Bex, Cid, Dov, Eck, Fax, Gum, Hob, Ivo, Jut, Kip and Norway";
        let found = kinds(text);
        assert_eq!(found.len(), MAX_ENTITIES);
        assert_eq!(found[0], ("Norway".to_owned(), EntityKind::State));
    }

    #[test]
    fn mentions_are_counted_and_names_are_read_back() {
        let text = "we like Norway and Norway likes us";
        assert_eq!(entities(text, &anchors(text))[0].mentions, 2);
        for kind in EntityKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
    }
}
