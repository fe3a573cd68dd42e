use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::analyze::words;
use crate::model::Platform;

fn terms(text: &str) -> Vec<Term> {
    let mut terms = Terms::new();
    for word in text.split(' ') {
        terms.word(words::hash(word));
    }
    terms.build()
}

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
}

fn id(n: usize) -> RecordId {
    RecordId::derive(&Platform::Lemmy, &n.to_string())
}

fn newcomer(n: usize, minutes: i64, text: &str) -> Newcomer {
    Newcomer { id: id(n), revision: 1, at: at(minutes), terms: terms(text) }
}

/// Nobody waits: what a record is told is what it gets.
fn at_once() -> ClusterSettings {
    ClusterSettings { hold: TimeDelta::zero(), ..ClusterSettings::default() }
}

/// Two stories and talk of all sorts, an hour apart.
const TALK: [&str; 8] = [
    "ferry returns to the old harbour in may",
    "who knows a good baker near the station",
    "harbour board: night ferry returns in may",
    "museum opens a lighthouse for visitors",
    "lighthouse opens as a museum for visitors",
    "night ferry to the harbour returns says board",
    "my bicycle was stolen again",
    "visitors queue for the lighthouse museum",
];

fn talk(start: i64) -> Vec<Newcomer> {
    (0_i64..).zip(TALK).map(|(n, text)| newcomer(usize::try_from(n).unwrap(), start + n * 60, text)).collect()
}

/// Where each record is in the end: what was told, then what changed.
fn whereabouts(placed: &[(Vec<RecordId>, Placed)]) -> BTreeMap<RecordId, ClusterId> {
    let mut clusters = BTreeMap::new();
    for (ids, placed) in placed {
        clusters.extend(ids.iter().cloned().zip(placed.clusters.iter().cloned()));
        for change in &placed.changes {
            match change {
                Change::Moved { record, cluster } => {
                    clusters.insert(record.clone(), cluster.clone());
                }
                Change::Merged { from, into } => {
                    clusters.values_mut().filter(|cluster| *cluster == from).for_each(|c| *c = into.clone());
                }
            }
        }
    }
    clusters
}

fn in_batches(index: &mut ClusterIndex, all: &[Newcomer], size: usize) -> BTreeMap<RecordId, ClusterId> {
    let placed: Vec<_> = all
        .chunks(size)
        .map(|batch| (batch.iter().map(|n| n.id.clone()).collect(), index.place(batch.to_vec())))
        .collect();
    whereabouts(&placed)
}

#[test]
fn records_about_one_thing_share_a_cluster_named_after_the_first() {
    let mut index = ClusterIndex::new(at_once());
    let placed = index.place(talk(0));
    let of = |n: usize| ClusterId::derive(&id(n));
    assert_eq!(placed.clusters, [of(0), of(1), of(0), of(3), of(3), of(0), of(6), of(3)]);
    assert_eq!(placed.changes, []);
    assert_eq!(index.live(), 4);
}

#[test]
fn a_record_without_words_is_a_cluster_of_its_own() {
    let mut index = ClusterIndex::new(at_once());
    let placed = index.place(vec![Newcomer { id: id(1), revision: 1, at: at(0), terms: Vec::new() }]);
    assert_eq!(placed.clusters, [ClusterId::derive(&id(1))]);
    assert_eq!(index.live(), 0);
}

#[test]
fn one_word_in_common_is_not_enough() {
    let mut index = ClusterIndex::new(at_once());
    let first = newcomer(1, 0, "ferry tickets");
    let one_word = newcomer(2, 1, "ferry photographs");
    let two_words = newcomer(3, 2, "cheap ferry tickets");
    let placed = index.place(vec![first, one_word, two_words]);
    let of = |n: usize| ClusterId::derive(&id(n));
    assert_eq!(placed.clusters, [of(1), of(2), of(1)]);
}

#[test]
fn silence_closes_a_cluster_and_frees_what_it_held() {
    let mut index = ClusterIndex::new(at_once());
    index.place(talk(0));
    let late = index.place(vec![newcomer(99, 9 * 24 * 60, TALK[0])]);
    assert_eq!(late.clusters, [ClusterId::derive(&id(99))]);
    assert_eq!(index.live(), 1);
    assert_eq!(index.space.held(), (4, terms(TALK[0]).len()));
}

#[test]
fn many_records_of_others_close_a_cluster_unless_they_came_fast() {
    let settings = ClusterSettings { retire_records: 5, ..at_once() };
    for (minutes, joins) in [(1, true), (100, false)] {
        let mut index = ClusterIndex::new(settings);
        let first = index.place(vec![newcomer(0, 0, TALK[0])]);
        for n in 1..8 {
            index.place(vec![newcomer(n, n.cast_signed() as i64 * minutes, &format!("other{n} matter{n}"))]);
        }
        let again = index.place(vec![newcomer(9, 8 * minutes, TALK[0])]);
        assert_eq!(again.clusters == first.clusters, joins, "a record every {minutes} minutes");
    }
}

#[test]
fn the_longest_silent_clusters_go_when_there_are_too_many() {
    let mut index = ClusterIndex::new(ClusterSettings { max_live: 2, ..at_once() });
    index.place(talk(0));
    assert!(index.live() <= 3, "{}", index.live());
}

#[test]
fn the_order_of_arrival_within_an_hour_does_not_matter() {
    let all: Vec<Newcomer> = (0..40_usize)
        .map(|n| newcomer(n, n.cast_signed() as i64 * 7, &format!("{} part{}", TALK[n % 8], n % 3)))
        .collect();
    let sorted = in_batches(&mut ClusterIndex::new(ClusterSettings::default()), &all, 5);
    let mut shuffled = all.clone();
    for hour in shuffled.chunks_mut(8) {
        hour.reverse();
        hour.swap(1, 5);
    }
    assert_ne!(all, shuffled);
    for size in [1, 4, 40] {
        let other = in_batches(&mut ClusterIndex::new(ClusterSettings::default()), &shuffled, size);
        // Those of the last hour have a preliminary place.
        for newcomer in all.iter().filter(|newcomer| newcomer.at <= at(39 * 7 - 60)) {
            assert_eq!(sorted[&newcomer.id], other[&newcomer.id], "batches of {size}");
        }
    }
}

#[test]
fn a_record_that_waits_has_a_place_already() {
    let mut index = ClusterIndex::new(ClusterSettings::default());
    let first = index.place(vec![newcomer(0, 0, TALK[0])]);
    let second = index.place(vec![newcomer(2, 5, TALK[2]), newcomer(3, 6, TALK[3])]);
    assert_eq!(index.live(), 0);
    assert_eq!(second.clusters[0], first.clusters[0]);
    assert_ne!(second.clusters[1], first.clusters[0]);
    // An older one comes late and opens the story: the others follow it once nothing older can come.
    index.place(vec![newcomer(5, -20, TALK[5])]);
    let later = index.place(vec![newcomer(6, 300, TALK[6])]);
    let opener = ClusterId::derive(&id(5));
    for n in [0, 2] {
        assert!(
            later.changes.contains(&Change::Moved { record: id(n), cluster: opener.clone() }),
            "{later:?}"
        );
    }
}

/// Two tellings that share half their words come near while a third kind of record uses both.
fn converging() -> Vec<Newcomer> {
    let telling = |n: usize| match n {
        0..6 => "harbour board ferry winter boat",
        6..12 => "pier company tickets summer islanders",
        _ => "harbour board ferry winter boat pier company tickets summer islanders",
    };
    (0..40)
        .map(|n| newcomer(n, n.cast_signed() as i64, &format!("{} detail{n} more{n}", telling(n))))
        .collect()
}

#[test]
fn two_clusters_that_become_one_story_merge_and_the_older_name_stays() {
    let mut index = ClusterIndex::new(at_once());
    let all = converging();
    let placed = index.place(all.clone());
    let (old, young) = (ClusterId::derive(&id(0)), ClusterId::derive(&id(6)));
    assert_eq!((&placed.clusters[0], &placed.clusters[6]), (&old, &young));
    assert_eq!(placed.changes, [Change::Merged { from: young, into: old.clone() }]);
    let clusters = in_batches(&mut ClusterIndex::new(at_once()), &all, 7);
    assert!(clusters.values().all(|cluster| *cluster == old), "{clusters:?}");
    // With a bar that nothing reaches they stay two.
    let apart = in_batches(&mut ClusterIndex::new(ClusterSettings { merge: 1.1, ..at_once() }), &all, 7);
    assert_ne!(apart[&id(0)], apart[&id(6)]);
}

#[test]
fn a_cluster_that_drifts_to_another_thing_comes_apart() {
    // The subject changes word by word; each record is near the ones just before it.
    let drift = |n: usize| (n / 3..n / 3 + 6).map(|w| format!("word{w}")).collect::<Vec<_>>().join(" ");
    let all: Vec<Newcomer> = (0..75).map(|n| newcomer(n, n.cast_signed() as i64, &drift(n))).collect();
    let loose = ClusterSettings { threshold: 0.05, cohesion: 0.0, merge: 1.1, split: 0.6, ..at_once() };
    let apart = in_batches(&mut ClusterIndex::new(loose), &all, 10);
    let whole = in_batches(&mut ClusterIndex::new(ClusterSettings { split: 0.0, ..loose }), &all, 10);
    let count = |clusters: &BTreeMap<RecordId, ClusterId>| clusters.values().collect::<BTreeSet<_>>().len();
    assert!(count(&apart) > count(&whole), "{} and {}", count(&apart), count(&whole));
}

#[test]
fn two_runs_are_the_same() {
    let run = || {
        let mut index = ClusterIndex::new(ClusterSettings::default());
        let mut all = converging();
        all.extend(talk(100));
        all.chunks(9).map(|batch| format!("{:?}", index.place(batch.to_vec()))).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}

fn revised(n: usize, minutes: i64, text: &str) -> Newcomer {
    Newcomer { revision: 2, ..newcomer(n, minutes, text) }
}

#[test]
fn a_record_that_comes_again_is_counted_once() {
    let mut again = ClusterIndex::new(at_once());
    let mut once = ClusterIndex::new(at_once());
    again.place(talk(0));
    let twice = again.place(vec![revised(2, 120, &format!("{} really", TALK[2]))]);
    let mut all = talk(0);
    all[2] = newcomer(2, 120, &format!("{} really", TALK[2]));
    let placed = once.place(all);
    assert_eq!(twice.clusters[0], placed.clusters[2]);
    assert_eq!(again.space.shown(), once.space.shown());
    // Alone in its cluster it keeps its name, whatever it says now.
    let alone = again.place(vec![revised(6, 360, "my bicycle was found")]);
    assert_eq!(alone.clusters, [ClusterId::derive(&id(6))]);
    assert_eq!(again.live(), once.live());
}

#[test]
fn an_opener_that_changes_its_mind_leaves_its_cluster_to_the_others() {
    let mut grown = ClusterIndex::new(at_once());
    let mut clusters = in_batches(&mut grown, &talk(0), 8);
    let new = revised(0, 0, "a recipe for lemon cake without eggs");
    let placed = grown.place(vec![new.clone()]);
    let (old, apart) = (ClusterId::derive(&id(0)), placed.clusters[0].clone());
    assert_ne!(apart, old);
    clusters.insert(id(0), apart.clone());
    let mut rebuilt = ClusterIndex::new(at_once());
    let mut all = talk(0);
    all[0] = new;
    for newcomer in &all {
        rebuilt.restore(newcomer.clone(), &clusters[&newcomer.id]);
    }
    assert_eq!(grown.space.shown(), rebuilt.space.shown());
    for index in [&mut grown, &mut rebuilt] {
        let late = index
            .place(vec![newcomer(20, 500, TALK[2]), newcomer(21, 501, "lemon cake without eggs a recipe")]);
        assert_eq!(late.clusters, [old.clone(), apart.clone()]);
    }
}

#[test]
fn a_member_is_taken_out_of_a_large_cluster_and_of_one_that_was_merged() {
    let mut index = ClusterIndex::new(at_once());
    index.place(converging());
    let size = |index: &ClusterIndex| index.space.shown()[0].1.clone();
    assert_eq!((index.live(), size(&index).split(' ').next()), (1, Some("40.000")));
    for n in [3, 8, 39] {
        index.place(vec![revised(n, n.cast_signed() as i64, "a recipe for lemon cake without eggs")]);
    }
    let sizes: Vec<String> = index.space.shown().into_iter().map(|(_, shown)| shown).collect();
    assert_eq!(index.live(), 2, "{sizes:?}");
    assert!(sizes.iter().any(|shown| shown.starts_with("37.000")), "{sizes:?}");
    assert!(sizes.iter().any(|shown| shown.starts_with("3.000")), "{sizes:?}");
}

#[test]
fn a_rebuilt_index_answers_like_the_one_that_grew() {
    let mut grown = ClusterIndex::new(ClusterSettings::default());
    let mut rebuilt = ClusterIndex::new(ClusterSettings::default());
    let mut all = converging();
    all.extend(talk(400).into_iter().enumerate().map(|(n, record)| Newcomer { id: id(100 + n), ..record }));
    let clusters = in_batches(&mut grown, &all, 6);
    for newcomer in &all {
        rebuilt.restore(newcomer.clone(), &clusters[&newcomer.id]);
    }
    let probes: Vec<Newcomer> =
        ["ferry returns to the harbour in may", "a lighthouse museum for visitors", "a new thing"]
            .iter()
            .enumerate()
            .map(|(n, text)| newcomer(200 + n, 900, text))
            .collect();
    assert_eq!(grown.place(probes.clone()).clusters, rebuilt.place(probes).clusters);
}
