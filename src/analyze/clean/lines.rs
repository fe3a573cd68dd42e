//! Blocks: which lines are text, which are someone else's, which are none.

use super::decode;
use super::html::{Line, Piece};
use super::inline::{self, names_itself};
use super::out::Out;

/// What the head of a line says about it.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Blank,
    Rule,
    Quote,
    ListItem,
    Heading,
    Paragraph,
}

/// A line's kind and what is left of it without its marker.
fn kind(line: &str) -> (Kind, &str) {
    let line = line.trim();
    if matches!(line, "" | "-" | "*" | "+" | "•") {
        return (Kind::Blank, "");
    }
    if let Some(rest) = line.strip_prefix('>') {
        // Reddit writes spoilers as `>!text!<`: the author's own words.
        return match rest.strip_prefix('!').and_then(|inner| inner.strip_suffix("!<")) {
            Some(inner) => (Kind::Paragraph, inner),
            None => (Kind::Quote, rest.trim_start()),
        };
    }
    let mark = line.chars().next().unwrap_or(' ');
    let rule = line.len() >= 3
        && matches!(mark, '-' | '*' | '_' | '=' | '─')
        && line.chars().all(|c| c == mark || c == ' ');
    if rule {
        return (Kind::Rule, "");
    }
    let hashes = line.bytes().take_while(|byte| *byte == b'#').count();
    if (1..=6).contains(&hashes) {
        let rest = line.get(hashes..).unwrap_or_default();
        if rest.starts_with(' ') {
            return (Kind::Heading, rest.trim_start().trim_end_matches('#').trim_end());
        }
    }
    for bullet in ["- ", "* ", "+ ", "• ", "– ", "‣ ", "▪ ", "◦ ", "•"] {
        if let Some(rest) = line.strip_prefix(bullet) {
            return (Kind::ListItem, rest.trim_start());
        }
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=2).contains(&digits) {
        let rest = line.get(digits..).unwrap_or_default();
        if let Some(item) = rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") "))
            && !crate::analyze::sentences::starts_with_german_month(item)
        {
            return (Kind::ListItem, item.trim_start());
        }
    }
    (Kind::Paragraph, line)
}

fn is_fence(line: &str) -> Option<char> {
    let line = line.trim_start();
    ['`', '~'].into_iter().find(|mark| line.chars().take_while(|c| c == mark).count() >= 3)
}

/// A fence that opens and closes on one line is inline code in all but name.
fn closes_itself(line: &str) -> bool {
    let line = line.trim();
    line.len() > 6 && line.ends_with("```")
}

/// Plain text: lists and quotes are marked, fenced code is dropped, the rest is as it stands.
pub(super) fn plain(body: &str, out: &mut Out) {
    let mut fence = None;
    for line in body.lines() {
        if let Some(mark) = is_fence(line) {
            fence = match fence {
                None if closes_itself(line) => None,
                None => Some(mark),
                Some(open) if open == mark => None,
                open => open,
            };
            continue;
        }
        if fence.is_some() {
            continue;
        }
        let (kind, rest) = kind(line);
        let start = out.len();
        match kind {
            Kind::Blank | Kind::Rule => {
                out.blank_line();
                continue;
            }
            Kind::Quote | Kind::ListItem | Kind::Heading | Kind::Paragraph => inline::plain(rest, out),
        }
        let span = out.end_line(start);
        match kind {
            Kind::Quote => out.mark_quoted(span),
            Kind::ListItem => out.mark_list(span),
            Kind::Blank | Kind::Rule | Kind::Heading | Kind::Paragraph => {}
        }
    }
}

/// The block rules of CommonMark that matter here; what they call code, table or quote is dropped.
pub(super) fn markdown(body: &str, out: &mut Out) {
    let mut fence = None;
    let mut in_quote = false;
    let mut in_list = false;
    let mut after_blank = true;
    let mut in_table = false;
    let mut lines = body.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(mark) = is_fence(line) {
            fence = match fence {
                None if closes_itself(line) => None,
                None => Some(mark),
                Some(open) if open == mark => None,
                open => open,
            };
            (in_quote, after_blank) = (false, false);
            continue;
        }
        if fence.is_some() {
            continue;
        }
        let (kind, rest) = kind(line);
        let indented = line.starts_with("    ") || line.starts_with('\t');
        // Indented code needs an empty line (or more code) before it; under a list item it is the item's text.
        if indented && after_blank && !in_list && kind != Kind::Blank {
            continue;
        }
        in_table = line.contains('|')
            && (in_table
                || is_row(line)
                || lines.peek().is_some_and(|next| is_table_rule(next))
                || is_table_rule(line));
        if in_table || is_definition(line) {
            after_blank = false;
            continue;
        }
        after_blank = matches!(kind, Kind::Blank | Kind::Rule | Kind::Heading);
        // A paragraph line right under a `>` line still belongs to the quote ("lazy continuation").
        in_quote = match kind {
            Kind::Quote => true,
            Kind::Paragraph => in_quote,
            Kind::Blank | Kind::Rule | Kind::ListItem | Kind::Heading => false,
        };
        in_list = match kind {
            Kind::ListItem => true,
            Kind::Blank => in_list,
            Kind::Paragraph => in_list && (indented || !out.text().ends_with("\n\n")),
            Kind::Rule | Kind::Quote | Kind::Heading => false,
        };
        if in_quote {
            continue;
        }
        let start = out.len();
        if matches!(kind, Kind::Blank | Kind::Rule) {
            out.blank_line();
            continue;
        }
        inline::markdown(rest, out);
        let span = out.end_line(start);
        if kind == Kind::ListItem {
            out.mark_list(span);
        }
    }
}

fn is_row(line: &str) -> bool {
    let line = line.trim();
    line.len() > 2 && line.starts_with('|') && line.ends_with('|')
}

fn is_table_rule(line: &str) -> bool {
    line.contains('|') && line.contains('-') && line.bytes().all(|byte| b"|-: \t".contains(&byte))
}

/// `[label]: https://…` defines a link for elsewhere.
fn is_definition(line: &str) -> bool {
    line.trim_start()
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]:"))
        .is_some_and(|(label, url)| !label.contains(']') && url.trim_start().starts_with("http"))
}

/// Lines that came from HTML.
pub(super) fn html(lines: &[Line], social: bool, out: &mut Out) {
    let mut first = true;
    for pieces in lines {
        let start = out.len();
        let mut line_kind = None;
        for piece in pieces {
            let (text, url, code) = match piece {
                Piece::Text(text) => (text, None, false),
                Piece::Link { text, url } => (text, Some(url), false),
                Piece::Code(text) => (text, None, true),
            };
            let decoded = decode(text);
            let visible = out.without_hidden(&decoded);
            let mut rest: &str = &visible;
            if line_kind.is_none() && (url.is_none() || !rest.trim().is_empty()) {
                let found = kind(rest);
                if url.is_none() && !matches!(found.0, Kind::Paragraph) {
                    rest = found.1;
                }
                line_kind = Some(found.0);
            }
            if line_kind == Some(Kind::Quote) {
                break;
            }
            if first && social && !rest.trim().is_empty() {
                let stripped = out.without_mentions(rest);
                // Each leading mention is a link of its own: stay at the front until other text comes.
                first = stripped.is_empty();
                rest = stripped;
                if first {
                    continue;
                }
            }
            match (url, code) {
                (Some(url), _) => {
                    if url.starts_with("http") {
                        out.link(url);
                    }
                    if rest.trim().is_empty() || (names_itself(rest) && !rest.trim().starts_with(['@', '#']))
                    {
                        out.removed_link();
                    } else {
                        out.push(rest);
                    }
                }
                (None, true) => out.push_code(rest),
                (None, false) => inline::plain(rest, out),
            }
        }
        let span = out.end_line(start);
        if span.is_empty() {
            out.blank_line();
        }
        if line_kind == Some(Kind::ListItem) {
            out.mark_list(span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_known_by_its_head() {
        assert_eq!(kind("> not mine"), (Kind::Quote, "not mine"));
        assert_eq!(kind(">!the end!<"), (Kind::Paragraph, "the end"));
        assert_eq!(kind("- one"), (Kind::ListItem, "one"));
        assert_eq!(kind("12) twelve"), (Kind::ListItem, "twelve"));
        assert_eq!(kind("2. Juni war es soweit"), (Kind::Paragraph, "2. Juni war es soweit"));
        assert_eq!(kind("## News ##"), (Kind::Heading, "News"));
        assert_eq!(kind("#hashtag"), (Kind::Paragraph, "#hashtag"));
        assert_eq!(kind("* * *"), (Kind::Rule, ""));
        assert_eq!(kind("**bold**"), (Kind::Paragraph, "**bold**"));
        assert_eq!(kind("  "), (Kind::Blank, ""));
    }
}
