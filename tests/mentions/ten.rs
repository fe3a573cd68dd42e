//! What ten followers are told, over the stories of the demo.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use newsdesk::mentions::{Mentions, Settings};
use newsdesk::model::ManualClock;
use newsdesk::store::Store;
use sqlx::{Connection as _, Row as _};
use tokio_util::sync::CancellationToken;

use super::fake::{Fake, US, mention, reply};
use crate::support::demo::demo;

const TOPICS: [(&str, &str); 5] = [
    ("city-bikes", "City bikes"),
    ("library-hours", "Library hours"),
    ("night-trains", "Night trains"),
    ("sea-weather", "Sea weather"),
    ("tide-power", "Tide power"),
];

#[tokio::test]
async fn ten_followers_are_answered() {
    let demo = demo();
    let folder = tempfile::TempDir::new().unwrap();
    let copy = folder.path().join("copy.db");
    std::fs::copy(demo.database().trim_start_matches("sqlite://"), &copy).unwrap();
    let url = format!("sqlite://{}", copy.display());
    let store = Store::open(&url).await.unwrap();
    let mut connection = sqlx::AnyConnection::connect(&format!("{url}?mode=rwc")).await.unwrap();
    let newest = "SELECT storyline, code, version, at_ms FROM story WHERE topic = 'night-trains' ORDER BY at_ms DESC, code";
    let row = sqlx::query(newest).fetch_one(&mut connection).await.unwrap();
    sqlx::query(
        "INSERT INTO told (account, record_key, storyline, code, version) VALUES ($1, '3kstory', $2, $3, $4)",
    )
    .bind(US)
    .bind(row.get::<String, _>("storyline"))
    .bind(row.get::<String, _>("code"))
    .bind(row.get::<i64, _>("version"))
    .execute(&mut connection)
    .await
    .unwrap();
    let at: DateTime<Utc> = DateTime::from_timestamp_millis(row.get("at_ms")).unwrap();
    let story = format!("at://{US}/app.bsky.feed.post/3kstory");

    let clock = Arc::new(ManualClock::at(at));
    let fake = Fake::default();
    let view = move |(slug, name): (&str, &str)| newsdesk::answer::TopicView {
        slug: slug.parse().unwrap(),
        name: name.to_owned(),
        description: String::new(),
        time_zone: chrono_tz::UTC,
        next_scan: Some(at + TimeDelta::minutes(30)),
    };
    let topics = Arc::new(move |_| TOPICS.map(view).to_vec());
    let mentions = Mentions::new(store, topics, clock.clone(), Arc::new(fake.clone()), Settings::default());
    mentions.round(&CancellationToken::new()).await.unwrap();
    let now = at + TimeDelta::minutes(1);
    clock.set(now);
    let posts = [
        mention(1, "ana", "what's new with the night trains?", now),
        reply(2, "ben", "Sources?", &story, now),
        reply(3, "cleo", "why is this a story?", &story, now),
        reply(4, "dora", "faq 3", &story, now),
        reply(5, "eve", "was hat sich geändert?", &story, now),
        mention(6, "finn", "latest on quantum knitting", now),
        mention(7, "gus", "latest", now),
        mention(8, "hana", "hilfe", now),
        reply(9, "ida", "wow, nonsense lol", &story, now),
        mention(10, "jon", "please leave me alone", now),
    ];
    fake.with(|world| world.mail.extend(posts.iter().cloned()));
    mentions.round(&CancellationToken::new()).await.unwrap();
    let mut told = String::new();
    for post in &posts {
        let asked = post.record["text"].as_str().unwrap();
        told.push_str(&format!("=== {asked}\n"));
        let answers = fake.answer_to(&post.uri);
        if answers.is_empty() {
            told.push_str("(silence)\n");
        }
        for answer in answers {
            told.push_str(&format!("{answer}\n---\n"));
        }
        told.push('\n');
    }
    insta::assert_snapshot!("ten_followers", told);
}
