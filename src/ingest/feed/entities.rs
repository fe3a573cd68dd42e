//! Entities: `&amp;`, `&#8217;`, and the names of HTML, which XML does not know and feeds use all the same.

use std::borrow::Cow;

/// A text with its entities resolved: numbers, the five of XML and the names of HTML. What is none of them stays.
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let entity = after.as_bytes().iter().take(MAX_ENTITY).position(|b| *b == b';');
        rest = if let Some(end) = entity
            && push_entity(&mut out, after.get(..end).unwrap_or_default()).is_some()
        {
            after.get(end + 1..).unwrap_or_default()
        } else {
            out.push('&');
            after
        };
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// No entity's name is longer.
const MAX_ENTITY: usize = 34;

fn push_entity(out: &mut String, name: &str) -> Option<()> {
    let known = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => {
            if let Some(number) = name.strip_prefix('#') {
                let number = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                // What XML forbids is left out, so that it neither shows nor breaks the text.
                out.extend(character(number));
                return Some(());
            }
            let named = name.bytes().all(|b| b.is_ascii_alphanumeric()) && !name.is_empty();
            let written = named.then(|| format!("&{name};"))?;
            let text = html_escape::decode_html_entities(&written);
            if text == written {
                return None;
            }
            out.push_str(&text);
            return Some(());
        }
    };
    out.push(known);
    Some(())
}

/// The character of a number, where 128 to 159 are meant as Windows numbers them.
fn character(number: u32) -> Option<char> {
    match number {
        0x80..=0x9f => Some(windows(u8::try_from(number).ok()?)),
        9 | 10 | 13 => char::from_u32(number),
        0..=31 | 127 | 0xfffe | 0xffff => None,
        _ => char::from_u32(number),
    }
}

/// What Windows-1252 means by a byte.
pub(super) fn windows(byte: u8) -> char {
    let text =
        encoding_rs::WINDOWS_1252.decode_without_bom_handling(std::slice::from_ref(&byte)).0.chars().next();
    text.unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_resolved_where_they_are_any() {
        for (text, becomes) in [
            ("a &amp; b", "a & b"),
            ("a & b; &c", "a & b; &c"),
            ("&eacute;&nbsp;&hellip;&#8217;&#x2019;&#X2019;&#146;", "é\u{a0}…’’’’"),
            ("?page=1&copy=2;mode=x", "?page=1&copy=2;mode=x"),
            ("&nothing; &#xfffffff;|&#0;|&#31;|&#x;", "&nothing; |||&#x;"),
            ("&", "&"),
        ] {
            assert_eq!(decoded(text), becomes, "{text}");
        }
    }
}
