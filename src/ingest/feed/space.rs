//! Names of elements: which vocabulary a prefix stands for.

/// What a prefix stands for, as far as we read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// RSS, Atom, or none: documents put one's elements into the other.
    Core,
    Dublin,
    Content,
    Media,
    Itunes,
    Syndication,
    Thread,
    Slash,
    Tombstone,
    Xhtml,
    Other,
}

impl Space {
    pub(super) fn of(uri: &str) -> Self {
        let uri = uri.trim().to_ascii_lowercase();
        let bare = uri.trim_start_matches("https://").trim_start_matches("http://");
        let bare = bare.trim_start_matches("www.").trim_end_matches(['/', '#']);
        match bare {
            ""
            | "w3.org/2005/atom"
            | "purl.org/rss/1.0"
            | "backend.userland.com/rss2"
            | "purl.org/net/rss1.1" => Self::Core,
            _ if bare.starts_with("purl.org/atom/ns") || bare.starts_with("my.netscape.com/") => Self::Core,
            _ if bare.contains("userland.com/") || bare.starts_with("channel.netscape.com") => Self::Core,
            "purl.org/rss/1.0/modules/content" => Self::Content,
            "purl.org/rss/1.0/modules/syndication" => Self::Syndication,
            "purl.org/rss/1.0/modules/slash" => Self::Slash,
            "purl.org/syndication/thread/1.0" => Self::Thread,
            "purl.org/atompub/tombstones/1.0" => Self::Tombstone,
            "w3.org/1999/xhtml" => Self::Xhtml,
            _ if bare.starts_with("purl.org/dc/") || bare == "purl.org/metadata/dublin_core" => Self::Dublin,
            _ if bare.starts_with("search.yahoo.com/mrss") => Self::Media,
            _ if bare.starts_with("itunes.com/dtds/podcast") => Self::Itunes,
            _ => Self::Other,
        }
    }

    /// What an undeclared prefix surely means.
    pub(super) fn usual(prefix: &str) -> Self {
        match prefix {
            "" | "atom" | "rss" | "a10" => Self::Core,
            "dc" | "dcterms" => Self::Dublin,
            "content" => Self::Content,
            "media" => Self::Media,
            "itunes" => Self::Itunes,
            "sy" => Self::Syndication,
            "thr" => Self::Thread,
            "slash" => Self::Slash,
            "at" => Self::Tombstone,
            "xhtml" => Self::Xhtml,
            _ => Self::Other,
        }
    }
}
