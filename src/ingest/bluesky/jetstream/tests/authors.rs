//! Who is behind the posts: named by the AppView, and left out by their own wish.

use serde_json::Value;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::*;

/// Plays the AppView: accounts named after their DIDs, but for some.
async fn appview() -> MockServer {
    let server = MockServer::start().await;
    let profiles = |request: &Request| {
        let asked: Vec<String> = request.url.query_pairs().map(|(_, did)| did.into_owned()).collect();
        assert!(asked.len() <= 25, "{asked:?}");
        let of = |did: &String| -> Option<Value> {
            let name = did.strip_prefix("did:plc:")?;
            match name {
                "lost" => None,
                "shy" => Some(
                    json!({ "did": did, "handle": "shy.example", "labels": [{ "val": "!no-unauthenticated", "src": did }] }),
                ),
                "broken" => Some(json!({ "did": did, "handle": "handle.invalid" })),
                name => Some(json!({ "did": did, "handle": format!("{name}.example") })),
            }
        };
        ResponseTemplate::new(200)
            .set_body_json(json!({ "profiles": asked.iter().filter_map(of).collect::<Vec<_>>() }))
    };
    Mock::given(path("/xrpc/app.bsky.actor.getProfiles")).respond_with(profiles).mount(&server).await;
    server
}

#[tokio::test]
async fn authors_are_asked_for_once_and_those_who_wish_it_are_left_out() {
    let us = now_us() - 10 * SECOND;
    let by = |did: &str, key: &str| Do::Send(commit(us, did, "create", key, Some(text("night train"))));
    let mut script: Vec<Do> = ["ana", "shy", "lost", "broken"]
        .map(|name| by(&format!("did:plc:{name}"), &format!("3{name}")))
        .into();
    script.extend((0..60).map(|n| by(&format!("did:plc:crowd{n}"), "3c")));
    script.extend(crowd(now_us()));
    let (host, appview) = (Host::playing([script]).await, appview().await);
    let client = http([host.address.as_str(), &appview.address().to_string()]);
    let source = stream(&[&host]).profiles_at(Url::parse(&appview.uri()).unwrap());
    let page = source.scan(&client, &standing(us), Budget::default(), now()).await.unwrap();
    assert_eq!(page.records.len(), 62);
    let author = |did: &str| {
        page.records
            .iter()
            .find(|record| record.native_id.contains(&format!("{did}/")))
            .unwrap()
            .author
            .clone()
    };
    assert_eq!(author("did:plc:ana").as_deref(), Some("@ana.example"));
    assert_eq!(
        author("did:plc:broken").as_deref(),
        Some("did:plc:broken"),
        "one name that many bear is nobody's"
    );
    let left_out: Vec<_> = page.skipped.iter().map(|skipped| skipped.why.as_str()).collect();
    assert_eq!(left_out.len(), 2, "{left_out:?}");
    assert!(
        left_out.iter().any(|why| why.contains("wishes"))
            && left_out.iter().any(|why| why.contains("not shown"))
    );
    assert_eq!(appview.received_requests().await.unwrap().len(), 3, "64 authors, 25 at a time");
    source.scan(&client, &standing(us), Budget::default(), now()).await.unwrap();
    assert_eq!(appview.received_requests().await.unwrap().len(), 3, "known");
}

#[tokio::test]
async fn without_the_appview_nothing_is_taken_for_read() {
    let us = now_us() - 10 * SECOND;
    let mut script = vec![post(us, "3one", "night train one")];
    script.extend(crowd(now_us()));
    let host = Host::playing([script]).await;
    let down = MockServer::start().await;
    Mock::given(path("/xrpc/app.bsky.actor.getProfiles"))
        .respond_with(ResponseTemplate::new(502))
        .mount(&down)
        .await;
    let client = http([host.address.as_str(), &down.address().to_string()]);
    let source = stream(&[&host]).profiles_at(Url::parse(&down.uri()).unwrap());
    let store = Store::in_memory().await.unwrap();
    let report = scan_within(&store, &client, &source, "trains", Budget::default(), now()).await.unwrap();
    assert!(matches!(report.end, ScanEnd::Failed { .. }), "{:?}", report.end);
    let state = store.source_state(&source.id()).await.unwrap().unwrap();
    assert_eq!((state.cursor, report.tally.new), (None, 0));
}
