//! What is asked through a server of one's own.

use wiremock::matchers::query_param;

use super::*;

/// A client that hands everything to `gateway`, but what it is for `straight`.
fn through(gateway: SocketAddr, straight: &[SocketAddr]) -> PoliteClient {
    PoliteClient::new(HttpSettings {
        gateway: Some(gateway.to_string()),
        ..settings(straight.iter().copied())
    })
    .unwrap()
}

async fn got(client: &PoliteClient, url: &str) -> Result<Response, HttpError> {
    client.get(&Get::new(Url::parse(url).unwrap()), now()).await
}

#[tokio::test]
async fn it_is_told_which_host_is_meant_and_the_answer_is_that_hosts() {
    let gateway = MockServer::start().await;
    for (host, proto, at, answer) in [
        ("feeds.example", "https", "/a", ResponseTemplate::new(301).insert_header("location", "/b")),
        ("feeds.example", "https", "/b", ResponseTemplate::new(200).set_body_string("moved")),
        ("lists.example:8080", "http", "/c", ResponseTemplate::new(200).set_body_string("with a port")),
    ] {
        Mock::given(path(at))
            .and(header("host", host))
            .and(header("x-forwarded-proto", proto))
            .and(query_param("q", "x y"))
            .respond_with(answer)
            .mount(&gateway)
            .await;
    }
    Mock::given(path("/b"))
        .and(header("host", "feeds.example"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&gateway)
        .await;
    let client = through(*gateway.address(), &[]);
    let moved = got(&client, "https://feeds.example/a?q=x+y").await.unwrap();
    assert_eq!((moved.url.as_str(), moved.moved), ("https://feeds.example/b", true));
    let other = got(&client, "http://lists.example:8080/c?q=x+y#part").await.unwrap();
    assert_eq!(
        (other.url.as_str(), &*other.body),
        ("http://lists.example:8080/c?q=x+y#part", &b"with a port"[..])
    );
}

#[tokio::test]
async fn what_is_private_is_refused_or_asked_straight_as_without_it() {
    let (gateway, own) = (MockServer::start().await, serving("/feed", ResponseTemplate::new(200)).await);
    let client = through(*gateway.address(), &[*own.address()]);
    for url in ["http://127.0.0.1:9/", "http://169.254.169.254/latest", "http://0x7f.1/", "http://[::1]/"] {
        let refused = got(&client, url).await;
        assert!(matches!(refused, Err(HttpError::NotPublic { .. })), "{url}: {refused:?}");
    }
    assert_eq!(got(&client, &format!("{}/feed", own.uri())).await.unwrap().status, 200);
    assert_eq!(gateway.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn one_that_is_away_is_an_error_that_names_the_host_meant() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let away = listener.local_addr().unwrap();
    drop(listener);
    let err = got(&through(away, &[]), "https://feeds.example/a").await.unwrap_err().to_string();
    assert!(err.contains("feeds.example") && err.contains(&away.to_string()), "{err}");
}
