//! The store, function by function, on the chosen database.

use chrono::{DateTime, Utc};
use newsdesk::model::Record;
use newsdesk::store::{Store, Tally};
use sqlx::Row as _;

use crate::support::desk::Desk;
use crate::support::record::Post;
use crate::support::{Database, at};

mod database;
mod decided;
mod outbox;
mod records;
mod related;

const FERRIES: (&str, &str) = ("topics/ferries.toml", "name = \"Ferries\"\n\n[match]\nany = [\"ferry\"]\n");

fn now() -> DateTime<Utc> {
    at("2031-03-17 09:00")
}

fn page(posts: &[Post]) -> Vec<newsdesk::model::IncomingRecord> {
    posts.iter().cloned().map(Post::record).collect()
}

async fn save(store: &Store, posts: &[Post]) -> Tally {
    store.save_records(&page(posts), now()).await.unwrap()
}

/// A desk that has heard and analysed `posts`.
async fn desk_with(posts: &[Post]) -> Desk {
    let desk = Desk::open("", &[FERRIES]).await;
    save(&desk.store, posts).await;
    desk.analyze().await;
    desk
}

async fn record(store: &Store, post: &Post) -> Record {
    store.record_by_url(&post.0.permalink).await.unwrap().unwrap()
}

/// Every text column of every table, as one string.
pub(crate) async fn dump(database: &Database) -> String {
    let mut connection = database.connect().await;
    let mut all = String::new();
    for (table, columns) in [
        (
            "record",
            "id, native_id, permalink, author, author_key, venue, title, body, tags, answers, quotes, raw_hash",
        ),
        ("record_text", "record_id, text, marks, sha256"),
        ("analysis", "record_id, entities, phrases, exact_hash, fingerprint, signs"),
        ("story", "code, headline, body, trail"),
        ("brief", "sha256, body"),
        ("decision", "subject, detail"),
        ("step", "payload"),
    ] {
        let sql = format!("SELECT {columns} FROM {table}");
        for row in sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap() {
            for n in 0..row.len() {
                all.push_str(&row.get::<Option<String>, _>(n).unwrap_or_default());
                all.push('\n');
            }
        }
    }
    all
}
