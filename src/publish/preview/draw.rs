//! Draws requests and records as the platforms would show them, from the bytes that would be sent.

use serde_json::Value;

use crate::publish::discord::dialect::{LineKind, Span, parse};

/// A Discord post.
#[derive(Debug, Default)]
pub(super) struct DiscordView {
    pub(super) embed: Option<EmbedView>,
    pub(super) buttons: Vec<String>,
    pub(super) thread_name: Option<String>,
    pub(super) messages: Vec<Vec<LineView>>,
}

/// An embed.
#[derive(Debug)]
pub(super) struct EmbedView {
    pub(super) color: String,
    pub(super) author: String,
    pub(super) title: Vec<RunView>,
    pub(super) description: Vec<RunView>,
    pub(super) fields: Vec<FieldView>,
    pub(super) footer: String,
}

/// A field of an embed.
#[derive(Debug)]
pub(super) struct FieldView {
    pub(super) name: String,
    /// Whether it has a row of its own.
    pub(super) wide: bool,
    pub(super) lines: Vec<LineView>,
}

/// A line of a message.
#[derive(Debug)]
pub(super) struct LineView {
    pub(super) class: &'static str,
    pub(super) runs: Vec<RunView>,
}

/// A run of text: bold, a link, or plain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RunView {
    pub(super) text: String,
    pub(super) bold: bool,
    pub(super) href: Option<String>,
}

pub(super) fn discord(requests: &[Value]) -> DiscordView {
    let mut view = DiscordView::default();
    for body in requests.iter().filter_map(|request| request.get("body")) {
        // A forum post brings its first message.
        let message = body.get("message").unwrap_or(body);
        if let Some(embed) = message.pointer("/embeds/0") {
            view.embed = Some(embed_view(embed));
            let row = message.pointer("/components/0/components").and_then(Value::as_array);
            view.buttons = row.into_iter().flatten().map(|button| text(button, "/label")).collect();
        }
        if let Some(name) = body.get("name").and_then(Value::as_str) {
            view.thread_name = Some(name.to_owned());
        }
        if message.get("content").is_some() {
            view.messages.push(lines(&text(message, "/content")));
        }
    }
    view
}

fn embed_view(embed: &Value) -> EmbedView {
    let fields = embed.get("fields").and_then(Value::as_array);
    EmbedView {
        color: format!("#{:06x}", embed.get("color").and_then(Value::as_u64).unwrap_or_default()),
        author: text(embed, "/author/name"),
        title: runs(&text(embed, "/title")),
        description: runs(&text(embed, "/description")),
        fields: fields
            .into_iter()
            .flatten()
            .map(|field| FieldView {
                name: text(field, "/name"),
                wide: field.get("inline") == Some(&Value::Bool(false)),
                lines: lines(&text(field, "/value")),
            })
            .collect(),
        footer: text(embed, "/footer/text"),
    }
}

fn text(value: &Value, at: &str) -> String {
    value.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn runs(markdown: &str) -> Vec<RunView> {
    lines(markdown).into_iter().flat_map(|line| line.runs).collect()
}

fn lines(markdown: &str) -> Vec<LineView> {
    parse(markdown)
        .into_iter()
        .map(|(kind, spans)| {
            let class = match kind {
                LineKind::Plain if spans.is_empty() => "gap",
                LineKind::Plain => "",
                LineKind::Heading => "heading",
                LineKind::Subtext => "small",
                LineKind::Item => "item",
                LineKind::Quote => "quote",
            };
            let mut runs = Vec::new();
            for span in spans {
                flatten(span, false, &mut runs);
            }
            LineView { class, runs }
        })
        .collect()
}

fn flatten(span: Span, bold: bool, out: &mut Vec<RunView>) {
    match span {
        Span::Text(text) | Span::Live(_, text) => out.push(RunView { text, bold, href: None }),
        Span::Bold(inner) => {
            for span in inner {
                flatten(span, true, out);
            }
        }
        Span::Link { label, url } => out.push(RunView { text: label, bold, href: Some(url) }),
    }
}

/// A Bluesky post.
#[derive(Debug)]
pub(super) struct PostView {
    pub(super) runs: Vec<RunView>,
    pub(super) card: Option<CardView>,
    pub(super) graphemes: usize,
}

/// A link card.
#[derive(Debug)]
pub(super) struct CardView {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) uri: String,
}

pub(super) fn bluesky(records: &[Value]) -> Vec<PostView> {
    records
        .iter()
        .map(|record| {
            let words = text(record, "/text");
            let card = record.pointer("/embed/external").map(|card| CardView {
                title: text(card, "/title"),
                description: text(card, "/description"),
                uri: text(card, "/uri"),
            });
            let graphemes =
                unicode_segmentation::UnicodeSegmentation::graphemes(words.as_str(), true).count();
            PostView { runs: facet_runs(record, &words), card, graphemes }
        })
        .collect()
}

/// The text cut at the facets' byte offsets, as a client does; an offset that cuts a character is passed over.
fn facet_runs(record: &Value, words: &str) -> Vec<RunView> {
    let mut runs = Vec::new();
    let mut at = 0;
    let number = |facet: &Value, path: &str| {
        facet.pointer(path).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok())
    };
    for facet in record.get("facets").and_then(Value::as_array).into_iter().flatten() {
        let (Some(start), Some(end)) = (number(facet, "/index/byteStart"), number(facet, "/index/byteEnd"))
        else {
            continue;
        };
        let (Some(before), Some(linked)) = (words.get(at..start), words.get(start..end)) else { continue };
        runs.push(RunView { text: before.to_owned(), ..RunView::default() });
        let href = Some(text(facet, "/features/0/uri"));
        runs.push(RunView { text: linked.to_owned(), bold: false, href });
        at = end;
    }
    runs.push(RunView { text: words.get(at..).unwrap_or_default().to_owned(), ..RunView::default() });
    runs
}
