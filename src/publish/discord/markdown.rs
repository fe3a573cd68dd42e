//! The one way for text to become Discord markdown.

use std::fmt;

use crate::publish::text::{Clean, WebLink};

/// Text in Discord's markdown. Text from outside gets in only through [`Markdown::escape`]; everything else that
/// builds one is markup of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markdown(String);

impl Markdown {
    /// Escapes a text so that Discord shows exactly it.
    ///
    /// A backslash before any ASCII punctuation makes Discord show that character. Escaped are the characters that
    /// open markup anywhere (`\ * _ ~ | < [ ]` and the backtick), the colon of an address (no outside text becomes
    /// a link or a preview), the dot of an invite, and the `@` of a mass mention. What is markup only at the start
    /// of a line is the business of [`Markdown::at_line_start`]: the text has no line breaks of its own.
    pub fn escape(text: &Clean) -> Self {
        let text = text.as_str();
        let mut out = String::with_capacity(text.len() + 8);
        for (at, c) in text.char_indices() {
            let rest = || text.get(at + c.len_utf8()..).unwrap_or_default();
            let special = match c {
                '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '[' | ']' => true,
                ':' => rest().starts_with("//"),
                '@' => begins(rest(), "everyone") || begins(rest(), "here"),
                '.' => {
                    let before = text.get(..at).unwrap_or_default();
                    ends(before, "discord") || ends(before, "discordapp")
                }
                _ => false,
            };
            if special {
                out.push('\\');
            }
            out.push(c);
        }
        Self(out)
    }

    /// Fixed words of ours.
    pub(super) fn ours(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// The text in bold. A client that reads `**> …**` at the start of a line is still at the start of a line behind
    /// the asterisks, so what opens a line is escaped there too.
    #[must_use]
    pub fn bold(&self) -> Self {
        Self(format!("**{}**", self.at_line_start()))
    }

    /// A numbered citation: `[1](<https://…>)`. The angle brackets keep Discord from drawing a preview. They do not
    /// keep it from drawing an invitation or a gift, so a link to Discord itself is only a number.
    pub fn citation(n: usize, link: &WebLink) -> Self {
        if is_discord(&link.host()) {
            return Self::bare_number(n);
        }
        Self(format!("[{n}](<{link}>)"))
    }

    /// A number without its link.
    pub fn bare_number(n: usize) -> Self {
        Self(format!("\\[{n}\\]"))
    }

    /// Two texts side by side.
    #[must_use]
    pub fn join(&self, between: &'static str, next: &Self) -> Self {
        if self.0.is_empty() {
            return next.clone();
        }
        if next.0.is_empty() {
            return self.clone();
        }
        Self(format!("{}{between}{}", self.0, next.0))
    }

    /// The text with its first characters escaped where they would open a heading, a quote, a list or small print.
    #[must_use]
    pub fn at_line_start(&self) -> Self {
        let text = &self.0;
        let digits = text.chars().take_while(char::is_ascii_digit).count();
        let after = text.get(digits..).unwrap_or_default();
        if digits > 0 && after.starts_with(['.', ')']) {
            let (number, rest) = text.split_at(digits);
            return Self(format!("{number}\\{rest}"));
        }
        // `*` is always escaped and bold of ours may open a line.
        if text.starts_with(['#', '>', '-', '+']) { Self(format!("\\{text}")) } else { self.clone() }
    }

    /// The markdown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The markdown as a wire value.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for Markdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Hosts whose addresses the client draws as more than a link.
fn is_discord(host: &str) -> bool {
    let known = ["discord.com", "discordapp.com", "discord.gg", "discord.new", "discord.gift"];
    let host = host.trim_end_matches('.');
    known.iter().any(|name| host.strip_suffix(name).is_some_and(|sub| sub.is_empty() || sub.ends_with('.')))
}

fn begins(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
}

fn ends(text: &str, word: &str) -> bool {
    text.len()
        .checked_sub(word.len())
        .and_then(|at| text.get(at..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::dialect::{LineKind, Span, parse};
    use super::*;

    #[test]
    fn what_opens_markup_is_escaped_and_nothing_else() {
        let table = [
            (
                "GLM-4.7-Flash is out (finally): 3 > 2, 50% off!",
                "GLM-4.7-Flash is out (finally): 3 > 2, 50% off!",
            ),
            ("**bold** _it_ ~~gone~~", "\\*\\*bold\\*\\* \\_it\\_ \\~\\~gone\\~\\~"),
            ("||spoiler|| `code`", "\\|\\|spoiler\\|\\| \\`code\\`"),
            ("[free](https://x.example)", "\\[free\\](https\\://x.example)"),
            ("<@123> <#4> <@&5> <t:1:R> <:e:6>", "\\<@123> \\<#4> \\<@&5> \\<t:1:R> \\<:e:6>"),
            ("@everyone @HERE @ana", "\\@everyone \\@HERE @ana"),
            (
                "join discord.gg/abc or Discord.com/invite/x",
                "join discord\\.gg/abc or Discord\\.com/invite/x",
            ),
            ("back\\slash", "back\\\\slash"),
        ];
        for (raw, escaped) in table {
            assert_eq!(Markdown::escape(&Clean::of(raw)).as_str(), escaped, "{raw}");
        }
    }

    #[test]
    fn what_opens_a_line_is_escaped_at_its_start() {
        let table = [
            ("# not a heading", "\\# not a heading"),
            ("> not a quote", "\\> not a quote"),
            (">>> not quotes", "\\>>> not quotes"),
            ("- not a list", "\\- not a list"),
            ("-# not small print", "\\-# not small print"),
            ("* not a list", "\\* not a list"),
            ("12. not a list", "12\\. not a list"),
            ("2026 was long", "2026 was long"),
        ];
        for (raw, escaped) in table {
            assert_eq!(Markdown::escape(&Clean::of(raw)).at_line_start().as_str(), escaped, "{raw}");
        }
    }

    #[test]
    fn what_opens_a_line_is_escaped_in_bold_too() {
        for (raw, escaped) in [
            ("> not a quote", "**\\> not a quote**"),
            ("# not a heading", "**\\# not a heading**"),
            ("1. not a list", "**1\\. not a list**"),
            ("Night trains", "**Night trains**"),
            ("ends in *", "**ends in \\***"),
            ("ends in \\", "**ends in \\\\**"),
        ] {
            assert_eq!(Markdown::escape(&Clean::of(raw)).bold().as_str(), escaped, "{raw}");
        }
    }

    #[test]
    fn no_citation_is_an_invitation() {
        for address in [
            "https://discord.gg/abc",
            "https://DISCORD.com/invite/abc",
            "https://ptb.discord.com/channels/1/2/3",
            "https://discordapp.com./invite/abc",
            "https://discord.gift/abc",
        ] {
            let link = WebLink::parse(address).unwrap();
            assert_eq!(Markdown::citation(1, &link).as_str(), "\\[1\\]", "{address}");
        }
        for address in ["https://notdiscord.com/a", "https://discord.example/a"] {
            let link = WebLink::parse(address).unwrap();
            assert_eq!(Markdown::citation(1, &link).to_string(), format!("[1](<{address}>)"));
        }
    }

    proptest! {
        /// Whatever comes in, a reader of the dialect sees one plain line with exactly the cleaned text.
        #[test]
        fn no_construct_survives(raw in "([*_~`|\\\\<>\\[\\]()@#:.+\\-0-9 ]{1,4}|@everyone|https://a\\.example/x|discord\\.gg/x|<t:1>|word|\\PC){0,30}") {
            let clean = Clean::of(&raw);
            prop_assume!(!clean.is_empty());
            let escaped = Markdown::escape(&clean).at_line_start();
            let lines = parse(escaped.as_str());
            prop_assert_eq!(lines.len(), 1);
            prop_assert_eq!(lines[0].0, LineKind::Plain, "{}", escaped);
            let shown: String = lines[0].1.iter().map(|span| match span {
                Span::Text(text) => text.clone(),
                Span::Bold(_) | Span::Link { .. } | Span::Live(..) => format!("LIVE {span:?}"),
            }).collect();
            prop_assert_eq!(shown.as_str(), clean.as_str());
        }
    }
}
