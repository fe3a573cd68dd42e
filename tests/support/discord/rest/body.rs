//! What may be in a message: lengths, counts, shapes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Refusal, invalid};

/// As Discord counts them.
pub(super) fn length(text: &Value) -> usize {
    text.as_str().map_or(0, |text| text.chars().count())
}

fn at_most(text: &Value, most: usize, field: &str) -> Result<(), Refusal> {
    if length(text) > most {
        let words = format!("Must be {most} or fewer in length.");
        return Err(invalid(field, "BASE_TYPE_MAX_LENGTH", &words));
    }
    Ok(())
}

pub(super) fn name(text: &Value, field: &str) -> Result<(), Refusal> {
    if !(1..=100).contains(&length(text)) {
        return Err(invalid(field, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length."));
    }
    Ok(())
}

/// Refuses what Discord refuses in a message.
pub(super) fn check(body: &Value) -> Result<(), Refusal> {
    at_most(&body["content"], 2000, "content")?;
    if let Some(nonce) = body["nonce"].as_str()
        && nonce.chars().count() > 25
    {
        return Err(invalid("nonce", "NONCE_TYPE_TOO_LONG", "Must be 25 or fewer in length."));
    }
    let flags = body["flags"].as_u64().unwrap_or_default();
    if flags & (1 << 15) != 0 && (length(&body["content"]) > 0 || list(&body["embeds"]).next().is_some()) {
        let words = "The 'content' field cannot be used when using MessageFlags.IS_COMPONENTS_V2";
        return Err(invalid("content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", words));
    }
    embeds(body)?;
    components(body, flags & (1 << 15) != 0)?;
    let allowed = &body["allowed_mentions"];
    for (kind, field) in [("users", "users"), ("roles", "roles")] {
        let all = list(&allowed["parse"]).any(|parse| parse == kind);
        if all && list(&allowed[field]).next().is_some() {
            let words = format!("parse:[\"{kind}\"] and {field}: [ids...] are mutually exclusive.");
            return Err(invalid("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", &words));
        }
    }
    Ok(())
}

pub(super) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn embeds(body: &Value) -> Result<(), Refusal> {
    let mut total = 0;
    if list(&body["embeds"]).count() > 10 {
        return Err(invalid("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length."));
    }
    for (place, embed) in list(&body["embeds"]).enumerate() {
        let at = |field: &str| format!("embeds.{place}.{field}");
        let parts = [
            (&embed["title"], 256, "title"),
            (&embed["description"], 4096, "description"),
            (&embed["footer"]["text"], 2048, "footer.text"),
            (&embed["author"]["name"], 256, "author.name"),
        ];
        for (text, most, field) in parts {
            at_most(text, most, &at(field))?;
            total += length(text);
        }
        if list(&embed["fields"]).count() > 25 {
            return Err(invalid(&at("fields"), "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length."));
        }
        for (number, field) in list(&embed["fields"]).enumerate() {
            for (part, most) in [("name", 256), ("value", 1024)] {
                let path = at(&format!("fields.{number}.{part}"));
                at_most(&field[part], most, &path)?;
                if field[part].as_str().is_none_or(|text| text.trim().is_empty()) {
                    return Err(invalid(&path, "BASE_TYPE_REQUIRED", "This field is required"));
                }
                total += length(&field[part]);
            }
        }
        for field in ["url", "image.url", "thumbnail.url", "author.url", "author.icon_url", "footer.icon_url"]
        {
            let pointer = format!("/{}", field.replace('.', "/"));
            let Some(url) = embed.pointer(&pointer).and_then(Value::as_str) else { continue };
            let fine = ["http://", "https://", "attachment://"].iter().any(|scheme| url.starts_with(scheme));
            if !fine || url.contains(char::is_whitespace) {
                return Err(invalid(&at(field), "URL_TYPE_INVALID_URL", "Not a well formed URL."));
            }
        }
    }
    if total > 6000 {
        return Err(invalid("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000"));
    }
    Ok(())
}

fn components(body: &Value, free: bool) -> Result<(), Refusal> {
    let mut names = BTreeSet::new();
    let most = if free { 40 } else { 5 };
    if list(&body["components"]).count() > most {
        return Err(invalid(
            "components",
            "BASE_TYPE_BAD_LENGTH",
            &format!("Must be between 1 and {most} in length."),
        ));
    }
    for (place, row) in list(&body["components"]).enumerate() {
        let at = format!("components.{place}");
        if !free && row["type"] != 1 {
            return Err(invalid(&at, "UNION_TYPE_CHOICES", "Value of field \"type\" must be one of (1,)."));
        }
        component(row, &at, &mut names)?;
    }
    Ok(())
}

fn component(value: &Value, at: &str, names: &mut BTreeSet<String>) -> Result<(), Refusal> {
    let inner: Vec<&Value> = list(&value["components"]).collect();
    if value["type"] == 1 {
        let buttons = inner.iter().all(|part| part["type"] == 2);
        if inner.is_empty() || inner.len() > 5 || (!buttons && inner.len() > 1) {
            let path = format!("{at}.components");
            return Err(invalid(&path, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length."));
        }
    }
    let custom = &value["custom_id"];
    at_most(custom, 100, &format!("{at}.custom_id"))?;
    if let Some(custom) = custom.as_str()
        && !names.insert(custom.to_owned())
    {
        let words = "Component custom id cannot be duplicated";
        return Err(invalid(&format!("{at}.custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", words));
    }
    if value["type"] == 2 {
        let (link, premium) = (value["style"] == 5, value["style"] == 6);
        let missing = if link { value["url"].is_null() } else { !premium && length(custom) == 0 };
        if missing {
            let field = if link { "url" } else { "custom_id" };
            return Err(invalid(&format!("{at}.{field}"), "BASE_TYPE_REQUIRED", "This field is required"));
        }
        at_most(&value["label"], 80, &format!("{at}.label"))?;
    }
    if value["type"] == 3 && !(1..=25).contains(&list(&value["options"]).count()) {
        let path = format!("{at}.options");
        return Err(invalid(&path, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length."));
    }
    for (place, part) in inner.into_iter().enumerate() {
        component(part, &format!("{at}.components.{place}"), names)?;
    }
    Ok(())
}
