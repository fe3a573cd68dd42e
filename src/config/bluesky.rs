//! `[bluesky]`: which accounts stories go to, how their threads look, and who is answered.

use std::path::PathBuf;

use url::Url;

use super::error::Fault;
use super::secret::{Secret, SecretSource};
use super::section::section;
use super::setting::{any, filled, text_setting, within};
use super::slug::Slug;
use crate::model::Severity;
use crate::publish::OnRetraction;
use crate::publish::bluesky::{Quotes, Replies};

text_setting!(OnRetraction, "notice", |text| match text {
    "notice" => Ok(OnRetraction::Notice),
    "delete" => Ok(OnRetraction::Delete),
    _ =>
        Err(Fault::new(format!("`{text}` is not a way to take a story back"))
            .hint("allowed: `notice`, `delete`")),
});

text_setting!(Replies, "everyone", |text| match text {
    "everyone" => Ok(Replies::Everyone),
    "followers" => Ok(Replies::Followers),
    "following" => Ok(Replies::Following),
    "mentioned" => Ok(Replies::Mentioned),
    "nobody" => Ok(Replies::Nobody),
    _ => Err(Fault::new(format!("`{text}` is not who may reply"))
        .hint("allowed: `everyone`, `followers`, `following`, `mentioned`, `nobody`")),
});

text_setting!(Quotes, "everyone", |text| match text {
    "everyone" => Ok(Quotes::Everyone),
    "nobody" => Ok(Quotes::Nobody),
    _ => Err(Fault::new(format!("`{text}` is not who may quote")).hint("allowed: `everyone`, `nobody`")),
});

text_setting!(Severity, "low", |text| text.parse().map_err(|_| {
    Fault::new(format!("`{text}` is not a severity")).hint("allowed: `low`, `medium`, `high`")
}));

section! {
    /// Bluesky. Without an account nothing is posted there.
    pub struct BlueskySettings {
        /// The account's handle, such as `desk.example.org`. Default: none.
        pub handle: Option<String> = None, handle;
        /// An app password of it: only from the environment, `NEWSDESK_BLUESKY__PASSWORD`. Default: none.
        pub password: Option<Secret> = None, any;
        /// A file with the app password, which nobody but its owner may read. Default: none.
        pub password_file: Option<PathBuf> = None, any;
        /// Slugs of the topics whose stories are posted; with none of them those of all topics. Default: all.
        pub topics: Vec<Slug> = Vec::new(), any;
        /// Further accounts, each with its own topics.
        pub accounts: Vec<BlueskyAccount> = Vec::new(), named;
        /// Stories that matter less are not posted: `low`, `medium` or `high`. Default: `low`.
        pub min_severity: Severity = Severity::Low, any;
        /// Who may reply to threads: `everyone`, `followers`, `following`, `mentioned` or `nobody`. Default: `everyone`.
        pub replies: Replies = Replies::Everyone, any;
        /// Who may quote posts: `everyone` or `nobody`. Default: `everyone`.
        pub quotes: Quotes = Quotes::Everyone, any;
        /// Whether an update is also posted by itself, quoting the thread. Default: false.
        pub quote_updates: bool = false, any;
        /// Whether a correction also changes the card of the first post. Many apps show posts as they were first seen. Default: false.
        pub edit_cards: bool = false, any;
        /// What becomes of a story's posts when it is taken back: `notice` or `delete`. Default: `notice`.
        pub on_retraction: OnRetraction = OnRetraction::Notice, any;
        /// Whether people are answered who mention the account, or reply to it with a question. Default: true.
        pub answers: bool = true, any;
        /// Answers to one person in an hour. Default: 5.
        pub answers_per_person_hour: u32 = 5, within(1..=1_000);
        /// Answers in an hour, to all together. Default: 300.
        pub answers_per_hour: u32 = 300, within(1..=100_000);
        /// Who runs the account, for its description: a name, a handle or an address. Default: none.
        pub operator: Option<String> = None, |operator: &Option<String>| operator.as_ref().map_or(Ok(()), filled);
        /// Handles that get a direct message when an account is in trouble. Default: none.
        pub moderators: Vec<String> = Vec::new(), handles;
        /// The folder that sessions are kept in, each in a file that only its owner may read. Default: `newsdesk/bluesky` in the XDG data folder.
        pub session_dir: Option<PathBuf> = None, any;
        /// Points that writes may take in an hour: creating takes 3, changing 2, deleting 1. Default: 5000, which the network allows.
        pub points_per_hour: u32 = 5_000, within(10..=5_000);
        /// The same in a day. Default: 35000.
        pub points_per_day: u32 = 35_000, within(10..=35_000);
        /// The server that handles are looked up at. Default: `https://public.api.bsky.app`.
        pub resolver: Url = address("https://public.api.bsky.app"), any;
        /// The directory that accounts are looked up in. Default: `https://plc.directory`.
        pub plc_directory: Url = address("https://plc.directory"), any;
        /// The service that carries direct messages. Default: `did:web:api.bsky.chat`.
        pub chat_service: String = "did:web:api.bsky.chat".to_owned(), filled;
    }
}

section! {
    /// A further account.
    pub struct BlueskyAccount {
        /// Its handle.
        pub handle: String = String::new(), |text: &String| is_handle(text);
        /// A file with an app password of it, which nobody but its owner may read. Not needed once `newsdesk bluesky login` has run.
        pub password_file: Option<PathBuf> = None, any;
        /// Slugs of the topics whose stories are posted there; with none of them those of all topics.
        pub topics: Vec<Slug> = Vec::new(), any;
    }
}

/// An account with where its password comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSettings {
    /// Its handle, lower-case, without `@`.
    pub handle: String,
    /// Where its app password comes from; a session that lasts needs none.
    pub password: Option<SecretSource>,
    /// The topics whose stories are posted there; all if there is none.
    pub topics: Vec<Slug>,
}

impl BlueskySettings {
    /// Every account, the one of `[bluesky]` itself first.
    pub fn all_accounts(&self) -> Vec<AccountSettings> {
        let plain = |handle: &str| handle.trim_start_matches('@').to_lowercase();
        let first = self.handle.as_deref().map(|handle| AccountSettings {
            handle: plain(handle),
            password: match (&self.password, &self.password_file) {
                (Some(password), _) => Some(SecretSource::Inline(password.clone())),
                (None, file) => file.clone().map(SecretSource::File),
            },
            topics: self.topics.clone(),
        });
        let more = self.accounts.iter().map(|account| AccountSettings {
            handle: plain(&account.handle),
            password: account.password_file.clone().map(SecretSource::File),
            topics: account.topics.clone(),
        });
        first.into_iter().chain(more).collect()
    }
}

fn address(text: &str) -> Url {
    Url::parse(text).expect("the default addresses are tested")
}

#[expect(clippy::ref_option, reason = "a check takes the setting as it is")]
fn handle(text: &Option<String>) -> Result<(), Fault> {
    text.as_ref().map_or(Ok(()), |text| is_handle(text))
}

#[expect(clippy::ptr_arg, reason = "a check takes the setting as it is")]
fn handles(all: &Vec<String>) -> Result<(), Fault> {
    all.iter().try_for_each(|text| is_handle(text))
}

#[expect(clippy::ptr_arg, reason = "a check takes the setting as it is")]
fn named(accounts: &Vec<BlueskyAccount>) -> Result<(), Fault> {
    if accounts.iter().any(|account| account.handle.is_empty()) {
        return Err(Fault::new("has an account without a handle").hint("add `handle = \"…\"` to it"));
    }
    Ok(())
}

/// A domain name: two or more labels of letters, digits and inner hyphens. Source: atproto.com/specs/handle, 2026-11.
fn is_handle(text: &str) -> Result<(), Fault> {
    let name = text.strip_prefix('@').unwrap_or(text);
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    let last_is_a_name =
        name.rsplit('.').next().is_some_and(|l| l.starts_with(|c: char| c.is_ascii_alphabetic()));
    if name.len() <= 253 && name.contains('.') && name.split('.').all(label) && last_is_a_name {
        return Ok(());
    }
    Err(Fault::new(format!("is `{text}`, not a handle"))
        .hint("write the whole handle, such as `desk.bsky.social`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_a_whole_domain_name() {
        for good in ["desk.example.org", "@desk.bsky.social", "a-b.c1.test"] {
            assert!(is_handle(good).is_ok(), "{good}");
        }
        for bad in [
            "desk",
            "",
            "@",
            "desk..example",
            "-desk.example",
            "desk.example.1",
            "https://desk.example",
            "de sk.example",
        ] {
            assert!(is_handle(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_account_of_the_section_comes_first() {
        let settings = BlueskySettings {
            handle: Some("@Desk.Example.org".to_owned()),
            password_file: Some("/run/desk".into()),
            accounts: vec![BlueskyAccount {
                handle: "ferries.example.org".to_owned(),
                ..BlueskyAccount::default()
            }],
            ..BlueskySettings::default()
        };
        let all = settings.all_accounts();
        let handles: Vec<&str> = all.iter().map(|a| a.handle.as_str()).collect();
        assert_eq!(handles, ["desk.example.org", "ferries.example.org"]);
        assert_eq!(all[0].password, Some(SecretSource::File("/run/desk".into())));
        assert_eq!(all[1].password, None);
    }
}
