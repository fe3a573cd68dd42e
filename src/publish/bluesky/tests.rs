use proptest::prelude::*;
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation as _;

use super::*;
use crate::model::{AmendmentKind, Severity};
use crate::publish::fixture;

fn records(edit: impl FnOnce(&mut crate::model::Story)) -> Vec<Value> {
    let (mut story, brief) = fixture::night_trains();
    edit(&mut story);
    render(&Edition::new(&story, &brief, Severity::Medium), &BlueskyProfile::default(), fixture::at())
}

/// Every rule of the lexicon that applies, and that each facet covers exactly a number in brackets.
fn violations(record: &Value) -> Vec<String> {
    let mut out = Vec::new();
    let text = record["text"].as_str().unwrap();
    if text.graphemes(true).count() > 300 || text.len() > 3_000 || text.is_empty() || text.trim() != text {
        out.push(format!("text: {} graphemes, {} bytes", text.graphemes(true).count(), text.len()));
    }
    let mut last = 0;
    for facet in record["facets"].as_array().into_iter().flatten() {
        let at = |end: &str| usize::try_from(facet["index"][end].as_u64().unwrap()).unwrap();
        let (start, end) = (at("byteStart"), at("byteEnd"));
        let covered = text.get(start..end).unwrap_or("?");
        let number =
            covered.strip_prefix('[').and_then(|c| c.strip_suffix(']')).and_then(|n| n.parse::<u32>().ok());
        if number.is_none() || start < last {
            out.push(format!("facet covers {covered:?}"));
        }
        last = end;
        let feature = &facet["features"][0];
        if feature["$type"] != "app.bsky.richtext.facet#link"
            || !feature["uri"].as_str().unwrap().starts_with("https://")
        {
            out.push(format!("feature {feature}"));
        }
    }
    if record["tags"].as_array().is_some_and(|tags| tags.len() > 8) {
        out.push("tags".to_owned());
    }
    out
}

#[test]
fn a_story_is_a_thread_whose_first_post_stands_alone() {
    insta::assert_json_snapshot!(records(|_| {}));
}

#[test]
fn a_retracted_story_is_one_post_whatever_its_reason_is() {
    let (story, brief) = fixture::night_trains();
    for repeat in [1, 90] {
        let mut said = [fixture::amendment(AmendmentKind::Retraction)];
        said[0].text = said[0].text.repeat(repeat);
        said[0].by = said[0].by.repeat(repeat);
        let edition = Edition::new(&story, &brief, Severity::Medium).with_amendments(&said);
        let profile = BlueskyProfile { permalink_base: WebLink::parse("https://news.example/s/") };
        let all = render(&edition, &profile, fixture::at());
        assert_eq!(all.len(), 1);
        assert_eq!(violations(&all[0]), Vec::<String>::new());
        let text = all[0]["text"].as_str().unwrap();
        assert!(text.starts_with("Retracted: story WHB5FZZ\n\nThe announcement was a **hoax**;"), "{text}");
        assert!(text.contains("\n\n6 March 2026, by the moderators of Harbour_Club"), "{text}");
        assert!(all[0].get("embed").is_none());
    }
}

#[test]
fn replies_point_at_the_first_and_the_one_before_a_millisecond_apart() {
    let all = records(|_| {});
    assert!(all[0].get("reply").is_none());
    for (n, record) in all.iter().enumerate().skip(1) {
        assert_eq!(record["reply"], json!({ "root": 0, "parent": n - 1 }));
        assert_eq!(record["createdAt"], format!("2026-03-04T06:00:00.{n:03}Z"));
    }
}

#[test]
fn an_update_hangs_on_the_thread_and_says_what_is_new_first() {
    let (story, brief) = fixture::night_trains_update();
    let edition = Edition::new(&story, &brief, Severity::Medium);
    let all = render(&edition, &BlueskyProfile::default(), story.at);
    assert_eq!(all[0]["reply"], json!({ "root": "opening", "parent": "last" }));
    assert_eq!(all[1]["reply"], json!({ "root": "opening", "parent": 0 }));
    assert_eq!(
        all[0]["text"],
        "Update: Night trains return to the coast line on 1 May: 41 posts in three days\n\n\
         Changed: The first train leaves on 8 May, not on 1 May.\nNew: 12 more records by nine authors."
    );
}

#[test]
fn a_card_needs_a_site() {
    let (story, brief) = fixture::night_trains();
    let profile = BlueskyProfile { permalink_base: WebLink::parse("https://news.example/s/") };
    let all = render(&Edition::new(&story, &brief, Severity::Low), &profile, fixture::at());
    let card = &all[0]["embed"]["external"];
    assert_eq!(card["uri"], format!("https://news.example/s/{}", story.code));
    assert_eq!(card["title"], story.body.headline.text);
    assert!(all.iter().skip(1).all(|record| record.get("embed").is_none()));
}

#[test]
fn addresses_and_mentions_in_a_quote_get_no_facet() {
    let all = records(|story| {
        story.body.sections[0].sentences[0].text =
            "see https://evil.example and @ana.example #tag".to_owned();
    });
    for record in &all {
        assert_eq!(violations(record), Vec::<String>::new());
    }
    assert!(all.iter().any(|r| r["text"].as_str().unwrap().contains("https://evil.example")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]
    #[test]
    fn absurd_stories_break_no_limit_and_lose_no_word(
        text in crate::publish::discord::tests::ABSURD, other in crate::publish::discord::tests::ABSURD, repeat in 1_usize..12,
    ) {
        let text = text.repeat(repeat);
        let all = records(|story| {
            story.body.sections[0].heading.text = other.clone();
            story.body.sections[0].sentences[0].text = text.clone();
            story.body.headline.text = text.clone();
            story.body.faqs[0].question = other.clone();
        });
        let mut shown = String::new();
        for record in &all {
            prop_assert_eq!(violations(record), Vec::<String>::new());
            shown.push_str(record["text"].as_str().unwrap());
        }
        let squeeze = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        prop_assert!(squeeze(&shown).contains(&squeeze(Clean::of(&text).as_str())));
        prop_assert!(squeeze(&shown).contains(&squeeze(Clean::of(&other).as_str())));
    }
}
