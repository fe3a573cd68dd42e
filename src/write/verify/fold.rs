//! The one folding rule: what a quotation may change, and words with their places.

/// Maps quotation marks of any language to one, dashes to one; everything else stays.
fn fold_char(c: char) -> char {
    match c {
        '“' | '”' | '„' | '‟' | '‘' | '’' | '‚' | '‛' | '"' | '\'' | '«' | '»' | '‹' | '›' | '`' | '´' => {
            '\''
        }
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => '-',
        other => other,
    }
}

/// A folded text that knows where each of its bytes came from.
pub(super) struct Folded {
    /// The folded text.
    pub text: String,
    /// For each byte of `text`: start and end of the source character.
    from: Vec<(usize, usize)>,
}

impl Folded {
    /// The source range of a range of folded bytes.
    fn source(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        Some((self.from.get(start)?.0, self.from.get(end.checked_sub(1)?)?.1))
    }
}

/// Folds white space (runs are one space, none around dashes), quotation marks and dashes. No NFKC, no case.
pub(super) fn fold(text: &str) -> Folded {
    let mut folded = Folded { text: String::with_capacity(text.len()), from: Vec::with_capacity(text.len()) };
    let mut space: Option<(usize, usize)> = None;
    for (at, c) in text.char_indices() {
        let here = (at, at + c.len_utf8());
        if c.is_whitespace() {
            space.get_or_insert(here);
            continue;
        }
        let c = fold_char(c);
        let after_dash = folded.text.ends_with('-');
        if c == '-' && after_dash {
            space = None;
            continue;
        }
        if let Some(gap) = space.take()
            && c != '-'
            && !after_dash
            && !folded.text.is_empty()
        {
            folded.push(' ', gap);
        }
        folded.push(c, here);
    }
    folded
}

impl Folded {
    fn push(&mut self, c: char, from: (usize, usize)) {
        self.text.push(c);
        self.from.extend(std::iter::repeat_n(from, c.len_utf8()));
    }
}

/// Every place in `source` (byte ranges into it) where `fragment` stands verbatim under the folding rule, at word
/// borders. The first letter's case and the end stop may differ.
pub(super) fn find_fragment(source: &str, fragment: &str) -> Vec<(usize, usize)> {
    let folded = fold(fragment);
    let needle = folded.text.trim_matches(|c: char| {
        matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '…' | '\'') || c.is_whitespace()
    });
    let Some(first) = needle.chars().next() else { return Vec::new() };
    let rest: String = needle.chars().skip(1).collect();
    let hay = fold(source);
    let mut found = Vec::new();
    let lower: String = first.to_lowercase().chain(rest.chars()).collect();
    let upper: String = first.to_uppercase().chain(rest.chars()).collect();
    let mut needles = vec![lower];
    if needles.first() != Some(&upper) {
        needles.push(upper);
    }
    for needle in &needles {
        for (at, hit) in hay.text.match_indices(needle.as_str()) {
            if let Some((start, end)) = hay.source(at, at + hit.len())
                && !inside_word(source, start)
                && !inside_word(source, end)
            {
                found.push((start, end));
            }
        }
    }
    found.sort_unstable();
    found
}

/// Whether cutting `text` at `pos` would cut a word: `can|'t`, `3|.5`, `non-|profit`.
fn inside_word(text: &str, pos: usize) -> bool {
    let (Some(before), Some(after)) = (text.get(..pos), text.get(pos..)) else { return true };
    let mut back = before.chars().rev();
    let mut ahead = after.chars();
    let (b1, b2) = (back.next(), back.next());
    let (a1, a2) = (ahead.next(), ahead.next());
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let joins = |c: Option<char>| {
        c.is_some_and(|c| matches!(c, '-' | '_' | '.' | '/' | '\'' | '’' | '@' | '‑' | '%'))
    };
    let comma = |a: Option<char>, c: Option<char>, b: Option<char>| {
        c == Some(',') && a.is_some_and(|c| c.is_ascii_digit()) && b.is_some_and(|c| c.is_ascii_digit())
    };
    (word(b1) && word(a1))
        || (word(b1) && joins(a1) && word(a2))
        || (word(b2) && joins(b1) && word(a1))
        || comma(b1, a1, a2)
        || comma(b2, b1, a1)
        || a1 == Some('%') && word(b1)
}

/// A word with its place in the text it was cut from; a possessive ending is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word<'a> {
    pub text: &'a str,
    pub start: usize,
    pub end: usize,
}

/// Words between `from` and `to`: letters and digits, joined by `-`, `.`, `_`, `/`, `@`, `&`, `+` and apostrophes
/// where both neighbours are alphanumeric, with a leading `@` and a trailing `%`.
pub(super) fn words(text: &str, from: usize, to: usize) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let Some(part) = text.get(from..to) else { return found };
    let mut chars = part.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let starts = c.is_alphanumeric()
            || (c == '@' || c == '_') && chars.peek().is_some_and(|(_, n)| n.is_alphanumeric() || *n == '_');
        if !starts {
            continue;
        }
        let mut end = at + c.len_utf8();
        let mut last = c;
        while let Some(&(next_at, next)) = chars.peek() {
            let next_end = next_at + next.len_utf8();
            let follows = part.get(next_end..).and_then(|s| s.chars().next());
            let inside = next.is_alphanumeric()
                || next == '_'
                || next == '%'
                || matches!(next, '-' | '‑' | '.' | '/' | '@' | '&' | '+' | '\'' | '’')
                    && follows.is_some_and(|f| f.is_alphanumeric() || f == '_')
                || matches!(next, ',' | ':')
                    && last.is_ascii_digit()
                    && follows.is_some_and(|f| f.is_ascii_digit());
            if !inside {
                break;
            }
            last = next;
            end = next_end;
            chars.next();
        }
        let whole = part.get(at..end).unwrap_or_default();
        let bare = ["'s", "’s", "'S", "’S"].iter().find_map(|s| whole.strip_suffix(s)).unwrap_or(whole);
        if !bare.is_empty() {
            found.push(Word { text: bare, start: from + at, end: from + at + bare.len() });
        }
    }
    found
}

/// A word for comparing: lower case, one apostrophe, one hyphen.
pub(super) fn norm(word: &str) -> String {
    word.chars().flat_map(char::to_lowercase).map(fold_char).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_may_change_space_marks_dashes_first_letter_and_stop_only() {
        let source = "Well -- they said \"it works\"  and\nit can't be undone. Costs 3.5 euro.";
        let hits = |f: &str| find_fragment(source, f).len();
        assert_eq!(hits("They said ‘it works’ and it can’t be undone!"), 1);
        assert_eq!(hits("well — they said “it works”,"), 1);
        assert_eq!(hits("they said it works"), 0);
        assert_eq!(hits("They Said ‘it works’"), 0);
        assert_eq!(hits("and it can"), 0);
        assert_eq!(hits("be undone. Costs 3"), 0);
        assert_eq!(hits("they said … undone"), 0);
    }

    #[test]
    fn words_keep_handles_versions_and_lose_possessives() {
        let text = "u/ana-b’s post on @eve.example: GLM-4.7, 1,024 of 12% (don’t).";
        let found: Vec<&str> = words(text, 0, text.len()).iter().map(|w| w.text).collect();
        assert_eq!(
            found,
            ["u/ana-b", "post", "on", "@eve.example", "GLM-4.7", "1,024", "of", "12%", "don’t"]
        );
    }
}
