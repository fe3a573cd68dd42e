//! Words of ours and words from outside, on their way into a message.

use chrono::{DateTime, Utc};

use crate::publish::discord::Markdown;
use crate::publish::grouped;
use crate::publish::text::{Clean, Limit, Size, WebLink, shorten};

/// Longer addresses are left out of running text: each would cost a fifth of a message.
pub(super) const MAX_INLINE_LINK: usize = 240;

/// A text from outside: cleaned, escaped, and shortened at a word to `max` UTF-16 units of markdown.
pub(crate) fn outside(text: &str, max: usize) -> String {
    let clean = Clean::of(beginning(text, max));
    // One for the escape that the start of a line may need.
    let limit = Limit::discord(max).less(1);
    let short = shorten(clean.as_str(), limit, &escaped);
    Markdown::escape(&Clean::of(&short)).at_line_start().into_string()
}

/// A text from outside where Discord shows plain text: a label, a footer, an autocomplete line.
pub(crate) fn plain(text: &str, max: usize) -> String {
    let clean = Clean::of(beginning(text, max));
    let limit = Limit::discord(max);
    let short = shorten(clean.as_str(), limit, &|t| limit.size(t));
    if short.is_empty() { "–".to_owned() } else { short }
}

/// As much of a text as could be shown: the rest need not be measured. What is invisible is dropped later, and takes room
/// until then.
fn beginning(text: &str, max: usize) -> &str {
    let end = text.char_indices().nth(max * 2 + 200).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or(text)
}

/// How long a piece is once escaped. A grapheme alone cannot know what makes it special, so it is counted as if it did.
fn escaped(piece: &str) -> Size {
    let limit = Limit::discord(usize::MAX);
    let mut size = limit.size(Markdown::escape(&Clean::of(piece)).as_str());
    size.units += usize::from(piece.ends_with(char::is_whitespace));
    if piece.chars().nth(1).is_none() {
        size.units = size.units.max(limit.size(piece).units + 1);
    }
    size
}

/// How long a text of ours is, as Discord counts.
pub(crate) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Our words as a link without a preview, or the words alone where the address is not fit to be one.
pub(crate) fn link(words: &str, address: &str) -> String {
    match WebLink::parse(address) {
        Some(link) => format!("[{words}](<{link}>)"),
        None => words.to_owned(),
    }
}

/// “3 hours ago”, told by the reader's own clock.
pub(crate) fn ago(at: DateTime<Utc>) -> String {
    format!("<t:{}:R>", at.timestamp())
}

/// Date and time in the reader's own zone and language.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    format!("<t:{}:f>", at.timestamp())
}

/// `1 record`, `2 records`, `12,400 records`.
pub(crate) fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

/// As many whole lines as fit into `max`, then `rest` of how many are left.
pub(crate) fn lines(all: &[String], max: usize, rest: impl Fn(usize) -> String) -> String {
    let mut out = String::new();
    for (n, line) in all.iter().enumerate() {
        let left = all.len() - n;
        let longer = if out.is_empty() { line.clone() } else { format!("{out}\n{line}") };
        let room = if left > 1 { max.saturating_sub(units(&rest(left)) + 1) } else { max };
        if units(&longer) > room {
            let end = rest(left);
            return if out.is_empty() { end } else { format!("{out}\n{end}") };
        }
        out = longer;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_from_outside_is_shown_not_obeyed() {
        assert_eq!(
            outside("**now** @everyone <@1> [x](https://a.example)", 200),
            "\\*\\*now\\*\\* \\@everyone \\<@1> \\[x\\](https\\://a.example)"
        );
        assert_eq!(outside("# loud", 200), "\\# loud");
        assert!(units(&outside(&"*".repeat(500), 100)) <= 100);
        assert_eq!(plain("", 10), "–");
    }

    #[test]
    fn lines_that_do_not_fit_are_counted() {
        let all: Vec<String> = (1..=5).map(|n| format!("line {n}")).collect();
        let rest = |n| format!("and {n} more");
        assert_eq!(lines(&all, 100, rest), "line 1\nline 2\nline 3\nline 4\nline 5");
        assert_eq!(lines(&all, 27, rest), "line 1\nline 2\nand 3 more");
        assert_eq!(lines(&[], 27, rest), "");
    }
}
