//! Web addresses: which are addresses at all, when two of them are one, and which record of which platform stands there.

mod identity;
mod relation;

use url::Url;

use crate::model::MAX_FIELD_BYTES;

pub use identity::native_id;
pub(crate) use relation::{addresses_of, relation};

/// Parameters that say how somebody came to a page, not which page it is.
const TRACKING: &[&str] = &[
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "yclid",
    "twclid",
    "ttclid",
    "li_fat_id",
    "mc_cid",
    "mc_eid",
    "igshid",
    "igsh",
    "vero_id",
    "_hsenc",
    "_hsmi",
    "mkt_tok",
    "oly_anon_id",
    "oly_enc_id",
    "s_cid",
    "cmpid",
    "ftag",
    "ncid",
];

/// Families of such parameters, by how they begin (`at_…` is what broadcasters put into their feeds).
const TRACKING_PREFIXES: &[&str] = &["utm_", "at_medium", "at_campaign", "pk_", "mtm_"];

/// `text` as an address of the web; `None` for anything that is not http or https with a host, and for what is too long to
/// be kept: part of an address would be another one.
pub(crate) fn http_url(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    let fits = url.as_str().len() <= MAX_FIELD_BYTES;
    (matches!(url.scheme(), "http" | "https") && url.has_host() && fits).then_some(url)
}

/// Takes tracking parameters out of an address and leaves the rest as it is.
pub(crate) fn strip_tracking(url: &mut Url) {
    let Some(query) = url.query() else { return };
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_tracking(pair)).collect();
    if kept.len() == query.split('&').count() {
        return;
    }
    let kept = kept.join("&");
    url.set_query((!kept.is_empty()).then_some(&kept));
}

fn is_tracking(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
    TRACKING.contains(&name.as_str()) || TRACKING_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The one form of an address that stands for its page: https, host in small letters without `www.`, no tracking
/// parameters, no fragment, no slash at the end, no user name.
pub fn canonical(url: &Url) -> String {
    let mut url = url.clone();
    strip_tracking(&mut url);
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let host = match host.strip_prefix("www.") {
        Some(bare) if bare.contains('.') => bare,
        Some(_) | None => host,
    };
    // `port()` is none for the scheme's own port, so http on 80 and https on 443 become one.
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let path = url.path().trim_end_matches('/');
    let query = match url.query() {
        Some(query) if !query.is_empty() => format!("?{query}"),
        Some(_) | None => String::new(),
    };
    format!("https://{host}{port}{path}{query}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canon(text: &str) -> String {
        canonical(&http_url(text).unwrap())
    }

    #[test]
    fn one_page_has_one_address() {
        for other in [
            "http://www.Ledger.example/a/b/",
            "https://ledger.example:443/a/b",
            "http://ledger.example:80/a/b#comments",
            "https://ledger.example/a/b?utm_source=rss&UTM_medium=feed",
            "https://reader@ledger.example/a/b/?fbclid=1",
            "https://ledger.example./a/b",
        ] {
            assert_eq!(canon(other), "https://ledger.example/a/b", "{other}");
        }
    }

    #[test]
    fn what_names_a_page_stays() {
        assert_eq!(
            canon("https://ledger.example/story?id=7&utm_source=x&page=2"),
            "https://ledger.example/story?id=7&page=2"
        );
        assert_eq!(canon("http://ledger.example:8080/"), "https://ledger.example:8080");
        assert_eq!(canon("https://www.example/"), "https://www.example");
    }

    #[test]
    fn only_web_addresses_are_addresses() {
        for text in
            ["", "javascript:alert(1)", "mailto:a@b.example", "/relative", "file:///etc/hosts", "https://"]
        {
            assert!(http_url(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_canonical_form_is_its_own_canonical_form(
            host in "(www\\.)?[a-z]{1,8}\\.example", path in "(/[a-zA-Z0-9%_. -]{0,6}){0,4}", query in "([a-z_]{1,12}=[a-z0-9]{0,4}&?){0,4}",
        ) {
            let text = format!("http://{host}{path}?{query}");
            if let Some(url) = http_url(&text) {
                let once = canonical(&url);
                prop_assert_eq!(canon(&once), once.clone());
            }
        }
    }
}
