//! Clusters as the store has them after several rounds of reading.

use chrono::TimeDelta;
use newsdesk::analyze::{Analyzer, AnalyzerSettings};
use newsdesk::model::{ClusterChange, ClusterId, RecordId};
use newsdesk::store::{NewVectors, Store};

use crate::support::record::Post;
use crate::support::story::story_about;
use crate::support::{Database, at, post};

fn id(post: &Post) -> RecordId {
    RecordId::derive(&post.0.platform, &post.0.native_id)
}

async fn round(store: &Store, analyzer: &mut Analyzer, posts: &[Post]) -> u64 {
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

    assert_eq!(round(&store, &mut analyzer, &posts[..2]).await, 0);
    assert_eq!(clusters(&store, &posts[..2]).await, [opener(0), opener(0)]);

    // One that is older comes late, and hours later nothing older can come.
    round(&store, &mut analyzer, &posts[2..3]).await;
    let changes = round(&store, &mut analyzer, &posts[3..]).await;
    assert_eq!(changes, 2);
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

#[tokio::test]
async fn a_story_follows_the_cluster_it_was_about_into_the_one_that_this_became_part_of() {
    let database = Database::create();
    let store = database.open().await;
    let cluster = |n: u64| ClusterId::derive(&id(&post(n, "")));
    let merged = |from: u64, into: u64| ClusterChange::Merged { from: cluster(from), into: cluster(into) };
    let now = async |n: u64| {
        let asked = cluster(n);
        store.clusters_now(&[&asked].into()).await.unwrap().remove(&asked)
    };
    assert_eq!(now(1).await, None);
    store.save_analyses(&[], &[merged(2, 1)], &NewVectors::default()).await.unwrap();
    assert_eq!(now(2).await, Some(cluster(1)));
    // That one goes on in a third: both are found there.
    store.save_analyses(&[], &[merged(1, 3), merged(4, 3)], &NewVectors::default()).await.unwrap();
    for n in [1, 2, 4] {
        assert_eq!(now(n).await, Some(cluster(3)), "{n}");
    }
    // A name that comes back to life is nobody else's.
    let moved = ClusterChange::Moved { record: id(&post(1, "")), cluster: cluster(2) };
    store.save_analyses(&[], &[moved], &NewVectors::default()).await.unwrap();
    assert_eq!((now(2).await, now(1).await), (None, Some(cluster(3))));

    let said = post(9, "The night ferry sails again.").record();
    store.save_records(std::slice::from_ref(&said), at("2031-03-17 09:00")).await.unwrap();
    let record = store.record_by_url(&said.permalink).await.unwrap().unwrap();
    let mut new = story_about(&record, "The night ferry sails again.", "ferries", 1, at("2031-03-17 09:00"));
    new.trail.cluster = Some(cluster(1));
    store.save_story(&new).await.unwrap();
    let mut rows = store.story_by_code(&new.story.code).await.unwrap();
    store.follow_clusters(&mut rows).await.unwrap();
    assert_eq!(rows[0].trail.cluster, Some(cluster(3)));
}
