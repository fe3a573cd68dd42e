//! The ids of buttons, selects and forms: what is asked for, signed so that nobody can make one up.
//!
//! An id is `verb:SUBJECT:VERSION[:page[:user]]` and `.` with ten characters of a keyed digest. It carries no trust:
//! who presses is looked at again, and what is shown is read anew from the store.

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::model::{StoryCode, text_enum};

text_enum! {
    /// What a press asks for.
    pub enum Verb: "button" {
        /// A story.
        Story => "story",
        /// Its sources, a page at a time.
        Sources => "sources",
        /// Its three questions.
        Faq => "faq",
        /// What its versions changed.
        Changed => "changed",
        /// Why it was written, or why a topic has none.
        Why => "why",
        /// Something in it is wrong.
        Dispute => "dispute",
        /// Moderators: write a correction.
        Correct => "correct",
        /// Moderators: take the story back.
        Retract => "retract",
        /// Moderators: the dispute changes nothing.
        Dismiss => "dismiss",
        /// Moderators: follow the topic that is chosen.
        Follow => "follow",
        /// The topics, a page at a time.
        Topics => "topics",
        /// Moderators: the form with the desk's settings.
        Settings => "settings",
    }
}

/// Stands where an id names no subject: a select carries it in its values.
const NOTHING: &str = "-";

/// A parsed id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomId {
    /// What is asked for.
    pub verb: Verb,
    /// A story's code or a topic's slug; `None` where a select carries it in its values.
    pub subject: Option<String>,
    /// The version that the message showed; 0 where that does not matter.
    pub version: u32,
    /// Which page, from 0.
    pub page: Option<u32>,
    /// Whose message it is: on a public one, nobody else turns its pages. On a dispute's buttons, who raised it.
    pub user: Option<u64>,
}

impl CustomId {
    /// An id about a story's version.
    pub fn about(verb: Verb, code: &StoryCode, version: u32) -> Self {
        Self { verb, subject: Some(code.to_string()), version, page: None, user: None }
    }

    /// An id about whatever `asked` names.
    pub fn asking(verb: Verb, asked: &str) -> Self {
        Self { verb, subject: Some(asked.to_owned()), version: 0, page: None, user: None }
    }

    /// An id of a select, whose values say what it is about.
    pub fn choosing(verb: Verb) -> Self {
        Self { verb, subject: None, version: 0, page: None, user: None }
    }

    /// The same for one page, turned by one person.
    #[must_use]
    pub fn at(self, page: u32, user: u64) -> Self {
        Self { page: Some(page), user: Some(user), ..self }
    }

    /// The id without its signature.
    pub fn unsigned(&self) -> String {
        let subject = self.subject.as_deref().unwrap_or(NOTHING);
        // `story:-` of a digest has no version: it is written as it was posted.
        let is_short = self.subject.is_none() && self.page.is_none();
        let version = (!is_short).then_some(u64::from(self.version));
        let numbers = [version, self.page.map(u64::from), self.user].into_iter().flatten();
        let parts = [self.verb.as_str().to_owned(), subject.to_owned()];
        parts.into_iter().chain(numbers.map(|n| n.to_string())).collect::<Vec<_>>().join(":")
    }

    fn parse(id: &str) -> Option<Self> {
        let mut parts = id.split(':');
        let verb = parts.next()?.parse().ok()?;
        let subject = parts.next().filter(|s| !s.is_empty() && s.len() <= 64)?;
        let version = parts.next().map_or(Some(0), |v| v.parse().ok())?;
        let page = parts.next().map(str::parse).transpose().ok()?;
        let user = parts.next().map(str::parse).transpose().ok()?;
        if parts.next().is_some() {
            return None;
        }
        Some(Self { verb, subject: (subject != NOTHING).then(|| subject.to_owned()), version, page, user })
    }
}

/// What belongs at the end of an id: six bits of each of the first ten bytes of the digest.
fn signature(key: &[u8; 32], id: &str) -> [u8; 10] {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = [0; 10];
    // A key of any length will do for HMAC, so this one does.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) {
        mac.update(id.as_bytes());
        for (to, byte) in out.iter_mut().zip(mac.finalize().into_bytes()) {
            *to = LETTERS[usize::from(byte & 63)];
        }
    }
    out
}

/// An id with its signature.
pub fn sign(key: &[u8; 32], id: &str) -> String {
    let signature: String = signature(key, id).into_iter().map(char::from).collect();
    format!("{id}.{signature}")
}

/// What a signed id says; `None` if it was made up, was signed with another key, or is none of ours.
pub fn verify(key: &[u8; 32], signed: &str) -> Option<CustomId> {
    let (id, given) = signed.rsplit_once('.')?;
    let right = signature(key, id);
    // All bytes are looked at, so that the time taken says nothing about where they differ.
    let differ = right.iter().zip(given.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    if given.len() != right.len() || differ != 0 {
        return None;
    }
    CustomId::parse(id)
}

/// What an id says that cannot be trusted: enough to name the command that asks the same.
pub fn guess(signed: &str) -> Option<(Verb, Option<StoryCode>)> {
    let id = signed.rsplit_once('.').map_or(signed, |(id, _)| id);
    let mut parts = id.split(':');
    let verb = parts.next()?.parse().ok()?;
    Some((verb, parts.next().and_then(|code| code.parse().ok())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::StorylineId;

    const KEY: [u8; 32] = [7; 32];

    fn code() -> StoryCode {
        StoryCode::of(&StorylineId::from_stored("night trains"))
    }

    #[test]
    fn what_is_signed_reads_back() {
        let ids = [
            CustomId::about(Verb::Sources, &code(), 3),
            CustomId::about(Verb::Sources, &code(), 3).at(2, u64::MAX),
            CustomId::asking(Verb::Story, "night-trains"),
            CustomId::choosing(Verb::Story),
            CustomId::choosing(Verb::Topics).at(1, 7),
        ];
        for id in ids {
            let signed = sign(&KEY, &id.unsigned());
            assert!(signed.len() <= 100, "{signed}");
            assert_eq!(verify(&KEY, &signed), Some(id), "{signed}");
        }
    }

    #[test]
    fn a_select_of_a_digest_is_signed_as_it_was_rendered() {
        assert_eq!(CustomId::choosing(Verb::Story).unsigned(), "story:-");
        assert_eq!(verify(&KEY, &sign(&KEY, "story:-")), Some(CustomId::choosing(Verb::Story)));
        assert_eq!(
            verify(&KEY, &sign(&KEY, &format!("faq:{}:1", code()))),
            Some(CustomId::about(Verb::Faq, &code(), 1))
        );
    }

    #[test]
    fn made_up_and_foreign_ids_are_refused() {
        let signed = sign(&KEY, &CustomId::about(Verb::Retract, &code(), 1).unsigned());
        assert_eq!(verify(&[8; 32], &signed), None, "another key");
        assert_eq!(verify(&KEY, &signed.replace("retract", "correct")), None, "another verb");
        assert_eq!(verify(&KEY, "sources:4K7Q2WX:1"), None, "no signature");
        assert_eq!(verify(&KEY, "sources:4K7Q2WX:1."), None, "an empty signature");
        assert_eq!(verify(&KEY, &format!("{signed}A")), None, "a longer signature");
        assert_eq!(guess(&signed), Some((Verb::Retract, Some(code()))));
        assert_eq!(guess("register.guild"), None);
    }

    #[test]
    fn signed_nonsense_is_nonsense_still() {
        for id in
            ["", "dance:X:1", "sources", "sources::1", "sources:X:one", "sources:X:1:2:3:4", "sources:X:1:-2"]
        {
            assert_eq!(verify(&KEY, &sign(&KEY, id)), None, "{id}");
        }
    }

    proptest! {
        #[test]
        fn one_changed_byte_is_noticed(at in 0_usize..40, with in "[a-zA-Z0-9:._-]") {
            let signed = sign(&KEY, &CustomId::about(Verb::Sources, &code(), 12).at(3, 42).unsigned());
            let mut changed: Vec<char> = signed.chars().collect();
            let at = at % changed.len();
            changed[at] = with.chars().next().unwrap();
            let changed: String = changed.into_iter().collect();
            prop_assume!(changed != signed);
            prop_assert_eq!(verify(&KEY, &changed), None);
        }
    }
}
