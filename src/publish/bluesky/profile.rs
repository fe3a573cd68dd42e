//! What an account says of itself: that it is automated, and who runs it.

use serde_json::{Map, Value, json};

use super::Ref;
use crate::publish::text::{Clean, Limit, shorten};

/// The label by which an account says that it is automated.
pub const BOT_LABEL: &str = "bot";

const DESCRIPTION: Limit = Limit::BLUESKY_DESCRIPTION;

/// What is to stand on the account.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Who runs it: a name, a handle or an address.
    pub operator: Option<String>,
    /// The names of its topics.
    pub topics: Vec<String>,
    /// An uploaded picture.
    pub avatar: Option<Value>,
    /// The post that is shown first.
    pub pinned: Option<Ref>,
}

/// Whether an account says that it is automated, by its label.
pub fn is_labelled(profile: &Value) -> bool {
    let labels = profile["labels"]["values"].as_array();
    labels.into_iter().flatten().any(|label| label["val"] == BOT_LABEL)
}

/// Whether an account's description says that it is automated.
pub fn says_automated(profile: &Value) -> bool {
    let text = profile["description"].as_str().unwrap_or_default().to_lowercase();
    text.split(|c: char| !c.is_alphanumeric())
        .any(|word| matches!(word, "automated" | "bot" | "automatisiert" | "automatique" | "automático"))
}

/// Whether its description names who runs it.
pub fn names_operator(profile: &Value, operator: &str) -> bool {
    profile["description"].as_str().unwrap_or_default().contains(operator)
}

/// The profile as it should be, over what it is: what people wrote there stays, as far as there is room.
pub fn wanted(current: Option<&Value>, wishes: &Wishes) -> Value {
    let mut profile = current.and_then(Value::as_object).cloned().unwrap_or_default();
    profile.insert("$type".to_owned(), "app.bsky.actor.profile".into());
    label(&mut profile);
    let said = Value::Object(profile.clone());
    let operator = wishes.operator.as_deref().map(Clean::of).filter(|o| !o.is_empty());
    let unnamed = operator.as_ref().is_some_and(|o| !names_operator(&said, o.as_str()));
    if !says_automated(&said) || unnamed {
        let own = said["description"].as_str().unwrap_or_default().trim().to_owned();
        profile.insert("description".to_owned(), description(&own, operator.as_ref(), wishes).into());
    }
    if profile.get("displayName").and_then(Value::as_str).is_none_or(|name| name.trim().is_empty()) {
        profile.insert("displayName".to_owned(), "newsdesk".into());
    }
    if let Some(avatar) = &wishes.avatar {
        profile.insert("avatar".to_owned(), avatar.clone());
    }
    if let Some(pinned) = &wishes.pinned {
        profile.insert("pinnedPost".to_owned(), json!(pinned));
    }
    Value::Object(profile)
}

fn label(profile: &mut Map<String, Value>) {
    if is_labelled(&Value::Object(profile.clone())) {
        return;
    }
    let mut values = profile.get("labels").and_then(|l| l["values"].as_array()).cloned().unwrap_or_default();
    values.push(json!({ "val": BOT_LABEL }));
    profile.insert(
        "labels".to_owned(),
        json!({ "$type": "com.atproto.label.defs#selfLabels", "values": values }),
    );
}

/// What must be said comes last and is never cut; what the account said before gives way.
fn description(own: &str, operator: Option<&Clean>, wishes: &Wishes) -> String {
    let topics = match wishes.topics.as_slice() {
        [] => String::new(),
        [one] => format!(" about {}", Clean::of(one)),
        [some @ .., last] if some.len() < 4 => {
            let some: Vec<String> = some.iter().map(|t| Clean::of(t).to_string()).collect();
            format!(" about {} and {}", some.join(", "), Clean::of(last))
        }
        many => format!(" about {} topics", many.len()),
    };
    let by = operator.map(|o| format!(" Run by {o}.")).unwrap_or_default();
    let says = |topics: &str| {
        format!(
            "Automated: a newsroom bot. Stories{topics} from what people say in public, every sentence checked. Mention me to ask.{by}"
        )
    };
    let mut must = says(&topics);
    if !DESCRIPTION.fits(&must) {
        must = says("");
    }
    let must = shorten(&must, DESCRIPTION, &|t| DESCRIPTION.size(t));
    let room = DESCRIPTION.less(DESCRIPTION.size(&must).units + 2);
    let own = if own.is_empty() { String::new() } else { shorten(own, room, &|t| room.size(t)) };
    if own.is_empty() || !room.fits(&own) { must } else { format!("{own}\n\n{must}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_account_says_what_it_is() {
        let wishes = Wishes {
            operator: Some("the Harbour Club".to_owned()),
            topics: vec!["Ferries".to_owned(), "Night Trains".to_owned()],
            ..Wishes::default()
        };
        let profile = wanted(None, &wishes);
        assert!(is_labelled(&profile) && says_automated(&profile));
        assert_eq!(
            profile["description"],
            "Automated: a newsroom bot. Stories about Ferries and Night Trains from what people say in public, every sentence \
             checked. Mention me to ask. Run by the Harbour Club."
        );
        assert_eq!(profile["displayName"], "newsdesk");
        assert_eq!(wanted(Some(&profile), &wishes), profile, "asked twice it is the same");
    }

    #[test]
    fn what_people_wrote_stays() {
        let current = json!({
            "$type": "app.bsky.actor.profile", "displayName": "Harbour News", "description": "All about the harbour.",
            "labels": { "$type": "com.atproto.label.defs#selfLabels", "values": [{ "val": "!no-unauthenticated" }] },
            "banner": { "x": 1 },
        });
        let profile = wanted(Some(&current), &Wishes::default());
        assert_eq!(
            (&profile["displayName"], &profile["banner"]),
            (&json!("Harbour News"), &json!({ "x": 1 }))
        );
        assert!(
            profile["description"].as_str().unwrap().starts_with("All about the harbour.\n\nAutomated: ")
        );
        let labels: Vec<&str> = profile["labels"]["values"]
            .as_array()
            .unwrap()
            .iter()
            .map(|l| l["val"].as_str().unwrap())
            .collect();
        assert_eq!(labels, ["!no-unauthenticated", "bot"]);
    }

    #[test]
    fn a_description_that_says_it_is_left_alone() {
        let current = json!({ "description": "I am a bot. Mail mail@example.org." });
        let wishes = Wishes { operator: Some("mail@example.org".to_owned()), ..Wishes::default() };
        assert_eq!(wanted(Some(&current), &wishes)["description"], current["description"]);
        let robots = json!({ "description": "All about robots." });
        assert!(!says_automated(&robots), "a robot is another matter");
    }

    #[test]
    fn a_description_has_room_for_what_it_must_say() {
        for (own, operator) in [
            ("x ".repeat(400), "y".repeat(20)),
            ("x".to_owned(), "y ".repeat(300)),
            ("👩🏻‍❤️‍💋‍👨🏿".repeat(250), "z".to_owned()),
        ] {
            let current = json!({ "description": own });
            let wishes =
                Wishes { operator: Some(operator), topics: vec!["t ".repeat(200)], ..Wishes::default() };
            let text = wanted(Some(&current), &wishes)["description"].as_str().unwrap().to_owned();
            assert!(DESCRIPTION.fits(&text), "{text}");
            assert!(text.contains("Automated: a newsroom bot."), "{text}");
        }
    }
}
