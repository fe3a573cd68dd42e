//! The real Bluesky servers, started by `scripts/bluesky`, and what a test does with them.
//!
//! All tests of a run share one network, so each makes accounts of its own, and asks only about those. What needs a
//! clock that moves, or the limits of the real service, gets a PDS of its own.

pub(crate) mod picture;
pub(crate) mod proxy;
mod reader;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use futures_util::StreamExt as _;
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) use proxy::{Fault, Proxy, What};
pub(crate) use reader::{Reader, Written};

use super::variable;

/// The running network: a PLC directory, a PDS and an AppView.
#[derive(Clone, Debug)]
pub(crate) struct Bluesky {
    http: reqwest::Client,
    control: String,
    addresses: Addresses,
}

#[derive(Clone, Debug, Deserialize)]
struct Addresses {
    pds: String,
    plc: String,
    appview: String,
    appview_did: String,
}

/// An account that a test has made.
#[derive(Clone, Deserialize)]
pub(crate) struct TestAccount {
    pub(crate) did: String,
    pub(crate) handle: String,
    /// The password itself, which may do everything.
    pub(crate) password: String,
    /// An app password named `newsdesk`; empty if none was asked for.
    pub(crate) app_password: String,
    /// An access token of the password, good for two hours.
    pub(crate) jwt: String,
    /// The address of its PDS.
    pub(crate) service: String,
}

impl std::fmt::Debug for TestAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestAccount")
            .field("did", &self.did)
            .field("handle", &self.handle)
            .finish_non_exhaustive()
    }
}

impl Bluesky {
    /// Finds the network of this test run.
    pub(crate) async fn connect() -> Self {
        let control = variable("NEWSDESK_TEST_BLUESKY")
            .expect("no Bluesky server: run `scripts/test`, or `scripts/bluesky cargo nextest run`");
        let http =
            reqwest::Client::builder().no_proxy().timeout(Duration::from_mins(1)).build().expect("a client");
        let answer = http.get(&control).send().await.expect("the server of NEWSDESK_TEST_BLUESKY answers");
        let addresses = answer.bytes().await.expect("its whole answer");
        let addresses = serde_json::from_slice(&addresses).expect("its addresses");
        Self { http, control, addresses }
    }

    /// The address of the PDS.
    pub(crate) fn pds(&self) -> &str {
        &self.addresses.pds
    }

    /// The address of the PLC directory.
    pub(crate) fn plc(&self) -> &str {
        &self.addresses.plc
    }

    /// The address of the AppView, for who reads without an account.
    pub(crate) fn appview(&self) -> &str {
        &self.addresses.appview
    }

    /// What the AppView is called in tokens and in the header `atproto-proxy`.
    pub(crate) fn appview_did(&self) -> &str {
        &self.addresses.appview_did
    }

    /// Makes an account, whose handle begins with the first twelve letters of the name and is nobody else's.
    pub(crate) async fn account(&self, name: &str) -> TestAccount {
        self.sign_up(&json!({ "name": name })).await
    }

    /// Makes many, without app passwords.
    pub(crate) async fn accounts(&self, name: &str, count: usize) -> Vec<TestAccount> {
        let order = json!({ "name": name, "app_password": false });
        futures_util::stream::iter(0..count).map(|_| self.sign_up(&order)).buffered(8).collect().await
    }

    async fn sign_up(&self, order: &Value) -> TestAccount {
        let made = self.order("/accounts", order).await;
        serde_json::from_value(made).expect("an account")
    }

    /// The network as this account sees it.
    pub(crate) fn as_reader(&self, account: &TestAccount) -> Reader {
        Reader::signed_in(self.http.clone(), account)
    }

    /// A server as somebody without an account sees it: the AppView, a PDS, or a proxy before one.
    pub(crate) fn as_stranger(&self, service: &str) -> Reader {
        Reader::signed_out(self.http.clone(), service)
    }

    /// Waits until the AppView knows everything that was written before.
    pub(crate) async fn settled(&self) {
        self.order("/settled", &json!({})).await;
    }

    /// The PDS takes an account down.
    pub(crate) async fn take_down(&self, account: &TestAccount) {
        self.order("/takedown", &json!({ "did": account.did })).await;
    }

    /// The PDS lets it in again.
    pub(crate) async fn put_back(&self, account: &TestAccount) {
        self.order("/takedown", &json!({ "did": account.did, "undo": true })).await;
    }

    /// Its owner deactivates it.
    pub(crate) async fn deactivate(&self, account: &TestAccount) {
        self.order("/deactivate", &json!({ "did": account.did })).await;
    }

    /// Its owner activates it again.
    pub(crate) async fn activate(&self, account: &TestAccount) {
        self.order("/deactivate", &json!({ "did": account.did, "undo": true })).await;
    }

    /// It is deleted for good.
    pub(crate) async fn delete(&self, account: &TestAccount) {
        self.order("/delete", &json!({ "did": account.did })).await;
    }

    /// Its owner revokes the app password, with all that was signed in by it.
    pub(crate) async fn revoke(&self, account: &TestAccount) {
        self.order("/revoke", &json!({ "did": account.did })).await;
    }

    /// A labeler that the AppView trusts labels a record, or an account by its DID.
    pub(crate) async fn label(&self, uri: &str, val: &str) {
        self.order("/label", &json!({ "uri": uri, "val": val })).await;
    }

    /// The label is taken off.
    pub(crate) async fn unlabel(&self, uri: &str, val: &str) {
        self.order("/label", &json!({ "uri": uri, "val": val, "undo": true })).await;
    }

    /// Starts a PDS for this test alone, with the real service's limits if wanted. No AppView reads it.
    pub(crate) async fn own_pds(&self, rate_limits: bool) -> OwnPds {
        self.own_pds_with(rate_limits, &json!({})).await
    }

    /// The same with settings of the PDS's own, named as its sources name them (`blobUploadLimit`).
    pub(crate) async fn own_pds_with(&self, rate_limits: bool, env: &Value) -> OwnPds {
        let order = json!({ "rate_limits": rate_limits, "pid": std::process::id(), "env": env });
        let made = self.order("/pds", &order).await;
        let text = |name: &str| made[name].as_str().expect("a text").to_owned();
        OwnPds { bluesky: self.clone(), id: text("id"), url: text("url") }
    }

    /// One order to the control server.
    async fn order(&self, path: &str, order: &Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.control)).body(order.to_string());
        let asked = async { request.send().await?.bytes().await };
        let answer = asked.await.unwrap_or_else(|err| panic!("the control server on {path}: {err}"));
        let answer: Value = serde_json::from_slice(&answer).expect("the control server speaks JSON");
        assert!(
            answer["error"].is_null(),
            "{path} {order}: {}",
            answer["error"].as_str().unwrap_or_default()
        );
        answer
    }
}

/// A PDS for one test; it ends with this handle, or with the process.
#[derive(Debug)]
pub(crate) struct OwnPds {
    bluesky: Bluesky,
    id: String,
    url: String,
}

impl OwnPds {
    /// Its address, which stays the same when it is stopped and started.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Makes an account on it. The limits of the server do not count this.
    pub(crate) async fn account(&self, name: &str) -> TestAccount {
        self.bluesky.sign_up(&json!({ "name": name, "pds": self.id })).await
    }

    /// Moves its clock: tokens grow old, limits run out.
    pub(crate) async fn advance(&self, by: Duration) {
        let ms = u64::try_from(by.as_millis()).expect("less than an age");
        self.order("clock", &json!({ "advance_ms": ms })).await;
    }

    /// What its clock says, in milliseconds since 1970.
    pub(crate) async fn now_ms(&self) -> i64 {
        let answer = self.order("clock", &json!({ "advance_ms": 0 })).await;
        answer["now_ms"].as_f64().expect("a time") as i64
    }

    /// It throws away what was uploaded to an account and is in no record yet.
    pub(crate) async fn forget_blobs(&self, account: &TestAccount) {
        self.order("forget", &json!({ "did": account.did })).await;
    }

    /// It answers nobody.
    pub(crate) async fn stop(&self) {
        self.order("stop", &json!({})).await;
    }

    /// It is back, with its data. What it had counted for its limits is forgotten, as on a real one.
    pub(crate) async fn start(&self) {
        self.order("start", &json!({})).await;
    }

    async fn order(&self, order: &str, body: &Value) -> Value {
        self.bluesky.order(&format!("/pds/{}/{order}", self.id), body).await
    }
}

impl Drop for OwnPds {
    fn drop(&mut self) {
        // Without a runtime, because there may be none any more. If it fails, the end of this process ends the PDS.
        let host = self.bluesky.control.trim_start_matches("http://");
        let Ok(mut stream) = TcpStream::connect(host) else { return };
        let request =
            format!("DELETE /pds/{} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n", self.id);
        if stream.write_all(request.as_bytes()).is_ok() {
            stream.read_to_end(&mut Vec::new()).ok();
        }
    }
}
