//! Messages as Discord's dark client shows them, as one page without scripts or addresses that load: for eyes.
//!
//! What it reads are messages as the API returns them; the body of a request will do. A forum post is an object with
//! `name` and `message`, and names of tags in `tags`. A file is shown when its `url` is a `data:` address, and is a
//! grey box with its description otherwise.

mod content;

use chrono::DateTime;
use html_escape::encode_double_quoted_attribute as attribute;
use html_escape::encode_text as text;
use serde_json::Value;

const EPHEMERAL: u64 = 1 << 6;
const SUPPRESS_EMBEDS: u64 = 1 << 2;
/// “… started a thread”.
const THREAD_CREATED: u64 = 18;

/// Whose screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    /// 1,000 pixels.
    Desktop,
    /// 390 pixels.
    Phone,
}

/// A page of messages, oldest first.
pub(crate) fn html(title: &str, messages: &[Value], width: Width) -> String {
    let class = match width {
        Width::Desktop => "desktop",
        Width::Phone => "phone",
    };
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>\n<style>{1}</style></head>\n<body class=\"{class}\"><h1 class=\"channel\">{0}</h1>\n",
        text(title),
        include_str!("picture/style.css"),
    );
    let mut before: Option<&Value> = None;
    for message in messages {
        if message["message"].is_object() {
            post(message, &mut out);
            draw(&message["message"], true, &mut out);
            before = Some(&message["message"]);
            continue;
        }
        draw(message, !before.is_some_and(|before| follows(before, message)), &mut out);
        before = Some(message);
    }
    out.push_str("</body></html>\n");
    out
}

/// Whether a message is shown under the name that stands over the one before.
fn follows(before: &Value, message: &Value) -> bool {
    let plain =
        |m: &Value| flags(m) & EPHEMERAL == 0 && m["type"].as_u64().unwrap_or(0) == 0 && used(m).is_none();
    plain(before) && plain(message) && before["thread"].is_null() && author(before) == author(message)
}

fn draw(message: &Value, is_first: bool, out: &mut String) {
    let name = author(message);
    if message["type"] == THREAD_CREATED {
        let thread = string(&message["content"]);
        *out += &format!(
            "<div class=\"message system\"><b>{}</b> started a thread: <b>{}</b></div>\n",
            text(&name),
            text(thread)
        );
        return;
    }
    let ephemeral = flags(message) & EPHEMERAL != 0;
    let first = if is_first { " first" } else { "" };
    let only_you = if ephemeral { " ephemeral" } else { "" };
    *out += &format!("<div class=\"message{first}{only_you}\">");
    let edited = message["edited_timestamp"].is_string();
    if is_first {
        let reply = used(message);
        if let Some((who, command)) = &reply {
            *out += &format!(
                "<div class=\"reply\"><b>{}</b> used <span class=\"command\">/{}</span></div>",
                text(who),
                text(command)
            );
        }
        let letter: String = name.chars().take(1).flat_map(char::to_uppercase).collect();
        let lower = if reply.is_some() { " with-reply" } else { "" };
        *out += &format!(
            "<div class=\"avatar{lower}\">{}</div><span class=\"name\">{}</span>",
            text(&letter),
            text(&name)
        );
        if message["author"].is_null() || message["author"]["bot"] == true {
            out.push_str("<span class=\"tag\">APP</span>");
        }
        *out += &format!("<span class=\"time\">{}</span>", text(&moment(string(&message["timestamp"]))));
    }
    let said = string(&message["content"]);
    if !said.is_empty() {
        *out += &content::html(said, edited);
    }
    if flags(message) & SUPPRESS_EMBEDS == 0 {
        list(&message["embeds"]).iter().for_each(|one| embed(one, message, out));
    }
    attachments(message, out);
    list(&message["components"]).iter().for_each(|row| components(row, out));
    if edited && said.is_empty() {
        out.push_str("<div class=\"edited\">(edited)</div>");
    }
    if let Some(thread) = message["thread"]["name"].as_str() {
        let count = message["thread"]["message_count"].as_u64().unwrap_or_default();
        let count = if count == 1 { "1 Message ›".to_owned() } else { format!("{count} Messages ›") };
        *out += &format!("<div class=\"thread\"><b>{}</b><span>{count}</span></div>", text(thread));
    }
    if ephemeral {
        out.push_str("<div class=\"notice\">Only you can see this · <a>Dismiss message</a></div>");
    }
    out.push_str("</div>\n");
}

fn post(post: &Value, out: &mut String) {
    let tags =
        list(&post["tags"]).iter().map(|tag| format!("<span class=\"chip\">{}</span>", text(string(tag))));
    *out += &format!(
        "<div class=\"post\"><h2>{}</h2><div class=\"chips\">{}</div></div>\n",
        text(string(&post["name"])),
        tags.collect::<String>()
    );
}

fn embed(embed: &Value, message: &Value, out: &mut String) {
    let color = embed["color"].as_u64().unwrap_or(0x001E_1F22);
    *out += &format!("<div class=\"embed\" style=\"border-left-color:#{color:06x}\">");
    if let Some(name) = embed["author"]["name"].as_str() {
        *out += &format!("<div class=\"author\">{}</div>", text(name));
    }
    if let Some(title) = embed["title"].as_str() {
        let inner = content::line_html(title);
        *out += &match embed["url"].as_str() {
            Some(url) => format!("<a class=\"title\" href=\"{}\">{inner}</a>", attribute(url)),
            None => format!("<div class=\"title\">{inner}</div>"),
        };
    }
    if let Some(description) = embed["description"].as_str() {
        *out += &format!("<div class=\"description\">{}</div>", content::html(description, false));
    }
    fields(list(&embed["fields"]), out);
    if let Some(url) = embed["image"]["url"].as_str() {
        picture(url, message, "picture", out);
    }
    let footer = embed["footer"]["text"].as_str();
    let time = embed["timestamp"].as_str().map(moment);
    let both: Vec<String> = footer.map(str::to_owned).into_iter().chain(time).collect();
    if !both.is_empty() {
        *out += &format!("<div class=\"footer\">{}</div>", text(&both.join(" • ")));
    }
    out.push_str("</div>");
}

/// Inline ones stand in rows of up to three.
fn fields(fields: &[Value], out: &mut String) {
    if fields.is_empty() {
        return;
    }
    out.push_str("<div class=\"fields\">");
    for run in fields.chunk_by(|a, b| a["inline"] == true && b["inline"] == true) {
        for row in run.chunks(3) {
            for field in row {
                *out += &format!(
                    "<div class=\"field of{}\"><div class=\"label\">{}</div>{}</div>",
                    row.len(),
                    content::line_html(string(&field["name"])),
                    content::html(string(&field["value"]), false)
                );
            }
        }
    }
    out.push_str("</div>");
}

/// Files that no embed shows.
fn attachments(message: &Value, out: &mut String) {
    let embeds = message["embeds"].to_string();
    for file in list(&message["attachments"]) {
        let name = string(&file["filename"]);
        let url = string(&file["url"]);
        let is_shown =
            embeds.contains(&format!("attachment://{name}")) || (!url.is_empty() && embeds.contains(url));
        if !is_shown {
            picture(&format!("attachment://{name}"), message, "picture attachment", out);
        }
    }
}

fn picture(url: &str, message: &Value, class: &str, out: &mut String) {
    let named = url.strip_prefix("attachment://");
    let file = list(&message["attachments"])
        .iter()
        .find(|file| named.is_some_and(|name| file["filename"] == name) || file["url"] == url);
    let alt = file.map(|file| string(&file["description"])).filter(|alt| !alt.is_empty()).unwrap_or(url);
    let source = file.map_or(url, |file| string(&file["url"]));
    if source.starts_with("data:image/") {
        *out += &format!("<img class=\"{class}\" src=\"{}\" alt=\"{}\">", attribute(source), attribute(alt));
    } else {
        *out += &format!("<div class=\"{class}\">{}</div>", text(alt));
    }
}

fn components(row: &Value, out: &mut String) {
    out.push_str("<div class=\"row\">");
    for component in list(&row["components"]) {
        let off = if component["disabled"] == true { " off" } else { "" };
        if component["type"] == 2 {
            let style = component["style"].as_u64().unwrap_or(2);
            let emoji = string(&component["emoji"]["name"]);
            let label = format!("{emoji} {}", string(&component["label"]));
            *out += &format!("<span class=\"button s{style}{off}\">{}</span>", text(label.trim()));
            continue;
        }
        let chosen = list(&component["options"]).iter().find(|option| option["default"] == true);
        let placeholder = component["placeholder"].as_str().unwrap_or("Make a selection");
        let shown = chosen.map_or(placeholder, |option| string(&option["label"]));
        *out += &format!("<div class=\"select{off}\"><span>{}</span><span>⌄</span></div>", text(shown));
        if !list(&component["options"]).is_empty() {
            out.push_str("<div class=\"options\">");
            for option in list(&component["options"]).iter().take(5) {
                let more = option["description"].as_str().map(|d| format!("<small>{}</small>", text(d)));
                *out += &format!("<div>{}{}</div>", text(string(&option["label"])), more.unwrap_or_default());
            }
            out.push_str("</div>");
        }
    }
    out.push_str("</div>");
}

fn flags(message: &Value) -> u64 {
    message["flags"].as_u64().unwrap_or_default()
}

fn author(message: &Value) -> String {
    let author = &message["author"];
    let name = author["global_name"].as_str().or_else(|| author["username"].as_str());
    name.unwrap_or("newsdesk").to_owned()
}

/// Who used which command to get this answer.
fn used(message: &Value) -> Option<(String, String)> {
    let (old, new) = (&message["interaction"], &message["interaction_metadata"]);
    let command = old["name"].as_str().or_else(|| new["name"].as_str())?;
    let user = if old["user"].is_object() { &old["user"] } else { &new["user"] };
    let name = user["global_name"].as_str().or_else(|| user["username"].as_str()).unwrap_or("somebody");
    Some((name.to_owned(), command.to_owned()))
}

fn moment(rfc3339: &str) -> String {
    DateTime::parse_from_rfc3339(rfc3339)
        .map_or_else(|_| String::new(), |at| at.format("%d/%m/%Y %H:%M").to_string())
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
