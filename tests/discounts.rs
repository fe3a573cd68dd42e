//! What counts for less, from the outside: each discount has a nuisance that it sees through, and a crowd it does not touch.

use chrono::TimeDelta;
use serde_json::Value;

use crate::support::record::Post;
use crate::support::{Cli, at, post};

const HARBOUR: &str =
    "name = \"Harbour\"\ndescription = \"The quays of Saltpan.\"\n\n[match]\nany = [\"harbour\", \"quay\"]\n";

const SEEN: [&str; 13] = [
    "The harbour crane was painted yellow overnight and nobody admits it.",
    "Two seals slept on the quay steps until the baker arrived.",
    "My aunt sells knitted lanterns at the harbour gate on market days.",
    "Fog so thick that the quay lamps looked like oranges.",
    "A brass band practised behind the harbour office, mostly in tune.",
    "The old harbour clock runs eleven minutes late since the storm.",
    "Found a bottle on the quay with a recipe for fish soup inside.",
    "The harbour cat has moved into the customs shed with her kittens.",
    "Nine kites were stuck in the quay cranes this morning.",
    "The harbour pilot taught my son four knots and a rude song.",
    "They are laying new boards along the quay, smelling of tar.",
    "A wedding party danced across the harbour bridge in the rain.",
    "The quay kiosk finally has warm bread again.",
];

const SAID: [&str; 17] = [
    "I stayed longer than I had planned.",
    "Grandfather would have had something to say about it.",
    "The children want to go again tomorrow.",
    "Somebody should write that down for the museum.",
    "My shoes are still wet, and I regret nothing.",
    "Next time I am bringing a better camera.",
    "Half the street came out to look.",
    "It cost me a coffee and a bet.",
    "The postman told it differently, as he does.",
    "I counted twice to be sure.",
    "We laughed all the way up the hill.",
    "Nothing of the kind ever happened in the old town.",
    "The wind took my hat as well.",
    "I have asked three people, with three answers.",
    "Please keep it as it is.",
    "That makes it the fourth time since winter.",
    "A good morning all in all.",
];

/// A name of its own for every number below a million.
fn name(n: u64) -> String {
    const PARTS: [&str; 10] = ["ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "zu"];
    (0..6).map(|at| PARTS[(n / 10_u64.pow(at) % 10) as usize]).collect()
}

/// Something plain about the harbour; no two begin alike.
fn plain(n: u64) -> Post {
    let pick = |list: &[&'static str]| list[n as usize % list.len()];
    post(n, &format!("To {}. {} {}", name(n), pick(&SEEN), pick(&SAID))).by(&format!("@person{n}"))
}

const DAY: &str = "2025-03-24";

/// `days` of eight posts a day by ever new people.
fn history(days: i64) -> Vec<Post> {
    let mut all = Vec::new();
    for back in 1..=days {
        for i in 0..8 {
            let n = u64::try_from(back * 8 + i).unwrap();
            let when = at(&format!("{DAY} 18:00")) - TimeDelta::days(back) + TimeDelta::minutes(-170 * i - 5);
            all.push(plain(10_000 + n).at(when));
        }
    }
    all
}

/// Thirty posts of the day by thirty people.
fn crowd() -> Vec<Post> {
    (0..30)
        .map(|i| plain(50_000 + i).at(at(&format!("{DAY} 12:00")) + TimeDelta::minutes(11 * i.cast_signed())))
        .collect()
}

/// The desk after its tick at 18:00.
fn desk(settings: &str, records: &[Vec<Post>]) -> Told {
    let cli = Cli::new();
    cli.write("config/newsdesk.toml", format!("[topics]\nbuiltin = false\n{settings}"));
    cli.write("config/topics/harbour.toml", HARBOUR);
    let mut all: Vec<&Post> = records.iter().flatten().collect();
    all.sort_by_key(|post| (post.0.published_at, post.0.native_id.clone()));
    cli.write("archive.jsonl", all.iter().map(|post| post.line() + "\n").collect::<String>());
    cli.run(&["import", "archive.jsonl"]).ends(0);
    let (from, to) = (format!("{DAY}T17:00:00Z"), format!("{DAY}T18:00:00Z"));
    cli.run(&["backtest", "--from", &from, "--to", &to, "--every", "1h", "--keep", "--json"]).ends(0);
    Told(cli.run(&["why", "harbour", "--json"]).ends(0).json())
}

/// What `why` says.
struct Told(Value);

impl Told {
    fn volume(&self) -> &Value {
        let signals = self.0["signals"].as_array().unwrap();
        signals.iter().find(|s| s["kind"] == "volume_anomaly").unwrap_or_else(|| panic!("{}", self.0))
    }
    fn kept(&self) -> bool {
        self.volume()["kept"] == true
    }
    /// What a discount of the day's count did: before, after, why.
    fn discount(&self, kind: &str) -> (f64, f64, &str) {
        let all = self.volume()["discounts"].as_array().unwrap();
        let one = all.iter().find(|d| d["kind"] == kind).unwrap_or_else(|| panic!("no {kind}: {}", self.0));
        (one["before"].as_f64().unwrap(), one["after"].as_f64().unwrap(), one["why"].as_str().unwrap())
    }
    #[track_caller]
    fn says(&self, words: &str) {
        let summary = self.0["summary"].as_str().unwrap();
        assert!(summary.contains(words), "{summary}");
    }
}

fn changed(posts: Vec<Post>, change: impl Fn(u64, Post) -> Post) -> Vec<Post> {
    posts.into_iter().zip(0..).map(|(post, i)| change(i, post)).collect()
}

#[test]
fn a_crowd_is_a_signal_and_a_usual_day_is_none() {
    let told = desk("", &[history(28), crowd()]);
    assert!(told.kept(), "{}", told.0);
    assert_eq!(told.volume()["discounts"].as_array().unwrap().len(), 0, "{}", told.volume());
    let usual: Vec<Post> = crowd().into_iter().take(8).collect();
    assert!(!desk("", &[history(28), usual]).kept());
}

#[test]
fn one_account_that_says_everything_counts_twice() {
    let told = desk("", &[history(28), changed(crowd(), |_, post| post.by("@loud"))]);
    assert!(!told.kept());
    assert_eq!(
        told.discount("few_authors"),
        (
            30.0,
            2.0,
            "30 of 30 posts are by 1 account, and an account counts at most twice, so the window counts as 2"
        )
    );
    told.says("30 are by 1 account of which each counts at most twice");
}

#[test]
fn copies_by_three_accounts_count_once() {
    let copy = |i: u64, mut post: Post| {
        post.0.body =
            "Sign the harbour petition now, every name counts, the quay must stay public!".to_owned();
        post.by(&format!("@shill{}", i % 3))
    };
    let told = desk("", &[history(28), changed(crowd(), copy)]);
    assert!(!told.kept());
    assert_eq!(
        told.discount("copy_paste"),
        (30.0, 1.0, "30 of 30 posts are copies of one text by 3 accounts, so the window counts as 1")
    );
    told.says("30 are copies of one text by 3 accounts");
}

#[test]
fn what_arrived_long_after_it_was_said_is_history() {
    let late = |_, post: Post| {
        let seen = post.0.published_at.max(at(&format!("{DAY} 08:00")));
        post.archived_at(seen)
    };
    // Published the evening before, seen at eight in the morning.
    let night = changed(crowd(), |_, mut post| {
        post.0.published_at -= TimeDelta::hours(17);
        post
    });
    assert!(desk("", &[history(28), night.clone()]).kept());
    let told = desk("", &[history(28), changed(night, late)]);
    assert!(!told.kept());
    let (before, after, why) = told.discount("backfill");
    assert!(before - after >= 10.0 && why.contains("arrived long after publication"), "{why}");
}

#[test]
fn a_weekly_thread_is_set_aside_by_its_second_week() {
    let usual = || changed(history(28), |i, post| post.titled(&name(i)).on_reddit(10_000 + i, "saltpan"));
    let thread = |n: u64, back: i64| -> Vec<Post> {
        changed(crowd(), |i, mut post| {
            post.0.published_at -= TimeDelta::days(back);
            post.0.body = plain(n + i).0.body;
            let post = post.titled("Harbour talk among friends, page 3").on_reddit(n + i, "saltpan");
            post.by(&format!("u/guest{}", n + i))
        })
    };
    let told = desk("", &[usual(), thread(7_000, 0)]);
    assert!(told.kept(), "the first time nobody can know: {}", told.0);
    let told = desk("", &[usual(), thread(7_000, 0), thread(8_000, 7)]);
    assert!(!told.kept());
    assert_eq!(
        told.discount("recurring"),
        (30.0, 0.0, "30 of 30 posts belong to series that come again and again, so the window counts as 0")
    );
    let off = "[signal.discounts]\nweekly = false\n";
    let told = desk(off, &[usual(), thread(7_000, 0), thread(8_000, 7)]);
    assert!(told.volume()["discounts"].as_array().unwrap().iter().all(|d| d["kind"] != "recurring"));
}

#[test]
fn who_passes_on_our_story_or_a_machines_is_no_voice() {
    let ours = |_, mut post: Post| {
        post.0.body = format!("{} https://desk.example.org/s/4K7Q2WX", post.0.body);
        post
    };
    let based = "[publish]\npermalink_base = \"https://desk.example.org/s/\"\n";
    let told = desk(based, &[history(28), changed(crowd(), ours)]);
    let signals = told.0["signals"].as_array().unwrap();
    assert!(signals.iter().all(|s| s["kept"] == false), "{}", told.0);
    assert_eq!(
        told.discount("circular"),
        (
            30.0,
            0.0,
            "30 of 30 posts pass on what we or another machine's brief said, so the window counts as 0"
        )
    );
    told.says("30 pass on what we or another machine's brief said");
    assert_eq!(told.0["leads"].as_array().unwrap().len(), 0, "an echo leads nothing: {}", told.0["leads"]);
    // The same link is anybody's to a desk whose pages are elsewhere.
    assert!(desk("", &[history(28), changed(crowd(), ours)]).kept());
    let briefs = |i: u64, post: Post| post.titled("The day in brief").on_reddit(9_000 + i, "dailybriefs");
    let listed = "[signal]\nmachine_briefs = [\"r/DailyBriefs\"]\n";
    let told = desk(listed, &[history(28), changed(crowd(), briefs)]);
    assert!(!told.kept());
    assert_eq!(told.discount("circular").1, 0.0);
}

#[test]
fn the_excess_of_one_place_counts_half() {
    let places = ["saltpan", "islands", "boats"];
    let spread = |posts: Vec<Post>, from: u64| {
        changed(posts, |i, post| {
            let n = from + i;
            post.titled(&format!("{} was here", name(n))).on_reddit(n, places[i as usize % 3])
        })
    };
    let usual = spread(history(28), 100_000);
    let told = desk("", &[usual.clone(), spread(crowd(), 200_000)]);
    let whole = told.volume()["effective"].as_f64().unwrap();
    assert!(told.volume()["discounts"].as_array().unwrap().is_empty(), "{}", told.volume());
    let alone = |posts: Vec<Post>| {
        changed(posts, |i, post| {
            post.titled(&format!("{} was here", name(300_000 + i))).on_reddit(300_000 + i, "saltpan")
        })
    };
    let told = desk("", &[usual.clone(), alone(crowd())]);
    let (before, after, why) = told.discount("burst_of_one_source");
    assert!((before - whole).abs() < 1e-9 && after < 20.0, "{before} {after} {whole}");
    assert!(why.contains("come from r/saltpan, where 2.7 of 8 are usual"), "{why}");
    // The other places go on as ever: the excess is that of one place all the same, and counts half.
    let (beside, crowd) = (crowd().split_off(18), crowd().into_iter().take(18).collect());
    let told = desk("", &[usual, spread(beside.into_iter().take(8).collect(), 400_000), alone(crowd)]);
    let (before, after, why) = told.discount("burst_of_one_source");
    assert!(why.starts_with("21 of 26 posts come from r/saltpan"), "{why}");
    assert!((before - 26.0).abs() < 1e-9 && (16.0..18.0).contains(&after), "{before} {after}");
}

#[test]
fn five_days_are_too_few_to_know_what_is_usual() {
    let told = desk("", &[history(5), crowd()]);
    assert!(!told.kept());
    let (_, _, why) = told.discount("thin_baseline");
    assert!(why.starts_with("only 5 earlier days to compare with, 7 are needed"), "{why}");
    assert!(desk("[signal]\nmin_windows = 5\n", &[history(5), crowd()]).kept());
}

#[test]
fn a_platform_that_was_hardly_read_is_expected_as_ever() {
    // Forty other records a day on the same server, and on the day none: what is left looks like a crowd only to those
    // who believe that the server fell silent.
    let rest: Vec<Post> = (1..=28)
        .flat_map(|back| {
            (0..40).map(move |i| {
                let when = at(&format!("{DAY} 17:30")) - TimeDelta::days(back) - TimeDelta::minutes(30 * i);
                let n = 90_000 + (back * 40 + i) as u64;
                post(n, &format!("Soup number {n} of the season, with leeks."))
                    .by(&format!("@cook{n}"))
                    .at(when)
            })
        })
        .collect();
    let some: Vec<Post> = crowd().into_iter().take(13).collect();
    let told = desk("", &[history(28), rest.clone(), some.clone()]);
    assert!(!told.kept());
    let (_, _, why) = told.discount("stale_source");
    assert_eq!(why, "Mastodon was hardly read lately, so no less than usual is expected of it");
    let trusting = "[signal.baseline]\nmin_coverage = 0\n";
    assert!(desk(trusting, &[history(28), rest, some]).kept());
}
