//! Circularity: records that pass on what we said, or what another machine's brief said, are echoes and no voices.
//!
//! **Ours** is what is written by one of our accounts, what links to our pages or to our accounts' posts, and what
//! carries the marker of our posts (a story's code and version: `4K7Q2WX · v2`). **Machine briefs** are the handles and
//! places that a desk lists under `signal.machine_briefs`, and whatever links to what they post. A brief that is not
//! listed is learnt as a series (`discounts.rs`) once its headline came on three days.
//!
//! **Links** are looked for in raw texts, because the texts that stages read have none any more. Where a text is HTML its
//! slashes may be escaped.
//!
//! **Assumes** that people who have something to add say it without our link too. What is lost is their repetition.

use std::collections::BTreeSet;

use super::observation::bare_handle;
use crate::model::{Record, StoryCode};

/// What is known as ours or as another machine's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Echoes {
    /// Handles, and venues, in lower case.
    voices: BTreeSet<String>,
    /// Beginnings of links, in lower case, without `https://`.
    links: BTreeSet<String>,
}

impl Echoes {
    /// `base` is where our pages are, `accounts` are our handles, `briefs` those and the places of other machines.
    pub fn new<'a>(
        base: Option<&str>,
        accounts: impl IntoIterator<Item = &'a str>,
        briefs: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let listed: Vec<&str> = accounts.into_iter().chain(briefs).collect();
        let mut links: BTreeSet<String> = listed.iter().flat_map(|voice| posts_of(voice)).collect();
        links.extend(base.map(|base| bare_link(&base.to_lowercase()).to_owned()));
        let escaped: Vec<String> = links.iter().map(|link| link.replace('/', "&#x2f;")).collect();
        links.extend(escaped);
        Self { voices: listed.into_iter().filter_map(bare_handle).collect(), links }
    }

    /// Beginnings of links whose mention makes an echo, in lower case, without `https://`, as plain text and as HTML has
    /// them.
    pub fn links(&self) -> Vec<String> {
        self.links.iter().cloned().collect()
    }

    /// Whether a record is by a machine, or its text (which has no links any more) carries our marker.
    pub fn is(&self, record: &Record, text: &str) -> bool {
        let voice = record.author.as_deref().and_then(bare_handle);
        voice.is_some_and(|voice| self.voices.contains(&voice))
            || self.voices.contains(&record.venue.to_lowercase())
            || has_marker(text)
    }
}

/// Beginnings of links to what a voice posts, by the form of its name: `u/…` and `r/…` are Reddit's, `name@host` is
/// Mastodon's, a name with a dot is Bluesky's. Of any other name no links are known.
fn posts_of(voice: &str) -> Vec<String> {
    let voice = voice.trim().to_lowercase();
    let bare = voice.strip_prefix('@').unwrap_or(&voice);
    if let Some(user) = bare.strip_prefix("u/") {
        return vec![format!("reddit.com/user/{user}/"), format!("reddit.com/u/{user}/")];
    }
    match bare.split_once('@') {
        Some((user, host)) => vec![format!("{host}/@{user}/")],
        None if bare.starts_with("r/") => vec![format!("reddit.com/{bare}/")],
        None if bare.contains('.') => vec![format!("bsky.app/profile/{bare}/")],
        None => Vec::new(),
    }
}

fn bare_link(link: &str) -> &str {
    link.strip_prefix("https://").or_else(|| link.strip_prefix("http://")).unwrap_or(link)
}

/// Whether a text carries a story's code with its version, as all our posts do.
fn has_marker(text: &str) -> bool {
    text.match_indices(" · v").any(|(at, mark)| {
        let before = text.get(..at).unwrap_or_default();
        let code: String = before
            .chars()
            .rev()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<Vec<_>>()
            .iter()
            .rev()
            .collect();
        let version = text.get(at + mark.len()..).and_then(|rest| rest.chars().next());
        // A word of seven capitals is no code without a digit.
        let written =
            code.chars().any(|c| c.is_ascii_digit()) && !code.chars().any(|c| c.is_ascii_lowercase());
        written && code.parse::<StoryCode>().is_ok() && version.is_some_and(|c| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_a_code_with_a_version() {
        assert!(has_marker("Read this: Ferry stops. 4K7Q2WX · v2"));
        for text in
            ["4K7Q2WX", "the HARBOUR · v2", "4k7q2wx · v2", "4K7Q2WX · very", "engine 4K7Q · v2", "· v2"]
        {
            assert!(!has_marker(text), "{text}");
        }
    }

    #[test]
    fn links_to_our_pages_and_to_accounts_are_known() {
        let briefs = ["u/BriefBot", "r/DailyBriefs", "@brief@tide.example.org", "Harbour Brief"];
        let echoes = Echoes::new(Some("https://News.example.org/s/"), ["@desk.example.org"], briefs);
        let links = echoes.links();
        let plain: Vec<&str> = links.iter().map(String::as_str).filter(|link| !link.contains('&')).collect();
        assert_eq!(
            plain,
            [
                "bsky.app/profile/desk.example.org/",
                "news.example.org/s/",
                "reddit.com/r/dailybriefs/",
                "reddit.com/u/briefbot/",
                "reddit.com/user/briefbot/",
                "tide.example.org/@brief/",
            ]
        );
        assert!(links.contains(&"news.example.org&#x2f;s&#x2f;".to_owned()), "as HTML has it: {links:?}");
        assert_eq!(links.len(), 2 * plain.len());
        assert_eq!(Echoes::default().links(), Vec::<String>::new());
    }
}
