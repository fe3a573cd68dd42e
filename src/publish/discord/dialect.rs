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
///
/// It is no kinder than the client: what the client would read as markup only together with another line (a lone
/// `*`, a lone backtick) is [`Span::Live`] already, and so is what only some of Discord's clients read as markup.
pub fn parse(content: &str) -> Vec<(LineKind, Vec<Span>)> {
    let mut is_quoted = false;
    content
        .lines()
        .map(|text| {
            if is_quoted {
                return (LineKind::Quote, inline(text));
            }
            is_quoted = text.trim_start().starts_with(">>> ");
            line(text)
        })
        .collect()
}

fn line(text: &str) -> (LineKind, Vec<Span>) {
    let trimmed = text.trim_start();
    // A parser that goes into `**…**` at the start of a line is still at the start of a line.
    let inside = trimmed.strip_prefix("**").and_then(mark);
    let Some((kind, rest)) = mark(trimmed).or(inside) else {
        return (LineKind::Plain, inline(text));
    };
    let mut spans = Vec::new();
    if mark(rest).is_some() {
        spans.push(Span::Live("mark after a mark", rest.to_owned()));
    }
    spans.extend(inline(rest));
    (kind, spans)
}

/// What a line is, by what it begins with, and what follows the mark.
fn mark(text: &str) -> Option<(LineKind, &str)> {
    let marked = |marks: &[&str]| marks.iter().find_map(|mark| text.strip_prefix(mark));
    let number = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let ordered = (number.len() < text.len())
        .then(|| number.strip_prefix(". ").or_else(|| number.strip_prefix(") ")))
        .flatten();
    let heading = marked(&["# ", "## ", "### "]).map(|rest| (LineKind::Heading, rest));
    let subtext = || marked(&["-# "]).map(|rest| (LineKind::Subtext, rest));
    let item = || marked(&["- ", "* ", "+ "]).or(ordered).map(|rest| (LineKind::Item, rest));
    let quote = || marked(&["> ", ">>> "]).map(|rest| (LineKind::Quote, rest));
    heading.or_else(subtext).or_else(item).or_else(quote)
}

/// Pairs that wrap text, the longer mark first; inside the last two kinds nothing is escaped.
const PAIRS: [(&str, &str); 8] = [
    ("||", "spoiler"),
    ("~~", "strike"),
    ("__", "underline"),
    ("_", "italics"),
    ("***", "bold italics"),
    ("*", "italics"),
    ("```", "code block"),
    ("`", "code"),
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

/// The text up to a `mark`, and what follows it; where `escapes`, a mark behind a backslash is none.
fn until<'t>(text: &'t str, mark: &str, escapes: bool) -> Option<(&'t str, &'t str)> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if !escaped && at > 0 && text.get(at..).is_some_and(|t| t.starts_with(mark)) {
            return Some((text.get(..at)?, text.get(at + mark.len()..)?));
        }
        escaped = escapes && c == '\\' && !escaped;
    }
    None
}

fn bold(text: &str) -> Option<(Span, &str)> {
    let inner = text.strip_prefix("**").filter(|t| !t.starts_with('*'))?;
    let (inside, after) = until(inner, "**", true)?;
    Some((Span::Bold(inline(inside)), after))
}

/// `[label](address)`, the address with or without angle brackets, with or without a title behind it.
fn link(text: &str) -> Option<(Span, &str)> {
    let (label, after) = enclosed(text, '[', ']')?;
    let (inside, after) = enclosed(after, '(', ')')?;
    let inside = inside.trim();
    let address = inside.split_once(char::is_whitespace).map_or(inside, |(address, _)| address);
    let url = address.strip_prefix('<').unwrap_or(address);
    let url = url.strip_suffix('>').unwrap_or(url);
    let known = ["https://", "http://", "discord://"];
    let leads = known.iter().any(|scheme| begins(url, scheme));
    (leads && !label.is_empty()).then(|| (Span::Link { label: shown(label), url: url.to_owned() }, after))
}

/// What stands between a pair of brackets that may be nested, and what follows.
fn enclosed(text: &str, open: char, close: char) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if at == 0 && c != open {
            return None;
        }
        if !escaped && c == open {
            depth += 1;
        } else if !escaped && c == close {
            depth -= 1;
            if depth == 0 {
                return Some((text.get(open.len_utf8()..at)?, text.get(at + close.len_utf8()..)?));
            }
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

/// The words that a reader sees.
fn shown(markdown: &str) -> String {
    fn words(spans: &[Span], out: &mut String) {
        for span in spans {
            match span {
                Span::Text(text) | Span::Live(_, text) | Span::Link { label: text, .. } => out.push_str(text),
                Span::Bold(inner) => words(inner, out),
            }
        }
    }
    let mut out = String::new();
    words(&inline(markdown), &mut out);
    out
}

fn live(text: &str) -> Option<(Span, &str)> {
    let take = |name, len: usize| {
        let (source, after) = text.split_at_checked(len)?;
        Some((Span::Live(name, source.to_owned()), after))
    };
    for (mark, name) in PAIRS {
        let escapes = !mark.starts_with('`');
        if let Some((inside, _)) = text.strip_prefix(mark).and_then(|t| until(t, mark, escapes)) {
            return take(name, mark.len() * 2 + inside.len());
        }
    }
    // The other half may stand on another line.
    if let Some(half) = ["||", "~~", "_", "*", "`"].iter().find(|half| text.starts_with(**half)) {
        return take("half of a pair", half.len());
    }
    if text.starts_with('<') {
        let end = text.find('>')?;
        return take(angle(text.get(1..end)?)?, end + 1);
    }
    if begins(text, "@everyone") {
        return take("mention", "@everyone".len());
    }
    if begins(text, "@here") {
        return take("mention", "@here".len());
    }
    let scheme = ["https://", "http://", "discord://"].iter().find(|scheme| begins(text, scheme));
    if scheme.is_some() {
        let end = text.find(|c: char| c.is_whitespace() || c == '<').unwrap_or(text.len());
        return take("address", end);
    }
    let host = ["discord", "discordapp"].iter().find(|name| begins(text, &format!("{name}.")))?;
    let rest = text.get(host.len() + 1..)?;
    let domain = ["gg/", "com/", "new/", "gift/"].iter().find(|domain| begins(rest, domain))?;
    take("invite", host.len() + 1 + domain.len())
}

/// What angle brackets make of what is in them.
fn angle(inside: &str) -> Option<&'static str> {
    let known = [
        ("@", "mention"),
        ("#", "channel"),
        ("t:", "timestamp"),
        (":", "emoji"),
        ("a:", "emoji"),
        ("id:", "navigation"),
        ("+", "telephone"),
    ];
    let name = known.iter().find(|(head, _)| inside.starts_with(head)).map(|(_, name)| *name);
    let is_address = || (inside.contains(":/") || inside.contains('@')) && !inside.contains(' ');
    // `<123:browse>` is how some clients write a place in a server.
    let is_place = || inside.split_once(':').is_some_and(|(id, _)| id.parse::<u64>().is_ok());
    let is_command = || {
        let id = inside.strip_prefix('/').and_then(|command| command.rsplit_once(':'));
        id.is_some_and(|(_, id)| id.parse::<u64>().is_ok())
    };
    name.or_else(|| is_command().then_some("command"))
        .or_else(|| is_address().then_some("address"))
        .or_else(|| is_place().then_some("navigation"))
}

fn begins(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_sees_every_construct_that_must_never_come_from_outside() {
        let table = [
            ("italics", "*a*"),
            ("italics", "_a_"),
            ("underline", "__a__"),
            ("strike", "~~a~~"),
            ("spoiler", "||a||"),
            ("code", "`a`"),
            ("code", "`a\\`"),
            ("code block", "```a```"),
            ("bold italics", "***a***"),
            ("half of a pair", "*a"),
            ("half of a pair", "`a"),
            ("half of a pair", "||a"),
            ("mention", "<@1>"),
            ("mention", "<@!1>"),
            ("mention", "<@&1>"),
            ("channel", "<#1>"),
            ("timestamp", "<t:1:R>"),
            ("emoji", "<:a:1>"),
            ("emoji", "<a:b:1>"),
            ("command", "</x:1>"),
            ("navigation", "<id:customize>"),
            ("navigation", "<123:browse>"),
            ("telephone", "<+123456>"),
            ("address", "<https://a.example>"),
            ("address", "<steam://run/1>"),
            ("address", "<ana@a.example>"),
            ("mention", "@everyone"),
            ("mention", "@here"),
            ("address", "https://a.example"),
            ("address", "HTTP://a.example"),
            ("address", "discord://-/channels/1/2"),
            ("invite", "discord.gg/x"),
            ("invite", "Discord.com/invite/x"),
            ("invite", "discordapp.com/invite/x"),
            ("invite", "discord.new/x"),
            ("invite", "discord.gift/x"),
            ("invite", "discord.com/channels/1/2/3"),
        ];
        for (name, source) in table {
            let spans = line(source).1;
            assert!(matches!(spans.first(), Some(Span::Live(n, _)) if *n == name), "{source}: {spans:?}");
        }
    }

    #[test]
    fn it_knows_a_line_by_its_mark() {
        let table = [
            (LineKind::Heading, "# a"),
            (LineKind::Heading, "### a"),
            (LineKind::Subtext, "-# a"),
            (LineKind::Item, "- a"),
            (LineKind::Item, "  - a"),
            (LineKind::Item, "1. a"),
            (LineKind::Quote, "> a"),
            (LineKind::Quote, "**> a**"),
            (LineKind::Plain, "#a"),
            (LineKind::Plain, ">a"),
            (LineKind::Plain, "-a"),
            (LineKind::Plain, "2026 was long"),
        ];
        for (kind, source) in table {
            assert_eq!(line(source).0, kind, "{source}");
        }
        let kinds: Vec<LineKind> = parse("a\n>>> b\nc").into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, [LineKind::Plain, LineKind::Quote, LineKind::Quote]);
        assert!(matches!(line("- # a").1.first(), Some(Span::Live("mark after a mark", _))));
    }

    #[test]
    fn it_sees_through_every_way_to_mask_a_link() {
        for source in [
            "[a](https://b.example)",
            "[a](<https://b.example>)",
            "[a]( https://b.example )",
            "[a](https://b.example \"title\")",
            "[a](<https://b.example> 'title')",
        ] {
            let expected = Span::Link { label: "a".to_owned(), url: "https://b.example".to_owned() };
            assert_eq!(line(source).1, [expected], "{source}");
        }
        let nested = line("[a [b\\] **c**]](https://d.example/(e))").1;
        let expected = Span::Link { label: "a [b] c]".to_owned(), url: "https://d.example/(e)".to_owned() };
        assert_eq!(nested, [expected]);
        assert!(matches!(line("[a](b.example)").1.as_slice(), [Span::Text(_)]));
        assert!(matches!(line("</b> <b>").1.as_slice(), [Span::Text(_)]));
    }

    #[test]
    fn what_is_escaped_is_text() {
        assert_eq!(line("**a\\*b**").1, [Span::Bold(vec![Span::Text("a*b".to_owned())])]);
        assert_eq!(line("\\<@1> \\# \\a").1, [Span::Text("<@1> # \\a".to_owned())]);
    }
}
