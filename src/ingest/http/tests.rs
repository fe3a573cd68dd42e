//! The client against servers that behave, misbehave and attack. All of them on loopback, allowed by name.

mod gateway;
mod hostile;
mod limits;
mod redirects;

use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::ingest::testing::{now, settings};

fn client_for(servers: &[SocketAddr]) -> PoliteClient {
    PoliteClient::new(HttpSettings { max_body_bytes: 64 * 1024, ..settings(servers) }).unwrap()
}

/// A client that waits no longer than this for headers, and for all.
fn hasty(server: SocketAddr, header_timeout: Duration, total_timeout: Duration) -> PoliteClient {
    PoliteClient::new(HttpSettings { header_timeout, total_timeout, ..settings([server]) }).unwrap()
}

const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_mins(1);

async fn get(server: &MockServer, at: &str) -> Result<Response, HttpError> {
    let url = Url::parse(&server.uri()).unwrap().join(at).unwrap();
    client_for(&[*server.address()]).get(&Get::new(url), now()).await
}

async fn serving(at: &str, answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET")).and(path(at)).respond_with(answer).mount(&server).await;
    server
}

/// A server of which every connection is answered by `answer`.
async fn raw_server<F>(answer: impl Fn(TcpStream) -> F + Send + 'static) -> (SocketAddr, JoinSet<()>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            if stream.read(&mut request).await.is_ok() {
                answer(stream).await;
            }
        }
    });
    (at, tasks)
}

#[tokio::test]
async fn it_says_who_it_is() {
    let server = MockServer::start().await;
    let agent =
        format!("newsdesk/{} (self-hosted newsroom bot; no contact configured)", env!("CARGO_PKG_VERSION"));
    Mock::given(header("user-agent", agent.as_str()))
        .respond_with(ResponseTemplate::new(200).set_body_string("hello"))
        .mount(&server)
        .await;
    assert_eq!(get(&server, "/").await.unwrap().body, b"hello");

    let settings = HttpSettings {
        contact: Some("desk@ledger.example\r\nX-Evil: 1".to_owned()),
        ..HttpSettings::default()
    };
    assert!(settings.user_agent().ends_with("contact: desk@ledger.exampleX-Evil: 1)"));
    assert!(PoliteClient::new(settings).is_ok());
}

#[tokio::test]
async fn private_addresses_are_refused_however_they_are_written() {
    let client = client_for(&[]);
    for text in [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.0.0.1./",
        "http://[::1]/",
        "http://[::ffff:7f00:1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1:8080/",
        "https://[fe80::1]/",
    ] {
        let err = client.get(&Get::new(Url::parse(text).unwrap()), now()).await.unwrap_err();
        assert!(matches!(err, HttpError::NotPublic { .. }), "{text}: {err}");
        assert_eq!(err.retry_in(), None);
    }
    for text in ["ftp://ledger.example/", "file:///etc/passwd", "http://ana:secret@ledger.example/"] {
        let err = client.get(&Get::new(Url::parse(text).unwrap()), now()).await.unwrap_err();
        assert!(matches!(err, HttpError::BadUrl { .. }), "{text}: {err}");
        assert!(!err.to_string().contains("secret"), "{err}");
    }
}

#[tokio::test]
async fn an_allowed_host_is_allowed_on_its_port_only() {
    let allowed = serving("/", ResponseTemplate::new(200)).await;
    let other = serving("/", ResponseTemplate::new(200)).await;
    let client = client_for(&[*allowed.address()]);
    assert!(client.get(&Get::new(allowed.uri().parse().unwrap()), now()).await.is_ok());
    let err = client.get(&Get::new(other.uri().parse().unwrap()), now()).await.unwrap_err();
    assert_eq!(err, HttpError::NotPublic { host: other.address().to_string() });
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_refused() {
    for target in [
        "http://127.0.0.1:1/",
        "http://localhost:1/",
        "http://169.254.169.254/",
        "//[::1]:1/",
        "http://0x7f000001/",
    ] {
        let server = serving("/", ResponseTemplate::new(302).insert_header("location", target)).await;
        let err = get(&server, "/").await.unwrap_err();
        assert!(matches!(err, HttpError::NotPublic { .. }), "{target}: {err}");
    }
    let server =
        serving("/", ResponseTemplate::new(302).insert_header("location", "file:///etc/passwd")).await;
    assert!(matches!(get(&server, "/").await.unwrap_err(), HttpError::BadUrl { .. }));
}

#[tokio::test]
async fn redirects_are_followed_and_lose_their_validators() {
    let server = serving("/old", ResponseTemplate::new(301).insert_header("location", "new?a=1")).await;
    let page = ResponseTemplate::new(200).set_body_string("moved here").insert_header("etag", "\"b\"");
    Mock::given(path("/new")).respond_with(page).mount(&server).await;
    let answer = get(&server, "/old").await.unwrap();
    assert_eq!(
        (answer.body.as_slice(), answer.url.path(), answer.url.query()),
        (&b"moved here"[..], "/new", Some("a=1"))
    );
    assert_eq!(answer.etag(), None);
    assert_eq!(get(&server, "/new").await.unwrap().etag().as_deref(), Some("\"b\""));
}

#[tokio::test]
async fn a_redirect_loop_ends() {
    let server = serving("/", ResponseTemplate::new(302).insert_header("location", "/")).await;
    let err = get(&server, "/").await.unwrap_err();
    assert_eq!(err, HttpError::TooManyRedirects { url: format!("{}/", server.uri()), max: 5 });
    assert_eq!(server.received_requests().await.unwrap().len(), 6);
}

#[tokio::test]
async fn validators_go_out_byte_for_byte_and_304_is_an_answer() {
    let server = serving("/", ResponseTemplate::new(304)).await;
    let get = Get {
        etag: Some("W/\"a b\"".to_owned()),
        last_modified: Some("Mon, 17 Mar 2031 18:00:00 GMT".to_owned()),
        ..Get::new(server.uri().parse().unwrap())
    };
    let answer = client_for(&[*server.address()]).get(&get, now()).await.unwrap();
    assert!(answer.not_modified && answer.body.is_empty());
    let sent = &server.received_requests().await.unwrap()[0].headers;
    assert_eq!(sent["if-none-match"], "W/\"a b\"");
    assert_eq!(sent["if-modified-since"], "Mon, 17 Mar 2031 18:00:00 GMT");
}

#[tokio::test]
async fn too_many_requests_stop_all_requests_to_that_host() {
    for (header, wait) in [("120", 120), ("Mon, 17 Mar 2031 19:10:00 GMT", 600), ("soon", 60)] {
        let server = serving("/", ResponseTemplate::new(429).insert_header("retry-after", header)).await;
        let client = client_for(&[*server.address()]);
        let get = Get::new(server.uri().parse().unwrap());
        let err = client.get(&get, now()).await.unwrap_err();
        assert_eq!(err.retry_in(), Some(Duration::from_secs(wait)), "{header}");
        assert!(matches!(client.get(&get, now()).await.unwrap_err(), HttpError::RateLimited { .. }));
        assert_eq!(server.received_requests().await.unwrap().len(), 1, "the second one was never sent");
    }
}

#[tokio::test]
async fn failures_say_whether_to_come_back() {
    let day = Duration::from_hours(24);
    for (status, least, most) in [
        (500, Some(Duration::from_mins(1)), day),
        (503, Some(Duration::from_mins(1)), day),
        (404, Some(Duration::from_hours(1)), day),
        (403, Some(Duration::from_hours(1)), day),
        (410, None, day),
    ] {
        let server = serving("/", ResponseTemplate::new(status).set_body_string("<html>sorry</html>")).await;
        let err = get(&server, "/").await.unwrap_err();
        assert!(err.to_string().contains(&status.to_string()), "{err}");
        match least {
            Some(least) => assert!((least..most).contains(&err.retry_in().unwrap()), "{status}"),
            None => assert_eq!(err.retry_in(), None),
        }
    }
    let server = serving("/", ResponseTemplate::new(503).insert_header("retry-after", "7")).await;
    assert_eq!(get(&server, "/").await.unwrap_err().retry_in(), Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn a_large_body_is_cut_off_whether_it_says_so_or_not() {
    let server = serving("/", ResponseTemplate::new(200).set_body_bytes(vec![b'a'; 64 * 1024 + 1])).await;
    assert!(matches!(get(&server, "/").await.unwrap_err(), HttpError::TooLarge { max_bytes: 65_536, .. }));
    let server = serving("/", ResponseTemplate::new(200).set_body_bytes(vec![b'a'; 64 * 1024])).await;
    assert_eq!(get(&server, "/").await.unwrap().body.len(), 64 * 1024);

    let (at, _tasks) = raw_server(|mut stream| async move {
        let mut open = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.is_ok();
        while open {
            open = stream.write_all(&[b'a'; 4096]).await.is_ok();
        }
    })
    .await;
    let err =
        client_for(&[at]).get(&Get::new(format!("http://{at}/").parse().unwrap()), now()).await.unwrap_err();
    assert!(matches!(err, HttpError::TooLarge { .. }), "{err}");
}

#[tokio::test]
async fn a_bomb_of_gzip_does_not_go_off() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![0; 50 * 1024 * 1024]).unwrap();
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 64 * 1024, "its packed form passes every check of its length");
    let answer = ResponseTemplate::new(200).insert_header("content-encoding", "gzip").set_body_bytes(bomb);
    let server = serving("/", answer).await;
    assert!(matches!(get(&server, "/").await.unwrap_err(), HttpError::TooLarge { .. }));
}

#[tokio::test]
async fn gzip_is_unpacked() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all("Guten Morgen".as_bytes()).unwrap();
    let body = packed.finish().unwrap();
    let server = serving(
        "/",
        ResponseTemplate::new(200).insert_header("content-encoding", "gzip").set_body_bytes(body),
    )
    .await;
    assert_eq!(get(&server, "/").await.unwrap().body, b"Guten Morgen");
}

#[tokio::test]
async fn a_silent_server_a_slow_one_and_a_broken_one_are_left() {
    let url = |at: SocketAddr| Get::new(format!("http://{at}/").parse().unwrap());
    let (silent, _tasks) = raw_server(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let err = hasty(silent, SHORT, LONG).get(&url(silent), now()).await.unwrap_err();
    assert!(matches!(err, HttpError::TimedOut { what: "headers", .. }), "{err}");

    let (slow, _tasks) = raw_server(|mut stream| async move {
        let sent = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this").await;
        std::future::pending::<()>().await;
        sent.unwrap();
    })
    .await;
    let err = hasty(slow, LONG, SHORT).get(&url(slow), now()).await.unwrap_err();
    assert!(matches!(err, HttpError::TimedOut { what: "whole answer", .. }), "{err}");

    let (broken, _tasks) = raw_server(|mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this").await.unwrap();
    })
    .await;
    let err = client_for(&[broken]).get(&url(broken), now()).await.unwrap_err();
    assert!(matches!(err, HttpError::BrokenBody { .. }), "{err}");

    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let err = client_for(&[closed]).get(&url(closed), now()).await.unwrap_err();
    assert!(matches!(err, HttpError::Unreachable { .. }), "{err}");
}
