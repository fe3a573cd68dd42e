//! Raw calls of one account, or of nobody: what a test reads back, and what other people on the network do.

use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use super::TestAccount;

/// Somebody who looks at the network. An account looks through its PDS, which asks the AppView.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    http: Client,
    service: String,
    account: Option<TestAccount>,
}

/// What a server answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// Null if it was no JSON.
    pub(crate) body: Value,
}

impl Answer {
    /// The body of an answer that must be a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{}: {}", self.status, self.body);
        self.body
    }

    /// The name of the error, empty if there is none.
    pub(crate) fn error(&self) -> &str {
        self.body["error"].as_str().unwrap_or_default()
    }

    /// A header as a number.
    pub(crate) fn number(&self, header: &str) -> Option<i64> {
        self.headers.get(header)?.to_str().ok()?.parse().ok()
    }
}

/// A record that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) uri: String,
    pub(crate) cid: String,
}

impl Written {
    /// How records name each other.
    pub(crate) fn reference(&self) -> Value {
        json!({ "uri": self.uri, "cid": self.cid })
    }

    /// The last part of its address.
    pub(crate) fn key(&self) -> &str {
        self.uri.rsplit('/').next().unwrap_or_default()
    }
}

impl Reader {
    pub(super) fn signed_in(http: Client, account: &TestAccount) -> Self {
        Self { http, service: account.service.clone(), account: Some(account.clone()) }
    }

    pub(super) fn signed_out(http: Client, service: &str) -> Self {
        Self { http, service: service.to_owned(), account: None }
    }

    /// The same person at another address, such as a proxy's.
    pub(crate) fn through(&self, service: &str) -> Self {
        Self { service: service.to_owned(), ..self.clone() }
    }

    fn account(&self) -> &TestAccount {
        self.account.as_ref().expect("somebody with an account")
    }

    fn address(&self, method: &str) -> String {
        format!("{}/xrpc/{method}", self.service)
    }

    async fn send(&self, request: RequestBuilder) -> reqwest::Result<Answer> {
        let request = match &self.account {
            Some(account) => request.bearer_auth(&account.jwt),
            None => request,
        };
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.bytes().await?;
        Ok(Answer { status, headers, body: serde_json::from_slice(&body).unwrap_or_default() })
    }

    /// A call that reads, as it ends: also with an error of the network.
    pub(crate) async fn try_get(&self, method: &str, query: &[(&str, &str)]) -> reqwest::Result<Answer> {
        self.send(self.http.get(self.address(method)).query(query)).await
    }

    /// A call that does something, as it ends: also with an error of the network.
    pub(crate) async fn try_post(&self, method: &str, body: &Value) -> reqwest::Result<Answer> {
        let request = self.http.post(self.address(method)).header(CONTENT_TYPE, "application/json");
        self.send(request.body(body.to_string())).await
    }

    /// A call that reads.
    pub(crate) async fn get(&self, method: &str, query: &[(&str, &str)]) -> Answer {
        self.try_get(method, query).await.unwrap_or_else(|err| panic!("{method}: {err}"))
    }

    /// A call that does something.
    pub(crate) async fn post(&self, method: &str, body: &Value) -> Answer {
        self.try_post(method, body).await.unwrap_or_else(|err| panic!("{method}: {err}"))
    }

    /// Signs in; the answer has `accessJwt` and `refreshJwt`.
    pub(crate) async fn sign_in(&self, identifier: &str, password: &str) -> Answer {
        let body = json!({ "identifier": identifier, "password": password });
        let nobody = Self { account: None, ..self.clone() };
        nobody.post("com.atproto.server.createSession", &body).await
    }

    // --- Reading ---------------------------------------------------------------------------------------------------

    /// The thread around a post, with everything above and below it.
    pub(crate) async fn thread(&self, uri: &str) -> Value {
        let query = [("uri", uri), ("depth", "1000"), ("parentHeight", "1000")];
        self.get("app.bsky.feed.getPostThread", &query).await.ok()["thread"].take()
    }

    /// These posts, as far as they can be seen, in this order. At most 25.
    pub(crate) async fn posts(&self, uris: &[&str]) -> Vec<Value> {
        let query: Vec<_> = uris.iter().map(|uri| ("uris", *uri)).collect();
        list(self.get("app.bsky.feed.getPosts", &query).await.ok()["posts"].take())
    }

    /// What somebody posted, newest first; with replies. At most 100.
    pub(crate) async fn feed(&self, actor: &str) -> Vec<Value> {
        let query = [("actor", actor), ("limit", "100"), ("filter", "posts_with_replies")];
        let feed = list(self.get("app.bsky.feed.getAuthorFeed", &query).await.ok()["feed"].take());
        feed.into_iter().map(|mut item| item["post"].take()).collect()
    }

    /// Somebody's profile.
    pub(crate) async fn profile(&self, actor: &str) -> Value {
        self.get("app.bsky.actor.getProfile", &[("actor", actor)]).await.ok()
    }

    /// This account's newest notifications, at most 100.
    pub(crate) async fn notifications(&self) -> Vec<Value> {
        let query = [("limit", "100")];
        list(self.get("app.bsky.notification.listNotifications", &query).await.ok()["notifications"].take())
    }

    /// A record as it stands in a repository, by its address, if it does. With `cid` and `value`.
    pub(crate) async fn record(&self, uri: &str) -> Option<Value> {
        let mut parts = uri.trim_start_matches("at://").splitn(3, '/');
        let mut part = |name| (name, parts.next().expect("an address of a record"));
        let query = [part("repo"), part("collection"), part("rkey")];
        let answer = self.get("com.atproto.repo.getRecord", &query).await;
        (answer.error() != "RecordNotFound").then(|| answer.ok())
    }

    /// The keys of all records of a collection, in the order of their keys.
    pub(crate) async fn keys(&self, did: &str, collection: &str) -> Vec<String> {
        let (mut keys, mut cursor) = (Vec::new(), String::new());
        loop {
            let mut query =
                vec![("repo", did), ("collection", collection), ("limit", "100"), ("reverse", "true")];
            if !cursor.is_empty() {
                query.push(("cursor", &cursor));
            }
            let mut page = self.get("com.atproto.repo.listRecords", &query).await.ok();
            let found = list(page["records"].take());
            keys.extend(
                found
                    .iter()
                    .filter_map(|record| Some(record["uri"].as_str()?.rsplit('/').next()?.to_owned())),
            );
            match page["cursor"].as_str() {
                Some(next) if !found.is_empty() => next.clone_into(&mut cursor),
                _ => return keys,
            }
        }
    }

    /// The bytes of a blob, as the PDS of this reader keeps them.
    pub(crate) async fn blob(&self, did: &str, cid: &str) -> Option<(String, Vec<u8>)> {
        let request =
            self.http.get(self.address("com.atproto.sync.getBlob")).query(&[("did", did), ("cid", cid)]);
        let answer = request.send().await.ok()?.error_for_status().ok()?;
        let mime = answer.headers().get(CONTENT_TYPE)?.to_str().ok()?.to_owned();
        Some((mime, answer.bytes().await.ok()?.to_vec()))
    }

    // --- Doing -----------------------------------------------------------------------------------------------------

    /// Writes a record.
    pub(crate) async fn create(&self, collection: &str, record: &Value) -> Written {
        let body = json!({ "repo": self.account().did, "collection": collection, "record": record });
        written(&self.post("com.atproto.repo.createRecord", &body).await.ok())
    }

    /// Writes a record over what stands at a key.
    pub(crate) async fn put(&self, collection: &str, key: &str, record: &Value) -> Written {
        let body =
            json!({ "repo": self.account().did, "collection": collection, "rkey": key, "record": record });
        written(&self.post("com.atproto.repo.putRecord", &body).await.ok())
    }

    /// Deletes a record of this account.
    pub(crate) async fn remove(&self, record: &Written) {
        let collection = record.uri.rsplit('/').nth(1).expect("an address of a record");
        let body = json!({ "repo": self.account().did, "collection": collection, "rkey": record.key() });
        self.post("com.atproto.repo.deleteRecord", &body).await.ok();
    }

    /// Uploads a blob; the answer is what a record holds of it.
    pub(crate) async fn upload(&self, bytes: Vec<u8>, mime: &str) -> Value {
        let request = self.http.post(self.address("com.atproto.repo.uploadBlob"));
        let answer =
            self.send(request.header(CONTENT_TYPE, mime).body(bytes)).await.expect("the PDS answers");
        answer.ok()["blob"].take()
    }

    /// Posts, perhaps as an answer to the post at an address. A handle in the text is a mention if its account is given.
    pub(crate) async fn say(
        &self,
        text: &str,
        reply_to: Option<&str>,
        mentioned: &[&TestAccount],
    ) -> Written {
        let mut record = json!({
            "$type": "app.bsky.feed.post", "text": text, "createdAt": now(), "langs": ["en"],
            "facets": mention_facets(text, mentioned),
        });
        if let Some(uri) = reply_to {
            let parent = self.record(uri).await.unwrap_or_else(|| panic!("no post {uri} to answer"));
            let own = json!({ "uri": uri, "cid": parent["cid"] });
            let root = &parent["value"]["reply"]["root"];
            record["reply"] = json!({ "root": if root.is_null() { &own } else { root }, "parent": own });
        }
        self.create("app.bsky.feed.post", &record).await
    }
}

/// A mention for each of these accounts whose handle stands in the text, by bytes.
pub(crate) fn mention_facets(text: &str, mentioned: &[&TestAccount]) -> Vec<Value> {
    let found = mentioned.iter().flat_map(|account| {
        let name = format!("@{}", account.handle);
        let mention = json!([{ "$type": "app.bsky.richtext.facet#mention", "did": account.did }]);
        text.match_indices(&name)
            .map(|(start, _)| {
                json!({ "index": { "byteStart": start, "byteEnd": start + name.len() }, "features": mention })
            })
            .collect::<Vec<_>>()
    });
    found.collect()
}

fn now() -> String {
    DateTime::<Utc>::from(SystemTime::now()).to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn written(answer: &Value) -> Written {
    let text =
        |name: &str| answer[name].as_str().expect("a written record has an address and a digest").to_owned();
    Written { uri: text("uri"), cid: text("cid") }
}

fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        other => panic!("a list was expected, not {other}"),
    }
}
