//! From the bytes of a page to its characters, if it is one.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Where in a page its `<meta charset>` must stand. The standard says 1,024 bytes; pages say more.
const META_WITHIN: usize = 4096;

/// Whether an answer is an HTML page. The header decides, unless the bytes are plainly something else; without a header
/// the page must begin as pages do.
pub(super) fn is_html(content_type: Option<&str>, body: &[u8]) -> bool {
    const BINARY: [&[u8]; 8] = [
        b"%PDF-",
        b"PK\x03\x04",
        b"\x89PNG",
        b"GIF8",
        b"\xff\xd8\xff",
        b"\x1f\x8b",
        b"\x28\xb5\x2f\xfd",
        b"RIFF",
    ];
    if BINARY.iter().any(|magic| body.starts_with(magic)) {
        return false;
    }
    let kind = content_type.map(|value| value.split(';').next().unwrap_or_default().trim());
    if let Some(kind) = kind.filter(|kind| !kind.is_empty()) {
        return ["text/html", "application/xhtml+xml"].iter().any(|html| kind.eq_ignore_ascii_case(html));
    }
    let head = String::from_utf8_lossy(body.get(..body.len().min(256)).unwrap_or_default());
    let head = head.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    head.starts_with("<!doctype html") || head.starts_with("<html")
}

/// Decodes a page: by its byte order mark, else by the first of these that takes every byte: the charset of the HTTP
/// header, that of its `<meta>`, UTF-8; else by the first that was named, with marks for what it cannot take; where none
/// was, as Windows-1252.
pub(super) fn decode(bytes: &[u8], content_type: Option<&str>) -> String {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        let bytes = bytes.get(length..).unwrap_or_default();
        return encoding.decode_without_bom_handling(bytes).0.into_owned();
    }
    let http = content_type.and_then(charset_in);
    let meta = meta_charset(bytes).map(|found| {
        // A page whose ASCII could be read is in neither of these, whatever it says.
        if found == UTF_16BE || found == UTF_16LE { UTF_8 } else { found }
    });
    let named = [http, meta].into_iter().flatten();
    let strict = |encoding: &'static Encoding| {
        encoding.decode_without_bom_handling_and_without_replacement(bytes).map(std::borrow::Cow::into_owned)
    };
    named.clone().chain([UTF_8]).find_map(strict).unwrap_or_else(|| {
        let encoding = named.clone().next().unwrap_or(WINDOWS_1252);
        encoding.decode_without_bom_handling(bytes).0.into_owned()
    })
}

fn meta_charset(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(META_WITHIN)).unwrap_or_default());
    let head = head.to_ascii_lowercase();
    head.split("<meta").skip(1).find_map(|tag| charset_in(tag.split('>').next().unwrap_or_default()))
}

/// The encoding that `charset=…` names, in a header or in a tag.
fn charset_in(text: &str) -> Option<&'static Encoding> {
    let at = text.to_ascii_lowercase().find("charset")?;
    let value = text.get(at + "charset".len()..)?.trim_start().strip_prefix('=')?;
    let value = value.trim_start().trim_start_matches(['"', '\'']);
    let end = value
        .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '/' | ','))
        .unwrap_or(value.len());
    Encoding::for_label(value.get(..end)?.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_then_the_page_then_a_guess() {
        let page = |charset: &str, word: &[u8]| [format!("<meta {charset}>").as_bytes(), word].concat();
        let word =
            |bytes: &[u8], header: Option<&str>| decode(bytes, header).rsplit('>').next().unwrap().to_owned();
        assert_eq!(word(&page("charset=windows-1251", b"\xcc\xe8\xf0"), None), "Мир");
        let old = "http-equiv='Content-Type' content='text/html; charset=koi8-r'";
        assert_eq!(word(&page(old, b"\xed\xc9\xd2"), None), "Мир");
        assert_eq!(
            word(&page("charset=utf-8", b"\xcc\xe8\xf0"), Some("text/html; Charset=\"windows-1251\"")),
            "Мир"
        );
        assert_eq!(word("Zürich".as_bytes(), Some("text/html")), "Zürich");
        assert_eq!(word(b"Z\xfcrich", None), "Zürich");
        assert_eq!(word(b"Z\xfcrich", Some("text/html; charset=nonsense")), "Zürich");
        assert_eq!(word(&page("charset=utf-16", "東".as_bytes()), None), "東");
        assert_eq!(word(b"\xff\xfeA\0", Some("text/html; charset=utf-8")), "A");
        assert_eq!(word(&page("charset=\"utf-8\"", b"caf\xe9"), None), "caf\u{fffd}");
    }

    #[test]
    fn only_pages_are_pages() {
        assert!(is_html(Some("text/html; charset=utf-8"), b"x"));
        assert!(is_html(Some("Application/XHTML+XML"), b"x"));
        assert!(is_html(None, b"\xef\xbb\xbf \n<!DOCTYPE HTML>"));
        assert!(is_html(Some(""), b"<html lang=de>"));
        for (kind, body) in [
            (Some("application/pdf"), &b"<html>"[..]),
            (Some("text/html"), b"%PDF-1.7"),
            (Some("text/plain"), b"<html>"),
            (Some("application/json"), b"{}"),
            (None, b"just words"),
            (None, b""),
        ] {
            assert!(!is_html(kind, body), "{kind:?}");
        }
    }
}
