//! What others say, and what is said to moderators.

use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::response::Response;
use newsdesk::bluesky::{Did, XrpcError};
use newsdesk::config::{Secret, SecretSource};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::Line;

#[tokio::test]
async fn mentions_and_replies_are_read_with_who_speaks() {
    let line = Line::new().await;
    let account = line.open().await;
    let ana = line.bluesky.account("ana").await;
    let (desk, reader) = (line.bluesky.as_reader(&line.desk), line.bluesky.as_reader(&ana));
    let told = desk.say("Night trains return", None, &[]).await;
    let mention = reader.say(&format!("@{} sources?", line.desk.handle), None, &[&line.desk]).await;
    let reply = reader.say("why?", Some(&told.uri), &[]).await;
    reader
        .create(
            "app.bsky.feed.like",
            &json!({ "$type": "app.bsky.feed.like", "subject": told.reference(), "createdAt": "2031-03-17T12:00:00.000Z" }),
        )
        .await;
    line.bluesky.settled().await;
    line.bluesky.label(&ana.did, "spam").await;

    let page = account.notifications(None).await.unwrap();
    let seen: Vec<_> = page.notifications.iter().map(|n| (n.reason.as_str(), n.uri.as_str())).collect();
    assert_eq!(seen.len(), 2, "a like is none of our business: {seen:?}");
    assert!(seen.contains(&("mention", &mention.uri)) && seen.contains(&("reply", &reply.uri)), "{seen:?}");
    assert_eq!(page.unread, 0);
    let question = page.notifications.iter().find(|n| n.reason == "reply").unwrap();
    assert_eq!(question.author.did.as_str(), ana.did);
    assert_eq!(
        (question.record["text"].as_str(), question.reason_subject.as_deref()),
        (Some("why?"), Some(told.uri.as_str()))
    );
    assert!(question.author.has_label("spam"));

    let profile = account.profile_of(&ana.did).await.unwrap();
    assert_eq!(profile.handle, ana.handle);
    assert!(profile.has_label("spam") && !profile.viewer.blocked_by);
    let posts = account
        .posts(&[&told.uri, "at://did:plc:abcdefghijklmnopqrstuvwx/app.bsky.feed.post/none", &mention.uri])
        .await;
    let posts: Vec<String> = posts.unwrap().into_iter().map(|post| post.uri).collect();
    assert_eq!(posts, [told.uri, mention.uri]);
}

/// A message service: what it was told, with who vouches for it.
type Told = Arc<Mutex<Vec<(String, Value)>>>;

async fn chat(State((told, me)): State<(Told, String)>, request: Request) -> Response {
    let path = request.uri().to_string();
    let signed = request
        .headers()
        .get("authorization")
        .is_some_and(|value| value.to_str().unwrap().starts_with("Bearer "));
    let body = axum::body::to_bytes(request.into_body(), 10_000).await.unwrap();
    told.lock().unwrap().push((path.clone(), serde_json::from_slice(&body).unwrap_or_default()));
    let answer = match path.split('?').next().unwrap() {
        "/.well-known/did.json" => json!({
            "@context": ["https://www.w3.org/ns/did/v1"], "id": format!("did:web:localhost%3A{me}"),
            "service": [{ "id": "#bsky_chat", "type": "BskyChatService", "serviceEndpoint": format!("http://localhost:{me}") }],
        }),
        "/xrpc/chat.bsky.convo.getConvoForMembers" if signed => {
            json!({ "convo": { "id": "c1", "rev": "1", "members": [] } })
        }
        "/xrpc/chat.bsky.convo.sendMessage" if signed => json!({ "id": "m1", "rev": "2" }),
        other => panic!("{other} signed: {signed}"),
    };
    Response::builder().header("content-type", "application/json").body(answer.to_string().into()).unwrap()
}

#[tokio::test]
async fn a_direct_message_goes_through_the_accounts_server() {
    let told = Told::default();
    let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let me = door.local_addr().unwrap().port().to_string();
    let app = axum::Router::new().fallback(chat).with_state((Arc::clone(&told), me.clone()));
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move { axum::serve(door, app).await });

    let mut line = Line::new().await;
    line.settings.chat = format!("did:web:localhost%3A{me}#bsky_chat");
    let to: Did = line.bluesky.account("mod").await.did.parse().unwrap();
    let account = line.open().await;
    let err = account.send_direct_message(&[to.clone()], "hello").await.unwrap_err();
    assert!(err.to_string().contains("may not send direct messages"), "{err}");
    assert!(matches!(err, XrpcError::Refused { .. }) && line.logins() == 1);
    assert_eq!(line.proxy.calls(super::RENEW), 0, "another token would change nothing");

    line.settings.password = Some(SecretSource::Inline(Secret::new(&line.desk.password)));
    let account =
        newsdesk::bluesky::Account::sign_in(line.settings.clone(), line.store.clone(), line.clock.clone())
            .await
            .unwrap();
    account.send_direct_message(&[to.clone()], "The account was taken down.").await.unwrap();
    let told = told.lock().unwrap();
    let (asked, _) = told.iter().find(|(path, _)| path.contains("getConvoForMembers")).unwrap();
    let wanted: url::Url = format!("http://localhost{asked}").parse().unwrap();
    assert_eq!(wanted.query_pairs().collect::<Vec<_>>(), [("members".into(), to.as_str().into())]);
    let (_, sent) = told.last().unwrap();
    assert_eq!(*sent, json!({ "convoId": "c1", "message": { "text": "The account was taken down." } }));
}
