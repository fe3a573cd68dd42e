//! Who a handle belongs to, and which server has the account.

use std::fmt;
use std::str::FromStr;

use atrium_api::client::AtpServiceClient;
use atrium_api::com::atproto::identity::resolve_handle;
use atrium_api::types::string::Handle;
use serde_json::Value;
use url::Url;

use super::error::{SignedOut, XrpcError};
use super::http::{Call, Http, is_safe, of_atrium};

/// The lasting name of an account, such as `did:plc:…`. Handles come and go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Did(String);

impl Did {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text that is no DID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a DID such as `did:plc:…`")]
pub struct NoDid;

impl FromStr for Did {
    type Err = NoDid;

    fn from_str(text: &str) -> Result<Self, NoDid> {
        atrium_api::types::string::Did::from_str(text).map(|_| Self(text.to_owned())).map_err(|_| NoDid)
    }
}

impl TryFrom<String> for Did {
    type Error = NoDid;

    fn try_from(text: String) -> Result<Self, NoDid> {
        text.parse()
    }
}

impl From<Did> for String {
    fn from(did: Did) -> Self {
        did.0
    }
}

/// An account and where it lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Home {
    pub(super) did: Did,
    /// Its handle, or the DID again if it has none.
    pub(super) handle: String,
    /// The address of its server, without a slash at the end.
    pub(super) server: String,
}

/// Checks an account's name in the settings: a handle or a DID, in lower case.
pub(super) fn checked_name(name: &str) -> Result<String, XrpcError> {
    let name = name.trim().trim_start_matches('@');
    if name.starts_with("did:") {
        return name
            .parse::<Did>()
            .map(String::from)
            .map_err(|err| identity(format!("the account `{name}`: {err}")));
    }
    let name = name.to_ascii_lowercase();
    match Handle::from_str(&name) {
        Ok(_) => Ok(name),
        Err(_) => Err(identity(format!("`{name}` is not a handle; one looks like `desk.bsky.social`"))),
    }
}

/// Looks an account up: its DID at `resolver`, its server in the document the DID leads to, which must name the handle
/// in turn, because anyone can point a handle at another's DID.
pub(super) async fn locate(http: &Http, name: &str, resolver: &Url, plc: &Url) -> Result<Home, XrpcError> {
    let (did, handle) = match name.parse::<Did>() {
        Ok(did) => (did, None),
        Err(NoDid) => (did_of(http, name, resolver).await?, Some(name)),
    };
    let at = document_address(&did, plc)?;
    let document = http.document(at.clone()).await.map_err(|err| match err {
        XrpcError::Refused { status, .. } => identity(format!(
            "{at} has no document for `{did}` (HTTP {status}); the account was deleted, or the address of the directory is \
             wrong"
        )),
        other => other.before_sending(),
    })?;
    home_in(&document, did, handle)
}

async fn did_of(http: &Http, handle: &str, resolver: &Url) -> Result<Did, XrpcError> {
    let call = Call { http: http.clone(), server: base(resolver), token: None, proxy: None };
    let input = resolve_handle::ParametersData {
        handle: handle.parse().map_err(|_| identity(format!("`{handle}` is not a handle")))?,
    };
    let client = AtpServiceClient::new(call);
    let found = client.service.com.atproto.identity.resolve_handle(input.into()).await;
    match found.map_err(of_atrium) {
        Ok(found) => {
            found.data.did.as_str().parse().map_err(|err| {
                identity(format!("{resolver} answers for `{handle}` with something else: {err}"))
            })
        }
        Err(XrpcError::Refused { message, .. }) => Err(identity(format!(
            "no account has the handle `{handle}`, says {}: {message}. Check its spelling; after a change of handle it takes \
             some minutes",
            base(resolver)
        ))),
        Err(other) => Err(other.before_sending()),
    }
}

/// Where the document of a DID is.
fn document_address(did: &Did, plc: &Url) -> Result<Url, XrpcError> {
    let failed =
        || identity(format!("`{did}` is of a kind that is not supported; `did:plc` and `did:web` are"));
    if did.as_str().starts_with("did:plc:") {
        return format!("{}/{did}", base(plc)).parse().map_err(|_| failed());
    }
    let host = did.as_str().strip_prefix("did:web:").ok_or_else(failed)?;
    // Only a host, with its port behind `%3A`; paths are not allowed in this protocol.
    let host = host.replace("%3A", ":").replace("%3a", ":");
    let address = |scheme: &str| format!("{scheme}://{host}/.well-known/did.json").parse::<Url>();
    let plain = address("http").map_err(|_| failed())?;
    let is_host = plain.path() == "/.well-known/did.json" && !host.contains(['/', '@', '?', '#', '%']);
    if !is_host {
        return Err(failed());
    }
    // On this machine there is no certificate.
    if is_safe(&plain) { Ok(plain) } else { address("https").map_err(|_| failed()) }
}

/// What a document says of the account, checked. Of its many forms only what matters here is read.
fn home_in(document: &Value, did: Did, handle: Option<&str>) -> Result<Home, XrpcError> {
    if document["id"].as_str() != Some(did.as_str()) {
        return Err(identity(format!("the document of `{did}` is about {}", document["id"])));
    }
    let list = |name: &str| document[name].as_array().map(Vec::as_slice).unwrap_or_default();
    let names: Vec<&str> =
        list("alsoKnownAs").iter().filter_map(|name| name.as_str()?.strip_prefix("at://")).collect();
    if let Some(handle) = handle.filter(|handle| !names.iter().any(|name| name.eq_ignore_ascii_case(handle)))
    {
        return Err(identity(format!(
            "the handle `{handle}` leads to `{did}`, but that account calls itself {}; check the handle",
            names.first().map_or("nothing".to_owned(), |name| format!("`{name}`"))
        )));
    }
    let full_id = format!("{did}#atproto_pds");
    let server = list("service")
        .iter()
        .filter(|service| service["type"] == "AtprotoPersonalDataServer")
        .find(|service| service["id"] == "#atproto_pds" || service["id"] == full_id.as_str())
        .and_then(|service| service["serviceEndpoint"].as_str()?.parse::<Url>().ok())
        .ok_or_else(|| identity(format!("the document of `{did}` names no server that has the account")))?;
    if !is_safe(&server) {
        return Err(identity(format!("the server of `{did}` is {server}, which is not encrypted (https)")));
    }
    let handle = handle.or_else(|| names.first().copied()).unwrap_or(did.as_str()).to_owned();
    Ok(Home { did, handle, server: base(&server) })
}

/// An address without a slash at its end.
pub(super) fn base(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

fn identity(why: String) -> XrpcError {
    XrpcError::SignedOut(SignedOut::Identity(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DID: &str = "did:plc:abcdefghijklmnopqrstuvwx";

    fn document(name: &str, server: &str) -> Value {
        serde_json::json!({
            "@context": "https://www.w3.org/ns/did/v1",
            "id": DID,
            "alsoKnownAs": [format!("at://{name}")],
            "verificationMethod": [],
            "service": [
                { "id": "#labels", "type": "AtprotoLabeler", "serviceEndpoint": ["https://labels.example"] },
                { "id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": server },
            ],
        })
    }

    fn found(name: &str, server: &str, handle: Option<&str>) -> Result<Home, String> {
        home_in(&document(name, server), DID.parse().unwrap(), handle).map_err(|err| err.to_string())
    }

    #[test]
    fn a_handle_and_its_account_must_name_each_other() {
        let home = found("desk.example", "https://pds.example/", Some("desk.example")).unwrap();
        assert_eq!(home.server, "https://pds.example");
        let other = found("other.example", "https://pds.example", Some("desk.example")).unwrap_err();
        assert!(other.contains("calls itself `other.example`"), "{other}");
        assert_eq!(found("desk.example", "https://pds.example", None).unwrap().handle, "desk.example");
    }

    #[test]
    fn a_server_without_encryption_is_not_spoken_to() {
        assert!(found("desk.example", "http://pds.example", None).unwrap_err().contains("not encrypted"));
        assert!(found("desk.example", "http://localhost:2583", None).is_ok());
        assert!(found("desk.example", "mailto:me", None).is_err());
    }

    #[test]
    fn a_document_is_looked_up_where_its_kind_says() {
        let plc: Url = "https://plc.example".parse().unwrap();
        let at = |did: &str| document_address(&did.parse().unwrap(), &plc).map(String::from).ok();
        assert_eq!(at(DID), Some(format!("https://plc.example/{DID}")));
        assert_eq!(at("did:web:news.example"), Some("https://news.example/.well-known/did.json".to_owned()));
        assert_eq!(at("did:web:localhost%3A81"), Some("http://localhost:81/.well-known/did.json".to_owned()));
        assert_eq!(at("did:web:news.example%2Fx"), None);
        assert_eq!(at("did:key:abc"), None);
    }

    #[test]
    fn a_name_is_a_handle_or_a_did() {
        assert_eq!(checked_name(" @Desk.Example ").unwrap(), "desk.example");
        assert_eq!(checked_name(DID).unwrap(), DID);
        for bad in ["", "desk", "../desk.example", "desk.example/x", "did:x", "a b.example"] {
            assert!(checked_name(bad).is_err(), "{bad}");
        }
    }
}
