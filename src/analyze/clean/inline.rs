//! Inside a line: emphasis, code, links, addresses.

use super::out::Out;

/// A link's text is looked for within this many bytes, so that a text of brackets stays cheap.
const MAX_LINK_TEXT: usize = 600;
const MAX_URL: usize = 2_000;
/// Links in links: a picture in a link is as deep as it gets.
const MAX_DEPTH: usize = 2;

/// A plain line: addresses are taken out, everything else is text.
pub(super) fn plain(line: &str, out: &mut Out) {
    Inline { line, at: 0, run: 0, markdown: false, depth: 0, no_underscore_after: usize::MAX }.run(out);
}

/// A line of Markdown.
pub(super) fn markdown(line: &str, out: &mut Out) {
    Inline { line, at: 0, run: 0, markdown: true, depth: 0, no_underscore_after: usize::MAX }.run(out);
}

struct Inline<'a> {
    line: &'a str,
    /// The byte looked at.
    at: usize,
    /// Where the plain text not yet written begins.
    run: usize,
    markdown: bool,
    depth: usize,
    /// From here on no closing `_` was found; asking again would be quadratic.
    no_underscore_after: usize,
}

impl<'a> Inline<'a> {
    fn run(mut self, out: &mut Out) {
        while let Some(byte) = self.line.as_bytes().get(self.at).copied() {
            let step = match byte {
                b'h' | b'H' | b'w' => self.address(out),
                b'<' => self.bracketed_address(out),
                b'\\' if self.markdown => self.escape(out),
                b'`' if self.markdown => self.code(out),
                b'[' if self.markdown => self.link(self.at, out),
                b'!' if self.markdown && self.byte(self.at + 1) == b'[' => self.picture(out),
                b'*' if self.markdown => self.stars(out),
                b'_' if self.markdown => self.underscores(out),
                b'~' if self.markdown => self.struck(out),
                _ => None,
            };
            match step {
                Some(next) => (self.at, self.run) = (next, next),
                None => self.at += 1,
            }
        }
        self.flush(self.line.len(), out);
    }

    fn byte(&self, at: usize) -> u8 {
        self.line.as_bytes().get(at).copied().unwrap_or(b' ')
    }

    fn rest(&self, at: usize) -> &'a str {
        self.line.get(at..).unwrap_or_default()
    }

    fn flush(&self, to: usize, out: &mut Out) {
        out.push(self.line.get(self.run..to).unwrap_or_default());
    }

    fn char_before(&self, at: usize) -> char {
        self.line.get(..at).and_then(|head| head.chars().next_back()).unwrap_or(' ')
    }

    fn char_after(&self, at: usize) -> char {
        self.rest(at).chars().next().unwrap_or(' ')
    }

    fn address(&self, out: &mut Out) -> Option<usize> {
        let len = address_len(self.rest(self.at))?;
        if self.char_before(self.at).is_alphanumeric() {
            return None;
        }
        self.flush(self.at, out);
        let end = self.at + len;
        out.link(self.line.get(self.at..end)?);
        out.removed_link();
        Some(end + out.close_gap(self.rest(end)))
    }

    fn bracketed_address(&self, out: &mut Out) -> Option<usize> {
        let inner = self.rest(self.at + 1);
        let len = address_len(inner)?;
        let closed = inner.as_bytes().get(len) == Some(&b'>');
        if !closed {
            return None;
        }
        self.flush(self.at, out);
        out.link(inner.get(..len)?);
        out.removed_link();
        let end = self.at + len + 2;
        Some(end + out.close_gap(self.rest(end)))
    }

    fn escape(&self, out: &mut Out) -> Option<usize> {
        let next = self.byte(self.at + 1);
        if !next.is_ascii_punctuation() {
            return None;
        }
        self.flush(self.at, out);
        out.push(self.line.get(self.at + 1..self.at + 2)?);
        Some(self.at + 2)
    }

    fn code(&self, out: &mut Out) -> Option<usize> {
        let rest = self.rest(self.at);
        let ticks = rest.bytes().take_while(|byte| *byte == b'`').count();
        let fence = rest.get(..ticks)?;
        let inner = rest.get(ticks..)?;
        let len = inner.find(fence)?;
        self.flush(self.at, out);
        out.push_code(inner.get(..len)?.trim());
        Some(self.at + ticks + len + ticks)
    }

    /// `[text](url)` at `open`; returns where it ends.
    fn link(&self, open: usize, out: &mut Out) -> Option<usize> {
        let (text, url, end) = self.link_parts(open)?;
        self.flush(self.at, out);
        if url.starts_with("http") {
            out.link(url);
        }
        if text.trim().is_empty() || names_itself(text) || self.depth >= MAX_DEPTH {
            out.removed_link();
            return Some(end + out.close_gap(self.rest(end)));
        }
        let inner = Inline {
            line: text,
            at: 0,
            run: 0,
            markdown: true,
            depth: self.depth + 1,
            no_underscore_after: usize::MAX,
        };
        inner.run(out);
        Some(end)
    }

    fn picture(&self, out: &mut Out) -> Option<usize> {
        let (_, url, end) = self.link_parts(self.at + 1)?;
        self.flush(self.at, out);
        if url.starts_with("http") {
            out.link(url);
        }
        out.removed_link();
        Some(end)
    }

    fn link_parts(&self, open: usize) -> Option<(&'a str, &'a str, usize)> {
        let bytes = self.line.as_bytes();
        let close = matching(bytes, open, b'[', b']', MAX_LINK_TEXT)?;
        if self.byte(close + 1) != b'(' {
            return None;
        }
        let end = matching(bytes, close + 1, b'(', b')', MAX_URL)?;
        let text = self.line.get(open + 1..close)?;
        let target = self.line.get(close + 2..end)?.trim();
        let url = target.split_whitespace().next().unwrap_or_default();
        Some((text, url, end + 1))
    }

    /// `*` and `**` that touch a word on one side only are emphasis, wherever the other end stands.
    fn stars(&self, out: &mut Out) -> Option<usize> {
        let len = self.rest(self.at).bytes().take_while(|byte| *byte == b'*').count();
        let end = self.at + len;
        let (before, after) = (self.char_before(self.at), self.char_after(end));
        let opens = !after.is_whitespace() && !before.is_alphanumeric();
        let closes = !before.is_whitespace() && !after.is_alphanumeric();
        let inside_a_word = before.is_alphanumeric() && after.is_alphanumeric() && len >= 2;
        if !(opens || closes || inside_a_word) {
            return None;
        }
        self.flush(self.at, out);
        Some(end)
    }

    /// `_` only counts when its partner is found: `snake_case` and `@name_` are no emphasis.
    fn underscores(&mut self, out: &mut Out) -> Option<usize> {
        let len = self.rest(self.at).bytes().take_while(|byte| *byte == b'_').count();
        let end = self.at + len;
        let (before, after) = (self.char_before(self.at), self.char_after(end));
        let opens = !after.is_whitespace() && !before.is_alphanumeric() && before != '/' && before != '@';
        if !opens || end >= self.no_underscore_after {
            return None;
        }
        let mark = self.line.get(self.at..end)?;
        let mut from = end;
        let close = loop {
            let Some(found) = self.rest(from).find(mark) else {
                self.no_underscore_after = end;
                return None;
            };
            let close = from + found;
            let word_goes_on = self.char_after(close + len).is_alphanumeric();
            if !self.char_before(close).is_whitespace() && !word_goes_on && close > end {
                break close;
            }
            from = close + len;
        };
        self.flush(self.at, out);
        let inner = Inline {
            line: self.line.get(end..close)?,
            at: 0,
            run: 0,
            markdown: self.depth < MAX_DEPTH,
            depth: self.depth + 1,
            no_underscore_after: usize::MAX,
        };
        inner.run(out);
        Some(close + len)
    }

    /// `~~struck~~`: the author took it back, so it is not quoted.
    fn struck(&self, out: &mut Out) -> Option<usize> {
        let inner = self.rest(self.at).strip_prefix("~~")?;
        let len = inner.find("~~").filter(|len| *len > 0)?;
        self.flush(self.at, out);
        Some(self.at + len + 4)
    }
}

/// Where the bracket opened at `open` closes, backslashes respected.
fn matching(bytes: &[u8], open: usize, opening: u8, closing: u8, limit: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = open;
    while at < bytes.len().min(open + limit) {
        match bytes[at] {
            b'\\' => at += 1,
            byte if byte == opening => depth += 1,
            byte if byte == closing => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// How long the address is that `text` begins with.
pub(super) fn address_len(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let starts =
        |head: &str| bytes.get(..head.len()).is_some_and(|b| b.eq_ignore_ascii_case(head.as_bytes()));
    let scheme = ["https://", "http://", "www."].into_iter().find(|scheme| starts(scheme))?;
    let mut end = text
        .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '“' | '”' | '`' | '|' | '…'))
        .unwrap_or(text.len());
    loop {
        let head = text.get(..end)?;
        let last = head.chars().next_back()?;
        let unbalanced = |open: char| head.matches(last).count() > head.matches(open).count();
        let trailing = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '’' | '*' | '_' | '~' | '\\' => true,
            ')' => unbalanced('('),
            ']' => unbalanced('['),
            _ => false,
        };
        if !trailing {
            break;
        }
        end -= last.len_utf8();
    }
    (end > scheme.len()).then_some(end)
}

/// Whether a link's text is only another name of its target: an address, `user/repo`, a user name.
pub(super) fn names_itself(text: &str) -> bool {
    let text = text.trim().trim_matches(['*', '_', '`']);
    if text.contains(char::is_whitespace) {
        return false;
    }
    let domain = text.split('/').next().unwrap_or_default();
    let looks_like_domain = domain.split('.').count() > 1
        && domain
            .rsplit('.')
            .next()
            .is_some_and(|tld| (2..=10).contains(&tld.len()) && tld.bytes().all(|b| b.is_ascii_lowercase()))
        && domain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
    address_len(text).is_some() || text.contains('/') || text.starts_with('@') || looks_like_domain
}
