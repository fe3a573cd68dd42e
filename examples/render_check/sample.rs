//! Writes stories to a Bluesky server, which validates every record against its lexicons.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use chrono::{DateTime, Duration, Utc};
use newsdesk::publish::Edition;
use newsdesk::publish::bluesky::{POST, Post, Quotes, Ref, Replies, Reply, render};
use newsdesk::publish::card;
use serde_json::{Value, json};

use crate::bluesky::{answer, look};
use crate::stories::Tale;

/// A server takes 200 writes and 150 kB.
const AT_ONCE: usize = 40;

/// What was written.
#[derive(Default)]
pub(crate) struct Written {
    pub(crate) stories: u64,
    pub(crate) records: u64,
    pub(crate) pictures: u64,
    /// By story, what the server said.
    pub(crate) refused: BTreeMap<u64, String>,
}

/// Writes so many stories, each as its thread, its quote, an answer and both gates.
pub(crate) fn write(
    pds: &str,
    identifier: &str,
    password: &str,
    sample: u64,
    tales: impl Iterator<Item = (u64, Tale)>,
) -> Result<Written> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = Server::sign_in(pds, identifier, password).await?;
        let mut written = Written::default();
        let count = usize::try_from(sample).context("the sample is too large")?;
        for (n, tale) in tales.take(count) {
            let (writes, pictures) = server.writes(&tale, n).await?;
            written.stories += 1;
            written.pictures += pictures;
            written.records += writes.len() as u64;
            // An absurd story may be longer than a server takes at once.
            for part in writes.chunks(AT_ONCE) {
                let body = json!({ "repo": server.did, "validate": true, "writes": part });
                let (status, answer) = server.post("com.atproto.repo.applyWrites", &body).await?;
                if status != 200 {
                    written.refused.insert(n, format!("{status} {answer}"));
                }
            }
        }
        Ok(written)
    })
}

struct Server {
    http: reqwest::Client,
    pds: String,
    did: String,
    token: String,
}

impl Server {
    async fn sign_in(pds: &str, identifier: &str, password: &str) -> Result<Self> {
        let http = reqwest::Client::builder().timeout(std::time::Duration::from_secs(30)).build()?;
        let mut server = Self {
            http,
            pds: pds.trim_end_matches('/').to_owned(),
            did: String::new(),
            token: String::new(),
        };
        let body = json!({ "identifier": identifier, "password": password });
        let (status, answer) = server.post("com.atproto.server.createSession", &body).await?;
        ensure!(status == 200, "the server refuses the login: {status} {}", answer["message"]);
        let word = |name: &str| answer[name].as_str().map(str::to_owned).context("no session in the answer");
        (server.did, server.token) = (word("did")?, word("accessJwt")?);
        Ok(server)
    }

    async fn post(&self, method: &str, body: &Value) -> Result<(u16, Value)> {
        self.send(method, "application/json", body.to_string().into_bytes()).await
    }

    async fn send(&self, method: &str, mime: &str, body: Vec<u8>) -> Result<(u16, Value)> {
        let mut request = self.http.post(format!("{}/xrpc/{method}", self.pds)).header("content-type", mime);
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        let answer = request.body(body).send().await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    async fn upload(&self, card: &card::Card) -> Result<Value> {
        let (status, mut answer) =
            self.send("com.atproto.repo.uploadBlob", "image/png", card::png(card)?).await?;
        if status != 200 {
            bail!("the server refuses a picture: {status} {answer}");
        }
        Ok(answer["blob"].take())
    }

    /// The writes of a story, and how many pictures were uploaded for them.
    async fn writes(&self, tale: &Tale, n: u64) -> Result<(Vec<Value>, u64)> {
        let edition = Edition::new(&tale.story, &tale.brief, tale.severity).with_amendments(&tale.amendments);
        let telling = render(&edition, &look(tale));
        let mut thread = Thread { did: &self.did, at: tale.story.at, n, keys: 0, writes: Vec::new() };
        let mut pictures = 0;
        let mut stands: Vec<Ref> = Vec::new();
        for post in &telling.posts {
            let card = post.card.as_ref().and_then(|card| card.picture.as_ref());
            let picture = match card {
                Some(card) => Some(self.upload(card).await?),
                None => None,
            };
            pictures += u64::from(picture.is_some());
            let reply = stands.first().zip(stands.last());
            let reply = reply.map(|(root, parent)| Reply { root: root.clone(), parent: parent.clone() });
            stands.push(thread.create(post, reply.as_ref(), picture, None));
        }
        let first = stands.first().context("a telling without posts")?.clone();
        if let Some(quote) = &telling.quote {
            thread.create(quote, None, None, Some(&first));
        }
        let mut parent = first.clone();
        for post in &answer(&edition) {
            let reply = Reply { root: first.clone(), parent };
            parent = thread.create(post, Some(&reply), None, None);
        }
        let key = first.uri.rsplit('/').next().unwrap_or_default();
        let replies = [Replies::Followers, Replies::Following, Replies::Mentioned, Replies::Nobody];
        let which = usize::try_from(n).unwrap_or_default() % replies.len();
        let gates = [
            ("app.bsky.feed.threadgate", replies.get(which).and_then(|r| r.gate(&first.uri, thread.at))),
            ("app.bsky.feed.postgate", Quotes::Nobody.gate(&first.uri, thread.at)),
        ];
        for (collection, gate) in gates {
            thread.writes.extend(gate.map(|gate| create(collection, key, &gate)));
        }
        Ok((thread.writes, pictures))
    }
}

fn create(collection: &str, key: &str, record: &Value) -> Value {
    json!({ "$type": "com.atproto.repo.applyWrites#create", "collection": collection, "rkey": key, "value": record })
}

struct Thread<'a> {
    did: &'a str,
    at: DateTime<Utc>,
    n: u64,
    keys: u64,
    writes: Vec<Value>,
}

impl Thread<'_> {
    fn create(
        &mut self,
        post: &Post,
        reply: Option<&Reply>,
        picture: Option<Value>,
        quote: Option<&Ref>,
    ) -> Ref {
        let key = key(self.n * 1_000 + self.keys);
        let at = self.at + Duration::milliseconds(i64::try_from(self.keys).unwrap_or_default());
        self.keys += 1;
        self.writes.push(create(POST, &key, &post.record(at, reply, picture, quote)));
        // The server looks at the form of a digest only.
        let cid = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a".to_owned();
        Ref { uri: format!("at://{}/{POST}/{key}", self.did), cid }
    }
}

/// A record key: 64 bits, the first of them 0, five a letter.
fn key(n: u64) -> String {
    const LETTERS: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
    // Some moment of 2025 in microseconds, before the clock's ten bits.
    let bits = (1_750_000_000_000_000 + n) << 10;
    let letter = |at: u32| LETTERS.get(usize::try_from(bits >> (at * 5) & 31).unwrap_or_default());
    (0..13).rev().filter_map(letter).map(|byte| char::from(*byte)).collect()
}
