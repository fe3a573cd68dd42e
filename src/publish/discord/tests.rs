mod looks;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::model::Severity;
use crate::publish::fixture;
use crate::publish::text::WebLink;

/// Every length and shape rule of Discord that applies to our requests.
pub(crate) fn violations(request: &Value) -> Vec<String> {
    let mut out = Vec::new();
    let body = &request["body"];
    let path = request["path"].as_str().unwrap();
    let units = |v: &Value| v.as_str().unwrap_or_default().encode_utf16().count();
    let mut check = |name: &str, value: &Value, max: usize| {
        if value.is_null() {
            return 0;
        }
        let n = units(value);
        if n == 0 || n > max || value.as_str().is_some_and(|s| s.trim() != s) {
            out.push(format!("{name}: {n} of {max}"));
        }
        n
    };
    check("name", &body["name"], 100);
    check("nonce", &body["nonce"], 25);
    for tag in request["tags"].as_array().into_iter().flatten() {
        check("tag", tag, 20);
    }
    // A forum post brings its first message; everything else is a message or has none.
    let message = if body["message"].is_object() { &body["message"] } else { body };
    check("content", &message["content"], 2_000);
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut in_all = 0;
    for embed in list(&message["embeds"]) {
        in_all += check("title", &embed["title"], 256);
        in_all += check("description", &embed["description"], 4_096);
        in_all += check("author", &embed["author"]["name"], 256);
        in_all += check("footer", &embed["footer"]["text"], 2_048);
        for field in list(&embed["fields"]) {
            in_all += check("field name", &field["name"], 256) + check("field value", &field["value"], 1_024);
        }
    }
    for file in list(&message["attachments"]) {
        check("description of a file", &file["description"], 1_024);
    }
    let mut ids = Vec::new();
    for row in list(&message["components"]) {
        for part in list(&row["components"]) {
            check("custom id", &part["custom_id"], 60);
            check("label", &part["label"], 80);
            check("placeholder", &part["placeholder"], 150);
            ids.push(part["custom_id"].to_string());
            for option in list(&part["options"]) {
                check("option", &option["label"], 100);
                check("option's value", &option["value"], 100);
                check("option's description", &option["description"], 100);
            }
        }
    }
    let counts = [
        ("characters in all embeds", in_all, 6_000),
        ("embeds", list(&message["embeds"]).len(), 10),
        ("fields", list(&message["embeds"][0]["fields"]).len(), 25),
        ("buttons", list(&message["components"][0]["components"]).len(), 5),
        ("options", list(&message["components"][0]["components"][0]["options"]).len(), 25),
        ("tags", list(&request["tags"]).len(), 5),
    ];
    out.extend(
        counts.iter().filter(|(_, n, max)| n > max).map(|(what, n, max)| format!("{what}: {n} of {max}")),
    );
    let n = ids.len();
    ids.sort();
    ids.dedup();
    if ids.len() != n {
        out.push("repeated custom id".to_owned());
    }
    let says = message["content"].is_string() || message["embeds"].is_array();
    let must_say = path.ends_with("/messages") || path.ends_with("{opening}") || path.ends_with("{message}");
    if must_say && request["method"] != "DELETE" && !says {
        out.push("an empty message".to_owned());
    }
    if says && message["allowed_mentions"] != json!({ "parse": [] }) {
        out.push("somebody could be pinged".to_owned());
    }
    out
}

fn requests(edit: impl FnOnce(&mut crate::model::Story)) -> Vec<Value> {
    let (mut story, brief) = fixture::night_trains();
    edit(&mut story);
    payloads(&Edition::new(&story, &brief, Severity::Medium), &Look::default())
}

fn payloads(edition: &Edition<'_>, look: &Look) -> Vec<Value> {
    render(edition, look).iter().map(Call::payload).collect()
}

/// What a member sees of the thread, as plain words.
fn shown(requests: &[Value]) -> String {
    let mut all = String::new();
    for content in requests.iter().filter_map(|r| r["body"]["content"].as_str()) {
        for (_, spans) in dialect::parse(content) {
            for span in &spans {
                words(span, &mut all);
            }
            all.push(' ');
        }
    }
    all
}

fn words(span: &dialect::Span, out: &mut String) {
    match span {
        dialect::Span::Text(text) => out.push_str(text),
        dialect::Span::Bold(inner) => {
            for span in inner {
                words(span, out);
            }
        }
        dialect::Span::Link { label, .. } => out.push_str(label),
        dialect::Span::Live(name, source) => panic!("{name} is live: {source}"),
    }
}

#[test]
fn a_story_is_an_opening_message_a_thread_and_its_messages() {
    insta::assert_json_snapshot!(requests(|_| {}));
}

#[test]
fn an_update_edits_the_opening_message_and_says_what_is_new_first() {
    let (story, brief) = fixture::night_trains_update();
    let look = Look { opened: true, ..Look::default() };
    let all = payloads(&Edition::new(&story, &brief, Severity::High), &look);
    assert_eq!(all[0]["method"], "PATCH");
    assert_eq!(all[0]["path"], "/channels/{channel}/messages/{opening}");
    assert!(all.iter().skip(1).all(|r| r["path"] == "/channels/{thread}/messages"));
    let first = all[1]["body"]["content"].as_str().unwrap();
    assert!(
        first.starts_with(
            "**What is new in version 2**\n- **Changed**: The first train leaves on 8 May, not on 1 May.\n- **New**: 12 more"
        ),
        "{first}"
    );
    let text = shown(&all);
    assert!(text.contains("On the other side") && text.contains("the seventh is the one I need"));
}

#[test]
fn a_first_section_may_go_on_from_the_dek_without_a_heading() {
    let heading = "The Harbour Post: Night trains back after nine years";
    let (headed, bare) = (requests(|_| {}), requests(|story| story.body.sections[0].heading = None));
    let (headed, bare) = (shown(&headed), shown(&bare));
    assert_eq!(headed.matches(heading).count(), bare.matches(heading).count() + 1, "{bare}");
    // What stands below it stands there still.
    let (story, _) = fixture::night_trains();
    let said: String = story.body.sections[0].sentences[0].text.chars().take(20).collect();
    assert!(bare.contains(&said), "{said}");
}

#[test]
fn the_title_links_to_the_story_when_the_desk_has_a_site() {
    let (story, brief) = fixture::night_trains();
    let look = Look { permalink_base: WebLink::parse("https://news.example/s/"), ..Look::default() };
    let all = payloads(&Edition::new(&story, &brief, Severity::Low), &look);
    assert_eq!(all[0]["body"]["embeds"][0]["url"], format!("https://news.example/s/{}", story.code));
}

#[test]
fn markup_in_a_quote_is_shown_not_done() {
    let nasty = "**x** [free](https://evil.example) <@1> @everyone ||s|| `c` discord.gg/abc # h";
    let all = requests(|story| {
        story.body.headline.text = nasty.to_owned();
        story.body.sections[0].heading.as_mut().unwrap().text = nasty.to_owned();
        story.body.sections[0].sentences[0].text = nasty.to_owned();
        story.body.faqs[0].question = nasty.to_owned();
    });
    assert_eq!(shown(&all).matches(nasty).count(), 3);
}

#[test]
fn what_a_reader_cannot_see_leaves_no_empty_line() {
    let unseen = "\u{200B}\u{FE0F}";
    let all = requests(|story| {
        let section = &mut story.body.sections[2];
        section.sentences.truncate(1);
        section.sentences[0].text = unseen.to_owned();
        section.sentences[0].citations.clear();
        story.body.sections[0].sentences.clear();
        story.body.so_far[0].text = unseen.to_owned();
    });
    for content in all.iter().filter_map(|r| r["body"]["content"].as_str()) {
        assert_eq!(content.trim(), content);
        assert!(!content.contains("\n\n\n"), "{content}");
    }
    let (mut story, brief) = fixture::night_trains_update();
    story.changes[0].text = unseen.to_owned();
    let look = Look { opened: true, ..Look::default() };
    let all = payloads(&Edition::new(&story, &brief, Severity::High), &look);
    assert!(shown(&all).contains("What is new in version 2 New: 12 more records"), "{}", shown(&all));
}

#[test]
fn an_address_too_long_to_cite_inline_is_in_the_list() {
    let long = format!("https://a.example/{}", "x".repeat(400));
    let all = requests(|story| {
        story.body.sections[0].sentences[0].citations[0].url = long.clone();
        story.body.headline.citations[0].url = long.clone();
    });
    let text: String = all.iter().filter_map(|r| r["body"]["content"].as_str()).collect();
    assert_eq!(text.matches(&long).count(), 1);
    assert!(text.contains("\\[1\\]"));
}

#[test]
fn a_source_with_a_long_address_and_a_long_name_breaks_no_limit() {
    let (mut story, mut brief) = fixture::night_trains();
    let long = format!("https://a.example/{}", "x".repeat(950));
    for record in &mut brief.records {
        record.speaker = "👩‍🚀".repeat(400);
    }
    let cited = &mut story.body.headline.citations[0];
    cited.url.clone_from(&long);
    let all = render(&Edition::new(&story, &brief, Severity::Medium), &Look::default());
    for call in &all {
        assert_eq!(violations(&call.payload()), Vec::<String>::new());
    }
    assert!(all.iter().any(|call| call.body.to_string().contains(&long)), "it is in the list");
}

pub(crate) const ABSURD: &str = "(\\PC|[a-z]{1,30}|[ .!?]{1,3}|👨‍👩‍👧‍👦|🏴‍☠️|Z[\u{0300}-\u{0310}]{1,40}|\u{202E}|שלום עולם|漢字|[*_~`|<>#\\[\\]\\\\-]{1,6}|https://a\\.example/[a-z]{1,90}){0,120}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]
    #[test]
    fn absurd_stories_break_no_limit_and_lose_no_word(
        text in ABSURD, other in ABSURD, repeat in 1_usize..12, sections in 1_usize..8,
    ) {
        let text = text.repeat(repeat);
        let all = requests(|story| {
            let mut section = story.body.sections[0].clone();
            section.heading.as_mut().unwrap().text = other.clone();
            section.sentences[0].text = text.clone();
            story.body.sections = vec![section; sections];
            story.body.headline.text = text.clone();
            story.body.dek[0].text = other.clone();
            story.body.faqs[0].question = text.clone();
            story.methodology.caveats = vec![other.clone()];
        });
        for request in &all {
            prop_assert_eq!(violations(request), Vec::<String>::new());
        }
        let squeeze = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let shown = squeeze(&shown(&all));
        prop_assert!(shown.contains(&squeeze(Clean::of(&text).as_str())));
        prop_assert!(shown.contains(&squeeze(Clean::of(&other).as_str())));
    }
}

#[test]
fn a_word_of_ten_thousand_letters_is_parted_and_whole() {
    let word = "ä".repeat(10_000);
    let all = requests(|story| story.body.sections[0].sentences[0].text.clone_from(&word));
    for request in &all {
        assert_eq!(violations(request), Vec::<String>::new());
    }
    let letters: usize = shown(&all).matches('ä').count();
    assert_eq!(letters, 10_000);
}
