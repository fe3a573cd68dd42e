//! An invented town whose talk can be planned day by day: usual days in plenty, and one day on which something is said.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};

use super::Cli;
use super::record::{Post, at, post};

/// The tick that closes the last day.
pub(crate) const TICK: &str = "2025-03-29T00:00:00Z";
/// A backtest of that one tick, kept.
const BACKTEST: [&str; 8] =
    ["backtest", "--from", "2025-03-28", "--to", "2025-03-29", "--every", "24h", "--keep"];

const WHO: [&str; 16] = [
    "my neighbour",
    "the baker",
    "a visitor",
    "our teacher",
    "the postman",
    "some children",
    "two sailors",
    "the gardener",
    "an old friend",
    "the night porter",
    "my cousin",
    "a cyclist",
    "the choir",
    "a painter",
    "the watchmaker",
    "three students",
];
const DID: [&str; 13] = [
    "found",
    "carried",
    "painted",
    "counted",
    "described",
    "photographed",
    "forgot",
    "repaired",
    "moved",
    "borrowed",
    "measured",
    "cleaned",
    "noticed",
];
const WHAT: [&str; 19] = [
    "a green lantern",
    "the long bench",
    "eleven gulls",
    "an empty crate",
    "the wooden stairs",
    "a paper kite",
    "the small bell",
    "a box of plums",
    "the blue rope",
    "a broken umbrella",
    "the tin roof",
    "a lost glove",
    "the wide window",
    "a jar of honey",
    "the stone steps",
    "an upturned boat",
    "the brass clock",
    "a folded map",
    "the iron gate",
];
const WHEN: [&str; 17] = [
    "before breakfast",
    "around noon",
    "in the rain",
    "after the concert",
    "during the storm",
    "at low tide",
    "on the way home",
    "with great patience",
    "without a word",
    "for the second time",
    "under the moon",
    "while it snowed",
    "between two showers",
    "at the crossing",
    "near the pump",
    "behind the school",
    "as the lamps went on",
];

/// What the town says.
pub(crate) struct Town {
    posts: Vec<Post>,
    n: u64,
    random: u64,
}

impl Town {
    pub(crate) fn new() -> Self {
        Self { posts: Vec::new(), n: 0, random: 11 }
    }

    /// One of `n`, the same on every run.
    pub(crate) fn pick(&mut self, n: usize) -> usize {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) as usize % n
    }

    /// A sentence about nothing in particular, at the place.
    pub(crate) fn small_talk(&mut self, place: &str) -> String {
        let mut one = |list: &[&str]| {
            let at = self.pick(list.len());
            list[at].to_owned()
        };
        let (who, did, what, when) = (one(&WHO), one(&DID), one(&WHAT), one(&WHEN));
        format!("At the {place} {who} {did} {what} {when}.")
    }

    fn time(back: i64, minute: i64) -> DateTime<Utc> {
        at("2025-03-28 00:00") - TimeDelta::days(back) + TimeDelta::minutes(minute)
    }

    /// Something said on Mastodon, `back` days before the last.
    pub(crate) fn say(&mut self, back: i64, minute: i64, author: &str, text: &str) {
        self.n += 1;
        let said = post(self.n, text).by(&format!("@{author}")).at(Self::time(back, minute));
        self.posts.push(said);
    }

    /// The same on a forum.
    pub(crate) fn write(&mut self, back: i64, minute: i64, author: &str, text: &str) {
        self.n += 1;
        let said = post(self.n, text)
            .titled(text)
            .on_reddit(40_000_000 + self.n, "saltpan")
            .by(&format!("u/{author}"))
            .at(Self::time(back, minute));
        self.posts.push(said);
    }

    /// Small talk on Mastodon: `per_day(back)` posts on every day from `days` ago to the last one, by ever new people.
    pub(crate) fn chat(&mut self, place: &str, days: i64, per_day: impl Fn(i64) -> usize) {
        self.each(place, days, per_day, Self::say);
    }

    /// The same on a forum.
    pub(crate) fn forum(&mut self, place: &str, days: i64, per_day: impl Fn(i64) -> usize) {
        self.each(place, days, per_day, Self::write);
    }

    fn each(
        &mut self,
        place: &str,
        days: i64,
        per_day: impl Fn(i64) -> usize,
        publish: impl Fn(&mut Self, i64, i64, &str, &str),
    ) {
        for back in 0..=days {
            for i in 0..per_day(back) {
                let (text, minute) = (self.small_talk(place), self.pick(1430).cast_signed() as i64 + 5);
                publish(self, back, minute, &format!("{place}-{back}-{i}"), &text);
            }
        }
    }

    /// A desk that follows these places, has read it all, and has looked once, at the end of the last day.
    pub(crate) fn watched(&self, places: &[&str]) -> Cli {
        let cli = Cli::new();
        cli.write("config/newsdesk.toml", "[topics]\nbuiltin = false\n");
        for place in places {
            let topic = format!("name = \"The {place}\"\n\n[match]\nany = [\"{place}\"]\n");
            cli.write(&format!("config/topics/{place}.toml"), topic);
        }
        let mut posts: Vec<&Post> = self.posts.iter().collect();
        posts.sort_by_key(|post| (post.0.published_at, post.0.native_id.clone()));
        let mut archive = String::new();
        for post in posts {
            writeln!(archive, "{}", post.line()).unwrap();
        }
        cli.write("archive.jsonl", archive);
        cli.run(&["import", "archive.jsonl"]).ends(0);
        cli.run(&BACKTEST).ends(0);
        cli
    }
}
