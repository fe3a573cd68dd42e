//! Where redirects lead, what goes along, and what is remembered.

use crate::config::Secret;

use super::*;

/// A server of which each path in `hops` redirects with a status to an address, and every other one answers.
async fn chain(hops: &[(&str, u16, &str)]) -> MockServer {
    let server = MockServer::start().await;
    for (from, status, to) in hops {
        let answer = ResponseTemplate::new(*status).insert_header("location", *to);
        Mock::given(path(*from)).respond_with(answer).mount(&server).await;
    }
    Mock::given(path("/end"))
        .respond_with(ResponseTemplate::new(200).set_body_string("end"))
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn a_move_is_remembered_only_when_every_hop_is_for_good() {
    let server = chain(&[
        ("/a", 301, "/b"),
        ("/b", 308, "/end"),
        ("/c", 301, "/d"),
        ("/d", 302, "/end"),
        ("/e", 307, "/a"),
        ("/f", 301, "/missing"),
    ])
    .await;
    let moved = |answer: Response| answer.moved_to().map(|url| url.path().to_owned());
    assert_eq!(moved(get(&server, "/a").await.unwrap()).as_deref(), Some("/end"));
    assert_eq!(moved(get(&server, "/b").await.unwrap()).as_deref(), Some("/end"));
    for temporary in ["/c", "/d", "/e", "/end"] {
        assert_eq!(moved(get(&server, temporary).await.unwrap()), None, "{temporary}");
    }
    let url = Url::parse(&server.uri()).unwrap().join("/f").unwrap();
    let reading = Get { read_refusals: true, ..Get::new(url) };
    let answer = client_for(&[*server.address()]).get(&reading, now()).await.unwrap();
    assert_eq!((answer.status, answer.moved_to()), (404, None), "nobody moves to where nothing is");
}

#[tokio::test]
async fn a_redirect_can_be_read_instead_of_followed() {
    let server = chain(&[("/r/none", 302, "/subreddits/search?q=none"), ("/odd", 301, "http://[")]).await;
    let client = client_for(&[*server.address()]);
    let reading = |at: &str| Get {
        read_redirects: true,
        ..Get::new(Url::parse(&server.uri()).unwrap().join(at).unwrap())
    };
    let answer = client.get(&reading("/r/none"), now()).await.unwrap();
    assert_eq!(answer.status, 302);
    assert_eq!(answer.redirects_to().unwrap().path(), "/subreddits/search");
    assert_eq!(client.get(&reading("/odd"), now()).await.unwrap().redirects_to(), None);
    assert_eq!(client.get(&reading("/end"), now()).await.unwrap().redirects_to(), None);
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
}

#[tokio::test]
async fn secrets_are_not_carried_to_where_a_redirect_leads() {
    let other = serving("/end", ResponseTemplate::new(200)).await;
    let (from, to) = (format!("{}/end", other.uri()), "/same");
    let server = chain(&[("/away", 302, &from), ("/here", 302, to)]).await;
    Mock::given(path("/same")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let client = client_for(&[*server.address(), *other.address()]);
    for at in ["/away", "/here"] {
        let url = Url::parse(&server.uri()).unwrap().join(at).unwrap();
        let asked = Get::new(url)
            .with_secret("authorization", &Secret::new("Bearer plover"))
            .unwrap()
            .with_secret("x-subscription-token", &Secret::new("plover"))
            .unwrap();
        assert!(client.get(&asked, now()).await.is_ok());
    }
    let here = server.received_requests().await.unwrap();
    let there = other.received_requests().await.unwrap();
    assert_eq!((here.len(), there.len()), (3, 1));
    for request in here.iter().chain(&there) {
        let first = ["/away", "/here"].contains(&request.url.path());
        for name in ["authorization", "x-subscription-token"] {
            assert_eq!(request.headers.contains_key(name), first, "{name} at {}", request.url.path());
        }
    }
}

fn form(url: Url) -> Get {
    Get { post: Some(Post::Form(vec![("grant_type", Secret::new("plover"))])), ..Get::new(url) }
}

#[tokio::test]
async fn a_form_follows_no_redirect() {
    for status in [301, 302, 303, 307, 308] {
        let server = chain(&[("/token", status, "/end")]).await;
        let url = Url::parse(&server.uri()).unwrap().join("/token").unwrap();
        let err = client_for(&[*server.address()]).get(&form(url), now()).await.unwrap_err();
        assert!(matches!(err, HttpError::Status { status: found, .. } if found == status), "{err}");
        assert!(!err.to_string().contains("plover"), "{err}");
        let received = server.received_requests().await.unwrap();
        assert_eq!(received.len(), 1, "{status}");
        assert_eq!(
            (received[0].method.as_str(), received[0].body.as_slice()),
            ("POST", &b"grant_type=plover"[..])
        );
    }
}

#[tokio::test]
async fn a_form_is_sent_once_whatever_becomes_of_it() {
    for answer in [
        "",
        "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhal",
        "nonsense\r\n\r\n",
    ] {
        let requests = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = std::sync::Arc::clone(&requests);
        let (at, _tasks) = raw_server(move |mut stream| {
            count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            async move {
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        })
        .await;
        let asked = form(format!("http://{at}/").parse().unwrap());
        let err = client_for(&[at]).get(&asked, now()).await.unwrap_err();
        assert!(!err.to_string().contains("plover"), "{err}");
        assert_eq!(requests.load(std::sync::atomic::Ordering::SeqCst), 1, "{answer:?}: {err}");
    }
}

#[tokio::test]
async fn an_allowed_host_leads_to_no_other_private_one() {
    let other = serving("/", ResponseTemplate::new(200)).await;
    for target in [
        format!("{}/", other.uri()),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://[::ffff:169.254.169.254]/".to_owned(),
        "http://[64:ff9b::a9fe:a9fe]/".to_owned(),
        "http://[::7f00:1]/".to_owned(),
    ] {
        for status in [301, 302, 303, 307, 308] {
            let server = chain(&[("/", status, &target)]).await;
            let err = get(&server, "/").await.unwrap_err();
            assert!(matches!(err, HttpError::NotPublic { .. }), "{status} {target}: {err}");
        }
    }
    assert!(other.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn pages_are_asked_on_the_ports_of_the_web_only() {
    let refused = |text: &str| Get { web_ports_only: true, ..Get::new(text.parse().unwrap()) };
    let client = client_for(&[]);
    for text in ["http://ledger.example:22/", "https://ledger.example:8443/", "http://1.1.1.1:6379/"] {
        let err = client.get(&refused(text), now()).await.unwrap_err();
        assert!(matches!(err, HttpError::BadUrl { .. }), "{text}: {err}");
    }
    let server = chain(&[("/", 302, "http://1.1.1.1:25/")]).await;
    let client = client_for(&[*server.address()]);
    let err = client.get(&refused(&server.uri()), now()).await.unwrap_err();
    assert!(
        matches!(err, HttpError::BadUrl { .. }),
        "an allowed host is asked on its port, others are not: {err}"
    );
}
