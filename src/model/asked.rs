//! Bars: what was asked of something, by which setting, and what it had.

use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;

text_enum! {
    /// On which side of the bar to be.
    pub enum Side: "side of a bar" {
        /// As much or more.
        AtLeast => "at_least",
        /// More, not as much.
        MoreThan => "more_than",
        /// As much or less.
        AtMost => "at_most",
        /// Less, not as much.
        FewerThan => "fewer_than",
    }
}

/// A bar that something was held against, as it was in force then. It is kept with what was decided, so that it need not
/// be guessed later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// What is counted or measured: “authors”.
    pub what: String,
    /// The setting it comes from; `None` where it is fixed in the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setting: Option<String>,
    /// On which side of `needed` to be.
    pub side: Side,
    /// What was needed.
    pub needed: f64,
    /// What was there.
    pub had: f64,
    /// Whether that was enough.
    pub passed: bool,
}

impl Asked {
    /// As much as `needed`, or more.
    pub fn at_least(what: impl Into<String>, setting: &str, needed: f64, had: f64) -> Self {
        Self::of(what.into(), setting, Side::AtLeast, needed, had, had >= needed)
    }

    /// More than `needed`.
    pub fn more_than(what: impl Into<String>, setting: &str, needed: f64, had: f64) -> Self {
        Self::of(what.into(), setting, Side::MoreThan, needed, had, had > needed)
    }

    /// As much as `needed`, or less.
    pub fn at_most(what: impl Into<String>, setting: &str, needed: f64, had: f64) -> Self {
        Self::of(what.into(), setting, Side::AtMost, needed, had, had <= needed)
    }

    /// Less than `needed`.
    pub fn fewer_than(what: impl Into<String>, setting: &str, needed: f64, had: f64) -> Self {
        Self::of(what.into(), setting, Side::FewerThan, needed, had, had < needed)
    }

    /// The same where no setting moves it.
    #[must_use]
    pub fn fixed(self) -> Self {
        Self { setting: None, ..self }
    }

    fn of(what: String, setting: &str, side: Side, needed: f64, had: f64, passed: bool) -> Self {
        Self { what, setting: Some(setting.to_owned()), side, needed, had, passed }
    }
}
