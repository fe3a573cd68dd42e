//! Servers that want to hang us, fill our memory, or be believed.

use super::*;

fn url(at: SocketAddr) -> Get {
    Get::new(format!("http://{at}/").parse().unwrap())
}

/// What a raw answer of a server comes to.
async fn raw(answer: Vec<u8>) -> Result<Response, HttpError> {
    let (at, _tasks) = raw_server(move |mut stream| {
        let answer = answer.clone();
        async move {
            // The client may hang up in the middle, which is its right.
            let _hung_up = stream.write_all(&answer).await;
        }
    })
    .await;
    client_for(&[at]).get(&url(at), now()).await
}

async fn packed(coding: &str, body: Vec<u8>) -> Result<Response, HttpError> {
    let answer = ResponseTemplate::new(200).insert_header("content-encoding", coding).set_body_bytes(body);
    get(&serving("/", answer).await, "/").await
}

fn zstd_of(body: &[u8], window_log: u32) -> Vec<u8> {
    let mut packer = zstd::Encoder::new(Vec::new(), 3).unwrap();
    packer.window_log(window_log).unwrap();
    packer.write_all(body).unwrap();
    packer.finish().unwrap()
}

#[tokio::test]
async fn zstd_is_asked_for_and_unpacked() {
    let body = zstd_of("Guten Morgen".as_bytes(), 20);
    let answer = ResponseTemplate::new(200).insert_header("content-encoding", "zstd").set_body_bytes(body);
    let server = serving("/", answer).await;
    let found = get(&server, "/").await.unwrap();
    assert_eq!((found.body.as_slice(), found.header("content-encoding")), (&b"Guten Morgen"[..], None));
    let asked = &server.received_requests().await.unwrap()[0].headers["accept-encoding"];
    assert!(asked.to_str().unwrap().contains("zstd") && asked.to_str().unwrap().contains("gzip"));
}

#[tokio::test]
async fn a_bomb_of_zstd_does_not_go_off() {
    let zeros = vec![0; 100 * 1024 * 1024];
    // The second one asks for a window of 128 MiB, the third for more than decoders give.
    for window_log in [20, 27, 30] {
        let bomb = zstd_of(&zeros, window_log);
        assert!(bomb.len() < 64 * 1024, "its packed form passes every check of its length");
        let err = packed("zstd", bomb).await.unwrap_err();
        assert!(
            matches!(err, HttpError::TooLarge { .. } | HttpError::BrokenBody { .. }),
            "{window_log}: {err}"
        );
    }
    let many: Vec<u8> = zstd_of(&zeros[..60 * 1024], 20).repeat(200);
    let err = packed("zstd", many).await.unwrap_err();
    assert!(matches!(err, HttpError::TooLarge { .. }), "frames one after another: {err}");
}

#[tokio::test]
async fn what_does_not_unpack_is_an_error_and_never_text() {
    let good = zstd_of(b"some words to be cut off in their middle", 20);
    for (coding, body) in [
        ("zstd", good[..good.len() - 3].to_vec()),
        ("zstd", b"no zstd at all".to_vec()),
        ("gzip", b"no gzip at all".to_vec()),
        ("br", b"\x0b\x02\x80hello\x03".to_vec()),
        ("deflate", vec![0x78, 0x9c, 1, 2, 3]),
        ("gzip, gzip", good.clone()),
    ] {
        let err = packed(coding, body).await.unwrap_err();
        assert!(matches!(err, HttpError::BrokenBody { .. }), "{coding}: {err}");
    }
    assert_eq!(packed("utf-8", b"plain".to_vec()).await.unwrap().body, b"plain");
}

#[tokio::test]
async fn lengths_that_lie_are_found_out() {
    let head = "HTTP/1.1 200 OK\r\n";
    for body in [
        "content-length: 100\r\n\r\nshort",
        "content-length: ten\r\n\r\n0123456789",
        "content-length: -1\r\n\r\nx",
        "content-length: 3\r\ncontent-length: 5\r\n\r\nabcde",
        "transfer-encoding: chunked\r\n\r\n5\r\nab",
        "transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\nab",
        "transfer-encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n",
    ] {
        let err = raw(format!("{head}{body}").into_bytes()).await.unwrap_err();
        assert!(
            matches!(err, HttpError::BrokenBody { .. } | HttpError::Unreachable { .. }),
            "{body:?}: {err}"
        );
    }
    let err = raw(format!("{head}content-length: 99999999999\r\n\r\nx").into_bytes()).await.unwrap_err();
    assert!(matches!(err, HttpError::TooLarge { .. }), "{err}");
    let shorter = raw(format!("{head}content-length: 3\r\n\r\nabcdef").into_bytes()).await.unwrap();
    assert_eq!(shorter.body, b"abc", "what is beyond the length belongs to nothing");
}

#[tokio::test]
async fn answers_that_are_no_http_end_at_once() {
    for bytes in [
        b"".to_vec(),
        b"220 mail.example ready\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\nbroken header\r\n\r\n".to_vec(),
        vec![0; 1024],
        [b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'a'; 2 * 1024 * 1024], b"\r\n\r\n".to_vec()].concat(),
        [b"HTTP/1.1 200 OK\r\n".to_vec(), b"x: y\r\n".repeat(10_000), b"\r\n".to_vec()].concat(),
    ] {
        let length = bytes.len();
        let err = raw(bytes).await.unwrap_err();
        assert!(matches!(err, HttpError::Unreachable { .. }), "{length} bytes: {err}");
        assert_eq!(err.retry_in(), Some(Duration::from_mins(1)));
    }
}

#[tokio::test]
async fn a_drip_of_bytes_a_drip_of_headers_and_endless_hints_are_left() {
    for (head, drop) in [
        ("HTTP/1.1 200 OK\r\n\r\n", "a"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\na\r\n"),
        ("HTTP/1.1 200 OK\r\n", "x-drip: 1\r\n"),
        ("", "HTTP/1.1 103 Early Hints\r\n\r\n"),
    ] {
        let (at, _tasks) = raw_server(move |mut stream| async move {
            let mut open = stream.write_all(head.as_bytes()).await.is_ok();
            while open {
                tokio::time::sleep(Duration::from_millis(20)).await;
                open = stream.write_all(drop.as_bytes()).await.is_ok();
            }
        })
        .await;
        let started = tokio::time::Instant::now();
        let err = hasty(at, SHORT, SHORT * 2).get(&url(at), now()).await.unwrap_err();
        assert!(
            matches!(err, HttpError::TimedOut { .. } | HttpError::Unreachable { .. }),
            "{head:?} {drop:?}: {err}"
        );
        assert!(started.elapsed() < LONG, "{head:?} {drop:?}");
    }
}

#[tokio::test]
async fn an_endless_body_costs_its_limit_and_no_more() {
    let (at, _tasks) = raw_server(|mut stream| async move {
        let mut open =
            stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.is_ok();
        let chunk = [b"10000\r\n".to_vec(), vec![b'a'; 0x10000], b"\r\n".to_vec()].concat();
        while open {
            open = stream.write_all(&chunk).await.is_ok();
        }
    })
    .await;
    assert!(matches!(client_for(&[at]).get(&url(at), now()).await.unwrap_err(), HttpError::TooLarge { .. }));
}

#[tokio::test]
async fn refusals_with_endless_bodies_are_not_waited_for() {
    for status in ["429 Too Many", "500 Oops", "404 Gone Fishing", "302 Found\r\nlocation: http://10.0.0.1/"]
    {
        let (at, _tasks) = raw_server(move |mut stream| async move {
            let head = format!("HTTP/1.1 {status}\r\n\r\n");
            let mut open = stream.write_all(head.as_bytes()).await.is_ok();
            while open {
                open = stream.write_all(&[b'a'; 4096]).await.is_ok();
            }
        })
        .await;
        let started = tokio::time::Instant::now();
        client_for(&[at]).get(&url(at), now()).await.unwrap_err();
        assert!(started.elapsed() < Duration::from_secs(15), "{status}");
    }
}
