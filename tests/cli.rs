//! The command line: what it answers, in which shape, and what it says when something is wrong.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::support::Cli;
use crate::support::corpus::{BACKTEST, archive, desk_with_archive};
use crate::support::record::{at, post};
use crate::support::shape::shape;

const COMMANDS: [&str; 18] = [
    "demo",
    "init",
    "import",
    "scan",
    "run",
    "backtest",
    "topics",
    "story",
    "sources",
    "faq",
    "changed",
    "why",
    "tune",
    "search",
    "status",
    "export",
    "verify",
    "completions",
];

/// A desk with kept stories, and the code of the latest.
fn desk_with_story() -> (Cli, String) {
    let cli = desk_with_archive();
    let mut keep = BACKTEST.to_vec();
    keep.push("--keep");
    cli.run(&keep).ends(0);
    let code = cli.run(&["story", "ferries", "--json"]).ends(0).json()["code"].as_str().unwrap().to_owned();
    (cli, code)
}

// --- Help ------------------------------------------------------------------------------------------------------------

#[test]
fn every_command_explains_itself() {
    let cli = Cli::new();
    let help = cli.run(&["--help"]).ends(0).out;
    for command in COMMANDS {
        assert!(help.contains(&format!("\n  {command}")), "{command} is not in\n{help}");
        let own = cli.run(&[command, "--help"]).ends(0).out;
        assert!(own.contains(&format!("Usage: newsdesk {command}")), "{own}");
        for option in ["--config", "--db", "--json"] {
            assert!(own.contains(option), "{option} is not in\n{own}");
        }
    }
    assert!(
        help.contains("Exit codes: 0 done, 1 failed, 2 wrong use, 3 nothing found, 4 verification failed.")
    );
    let version = cli.run(&["--version"]).ends(0).out;
    assert_eq!(version, format!("newsdesk {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_use_ends_with_2_and_says_what_is_right() {
    let cli = Cli::new();
    let unknown = cli.run(&["stroy", "ferries"]).ends(2);
    assert!(
        unknown.out.is_empty() && unknown.err.contains("similar subcommand exists: 'story'"),
        "{}",
        unknown.err
    );
    for arguments in
        [&[][..], &["story"], &["import"], &["export", "ferries"], &["faq", "ferries", "4"], &["search"]]
    {
        let ran = cli.run(arguments).ends(2);
        assert!(
            ran.out.is_empty() && (ran.err.contains("--help") || ran.err.contains("Usage")),
            "{arguments:?}: {}",
            ran.err
        );
    }
    let scheme = cli.run(&["--db", "mysql://ana:secret@db.example/x", "topics"]).ends(2);
    insta::assert_snapshot!("wrong_scheme", scheme.err);
}

#[test]
fn completions_are_scripts() {
    let cli = Cli::new();
    for (shell, sign) in
        [("bash", "complete -F _newsdesk"), ("zsh", "#compdef newsdesk"), ("fish", "complete -c newsdesk")]
    {
        let script = cli.run(&["completions", shell]).ends(0).out;
        assert!(script.contains(sign) && script.contains("backtest"), "{shell}");
    }
    cli.run(&["completions", "cobol"]).ends(2);
}

// --- Answers ---------------------------------------------------------------------------------------------------------

#[test]
fn json_answers_have_their_documented_shapes() {
    let (cli, code) = desk_with_story();
    let url = cli.run(&["sources", &code, "--json"]).ends(0).json()[0]["url"].as_str().unwrap().to_owned();
    for (name, arguments) in [
        ("topics", vec!["topics"]),
        ("story", vec!["story", "ferries"]),
        ("sources", vec!["sources", "ferries"]),
        ("faq", vec!["faq", "ferries"]),
        ("changed", vec!["changed", "ferries"]),
        ("why_topic", vec!["why", "ferries"]),
        ("why_story", vec!["why", &code]),
        ("why_record", vec!["why", &url]),
        ("why_not", vec!["why", "--not", "ferries"]),
        ("tune", vec!["tune", "ferries", "--days", "30"]),
        ("search", vec!["search", "landing"]),
        ("status", vec!["status"]),
    ] {
        let mut arguments = arguments;
        arguments.push("--json");
        let ran = cli.run(&arguments).ends(0);
        assert_eq!(ran.err, "", "{name} says nothing else");
        insta::assert_snapshot!(format!("shape_of_{name}"), shape(&ran.json()));
    }
}

#[test]
fn a_story_as_json_is_its_checked_sentences_and_strings_rendered_from_them() {
    let (cli, code) = desk_with_story();
    let story = cli.run(&["story", "ferries", "--json"]).ends(0).json();
    assert_eq!(story["code"], code.as_str());
    assert_eq!(
        cli.run(&["story", &code.to_lowercase(), "--json"]).ends(0).json(),
        story,
        "a code is a name too"
    );
    for key in [
        "code",
        "topic",
        "version",
        "status",
        "headline",
        "dek",
        "sections",
        "so_far",
        "faqs",
        "counter",
        "records",
        "links",
        "signals",
        "similar",
        "methodology",
        "headline_s",
        "dek_s",
        "so_far_s",
        "counter_s",
    ] {
        assert!(story.get(key).is_some(), "{key}");
    }
    let join = |list: &Value| {
        list.as_array().unwrap().iter().map(|s| s["text"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(story["headline"], story["headline_s"]["text"]);
    for key in ["dek", "so_far", "counter"] {
        assert_eq!(story[key], join(&story[format!("{key}_s")]), "{key}");
    }
    for section in story["sections"].as_array().unwrap() {
        assert_eq!(section["heading"], section["heading_s"]["text"]);
    }
    let faqs = story["faqs"].as_array().unwrap();
    assert_eq!(faqs.len(), 3);
    for faq in faqs {
        assert_eq!(faq["answer"], join(&faq["answer_s"]));
        assert_eq!(faq["short"], join(&faq["short_s"]));
        assert!(faq["answer"].as_str().unwrap().chars().count() <= 1_024);
        assert!(faq["short"].as_str().unwrap().chars().count() <= 300);
    }
    // The offsets are bytes into the stored text, as the bundle has it.
    let bundle = cli.run(&["export", "ferries", "-o", "-"]).ends(0).json();
    let records = bundle["brief"]["records"].as_array().unwrap();
    let citation = &story["headline_s"]["citations"][0];
    let record = records.iter().find(|record| record["id"] == citation["record"]).unwrap();
    let span = citation["start"].as_u64().unwrap() as usize..citation["end"].as_u64().unwrap() as usize;
    let words = record["text"].as_str().unwrap().get(span).unwrap();
    assert_eq!(newsdesk::model::Sha256::of(words).as_str(), citation["sha256"].as_str().unwrap());
    assert_eq!(record["url"], citation["url"]);
}

#[test]
fn texts_are_made_for_reading() {
    let (cli, code) = desk_with_story();
    for arguments in [
        vec!["topics"],
        vec!["story", "ferries"],
        vec!["sources", "Ferries"],
        vec!["faq", "ferries"],
        vec!["faq", "ferries", "2"],
        vec!["changed", &code],
        vec!["why", "ferries"],
        vec!["search", "orrin", "landing"],
        vec!["status"],
    ] {
        let text = cli.run(&arguments).ends(0).out;
        assert!(text.ends_with('\n') && text.len() > 40, "{arguments:?}: {text}");
        assert!(!text.contains('\u{1b}'), "{arguments:?}: colours belong on a terminal");
        // An address is not broken; everything else fits the eye.
        let long = text.lines().find(|line| line.chars().count() > 100 && !line.contains("http"));
        assert_eq!(long, None, "{arguments:?}");
    }
    let one = cli.run(&["faq", "ferries", "2", "--json"]).ends(0).json();
    assert_eq!(one["faqs"].as_array().unwrap().len(), 1);
    assert_eq!(one["faqs"][0]["kind"], "what_it_means");
}

#[test]
fn what_is_not_there_ends_with_3_and_names_what_is_near() {
    let (cli, _) = desk_with_story();
    let mut said = String::new();
    for arguments in [
        &["story", "ferrries"][..],
        &["story", "quantum-cheese"],
        &["story", "ZZZZZZZ"],
        &["story", "kites"],
        &["sources", "kites"],
        &["export", "kites", "-o", "-"],
        &["why", "https://nowhere.example/1"],
        &["search", "zeppelin", "--topic", "ferries"],
        &["search", "ferry", "--topic", "boats"],
        &["story", "ferrries", "--json"],
        &["scan", "ferrries"],
    ] {
        let ran = cli.run(arguments).ends(3);
        assert_eq!(ran.out, "", "{arguments:?}");
        said.push_str(&format!("$ newsdesk {}\n{}", arguments.join(" "), ran.err));
    }
    insta::assert_snapshot!("nothing_found", said);
    // Nothing found is still an answer for a program.
    let empty = cli.run(&["search", "zeppelin", "--json"]).ends(3).json();
    assert_eq!((&empty["records"], &empty["stories"]), (&json!([]), &json!([])));
}

#[test]
fn a_search_takes_its_words_literally() {
    let cli = desk_with_archive();
    for words in [&["100%"][..], &["_"], &["'; DROP TABLE record; --"], &["\\"]] {
        let mut arguments = vec!["search"];
        arguments.extend(words);
        cli.run(&arguments).ends(3);
    }
    let found = cli.run(&["search", "PANCAKES", "cello", "--limit", "2", "--json"]).ends(0).json();
    assert_eq!(found["records"].as_array().unwrap().len(), 2);
}

// --- Configuration ---------------------------------------------------------------------------------------------------

#[test]
fn init_writes_a_configuration_that_works_and_replaces_nothing_unasked() {
    let cli = Cli::new();
    let wrote = cli.run(&["init"]).ends(0);
    assert!(wrote.out.is_empty() && wrote.err.contains("config/newsdesk.toml"), "{}", wrote.err);
    let topics = std::fs::read_dir(cli.home.path().join("config/topics")).unwrap().count();
    assert!(topics >= 8, "{topics} topics");
    assert_eq!(cli.run(&["topics", "--json"]).ends(0).json().as_array().unwrap().len(), topics);

    cli.write("config/newsdesk.toml", "# mine\n");
    let refused = cli.run(&["init"]).ends(2);
    insta::assert_snapshot!("init_refuses", refused.err);
    let kept = std::fs::read_to_string(cli.home.path().join("config/newsdesk.toml")).unwrap();
    assert_eq!(kept, "# mine\n");
    cli.run(&["init", "--force"]).ends(0);
    assert_eq!(cli.run(&["init", "elsewhere"]).ends(0).code, 0);
    let under_a_file = cli.run(&["init", "config/newsdesk.toml/x"]).ends(1);
    assert!(under_a_file.err.contains("cannot create"), "{}", under_a_file.err);
}

#[test]
fn mistakes_in_the_configuration_are_shown_with_their_place_and_a_hint() {
    let mut said = String::new();
    for (name, text) in [
        ("unknown key", "[signal]\nmin_autors = 5\n"),
        ("unknown section", "[signals]\nmin_authors = 5\n"),
        ("wrong type", "[write]\nmin_authors = \"five\"\n"),
        ("out of range", "[analyze]\nnear_copy_threshold = 7\n"),
        ("bad cron", "[schedule]\ntick = \"61 * * * *\"\n"),
        ("cron of six fields", "[schedule]\nscan = \"0 */15 * * * *\"\n"),
        ("bad time zone", "[desk]\ntime_zone = \"Europe/Berln\"\n"),
        ("no TOML", "[desk\nname = 1\n"),
        ("two mistakes", "[desk]\nlanguage = 1\n\n[http]\nconnect_timeout = \"soon\"\n"),
    ] {
        let cli = Cli::new();
        cli.write("config/newsdesk.toml", text);
        let ran = cli.run(&["topics"]).ends(2);
        assert!(ran.out.is_empty(), "{}", ran.out);
        assert!(ran.err.contains("newsdesk.toml:"), "{name}: file and line are named\n{}", ran.err);
        said.push_str(&format!("--- {name}\n{}\n", ran.err.trim()));
    }
    insta::assert_snapshot!("configuration_mistakes", said);
}

#[test]
fn two_topics_of_one_name_and_files_that_are_not_there_are_mistakes_too() {
    let cli = Cli::new();
    cli.write("config/newsdesk.toml", "[topics]\nbuiltin = false\n");
    cli.write("config/topics/a.toml", "name = \"Boats\"\nslug = \"boats\"\n\n[match]\nany = [\"boat\"]\n");
    cli.write("config/topics/b.toml", "name = \"Ships\"\nslug = \"boats\"\n\n[match]\nany = [\"ship\"]\n");
    let twice = cli.run(&["topics"]).ends(2);
    insta::assert_snapshot!("two_topics_of_one_slug", twice.err);
    let missing = cli.run(&["--config", "nowhere.toml", "topics"]).ends(2);
    insta::assert_snapshot!("missing_configuration", missing.err);
    let as_json = cli.run(&["--config", "nowhere.toml", "topics", "--json"]).ends(2);
    let error: Value = serde_json::from_str(&as_json.err).unwrap();
    assert_eq!(error["exit"], 2);
    assert!(error["error"].as_str().unwrap().contains("nowhere.toml"));
}

#[test]
fn the_environment_goes_over_the_file_and_flags_over_both() {
    let cli = Cli::new();
    cli.write("config/newsdesk.toml", "database = \"sqlite://from-file.db\"\n");
    let run = |variables: &[(&str, &str)], arguments: &[&str]| {
        crate::support::cli::newsdesk(cli.home.path(), variables, arguments)
    };
    run(&[], &["status"]).ends(0);
    assert!(cli.home.path().join("from-file.db").exists());
    run(&[("NEWSDESK_DATABASE", "sqlite://from-env.db")], &["status"]).ends(0);
    assert!(cli.home.path().join("from-env.db").exists());
    run(&[("NEWSDESK_DATABASE", "sqlite://from-env2.db")], &["--db", "sqlite://deep/er/flag.db", "status"])
        .ends(0);
    assert!(cli.home.path().join("deep/er/flag.db").exists());
    assert!(!cli.home.path().join("from-env2.db").exists());
    let typo = run(&[("NEWSDESK_WRITE__MIN_AUTORS", "3")], &["status"]).ends(2);
    assert!(typo.err.contains("NEWSDESK_WRITE__MIN_AUTHORS"), "{}", typo.err);
    // With nothing said at all, it is in the XDG data folder.
    std::fs::remove_file(cli.home.path().join("config/newsdesk.toml")).unwrap();
    run(&[], &["status"]).ends(0);
    assert!(cli.home.path().join("data-home/newsdesk/newsdesk.db").exists());
}

// --- Import ----------------------------------------------------------------------------------------------------------

/// Lines as the archive has them.
fn lines(n: usize) -> Vec<String> {
    archive().lines().take(n).map(str::to_owned).collect()
}

#[test]
fn a_bad_line_is_told_with_its_number_and_stops_nothing() {
    let cli = Cli::new();
    let mut all = lines(6);
    all.insert(2, "{\"id\": \"x\", \"platform\": ".to_owned());
    all.insert(4, "[1, 2, 3]".to_owned());
    all.insert(5, "{\"platform\": \"reddit\", \"title\": \"no id, no time\"}".to_owned());
    all.push(post(9, "  ").line());
    all.push(String::new());
    cli.write("mixed.jsonl", all.join("\n"));
    let ran = cli.run(&["import", "mixed.jsonl"]).ends(0);
    insta::assert_snapshot!("import_with_bad_lines", format!("{}--\n{}", ran.out, ran.err));
    let report = cli.run(&["import", "mixed.jsonl", "--json"]).ends(0).json();
    let file = &report["files"][0];
    assert_eq!(
        (&file["lines"], &file["tally"]["unchanged"], &file["tally"]["new"]),
        (&json!(10), &json!(6), &json!(0))
    );
    let numbers: Vec<u64> =
        file["first_skipped"].as_array().unwrap().iter().map(|l| l["line"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [3, 5, 6, 10]);
    assert_eq!(cli.run(&["status", "--json"]).ends(0).json()["records"], 6);
}

#[test]
fn an_import_again_finds_everything_unchanged() {
    let cli = Cli::new();
    cli.write("a.jsonl", archive());
    let packed = zstd::encode_all(archive().as_bytes(), 3).unwrap();
    cli.write("a.jsonl.zst", &packed);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(archive().as_bytes()).unwrap();
    cli.write("a.jsonl.gz", gz.finish().unwrap());
    let count = archive().lines().count();
    let first = cli.run(&["import", "a.jsonl"]).ends(0).out;
    assert_eq!(
        first,
        format!("a.jsonl: {count} lines read, {count} new, 0 revised, 0 unchanged, 0 deleted\n")
    );
    for file in ["a.jsonl", "a.jsonl.zst", "a.jsonl.gz"] {
        let again = cli.run(&["import", file]).ends(0).out;
        assert_eq!(
            again,
            format!("{file}: {count} lines read, 0 new, 0 revised, {count} unchanged, 0 deleted\n")
        );
    }
}

#[test]
fn edits_and_deletions_come_with_an_import() {
    let cli = Cli::new();
    let said = post(1, "The ferry sails at nine.").at(at("2025-03-10 08:00"));
    cli.write("1.jsonl", said.line());
    cli.write("2.jsonl", post(1, "The ferry sails at ten.").at(at("2025-03-10 08:00")).line());
    let mut gone: Value = serde_json::from_str(&said.line()).unwrap();
    gone["deleted"] = json!("author");
    cli.write("3.jsonl", gone.to_string());
    let ran = cli.run(&["import", "1.jsonl", "2.jsonl", "3.jsonl"]).ends(0).out;
    assert_eq!(
        ran,
        "1.jsonl: 1 line read, 1 new, 0 revised, 0 unchanged, 0 deleted\n\
         2.jsonl: 1 line read, 0 new, 1 revised, 0 unchanged, 0 deleted\n\
         3.jsonl: 1 line read, 0 new, 0 revised, 0 unchanged, 1 deleted\n"
    );
    cli.run(&["search", "ferry"]).ends(3);
}

#[test]
fn files_that_cannot_be_read_are_named_before_anything_is_stored() {
    let cli = Cli::new();
    cli.write("good.jsonl", archive());
    cli.write("folder/inside.jsonl", "");
    let missing = cli.run(&["import", "good.jsonl", "missing.jsonl"]).ends(2);
    insta::assert_snapshot!("import_missing", missing.err);
    let folder = cli.run(&["import", "good.jsonl", "folder"]).ends(2);
    insta::assert_snapshot!("import_folder", folder.err);
    assert_eq!(cli.run(&["status", "--json"]).ends(0).json()["records"], 0);
}

#[test]
fn an_archive_that_breaks_off_keeps_what_came_before() {
    let cli = Cli::new();
    // Many frames, so that whole lines come before the cut.
    let mut packed = Vec::new();
    for chunk in lines(200).chunks(20) {
        packed.extend(zstd::encode_all((chunk.join("\n") + "\n").as_bytes(), 3).unwrap());
    }
    packed.truncate(packed.len() - packed.len() / 4);
    cli.write("cut.jsonl.zst", &packed);
    let ran = cli.run(&["import", "cut.jsonl.zst"]).ends(1);
    assert!(ran.err.contains("cut.jsonl.zst: cannot be read after line "), "{}", ran.err);
    let kept = cli.run(&["status", "--json"]).ends(0).json()["records"].as_u64().unwrap();
    assert!((100..200).contains(&kept), "{kept}");
    assert!(ran.out.contains(&format!("{kept} new")), "{}", ran.out);
}

// --- Disks that do not do what they should ---------------------------------------------------------------------------

#[test]
fn a_database_that_cannot_be_made_is_a_clear_failure() {
    let cli = Cli::new();
    cli.write("file", "I am no folder");
    let mut said = String::new();
    for url in ["sqlite://file/desk.db", "sqlite:///proc/newsdesk/desk.db", "sqlite://file"] {
        let ran = cli.run(&["--db", url, "status"]).ends(1);
        assert_eq!(ran.out, "");
        said.push_str(&format!("$ newsdesk --db {url} status\n{}", cli.redact(&ran.err)));
    }
    insta::assert_snapshot!("databases_that_cannot_be_made", said);
}

#[test]
fn a_full_or_missing_disk_leaves_no_half_export() {
    let (cli, code) = desk_with_story();
    let mut said = String::new();
    // By a link: who exports to a device must write into it, not put a file in its place.
    std::os::unix::fs::symlink("/dev/full", cli.home.path().join("full.json")).unwrap();
    for to in ["full.json", "missing/folder/story.json", "/proc/story.json"] {
        let ran = cli.run(&["export", &code, "-o", to]).ends(1);
        assert_eq!(ran.out, "");
        said.push_str(&format!("$ newsdesk export [code] -o {to}\n{}", ran.err));
    }
    assert!(
        said.lines().all(|line| line.starts_with('$') || line.starts_with("error: cannot write `")),
        "{said}"
    );
    assert!(cli.home.path().join("full.json").is_symlink(), "the link was not replaced by a file");
    // An existing bundle is replaced whole.
    cli.write("story.json", "old");
    cli.run(&["export", &code, "-o", "story.json"]).ends(0);
    cli.run(&["verify", "story.json"]).ends(0);
    let left: Vec<_> = std::fs::read_dir(cli.home.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".tmp")), "{left:?}");
}

#[test]
fn a_full_disk_below_standard_output_is_a_failure_not_a_panic() {
    let (cli, code) = desk_with_story();
    for arguments in [&["story", &code][..], &["topics", "--json"], &["export", &code, "-o", "-"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_newsdesk"))
            .current_dir(cli.home.path())
            .env_clear()
            .env("HOME", cli.home.path())
            .env("NEWSDESK_DATABASE", &cli.database.url)
            .args(arguments)
            .stdout(full)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let (cli, code) = desk_with_story();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_newsdesk"))
        .current_dir(cli.home.path())
        .env_clear()
        .env("HOME", cli.home.path())
        .env("NEWSDESK_DATABASE", &cli.database.url)
        .args(["export", &code, "-o", "-"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("panicked"), "{said}");
}
