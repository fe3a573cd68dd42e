//! Opening and migrating.

use newsdesk::model::Platform;
use newsdesk::store::Store;

use super::save;

use crate::support::{Database, post};

#[tokio::test]
async fn two_processes_may_open_a_new_database_at_once() {
    let database = Database::create();
    let (a, b) = tokio::join!(database.open(), database.open());
    save(&a, &[post(1, "One.")]).await;
    assert_eq!(b.record_totals().await.unwrap()[0], 1);
}

#[tokio::test]
async fn a_database_of_any_earlier_version_is_brought_forward_with_what_is_in_it() {
    let own = if Database::create().is_sqlite() { "sqlite" } else { "postgres" };
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut all = Vec::new();
    for folder in ["common", own] {
        let found = sqlx::migrate::Migrator::new(root.join(folder)).await.unwrap();
        all.extend(found.iter().cloned());
    }
    assert!(all.len() >= 3, "the migrations were found");
    for done in 1..=all.len() {
        let database = Database::create();
        let mut connection = database.connect().await;
        let some = sqlx::migrate::Migrator::with_migrations(all[..done].to_vec());
        some.run(&mut connection).await.unwrap();
        sqlx::raw_sql(
            "INSERT INTO record (id, platform, native_id, class, permalink, author_key, venue, published_ms, seen_ms, replay_ms, \
             body, tags, revision, raw_hash, pending) VALUES ('r1', 'web', 'r1', 'forum', 'https://a.example/1', 'k', 'a', 1, 2, 1, \
             'The ferry.', '[]', 1, 'h', 1)",
        )
        .execute(&mut connection)
        .await
        .unwrap();
        drop(connection);
        let store = database.open().await;
        let read = store.record_by_url("https://a.example/1").await.unwrap().unwrap();
        assert_eq!((read.body.as_str(), read.platform), ("The ferry.", Platform::Web), "after {done}");
        assert_eq!(store.story_totals().await.unwrap(), (0, 0));
        store.close().await;
        assert_eq!(database.open().await.record_totals().await.unwrap()[0], 1, "opened again");
    }
}

#[test]
fn no_migration_adds_a_column_that_old_rows_cannot_have() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    for folder in ["common", "sqlite", "postgres"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let sql = std::fs::read_to_string(&path).unwrap().to_uppercase();
            for added in sql.split("ADD COLUMN").skip(1) {
                let column = added.split([',', ';']).next().unwrap_or_default();
                assert!(
                    !column.contains("NOT NULL") || column.contains("DEFAULT"),
                    "{}: {column}",
                    path.display()
                );
            }
        }
    }
}

#[tokio::test]
async fn a_database_of_a_later_version_is_refused_with_its_reason() {
    let database = Database::create();
    database.open().await.close().await;
    let mut connection = database.connect().await;
    sqlx::raw_sql(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         SELECT 999000, 'from the future', success, checksum, 1 FROM _sqlx_migrations LIMIT 1",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    let err = Store::open(&database.url).await.unwrap_err().to_string();
    assert!(err.starts_with("the database was made by another version"), "{err}");
}

#[tokio::test]
async fn addresses_that_cannot_be_opened_say_why() {
    let err = Store::open("mysql://ana:secret@db.example/news").await.unwrap_err().to_string();
    assert!(err.contains("no known scheme") && !err.contains("secret"), "{err}");
    let file = tempfile::NamedTempFile::new().unwrap();
    let under_a_file = format!("sqlite://{}/desk.db", file.path().display());
    let err = Store::open(&under_a_file).await.unwrap_err().to_string();
    assert!(err.starts_with("cannot create the folder") || err.starts_with("cannot open"), "{err}");
    std::fs::write(file.path(), "this is no database, it is a shopping list of some length".repeat(20))
        .unwrap();
    let err = Store::open(&format!("sqlite://{}", file.path().display())).await.unwrap_err().to_string();
    assert!(err.contains("database"), "{err}");
}
