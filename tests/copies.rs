//! Copies as the store has them: texts that others pass on count once, and a reader who starts anew finds the same.

use chrono::TimeDelta;
use newsdesk::analyze::{Analyzer, AnalyzerSettings};
use newsdesk::model::{CopyGroup, RecordId};
use newsdesk::store::Store;

use crate::support::record::Post;
use crate::support::{Database, at, post};

const STATEMENT: &str = "The night ferry to Pellow Quay runs again from the first of May. Harbour Lines and the islands' council \
    signed a contract for seven winters on Monday. The old boat was rebuilt in the yard at Linden and carries ninety people and \
    twelve cars. Tickets for islanders stay at four crowns until the new pier is paid for, and dogs travel free on weekdays.";
const HEADLINE: &str = "Night ferry returns to Pellow Quay in May";

async fn read(store: &Store, posts: &[Post]) -> Vec<CopyGroup> {
    let mut analyzer = Analyzer::new(&[], AnalyzerSettings::default());
    let page: Vec<_> = posts.iter().cloned().map(Post::record).collect();
    store.save_records(&page, at("2031-03-17 23:00")).await.unwrap();
    analyzer.run(store, |_| ()).await.unwrap();
    let ids: Vec<RecordId> = posts.iter().map(Post::id).collect();
    let stored = store.stored_by_id(&ids).await.unwrap();
    let group = |id: &RecordId| stored.iter().find(|s| s.record.id == *id).unwrap().copy_group.clone();
    ids.iter().map(group).collect()
}

fn paper(n: u64, host: &str, title: &str, body: &str) -> Post {
    post(n, body).titled(title).in_paper(n, host, host).by(host)
}

#[tokio::test]
async fn whoever_passes_a_text_on_adds_none_and_whoever_comments_on_it_does() {
    let database = Database::create();
    let store = database.open().await;
    let hour = |n| at("2031-03-17 08:00") + TimeDelta::hours(n);
    let own = "We drove out to the yard, counted the rivets and asked the welders what they think of nights at sea. ";
    let report = (0..150).map(|n| format!("rivet{n}")).collect::<Vec<_>>().join(" ");
    let posts = [
        paper(1, "courier.example", HEADLINE, STATEMENT).at(hour(0)),
        post(2, &format!("RT @courier: {HEADLINE}")).by("@bea").at(hour(1)),
        post(3, &format!("So good! “{HEADLINE}” via @courier")).by("@cid").at(hour(1)),
        post(4, &format!("> {STATEMENT}"))
            .titled(&format!("{HEADLINE} | The Courier"))
            .on_reddit(44, "ferries")
            .by("u/dov")
            .at(hour(2)),
        post(5, STATEMENT).titled("From the statement").on_reddit(45, "islands").by("u/eda").at(hour(3)),
        paper(6, "gazette.example", "Boat at night: a contract", &format!("{STATEMENT} {own}")).at(hour(3)),
        // These say something themselves.
        post(
            7,
            &format!(
                "I stood at that pier for two winters and nobody told us anything: “{HEADLINE}” via @courier"
            ),
        )
        .by("@fay")
        .at(hour(4)),
        post(8, &format!("> {STATEMENT}\n\nAnd who is to work at night? Has anybody asked the crew?"))
            .titled("About the contract")
            .on_reddit(46, "ferries")
            .by("u/gus")
            .at(hour(4)),
        paper(9, "herald.example", "What the welders say", &format!("{STATEMENT} {report}")).at(hour(5)),
    ];
    let groups = read(&store, &posts).await;
    let first = CopyGroup::of(&posts[0].id());
    for (n, group) in groups.iter().enumerate() {
        let expected = if n < 6 { first.clone() } else { CopyGroup::of(&posts[n].id()) };
        assert_eq!(*group, expected, "the {n}th");
    }
    // A reader that starts anew knows what was said.
    let later = [
        post(10, &format!("MT \"{HEADLINE}\" — @courier")).by("@hal").at(hour(6)),
        post(11, STATEMENT).titled("Read this").on_reddit(47, "islands").by("u/ivy").at(hour(7)),
    ];
    assert_eq!(read(&store, &later).await, [first.clone(), first]);
}
