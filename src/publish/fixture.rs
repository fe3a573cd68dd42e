//! An invented story for tests: night trains return to a coast that does not exist.

use chrono::{DateTime, Duration, TimeZone as _, Utc};

use crate::model::{
    Amendment, AmendmentKind, AuthorKey, Brief, BriefRecord, Change, ChangeKind, Citation, CopyGroup,
    CountId, CountUse, CounterSearch, Faq, FaqKind, Lang, Methodology, Platform, RecordId, Section, Sentence,
    SentenceKind, Sha256, Similar, SourceClass, Story, StoryBody, StoryCode, StoryStatus, StorylineId,
    TopicRef,
};

pub(crate) fn at() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 4, 6, 0, 0).unwrap()
}

struct Said {
    platform: Platform,
    venue: &'static str,
    speaker: &'static str,
    url: &'static str,
    days_ago: i64,
}

fn said() -> Vec<Said> {
    let one = |platform, venue, speaker, url, days_ago| Said { platform, venue, speaker, url, days_ago };
    vec![
        one(
            Platform::Feed,
            "Coastline Rail",
            "Coastline Rail",
            "https://coastline.example/news/night-trains",
            2,
        ),
        one(
            Platform::Feed,
            "The Harbour Post",
            "The Harbour Post",
            "https://harbour.example/2026/03/night-trains",
            2,
        ),
        one(
            Platform::Reddit,
            "r/nighttrains",
            "u/saltmarsh_signal",
            "https://www.reddit.com/r/nighttrains/comments/aa1/",
            1,
        ),
        one(
            Platform::Reddit,
            "r/nighttrains",
            "u/berth_seven",
            "https://www.reddit.com/r/nighttrains/comments/aa2/",
            1,
        ),
        one(
            Platform::Bluesky,
            "Bluesky",
            "@timetable.example",
            "https://bsky.app/profile/timetable.example/post/3kaa",
            1,
        ),
        one(
            Platform::HackerNews,
            "Hacker News",
            "quietcarriage",
            "https://news.ycombinator.com/item?id=1",
            0,
        ),
    ]
}

fn record_id(n: usize) -> RecordId {
    let s = &said()[n];
    RecordId::derive(&s.platform, s.url)
}

fn sentence(kind: SentenceKind, text: &str, cites: &[usize]) -> Sentence {
    let citations = cites
        .iter()
        .map(|&n| Citation {
            record: record_id(n),
            url: said()[n].url.to_owned(),
            start: 0,
            end: 10,
            sha256: Sha256::of(text),
        })
        .collect();
    Sentence { text: text.to_owned(), kind, citations, counts: Vec::new(), confirmed: false }
}

fn quote(text: &str, cites: &[usize]) -> Sentence {
    sentence(SentenceKind::Quote, text, cites)
}

fn counted(text: &str, n: u64, of: u64) -> Sentence {
    let counts =
        vec![CountUse { id: CountId::from_stored("c1"), n, of, records: vec![said()[2].url.to_owned()] }];
    Sentence { counts, ..sentence(SentenceKind::Count, text, &[]) }
}

/// The first version, and its brief.
pub(crate) fn night_trains() -> (Story, Brief) {
    let storyline = StorylineId::from_stored("night-trains-return");
    let code = StoryCode::of(&storyline);
    let body = StoryBody {
        headline: quote("Night trains return to the coast line on 1 May: 41 posts in three days", &[0]),
        dek: vec![
            quote(
                "“The overnight service to Saltmarsh will run six nights a week from 1 May” (Coastline Rail).",
                &[0],
            ),
            counted(
                "41 records by 33 authors on r/nighttrains and elsewhere, 2–4 March; two in the seven days before.",
                41,
                41,
            ),
        ],
        sections: vec![
            Section {
                heading: Some(quote("The Harbour Post: Night trains back after nine years", &[1])),
                sentences: vec![
                    quote(
                        "“The overnight service to Saltmarsh will run six nights a week from 1 May, with couchettes and one seated car,” Coastline Rail wrote on 2 March.",
                        &[0],
                    ),
                    quote(
                        "The Harbour Post reported the same day: “Tickets go on sale on 20 March, and a berth will cost no more than the day train plus 25 crowns.”",
                        &[1],
                    ),
                ],
            },
            Section {
                heading: Some(counted("Bicycles come up in 14 of 41 posts", 14, 41)),
                sentences: vec![
                    quote(
                        "“There is room for eight bicycles, and you have to book them with the berth,” wrote u/saltmarsh_signal on r/nighttrains.",
                        &[2],
                    ),
                    counted(
                        "“Bicycle” or “bike” appears in 14 of the 41 distinct posts, first on 2 March.",
                        14,
                        41,
                    ),
                ],
            },
            Section {
                heading: Some(quote("“I sold my car on the strength of this timetable”", &[3])),
                sentences: vec![
                    quote(
                        "u/berth_seven on r/nighttrains: “I sold my car on the strength of this timetable.”",
                        &[3],
                    ),
                    quote(
                        "“At last I can reach the early ferry without a hotel,” @timetable.example wrote on Bluesky a day later.",
                        &[4],
                    ),
                ],
            },
        ],
        so_far: vec![
            quote(
                "First story on this. 2 March, 19 records: “Night trains back after nine years” (The Harbour Post).",
                &[1],
            ),
            counted("3 March, 15 records; 4 March, seven.", 15, 41),
        ],
        faqs: vec![
            Faq {
                kind: FaqKind::WhatHappened,
                question: "What happened with night trains?".to_owned(),
                answer: vec![
                    quote(
                        "Coastline Rail said on 2 March: “The overnight service to Saltmarsh will run six nights a week from 1 May.”",
                        &[0],
                    ),
                    counted(
                        "In all, 41 distinct records by 33 authors mention it between 2 and 4 March.",
                        41,
                        41,
                    ),
                ],
                short: vec![quote(
                    "Coastline Rail said on 2 March: “The overnight service to Saltmarsh will run six nights a week from 1 May.”",
                    &[0],
                )],
            },
            Faq {
                kind: FaqKind::WhatItMeans,
                question: "What does it mean for you?".to_owned(),
                answer: vec![quote(
                    "The Harbour Post: “Tickets go on sale on 20 March, and a berth will cost no more than the day train plus 25 crowns.”",
                    &[1],
                )],
                short: vec![quote(
                    "The Harbour Post: “Tickets go on sale on 20 March, and a berth will cost no more than the day train plus 25 crowns.”",
                    &[1],
                )],
            },
            Faq {
                kind: FaqKind::Counter,
                question: "What is the strongest argument on the other side?".to_owned(),
                answer: vec![quote(
                    "quietcarriage wrote on Hacker News: “Six nights a week is no timetable, because the seventh is the one I need.”",
                    &[5],
                )],
                short: vec![quote(
                    "quietcarriage wrote on Hacker News: “Six nights a week is no timetable, because the seventh is the one I need.”",
                    &[5],
                )],
            },
        ],
        counter: vec![quote(
            "quietcarriage wrote on Hacker News: “Six nights a week is no timetable, because the seventh is the one I need.”",
            &[5],
        )],
    };
    let topic = "night-trains".parse().unwrap();
    let story = Story {
        storyline: storyline.clone(),
        code: code.clone(),
        version: 1,
        topic,
        at: at(),
        status: StoryStatus::Developing,
        label: "night trains".to_owned(),
        body,
        records: 41,
        links: 9,
        platforms: vec![Platform::Reddit, Platform::Feed, Platform::Bluesky, Platform::HackerNews],
        changes: Vec::new(),
        methodology: Methodology {
            writer: "extractive".to_owned(),
            newsdesk: "0.1.0".to_owned(),
            records_read: 1_208,
            records_used: 41,
            authors: 33,
            sentences_checked: 24,
            sentences_dropped: 2,
            cost_microusd: 0,
            model: None,
            brief: Sha256::of("brief"),
            caveats: vec!["Mastodon was not polled since 3 March.".to_owned()],
        },
    };
    let brief = brief(&story);
    (story, brief)
}

/// The second version: one fact changed.
pub(crate) fn night_trains_update() -> (Story, Brief) {
    let (mut story, mut brief) = night_trains();
    story.version = 2;
    story.at = at() + Duration::days(1);
    story.status = StoryStatus::Ongoing;
    story.changes = vec![
        Change {
            kind: ChangeKind::Changed,
            text: "The first train leaves on 8 May, not on 1 May.".to_owned(),
        },
        Change { kind: ChangeKind::Added, text: "12 more records by nine authors.".to_owned() },
    ];
    brief.version = 2;
    (story, brief)
}

/// What a desk says about the story two days later, with markup in it.
pub(crate) fn amendment(kind: AmendmentKind) -> Amendment {
    let text = match kind {
        AmendmentKind::Correction => {
            "A berth costs the day train plus 35 crowns, not 25. The post that we quoted was *edited*."
        }
        AmendmentKind::Continuation => "This story and K7QX are one. It goes on as K7QX.",
        AmendmentKind::Retraction => {
            "The announcement was a **hoax**; [proof](https://hoax.example) came from the line itself."
        }
    };
    Amendment {
        code: night_trains().0.code,
        kind,
        text: text.to_owned(),
        by: "the moderators of Harbour_Club".to_owned(),
        at: at() + Duration::days(2),
    }
}

fn brief(story: &Story) -> Brief {
    let records: Vec<BriefRecord> = said()
        .iter()
        .enumerate()
        .map(|(n, s)| BriefRecord {
            id: record_id(n),
            url: s.url.to_owned(),
            platform: s.platform.clone(),
            venue: s.venue.to_owned(),
            class: SourceClass::default_for(&s.platform),
            speaker: s.speaker.to_owned(),
            byline: None,
            author_key: AuthorKey::derive(&s.platform, s.speaker),
            official: n == 0,
            published_at: at() - Duration::days(s.days_ago),
            copy_group: CopyGroup::of(&record_id(n)),
            body_start: 0,
            lang: Lang::EN,
            quarantined: false,
            text: None,
            sha256: Sha256::of(s.url),
        })
        .collect();
    let ids: Vec<RecordId> = records.iter().map(|r| r.id.clone()).collect();
    Brief {
        format: Brief::FORMAT,
        topic: TopicRef { slug: story.topic.clone(), name: "Night trains".to_owned() },
        storyline: story.storyline.clone(),
        code: story.code.clone(),
        version: story.version,
        status: story.status,
        at: story.at,
        time_zone: "Europe/Lisbon".to_owned(),
        lang: Lang::EN,
        label: story.label.clone(),
        records,
        members: ids.clone(),
        evidence: ids,
        before: Vec::new(),
        before_days: 7,
        quotes: Vec::new(),
        counts: Vec::new(),
        signals: Vec::new(),
        earlier: None,
        counter: CounterSearch { searched: 41, quotes: Vec::new() },
        similar: vec![Similar {
            code: StoryCode::of(&StorylineId::from_stored("ferry")),
            headline: "The early ferry to Saltmarsh keeps its timetable".to_owned(),
            topic: story.topic.clone(),
            at: at() - Duration::days(12),
        }],
        caveats: Vec::new(),
        records_read: 1_208,
        seed: 7,
    }
}
