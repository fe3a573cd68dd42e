//! One signed-in account: what can be asked and written with it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use atrium_api::client::AtpServiceClient;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use url::Url;

use super::budget::{Budget, Purpose};
use super::error::{XrpcError, signed_out_by_status};
use super::http::{Call, Http, Input, of_atrium};
use super::identity::Did;
use super::record::blob_of;
use super::session::{Session, Ticket};
use super::view::{NotificationPage, PostView, Profile, items, page};
use super::write::Write;
use crate::config::{Secret, SecretSource};
use crate::model::Clock;
use crate::store::{PointLimits, PointsSpent, Store};

/// The server's limit on all requests is counted over five minutes: a longer wait is about one method only.
const SHARED_WAIT: TimeDelta = TimeDelta::minutes(5);

/// Methods that share the server's limit on writing.
const WRITES: [&str; 2] = ["com.atproto.repo.applyWrites", "com.atproto.repo.putRecord"];

/// As many posts as `app.bsky.feed.getPosts` gives at once.
const POSTS_AT_ONCE: usize = 25;

/// Which account, and how to reach it.
#[derive(Clone, Debug)]
pub struct AccountSettings {
    /// Its handle or DID.
    pub name: String,
    /// An app password. It is read only for a login; a session that lasts needs none.
    pub password: Option<SecretSource>,
    /// Where sessions are kept between starts: a folder for this program only.
    pub folder: PathBuf,
    /// Who is asked which DID a handle has.
    pub resolver: Url,
    /// The directory of `did:plc` documents.
    pub plc: Url,
    /// The account's server, if it shall not be looked up.
    pub service: Option<Url>,
    /// The service that carries direct messages: DID and name of the service there.
    pub chat: String,
    /// Points that may be spent.
    pub points: PointLimits,
    /// Longest wait for an answer.
    pub timeout: Duration,
}

impl AccountSettings {
    /// An account on the public network, whose session is kept in `folder`.
    ///
    /// # Panics
    /// Never: the addresses are ours.
    pub fn new(name: &str, folder: impl Into<PathBuf>) -> Self {
        let address = |text: &str| text.parse().expect("a constant address");
        Self {
            name: name.to_owned(),
            password: None,
            folder: folder.into(),
            resolver: address("https://public.api.bsky.app"),
            plc: address("https://plc.directory"),
            service: None,
            chat: "did:web:api.bsky.chat#bsky_chat".to_owned(),
            points: PointLimits { hour: 5_000, day: 35_000 },
            timeout: Duration::from_secs(30),
        }
    }
}

/// A signed-in account. Clones are the same account: they share its session, its budget and its waits.
#[derive(Clone)]
pub struct Account(Arc<Inner>);

struct Inner {
    http: Http,
    session: Session,
    budget: Budget,
    clock: Arc<dyn Clock>,
    chat: String,
    /// What the server asked us not to send, and until when.
    closed: Mutex<BTreeMap<String, DateTime<Utc>>>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Account({})", self.did())
    }
}

/// What there is to know of a session.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SessionInfo {
    /// The account's handle.
    pub handle: String,
    /// The account.
    pub did: Did,
    /// Its server.
    pub server: String,
    /// Until when requests are signed without asking for anything.
    pub access_until: Option<DateTime<Utc>>,
    /// Until when the session renews itself; then it takes a login.
    pub session_until: Option<DateTime<Utc>>,
    /// It was made with an app password, not with the account's own.
    pub app_password: bool,
    /// It may send direct messages.
    pub messages: bool,
    /// Logins tried within the last 24 hours.
    pub logins: usize,
    /// Points spent within the last hour.
    pub points_hour: u64,
    /// Points spent within the last 24 hours.
    pub points_day: u64,
    /// Points that may be spent within an hour.
    pub most_hour: u32,
    /// Points that may be spent within 24 hours.
    pub most_day: u32,
}

/// What a server says of itself.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ServerInfo {
    /// Its DID.
    pub did: String,
    /// Ends of the handles it gives out.
    pub handle_domains: Vec<String>,
    /// Whom to write to.
    pub contact: Option<String>,
    /// Its terms.
    pub terms: Option<String>,
}

impl Account {
    /// The account with the session that was kept for it, without a word to any server; without one, signed in.
    pub async fn open(
        settings: AccountSettings,
        store: Store,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, XrpcError> {
        Self::make(settings, store, clock, false).await
    }

    /// The account signed in with its password, whatever was kept for it.
    pub async fn sign_in(
        settings: AccountSettings,
        store: Store,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, XrpcError> {
        Self::make(settings, store, clock, true).await
    }

    async fn make(
        settings: AccountSettings,
        store: Store,
        clock: Arc<dyn Clock>,
        anew: bool,
    ) -> Result<Self, XrpcError> {
        let http = Http::new(settings.timeout)?;
        let (chat, limits) = (settings.chat.clone(), settings.points);
        let session = Session::open(settings, http.clone(), Arc::clone(&clock), anew).await?;
        let budget = Budget { store, limits };
        let inner = Inner { http, session, budget, clock, chat, closed: Mutex::default() };
        Ok(Self(Arc::new(inner)))
    }

    /// Who it is.
    pub fn did(&self) -> &Did {
        self.0.session.did()
    }

    /// Its handle, as the server last said.
    pub fn handle(&self) -> String {
        self.0.session.handle()
    }

    /// Its server and a token that holds there; `stale` is one that the server no longer takes.
    pub async fn access(&self, stale: Option<&Secret>) -> Result<(String, Secret), XrpcError> {
        let ticket = match stale {
            None => self.0.session.ticket().await?,
            Some(token) => self.0.session.ticket_after(token).await?,
        };
        Ok((ticket.server, ticket.token))
    }

    /// Makes all these changes, or none of them.
    ///
    /// A creation whose key is taken, and a change or deletion of what is not there, are answered like trouble on the
    /// server, [`XrpcError::Unclear`], however often they are tried. Look with [`Account::cid_at`] before trying again.
    pub async fn apply(&self, writes: &[Write], purpose: Purpose) -> Result<(), XrpcError> {
        let cost = Some((writes.iter().map(Write::points).sum(), purpose));
        let writes: Vec<Value> = writes.iter().map(Write::body).collect();
        let body = json!({ "repo": self.did(), "writes": writes });
        self.call("com.atproto.repo.applyWrites", Input::Json(&body), None, cost).await.map(drop)
    }

    /// The digest of what stands there, if anything does.
    pub async fn cid_at(&self, collection: &str, key: &str) -> Result<Option<String>, XrpcError> {
        Ok(self.record_at(collection, key).await?.map(|(cid, _)| cid))
    }

    /// What stands there, with its digest, if anything does.
    pub async fn record_at(&self, collection: &str, key: &str) -> Result<Option<(String, Value)>, XrpcError> {
        let query = [("repo", self.did().as_str()), ("collection", collection), ("rkey", key)];
        match self.query("com.atproto.repo.getRecord", &query).await {
            Ok(mut answer) => {
                let cid = answer.get("cid").and_then(Value::as_str).map(str::to_owned);
                let record = answer.get_mut("value").map(Value::take);
                match cid.zip(record) {
                    Some(found) => Ok(Some(found)),
                    None => Err(XrpcError::Unclear { why: "a record came without its digest".to_owned() }),
                }
            }
            // Whose account is out of use is told that there is no such record, or no such account.
            Err(err @ XrpcError::Refused { .. }) => {
                self.is_active().await?;
                if err.name() == Some("RecordNotFound") { Ok(None) } else { Err(err) }
            }
            Err(err) => Err(err),
        }
    }

    /// An error if the account is not in use on its server just now.
    async fn is_active(&self) -> Result<(), XrpcError> {
        let session = self.query("com.atproto.server.getSession", &[]).await?;
        match session["active"].as_bool() {
            Some(false) => Err(XrpcError::SignedOut(signed_out_by_status(session["status"].as_str()))),
            Some(true) | None => Ok(()),
        }
    }

    /// Brings a file to the server and gives what a record refers to it by. It is forgotten there unless a record does
    /// so soon.
    pub async fn upload(&self, bytes: Vec<u8>, mime: &str) -> Result<Value, XrpcError> {
        let mut answer =
            self.call("com.atproto.repo.uploadBlob", Input::Bytes(&bytes, mime), None, None).await?;
        match answer.get_mut("blob").map(Value::take) {
            Some(blob) if blob["ref"] == blob_of(&bytes, mime)["ref"] => Ok(blob),
            Some(_) | None => {
                Err(XrpcError::Unclear { why: "the server keeps other bytes than were uploaded".to_owned() })
            }
        }
    }

    /// Mentions of the account and replies to it, newest first, a hundred a page.
    pub async fn notifications(&self, cursor: Option<&str>) -> Result<NotificationPage, XrpcError> {
        let mut query = vec![("limit", "100"), ("reasons", "mention"), ("reasons", "reply")];
        query.extend(cursor.map(|cursor| ("cursor", cursor)));
        self.query("app.bsky.notification.listNotifications", &query).await.map(page)
    }

    /// Somebody's account, by DID or handle, as it stands to ours.
    pub async fn profile_of(&self, name: &str) -> Result<Profile, XrpcError> {
        let answer = self.query("app.bsky.actor.getProfile", &[("actor", name)]).await?;
        serde_json::from_value(answer).map_err(|err| XrpcError::Unclear {
            why: format!("the profile of `{name}` does not read: {err}"),
        })
    }

    /// Posts by their addresses. Those that are gone, or hidden from us, are missing.
    pub async fn posts(&self, uris: &[&str]) -> Result<Vec<PostView>, XrpcError> {
        let mut posts = Vec::new();
        for some in uris.chunks(POSTS_AT_ONCE) {
            let query: Vec<_> = some.iter().map(|uri| ("uris", *uri)).collect();
            let mut answer = self.query("app.bsky.feed.getPosts", &query).await?;
            posts.extend(items(&mut answer, "posts").0);
        }
        Ok(posts)
    }

    /// Any question, answered as it comes.
    pub async fn query(&self, method: &str, query: &[(&str, &str)]) -> Result<Value, XrpcError> {
        self.call(method, Input::Query(query), None, None).await
    }

    /// The account's own profile record with its digest, if it has one.
    pub async fn profile(&self) -> Result<Option<(String, Value)>, XrpcError> {
        self.record_at("app.bsky.actor.profile", "self").await
    }

    /// Puts a profile in the place of the one with the digest `instead_of` (`None`: of none). If somebody was faster, the
    /// refusal is called `InvalidSwap` and nothing is lost.
    pub async fn put_profile(&self, record: &Value, instead_of: Option<&str>) -> Result<(), XrpcError> {
        let body = json!({
            "repo": self.did(), "collection": "app.bsky.actor.profile", "rkey": "self", "record": record,
            "swapRecord": instead_of,
        });
        self.call("com.atproto.repo.putRecord", Input::Json(&body), None, Some((2, Purpose::Story)))
            .await
            .map(drop)
    }

    /// Sends a direct message to these accounts, in the conversation they and we have.
    pub async fn send_direct_message(&self, to: &[Did], text: &str) -> Result<(), XrpcError> {
        let chat = Some(self.0.chat.as_str());
        let query: Vec<_> = to.iter().map(|did| ("members", did.as_str())).collect();
        let found = self.call("chat.bsky.convo.getConvoForMembers", Input::Query(&query), chat, None).await;
        let found = found.map_err(not_for_messages)?;
        let Some(id) = found["convo"]["id"].as_str() else {
            return Err(XrpcError::NeverSent { why: "the message service names no conversation".to_owned() });
        };
        let body = json!({ "convoId": id, "message": { "text": text } });
        let sent = self.call("chat.bsky.convo.sendMessage", Input::Json(&body), chat, None).await;
        sent.map(drop).map_err(not_for_messages)
    }

    /// What there is to know of the session and the budget. Asks no server.
    pub async fn session_info(&self) -> Result<SessionInfo, XrpcError> {
        let report = self.0.session.report().await;
        let spent = self.0.budget.store.points_spent(self.did().as_str(), self.0.clock.now()).await;
        let spent: PointsSpent = spent.map_err(|err| XrpcError::NeverSent { why: err.to_string() })?;
        let limits = self.0.budget.limits;
        let tokens = report.tokens;
        let scope = tokens.as_ref().and_then(super::kept::Tokens::scope).unwrap_or_default();
        Ok(SessionInfo {
            handle: report.home.handle,
            did: report.home.did,
            server: report.home.server,
            access_until: tokens.as_ref().map(super::kept::Tokens::ends),
            session_until: tokens.as_ref().map(|tokens| tokens.received + tokens.refresh_for),
            app_password: scope.starts_with("com.atproto.appPass"),
            messages: matches!(scope.as_str(), "com.atproto.access" | "com.atproto.appPassPrivileged"),
            logins: report.logins,
            points_hour: spent.hour,
            points_day: spent.day,
            most_hour: limits.hour,
            most_day: limits.day,
        })
    }

    /// What the account's server says of itself.
    pub async fn describe_server(&self) -> Result<ServerInfo, XrpcError> {
        let server = self.0.session.report().await.home.server;
        let call = Call { http: self.0.http.clone(), server, token: None, proxy: None };
        let said = AtpServiceClient::new(call).service.com.atproto.server.describe_server().await;
        let said = said.map_err(of_atrium)?.data;
        Ok(ServerInfo {
            did: said.did.as_str().to_owned(),
            handle_domains: said.available_user_domains,
            contact: said.contact.and_then(|contact| contact.data.email),
            terms: said.links.and_then(|links| links.data.terms_of_service),
        })
    }

    /// Calls a method as the account, within its limits. `cost` is what the server counts for it, and what it is for.
    async fn call(
        &self,
        method: &str,
        input: Input<'_>,
        proxy: Option<&str>,
        cost: Option<(u32, Purpose)>,
    ) -> Result<Value, XrpcError> {
        let inner = &self.0;
        inner.is_open(method)?;
        // The session first: to renew it takes time, and may fail.
        let ticket = inner.session.ticket().await?;
        if let Some((points, purpose)) = cost {
            inner.budget.take(self.did(), &inner.clock, points, purpose).await?;
        }
        let answer = match inner.once(&ticket, method, &input, proxy).await {
            // Certainly not done, so it can be sent again, with a token that holds.
            Err(XrpcError::Refused { name, message, .. }) if is_stale(&name, &message) => {
                match inner.session.ticket_after(&ticket.token).await {
                    Ok(ticket) => inner.once(&ticket, method, &input, proxy).await,
                    Err(err) => Err(err.before_sending()),
                }
            }
            answer => answer,
        };
        if let Err(XrpcError::RateLimited { after }) = &answer {
            inner.close(method, *after);
        }
        if let (Err(XrpcError::NeverSent { .. }), Some((points, _))) = (&answer, cost) {
            inner.budget.give_back(self.did(), &inner.clock, points).await;
        }
        answer
    }
}

/// A refusal that a new token cures. “Bad token method” and “scope” are about what the password may do at all.
fn is_stale(name: &str, message: &str) -> bool {
    match name {
        "ExpiredToken" => true,
        "InvalidToken" => !message.starts_with("Bad token"),
        _ => false,
    }
}

fn not_for_messages(err: XrpcError) -> XrpcError {
    match err {
        XrpcError::Refused { status, name, message } if message.starts_with("Bad token") => XrpcError::Refused {
            status,
            name,
            message: "the app password may not send direct messages; make one that may (“Allow access to your direct \
                      messages”), set it, and run `newsdesk bluesky login`"
                .to_owned(),
        },
        other => other,
    }
}

impl Inner {
    async fn once(
        &self,
        ticket: &Ticket,
        method: &str,
        input: &Input<'_>,
        proxy: Option<&str>,
    ) -> Result<Value, XrpcError> {
        let call = Call {
            http: self.http.clone(),
            server: ticket.server.clone(),
            token: Some(ticket.token.clone()),
            proxy: proxy.map(str::to_owned),
        };
        call.call(method, input).await
    }

    /// Whether the server has asked us not to send this yet.
    fn is_open(&self, method: &str) -> Result<(), XrpcError> {
        let now = self.clock.now();
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        closed.retain(|_, until| *until > now);
        let until = ["", group(method)].iter().filter_map(|key| closed.get(*key)).max();
        match until.and_then(|until| (*until - now).to_std().ok()) {
            Some(after) => Err(XrpcError::RateLimited { after }),
            None => Ok(()),
        }
    }

    fn close(&self, method: &str, after: Duration) {
        let after = TimeDelta::from_std(after).unwrap_or(TimeDelta::hours(24));
        let key = if after <= SHARED_WAIT { "" } else { group(method) };
        let until = self.clock.now() + after;
        tracing::warn!(account = %self.session.did(), method, %until, "the Bluesky server asks to wait");
        self.closed.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), until);
    }
}

/// What shares a limit with a method.
fn group(method: &str) -> &str {
    if WRITES.contains(&method) { "writes" } else { method }
}
