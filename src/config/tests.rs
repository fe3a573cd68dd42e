//! The whole way from texts to a [`Config`], and every mistake's message.

use std::path::{Path, PathBuf};
use std::time::Duration;

use miette::Diagnostic;

use super::*;
use crate::schedule::{Doors, sources_of};

/// Inputs as a story tells them: a file, variables, topic files.
#[derive(Default)]
struct Given(Inputs);

impl Given {
    fn file(mut self, text: &str) -> Self {
        self.0.file = Some(source("newsdesk.toml", text));
        self
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env.insert(name.to_owned(), value.to_owned());
        self
    }

    fn topic(mut self, path: &str, text: &str) -> Self {
        self.0.topic_files.push(source(path, text));
        self
    }

    fn flags(mut self, overrides: Overrides) -> Self {
        self.0.overrides = overrides;
        self
    }

    fn load(mut self) -> Result<Config, ConfigError> {
        self.0.data_home = PathBuf::from("/data");
        load(self.0)
    }

    fn config(self) -> Config {
        self.load().unwrap()
    }

    fn message(self) -> String {
        self.load().unwrap_err().to_string()
    }
}

fn given() -> Given {
    Given::default()
}

fn source(path: &str, text: &str) -> SourceText {
    SourceText { path: PathBuf::from(path), text: text.to_owned() }
}

fn built_in() -> Config {
    Config::built_in(Path::new("/data"))
}

#[test]
fn the_example_file_says_the_defaults() {
    let config = given().file(EXAMPLE).config();
    assert_eq!(config, Config { file: Some("newsdesk.toml".into()), ..built_in() });
}

#[test]
fn the_example_file_names_every_setting() {
    let mut paths = Vec::new();
    Settings::paths("", &mut paths);
    let (mut section, mut named) = (String::new(), Vec::new());
    for line in EXAMPLE.lines() {
        if let Some(list) = line.strip_prefix("# [[").and_then(|rest| rest.strip_suffix("]]")) {
            named.push(list.to_owned());
            break; // its keys are those of a table of the list
        } else if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{name}.");
        } else if let Some((key, _)) = line.trim_start_matches("# ").split_once(" = ") {
            named.push(format!("{section}{key}"));
        }
    }
    // A secret itself belongs into no file; the example names its variable.
    let secrets = [
        "discord.token",
        "embeddings.key",
        "model.key",
        "bluesky.password",
        "reddit.client_secret",
        "github.token",
        "articles.brave_key",
    ];
    paths.retain(|path| !secrets.contains(&path.as_str()));
    assert!(EXAMPLE.contains("NEWSDESK_MODEL__KEY"));
    assert!(EXAMPLE.contains("NEWSDESK_EMBEDDINGS__KEY"));
    assert!(EXAMPLE.contains("NEWSDESK_DISCORD__TOKEN") && EXAMPLE.contains("NEWSDESK_BLUESKY__PASSWORD"));
    paths.sort();
    named.sort();
    assert_eq!(named, paths);
}

#[test]
fn every_topic_file_of_the_repository_is_compiled_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/topics");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let slugs: Vec<String> = built_in().topics.iter().map(|topic| format!("{}.toml", topic.slug)).collect();
    assert_eq!(slugs, files);
    assert!(slugs.len() >= 8);
}

#[test]
fn the_built_in_topics_need_no_key_and_say_what_they_are() {
    for topic in built_in().topics {
        assert_eq!(topic.origin, TopicOrigin::BuiltIn);
        assert!(!topic.description.is_empty(), "{}", topic.slug);
        assert!(topic.sources.len() >= 3, "{}", topic.slug);
        for source in &topic.sources {
            let wants_key =
                matches!(source.kind, SourceKind::Reddit { .. } | SourceKind::Bluesky { query: Some(_), .. });
            assert!(!wants_key, "{}: {:?}", topic.slug, source.kind);
        }
    }
}

#[test]
fn built_in_rules_tell_the_subject_from_its_namesakes() {
    let config = built_in();
    let topics = |title: &str, venue: Option<&str>| -> Vec<String> {
        let of = |topic: &&Topic| topic.matches(title, "", venue);
        config.topics.iter().filter(of).map(|topic| topic.slug.to_string()).collect()
    };
    assert_eq!(topics("We rewrote the parser: 3x faster, now written in Rust", None), ["rust-language"]);
    assert_eq!(topics("Rust: best base design for a solo wipe?", None), [""; 0]);
    assert_eq!(topics("How do I get rust off my bike chain", None), [""; 0]);
    assert_eq!(topics("Cloud formation over the bay, shot with my new model camera", None), [""; 0]);
    assert_eq!(topics("My uncle Claude paints landscapes", None), [""; 0]);
    assert_eq!(topics("J'ai perdu mon chat", None), [""; 0]);
    assert_eq!(topics("Weekly thread", Some("R/LocalLLaMA")), ["artificial-intelligence", "open-source-ai"]);
    assert_eq!(
        topics("Senators introduce an AI bill on chatbots", None),
        ["ai-policy", "artificial-intelligence"]
    );
    assert_eq!(topics("NASA moves the rocket to the launch pad", None), ["space-flight"]);
    assert_eq!(topics("Offshore wind farm connected to the power grid", None), ["climate-energy"]);
}

#[test]
fn each_layer_goes_over_the_one_before() {
    let text =
        "database = \"sqlite://file.db\"\n[desk]\ncontact = \"file\"\nseed = 2\n[signal]\nmin_authors = 7\n";
    let config = given()
        .file(text)
        .env("NEWSDESK_DATABASE", "sqlite://env.db")
        .env("NEWSDESK_DESK__SEED", "3")
        .env("NEWSDESK_DESK__TIME_ZONE", "Europe/Berlin")
        .flags(Overrides { seed: Some(4), ..Overrides::default() })
        .config();
    assert_eq!(config.desk.contact.as_deref(), Some("file")); // over the default
    assert_eq!(config.signal.min_authors, 7);
    assert_eq!(config.database.expose(), "sqlite://env.db"); // over the file
    assert_eq!(config.desk.time_zone, chrono_tz::Europe::Berlin);
    assert_eq!(config.desk.seed, 4); // over file and environment
    assert_eq!(config.signal.min_records, 5); // untouched beside what is set
}

#[test]
fn flags_have_the_last_word() {
    let overrides = Overrides {
        database: Some("postgres://desk@localhost/news".into()),
        preview_dir: Some("out".into()),
        ..Overrides::default()
    };
    let given =
        given().env("NEWSDESK_DATABASE", "sqlite://env.db").env("NEWSDESK_PUBLISH__PREVIEW_DIR", "env");
    let config = given.flags(overrides).config();
    assert_eq!(config.database.expose(), "postgres://desk@localhost/news");
    assert!(!config.database.is_sqlite());
    assert_eq!(config.preview_dir, Path::new("out"));
}

#[test]
fn the_places_default_to_the_data_folder() {
    let config = built_in();
    assert_eq!(config.database.expose(), "sqlite:///data/newsdesk/newsdesk.db");
    assert_eq!(config.preview_dir, Path::new("/data/newsdesk/preview"));
    let odd = DatabaseUrl::sqlite(Path::new("/a?b/50%/c#"));
    assert_eq!(odd.expose(), "sqlite:///a%3Fb/50%25/c%23");
}

#[test]
fn variables_hold_every_type() {
    let config = given()
        .env("NEWSDESK_HTTP__PER_HOST_PACE", "250ms")
        .env("NEWSDESK_HTTP__ALLOW_PRIVATE_ADDRESSES", "127.0.0.1:80, [::1]:81")
        .env("NEWSDESK_SIGNAL__FALSE_DISCOVERY_RATE", "0.05")
        .env("NEWSDESK_SIGNAL__OFFSETS__PAPER", "-1")
        .env("NEWSDESK_SIGNAL__COOLDOWN__HIGH", "1h")
        .env("NEWSDESK_TOPICS__BUILTIN", "false")
        .env("NEWSDESK_SCHEDULE__SCAN", "@hourly")
        .config();
    assert_eq!(config.http.per_host_pace, Duration::from_millis(250));
    let allowed: Vec<String> = config.http.allow_private_addresses.iter().map(ToString::to_string).collect();
    assert_eq!(allowed, ["127.0.0.1:80", "[::1]:81"]);
    assert!((config.signal.false_discovery_rate - 0.05).abs() < f64::EPSILON);
    assert!((config.signal.offsets.paper + 1.0).abs() < f64::EPSILON);
    assert_eq!(config.signal.cooldown.high, Duration::from_hours(1));
    assert!(config.topics.is_empty());
    assert_eq!(config.schedule.scan.as_str(), "@hourly");
    let list = given().env("NEWSDESK_HTTP__ALLOW_PRIVATE_ADDRESSES", r#"["localhost:80"]"#).config();
    assert_eq!(list.http.allow_private_addresses, ["localhost:80".parse().unwrap()]);
}

#[test]
fn variables_of_others_are_left_alone() {
    let config = given()
        .env("NEWSDESK_PORT", "tcp://10.0.0.1:80")
        .env("NEWSDESK_SERVICE_HOST", "10.0.0.1")
        .env("NEWSDESK_LOG", "debug")
        .env("NEWSDESK_TEST_DB", "postgres://somewhere")
        .env("NEWSDESK_CONFIG", "x.toml")
        .config();
    assert_eq!(config, built_in());
}

#[test]
fn a_mistake_is_told_with_its_place_and_the_way_out() {
    let told = |text: &str| given().file(text).message();
    insta::assert_snapshot!(told("[signal]\nmin_author = 4\n"), @r"
    newsdesk.toml:2:1: unknown key `signal.min_author`
      hint: did you mean `min_authors`?
    ");
    insta::assert_snapshot!(told("[topics]\nxyz = 4\n"), @r"
    newsdesk.toml:2:1: unknown key `topics.xyz`
      hint: known here: `builtin`
    ");
    insta::assert_snapshot!(told("[signl]\n"), @r"
    newsdesk.toml:1:2: unknown key `signl`
      hint: did you mean `signal`?
    ");
    insta::assert_snapshot!(told("[signal]\n  min_authors = \"six\"\n"), @r"
    newsdesk.toml:2:17: `signal.min_authors` must be a whole number, found `six`
      hint: write digits only, without quotes or a point
    ");
    insta::assert_snapshot!(told("[signal]\nwindow = 24\n"), @r#"
    newsdesk.toml:2:10: `signal.window` must be a text, found the number 24
      hint: write `window = "15m"`
    "#);
    insta::assert_snapshot!(told("[signal]\nwindow = \"24\"\n"), @r"
    newsdesk.toml:2:10: `signal.window`: `24` is not a length of time
      hint: write whole numbers with a unit of `w`, `d`, `h`, `m`, `s` or `ms`, such as `90s` or `1h30m`
    ");
    insta::assert_snapshot!(told("signal = 5\n"), @r"
    newsdesk.toml:1:10: `signal` must be a table, found the number 5
      hint: write its settings below a `[name]` line
    ");
    insta::assert_snapshot!(told("[topics]\nbuiltin = \"yes\"\n"), @r"
    newsdesk.toml:2:11: `topics.builtin` must be `true` or `false`, found `yes`
      hint: write it without quotes
    ");
    insta::assert_snapshot!(told("[schedule]\nscan = \"61 * * * *\"\n"), @r"
    newsdesk.toml:2:8: `schedule.scan`: `61 * * * *` is not a schedule: minute field: `61` is outside of what is allowed; allowed: 0-59, `*`, lists, ranges and steps; example: `*/15 * * * *`
      hint: five fields: minute, hour, day of month, month, day of week; `0 9 * * mon-fri` is 9:00 on weekdays
    ");
    insta::assert_snapshot!(told("[desk]\ntime_zone = \"Europe/Berln\"\n"), @r"
    newsdesk.toml:2:13: `desk.time_zone`: `Europe/Berln` is not a time zone
      hint: did you mean `Europe/Berlin`?
    ");
    insta::assert_snapshot!(told("[desk]\ntime_zone = \"here\"\n"), @r"
    newsdesk.toml:2:13: `desk.time_zone`: `here` is not a time zone
      hint: write a name of the IANA database, such as `UTC` or `Europe/Berlin`
    ");
    insta::assert_snapshot!(told("[publish]\npermalink_base = \"news.example.org\"\n"), @r"
    newsdesk.toml:2:18: `publish.permalink_base`: `news.example.org` is not a web address: relative URL without a base
      hint: write the whole address, such as `https://example.org/feed.xml`
    ");
    insta::assert_snapshot!(told("[publish]\npermalink_base = \"ftp://example.org\"\n"), @r"
    newsdesk.toml:2:18: `publish.permalink_base`: `ftp://example.org` is not an `http` or `https` address
      hint: write the whole address, such as `https://example.org/feed.xml`
    ");
    insta::assert_snapshot!(told("[signal]\nmin_authors = 0\nmin_effect = -2\nwindow = \"1m\"\nbaseline_days = -1\n"), @r"
    newsdesk.toml:2:15: `signal.min_authors` is 0, out of range
      hint: allowed: 1 to 10000
    newsdesk.toml:3:14: `signal.min_effect` is -2, out of range
      hint: allowed: 0 to 100
    newsdesk.toml:4:10: `signal.window` is 1m, out of range
      hint: allowed: 10m to 14d
    newsdesk.toml:5:17: `signal.baseline_days` is -1, out of range
      hint: allowed: 0 to 4294967295
    ");
    insta::assert_snapshot!(told("database = \"mysql://u:pw@h/db\"\n"), @r"
    newsdesk.toml:1:12: `database`: this is not a database address
      hint: a database is `sqlite://PATH` or `postgres://USER@HOST/NAME`
    ");
    insta::assert_snapshot!(told("[http]\nallow_private_addresses = [\"localhost\"]\n"), @r"
    newsdesk.toml:2:28: `http.allow_private_addresses[0]`: `localhost` is not a host with a port
      hint: write `HOST:PORT`, such as `127.0.0.1:8080` or `[::1]:8080`
    ");
    insta::assert_snapshot!(told("[publish]\npermalink_base = \"https://news.example.org/stories\"\n"), @r"
    newsdesk.toml:2:18: `publish.permalink_base` is `https://news.example.org/stories`, to which a story's code cannot be added
      hint: write an address that ends in `/`, such as `https://news.example.org/stories/`
    ");
    insta::assert_snapshot!(told("[publish]\npermalink_base = \"https://[::1]/\"\n"), @r"
    newsdesk.toml:2:18: `publish.permalink_base` is `https://[::1]/`, which is not fit to be a link
      hint: write a short address with a host name and without brackets
    ");
    insta::assert_snapshot!(told("[desk]\ncontact = \"é\" x\n"), @r#"
    newsdesk.toml:2:15: this is not TOML: unexpected key or value, expected newline, `#`
      hint: texts stand in quotes (`name = "desk"`), lists in brackets, and a table begins with its `[name]`
    "#);
    insta::assert_snapshot!(told("[desk]\nseed = 1\nseed = 2\n"), @r#"
    newsdesk.toml:3:1: this is not TOML: duplicate key
      hint: it stands above already: keep one of the two
    "#);
}

#[test]
fn a_mistake_in_a_variable_or_flag_names_it() {
    insta::assert_snapshot!(given().env("NEWSDESK_SIGNAL__MIN_AUTHORS", "six").message(), @r"
    environment variable `NEWSDESK_SIGNAL__MIN_AUTHORS`: `signal.min_authors` must be a whole number, found `six`
      hint: write digits only, without quotes or a point
    ");
    insta::assert_snapshot!(given().env("NEWSDESK_SIGNAL__MIN_AUTHOR", "6").message(), @r"
    environment variable `NEWSDESK_SIGNAL__MIN_AUTHOR`: no setting has this name
      hint: did you mean `NEWSDESK_SIGNAL__MIN_AUTHORS`?
    ");
    insta::assert_snapshot!(given().env("NEWSDESK_SIGNAL_MIN_AUTHORS", "6").message(), @r"
    environment variable `NEWSDESK_SIGNAL_MIN_AUTHORS`: no setting has this name
      hint: did you mean `NEWSDESK_SIGNAL__MIN_AUTHORS`?
    ");
    insta::assert_snapshot!(given().env("NEWSDESK_DATBASE", "sqlite://x").message(), @r"
    environment variable `NEWSDESK_DATBASE`: no setting has this name
      hint: did you mean `NEWSDESK_DATABASE`?
    ");
    insta::assert_snapshot!(given().env("NEWSDESK_X__Y", "6").message(), @r"
    environment variable `NEWSDESK_X__Y`: no setting has this name
      hint: sections and names stand as in the file, with two underscores between: `NEWSDESK_DESK__SEED`
    ");
    let overrides = Overrides { database: Some("news.db".into()), ..Overrides::default() };
    insta::assert_snapshot!(given().flags(overrides).message(), @r"
    `--db`: `database`: this is not a database address
      hint: a database is `sqlite://PATH` or `postgres://USER@HOST/NAME`
    ");
}

const TRAINS: &str = r#"
name = "Night Trains"
languages = ["en", "de"]
time_zone = "Europe/Vienna"
scan = "0 7-22 * * *"
[match]
any = ["night train*", "sleeper train"]
all = [["rail", "railway"], ["overnight", "night"]]
none = ["night train wine"]
venues = ["r/trains"]
[[sources]]
kind = "feed"
url = "https://rail.example.org/feed.xml"
class = "essay"
dedicated = true
[[sources]]
kind = "reddit"
subreddit = "nighttrains"
[[sources]]
kind = "mastodon"
instance = "rail.example"
tag = "NightTrain"
[[sources]]
kind = "lemmy"
instance = "lemmy.example"
community = "trains"
[[sources]]
kind = "arxiv"
category = "math.OC"
[[sources]]
kind = "bluesky"
author = "sleeper.example.org"
[[sources]]
kind = "hackernews"
query = "night train"
tags = ["story"]
"#;

#[test]
fn a_topic_file_says_what_belongs_and_where_it_comes_from() {
    let config = given().topic("topics/night-trains.toml", TRAINS).config();
    let topic = config.topic("night-trains").unwrap();
    assert_eq!(topic.origin, TopicOrigin::File("topics/night-trains.toml".into()));
    assert_eq!(config.time_zone_of(topic), chrono_tz::Europe::Vienna);
    assert_eq!(config.scan_of(topic).as_str(), "0 7-22 * * *");
    assert!(topic.speaks("de") && topic.speaks("und") && !topic.speaks("fr"));
    let (sources, cannot) = sources_of(&config, std::slice::from_ref(topic), &Doors::of(&config));
    let ids: Vec<String> = sources.iter().map(|(_, source)| source.id()).collect();
    assert_eq!(cannot.len(), 1, "r/nighttrains wants credentials: {cannot:?}");
    assert_eq!(
        ids,
        [
            "feed:https://rail.example.org/feed.xml",
            "mastodon:rail.example:nighttrain",
            "lemmy:lemmy.example:trains",
            "arxiv:math.OC:",
            "bluesky:sleeper.example.org:",
            "hackernews:story:night train",
        ]
    );

    assert!(topic.matches("The Night-Trains are back", "", None));
    assert!(topic.matches("By rail", "We left overnight", None));
    assert!(!topic.matches("By rail", "We left at noon", None)); // only one of the groups
    assert!(!topic.matches("Tonight, trains", "", None));
    assert!(topic.matches("Untitled", "", Some("r/Trains")));
    assert!(topic.matches("Untitled", "", Some("rail.example.org"))); // of the dedicated feed
    assert!(!topic.matches("Untitled", "", Some("r/nighttrains"))); // read, but not dedicated
    assert!(!topic.matches("Night train wine", "", Some("r/trains"))); // `none` is stronger than the venue
    let late = format!("{} night train", "word ".repeat(200));
    assert!(!topic.matches("Long", &late, None)); // beyond the head
}

#[test]
fn a_topic_of_a_file_replaces_the_built_in_one() {
    let text = "name = \"Our Rust\"\n[match]\nany = [\"rustlang\"]\n";
    let config = given().topic("topics/rust-language.toml", text).config();
    assert_eq!(config.topic("rust-language").map(|topic| topic.name.as_str()), Some("Our Rust"));
    assert_eq!(config.topics.len(), built_in().topics.len());
    assert!(config.topics.is_sorted_by(|a, b| a.slug < b.slug));
    let alone = given().file("[topics]\nbuiltin = false\n").topic("topics/rust-language.toml", text).config();
    assert_eq!(alone.topics.len(), 1);
}

#[test]
fn two_files_with_one_slug_are_both_named() {
    let first = "name = \"A\"\n[match]\nany = [\"alpha\"]\n";
    let second = "name = \"B\"\nslug = \"alpha\"\n[match]\nany = [\"beta\"]\n";
    let message = given().topic("topics/alpha.toml", first).topic("topics/beta.toml", second).message();
    insta::assert_snapshot!(message, @r"
    topics/beta.toml:2:8: the topic `alpha` is also in topics/alpha.toml
      hint: give one of them another `slug`, or remove it
    ");
}

#[test]
fn a_mistake_in_a_topic_is_told_with_its_place() {
    let told = |text: &str| given().topic("topics/trains.toml", text).message();
    let with = |rest: &str| told(&format!("name = \"T\"\n{rest}"));
    insta::assert_snapshot!(told("[match]\nany = [\"train\"]\n"), @r#"
    topics/trains.toml:1:1: `name` is missing
      hint: write `name = "Open Source AI"` at the top
    "#);
    insta::assert_snapshot!(told("name = \" \"\n[match]\nany = [\"train\"]\n"), @r"
    topics/trains.toml:1:8: `name` is empty
      hint: write something, or remove the line
    ");
    insta::assert_snapshot!(with(""), @r"
    topics/trains.toml:1:1: no record can belong to the topic `trains`
      hint: write `[match]` with `any`, `all` or `venues`, or a source with `dedicated = true`
    ");
    insta::assert_snapshot!(with("slug = \"Night Trains\"\n"), @r"
    topics/trains.toml:2:8: `slug`: `Night Trains` is not a slug
      hint: a slug is 1 to 64 of `a`-`z`, `0`-`9` and single dashes between them, such as `open-source-ai`
    ");
    insta::assert_snapshot!(with("languages = [\"english\"]\n[match]\nany = [\"train\"]\n"), @r"
    topics/trains.toml:2:13: `languages` is `english`, not a language code
      hint: write two small letters, such as `en` or `de`
    ");
    insta::assert_snapshot!(with("[match]\nany = [\"tr*ain\", \"ab*\", \"!\"]\n"), @r"
    topics/trains.toml:3:8: `match.any[0]`: the phrase `tr*ain` has a `*` that is not at its end
      hint: write whole words; a `*` at the end lets the last word go on, as in `open weight*`
    topics/trains.toml:3:18: `match.any[1]`: the phrase `ab*` is a prefix of fewer than 3 letters
      hint: write whole words; a `*` at the end lets the last word go on, as in `open weight*`
    topics/trains.toml:3:25: `match.any[2]`: the phrase `!` has no letters or digits
      hint: write whole words; a `*` at the end lets the last word go on, as in `open weight*`
    ");
    insta::assert_snapshot!(with("[match]\nany = \"train\"\n"), @r"
    topics/trains.toml:3:7: `match.any` must be a list, found `train`
      hint: write `any = [ … ]`
    ");
    insta::assert_snapshot!(with("[match]\nall = [[]]\n"), @r#"
    topics/trains.toml:3:7: `match.all` has an empty group, which nothing can fulfil
      hint: each group is a list of phrases of which one is needed: `all = [["open source"], ["llm", "model*"]]`
    "#);
    let source = |rest: &str| with(&format!("[match]\nany = [\"train\"]\n[[sources]]\n{rest}"));
    insta::assert_snapshot!(source("url = \"https://example.org/\"\n"), @r#"
    topics/trains.toml:4:1: `kind` is missing in `sources[0]`
      hint: write `kind = "feed"` and `url = "https://…"`
    "#);
    insta::assert_snapshot!(source("kind = \"redit\"\n"), @r"
    topics/trains.toml:5:8: `redit` is not a kind of source
      hint: did you mean `reddit`?
    ");
    insta::assert_snapshot!(source("kind = \"feed\"\n"), @r#"
    topics/trains.toml:4:1: `url` is missing in `sources[0]`
      hint: write `url = "https://example.org/feed.xml"`
    "#);
    insta::assert_snapshot!(source("kind = \"feed\"\nurl = \"https://me:pw@example.org/\"\nclass = \"blog\"\n"), @r"
    topics/trains.toml:6:7: `sources[0].url`: a web address may not carry a user name or password
      hint: remove what stands before the `@`
    topics/trains.toml:7:9: `sources[0].class`: `blog` is not a class of feed
      hint: allowed: `publication`, `essay`
    ");
    insta::assert_snapshot!(source("kind = \"reddit\"\nsubreddit = \"r/trains\"\n"), @r"
    topics/trains.toml:6:13: `sources[0].subreddit`: `r/trains` is not a name
      hint: letters, digits and `_` only, without `r/`, `#` or `@`
    ");
    insta::assert_snapshot!(source("kind = \"hackernews\"\ntags = [\"storys\"]\n"), @r"
    topics/trains.toml:6:9: `sources[0].tags[0]`: `storys` is not a tag of Hacker News
      hint: did you mean `story`?
    ");
    insta::assert_snapshot!(source("kind = \"mastodon\"\ninstance = \"https://rail.example\"\ntag = \"x\"\n"), @r"
    topics/trains.toml:6:12: `sources[0].instance`: `https://rail.example` is not a host
      hint: write the bare name in small letters, such as `mastodon.social`
    ");
    insta::assert_snapshot!(source("kind = \"bluesky\"\nquery = \"a\"\nauthor = \"b.example\"\n"), @r"
    topics/trains.toml:4:1: `sources[0]` has both `query` and `author`
      hint: make two sources of it
    ");
    insta::assert_snapshot!(source("kind = \"hackernews\"\nquery = \"train\"\ndedicated = true\n"), @r"
    topics/trains.toml:4:1: a search has no venue of its own, so it cannot be `dedicated`
      hint: remove `dedicated` and let the match rules decide
    ");
    insta::assert_snapshot!(given().topic("topics/My Topic.toml", "name = \"T\"\n[match]\nany = [\"train\"]\n").message(), @r#"
    topics/My Topic.toml:1:1: the file's name `My Topic` is not a slug
      hint: rename the file to something like `open-source-ai.toml`, or write `slug = "…"` in it
    "#);
}

#[test]
fn all_mistakes_are_told_at_once_and_shown_in_their_lines() {
    let err = given()
        .file("[desk]\nnme = \"x\"\n[http]\nmax_redirects = 99\n")
        .env("NEWSDESK_DESK__SEED", "one")
        .load()
        .unwrap_err();
    assert_eq!(err.problems().len(), 3);
    let marked: Vec<_> = err
        .problems()
        .iter()
        .map(|p| p.labels().map(|labels| labels.map(|l| (l.offset(), l.len())).collect::<Vec<_>>()))
        .collect();
    assert_eq!(marked, [Some(vec![(7, 3)]), Some(vec![(40, 2)]), None]);
}

#[test]
fn a_column_is_counted_in_characters() {
    let err = given()
        .topic("topics/t.toml", "name = \"ü\"\nmatch = { any = [\"üü\", \"-\"] }\n")
        .load()
        .unwrap_err();
    assert_eq!(err.problems()[0].place().to_string(), "topics/t.toml:2:24");
}

#[test]
fn a_slug_is_small_letters_digits_and_single_dashes() {
    let long = "a".repeat(64);
    for good in ["a", "open-source-ai", "web3", long.as_str()] {
        assert_eq!(good.parse::<Slug>().map(|slug| slug.to_string()).ok().as_deref(), Some(good));
    }
    let too_long = "a".repeat(65);
    for bad in ["", "-a", "a-", "a--b", "A", "ä", "a b", "a/b", "..", too_long.as_str()] {
        assert!(bad.parse::<Slug>().is_err(), "{bad}");
    }
}

#[test]
fn secrets_are_not_shown() {
    let secret = Secret::new("hunter2\n");
    assert_eq!(secret.expose(), "hunter2");
    assert_eq!(format!("{:?}", SecretSource::Inline(secret)), "Inline(Secret(…))");
    let database: DatabaseUrl = "postgres://desk:hunter2@localhost/news".parse().unwrap();
    assert_eq!(database.to_string(), "postgres://desk:…@localhost/news");
    assert_eq!(format!("{database:?}"), "DatabaseUrl(postgres://desk:…@localhost/news)");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "abc\r\n").unwrap();
    let mode = |mode| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(0o640);
    let err = SecretSource::File(file.clone()).read().unwrap_err().to_string();
    assert!(err.contains("mode 640") && err.contains("chmod 600") && !err.contains("abc"), "{err}");
    mode(0o600);
    assert_eq!(SecretSource::File(file).read().unwrap().expose(), "abc");
}

#[test]
fn the_shell_reads_the_named_file_and_the_topics_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("desk.toml");
    std::fs::write(&config, "[desk]\nseed = 2\n").unwrap();
    let topics = folder.path().join("topics");
    std::fs::create_dir(&topics).unwrap();
    for name in ["b.toml", "a.toml", ".hidden.toml", "notes.txt"] {
        std::fs::write(topics.join(name), "").unwrap();
    }
    let overrides = Overrides { config: Some(config.clone()), ..Overrides::default() };
    let inputs = read_inputs(overrides).unwrap();
    assert_eq!(inputs.file.map(|file| file.path), Some(config));
    let read: Vec<PathBuf> = inputs.topic_files.into_iter().map(|file| file.path).collect();
    assert_eq!(read, [topics.join("a.toml"), topics.join("b.toml")]);

    let missing = folder.path().join("missing.toml");
    let overrides = Overrides { config: Some(missing.clone()), ..Overrides::default() };
    let message = read_inputs(overrides).unwrap_err().to_string();
    assert_eq!(
        message,
        format!(
            "{}: cannot be read: No such file or directory (os error 2)\n  hint: check the path; `newsdesk init` writes a configuration to start from",
            missing.display()
        )
    );
}
