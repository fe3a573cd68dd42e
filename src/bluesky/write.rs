//! A change to an account's records.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One of the changes that are made together. It is kept before it is sent, so its form is ours, not the protocol's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Write {
    /// A record that is not there yet.
    Create {
        /// Its collection, such as `app.bsky.feed.post`.
        collection: String,
        /// Its key there.
        key: String,
        /// The record.
        record: Value,
    },
    /// Another record in the place of one, which must be there.
    Update {
        /// Its collection.
        collection: String,
        /// Its key there.
        key: String,
        /// The new record.
        record: Value,
    },
    /// No record any more, where one must be.
    Delete {
        /// Its collection.
        collection: String,
        /// Its key there.
        key: String,
    },
}

impl Write {
    /// What the server charges for it.
    pub fn points(&self) -> u32 {
        match self {
            Self::Create { .. } => 3,
            Self::Update { .. } => 2,
            Self::Delete { .. } => 1,
        }
    }

    /// Collection and key.
    pub fn place(&self) -> (&str, &str) {
        match self {
            Self::Create { collection, key, .. }
            | Self::Update { collection, key, .. }
            | Self::Delete { collection, key } => (collection, key),
        }
    }

    /// As `com.atproto.repo.applyWrites` takes it.
    pub(super) fn body(&self) -> Value {
        match self {
            Self::Create { collection, key, record } => json!({
                "$type": "com.atproto.repo.applyWrites#create", "collection": collection, "rkey": key, "value": record,
            }),
            Self::Update { collection, key, record } => json!({
                "$type": "com.atproto.repo.applyWrites#update", "collection": collection, "rkey": key, "value": record,
            }),
            Self::Delete { collection, key } => json!({
                "$type": "com.atproto.repo.applyWrites#delete", "collection": collection, "rkey": key,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_is_kept_and_comes_back() {
        let create = Write::Create {
            collection: "app.bsky.feed.post".into(),
            key: "3kaaaaaaaaa2a".into(),
            record: json!({ "$type": "app.bsky.feed.post", "text": "" }),
        };
        let delete = Write::Delete { collection: "app.bsky.feed.post".into(), key: "3kaaaaaaaaa2b".into() };
        for write in [create, delete] {
            let text = serde_json::to_string(&write).unwrap();
            assert_eq!(serde_json::from_str::<Write>(&text).unwrap(), write);
        }
    }
}
