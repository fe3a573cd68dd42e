//! Explaining: why, why not, a backtest as a page, and what a topic's rules could be.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use newsdesk::model::Clock as _;
use serde_json::Value;

use crate::support::corpus::{BACKTEST, NEWS_DAY, archive, desk_with_archive};
use crate::support::desk::topic_views;
use crate::support::{Cli, Desk, at, post};

/// A desk that lived through the days around the news.
fn lived() -> Cli {
    let cli = desk_with_archive();
    cli.run(&[&BACKTEST[..], &["--keep"]].concat()).ends(0);
    cli
}

/// A text with every number taken out: what is said stays, what was measured may change. The list of settings at its
/// end is left out.
fn without_numbers(text: &str) -> String {
    let text = text.split("\nSettings that decide\n").next().unwrap();
    let chars: Vec<char> = text.chars().collect();
    let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    let mut out = String::new();
    let mut at = 0;
    while let Some(c) = chars.get(at) {
        let in_word = out.ends_with(|last: char| last.is_alphanumeric() || last == '_');
        if digit(at) && !in_word {
            // `0.25`, `5e-5`
            while digit(at)
                || (matches!(chars.get(at), Some('.' | 'e' | '-')) && (digit(at + 1) || digit(at + 2)))
            {
                at += 1;
            }
            out.push('N');
        } else {
            out.push(*c);
            at += 1;
        }
    }
    out
}

/// The gates of a `why --not` answer, each with its state.
fn gates(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    answer["gates"].as_array().unwrap().iter().map(|g| (text(&g["gate"]), text(&g["state"]))).collect()
}

/// Every bar anywhere in an answer.
fn bars(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(map) if map.contains_key("needs") && map.contains_key("had") => vec![value.clone()],
        Value::Object(map) => map.values().flat_map(bars).collect(),
        Value::Array(list) => list.iter().flat_map(bars).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

/// The address of a post of the corpus that has these words.
fn address(words: &str) -> String {
    archive()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .find(|line| line["text"].as_str().unwrap().contains(words))
        .and_then(|line| line["url"].as_str().map(str::to_owned))
        .unwrap()
}

// --- Why, and why not ----------------------------------------------------------------------------------------------

#[test]
fn why_not_walks_every_gate_and_names_the_setting_at_each() {
    let cli = lived();
    let json = |arguments: &[&str]| cli.run(&[arguments, &["--json"]].concat()).ends(0).json();

    // A day on which nothing happened.
    let quiet = json(&["why", "--not", "ferries", "--at", "2025-03-24T06:00:00Z"]);
    assert_eq!(quiet["at"], "2025-03-24T00:00:00Z");
    let names = ["sources", "records", "counted", "signals", "leads", "story"];
    assert_eq!(gates(&quiet).iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), names);
    let closed: Vec<_> = gates(&quiet).into_iter().filter(|(_, state)| state == "closed").collect();
    assert_eq!(closed.len(), 1, "the way ends once: {closed:?}");
    assert!(quiet["stories"].as_array().unwrap().is_empty());
    let known: BTreeSet<&str> =
        quiet["settings"].as_array().unwrap().iter().map(|s| s["key"].as_str().unwrap()).collect();
    let held = bars(&quiet);
    assert!(held.len() >= 4, "{held:?}");
    for bar in &held {
        let (needs, had) = (bar["needs"].as_f64().unwrap(), bar["had"].as_f64().unwrap());
        let passed = match bar["side"].as_str().unwrap() {
            "at_least" => had >= needs,
            "more_than" => had > needs,
            "at_most" => had <= needs,
            "fewer_than" => had < needs,
            other => panic!("{other}"),
        };
        assert_eq!(bar["passed"], passed, "{bar}");
        if let Some(key) = bar["key"].as_str() {
            assert!(known.contains(key), "{key} is no setting");
            assert!(bar["text"].as_str().unwrap().contains(&format!("`{key}`")), "{bar}");
        }
    }
    // Each kind is held against its own bars: the pace of hours against `min_pace`, a day against `min_ratio`.
    let keys_of = |kind: &str| -> BTreeSet<String> {
        let signals = quiet["signals"].as_array().unwrap();
        let signal = signals.iter().find(|s| s["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"));
        bars(signal).iter().filter_map(|bar| bar["key"].as_str().map(str::to_owned)).collect()
    };
    let of_all = ["signal.min_records", "signal.min_effect", "signal.min_windows", "signal.max_p"];
    for (kind, own, others) in [
        ("volume_anomaly", "signal.min_ratio", "signal.min_pace"),
        ("velocity", "signal.min_pace", "signal.min_ratio"),
    ] {
        let keys = keys_of(kind);
        assert!(of_all.iter().all(|key| keys.contains(*key)), "{kind}: {keys:?}");
        assert!(keys.contains(own) && !keys.contains(others), "{kind}: {keys:?}");
    }
    // What was not kept missed a bar that is shown, or it is said what else it missed.
    for signal in quiet["signals"].as_array().unwrap() {
        let missed = bars(signal).iter().any(|bar| bar["passed"] == false);
        assert_eq!(signal["note"].is_null(), signal["kept"] == true || missed, "{signal}");
    }

    // The day of the news: there is a story, so there is nothing to explain.
    let news = json(&["why", "--not", "ferries", "--at", "2025-03-25"]);
    assert!(!news["stories"].as_array().unwrap().is_empty() || !gates(&news).is_empty());
    let told = json(&["why", "ferries", "--at", "2025-03-25"]);
    let story = told["leads"].as_array().unwrap().iter().find_map(|lead| lead["story"].as_str());
    assert_eq!(news["stories"][0].as_str(), story);

    // Nobody speaks of kites: the way ends where records should match.
    let kites = json(&["why", "--not", "kites"]);
    let ends: Vec<_> = gates(&kites).into_iter().filter(|(_, state)| state == "closed").collect();
    assert_eq!(ends.len(), 1);
    assert!(["sources", "records"].contains(&ends[0].0.as_str()), "{ends:?}");
    cli.run(&["why", "--not", "zeppelins"]).ends(3);

    let text = cli.run(&["why", "--not", "ferries", "--at", "2025-03-24T06:00:00Z"]).ends(0).out;
    insta::assert_snapshot!("why_not_on_a_quiet_day", without_numbers(&text));
    let text = cli.run(&["why", "ferries", "--at", "2025-03-25"]).ends(0).out;
    insta::assert_snapshot!("why_on_the_day_of_the_news", without_numbers(&text));
    let text = cli.run(&["why", "--not", "kites"]).ends(0).out;
    insta::assert_snapshot!("why_not_where_nobody_speaks", without_numbers(&text));
    assert_eq!(text, cli.run(&["why", "--not", "kites"]).ends(0).out, "asking changes nothing");
}

/// The leads of the topic at every tick of the backtest.
fn all_leads(cli: &Cli) -> Vec<Value> {
    let ticks =
        ["2025-03-24T00:00", "2025-03-24T12:00", "2025-03-25T00:00", "2025-03-25T12:00", "2025-03-26T00:00"];
    let leads = |tick: &str| {
        let answer = cli.run(&["why", "ferries", "--at", &format!("{tick}:00Z"), "--json"]).ends(0).json();
        answer["leads"].as_array().unwrap().clone()
    };
    ticks.iter().flat_map(|tick| leads(tick)).collect()
}

#[test]
fn a_lead_is_shown_what_it_was_held_against_and_nothing_else() {
    let cli = desk_with_archive();
    // What nobody else speaks of.
    let alone =
        post(0, "Rigging and paint by the curators, on view beside the slipway where the ferry used to lie.")
            .titled("Model ships of the old fleet at Tarn Museum")
            .by("Ivo Thread")
            .in_paper(3, "tarnletter.example", "Tarn Letter")
            .at(at("2025-03-24 11:00"));
    cli.write("alone.jsonl", alone.line() + "\n");
    cli.run(&["import", "alone.jsonl"]).ends(0);
    cli.run(&[&BACKTEST[..], &["--keep"]].concat()).ends(0);
    let leads = all_leads(&cli);
    let mut seen = BTreeSet::new();
    for lead in leads.iter().chain(&all_leads(&lived())) {
        let reason = lead["reasons"][0].as_str().unwrap();
        seen.insert(reason.to_owned());
        let bars = bars(lead);
        let keys: Vec<&str> = bars.iter().map(|bar| bar["key"].as_str().unwrap_or("fixed")).collect();
        let missed: Vec<&str> =
            bars.iter().zip(&keys).filter(|(bar, _)| bar["passed"] == false).map(|(_, key)| *key).collect();
        assert_eq!(keys.first(), Some(&"signal.story_strength"), "{lead}");
        match reason {
            // A story passed everything that it was held against, its authors among it.
            "passed_bars" => {
                assert!(!lead["story"].is_null() && missed.is_empty(), "{missed:?}");
                assert!(keys.contains(&"write.min_authors") && keys.contains(&"signal.story_central"));
            }
            "weak_lead" => {
                let weak = ["signal.story_strength", "signal.story_central", "signal.story_together"];
                assert!(!missed.is_empty() && missed.iter().all(|key| weak.contains(key)), "{missed:?}");
            }
            "few_records" => assert_eq!(missed, ["signal.min_evidence"]),
            // What belongs to a story that runs is not held against the bars of a new one.
            "nothing_new" => {
                assert!(missed.is_empty(), "{missed:?}");
                assert!(keys.iter().any(|key| key.starts_with("signal.cooldown.")), "{keys:?}");
                assert!(!keys.contains(&"signal.story_central") && !keys.contains(&"signal.min_evidence"));
            }
            // It passed the bars, and then there was nothing that its records say together.
            "no_quotes" => assert!(missed.is_empty(), "{missed:?}"),
            "already_told" => assert_eq!(keys, ["signal.story_strength"]),
            other => panic!("{other} is not looked at here"),
        }
        // What is held against a score is no count of records.
        for bar in bars.iter().filter(|bar| bar["what"].as_str().unwrap().starts_with("record")) {
            let scores = ["signal.story_alone", "signal.story_pair"].map(Value::from);
            assert!(!scores.contains(&bar["key"]), "{bar}");
        }
    }
    for reason in ["already_told", "few_records", "nothing_new", "passed_bars", "weak_lead"] {
        assert!(seen.contains(reason), "{reason} is not among {seen:?}");
    }

    // They are those that were in force, whatever is set since.
    cli.write("config/newsdesk.toml", "[topics]\nbuiltin = false\n[signal]\nmin_evidence = 7\n");
    assert_eq!(all_leads(&cli), leads);
    let answer = cli.run(&["why", "--not", "ferries", "--json"]).ends(0).json();
    let setting = answer["settings"].as_array().unwrap().iter().find(|s| s["key"] == "signal.min_evidence");
    assert_eq!(setting.unwrap()["value"], "7");
}

#[tokio::test]
async fn sources_are_those_that_the_file_names_whoever_reads_them() {
    use newsdesk::answer::{Desk as Answers, Explainer, GateState};
    use newsdesk::store::{Brought, SourceState};

    let feed = |name: &str| {
        format!("\n[[sources]]\nkind = \"feed\"\nurl = \"https://{name}.example/rss\"\nname = \"{name}\"\n")
    };
    let forum = "\n[[sources]]\nkind = \"reddit\"\nsubreddit = \"LindenSound\"\n";
    let file = |name: &str, word: &str, sources: &str| {
        format!("name = \"{name}\"\n[match]\nany = [\"{word}\"]\n{sources}")
    };
    let (shared, broken, coming) = (feed("shared"), feed("broken"), feed("coming"));
    let ferries = file("Ferries", "ferry", &format!("{shared}{broken}{coming}{forum}"));
    let topics = [
        ("topics/ferries.toml", ferries.as_str()),
        ("topics/kites.toml", &file("Kites", "kite", &shared)),
        ("topics/trams.toml", &file("Trams", "tram", forum)),
    ];
    let desk = Desk::open("", &topics).await;
    let now = desk.clock.now();
    // The shared one was last read for the kites. One that is in no file any more was read for the ferries.
    for (name, topic, error) in
        [("shared", "kites", None), ("broken", "ferries", Some("status 500")), ("gone", "ferries", None)]
    {
        let state = SourceState {
            source: format!("feed:https://{name}.example/rss"),
            topic: topic.to_owned(),
            kind: "feed".to_owned(),
            last_scan_at: Some(now),
            last_ok_at: error.is_none().then_some(now),
            last_error: error.map(str::to_owned),
            ..SourceState::default()
        };
        desk.store.save_page(Brought::default(), &state, now).await.unwrap();
    }
    let views = topic_views(&desk.config);
    let answers = Answers { store: &desk.store, topics: &views, now };
    let explainer = Explainer { desk: answers, config: &desk.config };
    let gate = async |topic: &str, at| explainer.why_not(topic, at).await.unwrap().gates.remove(0);

    let kites = gate("kites", None).await;
    assert_eq!(kites.text, "1 of its 1 source was read, none is failing.");
    assert_eq!(kites.state, GateState::Open);
    let ferries = gate("ferries", None).await;
    assert_eq!(
        ferries.text,
        "1 of its 4 sources was read, 1 failing, 1 not read yet, 1 that cannot be read as it is configured."
    );
    assert_eq!(ferries.state, GateState::Narrow);
    assert_eq!(ferries.lines.len(), 4, "{:?}", ferries.lines);
    for (line, said) in
        [("broken", "failing: status 500"), ("coming", "not read yet"), ("shared", "last read")]
    {
        assert!(ferries.lines.iter().any(|l| l.contains(line) && l.contains(said)), "{:?}", ferries.lines);
    }
    assert!(ferries.lines.iter().any(|line| line.contains("Reddit wants credentials")));
    let trams = gate("trams", None).await;
    assert_eq!(trams.text, "None of its 1 source was read, 1 that cannot be read as it is configured.");
    assert_eq!(trams.state, GateState::Closed);
    // States are of now, whatever time is asked about.
    let then = gate("kites", Some(now - TimeDelta::days(2))).await;
    assert!(then.lines.last().unwrap().contains("how they stand now"), "{:?}", then.lines);
    assert!(!kites.lines.iter().any(|line| line.contains("how they stand now")));
}

#[test]
fn a_record_is_told_everything_that_is_known_of_it() {
    let cli = lived();
    let json = |url: &str| cli.run(&["why", url, "--json"]).ends(0).json();
    // The company's own announcement, under all its addresses.
    let url = address("We will close the Orrin ferry landing");
    let first = json(&url);
    assert_eq!(first["about"], "record");
    let id = url.rsplit('/').next().unwrap();
    for other in [
        format!("https://saltpan.example/users/ana/statuses/{id}"),
        format!("http://www.saltpan.example/@ana/{id}/?utm_source=share"),
        format!("saltpan.example/@ana/{id}"),
    ] {
        assert_eq!(json(&other)["record"], first["record"], "{other}");
    }
    assert_eq!(first["topics"][0]["topic"], "ferries");
    assert_eq!(first["topics"][0]["by"][0], "`any`: ferry");
    assert_eq!(first["lang"], "en");
    assert!(first["cluster"]["records"].as_u64().unwrap() >= 2, "{first}");
    let tick = &first["tick"];
    assert_eq!(tick["at"], "2025-03-25T00:00:00Z");
    assert_eq!(tick["standing"][0]["counted"], true);
    assert!(tick["rank"].as_u64().unwrap() <= tick["of"].as_u64().unwrap());
    assert!(tick["terms"].as_array().unwrap().iter().any(|t| t["code"] == "heard_elsewhere"), "{tick}");
    assert_eq!(tick["plus"].as_array().unwrap().len(), 3);
    assert!(!tick["lead"].is_null());
    let role = first["stories"][0]["role"].as_str().unwrap();
    assert!(["cited", "evidence", "member", "known"].contains(&role), "{role}");
    let cited = cli.run(&["sources", "ferries", "--json"]).ends(0).json()[0]["url"].clone();
    assert_eq!(json(cited.as_str().unwrap())["stories"][0]["role"], "cited");

    // A line of the daily rhythm: it counts, and it is no story.
    let small = json(&address("somebody had brought a cello"));
    assert!(small["stories"].as_array().unwrap().is_empty());

    let text = cli.run(&["why", &url]).ends(0).out;
    // Without the first line, which has the day of the test's run.
    let text = text.split_once("It matches").unwrap().1;
    insta::assert_snapshot!("why_a_record", without_numbers(text));

    // Not stored: what would bring it.
    let unknown = cli.run(&["why", "https://old.reddit.com/r/LindenSound/comments/zzzzz/x/"]).ends(3);
    insta::assert_snapshot!("why_an_unknown_record", unknown.err);
    let unknown = cli.run(&["why", "https://x.com/ana/status/99"]).ends(3);
    assert!(unknown.err.contains("read from archives only"), "{}", unknown.err);
}

#[test]
fn a_record_is_told_what_it_answers_and_whether_that_is_stored() {
    let cli = Cli::new();
    cli.write("config/newsdesk.toml", "[topics]\nbuiltin = false\n");
    let said = post(1, "The ferry is late again.");
    let here = "https://saltpan.example/@ana/1";
    let away = "https://reef.example/@bo/9";
    let answer = post(2, "Which ferry?").by("@cy").answering(here).quoting(away);
    cli.write("lines.jsonl", format!("{}\n{}\n", said.line(), answer.line()));
    cli.run(&["import", "lines.jsonl"]).ends(0);
    let json = |url: &str| cli.run(&["why", url, "--json"]).ends(0).json();
    let why = json("https://saltpan.example/@ana/2");
    assert_eq!(why["answers"], serde_json::json!({ "url": here, "stored": true }));
    assert_eq!(why["quotes"], serde_json::json!({ "url": away, "stored": false }));
    let why = json(here);
    assert!(why["answers"].is_null() && why["quotes"].is_null(), "{why}");
    let text = cli.run(&["why", "https://saltpan.example/@ana/2"]).ends(0).out;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(&format!("It answers {here} (which is stored).")), "{text}");
    assert!(text.contains(&format!("It quotes {away} (which is not stored).")), "{text}");
}

#[test]
fn a_record_that_does_not_count_is_told_by_which_discount() {
    let cli = Cli::new();
    cli.write(
        "config/newsdesk.toml",
        "[publish]\npermalink_base = \"https://desk.example.org/s/\"\n\n[topics]\nbuiltin = false\n",
    );
    cli.write(
        "config/topics/ferries.toml",
        "name = \"Ferries\"\n[match]\nany = [\"ferry\"]\nnone = [\"model ferry\"]\n",
    );
    let noon = at(&format!("{NEWS_DAY} 12:00"));
    let text = "The ferry to Orrin was late again and the whole quay sang until it came around the point.";
    let posts = [
        post(1, text).by("@ana").at(noon),
        post(2, text).by("@bo").at(noon + TimeDelta::minutes(9)),
        post(3, "Nine hours on a ferry with a goat, and the goat had the better seat by the window.")
            .by("@cleo")
            .at(noon - TimeDelta::hours(1))
            .archived_at(noon + TimeDelta::hours(7)),
        post(4, "My model ferry won second prize at the harbour fair, behind a paper swan of all things.")
            .by("@dara")
            .at(noon),
        post(5, "The ferry story in full, with all the goats: https://desk.example.org/s/4K7Q2WX")
            .by("@eli")
            .at(noon),
    ];
    cli.write("archive.jsonl", posts.iter().map(|p| p.line() + "\n").collect::<String>());
    cli.run(&["import", "archive.jsonl"]).ends(0);
    let span = ["--from", "2025-03-24", "--to", "2025-03-25", "--keep"];
    cli.run(&[&["backtest"][..], &span].concat()).ends(0);
    let json = |n: usize| {
        let url = format!("https://saltpan.example/@ana/{n}");
        cli.run(&["why", &url, "--json"]).ends(0).json()
    };
    let standing = |n: usize| json(n)["tick"]["standing"][0].clone();
    assert_eq!(standing(1)["counted"], true);
    assert_eq!(
        (&standing(2)["counted"], &standing(2)["discount"]),
        (&Value::Bool(false), &"copy_paste".into())
    );
    assert_eq!(standing(3)["discount"], "backfill");
    assert_eq!(standing(5)["discount"], "circular");
    assert!(json(5)["tick"]["rank"].is_null(), "an echo leads nothing: {}", json(5)["tick"]);
    assert!(json(1)["tick"]["rank"].is_number(), "{}", json(1)["tick"]);
    let copy = json(2);
    assert_eq!(copy["copies"]["records"], 2);
    assert_eq!(copy["copies"]["first"], "https://saltpan.example/@ana/1");
    let out = json(4);
    assert_eq!(out["kept_out"][0]["by"][0], "model ferry");
    assert!(out["topics"].as_array().unwrap().is_empty() && out["tick"].is_null());
}

// --- The report ----------------------------------------------------------------------------------------------------

#[test]
fn a_backtest_draws_itself_into_one_page() {
    let cli = desk_with_archive();
    // What somebody might call an article, or a topic, to break out of the page.
    let article =
        post(0, "The council of Orrin meets on Monday, and the harbour office sends two people with maps.")
            .titled("5 < 6 & \"ferry\" onmouseover='x' at Linden Line: council of Orrin meets over 3 prices")
            .by("Hanne <b>Quill</b>")
            .in_paper(77, "tide.example", "The Tide")
            .at(at("2025-03-23 06:00"));
    cli.write("hostile.jsonl", article.line() + "\n");
    cli.run(&["import", "hostile.jsonl"]).ends(0);
    let name = "Kites </title></svg><script>alert(1)</script>";
    cli.write(
        "config/topics/kites.toml",
        format!("name = '{name}'\n\n[match]\nany = [\"kite\", \"kites\"]\n"),
    );
    let report = [&BACKTEST[..], &["--report", "report.html"]].concat();
    let ran = cli.run(&report).ends(0);
    assert!(ran.err.contains("report.html"), "{}", ran.err);
    let html = std::fs::read_to_string(cli.home.path().join("report.html")).unwrap();
    assert!(html.contains("script&#62;alert(1)"), "the hostile name is there, as text");
    assert!(html.contains("onmouseover=&#39;x&#39;"), "the hostile title is there, as text");
    for broken in ["<script", "onmouseover='x'", "<b>Quill", "http-equiv", "src=", "@import", "url("] {
        assert!(!html.contains(broken), "{broken}");
    }
    // Each chart is a picture by itself.
    let charts: Vec<&str> =
        html.split("<svg class=\"chart\"").skip(1).map(|rest| rest.split("</svg>").next().unwrap()).collect();
    assert_eq!(charts.len(), 2, "one for each topic");
    for chart in &charts {
        let xml = format!("<svg xmlns=\"http://www.w3.org/2000/svg\"{chart}</svg>");
        resvg::usvg::Tree::from_str(&xml, &resvg::usvg::Options::default()).unwrap();
        assert!(chart.contains("<title") && chart.contains("<desc"), "{chart}");
    }
    let kept = lived();
    let story = kept.run(&["story", "ferries", "--json"]).ends(0).json();
    let code = story["code"].as_str().unwrap();
    let ferries = charts.iter().find(|chart| chart.contains("Ferries")).unwrap();
    assert!(ferries.contains("flag new"), "a new story has its flag");
    assert!(html.contains(code) || html.contains("flag new"));
    assert!(ferries.contains("class=\"kept\"") && ferries.contains("class=\"dropped\""));
    // Six ticks, so six rows of figures for each topic.
    assert_eq!(html.matches("<td class=\"at\">").count(), 12);
    cli.run(&[&BACKTEST[..], &["--report", "again.html"]].concat()).ends(0);
    assert_eq!(std::fs::read_to_string(cli.home.path().join("again.html")).unwrap(), html, "the same bytes");
    // A file that cannot be written is found out before the replay.
    let failed = cli.run(&[&BACKTEST[..], &["--keep", "--report", "nowhere/report.html"]].concat()).ends(1);
    assert!(failed.err.contains("nowhere/report.html"), "{}", failed.err);
    assert!(failed.out.is_empty(), "{}", failed.out);
    assert!(cli.run(&["why", "ferries", "--json"]).ends(0).json()["at"].is_null(), "nothing was replayed");
    // An older report that is longer is replaced as a whole.
    cli.write("again.html", "x".repeat(html.len() * 2));
    cli.run(&[&BACKTEST[..], &["--report", "again.html"]].concat()).ends(0);
    assert_eq!(std::fs::read_to_string(cli.home.path().join("again.html")).unwrap(), html);
}

// --- Tuning --------------------------------------------------------------------------------------------------------

/// What people add, so that no two posts are copies.
const ASIDES: [&str; 12] = [
    "my umbrella went into the water with a very small splash",
    "the baker gave away yesterday's rolls to everybody who had waited",
    "nobody had told the piano movers, who sat down on the piano",
    "a heron watched all of it from the roof of the ticket booth",
    "grandfather says that in his days they rowed across with one oar",
    "three suitcases, a cello and a wedding cake went home again by bus",
    "the schoolchildren sang until the caretaker brought them cocoa",
    "I have drawn the whole scene on the back of an old timetable",
    "somebody had chalked a goodbye on every single bollard",
    "the fishmonger's van was the only thing that moved on the quay",
    "two retired plumbers offered to have a look at it for nothing",
    "my neighbour missed her own birthday on the other shore",
];

const BOATS: [&str; 12] = [
    "Marigold", "Petrel", "Sixpence", "Juniper", "Halyard", "Thimble", "Osprey", "Cinder", "Bramble",
    "Walnut", "Gannet", "Lantern",
];
const GREENS: [&str; 12] = [
    "radish", "chard", "leek", "fennel", "spinach", "kale", "carrot", "lettuce", "parsley", "celery",
    "turnip", "marrow",
];

/// Twelve people on one event at the Orrin landing, of whom eight say “ferry”; then twelve at a regatta, of whom three do;
/// and thirty who speak of something else.
fn harbour_talk() -> String {
    let start = at("2025-03-20 08:00");
    let people = ["ana", "bo", "cleo", "dara", "emil", "fay", "gus", "hale", "iris", "jonna", "kit", "lev"];
    let mut lines = String::new();
    for (n, (who, aside)) in people.iter().zip(ASIDES).enumerate() {
        let said = match n % 3 {
            0 => format!("The ferry stays away from the Orrin landing with its rotten piles; {aside}."),
            1 => format!("Rotten piles, no more boats: the Orrin landing is closed for good, and {aside}."),
            _ => format!(
                "Today the ferry turned around at the Orrin landing because of rotten piles, {aside}."
            ),
        };
        let when = start + TimeDelta::minutes(31 * n.cast_signed() as i64);
        let said = post(0, &said).titled(aside).by(&format!("u/{who}")).at(when);
        lines += &(said.on_reddit(40_000 + n as u64, "LindenSound").line() + "\n");
    }
    // Others share no words with them, and are no copies of each other.
    let pick =
        |list: &[&'static str; 12], n: usize| [list[n % 12], list[(n * 5 + 3) % 12], list[(n * 7 + 8) % 12]];
    for (n, who) in people.iter().enumerate() {
        let [a, b, c] = pick(&BOATS, n);
        let watched = if n % 4 == 0 { "a ferry of cousins" } else { "cousins in straw hats" };
        let said =
            format!("Regatta eights: {a} beat {b} by half a length, {c} swamped, cheered by {watched}.");
        let when = start + TimeDelta::hours(30) + TimeDelta::minutes(17 * n.cast_signed() as i64);
        lines += &(post(300 + n as u64, &said).by(&format!("@{who}")).at(when).line() + "\n");
    }
    for n in 0..30 {
        let [a, b, c] = pick(&GREENS, n + n / 12);
        let said = format!("Allotment diary: {a} sown, {b} watered twice, {c} eaten by slugs, day {n}.");
        let when = start + TimeDelta::hours(4) + TimeDelta::minutes(41 * n.cast_signed() as i64);
        lines += &(post(500 + n as u64, &said).by(&format!("@{}", people[n % 12])).at(when).line() + "\n");
    }
    lines
}

#[test]
fn tuning_proposes_what_is_near_and_doubts_what_sits_elsewhere() {
    let cli = Cli::new();
    cli.write("config/newsdesk.toml", "[topics]\nbuiltin = false\n");
    let rules = "name = \"Ferries\"\n[match]\nany = [\"ferry\", \"linden line\"]\n";
    let file = cli.write("config/topics/ferries.toml", rules);
    cli.write("archive.jsonl", harbour_talk());
    cli.run(&["import", "archive.jsonl"]).ends(0);
    let answer = cli.run(&["tune", "ferries", "--json"]).ends(0).json();
    let records = answer["records"].as_u64().unwrap();
    assert!(records > 30, "{answer}");
    let proposals = answer["proposals"].as_array().unwrap();
    let adds: Vec<&Value> = proposals.iter().filter(|p| p["kind"] == "add").collect();
    assert!(!adds.is_empty(), "{answer}");
    for add in &adds {
        let phrase = add["phrase"].as_str().unwrap();
        assert!(["orrin", "landing", "piles", "rotten"].iter().any(|w| phrase.contains(w)), "{phrase}");
        assert_eq!(add["toml"].as_str().unwrap().trim(), format!("\"{phrase}\","));
        assert!((1..=3).contains(&add["examples"].as_array().unwrap().len()));
    }
    // Pasted where it says, the first proposal brings what it promised.
    let first = adds[0];
    let pasted = format!(
        "name = \"Ferries\"\n[match]\nany = [\"ferry\", \"linden line\",\n{}\n]\n",
        first["toml"].as_str().unwrap()
    );
    let before = answer["matched"].as_u64().unwrap();
    cli.write("config/topics/ferries.toml", &pasted);
    let after = cli.run(&["tune", "ferries", "--json"]).ends(0).json();
    assert_eq!(after["matched"].as_u64().unwrap(), before + first["records"].as_u64().unwrap());
    cli.write("config/topics/ferries.toml", rules);

    let rule = answer["rules"].as_array().unwrap().iter().find(|r| r["rule"] == "`any`: ferry").unwrap();
    assert_eq!(rule["matched"], answer["matched"]);
    let text = cli.run(&["tune", "ferries"]).ends(0).out;
    for said in ["Worth adding", "Worth narrowing", "Worth excluding", "# to `any`", "Nothing was changed."] {
        assert!(text.contains(said), "{said} is not in\n{text}");
    }
    assert_eq!(text, cli.run(&["tune", "ferries"]).ends(0).out);
    assert_eq!(std::fs::read_to_string(file).unwrap(), rules, "no file is changed");
    cli.run(&["tune", "zeppelins"]).ends(3);
    let short = cli.run(&["tune", "ferries", "--days", "1", "--json"]).ends(0).json();
    assert!(short["records"].as_u64().unwrap() < records, "the last day has the regatta only");
}
