//! Whether a page is an article that was there to be read.

use url::Url;

use super::Unreadable;
use super::page::Page;

/// A page with fewer characters of text is a shell that scripts fill, a wall, or a headline.
const MIN_CHARS: usize = 250;

/// Questions for visitors are short. A longer text that speaks of them is an article about them.
const MAX_GATE_CHARS: usize = 1_500;

/// How titles say that nothing is there, in lower case.
const MISSING: &[&str] = &[
    "404",
    "page not found",
    "not found",
    "page missing",
    "no longer available",
    "does not exist",
    "doesn't exist",
    "page unavailable",
    "seite nicht gefunden",
    "nicht gefunden",
    "page introuvable",
    "page non trouvée",
    "página no encontrada",
    "página não encontrada",
    "pagina non trovata",
    "pagina niet gevonden",
    "страница не найдена",
];

/// How gates speak, in lower case.
const GATES: &[&str] = &[
    "enable javascript",
    "javascript is disabled",
    "javascript is required",
    "verify you are human",
    "verify that you are human",
    "verifying you are human",
    "are you a robot",
    "unusual traffic",
    "unusual activity",
    "checking your browser",
    "complete the captcha",
    "before you continue to",
    "we value your privacy",
    "accept all cookies",
    "accept cookies to continue",
    "disable your ad blocker",
    "access denied",
    "subscribe to continue reading",
    "subscribe to read the full",
    "log in to continue",
    "sign in to continue",
    "create a free account to continue",
];

/// The page, if it is an article. `asked` is where it was looked for, `found` where it was.
pub(super) fn judge(page: Page, asked: &Url, found: &Url) -> Result<Page, Unreadable> {
    if page.metadata.paid {
        return Err(Unreadable::Paywall);
    }
    if is_front(found) && !is_front(asked) {
        return Err(Unreadable::SoftNotFound);
    }
    let title = page.title.to_lowercase();
    if MISSING.iter().any(|words| has_words(&title, words)) && !shares_a_word(&title, asked) {
        return Err(Unreadable::SoftNotFound);
    }
    let chars = page.text.chars().count();
    let text = page.text.to_lowercase();
    if chars <= MAX_GATE_CHARS && GATES.iter().any(|words| text.contains(words) || title.contains(words)) {
        return Err(Unreadable::Gate);
    }
    if chars < MIN_CHARS {
        return Err(Unreadable::TooShort { chars });
    }
    Ok(page)
}

fn is_front(url: &Url) -> bool {
    url.path() == "/" && url.query().is_none()
}

/// Whether `words` stand in `text`, not as a part of longer ones.
fn has_words(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + words.len()..).and_then(|text| text.chars().next());
        [before, after].into_iter().flatten().all(|c| !c.is_alphanumeric())
    })
}

/// Whether the title has a word of the address: then it is the title of what was looked for.
fn shares_a_word(title: &str, asked: &Url) -> bool {
    let slug = asked.path_segments().and_then(|mut parts| parts.rfind(|part| !part.is_empty()));
    let slug = slug.unwrap_or_default().to_lowercase();
    slug.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() >= 4 && word.chars().any(char::is_alphabetic))
        .filter(|word| !["html", "page", "found", "error"].contains(word))
        .any(|word| has_words(title, word))
}
