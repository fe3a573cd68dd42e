//! Which record another one answers or quotes: the one form of such addresses.

use super::http_url;
use super::identity::{native_id, plain};
use crate::model::Platform;

/// A record that another one answers or quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relation {
    /// Its address in the one form that says which record it is and nothing else: no title, no venue, and an author only
    /// where there is no address without one.
    pub address: String,
    /// The id under which it is or would be stored.
    pub native_id: String,
    /// Its author as records name them, where the address tells.
    pub author: Option<String>,
}

/// What the record at `address` is to one that answers or quotes it; `None` when the address is not one of that platform's
/// records.
pub(crate) fn relation(platform: &Platform, address: &str) -> Option<Relation> {
    let native_id = native_id(platform, address)?;
    let address = match platform {
        Platform::Reddit => {
            let (kind, id) = native_id.split_once('_')?;
            match kind {
                "t1" => format!("https://www.reddit.com/comments/{}/comment/{id}/", reddit_post(address)?),
                _ => format!("https://www.reddit.com/comments/{id}/"),
            }
        }
        Platform::Bluesky => {
            let (actor, key) = native_id.strip_prefix("at://")?.split_once("/app.bsky.feed.post/")?;
            format!("https://bsky.app/profile/{actor}/post/{key}")
        }
        Platform::HackerNews => format!("https://news.ycombinator.com/item?id={native_id}"),
        Platform::X => format!("https://x.com/i/status/{native_id}"),
        Platform::Arxiv => format!("https://arxiv.org/abs/{native_id}"),
        Platform::Mastodon | Platform::Lemmy | Platform::Feed | Platform::Web | Platform::Archive(_) => {
            native_id.clone()
        }
    };
    let author = author_in(platform, &address);
    Some(Relation { address, native_id, author })
}

/// The post that the comment at `address` stands below.
fn reddit_post(address: &str) -> Option<String> {
    let url = http_url(address)?;
    let mut path = url.path_segments()?.filter(|part| !part.is_empty());
    path.find(|part| *part == "comments" || *part == "gallery")?;
    path.next().filter(|post| plain(post)).map(str::to_ascii_lowercase)
}

/// Whose record is at an address that [`relation`] gave, on platforms whose addresses tell.
fn author_in(platform: &Platform, address: &str) -> Option<String> {
    let url = http_url(address)?;
    let mut path = url.path_segments()?;
    match platform {
        Platform::Bluesky => match path.nth(1)? {
            did if did.starts_with("did:") => Some(did.to_owned()),
            handle => Some(format!("@{handle}")),
        },
        Platform::Mastodon => {
            let name = path.next()?.strip_prefix('@').filter(|name| !name.is_empty())?;
            Some(if name.contains('@') { format!("@{name}") } else { format!("@{name}@{}", url.host_str()?) })
        }
        Platform::Reddit
        | Platform::HackerNews
        | Platform::Lemmy
        | Platform::Feed
        | Platform::Arxiv
        | Platform::Web
        | Platform::X
        | Platform::Archive(_) => None,
    }
}

/// What the addresses begin with that [`relation`] gives for records of `author`, on platforms whose addresses tell.
pub(crate) fn addresses_of(platform: &Platform, author: &str) -> Option<String> {
    match platform {
        Platform::Bluesky => {
            Some(format!("https://bsky.app/profile/{}/post/", author.trim_start_matches('@')))
        }
        Platform::Mastodon => {
            let (name, server) = author.strip_prefix('@')?.split_once('@')?;
            Some(format!("https://{}/@{name}/", server.strip_prefix("www.").unwrap_or(server)))
        }
        Platform::Reddit
        | Platform::HackerNews
        | Platform::Lemmy
        | Platform::Feed
        | Platform::Arxiv
        | Platform::Web
        | Platform::X
        | Platform::Archive(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_related_record_is_named_by_an_address_without_title_and_venue() {
        for (platform, from, to, author) in [
            (
                Platform::Reddit,
                "https://old.reddit.com/r/u_ana/comments/1XQ7SSN/my_weekly_thread/?context=3",
                "https://www.reddit.com/comments/1xq7ssn/",
                None,
            ),
            (Platform::Reddit, "https://redd.it/1xq7ssn", "https://www.reddit.com/comments/1xq7ssn/", None),
            (
                Platform::Reddit,
                "https://reddit.com/r/MarrowCoast/comments/1xq7ssn/weekly_thread/K9Z/",
                "https://www.reddit.com/comments/1xq7ssn/comment/k9z/",
                None,
            ),
            (
                Platform::Bluesky,
                "https://bsky.app/profile/did:plc:abcDEF/post/3mcn?ref=x",
                "https://bsky.app/profile/did:plc:abcDEF/post/3mcn",
                Some("did:plc:abcDEF"),
            ),
            (
                Platform::Bluesky,
                "https://bsky.app/profile/Ana.Example/post/3mcn",
                "https://bsky.app/profile/ana.example/post/3mcn",
                Some("@ana.example"),
            ),
            (
                Platform::HackerNews,
                "https://news.ycombinator.com/item?id=71304516#up",
                "https://news.ycombinator.com/item?id=71304516",
                None,
            ),
            (Platform::X, "https://twitter.com/ana/status/20", "https://x.com/i/status/20", None),
            (Platform::Arxiv, "http://arxiv.org/pdf/2501.10447v2", "https://arxiv.org/abs/2501.10447", None),
            (
                Platform::Mastodon,
                "https://saltpan.example/users/Ana/statuses/12",
                "https://saltpan.example/@Ana/12",
                Some("@Ana@saltpan.example"),
            ),
            (
                Platform::Mastodon,
                "https://saltpan.example/@bo@reef.example/12",
                "https://saltpan.example/@bo@reef.example/12",
                Some("@bo@reef.example"),
            ),
            (Platform::Mastodon, "https://marsh.example/notes/9x", "https://marsh.example/notes/9x", None),
            (Platform::Lemmy, "https://dune.example/comment/7/", "https://dune.example/comment/7", None),
        ] {
            let found = relation(&platform, from).unwrap();
            assert_eq!((found.address.as_str(), found.author.as_deref()), (to, author), "{from}");
            assert_eq!(native_id(&platform, to), Some(found.native_id.clone()), "{to}");
            assert_eq!(relation(&platform, to), Some(found), "{to}");
        }
        for (platform, author, prefix) in [
            (Platform::Bluesky, "@ana.example", Some("https://bsky.app/profile/ana.example/post/")),
            (Platform::Bluesky, "did:plc:abc", Some("https://bsky.app/profile/did:plc:abc/post/")),
            (Platform::Mastodon, "@ana@saltpan.example", Some("https://saltpan.example/@ana/")),
            (Platform::Mastodon, "@ana", None),
            (Platform::Reddit, "u/ana", None),
        ] {
            assert_eq!(addresses_of(&platform, author).as_deref(), prefix, "{author}");
        }
    }

    proptest! {
        #[test]
        fn what_a_relation_gives_is_its_own_form(
            path in "(/(r|u_a|comments|gallery|comment|profile|post|status|abs|users|statuses|item|@ana|did:plc:x|[a-zA-Z0-9_.%-]{0,6})){0,7}",
            host in "((www\\.|old\\.)?reddit\\.com|redd\\.it|bsky\\.app|x\\.com|arxiv\\.org|news\\.ycombinator\\.com|www\\.dune\\.example)",
            query in "(\\?id=[0-9a]{0,3})?",
        ) {
            let address = format!("https://{host}{path}{query}");
            for platform in [
                Platform::Reddit, Platform::Bluesky, Platform::HackerNews, Platform::X, Platform::Arxiv, Platform::Mastodon,
                Platform::Lemmy, Platform::Web,
            ] {
                if let Some(found) = relation(&platform, &address) {
                    prop_assert_eq!(native_id(&platform, &found.address), Some(found.native_id.clone()));
                    prop_assert_eq!(native_id(&platform, &address), Some(found.native_id.clone()));
                    prop_assert_eq!(relation(&platform, &found.address), Some(found));
                }
            }
        }
    }
}
