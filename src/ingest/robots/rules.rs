//! One `robots.txt`, as far as it concerns one robot (RFC 9309).

use url::Url;

/// The digits of an escaped octet.
const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// More rules for one robot than any honest file has; what is beyond them is not read.
const MAX_RULES: usize = 10_000;

/// The rules for one robot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rules(Vec<Rule>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    allow: bool,
    pattern: String,
}

/// To whom a group of rules speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Audience {
    us: bool,
    all: bool,
}

impl Rules {
    /// The rules that a file has for `product`: those of all groups that name it, else those for everybody. Lines that
    /// are no rules are passed over, so that an error page forbids nothing.
    pub(super) fn parse(file: &[u8], product: &str) -> Self {
        let text = String::from_utf8_lossy(file);
        let text = text.trim_start_matches('\u{feff}');
        let (mut named, mut general) = (Vec::new(), Vec::new());
        let (mut names_us, mut audience, mut agents_ended) = (false, Audience::default(), true);
        for line in text.split(['\n', '\r']) {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            match key.as_str() {
                "user-agent" => {
                    if agents_ended {
                        (audience, agents_ended) = (Audience::default(), false);
                    }
                    let end = value.find(|c: char| !(c.is_ascii_alphabetic() || matches!(c, '-' | '_')));
                    let token = value.get(..end.unwrap_or(value.len())).unwrap_or_default();
                    audience.us |= token.eq_ignore_ascii_case(product);
                    audience.all |= value.starts_with('*');
                    names_us |= audience.us;
                }
                "allow" | "disallow" => {
                    agents_ended = true;
                    if value.is_empty() {
                        continue;
                    }
                    let slash = if value.starts_with(['/', '*']) { "" } else { "/" };
                    let rule = Rule { allow: key == "allow", pattern: plain(&format!("{slash}{value}")) };
                    if audience.us && named.len() < MAX_RULES {
                        named.push(rule.clone());
                    }
                    if audience.all && general.len() < MAX_RULES {
                        general.push(rule);
                    }
                }
                // `Sitemap`, `Crawl-delay` and others end no group.
                _ => {}
            }
        }
        Self(if names_us { named } else { general })
    }

    /// Whether a page may be asked for: the longest pattern that fits decides, and permission wins a tie.
    pub(super) fn allow(&self, url: &Url) -> bool {
        let path = match url.query() {
            Some(query) => plain(&format!("{}?{query}", url.path())),
            None => plain(url.path()),
        };
        let fitting = self.0.iter().filter(|rule| fits(&rule.pattern, &path));
        fitting.max_by_key(|rule| (rule.pattern.len(), rule.allow)).is_none_or(|rule| rule.allow)
    }

    pub(super) fn weight(&self) -> usize {
        self.0.iter().map(|rule| rule.pattern.len() + size_of::<Rule>()).sum()
    }
}

/// Whether a pattern fits the beginning of a path. `*` is anything, `$` at the end is the end.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, to_end) = match pattern.strip_suffix('$') {
        Some(rest) => (rest, true),
        None => (pattern, false),
    };
    let mut pieces = pattern.split('*');
    let Some(mut rest) = path.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let mut pieces = pieces.peekable();
    let mut open_end = false;
    while let Some(piece) = pieces.next() {
        let last = pieces.peek().is_none();
        if last && to_end {
            return rest.ends_with(piece);
        }
        // The first place that fits leaves the most for what follows, so there is nothing to take back.
        let Some((_, behind)) = rest.split_once(piece) else { return false };
        rest = behind;
        open_end = last && piece.is_empty();
    }
    !to_end || open_end || rest.is_empty()
}

/// One spelling for every octet: what may stand plainly does, the rest is `%XX` in capitals (RFC 9309 §2.2.2).
fn plain(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = |offset: usize| bytes.get(at + offset).and_then(|b| char::from(*b).to_digit(16));
        let (octet, escaped, length) = match (byte, hex(1), hex(2)) {
            (b'%', Some(high), Some(low)) => ((high * 16 + low) as u8, true, 3),
            _ => (*byte, false, 1),
        };
        let unreserved = octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~');
        if unreserved || (octet.is_ascii_graphic() && !escaped) {
            out.push(char::from(octet));
        } else {
            out.push('%');
            out.extend([octet >> 4, octet & 15].map(|half| char::from(HEX[usize::from(half)])));
        }
        at += length;
    }
    out
}
