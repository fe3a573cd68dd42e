//! Markdown as the client draws it.

use chrono::{DateTime, Utc};
use html_escape::encode_double_quoted_attribute as attribute;
use html_escape::encode_text as text;
use newsdesk::publish::discord::dialect::{LineKind, Span, parse};

/// Content of several lines; `edited` puts the mark behind the last word.
pub(super) fn html(content: &str, edited: bool) -> String {
    let lines = parse(content);
    let last = lines.len().saturating_sub(1);
    let mut out = String::new();
    for (n, (kind, spans)) in lines.iter().enumerate() {
        let class = match kind {
            LineKind::Plain => "line",
            LineKind::Heading => "line heading",
            LineKind::Subtext => "line small",
            LineKind::Item => "line item",
            LineKind::Quote => "line quote",
        };
        let mark = if edited && n == last { "<span class=\"edited\">(edited)</span>" } else { "" };
        out += &format!("<div class=\"{class}\">{}{mark}</div>", runs(spans));
    }
    out
}

/// One line without a block around it, for a title.
pub(super) fn line_html(content: &str) -> String {
    parse(content).iter().map(|(_, spans)| runs(spans)).collect()
}

fn runs(spans: &[Span]) -> String {
    spans
        .iter()
        .map(|span| match span {
            Span::Text(words) => text(words).into_owned(),
            Span::Bold(inner) => format!("<b>{}</b>", runs(inner)),
            Span::Link { label, url } => format!("<a href=\"{}\">{}</a>", attribute(url), text(label)),
            Span::Live(name, source) => live(name, source),
        })
        .collect()
}

fn live(name: &str, source: &str) -> String {
    let inside = source.trim_matches(['<', '>', '*', '_', '~', '|', '`']);
    match name {
        "italics" => format!("<i>{}</i>", text(inside)),
        "bold italics" => format!("<b><i>{}</i></b>", text(inside)),
        "underline" => format!("<u>{}</u>", text(inside)),
        "strike" => format!("<s>{}</s>", text(inside)),
        "code" | "code block" => format!("<code>{}</code>", text(inside)),
        "address" | "invite" => format!("<a href=\"{}\">{}</a>", attribute(inside), text(inside)),
        "timestamp" => format!("<span class=\"pill time-pill\">{}</span>", text(&time(inside))),
        "command" => {
            let command = inside.split(':').next().unwrap_or_default();
            format!("<span class=\"pill\">{}</span>", text(command))
        }
        "mention" | "channel" | "navigation" => format!("<span class=\"pill\">{}</span>", text(inside)),
        _ => text(source).into_owned(),
    }
}

/// `t:SECONDS:STYLE`; the client counts from now, a picture has no now.
fn time(inside: &str) -> String {
    let seconds = inside.split(':').nth(1).and_then(|n| n.parse().ok());
    let at: Option<DateTime<Utc>> = seconds.and_then(|n| DateTime::from_timestamp(n, 0));
    at.map_or_else(|| inside.to_owned(), |at| at.format("%-d %B %Y %H:%M").to_string())
}
