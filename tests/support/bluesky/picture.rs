//! A thread as Bluesky's light client shows it, as one page without scripts or addresses that load: for eyes.
//!
//! What it reads is a thread as the AppView returns it. A facet that does not fit the text's bytes is drawn in red, so that
//! it is seen; a client would leave it out.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::DateTime;
use html_escape::encode_double_quoted_attribute as attribute;
use html_escape::encode_text as text;
use serde_json::Value;

use super::Reader;
use crate::support::variable;

/// Whose screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    /// 600 pixels, the column of the web page.
    Desktop,
    /// 390 pixels.
    Phone,
}

/// Pictures as `data:` addresses, by the digest of their blob.
pub(crate) type Pictures = BTreeMap<String, String>;

/// Reads the thread that hangs on a post, with its pictures from the reader's PDS, and draws it.
pub(crate) async fn page(reader: &Reader, title: &str, uri: &str, width: Width) -> String {
    let thread = reader.thread(uri).await;
    let mut pictures = Pictures::new();
    for post in posts(&thread) {
        let did = string(&post["author"]["did"]);
        for cid in shown(post) {
            if let Some((mime, bytes)) = reader.blob(did, &cid).await {
                pictures.insert(cid, format!("data:{mime};base64,{}", BASE64_STANDARD.encode(bytes)));
            }
        }
    }
    html(title, &thread, &pictures, width)
}

/// Leaves a page in the folder that `NEWSDESK_TEST_PICTURES` names, for who wants to look at it.
pub(crate) fn keep(name: &str, page: &str) {
    if let Some(folder) = variable("NEWSDESK_TEST_PICTURES") {
        std::fs::write(Path::new(&folder).join(name), page)
            .expect("the folder for pictures can be written to");
    }
}

/// The posts of a thread from its top to its end; answers to one post in the order of their times.
pub(crate) fn posts(thread: &Value) -> Vec<&Value> {
    nodes(thread).into_iter().map(|node| &node["post"]).filter(|post| post["record"].is_object()).collect()
}

fn nodes(thread: &Value) -> Vec<&Value> {
    let mut above = Vec::new();
    let mut parent = &thread["parent"];
    while parent.is_object() {
        above.push(parent);
        parent = &parent["parent"];
    }
    let mut found: Vec<&Value> = above.into_iter().rev().collect();
    // Not recursive: a thread may be deep.
    let mut waiting = vec![thread];
    while let Some(node) = waiting.pop() {
        found.push(node);
        let mut replies: Vec<&Value> = list(&node["replies"]).iter().collect();
        replies.sort_by_key(|reply| string(&reply["post"]["record"]["createdAt"]));
        waiting.extend(replies.into_iter().rev());
    }
    found
}

/// The page.
pub(crate) fn html(title: &str, thread: &Value, pictures: &Pictures, width: Width) -> String {
    let class = match width {
        Width::Desktop => "desktop",
        Width::Phone => "phone",
    };
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>\n<style>{1}</style></head>\n<body class=\"{class}\"><h1>{0}</h1>\n",
        text(title),
        include_str!("picture/style.css"),
    );
    let nodes = nodes(thread);
    let handles: BTreeMap<&str, &str> = nodes
        .iter()
        .map(|node| (string(&node["post"]["uri"]), string(&node["post"]["author"]["handle"])))
        .collect();
    for (n, node) in nodes.iter().enumerate() {
        let post = &node["post"];
        if !post["record"].is_object() {
            let what = if node["blocked"] == true { "Blocked" } else { "Post not found" };
            out += &format!("<div class=\"gone\">{what}: {}</div>\n", text(string(&node["uri"])));
            continue;
        }
        let parent = string(&post["record"]["reply"]["parent"]["uri"]);
        let is_next = n > 0 && nodes[n - 1]["post"]["uri"] == parent;
        // An answer further away says whom it answers.
        let answers =
            (!parent.is_empty() && !is_next).then(|| handles.get(parent).copied().unwrap_or("a post"));
        let goes_on = nodes
            .get(n + 1)
            .is_some_and(|next| next["post"]["record"]["reply"]["parent"]["uri"] == post["uri"]);
        draw(post, answers, goes_on, pictures, &mut out);
    }
    out.push_str("</body></html>\n");
    out
}

fn draw(post: &Value, answers: Option<&str>, goes_on: bool, pictures: &Pictures, out: &mut String) {
    let line = if goes_on { " line" } else { "" };
    *out += &format!("<div class=\"post{line}\">");
    let author = &post["author"];
    if let Some(source) = picture_of(&author["avatar"], pictures) {
        *out += &format!("<img class=\"avatar\" src=\"{}\" alt=\"\">", attribute(source));
    } else {
        let letter: String = name(author).chars().take(1).flat_map(char::to_uppercase).collect();
        *out += &format!("<div class=\"avatar\">{}</div>", text(&letter));
    }
    let record = &post["record"];
    *out += &format!(
        "<div class=\"who\"><b>{}</b> <span>@{} · {}</span></div>",
        text(name(author)),
        text(string(&author["handle"])),
        text(&moment(string(&record["createdAt"]))),
    );
    if let Some(handle) = answers {
        *out += &format!("<div class=\"small\">↰ Reply to @{}</div>", text(handle));
    }
    for label in list(&author["labels"]).iter().chain(list(&post["labels"])) {
        *out += &format!("<span class=\"chip\">⚑ {}</span>", text(string(&label["val"])));
    }
    *out +=
        &format!("<div class=\"text\">{}</div>", facets(string(&record["text"]), list(&record["facets"])));
    embed(&post["embed"], &record["embed"], pictures, out);
    for tag in list(&record["tags"]) {
        *out += &format!("<span class=\"chip\">#{}</span>", text(string(tag)));
    }
    let langs: Vec<&str> = list(&record["langs"]).iter().map(string).collect();
    let count = |name: &str| post[name].as_u64().unwrap_or_default();
    *out += &format!(
        "<div class=\"counts\"><span>↩ {}</span><span>⟲ {}</span><span>♡ {}</span><span>{}</span>{}</div></div>\n",
        count("replyCount"),
        count("repostCount"),
        count("likeCount"),
        text(&langs.join(", ")),
        gate(post),
    );
}

/// Who may answer, where it is not everybody.
fn gate(post: &Value) -> String {
    let gate = &post["threadgate"]["record"];
    let Some(rules) = gate["allow"].as_array() else { return String::new() };
    let who: Vec<&str> = rules.iter().filter_map(|rule| string(&rule["$type"]).rsplit('#').next()).collect();
    let who = if who.is_empty() { "nobody".to_owned() } else { who.join(", ") };
    format!("<span>may answer: {}</span>", text(&who))
}

/// The text with its links, mentions and tags coloured, by bytes.
fn facets(said: &str, facets: &[Value]) -> String {
    let mut marks: Vec<(usize, usize, &Value)> = facets
        .iter()
        .map(|facet| {
            let at = |name: &str| facet["index"][name].as_u64().map_or(usize::MAX, |n| n as usize);
            (at("byteStart"), at("byteEnd"), &facet["features"][0])
        })
        .collect();
    marks.sort_by_key(|(start, end, _)| (*start, *end));
    let (mut out, mut done) = (String::new(), 0);
    for (start, end, feature) in marks {
        let between =
            (start >= done && start < end).then(|| Some((said.get(done..start)?, said.get(start..end)?)));
        let Some((before, marked)) = between.flatten() else {
            out += &format!("<span class=\"broken\">[facet {start}–{end} does not fit]</span>");
            continue;
        };
        out += &text(before);
        out += &match string(&feature["$type"]).rsplit('#').next() {
            Some("link") => {
                format!("<a href=\"{}\">{}</a>", attribute(string(&feature["uri"])), text(marked))
            }
            Some("mention") => format!("<span class=\"mention\">{}</span>", text(marked)),
            Some("tag") => format!("<span class=\"tag\">{}</span>", text(marked)),
            _ => format!("<span class=\"broken\">{}</span>", text(marked)),
        };
        done = end;
    }
    out + &text(said.get(done..).unwrap_or_default())
}

fn embed(view: &Value, record: &Value, pictures: &Pictures, out: &mut String) {
    let kind = string(&view["$type"]);
    if kind.starts_with("app.bsky.embed.recordWithMedia") {
        embed(&view["media"], &record["media"], pictures, out);
        quote(&view["record"]["record"], out);
    } else if kind.starts_with("app.bsky.embed.record") {
        quote(&view["record"], out);
    }
    let card = &view["external"];
    if card.is_object() {
        card_html(card, &record["external"], pictures, out);
    }
    for image in list(&view["images"]) {
        let alt = string(&image["alt"]);
        if let Some(source) = picture_of(&image["thumb"], pictures) {
            *out += &format!(
                "<div class=\"images\"><img src=\"{}\" alt=\"{}\"></div>",
                attribute(source),
                attribute(alt)
            );
        }
        *out += &format!("<div class=\"small\">ALT: {}</div>", text(alt));
    }
}

fn card_html(card: &Value, record: &Value, pictures: &Pictures, out: &mut String) {
    out.push_str("<div class=\"card\">");
    let has_picture = record["thumb"].is_object() || card["thumb"].is_string();
    match picture_of(&card["thumb"], pictures) {
        Some(source) => *out += &format!("<img src=\"{}\" alt=\"\">", attribute(source)),
        None if has_picture => out.push_str("<div class=\"missing\">a picture that could not be read</div>"),
        None => {}
    }
    let address = string(&card["uri"]);
    let host = url::Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned));
    *out += &format!(
        "<div class=\"inner\"><a class=\"title\" href=\"{}\">{}</a><div class=\"description\">{}</div><div class=\"host\">{}</div></div></div>",
        attribute(address),
        text(string(&card["title"])),
        text(string(&card["description"])),
        text(host.as_deref().unwrap_or(address)),
    );
}

/// A post that another one shows.
fn quote(quoted: &Value, out: &mut String) {
    if !quoted["value"].is_object() {
        out.push_str("<div class=\"quote small\">Post not found</div>");
        return;
    }
    *out += &format!(
        "<div class=\"quote\"><div class=\"who\"><b>{}</b> <span>@{}</span></div><div class=\"text\">{}</div></div>",
        text(name(&quoted["author"])),
        text(string(&quoted["author"]["handle"])),
        facets(string(&quoted["value"]["text"]), list(&quoted["value"]["facets"])),
    );
}

/// The digests of the blobs that a post shows.
fn shown(post: &Value) -> Vec<String> {
    let (own, beside) = (&post["embed"], &post["embed"]["media"]);
    let images = list(&own["images"]).iter().chain(list(&beside["images"])).map(|image| &image["thumb"]);
    let others = [&post["author"]["avatar"], &own["external"]["thumb"], &beside["external"]["thumb"]];
    images.chain(others).filter_map(digest).collect()
}

/// The AppView's addresses of pictures end with the digest of the blob and the wanted format.
fn digest(address: &Value) -> Option<String> {
    let last = address.as_str()?.rsplit('/').next()?;
    Some(last.split('@').next().unwrap_or(last).to_owned())
}

fn picture_of<'a>(address: &Value, pictures: &'a Pictures) -> Option<&'a str> {
    pictures.get(&digest(address)?).map(String::as_str)
}

fn name(author: &Value) -> &str {
    let shown = string(&author["displayName"]);
    if shown.is_empty() { string(&author["handle"]) } else { shown }
}

fn moment(rfc3339: &str) -> String {
    DateTime::parse_from_rfc3339(rfc3339)
        .map_or_else(|_| String::new(), |at| at.format("%-d %b %Y %H:%M:%S%.3f").to_string())
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
