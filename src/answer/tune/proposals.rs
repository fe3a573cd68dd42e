//! From counted records to proposals.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Said;
use super::phrases::{weight, where_they_stand};
use super::scene::{Scene, Seat};
use crate::answer::words::counted;
use crate::config::Topic;
use crate::model::text_enum;

text_enum! {
    /// What a proposal would do.
    pub enum ProposalKind: "kind of proposal" {
        /// Add a phrase to `any`.
        Add => "add",
        /// Ask a rule for a second word, or drop it.
        Narrow => "narrow",
        /// Add a phrase to `none`.
        Exclude => "exclude",
    }
}

/// A proposed change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Proposal {
    /// What it would do.
    pub kind: ProposalKind,
    /// The phrase or rule it is about.
    pub phrase: String,
    /// A line for `[match]` of the topic file.
    pub toml: String,
    /// Where the line goes.
    pub place: String,
    /// Why, in words and numbers.
    pub why: String,
    /// Records that the change would bring, or take away.
    pub records: usize,
    /// Their authors.
    pub authors: usize,
    /// Of them, records that sit with the topic: near ones to be brought, or good ones to be lost.
    pub with_topic: usize,
    /// How telling the phrase is, in standard deviations.
    pub weight: f64,
    /// Up to three of those records.
    pub examples: Vec<String>,
}

/// What a rule brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleUse {
    /// The rule, as it is written: “`any`: night train*”.
    pub rule: String,
    /// Records it matches.
    pub matched: usize,
    /// Of them, records that no other rule matches.
    pub only: usize,
    /// Of those, records in a cluster with one that another rule matches.
    pub with_topic: usize,
    /// Of those, records in a cluster that is mostly of something else.
    pub elsewhere: usize,
    /// Of those, records in whose cluster nothing else is.
    pub alone: usize,
}

/// All that was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) matched: usize,
    pub(super) alone: usize,
    pub(super) near: usize,
    pub(super) rules: Vec<RuleUse>,
    pub(super) proposals: Vec<Proposal>,
}

/// Phrases with less behind them are chance.
const MIN_RECORDS: usize = 3;
/// How telling a phrase must be to be added; records that sit elsewhere are few, so less is asked to exclude one.
const MIN_WEIGHT: f64 = 3.0;
const MIN_WEIGHT_AGAINST: f64 = 2.0;
/// Of all records with a phrase, this share must be the topic's for it to be added, and half of what it would bring …
const MIN_FIT: f64 = 0.6;
/// … and at most this share for it to be excluded.
const MAX_FIT: f64 = 0.5;
/// A rule is doubtful when this share of what it alone brings, and is not alone, sits elsewhere (a third of all) …
const DOUBTFUL: f64 = 0.4;
/// … of at least so many records.
const RULE_RECORDS: usize = 5;
/// Proposals of a kind.
const AT_MOST: usize = 6;
/// A phrase is left out when a better one covers this share of its records.
const SAME: f64 = 0.7;

/// What could be changed in the rules of `topic`, by these records in order of time.
pub(super) fn propose(topic: &Topic, said: &[Said]) -> Found {
    let scene = Scene::new(said);
    let near = scene.near();
    let matched: Vec<usize> = (0..said.len()).filter(|at| said.get(*at).is_some_and(Said::matched)).collect();
    let alone = matched.iter().filter_map(|at| said.get(*at)).filter(|one| scene.size(one).0 == 1).count();
    let rules = rule_uses(&scene, &matched);
    let mut proposals = additions(topic, &scene, &near, &matched);
    proposals.extend(narrowings(&scene, &matched, &rules));
    proposals.extend(exclusions(&scene, &matched));
    Found { matched: matched.len(), alone, near: near.len(), rules, proposals }
}

fn rule_uses(scene: &Scene<'_>, matched: &[usize]) -> Vec<RuleUse> {
    let mut uses: BTreeMap<&str, RuleUse> = BTreeMap::new();
    for one in matched.iter().filter_map(|at| scene.said.get(*at)) {
        for rule in &one.by {
            let of = uses.entry(rule).or_insert_with(|| RuleUse {
                rule: rule.clone(),
                matched: 0,
                only: 0,
                with_topic: 0,
                elsewhere: 0,
                alone: 0,
            });
            of.matched += 1;
            if one.by.len() == 1 {
                of.only += 1;
                match scene.seat(one) {
                    Seat::WithTopic => of.with_topic += 1,
                    Seat::Elsewhere => of.elsewhere += 1,
                    Seat::Alone => of.alone += 1,
                    Seat::Unsure => {}
                }
            }
        }
    }
    let mut uses: Vec<RuleUse> = uses.into_values().collect();
    uses.sort_by(|a, b| b.matched.cmp(&a.matched).then_with(|| a.rule.cmp(&b.rule)));
    uses
}

/// Phrases of near records that are the topic's.
fn additions(topic: &Topic, scene: &Scene<'_>, near: &BTreeSet<usize>, matched: &[usize]) -> Vec<Proposal> {
    let heads: Vec<&str> = scene.said.iter().map(|one| one.head.as_str()).collect();
    let among: Vec<usize> = near.iter().copied().collect();
    let inside = near.len() + matched.len();
    let outside = scene.said.len() - inside;
    let is_matched: BTreeSet<usize> = matched.iter().copied().collect();
    let mut found: Vec<Candidate> = Vec::new();
    for (phrase, places) in where_they_stand(&heads, &among, MIN_RECORDS) {
        if topic.rules.phrases().any(|known| known.is_in(&format!(" {phrase} "))) {
            continue;
        }
        let brought: Vec<usize> = places.iter().copied().filter(|at| !is_matched.contains(at)).collect();
        let near_ones: Vec<usize> = brought.iter().copied().filter(|at| near.contains(at)).collect();
        let already = places.len() - brought.len();
        let far = brought.len() - near_ones.len();
        let fit = (near_ones.len() + already) as f64 / places.len().max(1) as f64;
        let weight = weight((near_ones.len() + already, inside), (far, outside));
        if near_ones.len() >= MIN_RECORDS
            && scene.authors(&near_ones) >= MIN_RECORDS
            && fit >= MIN_FIT
            && near_ones.len() >= far
            && weight >= MIN_WEIGHT
        {
            let counts = [near_ones.len(), already, far];
            let ordered: Vec<usize> =
                near_ones.iter().chain(brought.iter().filter(|at| !near.contains(at))).copied().collect();
            found.push(Candidate { weight, phrase, places: ordered, counts });
        }
    }
    let told = best(found).into_iter().map(|candidate| {
        let [near, already, far] = candidate.counts;
        let why = format!(
            "{near} unmatched records of the topic's places and clusters have it, by {}; so have {already} that match \
             already and {far} others.",
            counted(scene.authors(candidate.places.get(..near).unwrap_or_default()) as u64, "author", "authors")
        );
        candidate.proposal(scene, ProposalKind::Add, "to `any`", near, why)
    });
    told.collect()
}

/// Rules that bring records which sit elsewhere.
fn narrowings(scene: &Scene<'_>, matched: &[usize], rules: &[RuleUse]) -> Vec<Proposal> {
    let mut found = Vec::new();
    for used in rules {
        let settled = used.only - used.alone;
        if used.only < RULE_RECORDS
            || used.elsewhere < MIN_RECORDS
            || (used.elsewhere as f64) < DOUBTFUL * settled.max(1) as f64
            || used.elsewhere * 3 < used.only
        {
            continue;
        }
        let strangers: Vec<usize> = matched
            .iter()
            .copied()
            .filter(|at| {
                scene
                    .said
                    .get(*at)
                    .is_some_and(|one| one.by == [used.rule.clone()] && scene.seat(one) == Seat::Elsewhere)
            })
            .collect();
        let (toml, place) = match used.rule.strip_prefix("`any`: ") {
            Some(phrase) => {
                let company = company_of(scene, matched, &used.rule, phrase);
                if company.is_empty() {
                    (format!("    # {},", quoted(phrase)), "out of `any`".to_owned())
                } else {
                    let words: Vec<String> = company.iter().map(|w| quoted(w)).collect();
                    (
                        format!("all = [[{}], [{}]]", quoted(phrase), words.join(", ")),
                        "to `[match]`, and the phrase out of `any` (where `all` is there already, this needs a topic of its own)"
                            .to_owned(),
                    )
                }
            }
            None => {
                (format!("# {}", used.rule.replace('`', "")), "out of `[match]`, or think of it".to_owned())
            }
        };
        found.push(Proposal {
            kind: ProposalKind::Narrow,
            phrase: used.rule.clone(),
            toml,
            place,
            why: format!(
                "{} records match by it alone: {} sit in clusters that are mostly of something else, {} with the topic, \
                 {} alone.",
                used.only, used.elsewhere, used.with_topic, used.alone
            ),
            records: used.only,
            authors: scene.authors(&strangers),
            with_topic: used.with_topic,
            weight: rounded(weight((used.elsewhere, settled), (0, settled))),
            examples: scene.examples(&strangers),
        });
    }
    found.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.phrase.cmp(&b.phrase)));
    found.truncate(AT_MOST);
    found
}

/// Words that stand beside a phrase where its record sits with the topic, and not where it does not.
fn company_of(scene: &Scene<'_>, matched: &[usize], rule: &str, phrase: &str) -> Vec<String> {
    let heads: Vec<&str> = scene.said.iter().map(|one| one.head.as_str()).collect();
    let having = |seat: Seat| -> Vec<usize> {
        matched
            .iter()
            .copied()
            .filter(|at| {
                scene
                    .said
                    .get(*at)
                    .is_some_and(|one| one.by.iter().any(|r| r == rule) && scene.seat(one) == seat)
            })
            .collect()
    };
    let (good, bad) = (having(Seat::WithTopic), having(Seat::Elsewhere));
    let (good_set, bad_set): (BTreeSet<usize>, BTreeSet<usize>) =
        (good.iter().copied().collect(), bad.iter().copied().collect());
    let own: BTreeSet<&str> = phrase.trim_end_matches('*').split(' ').collect();
    let mut found: Vec<(f64, String)> = where_they_stand(&heads, &good, MIN_RECORDS)
        .into_iter()
        .filter(|(word, _)| !word.contains(' ') && !own.iter().any(|w| word.starts_with(w)))
        .map(|(word, places)| {
            let inside = places.intersection(&good_set).count();
            let outside = places.intersection(&bad_set).count();
            (weight((inside, good.len()), (outside, bad.len())), word)
        })
        .filter(|(weight, _)| *weight >= 2.0)
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    found.into_iter().take(5).map(|(_, word)| word).collect()
}

/// Phrases of matched records that do not sit with the topic.
fn exclusions(scene: &Scene<'_>, matched: &[usize]) -> Vec<Proposal> {
    let heads: Vec<&str> = scene.said.iter().map(|one| one.head.as_str()).collect();
    let seated = |seat: Seat| -> Vec<usize> {
        matched
            .iter()
            .copied()
            .filter(|at| scene.said.get(*at).is_some_and(|one| scene.seat(one) == seat))
            .collect()
    };
    let (strange, mut good) = (seated(Seat::Elsewhere), seated(Seat::WithTopic));
    good.extend(seated(Seat::Unsure));
    let strange_set: BTreeSet<usize> = strange.iter().copied().collect();
    let good_set: BTreeSet<usize> = good.iter().copied().collect();
    let is_matched: BTreeSet<usize> = matched.iter().copied().collect();
    let mut found: Vec<Candidate> = Vec::new();
    for (phrase, places) in where_they_stand(&heads, &strange, MIN_RECORDS) {
        let taken: Vec<usize> = places.iter().copied().filter(|at| is_matched.contains(at)).collect();
        let bad: Vec<usize> = places.iter().copied().filter(|at| strange_set.contains(at)).collect();
        let lost = places.intersection(&good_set).count();
        let weight = weight((bad.len(), strange.len()), (lost, good.len()));
        let fit = taken.len() as f64 / places.len().max(1) as f64;
        if scene.authors(&bad) >= MIN_RECORDS
            && weight >= MIN_WEIGHT_AGAINST
            && fit <= MAX_FIT
            && lost * 10 <= bad.len()
        {
            let elsewhere = places.len() - taken.len();
            let counts = [bad.len(), lost, elsewhere];
            found.push(Candidate { weight, phrase, places: taken, counts });
        }
    }
    let told = best(found).into_iter().map(|candidate| {
        let [bad, lost, elsewhere] = candidate.counts;
        let why = format!(
            "{bad} of the {} matched records with it sit in clusters that are mostly of something else, {lost} with the \
             topic; {elsewhere} more have it and do not match.",
            candidate.places.len()
        );
        candidate.proposal(scene, ProposalKind::Exclude, "to `none`", lost, why)
    });
    told.collect()
}

/// A phrase that might be proposed.
struct Candidate {
    weight: f64,
    phrase: String,
    /// The records that it would bring, or take away.
    places: Vec<usize>,
    /// What the reason tells of them.
    counts: [usize; 3],
}

impl Candidate {
    fn proposal(
        self,
        scene: &Scene<'_>,
        kind: ProposalKind,
        place: &str,
        with_topic: usize,
        why: String,
    ) -> Proposal {
        Proposal {
            kind,
            toml: format!("    {},", quoted(&self.phrase)),
            place: place.to_owned(),
            why,
            records: self.places.len(),
            authors: scene.authors(&self.places),
            with_topic,
            weight: rounded(self.weight),
            examples: scene.examples(&self.places),
            phrase: self.phrase,
        }
    }
}

/// The most telling phrases; one whose records a better one has is left out. Of two that weigh the same the longer says more.
fn best(mut found: Vec<Candidate>) -> Vec<Candidate> {
    found.sort_by(|a, b| {
        b.weight
            .total_cmp(&a.weight)
            .then_with(|| b.phrase.len().cmp(&a.phrase.len()))
            .then_with(|| a.phrase.cmp(&b.phrase))
    });
    let mut covered: Vec<BTreeSet<usize>> = Vec::new();
    let mut chosen = Vec::new();
    for candidate in found {
        let places: BTreeSet<usize> = candidate.places.iter().copied().collect();
        let same = covered.iter().any(|other| {
            places.intersection(other).count() as f64 >= SAME * places.len().min(other.len()) as f64
        });
        if !same {
            covered.push(places);
            chosen.push(candidate);
        }
        if chosen.len() == AT_MOST {
            break;
        }
    }
    chosen
}

fn quoted(phrase: &str) -> String {
    toml::Value::String(phrase.to_owned()).to_string()
}

fn rounded(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Inputs, SourceText, load};

    fn topic() -> Topic {
        let text = "name = \"Ferries\"\n[match]\nany = [\"ferry\", \"linden line\", \"storm\"]\n";
        let file = SourceText { path: "topics/ferries.toml".into(), text: text.to_owned() };
        let config: Config = load(Inputs { topic_files: vec![file], ..Inputs::default() }).unwrap();
        config.topic("ferries").unwrap().clone()
    }

    fn said(n: usize, cluster: &str, text: &str, by: &[&str]) -> Said {
        Said {
            url: format!("https://a.example/{n}"),
            venue: "saltpan.example".to_owned(),
            place: false,
            author: format!("author {n}"),
            cluster: cluster.to_owned(),
            head: crate::config::fold(text),
            by: by.iter().map(|rule| format!("`any`: {rule}")).collect(),
        }
    }

    /// Talk of ferries, with some that only speak of the landing; and of a team called Storm.
    fn talk() -> Vec<Said> {
        let mut all = Vec::new();
        for n in 0..6 {
            all.push(said(n, "landing", "the ferry and its rotten piles at the orrin landing", &["ferry"]));
            all.push(said(10 + n, "landing", "linden line closes the orrin landing", &["linden line"]));
        }
        all.extend((20..24).map(|n| said(n, "landing", "nobody asked us about the orrin landing", &[])));
        all.extend((30..36).map(|n| said(n, "team", "the storm wins the handball cup", &["storm"])));
        all.extend((40..70).map(|n| said(n, "team", "what a handball cup, goal after goal", &[])));
        all.extend((70..200).map(|n| said(n, &format!("other {n}"), "bread, butter and a walk", &[])));
        all
    }

    #[test]
    fn near_phrases_are_added_strange_rules_narrowed_and_strange_phrases_excluded() {
        let found = propose(&topic(), &talk());
        assert_eq!((found.matched, found.alone, found.near), (18, 0, 4));
        let of = |kind: ProposalKind| -> Vec<&Proposal> {
            found.proposals.iter().filter(|p| p.kind == kind).collect()
        };
        let add = of(ProposalKind::Add);
        assert_eq!(
            add.first().map(|p| (p.phrase.as_str(), p.records, p.authors)),
            Some(("orrin landing", 4, 4))
        );
        assert_eq!(add[0].toml.trim(), "\"orrin landing\",");
        let narrow = of(ProposalKind::Narrow);
        assert_eq!(narrow.iter().map(|p| p.phrase.as_str()).collect::<Vec<_>>(), ["`any`: storm"]);
        assert_eq!((narrow[0].records, narrow[0].with_topic, narrow[0].examples.len()), (6, 0, 3));
        let exclude = of(ProposalKind::Exclude);
        assert!(exclude.iter().any(|p| p.phrase.contains("handball")), "{exclude:?}");
        assert!(exclude.iter().all(|p| !p.phrase.contains("orrin") && p.place == "to `none`"));
        let storm = found.rules.iter().find(|r| r.rule == "`any`: storm").unwrap();
        assert_eq!((storm.only, storm.with_topic, storm.elsewhere), (6, 0, 6));
        let ferry = found.rules.iter().find(|r| r.rule == "`any`: ferry").unwrap();
        assert_eq!((ferry.only, ferry.with_topic, ferry.elsewhere), (6, 6, 0));
    }

    #[test]
    fn the_order_of_records_of_one_time_changes_nothing_but_examples() {
        let mut turned = talk();
        turned.reverse();
        let phrases = |said: &[Said]| {
            let found = propose(&topic(), said);
            found.proposals.into_iter().map(|p| (p.kind, p.phrase, p.records, p.why)).collect::<Vec<_>>()
        };
        assert_eq!(phrases(&talk()), phrases(&turned));
    }
}
