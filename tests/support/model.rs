//! A model for tests: it reads the question as a real one would and answers from nothing but what stands in it. So a good
//! answer shows that the question holds what is needed for one.

use serde_json::{Value, json};

/// The data between the marks of a question.
pub(crate) fn data(user: &str) -> Value {
    let mut lines = user.lines().skip_while(|line| !line.starts_with("[data "));
    let mark = lines.next().unwrap().trim_start_matches("[data ").trim_end_matches(']').to_owned();
    let json = lines.next().unwrap();
    assert_eq!(lines.next().unwrap(), format!("[end of data {mark}]"));
    assert!(mark.len() >= 16 && !json.contains(&mark));
    serde_json::from_str(json).unwrap()
}

/// A sentence as the schema has it.
pub(crate) fn sentence(kind: &str, text: impl Into<String>, quotes: &[&str], counts: &[&str]) -> Value {
    json!({ "kind": kind, "text": text.into(), "quotes": quotes, "counts": counts })
}

/// The words of a quote as they may stand between quotation marks, with or without a stop.
fn words(quote: &Value) -> String {
    let text = quote["text"].as_str().unwrap().replace(['“', '”', '"'], "’");
    text.trim_end_matches(['.', ',', ';', ':']).to_owned()
}

fn closed(quote: &Value) -> String {
    let words = words(quote);
    if words.ends_with(['?', '!', '…']) { words } else { format!("{words}.") }
}

/// A quote with its speaker and day.
pub(crate) fn quoted(quote: &Value) -> Value {
    let id = quote["id"].as_str().unwrap();
    let verb = if quote["asks"] == true { "asked" } else { "wrote" };
    sentence("quote", format!("{{who:{id}}} {verb} on {{day:{id}}}: “{}”", closed(quote)), &[id], &[])
}

/// A heading of a quote's own words if they are short, else whose words follow.
fn heading(quote: &Value) -> Value {
    let id = quote["id"].as_str().unwrap();
    let words = words(quote);
    if words.chars().count() <= 80 && quote["asks"] != true {
        return sentence("quote", format!("“{words}”"), &[id], &[]);
    }
    sentence("frame", format!("What {{who:{id}}} wrote"), &[id], &[])
}

/// A story of the quotes and counts of a question, true to its schema.
pub(crate) fn story(user: &str) -> Value {
    let data = data(user);
    let quotes: Vec<&Value> =
        data["quotes"].as_array().unwrap().iter().filter(|q| q["around"].is_null()).collect();
    let thin = data["story"]["thin"] == true;
    let counts = data["counts"].as_array().unwrap();
    let all = counts.iter().find(|c| c["text"] == "records of the story").unwrap()["id"].as_str().unwrap();
    let fits = |q: &&&Value| q["asks"] != true && words(q).chars().count() <= 86;
    let first = quotes.iter().find(fits).or(quotes.first()).copied().unwrap();
    let rest: Vec<&Value> = quotes.iter().filter(|q| q["id"] != first["id"]).copied().collect();
    let section = |own: &[&Value]| {
        json!({
            "heading": heading(own[0]), "sentences": own.iter().map(|q| quoted(q)).collect::<Vec<_>>(),
        })
    };
    let (about, each) = (if thin { 2 } else { 3 }, if rest.len() >= 7 { 2 } else { 1 });
    let opening: Vec<&Value> = std::iter::once(first).chain(rest.iter().take(1).copied()).collect();
    let mut parts: Vec<Value> = vec![section(&opening)];
    parts.extend(rest[1..].chunks(each).take(about - 1).map(section));
    let later = rest.get(1 + each * (about - 1));
    let against = data["counter"]["ids"].get(0).and_then(|id| quotes.iter().find(|q| q["id"] == *id));
    let none = sentence("none_found", "", &[], &[]);
    let counter = against.map_or(none.clone(), |q| quoted(q));
    let headline = sentence("quote", format!("“{}”", words(first)), &[first["id"].as_str().unwrap()], &[]);
    let mut whole = json!({
        "headline": headline,
        "dek": [sentence("count", format!("The story rests on {{n:{all}}} records."), &[], &[all])],
        "section_1": parts[0], "section_2": parts[1],
        "so_far": later.map(|q| quoted(q)).into_iter().collect::<Vec<_>>(),
        "what_happened": { "question": "What happened?", "long": [quoted(first)], "short": [quoted(first)] },
        "what_it_means": { "question": "What does it mean for you?", "long": [none], "short": [none] },
        "counter": { "question": "What is said against it?", "long": [counter], "short": [counter] },
        "note": null,
    });
    if !thin {
        whole["section_3"] = parts[2].clone();
        whole["section_4"] = Value::Null;
        whole["section_5"] = Value::Null;
    }
    whole
}

/// Every failing sentence anew: a plain quotation of what it names, or nothing.
pub(crate) fn repair(user: &str) -> Value {
    let replacements: Vec<Value> = data(user)["sentences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|failing| {
            let anew = failing["quotes"].get(0).map_or(Value::Null, |quote| {
                let heads =
                    ["headline", "heading"].iter().any(|h| failing["id"].as_str().unwrap().ends_with(h));
                if heads { heading(quote) } else { quoted(quote) }
            });
            json!({ "id": failing["id"], "sentence": anew })
        })
        .collect();
    json!({ "replacements": replacements })
}

/// That the source supports the sentence, with its first words.
pub(crate) fn supported(user: &str) -> Value {
    let data = data(user);
    let source = data["source"].as_str().unwrap();
    let first: Vec<&str> = source.split_whitespace().take(5).collect();
    json!({ "verdict": "supported", "source_id": data["source_id"], "quote": first.join(" ") })
}

/// What a good model answers, whatever it is asked.
pub(crate) fn good(user: &str) -> Value {
    let data = data(user);
    if data.get("sentences").is_some() {
        repair(user)
    } else if data.get("source_id").is_some() {
        supported(user)
    } else {
        story(user)
    }
}
