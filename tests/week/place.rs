//! The places that a configuration names: what is played is what is asked for.

use std::collections::BTreeSet;

use newsdesk::config::{SourceKind, Topic};
use url::Url;

use super::host::{Ask, Kind};

/// One list at one host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) kind: Kind,
    pub(super) host: String,
    /// Which of the host's lists: a query, a category, a tag, a community, a path.
    pub(super) list: String,
    /// Whether the list has stories only, where there are comments besides.
    pub(super) only_stories: bool,
}

impl Place {
    /// Those of these topics' sources.
    pub(super) fn of(topics: &[Topic]) -> Vec<Self> {
        let all: BTreeSet<Self> =
            topics.iter().flat_map(|topic| &topic.sources).map(|spec| Self::of_source(&spec.kind)).collect();
        all.into_iter().collect()
    }

    fn of_source(source: &SourceKind) -> Self {
        let place = |kind, host: &str, list: &str| Self {
            kind,
            host: host.to_owned(),
            list: list.to_owned(),
            only_stories: false,
        };
        match source {
            SourceKind::HackerNews { query, tags } => Self {
                only_stories: !tags.is_empty(),
                ..place(Kind::HackerNews, "hn.algolia.com", query.as_deref().unwrap_or_default())
            },
            SourceKind::Feed { url, .. } => {
                place(Kind::Feed, url.host_str().expect("feeds have a host"), url.path())
            }
            SourceKind::Arxiv { category, query } => {
                let words: Vec<String> =
                    query.iter().flat_map(|q| q.split(' ')).map(|word| format!("all:{word}")).collect();
                let list = category.as_ref().map(|category| format!("cat:{category}"));
                place(Kind::Arxiv, "export.arxiv.org", &list.unwrap_or_else(|| words.join(" AND ")))
            }
            SourceKind::Mastodon { instance, tag } => place(Kind::Mastodon, instance, tag),
            SourceKind::Lemmy { instance, community } => place(Kind::Lemmy, instance, community),
            SourceKind::Jetstream => place(Kind::Sky, "bsky.app", "posts"),
            other => panic!("{other:?} wants a key"),
        }
    }

    /// Whether this is what is asked for.
    pub(super) fn is_asked(&self, ask: &Ask<'_>) -> bool {
        let is = |name: &str| ask.get(name) == Some(self.list.as_str());
        match self.kind {
            Kind::HackerNews => is("query"),
            Kind::Arxiv => is("search_query"),
            Kind::Feed => self.host == ask.host && self.list == ask.path,
            Kind::Mastodon => {
                let tag = ask.path.strip_prefix("/api/v1/timelines/tag/");
                self.host == ask.host && tag == Some(self.list.as_str())
            }
            Kind::Lemmy => self.host == ask.host && is("community_name"),
            Kind::Sky | Kind::Profiles => false,
        }
    }
}

/// What a host of this name plays: whoever is no service known here is a site with a feed.
pub(super) fn kind_of(host: &str, places: &[Place]) -> Kind {
    match host {
        "hn.algolia.com" | "hacker-news.firebaseio.com" => Kind::HackerNews,
        "export.arxiv.org" => Kind::Arxiv,
        "public.api.bsky.app" => Kind::Profiles,
        host if host.ends_with(".bsky.network") => Kind::Sky,
        host => {
            places.iter().find(|place| place.host == host).unwrap_or_else(|| panic!("{host} is asked")).kind
        }
    }
}

/// A feed's address, as its list says it.
pub(super) fn article(host: &str, id: u64) -> Url {
    format!("https://{host}/2031/{id}").parse().expect("an address")
}
