//! What feed software leaves in a summary.

use std::borrow::Cow;

/// The body of a plain feed entry with arXiv's header cut and glued blocks parted by a newline.
pub(super) fn prepared(body: &str) -> Cow<'_, str> {
    let body = match body.strip_prefix("arXiv:").and_then(|rest| rest.split_once("Abstract:")) {
        Some((header, text)) if header.len() < 200 => text.trim_start(),
        _ => body,
    };
    let seams = seams(body);
    if seams.is_empty() {
        return Cow::Borrowed(body);
    }
    let mut parted = String::with_capacity(body.len() + seams.len());
    let mut start = 0;
    for seam in seams {
        parted.push_str(body.get(start..seam).unwrap_or_default());
        parted.push('\n');
        start = seam;
    }
    parted.push_str(body.get(start..).unwrap_or_default());
    Cow::Owned(parted)
}

/// Where two blocks were joined without a space: `tool makersGet our` and `came back.Sign up`.
///
/// Names are written like that too (`iPhone`, `YouTube`, `Node.Js`), so the word before must be wholly lower case
/// and of four letters or more, and a lower-case word must follow the capital.
fn seams(body: &str) -> Vec<usize> {
    let bytes = body.as_bytes();
    let lower_at = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_lowercase);
    let mut seams = Vec::new();
    for at in 4..bytes.len() {
        if !(bytes[at].is_ascii_uppercase() && lower_at(at + 1)) {
            continue;
        }
        let last = if matches!(bytes[at - 1], b'.' | b'!' | b'?') { at - 2 } else { at - 1 };
        if !lower_at(last) {
            continue;
        }
        let mut first = last;
        while first > 0 && lower_at(first - 1) {
            first -= 1;
        }
        let whole = first == 0 || bytes[first - 1].is_ascii_whitespace();
        // One word goes on without a space (`startsWithCapital`, `example.Com/x`): code or an address.
        let end = bytes[at..].iter().position(|b| !b.is_ascii_alphabetic()).map_or(bytes.len(), |n| at + n);
        let plain_end = bytes.get(end).is_none_or(|b| matches!(b, b' ' | b',' | b'\n'));
        if last + 1 - first >= 4 && whole && plain_end {
            seams.push(at);
        }
    }
    seams
}

const TAILS: [&str; 9] = [
    "[…]",
    "[...]",
    "[ … ]",
    "(more…)",
    "Continue reading",
    "Continue reading…",
    "Continue reading...",
    "Continue reading →",
    "Read more",
];

/// A tail that names its article and its outlet is no longer than that.
const MAX_TAIL: usize = 399;

/// Where the text ends once feed tails are cut; looks at the body's last lines only.
pub(super) fn without_tail(text: &str, body_start: usize) -> usize {
    let mut end = text.trim_end().len();
    loop {
        let body = text.get(body_start..end).unwrap_or_default().trim_end();
        let mut shorter = body;
        for tail in TAILS {
            shorter = shorter.strip_suffix(tail).unwrap_or(shorter).trim_end();
        }
        let last_line = shorter.rfind('\n').map_or(0, |at| at + 1);
        let line = shorter.get(last_line..).unwrap_or_default();
        if line.len() < 300 && (line.starts_with("Continue reading ") || line.starts_with("Read more at ")) {
            shorter = shorter.get(..last_line).unwrap_or_default();
        }
        for opening in ["The post ", "The article "] {
            let last = shorter.ceil_char_boundary(shorter.len().saturating_sub(MAX_TAIL));
            let Some(found) = shorter.get(last..).and_then(|end| end.rfind(opening)) else { continue };
            let at = last + found;
            let tail = shorter.get(at..).unwrap_or_default();
            let at_border = shorter.get(..at).unwrap_or_default().ends_with([' ', '\n']) || at == 0;
            let says_so = tail.contains(" appeared first on ") || tail.contains(" first appeared on ");
            if at_border && says_so {
                shorter = shorter.get(..at).unwrap_or_default();
            }
        }
        let shorter_end = body_start + shorter.trim_end().len();
        if shorter_end >= end {
            return end;
        }
        end = shorter_end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glued_blocks_are_parted_and_names_are_not() {
        assert_eq!(
            prepared("from the tool makersGet our breaking news"),
            "from the tool makers\nGet our breaking news"
        );
        assert_eq!(prepared("the ferry came back.Sign up today"), "the ferry came back.\nSign up today");
        for name in [
            "the new iPhone case",
            "on YouTube and GitHub",
            "call doThingNow() here",
            "see harbour.Com/x now",
            "macOS",
        ] {
            assert_eq!(prepared(name), name);
        }
    }

    #[test]
    fn tails_are_cut_in_any_number() {
        let text = "Title\nThe line reopens. […]\nThe post The line reopens appeared first on Coast Daily.";
        assert_eq!(text.get(..without_tail(text, 6)), Some("Title\nThe line reopens."));
        let plain = "Title\nThe post is vacant. Nobody applied.";
        assert_eq!(without_tail(plain, 6), plain.len());
    }

    #[test]
    fn a_paper_starts_with_its_abstract() {
        assert_eq!(
            prepared("arXiv:2501.00001v1 Announce Type: new Abstract: We count trams."),
            "We count trams."
        );
    }
}
