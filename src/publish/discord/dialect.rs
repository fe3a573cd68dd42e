//! Reads Discord's markdown as its client does: to draw a post in the preview, and to prove that no construct
//! survives from outside text.

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Text.
    Plain,
    /// `# `, `## `, `### `.
    Heading,
    /// `-# `.
    Subtext,
    /// `- `, `* `, `+ `, `1. `.
    Item,
    /// `> `, `>>> `.
    Quote,
}

/// A run inside a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Shown as it is.
    Text(String),
    /// `**…**`.
    Bold(Vec<Span>),
    /// `[label](<url>)`.
    Link {
        /// The words.
        label: String,
        /// Where it leads.
        url: String,
    },
    /// A construct that we never write: its name and source.
    Live(&'static str, String),
}

/// Reads a message.
pub fn parse(content: &str) -> Vec<(LineKind, Vec<Span>)> {
    content.lines().map(line).collect()
}

fn line(text: &str) -> (LineKind, Vec<Span>) {
    let trimmed = text.trim_start();
    let marked = |marks: &[&str]| marks.iter().find_map(|mark| trimmed.strip_prefix(mark));
    let number = trimmed.trim_start_matches(|c: char| c.is_ascii_digit());
    let ordered = (number.len() < trimmed.len())
        .then(|| number.strip_prefix(". ").or_else(|| number.strip_prefix(") ")))
        .flatten();
    let (kind, rest) = if let Some(rest) = marked(&["# ", "## ", "### "]) {
        (LineKind::Heading, rest)
    } else if let Some(rest) = marked(&["-# "]) {
        (LineKind::Subtext, rest)
    } else if let Some(rest) = marked(&["- ", "* ", "+ "]).or(ordered) {
        (LineKind::Item, rest)
    } else if let Some(rest) = marked(&["> ", ">>> "]) {
        (LineKind::Quote, rest)
    } else {
        (LineKind::Plain, text)
    };
    (kind, inline(rest))
}

/// Pairs that wrap text; the longer mark first.
const PAIRS: [(&str, &str); 8] = [
    ("```", "code block"),
    ("`", "code"),
    ("||", "spoiler"),
    ("~~", "strike"),
    ("__", "underline"),
    ("_", "italics"),
    ("***", "bold italics"),
    ("*", "italics"),
];

fn inline(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        let literal = after.chars().next().filter(|n| !n.is_ascii_alphanumeric() && !n.is_whitespace());
        if let ('\\', Some(next)) = (c, literal) {
            plain.push(next);
            rest = after.get(next.len_utf8()..).unwrap_or_default();
            continue;
        }
        if let Some((span, after)) = bold(rest).or_else(|| link(rest)).or_else(|| live(rest)) {
            if !plain.is_empty() {
                spans.push(Span::Text(std::mem::take(&mut plain)));
            }
            spans.push(span);
            rest = after;
            continue;
        }
        plain.push(c);
        rest = after;
    }
    if !plain.is_empty() {
        spans.push(Span::Text(plain));
    }
    spans
}

/// The text up to an unescaped `mark`, and what follows it.
fn until<'t>(text: &'t str, mark: &str) -> Option<(&'t str, &'t str)> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if !escaped && at > 0 && text.get(at..).is_some_and(|t| t.starts_with(mark)) {
            return Some((text.get(..at)?, text.get(at + mark.len()..)?));
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

fn bold(text: &str) -> Option<(Span, &str)> {
    let inner = text.strip_prefix("**").filter(|t| !t.starts_with('*'))?;
    let (inside, after) = until(inner, "**")?;
    Some((Span::Bold(inline(inside)), after))
}

fn link(text: &str) -> Option<(Span, &str)> {
    let (label, after) = text.strip_prefix('[')?.split_once("](")?;
    let (inside, after) = after.split_once(')')?;
    let url = inside.trim_start_matches('<').trim_end_matches('>');
    let web = url.starts_with("https://") || url.starts_with("http://");
    (web && !label.contains(['[', ']']) && !url.contains(char::is_whitespace))
        .then(|| (Span::Link { label: label.to_owned(), url: url.to_owned() }, after))
}

fn live(text: &str) -> Option<(Span, &str)> {
    let take = |name, len: usize| {
        let (source, after) = text.split_at_checked(len)?;
        Some((Span::Live(name, source.to_owned()), after))
    };
    for (mark, name) in PAIRS {
        if let Some((inside, _)) = text.strip_prefix(mark).and_then(|t| until(t, mark)) {
            return take(name, mark.len() * 2 + inside.len());
        }
    }
    if text.starts_with('<') {
        let known = ["<@", "<#", "<t:", "<:", "<a:", "</", "<id:", "<http", "<mailto", "<+"];
        let end = text.find('>').filter(|_| known.iter().any(|k| text.starts_with(k)));
        return take("angle", end? + 1);
    }
    let lower: String = text.chars().take(24).collect::<String>().to_ascii_lowercase();
    let known = [
        ("@everyone", "mention"),
        ("@here", "mention"),
        ("https://", "address"),
        ("http://", "address"),
        ("discord.gg/", "invite"),
        ("discord.com/invite/", "invite"),
        ("discordapp.com/invite/", "invite"),
    ];
    known.iter().find(|(head, _)| lower.starts_with(head)).and_then(|(head, name)| take(name, head.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_sees_every_construct_that_must_never_come_from_outside() {
        for source in [
            "*a*",
            "_a_",
            "__a__",
            "~~a~~",
            "||a||",
            "`a`",
            "***a***",
            "<@1>",
            "<#1>",
            "<@&1>",
            "<t:1:R>",
            "<:a:1>",
            "<a:b:1>",
            "</x:1>",
            "<https://a.example>",
            "@everyone",
            "@here",
            "https://a.example",
            "discord.gg/x",
        ] {
            let spans = line(source).1;
            assert!(matches!(spans.first(), Some(Span::Live(..))), "{source}: {spans:?}");
        }
        for (source, kind) in [
            ("# a", LineKind::Heading),
            ("-# a", LineKind::Subtext),
            ("- a", LineKind::Item),
            ("1. a", LineKind::Item),
            ("> a", LineKind::Quote),
        ] {
            assert_eq!(line(source).0, kind);
        }
        assert!(matches!(line("[a](https://b.example)").1.as_slice(), [Span::Link { .. }]));
        assert_eq!(line("**a\\*b**").1, [Span::Bold(vec![Span::Text("a*b".to_owned())])]);
    }
}
