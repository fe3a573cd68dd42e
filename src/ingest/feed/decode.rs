//! From the bytes of a document to its characters.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::entities::windows;

/// Where in a document its XML declaration must stand, if it has one.
const DECLARATION_WITHIN: usize = 256;

/// Decodes a document: by its byte order mark, else by the first of these that takes every byte: UTF-16 if its first two
/// characters are in that, the charset of the HTTP header (Latin-1 is not believed of what is UTF-8 throughout), that of its
/// XML declaration; else by the declaration if it takes nearly every byte; else as UTF-8, where bytes that do not fit are
/// Windows-1252.
///
/// The byte order mark and the XML declaration are taken off: they speak of bytes that are no more.
pub(super) fn decode(bytes: &[u8], http_charset: Option<&str>) -> String {
    let text = if let Some(text) = utf_32(bytes) {
        text
    } else if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        let bytes = bytes.get(length..).unwrap_or_default();
        if encoding == UTF_8 {
            mixed(bytes)
        } else {
            encoding.decode_without_bom_handling(bytes).0.into_owned()
        }
    } else {
        let label = |label: &str| Encoding::for_label(label.trim().as_bytes());
        let (told, declared) = (http_charset.and_then(label), declared(bytes).and_then(label));
        // Servers call everything Latin-1 that nobody told them about; what is UTF-8 throughout is no Latin-1.
        let told = told.filter(|told| {
            *told != WINDOWS_1252
                || declared.is_some_and(|it| it != UTF_8)
                || std::str::from_utf8(bytes).is_err()
        });
        let mut named = [shape(bytes), told, declared].into_iter().flatten();
        let fits = |encoding: &'static Encoding| {
            encoding.decode_without_bom_handling_and_without_replacement(bytes).map(Cow::into_owned)
        };
        named.find_map(fits).or_else(|| nearly(declared?, bytes)).unwrap_or_else(|| mixed(bytes))
    };
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c.is_control());
    let bare = text.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")).map(|(_, rest)| rest);
    with_windows_characters(bare.unwrap_or(text).trim_start())
}

/// UTF-8, with single bytes of Windows-1252 where it is none: feeds are put together from both.
fn mixed(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
    }
    text
}

/// A declared encoding that fits all but a few bytes; for UTF-8 and Windows-1252 there are better ways.
fn nearly(declared: &'static Encoding, bytes: &[u8]) -> Option<String> {
    if declared == UTF_8 || declared.is_single_byte() || std::str::from_utf8(bytes).is_ok() {
        return None;
    }
    let text = declared.decode_without_bom_handling(bytes).0;
    let lost = text.matches(char::REPLACEMENT_CHARACTER).count();
    (lost <= 2 + text.len() / 200).then(|| text.into_owned())
}

/// The control characters of Latin-1, which nobody writes, as what Windows means by their numbers.
fn with_windows_characters(text: &str) -> String {
    if !text.bytes().zip(text.bytes().skip(1)).any(|(a, b)| a == 0xc2 && b < 0xa0) {
        return text.to_owned();
    }
    text.chars()
        .map(|c| match u8::try_from(u32::from(c)) {
            Ok(byte @ 0x80..=0x9f) => windows(byte),
            Ok(_) | Err(_) => c,
        })
        .collect()
}

/// The charset parameter of a `Content-Type`.
pub(super) fn charset_of(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches(['"', '\'']))
    })
}

fn declared(bytes: &[u8]) -> Option<&str> {
    let head = bytes.get(..bytes.len().min(DECLARATION_WITHIN))?;
    let head = head.trim_ascii_start();
    let end = head.windows(2).position(|two| two == b"?>")?;
    let declaration = std::str::from_utf8(head.get(..end)?).ok()?.strip_prefix("<?xml")?;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value.split(quote).nth(1)
}

/// UTF-16 without a mark shows in its first two characters.
fn shape(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0, b'<' | b'{', 0, _, ..] => Some(UTF_16BE),
        [b'<' | b'{', 0, _, 0, ..] => Some(UTF_16LE),
        _ => None,
    }
}

/// UTF-32, which no web standard and no decoder knows, but some feeds use.
fn utf_32(bytes: &[u8]) -> Option<String> {
    let (from, start): (fn([u8; 4]) -> u32, usize) = match bytes {
        [0, 0, 0xfe, 0xff, ..] => (u32::from_be_bytes, 4),
        [0xff, 0xfe, 0, 0, ..] => (u32::from_le_bytes, 4),
        [0, 0, 0, b'<' | b'{', ..] => (u32::from_be_bytes, 0),
        [b'<' | b'{', 0, 0, 0, ..] => (u32::from_le_bytes, 0),
        _ => return None,
    };
    let (units, _) = bytes.get(start..)?.as_chunks::<4>();
    Some(
        units.iter().map(|unit| char::from_u32(from(*unit)).unwrap_or(char::REPLACEMENT_CHARACTER)).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEED: &str = "<rss>Zürich 東</rss>";

    #[test]
    fn a_mark_wins_over_everything() {
        let mut utf_8 = b"\xef\xbb\xbf".to_vec();
        utf_8.extend(FEED.bytes());
        assert_eq!(decode(&utf_8, Some("koi8-r")), FEED);
        let utf_16: Vec<u8> =
            [0xfeff].into_iter().chain(FEED.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&utf_16, None), FEED);
        let utf_32: Vec<u8> = FEED.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
        assert_eq!(decode(&utf_32, None), FEED);
    }

    #[test]
    fn then_the_header_then_the_declaration_then_a_guess() {
        let declared = b"<?xml version='1.0' encoding='windows-1251'?>\n<a>\xcc\xe8\xf0</a>";
        assert_eq!(decode(declared, None), "<a>Мир</a>");
        assert_eq!(decode(declared, Some("iso-8859-1")), "<a>Ìèð</a>");
        assert_eq!(decode(declared, Some("no-such-charset")), "<a>Мир</a>");
        assert_eq!(decode("<a>Zürich</a>".as_bytes(), None), "<a>Zürich</a>");
        assert_eq!(decode(b"<a>Z\xfcrich</a>", None), "<a>Zürich</a>");
        assert_eq!(
            decode(b"<?xml version=\"1.0\" encoding=\"utf-8\"?><a>Z\xfcrich</a>", None),
            "<a>Zürich</a>"
        );
    }

    #[test]
    fn a_few_bad_bytes_spoil_nothing() {
        assert_eq!(decode(b"<a>Z\xc3\xbcrich \x96 Gr\xfc\xdfe \xe6\x9d", None), "<a>Zürich – Grüße æ\u{9d}");
        assert_eq!(decode(b"\xef\xbb\xbf<a>Z\xc3\xbcrich \x85</a>", None), "<a>Zürich …</a>");
        assert_eq!(decode("<a>don\u{92}t</a>".as_bytes(), None), "<a>don’t</a>");
        let shift_jis = b"<?xml version='1.0' encoding='shift_jis'?><a>\x93\x8c\x8b\x9e\xff</a>";
        assert_eq!(decode(shift_jis, None), "<a>東京\u{fffd}</a>");
    }

    #[test]
    fn a_server_that_calls_everything_latin_is_not_believed() {
        assert_eq!(decode("<a>Zürich</a>".as_bytes(), Some("iso-8859-1")), "<a>Zürich</a>");
        assert_eq!(decode(b"<a>Z\xfcrich</a>", Some("iso-8859-1")), "<a>Zürich</a>");
    }

    #[test]
    fn blank_lines_before_the_declaration_are_forgiven() {
        assert_eq!(decode(b"\r\n \n<?xml version='1.0'?>\n<a/>", None), "<a/>");
    }

    #[test]
    fn a_charset_is_found_in_its_header() {
        assert_eq!(charset_of("text/xml; Charset=\"UTF-8\""), Some("UTF-8"));
        assert_eq!(charset_of("text/xml"), None);
    }
}
