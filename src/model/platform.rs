//! Where records come from, and what kind of speech a place holds.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::InvalidId;
use super::text_enum::text_enum;

/// The platform of a record. With the native id it is the record's identity.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Platform {
    /// reddit.com
    Reddit,
    /// bsky.app and the AT protocol
    Bluesky,
    /// news.ycombinator.com
    HackerNews,
    /// Any server that speaks Mastodon's API
    Mastodon,
    /// Any Lemmy server
    Lemmy,
    /// RSS, Atom and JSON feeds
    Feed,
    /// arxiv.org
    Arxiv,
    /// A web page found by search or link
    Web,
    /// x.com, from archives only
    X,
    /// An archive whose platform we have no reader for, by its name there
    Archive(String),
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Archive(name) => write!(f, "archive:{name}"),
            Self::Reddit => f.pad("reddit"),
            Self::Bluesky => f.pad("bluesky"),
            Self::HackerNews => f.pad("hackernews"),
            Self::Mastodon => f.pad("mastodon"),
            Self::Lemmy => f.pad("lemmy"),
            Self::Feed => f.pad("feed"),
            Self::Arxiv => f.pad("arxiv"),
            Self::Web => f.pad("web"),
            Self::X => f.pad("x"),
        }
    }
}

impl FromStr for Platform {
    type Err = InvalidId;
    fn from_str(s: &str) -> Result<Self, InvalidId> {
        Ok(match s {
            "reddit" => Self::Reddit,
            "bluesky" => Self::Bluesky,
            "hackernews" => Self::HackerNews,
            "mastodon" => Self::Mastodon,
            "lemmy" => Self::Lemmy,
            "feed" => Self::Feed,
            "arxiv" => Self::Arxiv,
            "web" => Self::Web,
            "x" => Self::X,
            other => match other.strip_prefix("archive:") {
                Some(name) if !name.is_empty() => Self::Archive(name.to_owned()),
                Some(_) | None => return Err(InvalidId::platform(other)),
            },
        })
    }
}

impl Platform {
    /// The name as people write it.
    pub fn display_name(&self) -> &str {
        match self {
            Self::Reddit => "Reddit",
            Self::Bluesky => "Bluesky",
            Self::HackerNews => "Hacker News",
            Self::Mastodon => "Mastodon",
            Self::Lemmy => "Lemmy",
            Self::Feed => "News",
            Self::Arxiv => "arXiv",
            Self::Web => "Web",
            Self::X => "X",
            // Archives name themselves for machines; the place a record was said in says more.
            Self::Archive(_) => "Archive",
        }
    }
}

impl Serialize for Platform {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Platform {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

text_enum! {
    /// What kind of speech a source holds; the record score starts from it.
    pub enum SourceClass: "source class" {
        /// A publication with editors: news sites, wire feeds.
        Publication => "publication",
        /// Long-form posts by one author.
        Essay => "essay",
        /// Short posts on a general network.
        Social => "social",
        /// A research paper or preprint.
        Paper => "paper",
        /// A post in a forum or community.
        Forum => "forum",
    }
}

impl SourceClass {
    /// The class a platform's records have unless their source says otherwise.
    pub fn default_for(platform: &Platform) -> Self {
        match platform {
            Platform::Reddit | Platform::HackerNews | Platform::Lemmy | Platform::Archive(_) => Self::Forum,
            Platform::Bluesky | Platform::Mastodon | Platform::X => Self::Social,
            Platform::Feed | Platform::Web => Self::Publication,
            Platform::Arxiv => Self::Paper,
        }
    }

    /// Whether people talk there; else something is published.
    pub fn is_talk(self) -> bool {
        matches!(self, Self::Forum | Self::Social)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_reads_back() {
        for text in [
            "reddit",
            "bluesky",
            "hackernews",
            "mastodon",
            "lemmy",
            "feed",
            "arxiv",
            "web",
            "x",
            "archive:zines",
        ] {
            assert_eq!(text.parse::<Platform>().unwrap().to_string(), text);
        }
        assert!("archive:".parse::<Platform>().is_err());
        assert!("myspace".parse::<Platform>().is_err());
    }
}
