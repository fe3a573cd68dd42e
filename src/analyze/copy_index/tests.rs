//! Copies of all kinds among invented posts of a harbour town.

use super::*;
use crate::analyze::copies::ExactHash;
use crate::analyze::words::Words;
use crate::model::Platform;

struct Post {
    id: RecordId,
    at: DateTime<Utc>,
    exact: String,
    fingerprint: Option<Fingerprint>,
    author: AuthorKey,
    venue: &'static str,
    shape: String,
    text: String,
    publication: bool,
}

fn post(n: &str, day: i64, author: &str, venue: &'static str, title: &str, body: &str) -> Post {
    let text = format!("{title}\n{body}");
    Post {
        id: RecordId::derive(&Platform::Lemmy, n),
        at: DateTime::UNIX_EPOCH + TimeDelta::days(day),
        exact: ExactHash::of(&text).map(|h| h.as_str().to_owned()).unwrap_or_default(),
        fingerprint: Fingerprint::of(&Words::of(&text)),
        author: AuthorKey::derive(&Platform::Lemmy, author),
        venue,
        shape: title.to_lowercase(),
        text,
        publication: false,
    }
}

fn candidate(post: &Post) -> CopyCandidate<'_> {
    CopyCandidate {
        id: &post.id,
        at: post.at,
        exact_hash: &post.exact,
        fingerprint: post.fingerprint.as_ref(),
        author: &post.author,
        venue: post.venue,
        title_shape: &post.shape,
        text: &post.text,
        body_start: post.text.find('\n').map_or(0, |at| at + 1),
        publication: post.publication,
    }
}

const FERRY: &str = "The harbour board said on Monday that the night ferry will run again from May, after two winters \
    without a boat, and that tickets for islanders stay at the old price until the new pier is paid for";

fn words_of(range: std::ops::Range<u32>) -> String {
    range.map(|n| format!("pier{n}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn exact_and_near_copies_and_cross_posts_share_the_first_one_s_group() {
    let mut index = CopyIndex::new(CopySettings::default());
    let first = post("1", 1, "ana", "harbour", "Night ferry returns", FERRY);
    let exact = post("2", 2, "ben", "islands", "Night ferry RETURNS!", FERRY);
    let near = post("3", 2, "cay", "islands", "Night ferry returns", &FERRY.replace("Monday", "Tuesday"));
    let cross = post("4", 3, "ana", "islands", "Night ferry returns", "my photos");
    let series = post("5", 3, "ana", "harbour", "Night ferry returns", "part two, all new");
    let other = post("6", 3, "dov", "harbour", "Who bakes the best rolls?", &words_of(0..40));
    let group = CopyGroup::of(&first.id);
    assert_eq!(index.assign(&candidate(&first)), group);
    assert_eq!(index.assign(&candidate(&exact)), group);
    assert_eq!(index.assign(&candidate(&near)), group);
    assert_eq!(index.assign(&candidate(&cross)), group);
    assert_eq!(index.assign(&candidate(&other)), CopyGroup::of(&other.id));
    // The cross-post stands elsewhere, so only the series' own place decides; alone it would be its own.
    let mut alone = CopyIndex::new(CopySettings::default());
    alone.assign(&candidate(&first));
    assert_eq!(alone.assign(&candidate(&series)), CopyGroup::of(&series.id));
}

#[test]
fn a_text_is_forgotten_after_the_window_and_the_index_stays_bounded() {
    let settings = CopySettings { max_records: 3, ..CopySettings::default() };
    let mut index = CopyIndex::new(settings);
    let first = post("1", 1, "ana", "harbour", "Night ferry returns", FERRY);
    let late = post("2", 60, "ben", "islands", "Night ferry returns", FERRY);
    index.assign(&candidate(&first));
    assert_eq!(index.assign(&candidate(&late)), CopyGroup::of(&late.id));
    assert_eq!(index.len(), 1);
    for n in 0..10_u32 {
        let id = format!("x{n}");
        index.assign(&candidate(&post(&id, 61, "ana", "harbour", "A walk", &words_of(n * 50..n * 50 + 40))));
    }
    assert_eq!(index.len(), 3);
    let bands: usize = index.entries.iter().filter_map(|e| e.fingerprint.as_deref()).map(|f| bands(f).count()).sum();
    assert_eq!(index.bands.held(), bands);
}

const STATEMENT: &str = "The night ferry to Pellow Quay runs again from the first of May. Harbour Lines and the islands' council \
    signed a contract for seven winters on Monday. The old boat was rebuilt in the yard at Linden and carries ninety people and \
    twelve cars. Tickets for islanders stay at four crowns until the new pier is paid for, and dogs travel free on weekdays.";

fn kind(index: &mut CopyIndex, post: &Post) -> (CopyGroup, Option<CopyKind>) {
    index.place(&candidate(post))
}

fn said(n: &str, author: &str, text: &str) -> Post {
    Post { text: text.to_owned(), shape: String::new(), ..post(n, 2, author, "the square", "", text) }
}

#[test]
fn a_headline_passed_on_is_its_author_s_and_a_comment_is_one_s_own() {
    let mut index = CopyIndex::new(CopySettings::default());
    let article = post("1", 1, "board", "post", "Night ferry returns to Pellow Quay in May", STATEMENT);
    let group = CopyGroup::of(&article.id);
    index.assign(&candidate(&article));
    let link =
        post("2", 1, "ana", "harbour", "Night ferry returns to Pellow Quay in May | The Quay Post", "");
    assert_eq!(kind(&mut index, &link), (group.clone(), Some(CopyKind::PassedOn)));
    for (n, words) in [
        ("3", "RT @board: Night ferry returns to Pellow Quay in May"),
        ("4", "At last! “Night ferry returns to Pellow Quay in May” via @board"),
    ] {
        assert_eq!(
            kind(&mut index, &said(n, "ben", words)),
            (group.clone(), Some(CopyKind::PassedOn)),
            "{words}"
        );
    }
    let comment = said(
        "5",
        "cay",
        "I will believe it when I stand on deck: “Night ferry returns to Pellow Quay in May” via @board",
    );
    assert_eq!(kind(&mut index, &comment), (CopyGroup::of(&comment.id), None));
    let talk = post(
        "6",
        2,
        "dov",
        "islands",
        "Night ferry returns to Pellow Quay in May",
        "Has anybody asked the crew whether they want to work at night?",
    );
    assert_eq!(kind(&mut index, &talk), (CopyGroup::of(&talk.id), None));
    let later = post("7", 20, "eda", "harbour", "Night ferry returns to Pellow Quay in May", "");
    assert_eq!(kind(&mut index, &later), (CopyGroup::of(&later.id), None), "a year later it is news again");
}

#[test]
fn an_excerpt_is_a_copy_and_a_quotation_among_one_s_own_words_is_none() {
    let mut index = CopyIndex::new(CopySettings::default());
    let long = format!("{STATEMENT} {}", words_of(0..200));
    let article = post("1", 1, "board", "post", "Night ferry returns in May", &long);
    index.assign(&candidate(&article));
    let excerpt = post("2", 2, "ana", "islands", "From the statement", STATEMENT);
    assert_eq!(kind(&mut index, &excerpt), (CopyGroup::of(&article.id), Some(CopyKind::Excerpt)));
    let speaks = format!("{STATEMENT} {}", words_of(500..560));
    let comment = post("3", 2, "ben", "islands", "What I make of it", &speaks);
    assert_eq!(kind(&mut index, &comment), (CopyGroup::of(&comment.id), None));
    let again = post("4", 2, "board", "post", "More of it", STATEMENT);
    assert_eq!(kind(&mut index, &again), (CopyGroup::of(&again.id), None), "nobody passes on oneself");
}

#[test]
fn a_press_release_in_several_publications_is_one_text() {
    let press = |n: &str, outlet: &str, title: &str, own: std::ops::Range<u32>| Post {
        publication: true,
        ..post(n, 1, outlet, "press", title, &format!("{STATEMENT} {}", words_of(own)))
    };
    let mut index = CopyIndex::new(CopySettings::default());
    let first = press("1", "courier", "Night ferry to return", 0..30);
    index.assign(&candidate(&first));
    let other = press("2", "gazette", "Boat at night: contract signed", 100..140);
    assert_eq!(kind(&mut index, &other), (CopyGroup::of(&first.id), Some(CopyKind::Rewrite)));
    let forum = Post { publication: false, ..press("3", "ana", "Boat at night, finally", 200..240) };
    assert_eq!(kind(&mut index, &forum), (CopyGroup::of(&forum.id), None));
    let report = press("4", "herald", "We asked the crew", 300..500);
    assert_eq!(kind(&mut index, &report), (CopyGroup::of(&report.id), None), "most of it is the paper's own");
}

#[test]
fn what_is_forgotten_leaves_nothing_behind() {
    let settings = CopySettings { max_records: 3, ..CopySettings::default() };
    let mut index = CopyIndex::new(settings);
    for n in 0..20_u32 {
        let (title, body) = (words_of(n * 100..n * 100 + 8), words_of(n * 100 + 10..n * 100 + 99));
        index.assign(&candidate(&post(&n.to_string(), 1, "ana", "harbour", &title, &body)));
    }
    assert_eq!((index.len(), index.lines.held()), (3, 3));
    let kept: usize = index.entries.iter().map(|entry| entry.runs.len()).sum();
    assert_eq!(index.runs.held(), kept);
}

#[test]
fn a_rebuilt_index_answers_like_the_one_that_grew() {
    let posts: Vec<Post> = (0..20_u32)
        .map(|n| {
            let body = words_of((n % 5) * 100 + n / 5..(n % 5) * 100 + n / 5 + 60);
            let day = i64::from(n);
            post(&n.to_string(), day, "ana", "harbour", &format!("Walk number {n}"), &body)
        })
        .collect();
    let mut grown = CopyIndex::new(CopySettings::default());
    let mut rebuilt = CopyIndex::new(CopySettings::default());
    for p in &posts {
        let group = grown.assign(&candidate(p));
        rebuilt.restore(&candidate(p), &group);
    }
    for n in 0..5_u32 {
        let id = format!("new{n}");
        let probe = post(&id, 21, "ben", "islands", "Seen again", &words_of(n * 100 + 2..n * 100 + 60));
        let group = grown.assign(&candidate(&probe));
        assert_eq!(group, rebuilt.assign(&candidate(&probe)));
        assert_eq!(group, CopyGroup::of(&RecordId::derive(&Platform::Lemmy, &n.to_string())));
    }
}

#[test]
fn a_headline_is_held_against_those_who_said_it_in_the_last_days() {
    let mut index = CopyIndex::new(CopySettings::default());
    let headline = |n: &str, day: i64, author: &str| {
        post(n, day, author, "the square", "Night ferry returns to Pellow Quay in May", "")
    };
    // Their texts differ, so that only the line tells.
    let with = |post: Post, link: &str| Post { exact: link.to_owned(), fingerprint: None, ..post };
    let first = with(headline("1", 0, "ana"), "a");
    let news_again = with(headline("2", 8, "ben"), "b");
    let passed_on = with(headline("3", 9, "cay"), "c");
    let still = with(headline("4", 16, "dov"), "d");
    assert_eq!(kind(&mut index, &first).1, None);
    assert_eq!(kind(&mut index, &news_again), (CopyGroup::of(&news_again.id), None), "after eight days");
    let group = CopyGroup::of(&news_again.id);
    assert_eq!(kind(&mut index, &passed_on), (group.clone(), Some(CopyKind::PassedOn)));
    assert_eq!(kind(&mut index, &still), (group, Some(CopyKind::PassedOn)), "a week after the one before");
    assert_eq!(index.lines.held(), 2);
}

/// A grown index, and one that was built of what this still remembers.
fn rebuilt(grown: &CopyIndex, settings: CopySettings, all: &[(Post, CopyGroup)]) -> CopyIndex {
    let mut index = CopyIndex::new(settings);
    for (post, group) in all.iter().skip(all.len() - grown.len()) {
        index.restore(&candidate(post), group);
    }
    index
}

#[test]
fn what_two_openers_share_stays_with_the_one_that_is_remembered() {
    let settings = CopySettings { max_records: 4, ..CopySettings::default() };
    let mut index = CopyIndex::new(settings);
    // The statement in two long texts, neither of which is a copy of the other.
    let long = |n: &str, author: &str, own: std::ops::Range<u32>| {
        post(n, 1, author, "post", &format!("Title {n}"), &format!("{STATEMENT} {}", words_of(own)))
    };
    let mut all = Vec::new();
    let mut grow = |index: &mut CopyIndex, post: Post| {
        let placed = kind(index, &post);
        all.push((post, placed.0.clone()));
        placed
    };
    let (one, other) = (long("1", "ana", 0..200), long("2", "ben", 300..500));
    let (first, second) = (CopyGroup::of(&one.id), CopyGroup::of(&other.id));
    assert_eq!(grow(&mut index, one), (first.clone(), None));
    assert_eq!(grow(&mut index, other), (second.clone(), None));
    let excerpt = |n: &str, author: &str| post(n, 2, author, "islands", &format!("From it {n}"), STATEMENT);
    assert_eq!(grow(&mut index, excerpt("3", "cay")), (first, Some(CopyKind::Excerpt)));
    let filler = post("4", 2, "dov", "harbour", "A walk", &words_of(600..640));
    grow(&mut index, filler);
    let mut again = CopyIndex::new(settings);
    all.iter().skip(1).for_each(|(post, group)| again.restore(&candidate(post), group));
    // The bound is four: for the next one the first is forgotten.
    let mut late = excerpt("5", "eda");
    // No exact and no near copy of the excerpt before it.
    late.exact.clear();
    late.fingerprint = None;
    assert_eq!(kind(&mut index, &late), (second.clone(), Some(CopyKind::Excerpt)));
    assert_eq!(kind(&mut again, &late), (second, Some(CopyKind::Excerpt)));
    assert_eq!(index.runs.held(), again.runs.held());
}

proptest::proptest! {
    #[test]
    fn a_running_index_and_a_rebuilt_one_answer_alike(
        said in proptest::collection::vec((0..5_i64, 0..4_usize, 0..6_u32, 0..3_u32), 1..40),
    ) {
        let settings = CopySettings { max_records: 12, ..CopySettings::default() };
        let mut grown = CopyIndex::new(settings);
        let (mut day, mut all) = (0, Vec::new());
        for (n, (days, author, subject, part)) in said.into_iter().enumerate() {
            day += days;
            let author = ["ana", "ben", "cay", "dov"][author];
            let title = format!("The ferry to island number {subject} sails again");
            let from = subject * 30 + part * 10;
            let body = if part == 0 { String::new() } else { words_of(from..from + 60) };
            let post = post(&n.to_string(), day, author, "harbour", &title, &body);
            let again = rebuilt(&grown, settings, &all).place(&candidate(&post));
            let placed = grown.place(&candidate(&post));
            proptest::prop_assert_eq!(&placed, &again);
            all.push((post, placed.0));
        }
    }
}
