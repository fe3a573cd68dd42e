//! The Bluesky of the tests does what it says.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::bluesky::picture::{self, Width};
use crate::support::bluesky::{Bluesky, Fault, Proxy, What};

const CREATE: &str = "com.atproto.repo.createRecord";
const POST: &str = "app.bsky.feed.post";

fn texts(thread: &Value) -> Vec<&str> {
    picture::posts(thread).iter().map(|post| post["record"]["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_one_posts_another_reads_through_the_app_view() {
    let bluesky = Bluesky::connect().await;
    let (desk, ana) = (bluesky.account("desk").await, bluesky.account("ana").await);
    let (label, domain) = desk.handle.split_once('.').unwrap();
    assert!(label.starts_with("desk-") && domain == "test", "{desk:?}");
    let (writes, reads) = (bluesky.as_reader(&desk), bluesky.as_reader(&ana));

    let first = writes.say("Night trains return 🚂", None, &[]).await;
    let second = writes.say("The first leaves on 8 May.", Some(&first.uri), &[]).await;
    let asked = format!("é @{} sources?", desk.handle);
    let question = reads.say(&asked, Some(&second.uri), &[&desk]).await;
    bluesky.settled().await;

    let thread = reads.thread(&first.uri).await;
    assert_eq!(texts(&thread), ["Night trains return 🚂", "The first leaves on 8 May.", asked.as_str()]);
    // From the last one up, the same thread.
    assert_eq!(texts(&reads.thread(&question.uri).await), texts(&thread));
    let told = writes.notifications().await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((&told[0]["uri"], &told[0]["reason"]), (&json!(question.uri), &json!("mention")));
    let facet = &told[0]["record"]["facets"][0];
    assert_eq!(facet["index"], json!({ "byteStart": 3, "byteEnd": 3 + 1 + desk.handle.len() }));

    let stranger = bluesky.as_stranger(bluesky.appview());
    assert_eq!(stranger.profile(&desk.handle).await["did"], desk.did.as_str());
    let feed = stranger.feed(&desk.did).await;
    assert_eq!((&feed[0]["uri"], &feed[1]["uri"]), (&json!(second.uri), &json!(first.uri)));
    assert_eq!(writes.keys(&desk.did, POST).await, [first.key(), second.key()]);
    writes.remove(&second).await;
    bluesky.settled().await;
    assert_eq!(reads.posts(&[&first.uri, &second.uri]).await.len(), 1);
    assert_eq!(writes.record(&second.uri).await, None);
}

#[tokio::test]
async fn many_accounts_are_made_at_once_and_known_to_the_directory() {
    let bluesky = Bluesky::connect().await;
    let crowd = bluesky.accounts("a-name-that-is-far-too-long", 5).await;
    let mut handles: Vec<&str> = crowd.iter().map(|one| one.handle.as_str()).collect();
    handles.dedup();
    assert_eq!(handles.len(), 5);
    let http = bluesky.as_stranger(bluesky.pds());
    for one in &crowd {
        assert!(one.app_password.is_empty() && one.handle.starts_with("a-name-that-"), "{one:?}");
        let query = [("handle", one.handle.as_str())];
        assert_eq!(
            http.get("com.atproto.identity.resolveHandle", &query).await.ok()["did"],
            one.did.as_str()
        );
        let document =
            reqwest::get(format!("{}/{}", bluesky.plc(), one.did)).await.unwrap().text().await.unwrap();
        let document: Value = serde_json::from_str(&document).unwrap();
        assert_eq!(document["service"][0]["serviceEndpoint"], bluesky.pds());
    }
    assert!(bluesky.appview_did().starts_with("did:plc:"));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn nothing_listens_for_other_machines() {
    let bluesky = Bluesky::connect().await;
    let pds = bluesky.own_pds(false).await;
    let listening =
        ["/proc/net/tcp", "/proc/net/tcp6"].map(|file| std::fs::read_to_string(file).unwrap_or_default());
    for server in [bluesky.pds(), bluesky.plc(), bluesky.appview(), pds.url()] {
        let port: u16 = server.rsplit(':').next().unwrap().parse().unwrap();
        let hosts: Vec<&str> = listening
            .iter()
            .flat_map(|table| table.lines())
            .filter_map(|line| {
                let mut fields = line.split_whitespace().skip(1);
                let (local, _, state) = (fields.next()?, fields.next()?, fields.next()?);
                let (host, of) = local.split_once(':')?;
                (state == "0A" && of == format!("{port:04X}")).then_some(host)
            })
            .collect();
        assert_eq!(hosts, ["0100007F"], "{server}");
    }
}

#[tokio::test]
async fn labels_and_the_fates_of_accounts_are_seen_by_others() {
    let bluesky = Bluesky::connect().await;
    let (desk, ana) = (bluesky.account("desk").await, bluesky.account("ana").await);
    let (mine, reads) = (bluesky.as_reader(&desk), bluesky.as_reader(&ana));
    let post = mine.say("hello", None, &[]).await;
    bluesky.settled().await;

    bluesky.label(&desk.did, "spam").await;
    assert_eq!(reads.profile(&desk.did).await["labels"][0]["val"], "spam");
    bluesky.unlabel(&desk.did, "spam").await;
    assert_eq!(reads.profile(&desk.did).await["labels"], json!([]));

    let gone = async || {
        bluesky.settled().await;
        reads.posts(&[&post.uri]).await.is_empty()
    };
    bluesky.take_down(&desk).await;
    // Only who has the password itself is told why.
    assert_eq!(mine.sign_in(&desk.handle, &desk.app_password).await.error(), "AuthenticationRequired");
    assert_eq!(mine.sign_in(&desk.handle, &desk.password).await.error(), "AccountTakedown");
    assert!(gone().await);
    bluesky.put_back(&desk).await;
    assert!(!gone().await);
    bluesky.deactivate(&desk).await;
    assert_eq!(mine.sign_in(&desk.handle, &desk.app_password).await.ok()["status"], "deactivated");
    assert!(gone().await);
    bluesky.activate(&desk).await;
    assert!(!gone().await);
    bluesky.revoke(&desk).await;
    assert_eq!(mine.sign_in(&desk.handle, &desk.app_password).await.status, 401);
    bluesky.delete(&desk).await;
    assert!(gone().await);
}

#[tokio::test]
async fn every_fault_of_the_proxy_happens() {
    let bluesky = Bluesky::connect().await;
    let desk = bluesky.account("desk").await;
    let proxy = Proxy::start(&desk.service).await;
    let direct = bluesky.as_reader(&desk);
    let client = direct.through(proxy.url());
    let mut posted = 0;
    let mut post = async |what: What| {
        let fault = proxy.fault(Fault::new(what).on(CREATE));
        let record = json!({ "$type": POST, "text": "hello", "createdAt": "2026-03-04T06:00:00.000Z" });
        let body = json!({ "repo": desk.did, "collection": POST, "record": record });
        let answer = client.try_post(CREATE, &body).await;
        assert_eq!(fault.hits(), 1);
        let now = direct.keys(&desk.did, POST).await.len();
        let is_done = now > posted;
        posted = now;
        (answer, is_done)
    };

    let (answer, is_done) = post(What::LostAnswer).await;
    assert!(answer.is_err() && is_done, "{answer:?}");
    let (answer, is_done) = post(What::LostRequest).await;
    assert!(answer.is_err() && !is_done, "{answer:?}");
    let (answer, is_done) = post(What::HalfAnswer).await;
    assert!(answer.is_err() && is_done, "{answer:?}");
    let (answer, is_done) = post(What::Garbage).await;
    let answer = answer.unwrap();
    assert!(answer.status == 200 && answer.body.is_null() && is_done, "{answer:?}");

    let (answer, is_done) = post(What::TooMany(Duration::from_secs(90))).await;
    let answer = answer.unwrap();
    assert_eq!((answer.status, answer.error(), is_done), (429, "RateLimitExceeded", false));
    assert_eq!((answer.number("retry-after"), answer.number("ratelimit-remaining")), (None, Some(0)));
    let (answer, is_done) = post(What::TooManyInFront(Duration::from_secs(90))).await;
    let answer = answer.unwrap();
    assert_eq!(
        (answer.number("retry-after"), answer.number("ratelimit-reset"), is_done),
        (Some(90), None, false)
    );
    let (answer, is_done) = post(What::TooManyUnsaid).await;
    assert_eq!((answer.unwrap().number("ratelimit-reset"), is_done), (None, false));
    for status in [500, 502, 503] {
        let (answer, is_done) = post(What::Status(status)).await;
        assert_eq!((answer.unwrap().status, is_done), (status, false));
    }
    let (answer, is_done) = post(What::StatusAfter(502)).await;
    assert_eq!((answer.unwrap().status, is_done), (502, true));
    for what in [What::Slow(Duration::from_millis(200)), What::Delayed(Duration::from_millis(200))] {
        let begin = Instant::now();
        let (answer, is_done) = post(what).await;
        assert!(answer.unwrap().status == 200 && is_done && begin.elapsed() >= Duration::from_millis(200));
    }
    assert_eq!((proxy.calls(CREATE), proxy.answered(CREATE, 429)), (13, 3));
}

#[tokio::test]
async fn a_fault_waits_for_its_turn_and_stops() {
    let bluesky = Bluesky::connect().await;
    let proxy = Proxy::start(bluesky.pds()).await;
    let client = bluesky.as_stranger(proxy.url());
    let method = "com.atproto.server.describeServer";
    let fault = proxy.fault(Fault::new(What::Status(503)).on(method).starting_with(2).times(5));
    let mut seen = Vec::new();
    for n in 0..5 {
        seen.push(client.get(method, &[]).await.status);
        if n == 2 {
            fault.stop();
        }
    }
    assert_eq!(seen, [200, 503, 503, 200, 200]);
}

#[tokio::test]
async fn a_pds_of_its_own_has_the_real_limits_and_a_clock_that_moves() {
    let bluesky = Bluesky::connect().await;
    let pds = bluesky.own_pds(true).await;
    let desk = pds.account("desk").await;
    let client = bluesky.as_reader(&desk);
    // The server takes a third of a second over each.
    let at_once = (0..32).map(|_| client.sign_in(&desk.handle, &desk.app_password));
    let answers = futures_util::future::join_all(at_once).await;
    let (let_in, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((let_in.len(), refused.len()), (30, 2));
    let refused = &refused[0];
    assert_eq!((refused.status, refused.error()), (429, "RateLimitExceeded"));
    assert_eq!(refused.headers["ratelimit-policy"], "30;w=300");
    // So the proxy has none either.
    assert_eq!(refused.number("retry-after"), None);
    let reset = refused.number("ratelimit-reset").unwrap();
    let now = pds.now_ms().await / 1000;
    assert!((now + 200..=now + 301).contains(&reset), "{now} {reset}");

    pds.advance(Duration::from_secs(301)).await;
    let session = client.sign_in(&desk.handle, &desk.app_password).await.ok();
    // Tokens grow old by the same clock.
    let me = "com.atproto.server.getSession";
    assert_eq!(client.get(me, &[]).await.status, 200);
    pds.advance(Duration::from_hours(3)).await;
    let answer = client.get(me, &[]).await;
    assert_eq!((answer.status, answer.error()), (400, "ExpiredToken"));
    assert!(session["refreshJwt"].is_string());
}

#[tokio::test]
async fn a_pds_that_is_started_again_has_its_data() {
    let bluesky = Bluesky::connect().await;
    let pds = bluesky.own_pds(false).await;
    let desk = pds.account("desk").await;
    let client = bluesky.as_reader(&desk);
    let post = client.say("hello", None, &[]).await;
    let before = client.record(&post.uri).await;
    pds.stop().await;
    let stranger = bluesky.as_stranger(pds.url());
    let down = stranger.try_get("com.atproto.server.describeServer", &[]).await;
    assert!(down.unwrap_err().is_connect());
    pds.start().await;
    stranger.get("com.atproto.server.describeServer", &[]).await.ok();
    assert_eq!(client.record(&post.uri).await, before);
    assert_eq!(before.unwrap()["cid"], post.cid.as_str());
    client.say("still signed in", Some(&post.uri), &[]).await;
}

#[tokio::test]
async fn a_drawn_thread_shows_all_and_does_nothing() {
    let bluesky = Bluesky::connect().await;
    let (desk, ana) = (bluesky.account("desk").await, bluesky.account("ana").await);
    let (mine, reads) = (bluesky.as_reader(&desk), bluesky.as_reader(&ana));
    let thumb = mine.upload(png(), "image/png").await;
    let profile =
        json!({ "$type": "app.bsky.actor.profile", "displayName": "The <b>desk</b>", "avatar": thumb });
    mine.put("app.bsky.actor.profile", "self", &profile).await;
    let said = "Zoë: night trains return <script>alert(1)</script> news.example #trains";
    let facet = |part: &str, feature: Value| {
        let start = said.find(part).unwrap();
        json!({ "index": { "byteStart": start, "byteEnd": start + part.len() }, "features": [feature] })
    };
    let first = mine
        .create(POST, &json!({
            "$type": POST, "text": said, "createdAt": "2026-03-04T06:00:00.000Z", "langs": ["en"], "tags": ["rail"],
            "facets": [
                facet("news.example", json!({ "$type": "app.bsky.richtext.facet#link", "uri": "https://news.example/s/N-7" })),
                facet("#trains", json!({ "$type": "app.bsky.richtext.facet#tag", "tag": "trains" })),
                { "index": { "byteStart": 2, "byteEnd": 3 }, "features": [{ "$type": "app.bsky.richtext.facet#tag", "tag": "x" }] },
            ],
            "embed": { "$type": "app.bsky.embed.external", "external": {
                "uri": "https://news.example/s/N-7", "title": "Night trains & more", "description": "41 posts", "thumb": thumb,
            } },
        }))
        .await;
    let second = mine.say("The first leaves on 8 May.", Some(&first.uri), &[]).await;
    let asked = reads.say(&format!("@{} sources?", desk.handle), Some(&first.uri), &[&desk]).await;
    mine.create(
        POST,
        &json!({
            "$type": POST, "text": "Here.", "createdAt": "2026-03-04T06:10:00.000Z",
            "reply": { "root": first.reference(), "parent": asked.reference() },
            "embed": { "$type": "app.bsky.embed.record", "record": second.reference() },
        }),
    )
    .await;
    bluesky.settled().await;

    let page = picture::page(&reads, "A thread", &first.uri, Width::Desktop).await;
    picture::keep("bluesky_bed.html", &page);
    let narrow = picture::page(&reads, "A thread", &first.uri, Width::Phone).await;
    assert!(narrow.contains("class=\"phone\""));
    picture::keep("bluesky_bed_phone.html", &narrow);
    for part in [
        "The &lt;b&gt;desk&lt;/b&gt;",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<a href=\"https://news.example/s/N-7\">news.example</a>",
        "<span class=\"tag\">#trains</span>",
        "[facet 2–3 does not fit]",
        "<img src=\"data:image/png;base64,",
        "<img class=\"avatar\" src=\"data:image/png;base64,",
        "Night trains &amp; more",
        "<div class=\"host\">news.example</div>",
        &format!("<span class=\"mention\">@{}</span>", desk.handle),
        &format!("↰ Reply to @{}", desk.handle),
        "<div class=\"quote\">",
    ] {
        assert!(page.contains(part), "no {part} in\n{page}");
    }
    assert!(!page.contains("<script") && !page.contains("src=\"http"), "{page}");
}

/// A small picture.
fn png() -> Vec<u8> {
    use base64::Engine as _;
    let one_pixel =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
    base64::prelude::BASE64_STANDARD.decode(one_pixel).unwrap()
}
