//! Limits that hosts tell are kept before they are hit.

use super::*;

async fn answering(answer: ResponseTemplate) -> (MockServer, PoliteClient, Get) {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(answer).mount(&server).await;
    let client = client_for(&[*server.address()]);
    let get = Get::new(server.uri().parse().unwrap());
    (server, client, get)
}

#[tokio::test]
async fn a_host_whose_limit_is_used_up_is_not_asked_again_before_its_reset() {
    let epoch = (now().timestamp() + 90).to_string();
    for headers in [
        vec![("x-ratelimit-used", "600"), ("x-ratelimit-remaining", "0.0"), ("x-ratelimit-reset", "90")],
        vec![
            ("X-RateLimit-Limit", "300"),
            ("X-RateLimit-Remaining", "0"),
            ("X-RateLimit-Reset", "2031-03-17T19:01:30.520936Z"),
        ],
        vec![("x-ratelimit-limit", "60"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &epoch)],
        vec![
            ("ratelimit-limit", "3000"),
            ("ratelimit-remaining", "0"),
            ("ratelimit-reset", &epoch),
            ("ratelimit-policy", "3000;w=300"),
        ],
        vec![
            ("X-RateLimit-Limit", "1, 15000"),
            ("X-RateLimit-Remaining", "1, 0"),
            ("X-RateLimit-Reset", "1, 90"),
        ],
        vec![("RateLimit", "\"burst\";r=5;t=1, \"day\";r=0;t=90")],
    ] {
        // The last request that the limit allows succeeds; the one after it is never sent.
        let mut answer = ResponseTemplate::new(200).set_body_string("the last one");
        for (name, value) in &headers {
            answer = answer.append_header(*name, *value);
        }
        let (server, client, get) = answering(answer).await;
        assert_eq!(client.get(&get, now()).await.unwrap().body, b"the last one", "{headers:?}");
        let err = client.get(&get, now()).await.unwrap_err();
        assert!(matches!(err, HttpError::RateLimited { .. }), "{headers:?}: {err}");
        assert!((85..=90).contains(&err.retry_in().unwrap().as_secs()), "{headers:?}: {err}");
        assert_eq!(server.received_requests().await.unwrap().len(), 1);

        // The same headers on a refusal say how long it holds.
        for status in [429, 403] {
            let mut answer = ResponseTemplate::new(status).set_body_string("<html>no");
            for (name, value) in &headers {
                answer = answer.append_header(*name, *value);
            }
            let (server, client, get) = answering(answer).await;
            for reading in [false, true] {
                let err =
                    client.get(&Get { read_refusals: reading, ..get.clone() }, now()).await.unwrap_err();
                assert!(matches!(err, HttpError::RateLimited { .. }), "{status} {headers:?}: {err}");
                assert!(
                    (85..=90).contains(&err.retry_in().unwrap().as_secs()),
                    "{status} {headers:?}: {err}"
                );
            }
            assert_eq!(server.received_requests().await.unwrap().len(), 1, "{status} {headers:?}");
        }
    }
}

#[tokio::test]
async fn a_reset_in_the_past_neither_blocks_nor_hurries() {
    let stale = |status| {
        ResponseTemplate::new(status)
            .append_header("x-ratelimit-remaining", "0")
            .append_header("x-ratelimit-reset", "2031-03-17T18:00:00Z")
    };
    let (server, client, get) = answering(stale(200)).await;
    let started = tokio::time::Instant::now();
    for _ in 0..2 {
        client.get(&get, now()).await.unwrap();
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
    assert!(started.elapsed() >= Duration::from_millis(900), "a moment is left between the two");

    let (_server, client, get) = answering(stale(429)).await;
    let err = client.get(&get, now()).await.unwrap_err();
    assert_eq!(
        err.retry_in(),
        Some(Duration::from_mins(1)),
        "a refusal is believed more than a stale header"
    );
}

#[tokio::test]
async fn a_plain_403_is_no_rate_limit_and_one_with_a_time_is() {
    let (_server, client, get) = answering(ResponseTemplate::new(403)).await;
    assert!(matches!(client.get(&get, now()).await.unwrap_err(), HttpError::Status { status: 403, .. }));
    let full = ResponseTemplate::new(403).append_header("x-ratelimit-remaining", "59");
    let (_server, client, get) = answering(full).await;
    assert!(matches!(client.get(&get, now()).await.unwrap_err(), HttpError::Status { status: 403, .. }));
    let secondary = ResponseTemplate::new(403).append_header("retry-after", "77");
    let (_server, client, get) = answering(secondary).await;
    assert_eq!(client.get(&get, now()).await.unwrap_err().retry_in(), Some(Duration::from_secs(77)));
}

#[tokio::test]
async fn a_host_with_a_pace_of_its_own_is_asked_in_it() {
    let server = serving("/", ResponseTemplate::new(200)).await;
    let at = *server.address();
    let client = PoliteClient::new(HttpSettings {
        host_paces: [(at.to_string(), (1, Duration::from_millis(300)))].into(),
        ..settings([at])
    })
    .unwrap();
    let started = tokio::time::Instant::now();
    let get = Get::new(server.uri().parse().unwrap());
    let (a, b) = tokio::join!(client.get(&get, now()), client.get(&get, now()));
    assert!(a.is_ok() && b.is_ok());
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[test]
fn paces_that_services_ask_for_are_built_in() {
    let paces = HttpSettings::default().host_paces;
    assert_eq!(paces["arxiv.org"], (1, Duration::from_secs(3)));
    let (requests, interval) = paces["hacker-news.firebaseio.com"];
    assert!(requests <= 8 && interval >= Duration::from_millis(100));
}
