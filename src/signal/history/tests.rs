use super::super::invented::{forum, noon, social};
use super::*;
use chrono::TimeDelta;

fn days_ago(days: i64) -> i64 {
    days * 24 * 60
}

#[test]
fn an_opening_word_is_a_name_only_by_how_it_is_written_elsewhere() {
    let mut history = History::default();
    let post = forum("ada", 5, "Kestrel is late", "");
    assert_eq!(history.names(&post), []);
    history.absorb(&social("bea", 10, "we like Kestrel boats"));
    let names: Vec<&str> = history.names(&post).iter().map(|name| name.text).collect();
    assert_eq!(names, ["kestrel"]);
    for n in 0..2 {
        history.absorb(&social("cid", n, "a kestrel flew by"));
    }
    assert_eq!(history.names(&post), []);
}

#[test]
fn what_slid_out_of_the_window_was_never_there() {
    let old = [
        social("ada", days_ago(40), "thanks @bea for the old pier"),
        forum("cid", days_ago(35), "the Kestrel Line announces a pier", ""),
    ];
    let new = [social("ada", days_ago(2), "a boat for @bea"), forum("cid", 5, "a quiet pier", "")];
    let (mut slid, mut fresh) = (History::default(), History::default());
    old.iter().chain(&new).for_each(|observation| slid.absorb(observation));
    for observation in &new {
        fresh.absorb(observation);
    }
    slid.forget(noon());
    fresh.forget(noon());
    assert_eq!(slid.records(), 2);
    assert_eq!(slid.named_by("@Bea"), 1);
    assert_eq!(slid.statement_shares(), fresh.statement_shares());
    let ratio = fresh.posts_per_day(&new[0].author_key) / slid.posts_per_day(&new[0].author_key);
    // The desk has run for all of its 28 days, the fresh one for three.
    assert!((ratio - 29.0 / 3.0).abs() < 1e-9, "{ratio}");
    let pier = key_of("r/harbour");
    assert!((slid.statement_shares()[&pier] - 12.0 / 13.0).abs() < 1e-12);
}

#[test]
fn the_share_of_a_name_is_that_of_ten_days() {
    let mut history = History::default();
    history.absorb(&social("ada", days_ago(20), "we like Kestrel boats"));
    history.absorb(&social("bea", days_ago(3), "we like Kestrel boats"));
    for author in ["cid", "dov", "eve"] {
        history.absorb(&social(author, 30, "we like boats"));
    }
    assert!((history.name_share(noon(), key_of("kestrel")) - 0.25).abs() < 1e-12);
    let (from, bluesky) = (noon() - TimeDelta::hours(24), key_of("bluesky"));
    assert_eq!(history.usually_said(from, bluesky, key_of("kestrel")), 1);
    assert_eq!(history.usually_active(from, bluesky), 1);
}
