//! Whatever an answer holds, its message keeps Discord's limits, pings nobody, and has buttons that work.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::answer::{
    ChangedAnswer, LatestStory, LeadLine, RecordWhy, SearchAnswer, SourceLine, StoryAnswer, StoryHit,
    TextHit, TopicLine, TopicView, TopicWhy, VersionLine, WhyAnswer,
};
use crate::bot::custom_id::{Verb, verify};
use crate::model::{
    Amendment, AmendmentKind, AuditEntry, Cadence, Change, ChangeKind, Decision, DecisionKind, DeskId,
    DeskSettings, Dispute, DisputeState, Mute, MuteKind, Outcome, Platform, ReasonCode, RecordId,
    SourceClass, StoryStatus, Style, Subscription, TopicSlug,
};
use crate::publish::fixture;
use crate::store::StoryRow;

const KEY: [u8; 32] = [7; 32];

fn slug() -> TopicSlug {
    "night-trains".parse().unwrap()
}

/// The invented story as it is answered, with `text` in every place that is not ours.
fn story_of(text: Option<&str>) -> StoryAnswer {
    let (mut story, brief) = fixture::night_trains();
    if let Some(text) = text {
        let put = |s: &mut crate::model::Sentence| text.clone_into(&mut s.text);
        let body = &mut story.body;
        put(&mut body.headline);
        body.dek.iter_mut().for_each(put);
        for section in &mut body.sections {
            section.heading.iter_mut().for_each(put);
            section.sentences.iter_mut().for_each(put);
        }
        for faq in &mut body.faqs {
            text.clone_into(&mut faq.question);
            faq.answer.iter_mut().for_each(put);
        }
        body.sections.resize(9, body.sections[0].clone());
    }
    let row = StoryRow {
        brief: brief.digest(),
        severity: crate::model::Severity::Medium,
        trail: crate::store::Trail::default(),
        erased_at: None,
        story,
    };
    StoryAnswer::of(&row, Some(&brief), text.unwrap_or("Night trains"))
}

fn decision(text: &str) -> Decision {
    Decision {
        at: fixture::at(),
        kind: DecisionKind::Topic,
        topic: slug(),
        subject: text.to_owned(),
        outcome: Outcome::Nothing,
        reasons: vec![ReasonCode::FewAuthors],
        detail: text.to_owned(),
    }
}

/// One of each message, with `text` wherever text comes from outside.
fn all(text: &str) -> Vec<Body> {
    let at = fixture::at();
    let story_answer = story_of(Some(text));
    let code = story_answer.code.clone();
    let owned = || text.to_owned();
    let source = SourceLine {
        n: 1,
        platform: Platform::Reddit,
        venue: owned(),
        author: format!("{text}x"),
        url: format!("https://long.example/{}", "a".repeat(text.len().min(900))),
        published: at,
        quote: owned(),
        used_in: vec![owned(); 9],
    };
    let versions = vec![
        VersionLine {
            version: 2,
            at,
            status: StoryStatus::Developing,
            headline: owned(),
            changes: vec![Change { kind: ChangeKind::Added, text: owned() }; 4],
            erased_at: Some(at),
        };
        5
    ];
    let lead = LeadLine {
        rank: 1,
        url: "https://a.example/".to_owned(),
        title: owned(),
        strength: 0.5,
        authors: 3,
        severity: Severity::Low,
        p: 0.5,
        evidence: 3,
        terms: Vec::new(),
        plus: Vec::new(),
        minus: None,
        story: Some(code.clone()),
        decision: Some(owned()),
        reasons: Vec::new(),
        bars: Vec::new(),
    };
    let topic_why = TopicWhy {
        topic: slug(),
        name: owned(),
        at: Some(at),
        summary: owned(),
        numbers: Value::Null,
        signals: Vec::new(),
        leads: vec![lead; 5],
        decisions: vec![decision(text); 9],
        settings: Vec::new(),
    };
    let quiet = TopicWhy { leads: Vec::new(), ..topic_why.clone() };
    let latest =
        LatestStory { code: code.clone(), version: 2, status: StoryStatus::Ongoing, headline: owned(), at };
    let line = TopicLine {
        slug: slug(),
        name: owned(),
        description: owned(),
        records: 12_400,
        records_24h: 9,
        next_scan: Some(at),
        latest: Some(latest),
    };
    let search_answer = SearchAnswer {
        words: vec![owned()],
        stories: vec![
            StoryHit { code: code.clone(), topic: slug(), headline: owned(), at };
            // A select has room for 25, and no two lines with one value.
            1
        ],
        records: vec![
            TextHit {
                platform: "reddit".to_owned(),
                venue: owned(),
                author: Some(owned()),
                url: "https://a.example/".to_owned(),
                published: at,
                excerpt: owned(),
            };
            8
        ],
    };
    let view = TopicView {
        slug: slug(),
        name: owned(),
        description: owned(),
        time_zone: chrono_tz::UTC,
        next_scan: None,
    };
    let subscription = Subscription {
        desk: DeskId::discord(1),
        topic: slug(),
        channel: u64::MAX >> 1,
        style: Style::Thread,
        cadence: Cadence::Instant,
        crosspost: true,
        created_by: 1,
        created_at: at,
        awake: true,
    };
    let amendment =
        Amendment { code: code.clone(), kind: AmendmentKind::Correction, text: owned(), by: owned(), at };
    let dispute = Dispute {
        id: "x".to_owned(),
        code: code.clone(),
        version: 1,
        desk: DeskId::discord(1),
        by: u64::MAX >> 1,
        sentence: owned(),
        reason: owned(),
        at,
        state: DisputeState::Open,
    };
    let entry = AuditEntry {
        at,
        desk: DeskId::discord(1),
        actor: 1,
        action: "mute".to_owned(),
        subject: owned(),
        detail: owned(),
    };
    let mute = Mute { kind: MuteKind::Word, value: owned(), by: 1, at };
    let page = |all: usize, page| {
        let lines: Vec<SourceLine> = (1..=all).map(|n| SourceLine { n, ..source.clone() }).collect();
        sources(&code, 2, text, &lines, page, u64::MAX)
    };
    vec![
        story(&story_answer, &vec![amendment.clone(); 9]),
        retracted(&amendment),
        faq(&story_answer, None),
        faq(&story_answer, Some(2)),
        changed(&ChangedAnswer { code: code.clone(), topic: slug(), headline: owned(), versions }),
        page(13, 1),
        page(0, 0),
        page(3, 99),
        why(&WhyAnswer::Topic(Box::new(topic_why))),
        why(&WhyAnswer::Topic(Box::new(quiet))),
        why(&WhyAnswer::Story { code: code.clone(), headline: owned(), decisions: vec![decision(text); 10] }),
        why(&WhyAnswer::Record(Box::new(record_why(&owned())))),
        topics(&vec![line; 1], 0, u64::MAX),
        topics(&[], 0, 1),
        search(&search_answer),
        unknown(text, &["night-trains".to_owned()], Verb::Sources),
        no_story(&slug(), text, 1, 0, Some(at), false),
        wrong_input("Please try again."),
        too_often(at),
        forged(Some((Verb::Why, Some(code.clone())))),
        not_yours(Some(code.as_str())),
        welcome(text, &[view]),
        channel_picker(&slug(), text),
        followed(&subscription, text, true, &[], &[]).beside(preview(&story_answer, Style::Forum)),
        unfollowed(text, None, 3),
        settings(&DeskSettings::default(), &vec![subscription; 60], &vec![mute; 12]),
        muted("word", text, false, true),
        audit(&vec![entry; 12]),
        dispute_for_moderators(
            &dispute,
            text,
            Some(&story_answer.headline_s),
            &vec![("https://a.example/".to_owned(), owned()); 4],
        ),
        handled(&code, "corrected", 1, text),
        thanks(true),
    ]
}

fn length(value: &Value) -> usize {
    units(value.as_str().unwrap_or_default())
}

/// What Discord would refuse in a message.
fn faults(message: &Value) -> Vec<String> {
    let mut out = Vec::new();
    let mut limit = |what: &str, got: usize, least: usize, most: usize| {
        if got < least || got > most {
            out.push(format!("{what}: {got}, allowed are {least} to {most}"));
        }
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut total = 0;
    limit("embeds", list(&message["embeds"]).len(), 1, 10);
    for embed in list(&message["embeds"]) {
        let (title, text) = (length(&embed["title"]), length(&embed["description"]));
        let (author, foot) = (length(&embed["author"]["name"]), length(&embed["footer"]["text"]));
        limit("title", title, 0, 256);
        limit("description", text, 0, 4_096);
        limit("author", author, 0, 256);
        limit("footer", foot, 0, 2_048);
        let fields = list(&embed["fields"]).len();
        limit("what an embed shows", title + text + fields, 1, 6_000);
        limit("fields", fields, 0, 25);
        total += title + text + author + foot;
        for field in list(&embed["fields"]) {
            limit("field name", length(&field["name"]), 1, 256);
            limit("field value", length(&field["value"]), 1, 1_024);
            total += length(&field["name"]) + length(&field["value"]);
        }
    }
    limit("all texts", total, 1, 6_000);
    limit("rows", list(&message["components"]).len(), 0, 5);
    let mut ids = BTreeSet::new();
    let mut parts = 0;
    for row in list(&message["components"]) {
        limit("parts of a row", list(&row["components"]).len(), 1, 5);
        for part in list(&row["components"]) {
            parts += 1;
            let id = part["custom_id"].as_str().unwrap_or_default().to_owned();
            limit("custom id", units(&id), 1, 100);
            limit("signed ids", usize::from(verify(&KEY, &id).is_some()), 1, 1);
            ids.insert(id);
            if part["type"] == 2 {
                limit("label", length(&part["label"]), 1, 80);
            }
            if part["type"] == 3 {
                limit("options", list(&part["options"]).len(), 1, 25);
                for option in list(&part["options"]) {
                    limit("option label", length(&option["label"]), 1, 100);
                    limit("option value", length(&option["value"]), 1, 100);
                    limit("option description", length(&option["description"]), 0, 100);
                }
            }
        }
    }
    limit("ids that differ", ids.len(), parts, parts);
    if message["allowed_mentions"] != json!({ "parse": [] }) {
        out.push("it may ping".to_owned());
    }
    out
}

#[test]
fn every_message_keeps_the_limits_whatever_is_told() {
    let texts = [
        "Night trains return",
        &"word ".repeat(400),
        &"unbroken".repeat(300),
        &"**_~`|>".repeat(250),
        &"👩‍👩‍👧‍👦".repeat(150),
        &"漢字".repeat(700),
        "# head\n> quote\n@everyone <@1> https://discord.gg/x",
        "",
    ];
    for text in texts {
        for (n, body) in all(text).iter().enumerate() {
            for message in [body.wire(&KEY, Audience::Asker), body.edit(&KEY)] {
                let found = faults(&message);
                let begin: String = text.chars().take(20).collect();
                assert!(found.is_empty(), "message {n} of {begin:?}: {found:?}\n{message:#}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]
    #[test]
    fn nothing_from_outside_breaks_a_limit(text in "(\\PC|[a-z]{1,40}|[*_~`|\\\\<>\\[\\]#@:]{1,4}|[ .!?\n]{1,3}|👨‍👩‍👧‍👦|e\u{0301}){0,120}") {
        for body in all(&text) {
            prop_assert_eq!(faults(&body.wire(&KEY, Audience::Everyone)), Vec::<String>::new());
        }
    }
}

#[test]
fn what_concerns_the_asker_alone_is_never_shared() {
    let private = |body: &Body| body.wire(&KEY, Audience::Everyone)["flags"] == EPHEMERAL;
    assert!(private(&sorry()) && private(&unknown("x", &[], Verb::Story)));
    assert!(!private(&faq(&story_of(None), None)));
    assert!(faq(&story_of(None), None).wire(&KEY, Audience::Asker)["flags"] == EPHEMERAL);
    assert!(sorry().edit(&KEY).get("flags").is_none(), "an edit cannot change who sees it");
}

#[test]
fn forms_keep_the_limits_and_their_inputs_are_told_apart() {
    let (story, _) = fixture::night_trains();
    let forms = [
        dispute_form(&story.code, 3),
        settings_form(&DeskSettings::default()),
        order_form(&CustomId {
            user: Some(u64::MAX),
            page: Some(0),
            ..CustomId::about(Verb::Correct, &story.code, 3)
        }),
        order_form(&CustomId::about(Verb::Retract, &story.code, 3)),
    ];
    for form in forms {
        let wire = form.wire(&KEY);
        assert!((1..=45).contains(&length(&wire["title"])), "{wire:#}");
        assert!(verify(&KEY, wire["custom_id"].as_str().unwrap()).is_some());
        let rows = wire["components"].as_array().unwrap();
        assert!((1..=5).contains(&rows.len()));
        let mut ids = BTreeSet::new();
        for row in rows {
            let input = &row["components"][0];
            assert!((1..=45).contains(&length(&input["label"])), "{input}");
            assert!(length(&input["placeholder"]) <= 100, "{input}");
            assert!(ids.insert(input["custom_id"].as_str().unwrap().to_owned()));
        }
    }
}

fn record_why(text: &str) -> RecordWhy {
    RecordWhy {
        url: "https://a.example/".to_owned(),
        record: RecordId::derive(&Platform::Feed, "https://a.example"),
        platform: Platform::Feed,
        venue: text.to_owned(),
        class: SourceClass::Publication,
        published: DateTime::UNIX_EPOCH,
        seen: DateTime::UNIX_EPOCH,
        archived_seen: None,
        revision: 1,
        answers: None,
        quotes: None,
        gone: None,
        analysed: false,
        topics: Vec::new(),
        kept_out: Vec::new(),
        lang: None,
        sentiment: None,
        register: None,
        register_words: Vec::new(),
        copies: None,
        cluster: None,
        quarantine: Vec::new(),
        tick: None,
        stories: Vec::new(),
        facts: vec![text.to_owned(); 8],
        decisions: Vec::new(),
    }
}
