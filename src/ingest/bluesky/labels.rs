//! Labels: what authors and moderators say of accounts and posts, and which of it we heed.

use chrono::{DateTime, Utc};

use super::uri::time_of;
use super::wire::Post;
use crate::model::TombstoneReason;

/// The author's wish not to be shown to those who are not signed in. A story is read by them.
const NO_UNAUTHENTICATED: &str = "!no-unauthenticated";

/// Values that keep a record out, set by whomever: a platform's own, and what no story is made of.
const UNFIT: &[&str] =
    &["!hide", "!takedown", "!suspend", "spam", "porn", "sexual", "nudity", "sexual-figurative", "nsfw"];

/// A label as a server gives it.
#[derive(Clone, Debug, serde::Deserialize)]
pub(super) struct Label {
    val: String,
    #[serde(default)]
    src: Option<String>,
    #[serde(default)]
    neg: Option<bool>,
    #[serde(default)]
    cts: Option<String>,
    #[serde(default)]
    exp: Option<String>,
}

/// Why something must not be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Objection {
    pub(super) why: String,
    /// What becomes of a record that is stored already.
    pub(super) reason: TombstoneReason,
}

impl Objection {
    fn of(val: &str) -> Option<Self> {
        if val == NO_UNAUTHENTICATED {
            let why = format!("the author wishes not to be shown to the public (`{val}`)");
            return Some(Self { why, reason: TombstoneReason::Request });
        }
        UNFIT
            .contains(&val)
            .then(|| Self { why: format!("it is labelled `{val}`"), reason: TombstoneReason::Moderator })
    }
}

/// What stands against telling something with these labels at `now`: labels that hold, were not taken back by whoever
/// set them, and have not run out.
pub(super) fn objection(labels: &[Label], now: DateTime<Utc>) -> Option<Objection> {
    let time = |text: &Option<String>| text.as_deref().and_then(time_of);
    let holds = |at: usize, label: &Label| {
        let ended = time(&label.exp).is_some_and(|end| end <= now);
        // Without times, what stands later was said later.
        let taken_back = labels.iter().enumerate().any(|(other_at, other)| {
            let later = match (time(&other.cts), time(&label.cts)) {
                (Some(other), Some(own)) => other >= own,
                (_, _) => other_at > at,
            };
            other.neg == Some(true) && other.val == label.val && other.src == label.src && later
        });
        label.neg != Some(true) && !ended && !taken_back
    };
    labels
        .iter()
        .enumerate()
        .filter(|(at, label)| holds(*at, label))
        .find_map(|(_, label)| Objection::of(&label.val))
}

/// What the author of a post says against telling it.
pub(super) fn own_objection(post: &Post<'_>) -> Option<Objection> {
    let values = post.labels.as_ref()?.values.as_deref()?;
    values.iter().find_map(|label| Objection::of(label.val.as_deref()?))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(labels: Value) -> Option<TombstoneReason> {
        let labels: Vec<Label> = serde_json::from_value(labels).unwrap();
        objection(&labels, "2031-03-17T12:00:00Z".parse().unwrap()).map(|found| found.reason)
    }

    #[test]
    fn labels_that_hold_are_heeded_and_others_are_not() {
        let did = "did:plc:saltpan7";
        assert_eq!(of(json!([])), None);
        assert_eq!(of(json!([{ "val": "bot", "src": did }])), None);
        assert_eq!(of(json!([{ "val": "!no-unauthenticated" }])), Some(TombstoneReason::Request));
        assert_eq!(
            of(json!([{ "val": "a" }, { "val": "porn", "src": did }])),
            Some(TombstoneReason::Moderator)
        );
        let run_out = |exp: &str| of(json!([{ "val": "spam", "exp": exp }]));
        assert_eq!(run_out("2031-03-17T11:59:59Z"), None);
        assert_eq!(run_out("2031-03-17T12:00:01Z"), Some(TombstoneReason::Moderator));
        assert_eq!(run_out("soon"), Some(TombstoneReason::Moderator), "an end that cannot be read is none");
    }

    #[test]
    fn only_whoever_set_a_label_takes_it_back_and_only_afterwards() {
        let set = json!({ "val": "!hide", "src": "did:plc:a", "cts": "2031-03-01T00:00:00Z" });
        let back = |src: &str, cts: &str| json!({ "val": "!hide", "src": src, "cts": cts, "neg": true });
        assert_eq!(of(json!([set, back("did:plc:a", "2031-03-02T00:00:00Z")])), None);
        assert_eq!(of(json!([back("did:plc:a", "2031-03-02T00:00:00Z"), set])), None);
        assert!(of(json!([set, back("did:plc:b", "2031-03-02T00:00:00Z")])).is_some());
        assert!(of(json!([set, back("did:plc:a", "2031-02-02T00:00:00Z")])).is_some());
        assert_eq!(of(json!([{ "val": "spam" }, { "val": "spam", "neg": true }])), None);
        assert!(of(json!([{ "val": "spam", "neg": true }, { "val": "spam" }])).is_some());
    }
}
