//! Records that are revised or deleted between the reading of a batch and the writing of what was found in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use newsdesk::analyze::embed::{EmbedError, Embedder};
use newsdesk::analyze::{Analyzer, AnalyzerSettings};
use newsdesk::model::CopyGroup;
use newsdesk::store::Store;
use sqlx::Row as _;

use crate::support::record::Post;
use crate::support::{Database, at, post};

const KEPT: &str = "Who bakes good rolls near the old station on a Sunday morning?";
const BEFORE: &str = "The night ferry to Pellow Quay sails again at nine from May";
const AFTER: &str = "The night ferry to Pellow Quay sails again at ten from May";
const GONE: &str = "My neighbour on the third pier keeps a seal in the bath tub";

/// A model that takes its time: while it thinks, one record is revised and another deleted, once.
#[derive(Debug)]
struct Slow {
    store: Store,
    over: AtomicBool,
}

#[async_trait]
impl Embedder for Slow {
    fn model(&self) -> &'static str {
        "slow"
    }

    async fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        if !self.over.swap(true, Ordering::SeqCst) {
            save(&self.store, [post(2, AFTER), post(3, GONE).deleted()]).await;
        }
        let mut place = 0.0;
        Ok(texts
            .iter()
            .map(|_| {
                place += 1.0;
                vec![1.0, place * place]
            })
            .collect())
    }
}

async fn save<const N: usize>(store: &Store, posts: [Post; N]) {
    store.save_records(&posts.map(Post::record), at("2031-03-17 23:00")).await.unwrap();
}

async fn count(database: &Database, table: &str) -> i64 {
    let mut connection = database.connect().await;
    let sql = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) AS n FROM {table}"));
    sqlx::query(sql).fetch_one(&mut connection).await.unwrap().get("n")
}

#[tokio::test]
async fn what_was_overtaken_while_it_was_read_is_read_again_or_stays_gone() {
    let database = Database::create();
    let store = database.open().await;
    let posts = [post(1, KEPT), post(2, BEFORE), post(3, GONE)];
    let [kept, revised, gone] = posts.each_ref().map(Post::id);
    save(&store, posts).await;
    let model = Arc::new(Slow { store: store.clone(), over: AtomicBool::new(false) });
    let mut analyzer = Analyzer::new(&[], AnalyzerSettings::default()).with_embedder(model);
    let done = analyzer.run(&store, |_| ()).await.unwrap();
    assert_eq!(done.records, 2, "one at once, one when it was read again");

    let stored = store.stored_by_id(&[kept.clone(), revised.clone(), gone]).await.unwrap();
    let texts: Vec<_> = stored.iter().map(|s| (s.text.text.as_str(), s.analysis.revision)).collect();
    assert_eq!(texts, [(KEPT, 1), (AFTER, 2)]);
    assert_eq!(store.pending_records(9).await.unwrap(), []);
    for table in ["record_text", "analysis", "embedding"] {
        assert_eq!(count(&database, table).await, 2, "{table}: nothing of what was deleted or never read");
    }

    // Memory holds nothing of it either: who says the same later says it first.
    let again = post(4, GONE).by("@bea");
    let group = CopyGroup::of(&again.id());
    let id = again.id();
    save(&store, [again]).await;
    analyzer.run(&store, |_| ()).await.unwrap();
    assert_eq!(store.stored_by_id(&[id]).await.unwrap()[0].copy_group, group);
}
