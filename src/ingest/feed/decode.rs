//! From the bytes of a document to its characters.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Where in a document its XML declaration must stand, if it has one.
const DECLARATION_WITHIN: usize = 256;

/// Decodes a document: by its byte order mark, else the charset of the HTTP header, else its XML declaration, else
/// as UTF-8, else as Windows-1252, which takes every byte. A declared encoding that does not fit is passed over.
///
/// The byte order mark and the XML declaration are taken off: they speak of bytes that are no more.
pub(super) fn decode(bytes: &[u8], http_charset: Option<&str>) -> String {
    let text = if let Some(text) = utf_32(bytes) {
        text
    } else if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        encoding.decode_without_bom_handling(bytes.get(length..).unwrap_or_default()).0.into_owned()
    } else {
        let named = [http_charset, declared(bytes)].into_iter().flatten();
        let named = named.filter_map(|label| Encoding::for_label(label.as_bytes()));
        shape(bytes)
            .into_iter()
            .chain(named)
            .chain([UTF_8])
            .find_map(|encoding| encoding.decode_without_bom_handling_and_without_replacement(bytes))
            .unwrap_or_else(|| WINDOWS_1252.decode_without_bom_handling(bytes).0)
            .into_owned()
    };
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c.is_control());
    let bare = text.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")).map(|(_, rest)| rest);
    bare.unwrap_or(text).trim_start().to_owned()
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
    fn blank_lines_before_the_declaration_are_forgiven() {
        assert_eq!(decode(b"\r\n \n<?xml version='1.0'?>\n<a/>", None), "<a/>");
    }

    #[test]
    fn a_charset_is_found_in_its_header() {
        assert_eq!(charset_of("text/xml; Charset=\"UTF-8\""), Some("UTF-8"));
        assert_eq!(charset_of("text/xml"), None);
    }
}
