//! What is said about a story after it was posted: that something in it was wrong, or all of it, or where it goes on.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::StoryCode;
use super::text_enum::text_enum;

text_enum! {
    /// What an amendment does to a story.
    pub enum AmendmentKind: "amendment kind" {
        /// The story stays, with a note on what was wrong.
        Correction => "correction",
        /// The story goes on under another one's name: two had become one.
        Continuation => "continuation",
        /// The story goes; a notice stands where it was.
        Retraction => "retraction",
    }
}

/// A correction or a retraction of a story by the people of a desk, or a note of the desk on where it goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    /// Which story.
    pub code: StoryCode,
    /// What it does.
    pub kind: AmendmentKind,
    /// What was wrong, or why the story goes: the public's words for it.
    pub text: String,
    /// Who says so, as the public sees it: “the moderators of Harbour Club”.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}
