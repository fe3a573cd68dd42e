//! Exported stories: whoever changes a word of one is found out, by the file alone.

use newsdesk::model::RejectionCode;
use newsdesk::write::Bundle;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::cli::{Ran, newsdesk};
use crate::support::demo::demo;

fn exported() -> Value {
    serde_json::from_str(&demo().bundle("night-trains")).unwrap()
}

/// Verifies a bundle through the front door, in an empty home.
fn verify(bundle: &Value) -> Ran {
    let home = TempDir::new().unwrap();
    let file = home.path().join("story.json");
    std::fs::write(&file, bundle.to_string()).unwrap();
    newsdesk(home.path(), &[], &["verify", "story.json"])
}

/// The codes that verifying in this process gives.
fn codes(bundle: &Value) -> Vec<RejectionCode> {
    let bundle = Bundle::parse(&bundle.to_string()).unwrap();
    bundle.verify().rejections.into_iter().map(|rejection| rejection.code).collect()
}

/// Pointers to every sentence of a bundle's story.
fn sentences(bundle: &Value) -> Vec<String> {
    fn walk(value: &Value, here: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(map) if map.contains_key("citations") => found.push(here.to_owned()),
            Value::Object(map) => {
                map.iter().for_each(|(key, inner)| walk(inner, &format!("{here}/{key}"), found));
            }
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(n, inner)| walk(inner, &format!("{here}/{n}"), found));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    walk(&bundle["story"], "/story", &mut found);
    assert!(found.len() > 10, "{found:?}");
    found
}

/// A copy with one sentence changed by `change`, which says `None` where it does not apply.
fn altered(bundle: &Value, sentence: &str, change: impl Fn(&mut Value) -> Option<()>) -> Option<Value> {
    let mut copy = bundle.clone();
    change(copy.pointer_mut(sentence)?)?;
    assert_ne!(&copy, bundle);
    Some(copy)
}

/// Alters each sentence that `change` applies to, asks that each is found out with one of `expected`, and returns one
/// of the altered bundles for the front door.
#[track_caller]
fn each_is_caught(expected: &[RejectionCode], change: impl Fn(&mut Value) -> Option<()> + Copy) -> Value {
    let bundle = exported();
    let mut last = None;
    for sentence in sentences(&bundle) {
        let Some(copy) = altered(&bundle, &sentence, change) else { continue };
        let found = codes(&copy);
        assert!(
            found.iter().any(|code| expected.contains(code)),
            "{sentence} gives {found:?}, not {expected:?}:\n{}\nwas\n{}",
            copy.pointer(&sentence).unwrap()["text"],
            bundle.pointer(&sentence).unwrap()["text"],
        );
        last = Some(copy);
    }
    last.expect("some sentence can be altered so")
}

/// Inside quotation marks, in whatever kind of sentence: a frame that quotes an earlier headline must have it exactly.
const IN_QUOTES: [RejectionCode; 2] = [RejectionCode::QuoteAltered, RejectionCode::FrameHasFact];

/// Words between the quotation marks of a sentence, from the first opening to the first closing one.
fn quoted(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('“')?;
    let (inside, after) = rest.split_once('”')?;
    Some((before, inside, after))
}

#[test]
fn a_story_as_exported_holds() {
    let bundle = exported();
    let checked = verify(&bundle).ends(0);
    assert!(checked.out.ends_with("checked, every one holds\n"), "{}", checked.out);
    assert_eq!(checked.out.lines().count(), 1);
    // Byte for byte the same, however often it is exported.
    assert_eq!(demo().bundle("night-trains"), demo().bundle("night-trains"));
}

#[test]
fn every_version_can_be_exported_and_written_again() {
    let demo = demo();
    let latest = exported()["story"]["version"].as_u64().unwrap();
    assert!(latest > 1);
    for number in 1..=latest {
        let text =
            demo.ask(&["export", "night-trains", "--number", &number.to_string(), "-o", "-"]).ends(0).out;
        let bundle: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(bundle["story"]["version"], json!(number));
        verify(&bundle).ends(0);
        let home = TempDir::new().unwrap();
        std::fs::write(home.path().join("story.json"), &text).unwrap();
        newsdesk(home.path(), &[], &["replay", "story.json"]).ends(0);
    }
    let missing = demo.ask(&["export", "night-trains", "--number", "99", "-o", "-"]).ends(3);
    assert!(
        missing.err.contains("no version 99") && missing.err.contains(&latest.to_string()),
        "{}",
        missing.err
    );
}

/// The schema that is published for bundles.
pub(crate) fn schema() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(include_str!("../docs/bundle-1.schema.json")).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

#[test]
fn every_bundle_fits_the_published_schema_and_nothing_else_does() {
    let (demo, schema) = (demo(), schema());
    for topic in ["night-trains", "sea-weather", "tide-power"] {
        let latest: Value = serde_json::from_str(&demo.bundle(topic)).unwrap();
        for number in 1..=latest["story"]["version"].as_u64().unwrap() {
            let text = demo.ask(&["export", topic, "--number", &number.to_string(), "-o", "-"]).ends(0).out;
            let bundle: Value = serde_json::from_str(&text).unwrap();
            let faults: Vec<String> =
                schema.iter_errors(&bundle).map(|err| format!("{}: {err}", err.instance_path())).collect();
            assert_eq!(faults, Vec::<String>::new(), "{topic} {number}");
        }
    }
    let bundle = exported();
    for (pointer, wrong) in [
        ("/format", json!(2)),
        ("/story/code", json!("lower")),
        ("/story/headline_s/kind", json!("rumour")),
        ("/story/headline_s/citations/0/sha256", json!("abc")),
        ("/brief/records/0/body_start", json!(-1)),
        ("/brief/counts/0/filter", json!({"kind": "some"})),
    ] {
        let mut copy = bundle.clone();
        *copy.pointer_mut(pointer).unwrap() = wrong;
        assert!(!schema.is_valid(&copy), "{pointer}");
    }
    let mut more = bundle;
    more["story"]["mood"] = json!("good");
    assert!(!schema.is_valid(&more), "fields that nobody named");
}

#[test]
fn a_changed_word_in_a_quote_is_found() {
    let change = |sentence: &mut Value| {
        let text = sentence["text"].as_str()?.to_owned();
        let (before, inside, after) = quoted(&text)?;
        let word =
            inside.split_whitespace().rev().find(|w| w.len() > 4 && w.chars().all(char::is_alphabetic))?;
        let inside = inside.replacen(word, "marmalade", 1);
        sentence["text"] = json!(format!("{before}“{inside}”{after}"));
        Some(())
    };
    each_is_caught(&IN_QUOTES, change);
    let bundle = each_is_caught(&[RejectionCode::QuoteAltered], |sentence: &mut Value| {
        if sentence["kind"] == "quote" { change(sentence) } else { None }
    });
    let told = verify(&bundle).ends(4);
    assert!(told.out.contains("quote_altered: ") && told.out.contains("marmalade"), "{}", told.out);
}

#[test]
fn a_changed_number_is_found() {
    use RejectionCode::{CountDrift, CountWrong, DateWrong, NumberUnsupported};
    // Outside of quotation marks, where nothing but the citation or count speaks for it.
    let change = |sentence: &mut Value| {
        let text = sentence["text"].as_str()?.to_owned();
        let plain =
            !text.contains(['“', '”']) && sentence["counts"].as_array().is_some_and(|c| !c.is_empty());
        let digits = text.split(|c: char| !c.is_ascii_digit()).find(|run| !run.is_empty())?;
        let next = (digits.parse::<u64>().ok()? + 1).to_string();
        sentence["text"] = json!(plain.then(|| text.replacen(digits, &next, 1))?);
        Some(())
    };
    let bundle = each_is_caught(&[NumberUnsupported, CountWrong, CountDrift, DateWrong], change);
    let told = verify(&bundle).ends(4);
    let codes = ["number_unsupported", "count_wrong", "date_wrong"];
    assert!(codes.iter().any(|code| told.out.contains(code)), "{}", told.out);
    // And inside them.
    each_is_caught(&IN_QUOTES, |sentence: &mut Value| {
        let text = sentence["text"].as_str()?.to_owned();
        let (before, inside, after) = quoted(&text)?;
        let digits = inside.split(|c: char| !c.is_ascii_digit()).find(|run| !run.is_empty())?;
        let inside = inside.replacen(digits, "77", 1);
        sentence["text"] = json!(format!("{before}“{inside}”{after}"));
        Some(())
    });
}

#[test]
fn a_changed_name_is_found() {
    use RejectionCode::{AttributionMissing, NameUnsupported};
    let change = |sentence: &mut Value| {
        let text = sentence["text"].as_str()?.to_owned();
        let (before, inside, after) = quoted(&text)?;
        let swap = |part: &str| {
            let name = part.split_whitespace().find(|w| w.starts_with("u/") || w.starts_with('@'))?;
            let name = name.trim_end_matches([',', '.', ':', ')']);
            Some(part.replacen(name, "@kelpwife", 1))
        };
        let text = match (swap(before), swap(after)) {
            (Some(before), _) => format!("{before}“{inside}”{after}"),
            (None, Some(after)) => format!("{before}“{inside}”{after}"),
            (None, None) => return None,
        };
        sentence["text"] = json!(text);
        Some(())
    };
    let bundle = each_is_caught(&[NameUnsupported, AttributionMissing], change);
    let told = verify(&bundle).ends(4);
    assert!(
        told.out.contains("name_unsupported: ") || told.out.contains("attribution_missing: "),
        "{}",
        told.out
    );
}

#[test]
fn a_shifted_span_is_found() {
    use RejectionCode::{HashMismatch, SpanMissing};
    let change = |sentence: &mut Value| {
        let citation = sentence["citations"].get_mut(0)?;
        citation["start"] = json!(citation["start"].as_u64()? + 1);
        Some(())
    };
    let bundle = each_is_caught(&[HashMismatch, SpanMissing], change);
    let told = verify(&bundle).ends(4);
    assert!(told.out.contains("hash_mismatch: ") || told.out.contains("span_missing: "), "{}", told.out);
    each_is_caught(&[SpanMissing], |sentence: &mut Value| {
        let citation = sentence["citations"].get_mut(0)?;
        citation["end"] = json!(10_000_000);
        Some(())
    });
    each_is_caught(&[HashMismatch], |sentence: &mut Value| {
        let citation = sentence["citations"].get_mut(0)?;
        citation["sha256"] = json!("0".repeat(64));
        Some(())
    });
}

#[test]
fn a_removed_record_is_found() {
    let bundle = exported();
    let records = bundle["brief"]["records"].as_array().unwrap().clone();
    let cited: Vec<&Value> = records
        .iter()
        .filter(|record| {
            sentences(&bundle).iter().any(|s| {
                let citations = bundle.pointer(s).unwrap()["citations"].as_array().unwrap();
                citations.iter().any(|c| c["record"] == record["id"])
            })
        })
        .collect();
    assert!(cited.len() > 1);
    for gone in &cited {
        let mut copy = bundle.clone();
        copy["brief"]["records"].as_array_mut().unwrap().retain(|record| record["id"] != gone["id"]);
        assert!(codes(&copy).contains(&RejectionCode::UnknownId), "{}", gone["url"]);
        let told = verify(&copy).ends(4);
        assert!(told.out.contains("unknown_id: "), "{}", told.out);
    }
    // Their texts alone: they were deleted or have expired, so nothing can be checked, and that has codes of its own.
    let mut copy = bundle.clone();
    for record in copy["brief"]["records"].as_array_mut().unwrap() {
        record["text"] = Value::Null;
    }
    let found = codes(&copy);
    assert!(
        found.contains(&RejectionCode::Expired) || found.contains(&RejectionCode::Tombstoned),
        "{found:?}"
    );
}

#[test]
fn a_count_that_is_off_by_one_is_found() {
    let caught = |key: &'static str, step: i64| {
        each_is_caught(&[RejectionCode::CountWrong], move |sentence: &mut Value| {
            let count = sentence["counts"].get_mut(0)?;
            count[key] = json!(count[key].as_i64()? + step);
            Some(())
        })
    };
    caught("n", -1);
    caught("of", 1);
    let bundle = caught("n", 1);
    let told = verify(&bundle).ends(4);
    assert!(told.out.contains("count_wrong: "), "{}", told.out);
    // The records it counts, too: one of them struck off the list.
    each_is_caught(&[RejectionCode::CountWrong], |sentence: &mut Value| {
        sentence["counts"].get_mut(0)?["records"].as_array_mut()?.pop().map(drop)
    });
}

#[test]
fn the_storys_own_figures_are_recounted() {
    for (pointer, value, code) in [
        ("/story/records", json!(9_999), RejectionCode::CountWrong),
        ("/story/methodology/authors", json!(9_999), RejectionCode::CountWrong),
        ("/story/code", json!("ABCDEFG"), RejectionCode::HashMismatch),
        ("/brief/records/0/text", json!("Somebody else said this."), RejectionCode::HashMismatch),
        ("/brief/label", json!("something else"), RejectionCode::HashMismatch),
    ] {
        let mut copy = exported();
        *copy.pointer_mut(pointer).unwrap() = value;
        let found = codes(&copy);
        assert!(found.contains(&code), "{pointer} gives {found:?}");
        verify(&copy).ends(4);
    }
}

#[test]
fn a_failed_check_as_json_names_place_code_and_words() {
    let mut bundle = exported();
    bundle["story"]["headline_s"]["citations"][0]["end"] = json!(10_000_000);
    let home = TempDir::new().unwrap();
    std::fs::write(home.path().join("story.json"), bundle.to_string()).unwrap();
    let told = newsdesk(home.path(), &[], &["verify", "story.json", "--json"]).ends(4).json();
    assert_eq!(told["passed"], false);
    let first = &told["rejections"][0];
    assert_eq!((&first["place"]["part"], &first["code"]), (&json!("headline"), &json!("span_missing")));
    assert_eq!(first["sentence"], bundle["story"]["headline_s"]["text"]);
}

#[test]
fn a_file_that_is_no_bundle_is_wrong_use() {
    let home = TempDir::new().unwrap();
    let refused = |content: &str| {
        std::fs::write(home.path().join("x.json"), content).unwrap();
        let ran = newsdesk(home.path(), &[], &["verify", "x.json"]).ends(2);
        assert!(ran.out.is_empty(), "{}", ran.out);
        ran.err.trim().to_owned()
    };
    insta::assert_snapshot!(refused("hello"), @"error: `x.json` is no bundle: line 1, column 1: not a newsdesk bundle: expected value");
    insta::assert_snapshot!(refused(""), @"error: `x.json` is no bundle: line 1, column 0: not a newsdesk bundle: EOF while parsing a value");
    insta::assert_snapshot!(refused("{\n  \"format\": 1,\n  \"story\": []\n}"), @"error: `x.json` is no bundle: line 3, column 11: not a newsdesk bundle: invalid type: sequence, expected struct Story");
    insta::assert_snapshot!(refused("{\"format\": 9}"), @"error: `x.json` is no bundle: bundle format 9, but this build reads format 1; use a newsdesk of that format");
    insta::assert_snapshot!(refused("[1, 2]"), @"error: `x.json` is no bundle: line 1, column 5: not a newsdesk bundle: trailing characters");
    let missing = newsdesk(home.path(), &[], &["verify", "missing.json"]).ends(2);
    insta::assert_snapshot!(missing.err.trim(), @"error: cannot read `missing.json`: No such file or directory (os error 2)");
    let cut = exported().to_string();
    let cut: String = cut.chars().take(cut.chars().count() / 2).collect();
    assert!(refused(&cut).contains("no bundle"));
    std::fs::write(home.path().join("x.json"), [0xff, 0xfe, 0x00, 0x01]).unwrap();
    newsdesk(home.path(), &[], &["verify", "x.json"]).ends(2);
}

#[test]
fn a_bundle_is_read_from_standard_input_too() {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_newsdesk"));
    let bundle = demo().bundle("night-trains");
    command.args(["verify", "-"]).write_stdin(bundle).assert().success();
}

/// Writes a bundle's story again through the front door.
fn replay(bundle: &Value) -> Ran {
    let home = TempDir::new().unwrap();
    std::fs::write(home.path().join("story.json"), bundle.to_string()).unwrap();
    newsdesk(home.path(), &[], &["replay", "story.json"])
}

#[test]
fn every_story_of_the_demo_can_be_written_again_from_its_file_alone() {
    let topics = demo().json(&["topics"]);
    let mut told = 0;
    for topic in topics.as_array().unwrap().iter().filter(|topic| !topic["latest"].is_null()) {
        let bundle = demo().bundle(topic["slug"].as_str().unwrap());
        let ran = replay(&serde_json::from_str(&bundle).unwrap()).ends(0);
        assert!(ran.out.contains("(extractive): written again, it is the same byte for byte"), "{}", ran.out);
        told += 1;
    }
    assert!(told >= 2, "{topics}");
}

#[test]
fn a_story_that_was_changed_is_not_what_comes_of_its_brief() {
    let mut bundle = exported();
    let sentence = &mut bundle["story"]["sections"][0]["sentences"][0];
    sentence["text"] = json!(format!("{} ", sentence["text"].as_str().unwrap()));
    let told = replay(&bundle).ends(4);
    assert!(told.out.contains("it differs: section 1, sentence 1"), "{}", told.out);
    let mut bundle = exported();
    bundle["brief"]["records"][0]["text"] = Value::Null;
    assert!(replay(&bundle).ends(4).out.contains("texts of its records are gone"));
}
