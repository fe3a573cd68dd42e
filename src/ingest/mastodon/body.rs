//! A status as one HTML text: its words, and what stands beside them.

use std::fmt::Write as _;

use html_escape::encode_text;
use serde::Deserialize;
use url::Url;

use crate::address::http_url;

/// A picture, a film, a sound.
#[derive(Deserialize)]
pub(super) struct Attachment {
    #[serde(rename = "type")]
    kind: Option<String>,
    description: Option<String>,
}

/// A poll. Its votes are left out: they change without anybody saying anything.
#[derive(Deserialize)]
pub(super) struct Poll {
    options: Option<Vec<PollOption>>,
}

#[derive(Deserialize)]
struct PollOption {
    title: Option<String>,
}

/// What a status quotes: the whole status, or only its id, which says nothing outside of its server.
#[derive(Deserialize)]
pub(super) struct Quote {
    quoted_status: Option<Quoted>,
    // Pleroma and others give the status itself.
    url: Option<String>,
    uri: Option<String>,
}

#[derive(Deserialize)]
struct Quoted {
    url: Option<String>,
    uri: Option<String>,
}

impl Quote {
    pub(super) fn address(&self) -> Option<Url> {
        let of = |url: &Option<String>, uri: &Option<String>| {
            [url, uri].into_iter().flatten().find_map(|text| http_url(text))
        };
        match &self.quoted_status {
            Some(quoted) => of(&quoted.url, &quoted.uri),
            None => of(&self.url, &self.uri),
        }
    }

    /// The address under which what is quoted would be a record.
    pub(super) fn home(&self) -> Option<Url> {
        let (url, uri) = match &self.quoted_status {
            Some(quoted) => (&quoted.url, &quoted.uri),
            None => (&self.url, &self.uri),
        };
        at_home(url.as_deref(), uri.as_deref())
    }
}

/// Where people read a status. An address on another host than its own server's would let one server write under another's
/// name, so there the id that servers use stands in for it.
pub(super) fn at_home(url: Option<&str>, uri: Option<&str>) -> Option<Url> {
    let url = url.and_then(http_url);
    let Some(uri) = uri.and_then(http_url) else { return url };
    Some(url.filter(|url| url.host_str() == uri.host_str()).unwrap_or(uri))
}

/// What a body is made of.
pub(super) struct Parts<'a> {
    pub(super) content: &'a str,
    pub(super) warning: &'a str,
    pub(super) poll: Option<&'a Poll>,
    pub(super) attachments: &'a [Attachment],
    pub(super) quoted: Option<&'a Url>,
}

/// One text of `parts`. What stands beside the words is a paragraph of its own in brackets that say what it is.
pub(super) fn body(parts: &Parts) -> String {
    let mut out = String::new();
    let aside = |out: &mut String, what: &str, text: &str| {
        let text = text.trim();
        if !text.is_empty() {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            write!(out, "<p>[{what}: {}]</p>", encode_text(&text)).expect("a text takes all that is written");
        }
    };
    aside(&mut out, "Content warning", parts.warning);
    let content = same_everywhere(parts.content);
    match parts.quoted {
        Some(quoted) => {
            let (before, after) = without_quote_line(&content);
            out.push_str(before);
            out.push_str(after);
            let address = html_escape::encode_double_quoted_attribute(quoted.as_str());
            write!(
                out,
                r#"<p class="quote-inline"><a href="{address}">{}</a></p>"#,
                encode_text(quoted.as_str())
            )
            .expect("a text takes all that is written");
        }
        None => out.push_str(&content),
    }
    if let Some(poll) = parts.poll {
        for option in poll.options.iter().flatten() {
            aside(&mut out, "Poll option", option.title.as_deref().unwrap_or_default());
        }
    }
    for attachment in parts.attachments {
        let what = match attachment.kind.as_deref() {
            Some("video" | "gifv") => "Video",
            Some("audio") => "Audio",
            Some("image") => "Picture",
            Some(_) | None => "Attachment",
        };
        aside(&mut out, what, attachment.description.as_deref().unwrap_or_default());
    }
    out
}

/// The content around the line `RE: address`, which servers add for those that know no quotes: some give it, some do not.
fn without_quote_line(content: &str) -> (&str, &str) {
    const START: &str = r#"<p class="quote-inline">"#;
    const END: &str = "</p>";
    content
        .split_once(START)
        .and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)))
        .unwrap_or((content, ""))
}

/// The attributes that say something about the text. Servers add others of their own (`rel`, `target`) to the statuses
/// of others, so that one status would have another text on each of them.
const KEPT_ATTRIBUTES: [&str; 2] = ["href", "class"];

/// `html` without those attributes. What is no well-formed tag stays as it is.
fn same_everywhere(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((text, tag)) = rest.split_once('<') {
        out.push_str(text);
        out.push('<');
        rest = tag;
        let Some((inner, after)) = tag_inner(tag) else { continue };
        let name_ends = inner.find(|c: char| c.is_ascii_whitespace()).unwrap_or(inner.len());
        let (name, attributes) = inner.split_at(name_ends);
        out.push_str(name);
        for wanted in KEPT_ATTRIBUTES {
            if let Some(value) = attribute(attributes, wanted) {
                write!(out, " {wanted}=\"{value}\"").expect("a text takes all that is written");
            }
        }
        out.push('>');
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The inside of a start tag and what follows it; `None` for what is no start tag with attributes.
fn tag_inner(tag: &str) -> Option<(&str, &str)> {
    if !tag.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut quoted = None;
    for (at, c) in tag.char_indices() {
        match (quoted, c) {
            (None, '"' | '\'') => quoted = Some(c),
            (Some(open), c) if open == c => quoted = None,
            (None, '<') => return None,
            (None, '>') => {
                let inner = tag.get(..at)?.trim_end_matches('/').trim_end();
                return Some((inner, tag.get(at + 1..)?));
            }
            (None | Some(_), _) => {}
        }
    }
    None
}

/// The value of an attribute in double quotes, as servers write them.
fn attribute<'a>(attributes: &'a str, wanted: &str) -> Option<&'a str> {
    let mut rest = attributes.trim_start();
    while let Some((name, after)) = rest.split_once("=\"") {
        let (value, after) = after.split_once('"')?;
        // Attributes without a value may stand before the name.
        if name.split_ascii_whitespace().next_back() == Some(wanted) {
            return Some(value);
        }
        rest = after;
    }
    None
}
