//! What a publication is called: archives name feeds, readers name papers.

use url::Url;

/// The outlet behind a feed's name.
///
/// Feeds call themselves “Feed: Latest”, “Paper - All content” or “Section | The Paper”. The part that is also in the
/// article's host is the outlet; if none is, the host itself says it more honestly than a section's name would.
pub(super) fn outlet(name: &str, permalink: &str) -> String {
    let name = name.trim();
    let Some(host) = Url::parse(permalink).ok().and_then(|url| url.host_str().map(str::to_lowercase)) else {
        return name.to_owned();
    };
    let host = host.strip_prefix("www.").unwrap_or(&host).to_owned();
    let letters: String = host.chars().filter(|c| c.is_alphanumeric()).collect();
    let known = |part: &str| {
        let words: Vec<String> = part
            .split_whitespace()
            .map(|w| {
                w.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
            })
            .filter(|w| w.chars().count() >= 3 && w != "the" && w != "feed" && w != "news")
            .collect();
        !words.is_empty() && words.iter().any(|w| letters.contains(w.as_str()))
    };
    let parts: Vec<&str> = name
        .split(['|', '»'])
        .flat_map(|p| p.split(" - "))
        .map(str::trim)
        .filter(|p| !p.is_empty())
        .collect();
    let part = parts.iter().find(|p| known(p)).map(|p| p.trim_start_matches("Feed:").trim());
    match part {
        Some(part) => part.to_owned(),
        None if parts.len() == 1 && !name.starts_with("Feed:") => name.to_owned(),
        None => host,
    }
}

#[cfg(test)]
mod tests {
    use super::outlet;

    #[test]
    fn an_outlet_is_called_as_its_readers_call_it() {
        for (name, url, called) in [
            ("The Harbour Post", "https://harbourpost.example/a", "The Harbour Post"),
            ("Harbour Post - All content", "https://www.harbourpost.example/a", "Harbour Post"),
            (
                "Ferries (all of them) | The Harbour Post",
                "https://www.theharbourpost.example/a",
                "The Harbour Post",
            ),
            ("Feed: Ferries Latest", "https://www.tidings.example/a", "tidings.example"),
            ("Tidings", "https://elsewhere.example/a", "Tidings"),
        ] {
            assert_eq!(outlet(name, url), called, "{name}");
        }
    }
}
