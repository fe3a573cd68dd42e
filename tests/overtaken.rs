//! Records that are revised or deleted between the reading of a batch and the writing of what was found in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use newsdesk::analyze::embed::{EmbedError, Embedder};
use newsdesk::analyze::{Analyzer, AnalyzerSettings};
use newsdesk::ingest::import::read_record;
use newsdesk::model::{CopyGroup, IncomingRecord, RecordId};
use newsdesk::store::Store;
use sqlx::Row as _;
use tokio::runtime::Handle;

use crate::support::record::{Post, minutes};
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

#[tokio::test(flavor = "multi_thread")]
async fn what_was_found_on_top_of_what_was_overtaken_is_found_again() {
    let database = Database::create();
    let store = database.open().await;
    let texts = [
        KEPT,
        "The town hall has a new clock and nobody can read it",
        BEFORE,
        GONE,
        GONE,
        "A walk along the salt pans takes two hours in spring",
        "Which tram goes to the lighthouse after eleven at night?",
    ];
    let posts = (1..).zip(texts).map(|(n, text)| {
        post(n, text).at(at("2031-03-17 08:00") + minutes(n.cast_signed())).by(&format!("@ana{n}"))
    });
    let posts: Vec<Post> = posts.collect();
    let ids: Vec<RecordId> = posts.iter().map(Post::id).collect();
    let records: Vec<IncomingRecord> = posts.into_iter().map(Post::record).collect();
    store.save_records(&records, at("2031-03-17 23:00")).await.unwrap();
    let mut analyzer = Analyzer::new(&[], AnalyzerSettings::default()).storing(2);
    // Two at a time: when the first two are stored, the next two are found already, and what follows is found with them.
    let mut over = false;
    let done = analyzer
        .run(&store, |_| {
            if !std::mem::replace(&mut over, true) {
                let change = save(&store, [post(3, AFTER), post(4, GONE).deleted()]);
                tokio::task::block_in_place(|| Handle::current().block_on(change));
            }
        })
        .await
        .unwrap();
    assert_eq!(done.records, 6);
    let stored = store.stored_by_id(&ids).await.unwrap();
    let texts: Vec<_> = stored.iter().map(|s| (s.text.text.as_str(), s.analysis.revision)).collect();
    let expected = [KEPT, texts[1].0, AFTER, GONE, texts[4].0, texts[5].0];
    assert_eq!(texts, expected.map(|text| (text, if text == AFTER { 2 } else { 1 })));
    assert_eq!(store.pending_records(9).await.unwrap(), []);
    assert_eq!(stored[3].record.id, ids[4]);
    assert_eq!(stored[3].copy_group, CopyGroup::of(&ids[4]), "nobody said it before who is still there");
}

#[tokio::test]
async fn what_is_found_while_the_chunk_before_is_stored_is_what_is_found_after_it() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/corpus.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let mut records: Vec<IncomingRecord> = text
        .lines()
        .take(120)
        .zip(1..)
        .map(|(line, n)| read_record(line, n, at("2031-03-17 08:00")).unwrap())
        .filter(|record| record.deleted.is_none())
        .collect();
    let id = |record: &IncomingRecord| RecordId::derive(&record.platform, &record.native_id);
    records.sort_by_key(|record| (record.published_at, id(record)));
    records.dedup_by_key(|record| id(record));
    let ids: Vec<RecordId> = records.iter().map(id).collect();
    let seen = at("2031-06-17 08:00");

    let ahead = Store::in_memory().await.unwrap();
    ahead.save_records(&records, seen).await.unwrap();
    let mut analyzer = Analyzer::new(&[], AnalyzerSettings::default()).storing(7);
    let mut told = Vec::new();
    analyzer.run(&ahead, |records| told.push(records)).await.unwrap();
    assert_eq!((told.len(), told[1]), (records.len().div_ceil(7), 14));

    let one_by_one = Store::in_memory().await.unwrap();
    let mut analyzer = Analyzer::new(&[], AnalyzerSettings::default());
    for chunk in records.chunks(7) {
        one_by_one.save_records(chunk, seen).await.unwrap();
        analyzer.run(&one_by_one, |_| ()).await.unwrap();
    }
    let (ahead, one_by_one) =
        (ahead.stored_by_id(&ids).await.unwrap(), one_by_one.stored_by_id(&ids).await.unwrap());
    assert_eq!(ahead.len(), records.len());
    assert_eq!(ahead, one_by_one);
}
