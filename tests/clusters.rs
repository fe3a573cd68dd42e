//! Clusters as the store has them after several rounds of reading.

use chrono::TimeDelta;
use newsdesk::analyze::{Analyzer, AnalyzerSettings};
use newsdesk::model::{ClusterChange, ClusterId, RecordId};
use newsdesk::store::Store;

use crate::support::record::Post;
use crate::support::{Database, at, post};

fn id(post: &Post) -> RecordId {
    RecordId::derive(&post.0.platform, &post.0.native_id)
}

async fn round(store: &Store, analyzer: &mut Analyzer, posts: &[Post]) -> Vec<ClusterChange> {
    let page: Vec<_> = posts.iter().cloned().map(Post::record).collect();
    store.save_records(&page, at("2031-03-17 23:00")).await.unwrap();
    analyzer.run(store, |_| ()).await.unwrap().changes
}

async fn clusters(store: &Store, posts: &[Post]) -> Vec<ClusterId> {
    let ids: Vec<RecordId> = posts.iter().map(id).collect();
    store.stored_by_id(&ids).await.unwrap().into_iter().map(|stored| stored.cluster).collect()
}

fn talk() -> [Post; 4] {
    let eight = at("2031-03-17 08:00");
    [
        post(1, "The harbour board brings the night ferry back in May").at(eight),
        post(2, "Night ferry comes back in May, says the harbour board").at(eight + TimeDelta::minutes(5)),
        post(3, "Harbour board: the night ferry is back from May").at(eight - TimeDelta::minutes(20)),
        post(4, "Who bakes good rolls near the old station?").at(eight + TimeDelta::hours(5)),
    ]
}

#[tokio::test]
async fn stored_records_follow_when_their_cluster_turns_out_to_be_another() {
    let database = Database::create();
    let store = database.open().await;
    let mut analyzer = Analyzer::new(&[], AnalyzerSettings::default());
    let posts = talk();
    let opener = |n: usize| ClusterId::derive(&id(&posts[n]));

    assert_eq!(round(&store, &mut analyzer, &posts[..2]).await, []);
    assert_eq!(clusters(&store, &posts[..2]).await, [opener(0), opener(0)]);

    // One that is older comes late, and hours later nothing older can come.
    round(&store, &mut analyzer, &posts[2..3]).await;
    let changes = round(&store, &mut analyzer, &posts[3..]).await;
    let moved = |n: usize| ClusterChange::Moved { record: id(&posts[n]), cluster: opener(2) };
    assert_eq!(changes, [moved(0), moved(1)]);
    assert_eq!(clusters(&store, &posts).await, [opener(2), opener(2), opener(2), opener(3)]);
}

#[tokio::test]
async fn an_analyzer_that_starts_anew_goes_on_with_the_stored_clusters() {
    let database = Database::create();
    let store = database.open().await;
    let posts = talk();
    round(&store, &mut Analyzer::new(&[], AnalyzerSettings::default()), &posts).await;
    let again =
        post(5, "Is the night ferry back in May? The harbour board says so").at(at("2031-03-17 14:30"));
    round(&store, &mut Analyzer::new(&[], AnalyzerSettings::default()), std::slice::from_ref(&again)).await;
    assert_eq!(clusters(&store, &[again]).await, [ClusterId::derive(&id(&posts[2]))]);
}
