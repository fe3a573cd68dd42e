//! Every style in every situation.

use super::*;
use crate::model::{Amendment, AmendmentKind, Brief, StepKind, Story, StoryCode, StorylineId};

const STYLES: [Style; 4] = [Style::Thread, Style::Forum, Style::Compact, Style::Digest];

fn look(style: Style, opened: bool) -> Look {
    Look {
        style,
        opened,
        crosspost: style != Style::Forum,
        permalink_base: WebLink::parse("https://news.example/s/"),
        card: true,
    }
}

fn amended(kinds: &[AmendmentKind]) -> Vec<Amendment> {
    kinds.iter().map(|kind| fixture::amendment(*kind)).collect()
}

/// A version on its way to a destination.
struct Situation {
    name: &'static str,
    version: u32,
    opened: bool,
    said: Vec<Amendment>,
}

fn version(n: u32) -> (Story, Brief) {
    if n == 1 { fixture::night_trains() } else { fixture::night_trains_update() }
}

fn situations() -> Vec<Situation> {
    use AmendmentKind::{Correction, Retraction};
    let one = |name, version, opened, kinds: &[AmendmentKind]| Situation {
        name,
        version,
        opened,
        said: amended(kinds),
    };
    vec![
        one("first", 1, false, &[]),
        one("update", 2, true, &[]),
        one("late first", 2, false, &[]),
        one("first, corrected", 1, false, &[Correction]),
        one("update, corrected", 2, true, &[Correction]),
        one("first, retracted", 1, false, &[Correction, Retraction]),
        one("update, retracted", 2, true, &[Retraction]),
    ]
}

fn calls_of(style: Style, situation: &Situation) -> Vec<Call> {
    let (story, brief) = version(situation.version);
    let edition = Edition::new(&story, &brief, Severity::High).with_amendments(&situation.said);
    rerender(&edition, &look(style, situation.opened))
}

/// Calls as a person reads them.
fn drawn(calls: &[Call]) -> String {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().replace('\n', "\n      ");
    let mut out = Vec::new();
    for call in calls {
        out.push(format!("{} {} {}", call.kind, call.method, call.path));
        out.extend(call.body["name"].as_str().map(|name| format!("  name: {name}")));
        if !call.tags.is_empty() {
            out.push(format!("  tags: {}", call.tags.join(", ")));
        }
        let message = if call.body["message"].is_object() { &call.body["message"] } else { &call.body };
        out.extend(message["content"].as_str().unwrap_or_default().lines().map(|line| format!("  | {line}")));
        for embed in list(&message["embeds"]) {
            out.push(format!("  [{}] {}", text(&embed["author"]["name"]), text(&embed["title"])));
            out.push(format!("    {}", text(&embed["description"])));
            for field in list(&embed["fields"]) {
                out.push(format!("    {}: {}", text(&field["name"]), text(&field["value"])));
            }
            out.extend(embed["image"]["url"].as_str().map(|url| format!("    picture: {url}")));
            let color = embed["color"].as_u64().unwrap();
            out.push(format!("    ({}, #{color:06x})", text(&embed["footer"]["text"])));
        }
        for part in list(&message["components"][0]["components"]) {
            out.push(format!(
                "  <{}> {}{}",
                text(&part["custom_id"]),
                text(&part["label"]),
                text(&part["placeholder"])
            ));
            for option in list(&part["options"]) {
                out.push(format!("    {} = {}", text(&option["value"]), text(&option["label"])));
            }
        }
    }
    out.join("\n") + "\n"
}

#[test]
fn each_style_in_each_situation() {
    for style in [Style::Thread, Style::Forum, Style::Compact] {
        let mut all = Vec::new();
        let mut told: Vec<(String, &str)> = Vec::new();
        for situation in &situations() {
            all.push(format!("==== {}\n", situation.name));
            for call in calls_of(style, situation) {
                let text = drawn(std::slice::from_ref(&call));
                all.push(match told.iter().find(|(before, _)| *before == text) {
                    Some((_, first)) => format!("{} as in “{first}”\n", call.kind),
                    None => text.clone(),
                });
                told.push((text, situation.name));
            }
            all.push("\n".to_owned());
        }
        insta::assert_snapshot!(style.as_str(), all.concat());
    }
}

#[test]
fn a_forum_post_to_the_byte() {
    let calls = calls_of(Style::Forum, &situations()[0]);
    insta::assert_json_snapshot!(calls[0].payload());
}

#[test]
fn no_situation_breaks_a_limit_or_repeats_a_nonce() {
    for style in STYLES {
        for situation in situations() {
            let calls = calls_of(style, &situation);
            let mut nonces: Vec<String> =
                calls.iter().filter_map(|c| c.body["nonce"].as_str()).map(str::to_owned).collect();
            for call in calls.iter().chain(&calls.iter().flat_map(Call::edits).collect::<Vec<_>>()) {
                assert_eq!(violations(&call.payload()), Vec::<String>::new(), "{style} {}", situation.name);
            }
            let n = nonces.len();
            nonces.sort();
            nonces.dedup();
            assert_eq!(nonces.len(), n, "{style} {}", situation.name);
        }
    }
}

#[test]
fn a_nonce_fits_for_the_largest_version() {
    let (mut story, brief) = fixture::night_trains();
    story.version = u32::MAX;
    let mut amendments = amended(&[AmendmentKind::Correction; 12]);
    amendments.iter_mut().for_each(|a| a.text = "longer ".repeat(900));
    let edition = Edition::new(&story, &brief, Severity::Low).with_amendments(&amendments);
    for call in render(&edition, &look(Style::Thread, false)) {
        assert_eq!(violations(&call.payload()), Vec::<String>::new());
    }
}

#[test]
fn what_opens_a_story_is_the_same_whatever_is_said_about_it_later() {
    use AmendmentKind::{Correction, Retraction};
    let opens = |calls: &[Call]| -> Vec<StepKind> {
        let kinds: Vec<StepKind> = calls.iter().map(|c| c.kind).collect();
        let n = kinds.iter().position(|k| *k == StepKind::DiscordMessage).unwrap_or(kinds.len());
        assert!(kinds[n..].iter().all(|k| *k == StepKind::DiscordMessage), "{kinds:?}");
        kinds[..n].to_vec()
    };
    for style in STYLES {
        for (version, opened) in [(1, false), (2, false), (2, true)] {
            let with = |kinds: &[AmendmentKind]| {
                calls_of(style, &Situation { name: "", version, opened, said: amended(kinds) })
            };
            let before = opens(&with(&[]));
            assert!(!before.is_empty());
            for kinds in
                [&[Correction][..], &[Correction, Correction], &[Retraction], &[Retraction, Correction]]
            {
                assert_eq!(opens(&with(kinds)), before, "{style} v{version} {kinds:?}");
            }
        }
    }
}

#[test]
fn a_correction_leaves_what_was_told_in_its_place() {
    for style in STYLES {
        let [first, .., corrected] = &situations()[..4] else { panic!("seven situations") };
        let (before, after) = (calls_of(style, first), calls_of(style, corrected));
        let told = |calls: &[Call]| -> Vec<Value> {
            calls.iter().filter(|c| c.kind == StepKind::DiscordMessage).map(Call::payload).collect()
        };
        assert_eq!(told(&after)[..told(&before).len()], told(&before)[..], "{style}");
        let more = after.len() - before.len();
        assert_eq!(more, usize::from(matches!(style, Style::Thread | Style::Forum)), "{style}");
    }
}

#[test]
fn a_version_written_after_a_correction_shows_it_and_does_not_tell_it_again() {
    let (mut story, brief) = fixture::night_trains_update();
    story.at = fixture::at() + chrono::Duration::days(9);
    let amendments = amended(&[AmendmentKind::Correction]);
    let edition = Edition::new(&story, &brief, Severity::Low).with_amendments(&amendments);
    let calls = render(&edition, &look(Style::Thread, true));
    assert!(drawn(&calls[..1]).contains("Correction, 6 March 2026: A berth costs"));
    assert!(!drawn(&calls[1..]).contains("A berth costs"));
}

#[test]
fn an_amendment_of_another_story_changes_nothing() {
    let mut amendments = amended(&[AmendmentKind::Correction, AmendmentKind::Retraction]);
    amendments.iter_mut().for_each(|a| a.code = StoryCode::of(&StorylineId::from_stored("ferry")));
    for style in STYLES {
        let other = Situation { name: "", version: 1, opened: false, said: amendments.clone() };
        assert_eq!(calls_of(style, &other), calls_of(style, &situations()[0]));
    }
}

/// Words of the story that no notice repeats.
const GONE: [&str; 7] =
    ["Saltmarsh", "couchettes", "icycle", "berth_seven", "coastline.example", "41 records", "What is new"];

#[test]
fn nothing_of_a_retracted_story_is_sent() {
    for style in STYLES {
        for situation in &situations()[5..] {
            let calls = calls_of(style, situation);
            let sent: Vec<String> = calls
                .iter()
                .chain(&calls.iter().flat_map(Call::edits).collect::<Vec<_>>())
                .map(|c| c.payload().to_string())
                .collect();
            for text in &sent {
                let found: Vec<&&str> = GONE.iter().filter(|word| text.contains(**word)).collect();
                assert!(
                    found.is_empty() && !text.contains("Night trains return"),
                    "{style}: {found:?} in {text}"
                );
                assert!(!text.contains("story-WHB5FZZ.png"), "{text}");
            }
            assert!(sent[0].contains("Retracted: story WHB5FZZ") && sent[0].contains("WHB5FZZ · v"));
        }
    }
    let words = drawn(&calls_of(Style::Thread, &situations()[0]));
    assert!(GONE[..6].iter().all(|word| words.replace('\\', "").contains(word)), "the list is of this story");
}

#[test]
fn markup_of_a_moderator_is_shown_not_done() {
    let (story, brief) = fixture::night_trains();
    for kind in AmendmentKind::ALL {
        let mut amendments = amended(&[*kind]);
        let nasty = "**x** [free](https://evil.example) <@1> @everyone ||s|| `c` discord.gg/abc # h";
        amendments[0].text = nasty.to_owned();
        amendments[0].by = nasty.to_owned();
        let edition = Edition::new(&story, &brief, Severity::Low).with_amendments(&amendments);
        let text = shown(&payloads(&edition, &Look::default()));
        assert_eq!(text.matches(nasty).count(), 2, "{text}");
    }
}

#[test]
fn a_step_reads_back_as_the_call_that_it_was_planned_from() {
    for style in STYLES {
        for Situation { name: _, version: n, opened, said } in situations() {
            let (story, brief) = version(n);
            let edition = Edition::new(&story, &brief, Severity::High).with_amendments(&said);
            let look = look(style, opened);
            let (delivery, steps) = plan(&edition, 77, &look, story.at);
            assert_eq!(delivery.destination, "discord:77");
            let read: Vec<Call> = steps.iter().map(|step| Call::of_step(step).unwrap()).collect();
            assert_eq!(read, render(&edition, &look));
        }
    }
}

#[test]
fn every_kind_has_the_edit_that_it_needs() {
    let situation = &situations()[0];
    let paths =
        |call: &Call| call.edits().iter().map(|e| format!("{} {}", e.method, e.path)).collect::<Vec<_>>();
    let thread = calls_of(Style::Thread, situation);
    let kinds: Vec<StepKind> = thread.iter().take(4).map(|c| c.kind).collect();
    assert_eq!(
        kinds,
        [
            StepKind::DiscordPost,
            StepKind::DiscordCrosspost,
            StepKind::DiscordThread,
            StepKind::DiscordMessage
        ]
    );
    assert_eq!(paths(&thread[0]), ["PATCH /channels/{channel}/messages/{message}"]);
    assert_eq!(paths(&thread[1]), Vec::<String>::new());
    assert_eq!(paths(&thread[2]), ["PATCH /channels/{thread}"]);
    assert_eq!(paths(&thread[3]), ["PATCH /channels/{thread}/messages/{message}"]);
    let edit = &thread[0].edits()[0];
    assert!(edit.body.get("nonce").is_none() && edit.body.get("enforce_nonce").is_none());
    assert_eq!(edit.card, thread[0].card);
    assert!(edit.card.is_some() && edit.body["attachments"][0]["filename"] == "story-WHB5FZZ.png");

    let forum = calls_of(Style::Forum, situation);
    let edits = forum[0].edits();
    assert_eq!(paths(&forum[0]), ["PATCH /channels/{thread}/messages/{opening}", "PATCH /channels/{thread}"]);
    assert_eq!(edits[1].tags, ["Night trains", "Developing"]);
    assert!(edits[0].card.is_some() && edits[1].card.is_none());
    // Without a picture, an edit takes the old one away.
    let gone = calls_of(Style::Forum, &situations()[5]);
    assert_eq!(gone[0].edits()[0].body["attachments"], json!([]));
    for call in thread.iter().chain(&forum) {
        let removal = Call::removal(call.kind);
        assert_eq!(
            removal.is_some(),
            call.kind != StepKind::DiscordThread && call.kind != StepKind::DiscordCrosspost
        );
    }
}

#[test]
fn a_compact_story_names_three_sources_however_long_they_are() {
    let (mut story, mut brief) = fixture::night_trains();
    // 240 characters: the longest address that is linked beside words.
    let long = format!("https://a.example/{}", "x".repeat(222));
    story.body.headline.citations[0].url.clone_from(&long);
    for section in &mut story.body.sections {
        let citations = section.sentences.iter_mut().flat_map(|s| &mut s.citations);
        citations
            .chain(section.heading.iter_mut().flat_map(|h| &mut h.citations))
            .for_each(|c| c.url.clone_from(&long));
    }
    for record in &mut brief.records {
        record.speaker = "_*".repeat(90);
    }
    let calls = render(&Edition::new(&story, &brief, Severity::Low), &look(Style::Compact, false));
    assert_eq!(violations(&calls[0].payload()), Vec::<String>::new());
    let read = calls[0].body["embeds"][0]["fields"][3]["value"].as_str().unwrap();
    assert_eq!(read.lines().count(), 3, "{read}");
    assert!(read.encode_utf16().count() > 850, "{read}");
}

/// Stories with codes of their own.
fn many(n: usize) -> Vec<(Story, Brief)> {
    (0..n)
        .map(|n| {
            let (mut story, brief) = fixture::night_trains();
            story.code = StoryCode::of(&StorylineId::from_stored(format!("story {n}")));
            story.body.headline.text = format!("Story number {n}: {}", story.body.headline.text);
            (story, brief)
        })
        .collect()
}

fn editions(stories: &[(Story, Brief)]) -> Vec<Edition<'_>> {
    stories.iter().map(|(story, brief)| Edition::new(story, brief, Severity::Low)).collect()
}

#[test]
fn a_digest_is_one_message() {
    let stories = many(3);
    let mut list = editions(&stories);
    let mut gone = amended(&[AmendmentKind::Retraction, AmendmentKind::Correction]);
    gone[0].code = stories[1].0.code.clone();
    gone[1].code = stories[2].0.code.clone();
    list[1] = list[1].clone().with_amendments(&gone);
    list[2] = list[2].clone().with_amendments(&gone);
    list.push(list[0].clone());
    let call = digest(&list, &look(Style::Digest, false), fixture::at());
    assert_eq!(violations(&call.payload()), Vec::<String>::new());
    insta::assert_snapshot!(drawn(&[call]));
}

#[test]
fn a_digest_says_how_many_more_there_are() {
    let last_line = |n: usize| {
        let stories = many(n);
        let call = digest(&editions(&stories), &Look::default(), fixture::at());
        assert_eq!(violations(&call.payload()), Vec::<String>::new());
        let content = call.body["content"].as_str().unwrap();
        content.lines().last().unwrap().to_owned()
    };
    assert_eq!(last_line(1), "**One story** · 4 March 2026");
    assert_eq!(last_line(10), "**10 stories** · 4 March 2026");
    assert_eq!(last_line(12), "-# 2 more in the menu; `/story` shows any of them.");
    assert_eq!(last_line(40), "-# 15 more in the menu, 15 more by `/search` or `/story`.");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn absurd_stories_break_no_limit_in_any_style(
        text in ABSURD, other in ABSURD, repeat in 1_usize..12, opened in proptest::bool::ANY, kind in 0_usize..3,
    ) {
        let text = text.repeat(repeat);
        let (mut story, mut brief) = fixture::night_trains_update();
        story.body.headline.text = text.clone();
        story.body.dek[0].text = other.clone();
        story.body.sections[0].sentences[0].text = text.clone();
        story.changes[0].text = other.clone();
        brief.topic.name = other.clone();
        brief.records.iter_mut().for_each(|r| r.speaker = text.clone());
        let amendments: Vec<Amendment> = AmendmentKind::ALL.get(kind).into_iter().map(|kind| Amendment {
            text: text.clone(), by: other.clone(), ..fixture::amendment(*kind)
        }).collect();
        let edition = Edition::new(&story, &brief, Severity::High).with_amendments(&amendments);
        for style in STYLES {
            for call in render(&edition, &look(style, opened)) {
                prop_assert_eq!(violations(&call.payload()), Vec::<String>::new());
                for edit in call.edits() {
                    prop_assert_eq!(violations(&edit.payload()), Vec::<String>::new());
                }
            }
        }
        let mut stories = many(30);
        for (other, _) in &mut stories {
            other.body = story.body.clone();
        }
        let call = digest(&editions(&stories), &look(Style::Digest, false), fixture::at());
        prop_assert_eq!(violations(&call.payload()), Vec::<String>::new());
    }
}
