//! Entities: names with one of eight types.
//!
//! What is certain is a rule: a country, a public body, a law by its last word, a person by a first name or a role.
//! All else is weighed, naive Bayes over what is written around a name: the words before and after it here, the same in
//! all texts so far (the [`Gazetteer`]), and how the name looks. What nothing speaks for is a `concept`.

use std::collections::BTreeMap;

use super::aliases::definitions;
use super::context;
use super::find::{Line, Mention, lines, mentions};
use super::kinds::{KINDS, Weights, weigh};
use super::learnt::Gazetteer;
use super::lists;
use crate::analyze::span::{Span, head};
use crate::analyze::words::hash;
use crate::model::EntityKind;

/// The most entities of one text.
pub const MAX_ENTITIES: usize = 10;
/// How much of a text is read: what it is about is said early.
const READ_BYTES: usize = 2_000;
/// So much counts what stands around a name elsewhere, in occurrences: a name is judged by more than one place, but
/// a place still has a say.
const LEARNT_WEIGHT: i32 = 20;
/// How much more must speak for a country, a public body or a law that no rule knows.
const RARE_GUESS: i32 = 10;

/// The beginning of a text, cut into words as names need it: once for finding names and for learning from them.
#[derive(Debug)]
pub struct NameLines(pub(super) Vec<Line>);

impl NameLines {
    /// Cuts the beginning of `text` into words.
    pub fn of(text: &str) -> Self {
        Self(lines(head(text, READ_BYTES)))
    }
}

/// A typed name in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// As first written.
    pub name: String,
    /// As [`super::AnchorCandidate::norm`]; of an abbreviation, the long form's.
    pub norm: String,
    /// What it is.
    pub kind: EntityKind,
    /// Where it is first named.
    pub span: Span,
    /// How often it is named.
    pub mentions: usize,
}

struct Candidate {
    entity: Entity,
    certain: Option<EntityKind>,
    around: Weights,
}

/// Up to ten entities of `text`: known types before concepts, then the most named, then the first named. What
/// `gazetteer` has learnt decides where capitals mean nothing, what type a name has, and which names are one.
pub fn entities(text: &str, gazetteer: &Gazetteer) -> Vec<Entity> {
    entities_in(text, &NameLines::of(text), gazetteer)
}

/// The same where the lines of `text` are at hand.
pub fn entities_in(text: &str, lines: &NameLines, gazetteer: &Gazetteer) -> Vec<Entity> {
    let text = head(text, READ_BYTES);
    let all = mentions(text, &lines.0, gazetteer);
    let defined = definitions(text, &all);
    let mut found: BTreeMap<String, Candidate> = BTreeMap::new();
    for mention in all {
        let certain = by_rule(text, &mention);
        let mut around = Weights::default();
        context::features(text, mention.span, |feature| weigh(feature, &mut around));
        let long = defined.get(&mention.norm).unwrap_or(&mention.norm);
        let norm = gazetteer.canonical(long).to_owned();
        if let Some(known) = found.get_mut(&norm) {
            known.entity.mentions += 1;
            known.certain = known.certain.or(certain);
            for (sum, weight) in known.around.iter_mut().zip(around) {
                *sum += weight;
            }
        } else {
            let entity = Entity {
                name: mention.span.of(text).to_owned(),
                norm: norm.clone(),
                kind: EntityKind::Concept,
                span: mention.span,
                mentions: 1,
            };
            found.insert(norm, Candidate { entity, certain, around });
        }
    }
    let mut entities: Vec<Entity> =
        found.into_values().map(|candidate| typed(text, candidate, gazetteer)).collect();
    entities.sort_by_key(|entity| entity.span);
    join_surnames(&mut entities);
    entities.sort_by_key(|entity| {
        (entity.kind == EntityKind::Concept, std::cmp::Reverse(entity.mentions), entity.span)
    });
    entities.truncate(MAX_ENTITIES);
    entities
}

fn typed(text: &str, candidate: Candidate, gazetteer: &Gazetteer) -> Entity {
    let mut entity = candidate.entity;
    entity.kind = candidate.certain.unwrap_or_else(|| {
        let mut sum = candidate.around;
        context::shape(entity.span.of(text), &entity.norm, |feature| weigh(feature, &mut sum));
        if let Some((seen, learnt)) = gazetteer.weights(&entity.norm) {
            let seen = i32::try_from(seen).unwrap_or(i32::MAX).max(1);
            let counts = seen.min(LEARNT_WEIGHT);
            for (sum, weight) in sum.iter_mut().zip(learnt) {
                *sum += weight.saturating_mul(counts) / seen;
            }
        }
        best_of(&sum)
    });
    entity
}

/// The heaviest type; one that is usually known by rule needs more to be guessed.
fn best_of(sum: &Weights) -> EntityKind {
    let weight = |at: usize| match KINDS[at] {
        EntityKind::Government | EntityKind::Legislation | EntityKind::State => sum[at] - RARE_GUESS,
        EntityKind::Person
        | EntityKind::Organization
        | EntityKind::Product
        | EntityKind::Technology
        | EntityKind::Concept => sum[at],
    };
    (0..KINDS.len()).max_by_key(|at| (weight(*at), *at)).map_or(EntityKind::Concept, |at| KINDS[at])
}

/// What is certain by how a name is written.
fn by_rule(text: &str, mention: &Mention) -> Option<EntityKind> {
    let norm = mention.norm.as_str();
    if lists::is_state(mention.span.of(text)) {
        return Some(EntityKind::State);
    }
    let last = norm.rsplit(' ').next().unwrap_or_default();
    let (first, last_key) = (hash(norm.split(' ').next().unwrap_or_default()), hash(last));
    let multi = norm.contains(' ');
    let head = norm.split_once(" of ").map(|(head, _)| hash(head.rsplit(' ').next().unwrap_or_default()));
    if (multi && lists::ends_legislation(last_key))
        || last.ends_with("gesetz")
        || last.ends_with("gesetzbuch")
    {
        return Some(EntityKind::Legislation);
    }
    if lists::is_government(hash(norm))
        || (multi && lists::ends_government(last_key))
        || last.ends_with("ministerium")
        || head.is_some_and(lists::heads_government)
    {
        return Some(EntityKind::Government);
    }
    if head.is_some_and(lists::heads_organization) || (multi && first == hash("university")) {
        return Some(EntityKind::Organization);
    }
    let named = multi && lists::is_given_name(first) && !norm.bytes().any(|byte| byte.is_ascii_digit());
    named.then_some(EntityKind::Person)
}

/// `Anna Quayside … Quayside said`: the surname alone is the same person.
fn join_surnames(entities: &mut Vec<Entity>) {
    let people: Vec<(usize, String)> = entities
        .iter()
        .enumerate()
        .filter(|(_, entity)| entity.kind == EntityKind::Person)
        .filter_map(|(at, entity)| Some((at, entity.norm.rsplit_once(' ')?.1.to_owned())))
        .collect();
    let mut gone = Vec::new();
    for at in 0..entities.len() {
        let Some((full, _)) = people.iter().find(|(_, surname)| *surname == entities[at].norm) else {
            continue;
        };
        let named = entities[at].mentions;
        entities[*full].mentions += named;
        gone.push(at);
    }
    let mut at = 0;
    entities.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(String, EntityKind)> {
        kinds_by(text, &Gazetteer::default())
    }

    fn kinds_by(text: &str, gazetteer: &Gazetteer) -> Vec<(String, EntityKind)> {
        entities(text, gazetteer).into_iter().map(|entity| (entity.name, entity.kind)).collect()
    }

    fn learnt(texts: &[&str]) -> Gazetteer {
        let mut gazetteer = Gazetteer::default();
        texts.iter().for_each(|text| gazetteer.absorb(chrono::DateTime::UNIX_EPOCH, text));
        gazetteer
    }

    #[test]
    fn each_kind_has_its_rule_or_its_company() {
        for (text, name, expected) in [
            ("a talk with Anna Quayside about boats", "Anna Quayside", EntityKind::Person),
            ("the new Gullwing Labs study", "Gullwing Labs", EntityKind::Organization),
            ("it was said by the CEO of Seabird, they told us", "Seabird", EntityKind::Organization),
            ("ferries from Norway to Denmark", "Norway", EntityKind::State),
            ("the European Commission agreed", "European Commission", EntityKind::Government),
            ("says the Department of Harbours today", "Department of Harbours", EntityKind::Government),
            ("sagt das Verkehrsministerium heute", "Verkehrsministerium", EntityKind::Government),
            ("we try Tern 5.2 today", "Tern 5.2", EntityKind::Product),
            ("under the Harbour Safety Act from May", "Harbour Safety Act", EntityKind::Legislation),
        ] {
            let found = kinds(text);
            assert!(found.contains(&(name.to_owned(), expected)), "{text}: {found:?}");
        }
    }

    #[test]
    fn a_capital_that_means_nothing_is_no_entity() {
        for text in [
            "Trams are late",
            "Everything About Trams Is Late Today",
            "an AI with an API on a GPU",
            "#NightFerry by @Brindle",
            "a US-based line for Spanish guests",
            "DO NOT BOARD THE TRAM",
        ] {
            assert_eq!(kinds(text), [], "{text}");
        }
    }

    #[test]
    fn a_corpus_teaches_names_at_the_head_of_a_sentence_and_in_headlines() {
        let texts = [
            "we wrote to Brindle again",
            "but Brindle is late",
            "all of Brindle knows",
            "many plan to sail, some sail",
        ];
        let gazetteer = learnt(&texts);
        let names = |text: &str| -> Vec<String> {
            kinds_by(text, &gazetteer).into_iter().map(|found| found.0).collect()
        };
        assert!(kinds("Brindle Plans Seven Late Trams").is_empty());
        assert_eq!(names("Brindle Plans Seven Late Trams"), ["Brindle"]);
        assert_eq!(names("Brindle went away"), ["Brindle"]);
        assert!(names("Sail away").is_empty());
    }

    #[test]
    fn the_company_a_name_keeps_elsewhere_decides_its_type() {
        let told =
            ["he is CEO of Brindle, no doubt", "the CEO of Brindle said no", "so Brindle announced nothing"];
        let used = ["I use Brindle on my phone", "been using Brindle for a week", "the Brindle app is fine"];
        let text = "more on Brindle later";
        assert_eq!(kinds_by(text, &learnt(&told)), [("Brindle".to_owned(), EntityKind::Organization)]);
        assert_eq!(kinds_by(text, &learnt(&used)), [("Brindle".to_owned(), EntityKind::Product)]);
    }

    #[test]
    fn a_table_does_not_depend_on_the_order_of_reading() {
        let texts = [
            "the CEO of Brindle said so",
            "we use Tern 5 and Gull",
            "Harbour Pilots Union (HPU) agreed with Brindle",
        ];
        let backwards: Vec<&str> = texts.iter().rev().copied().collect();
        assert_eq!(learnt(&texts), learnt(&backwards));
    }

    #[test]
    fn an_abbreviation_is_one_with_its_long_form() {
        let found = entities(
            "after a long night the Harbour Pilots Union (HPU) came back, and then HPU voted again",
            &Gazetteer::default(),
        );
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].norm.as_str(), found[0].mentions), ("harbour pilots union", 3));
        let gazetteer = learnt(&["after a long night the Harbour Pilots Union (HPU) came back again"]);
        assert_eq!(gazetteer.canonical("hpu"), "harbour pilots union");
        assert_eq!(entities("later HPU voted", &gazetteer)[0].norm, "harbour pilots union");
    }

    #[test]
    fn an_abbreviation_is_learnt_from_texts_that_name_both_and_variants_are_one() {
        let gazetteer = learnt(&[
            "see Night Ferry, on NF now",
            "the NightFerry page says NF too",
            "from Night Ferry to NF, all one",
            "and one more Night Ferry",
        ]);
        assert_eq!(gazetteer.canonical("nf"), "night ferry");
        assert_eq!(gazetteer.canonical("nightferry"), "night ferry");
        assert_eq!(gazetteer.canonical("us"), "us");
    }

    #[test]
    fn a_surname_is_the_person_named_before() {
        let found = entities("the talk of Anna Quayside was long, but Quayside sang", &Gazetteer::default());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].mentions, 2);
    }

    #[test]
    fn there_are_ten_at_most_and_the_most_named_come_first() {
        let text =
            "we saw Alp, Bex, Cid, Dov, Eck, Fax, Gum, Hob, Ivo, Jut, Kip and Norway, but most of all Norway";
        let found = kinds(text);
        assert_eq!(found.len(), MAX_ENTITIES);
        assert_eq!(found[0], ("Norway".to_owned(), EntityKind::State));
    }
}
