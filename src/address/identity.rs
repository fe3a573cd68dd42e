//! What a record is: its platform's own id, read from the address where anybody can see it.

use url::Url;

use super::{canonical, http_url};
use crate::model::Platform;

/// The platform's id of the record at `permalink`; `None` when the address is not one of that platform's records.
///
/// Imports and live scans both come here, so one post is one record. Two limits: an archive that names a Bluesky
/// author by handle cannot know the DID, and an address that a platform shortens says nothing of its target.
pub fn native_id(platform: &Platform, permalink: &str) -> Option<String> {
    let url = http_url(permalink)?;
    let host = url.host_str()?.trim_end_matches('.').to_owned();
    let path: Vec<&str> = url.path().split('/').filter(|part| !part.is_empty()).collect();
    match platform {
        Platform::Reddit => reddit(&host, &path),
        Platform::Bluesky => bluesky(&host, &path),
        Platform::HackerNews => hacker_news(&host, &path, &url),
        Platform::X => x(&host, &path),
        Platform::Arxiv => arxiv(&host, &url),
        Platform::Mastodon => Some(mastodon(&url, &path)),
        Platform::Lemmy | Platform::Feed | Platform::Web | Platform::Archive(_) => Some(canonical(&url)),
    }
}

fn is_at(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|front| front.ends_with('.'))
}

pub(super) fn plain(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// `/r/NAME/comments/POST[/SLUG[/COMMENT]]`, also below `/user/NAME` and at the root, and `redd.it/POST`.
fn reddit(host: &str, path: &[&str]) -> Option<String> {
    if host == "redd.it" {
        let [post] = path else { return None };
        return plain(post).then(|| format!("t3_{}", post.to_ascii_lowercase()));
    }
    if !is_at(host, "reddit.com") {
        return None;
    }
    let at = path.iter().position(|part| *part == "comments" || *part == "gallery")?;
    let (kind, id) = match path.get(at + 1..)? {
        // Newer links write `/comments/POST/comment/COMMENT`; older ones have the slug there.
        [_, _, comment, ..] => ("t1", comment),
        [post, ..] => ("t3", post),
        [] => return None,
    };
    plain(id).then(|| format!("{kind}_{}", id.to_ascii_lowercase()))
}

fn bluesky(host: &str, path: &[&str]) -> Option<String> {
    match path {
        ["profile", actor, "post", key] if is_at(host, "bsky.app") => {
            // A DID is case-sensitive; a handle is a host name.
            let actor =
                if actor.starts_with("did:") { (*actor).to_owned() } else { actor.to_ascii_lowercase() };
            Some(format!("at://{actor}/app.bsky.feed.post/{key}"))
        }
        _ => None,
    }
}

fn hacker_news(host: &str, path: &[&str], url: &Url) -> Option<String> {
    if host != "news.ycombinator.com" || path != ["item"] {
        return None;
    }
    let (_, id) = url.query_pairs().find(|(name, _)| name == "id")?;
    (!id.is_empty() && id.bytes().all(|b| b.is_ascii_digit())).then(|| id.into_owned())
}

fn x(host: &str, path: &[&str]) -> Option<String> {
    if !is_at(host, "twitter.com") && !is_at(host, "x.com") {
        return None;
    }
    let at = path.iter().position(|part| *part == "status" || *part == "statuses")?;
    let id = path.get(at + 1)?;
    (!id.is_empty() && id.bytes().all(|b| b.is_ascii_digit())).then(|| (*id).to_owned())
}

/// `/abs/ID`, `/pdf/ID[.pdf]`; old ids hold a slash. The version at the end is an edit, not another paper.
fn arxiv(host: &str, url: &Url) -> Option<String> {
    if !is_at(host, "arxiv.org") {
        return None;
    }
    let path = url.path();
    let id = ["/abs/", "/pdf/", "/html/", "/format/"].iter().find_map(|prefix| path.strip_prefix(prefix))?;
    let mut id = id.trim_end_matches('/').trim_end_matches(".pdf");
    // An id has no version left, so that its own address shows it.
    while let Some((front, version)) = id.rsplit_once('v')
        && front.ends_with(|c: char| c.is_ascii_digit())
        && !version.is_empty()
        && version.bytes().all(|b| b.is_ascii_digit())
    {
        id = front;
    }
    (!id.is_empty()).then(|| id.to_owned())
}

/// A status has two addresses, for people and for servers; both become `https://HOST/@NAME/ID`.
fn mastodon(url: &Url, path: &[&str]) -> String {
    let mut bare = url.clone();
    bare.set_query(None);
    if let ["users", name, "statuses", id, ..] = path {
        bare.set_path(&format!("/@{name}/{id}"));
    }
    canonical(&bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn same(platform: &Platform, id: &str, addresses: &[&str]) {
        for address in addresses {
            assert_eq!(native_id(platform, address).as_deref(), Some(id), "{address}");
        }
    }

    #[test]
    fn a_reddit_post_is_one_under_all_its_addresses() {
        same(
            &Platform::Reddit,
            "t3_1xq7ssn",
            &[
                "https://reddit.com/r/MarrowCoast/comments/1xq7ssn/weekly_thread/",
                "https://www.reddit.com/r/MarrowCoast/comments/1xq7ssn",
                "https://old.reddit.com/comments/1XQ7SSN/?utm_source=share",
                "https://www.reddit.com/user/ana/comments/1xq7ssn/weekly_thread/",
                "https://reddit.com/r/Marrow/comments/1xq7ssn/fünf_züge/",
                "https://redd.it/1xq7ssn",
                "https://www.reddit.com/gallery/1xq7ssn",
            ],
        );
        same(
            &Platform::Reddit,
            "t1_k9z",
            &[
                "https://reddit.com/r/MarrowCoast/comments/1xq7ssn/weekly_thread/k9z/?context=3",
                "https://www.reddit.com/r/MarrowCoast/comments/1xq7ssn/comment/k9z/",
            ],
        );
    }

    #[test]
    fn other_platforms_have_one_id_too() {
        let did = "at://did:plc:abcDEF/app.bsky.feed.post/3mcn";
        same(&Platform::Bluesky, did, &["https://bsky.app/profile/did:plc:abcDEF/post/3mcn"]);
        let by_handle = "at://ana.example/app.bsky.feed.post/3mcn";
        same(&Platform::Bluesky, by_handle, &["https://bsky.app/profile/Ana.Example/post/3mcn?ref=x"]);
        same(&Platform::HackerNews, "71304516", &["https://news.ycombinator.com/item?id=71304516#up"]);
        same(
            &Platform::X,
            "2000000000000000001",
            &[
                "https://twitter.com/ana/status/2000000000000000001",
                "https://x.com/Ana/status/2000000000000000001?s=20",
                "https://mobile.twitter.com/i/web/status/2000000000000000001/photo/1",
            ],
        );
        same(
            &Platform::Arxiv,
            "2501.10447",
            &[
                "http://arxiv.org/abs/2501.10447",
                "https://arxiv.org/abs/2501.10447v3",
                "https://arxiv.org/abs/2501.10447v3v1",
                "https://export.arxiv.org/pdf/2501.10447v1.pdf",
            ],
        );
        same(&Platform::Arxiv, "quant-ph/0201082", &["http://arxiv.org/abs/quant-ph/0201082v1"]);
        same(
            &Platform::Mastodon,
            "https://saltpan.example/@ana/1265",
            &["https://Saltpan.example/@ana/1265?x=1", "https://saltpan.example/users/ana/statuses/1265"],
        );
        same(
            &Platform::Feed,
            "https://ledger.example/2031/03/train",
            &["http://www.ledger.example/2031/03/train/?utm_campaign=rss#top"],
        );
    }

    #[test]
    fn an_address_of_something_else_gives_no_id() {
        for (platform, address) in [
            (Platform::Reddit, "https://i.redd.it/picture.png"),
            (Platform::Reddit, "https://www.reddit.com/r/MarrowCoast/"),
            (Platform::Reddit, "https://notreddit.com/r/a/comments/1xq7ssn/"),
            (Platform::HackerNews, "https://news.ycombinator.com/user?id=ana"),
            (Platform::X, "https://max.com/a/status/1"),
            (Platform::Bluesky, "https://bsky.app/profile/ana.example"),
            (Platform::Arxiv, "https://arxiv.org/list/cs.LG/new"),
            (Platform::Feed, "not an address"),
        ] {
            assert_eq!(native_id(&platform, address), None, "{address}");
        }
    }
}
