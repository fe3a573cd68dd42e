use super::super::invented::{article, forum, noon, paper, social};
use super::*;
use chrono::TimeDelta;

/// The terms of the first record of `window`, after `before` and the window were absorbed.
fn terms(before: &[Observation], window: &[Observation]) -> HashMap<String, (f64, f64)> {
    let mut history = History::default();
    before.iter().chain(window).for_each(|observation| history.absorb(observation));
    let window: Vec<&Observation> = window.iter().collect();
    let names: Vec<Vec<Name<'_>>> = window.iter().map(|observation| history.names(observation)).collect();
    let bursts = burst::bursts(&window, &names, &history, noon() - TimeDelta::hours(24));
    let scores = Scores::of(&window, &names, &bursts, &history, &Worth::default());
    let scored = scores.scored(0);
    let sum: f64 = scored.terms.iter().map(|term| term.points).sum();
    assert!((scored.z - (sum - Points::default().bias)).abs() < 1e-9);
    assert_eq!(scored.p, scores.p(0));
    scored.terms.iter().map(|term| (term.code.clone(), (term.value, term.points))).collect()
}

fn points(terms: &HashMap<String, (f64, f64)>, code: &str) -> f64 {
    terms.get(code).map_or(0.0, |(_, points)| *points)
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[test]
fn each_kind_of_speech_starts_from_its_own_offset() {
    for (record, code, expected) in [
        (article("Quay Courier", 5, "The pier was painted", ""), "source_publication", 5.0),
        (social("ada", 5, "The pier was painted"), "source_social", 1.5),
        (paper("ada", 5, "On the paint of piers", ""), "source_paper", 2.0),
        (forum("ada", 5, "The pier was painted", ""), "source_forum", 1.5),
    ] {
        assert!(close(points(&terms(&[], &[record]), code), expected), "{code}");
    }
}

#[test]
fn a_venue_that_reports_lifts_its_posts() {
    let quiet = forum("ada", 5, "my little boat at the pier", "");
    // One post, no statement: (1 + 0) / (12 + 1) against the usual 1 in 12.
    let alone = points(&terms(&[], std::slice::from_ref(&quiet)), "venue_reports");
    assert!(close(alone, 1.25 * (12.0_f64 / 13.0).ln()));
    let reports: Vec<_> =
        (0..5).map(|n| forum(&format!("b{n}"), 2000, "the Kestrel Line announces a pier", "")).collect();
    let among_reports = points(&terms(&reports, std::slice::from_ref(&quiet)), "venue_reports");
    assert!(close(among_reports, 1.25 * 4.0_f64.ln()));
    let talk: Vec<_> =
        (0..5).map(|n| forum(&format!("b{n}"), 2000, "my Kestrel Line announces a pier", "")).collect();
    assert!(points(&terms(&talk, &[quiet]), "venue_reports") < 0.0, "who speaks of himself does not report");
}

#[test]
fn signs_of_the_headline_have_their_points() {
    let base = terms(
        &[],
        &[forum(
            "ada",
            5,
            "our Kestrel Line announces 40 million at https://example.org/x",
            "see https://example.org/y",
        )],
    );
    assert!(close(points(&base, "actor_acts"), 0.5));
    assert!(close(points(&base, "figures"), 0.5));
    assert!(close(points(&base, "has_link"), 0.75));
    let asking = terms(&[], &[forum("ada", 5, "anyone else late on the pier?", "")]);
    assert!(close(points(&asking, "asks"), -0.5));
    assert!(close(points(&asking, "title_length"), 1.5 * (6.0 / 25.0 - 0.4)));
    let own = terms(&[], &[social("ada", 5, "Introducing a boat that folds into a bag")]);
    assert!(close(points(&own, "first_hand"), 0.25));
}

#[test]
fn talk_about_oneself_loses_where_people_talk() {
    let title = "My week on the old pier";
    assert!(close(points(&terms(&[], &[forum("ada", 5, title, "")]), "personal"), -0.5));
    assert!(close(points(&terms(&[], &[social("ada", 5, title)]), "personal"), -0.5));
    assert!(close(points(&terms(&[], &[article("Quay Courier", 5, title, "")]), "personal"), 0.0));
}

#[test]
fn a_handful_of_general_accounts_is_no_measure_of_common_talk() {
    let mut before: Vec<_> = (0..60).map(|n| social(&format!("s{n}"), 3000, "cake oven flour")).collect();
    let post = social("ada", 5, "ferry mooring rope");
    before.extend((0..1_300).map(|n| forum(&format!("f{n}"), 3000, "ferry mooring rope", "")));
    assert!(terms(&before[..1_000], std::slice::from_ref(&post)).contains_key("on_topic"));
    assert!(!terms(&before, &[post]).contains_key("on_topic"));
}

#[test]
fn loud_answering_threaded_accounts_lose() {
    let loud: Vec<_> = (0..9).map(|n| social("ada", n * 10 + 10, &format!("pier number {n}"))).collect();
    let terms = terms(
        &loud,
        &[
            social("ada", 5, "@bea yes the pier again"),
            social("ada", 6, "the pier once more"),
            social("ada", 7, "the pier"),
        ],
    );
    assert!(close(points(&terms, "loud_account"), -0.5 * 12.0_f64.ln()));
    assert!(close(points(&terms, "answering_someone"), -1.0));
    assert!(close(points(&terms, "inside_thread"), -(3.0_f64.ln())));
}

#[test]
fn being_named_by_others_counts_once_per_account() {
    let naming = [
        social("bea", 60, "look at what @Ada did"),
        social("bea", 50, "and again @ada"),
        social("cid", 40, "thanks @ada"),
        social("ada", 30, "I am @ada"),
    ];
    let terms = terms(&naming, &[social("ada", 5, "a boat")]);
    assert!(close(points(&terms, "often_named"), 0.5 * 3.0_f64.ln()));
}

#[test]
fn on_topic_says_nothing_without_a_contrast() {
    let dedicated: Vec<_> =
        (0..60).map(|n| forum(&format!("f{n}"), 3000, "ferry mooring rope", "")).collect();
    let post = social("ada", 5, "ferry mooring rope");
    assert!(!terms(&dedicated, std::slice::from_ref(&post)).contains_key("on_topic"));
    let mut both = dedicated;
    both.extend((0..60).map(|n| social(&format!("s{n}"), 3000, "cake oven flour")));
    let ferry = points(&terms(&both, &[post]), "on_topic");
    let cake = points(&terms(&both, &[social("ada", 5, "cake oven flour")]), "on_topic");
    assert!(ferry > 1.0 && cake < -3.0, "{ferry} {cake}");
    assert!(!terms(&both, &[forum("ada", 5, "ferry mooring rope", "")]).contains_key("on_topic"));
}

#[test]
fn company_elsewhere_counts_and_the_first_is_told() {
    let text = "the Kestrel ferry hit the old stone pier in fog";
    let window = [
        social("ada", 90, text),
        forum("bea", 60, text, ""),
        article("Quay Courier", 30, text, ""),
        paper("cid", 20, text, ""),
        social("ada", 10, text),
        forum("dov", 9, "nothing of the kind here", ""),
    ];
    let terms = terms(&[], &window);
    // Two venues: neither the paper nor the author's own second post is company.
    assert!(close(points(&terms, "heard_elsewhere"), 0.5 * 3.0_f64.ln()));
    assert!(close(points(&terms, "first_to_say"), 0.25));
}

#[test]
fn a_name_bursts_when_three_authors_use_it_out_of_the_blue() {
    let post = |author: &str, minutes| social(author, minutes, "we all saw Kestrel at the pier");
    let two = terms(&[], &[post("ada", 5), post("bea", 6)]);
    assert!(close(points(&two, "bursting_name"), 0.0));
    let three = [post("ada", 5), post("bea", 6), post("cid", 7)];
    let fresh = points(&terms(&[], &three), "bursting_name");
    assert!(fresh > 0.0);
    let usual: Vec<_> =
        (0..9).flat_map(|n| ["ada", "bea", "cid"].map(|author| post(author, 2900 + n * 60))).collect();
    assert!(points(&terms(&usual, &three), "bursting_name") < fresh);
}

#[test]
fn the_best_are_those_of_all_scores() {
    const THINGS: [&str; 7] = ["fog", "rope", "pier", "gull", "crab", "buoy", "mast"];
    let window: Vec<Observation> = (0_i32..90)
        .map(|n| {
            let at = usize::try_from(n).unwrap();
            let text = format!("the {} and the {} of item{}", THINGS[at % 7], THINGS[at / 7 % 7], n / 3);
            match n % 4 {
                0 => article(&format!("Courier {}", n % 11), i64::from(n), &text, ""),
                1 => paper("cid", i64::from(n), &text, ""),
                2 => social(&format!("s{n}"), i64::from(n), &text),
                _ => forum(&format!("f{n}"), i64::from(n), &format!("{text}, announces Kestrel"), ""),
            }
        })
        .collect();
    let mut history = History::default();
    window.iter().for_each(|observation| history.absorb(observation));
    let window: Vec<&Observation> = window.iter().collect();
    let names: Vec<Vec<Name<'_>>> = window.iter().map(|observation| history.names(observation)).collect();
    let bursts = burst::bursts(&window, &names, &history, noon() - TimeDelta::hours(24));
    let worth =
        Worth { offsets: Offsets { social: 4.6, forum: 4.2, ..Offsets::default() }, ..Worth::default() };
    let scores = || Scores::of(&window, &names, &bursts, &history, &worth);
    let all = scores();
    for n in [1, 7, 30, 90, 200] {
        let wanted = |at: usize| !at.is_multiple_of(5);
        let lazy = scores();
        let mut best = lazy.best(n, wanted);
        let order = |a: &usize, b: &usize| all.p(*b).total_cmp(&all.p(*a)).then(a.cmp(b));
        best.sort_by(order);
        best.truncate(n);
        let mut straight: Vec<usize> = (0..window.len()).filter(|at| wanted(*at)).collect();
        straight.sort_by(order);
        straight.truncate(n);
        assert_eq!(best, straight, "the best {n}");
        assert!(best.iter().all(|at| lazy.p(*at) == all.p(*at)));
    }
    // Company lifts some above others, or nothing would be shown.
    assert!((0..window.len()).any(|at| all.scored(at).terms.iter().any(|t| t.code == "heard_elsewhere")));
}
