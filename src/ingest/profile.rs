//! Whose profile an address shows, and how records name an author.

use super::bluesky;
use crate::address::http_url;
use crate::model::Platform;

/// Who else writes profiles as Mastodon does.
const NO_MASTODON: &[&str] =
    &["medium.com", "substack.com", "threads.com", "threads.net", "tiktok.com", "youtube.com"];

/// The platform and the author, as records name them, of the profile at `address`; `None` where it is no profile of a
/// platform that tells by its addresses whose they are.
pub fn profile_of(address: &str) -> Option<(Platform, String)> {
    let url = http_url(address)?;
    let host = url.host_str()?.to_ascii_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    let path: Vec<&str> = url.path().split('/').filter(|part| !part.is_empty()).collect();
    let at = |domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
    if at("reddit.com") {
        return match path.as_slice() {
            ["user" | "u", name] => Some((Platform::Reddit, format!("u/{name}"))),
            _ => None,
        };
    }
    if at("bsky.app") {
        return match path.as_slice() {
            ["profile", actor] if actor.starts_with("did:") => Some((Platform::Bluesky, (*actor).to_owned())),
            ["profile", actor] => Some((Platform::Bluesky, format!("@{}", actor.to_ascii_lowercase()))),
            _ => None,
        };
    }
    if host == "news.ycombinator.com" {
        let (_, id) = url.query_pairs().find(|(name, id)| name == "id" && !id.is_empty())?;
        return (path == ["user"]).then(|| (Platform::HackerNews, id.into_owned()));
    }
    if at("x.com") || at("twitter.com") {
        return match path.as_slice() {
            [name] if !name.is_empty() => Some((Platform::X, format!("@{name}"))),
            _ => None,
        };
    }
    match path.as_slice() {
        // Lemmy's.
        ["u", name] => Some((Platform::Lemmy, at_home(name, host))),
        [name] if !NO_MASTODON.iter().any(|domain| at(domain)) => {
            let name = name.strip_prefix('@').filter(|name| !name.is_empty())?;
            Some((Platform::Mastodon, at_home(name, host)))
        }
        _ => None,
    }
}

/// An author with their server; a profile shown by another server names its own.
fn at_home(name: &str, host: &str) -> String {
    if name.contains('@') { format!("@{name}") } else { format!("@{name}@{host}") }
}

/// How records of `platform` name the author whom people call `name`, with or without the platform's prefix; `None` where
/// that names nobody: on Mastodon and Lemmy an author is one of a server, on Bluesky a handle is a host name.
pub fn author_on(platform: &Platform, name: &str) -> Option<String> {
    let name = name.trim();
    let bare = ["/user/", "user/", "/u/", "u/", "@"].iter().find_map(|prefix| name.strip_prefix(prefix));
    let bare = bare.unwrap_or(name);
    match platform {
        Platform::Bluesky => bluesky::author_called(bare),
        Platform::Mastodon | Platform::Lemmy => {
            let (user, server) = bare.split_once('@')?;
            let named = !user.is_empty() && !server.is_empty() && !server.contains(['@', ' ']);
            named.then(|| format!("@{bare}"))
        }
        _ if bare.is_empty() => None,
        Platform::Reddit => Some(format!("u/{bare}")),
        Platform::X => Some(format!("@{bare}")),
        Platform::HackerNews => Some(bare.to_owned()),
        // Whole names as they are signed.
        Platform::Feed | Platform::Arxiv | Platform::Web | Platform::Archive(_) => Some(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_tells_whose_it_is() {
        for (address, author) in [
            ("https://www.reddit.com/user/ana_k/", Some((Platform::Reddit, "u/ana_k"))),
            ("https://old.reddit.com/u/ana_k", Some((Platform::Reddit, "u/ana_k"))),
            ("https://bsky.app/profile/Ana.example", Some((Platform::Bluesky, "@ana.example"))),
            ("https://bsky.app/profile/did:plc:abc", Some((Platform::Bluesky, "did:plc:abc"))),
            ("https://news.ycombinator.com/user?id=ana", Some((Platform::HackerNews, "ana"))),
            ("https://x.com/ana", Some((Platform::X, "@ana"))),
            ("https://saltpan.example/@ana", Some((Platform::Mastodon, "@ana@saltpan.example"))),
            ("https://saltpan.example/@ana@reef.example", Some((Platform::Mastodon, "@ana@reef.example"))),
            ("https://weir.example/u/ana", Some((Platform::Lemmy, "@ana@weir.example"))),
            ("https://www.reddit.com/r/ferries/comments/1/x/", None),
            ("https://bsky.app/profile/ana.example/post/3k", None),
            ("https://news.ycombinator.com/item?id=1", None),
            ("https://saltpan.example/@ana/12", None),
            ("https://www.youtube.com/@ana", None),
            ("https://ledger.example/2031/ferry", None),
            ("u/ana_k", None),
        ] {
            let found = profile_of(address);
            assert_eq!(found, author.map(|(platform, name)| (platform, name.to_owned())), "{address}");
        }
    }

    #[test]
    fn an_author_is_named_as_records_name_them() {
        for (platform, names, stored) in [
            (Platform::Reddit, &["ana_k", "u/ana_k", "/u/ana_k", " @ana_k "][..], Some("u/ana_k")),
            (Platform::Bluesky, &["Ana.example", "@ana.example"], Some("@ana.example")),
            (Platform::Bluesky, &["did:plc:abc"], Some("did:plc:abc")),
            (Platform::Bluesky, &["ana", "@ana", ""], None),
            (Platform::HackerNews, &["ana", "@ana"], Some("ana")),
            (Platform::X, &["ana", "@ana"], Some("@ana")),
            (
                Platform::Mastodon,
                &["ana@saltpan.example", "@ana@saltpan.example"],
                Some("@ana@saltpan.example"),
            ),
            (Platform::Lemmy, &["ana@weir.example", "u/ana@weir.example"], Some("@ana@weir.example")),
            (
                Platform::Mastodon,
                &["ana", "@ana", "@ana@", "@@saltpan.example", "@ana@salt pan.example"],
                None,
            ),
            (Platform::Feed, &["Ana Holm", " Ana Holm "], Some("Ana Holm")),
            (Platform::Reddit, &["", "u/", "@"], None),
        ] {
            for name in names {
                assert_eq!(author_on(&platform, name).as_deref(), stored, "{platform} {name}");
            }
        }
        for (address, name) in [
            ("https://www.reddit.com/user/ana_k/", "ana_k"),
            ("https://bsky.app/profile/Ana.example", "ana.example"),
            ("https://news.ycombinator.com/user?id=ana", "ana"),
            ("https://x.com/ana", "ana"),
            ("https://saltpan.example/@ana", "ana@saltpan.example"),
            ("https://weir.example/u/ana", "ana@weir.example"),
        ] {
            let (platform, author) = profile_of(address).unwrap();
            assert_eq!(author_on(&platform, name), Some(author), "{address}");
        }
    }
}
