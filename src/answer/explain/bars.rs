//! Bars: what was needed, by which setting, and what was there.

use serde::Serialize;

use crate::answer::words::{number, p_value};
use crate::config::Config;
use crate::model::{Asked, Side};

/// A setting by which something is decided, as it is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// As in the configuration file: `signal.min_authors`.
    pub key: String,
    /// Its value, as it would be written there.
    pub value: String,
}

/// Every setting that decides what counts and what becomes a story.
pub(super) fn settings(config: &Config) -> Vec<Setting> {
    config.bars().into_iter().map(|(key, value)| Setting { key, value }).collect()
}

/// A bar and what was held against it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bar {
    /// What is counted or measured: “authors”.
    pub what: String,
    /// The setting; `None` where the number is fixed in the program.
    pub key: Option<String>,
    /// On which side of `needs` to be.
    pub side: Side,
    /// What was needed, by the setting as it was then.
    pub needs: f64,
    /// What was there.
    pub had: f64,
    /// Whether that was enough.
    pub passed: bool,
    /// All of it in words: “needs 5 authors (`write.min_authors`), had 3”.
    pub text: String,
}

impl Bar {
    /// The bar as it was kept.
    pub(in crate::answer) fn of(asked: &Asked) -> Self {
        let (needs, had) = (asked.needed, asked.had);
        // Chances are at most something; counts and sizes are at least.
        let (side, draw): (&str, fn(f64) -> String) = match asked.side {
            Side::AtLeast => ("", number),
            Side::MoreThan => ("more than ", number),
            Side::AtMost => ("at most ", p_value),
            Side::FewerThan => ("fewer than ", number),
        };
        let setting = match &asked.setting {
            Some(key) => format!(" (`{key}`)"),
            // A setting that says when the bar holds, and not where it lies, is among the words.
            None if asked.what.contains('`') => String::new(),
            None => " (fixed)".to_owned(),
        };
        // What did not pass must not read as if it had.
        let shown = match asked.side {
            Side::AtLeast if !asked.passed && draw(had) == draw(needs) => "just short of it".to_owned(),
            Side::AtMost if !asked.passed && draw(had) == draw(needs) => "just above it".to_owned(),
            Side::AtLeast | Side::MoreThan | Side::AtMost | Side::FewerThan => draw(had),
        };
        Self {
            text: format!("needs {side}{} {}{setting}, had {shown}", draw(needs), asked.what),
            what: asked.what.clone(),
            key: asked.setting.clone(),
            side: asked.side,
            needs,
            had,
            passed: asked.passed,
        }
    }

    /// All of them, in their order.
    pub(in crate::answer) fn all(asked: &[Asked]) -> Vec<Self> {
        asked.iter().map(Self::of).collect()
    }
}

/// The settings behind the bars that were not passed, as they are now: “`write.min_authors` is 5”; empty where none is
/// behind them.
pub(super) fn behind(bars: &[Bar], config: &Config) -> String {
    let all = config.bars();
    let mut told: Vec<String> = Vec::new();
    for key in bars.iter().filter(|bar| !bar.passed).filter_map(|bar| bar.key.as_ref()) {
        if let Some((key, value)) = all.iter().find(|(k, _)| k == key) {
            let text = format!("`{key}` is {value}");
            if !told.contains(&text) {
                told.push(text);
            }
        }
    }
    told.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_pass_does_not_read_as_if_it_had() {
        let text = |asked: Asked| Bar::of(&asked).text;
        assert_eq!(
            text(Asked::at_least("as strength", "signal.story_strength", 0.1, 0.099_9)),
            "needs 0.1 as strength (`signal.story_strength`), had just short of it"
        );
        assert_eq!(
            text(Asked::at_most("as p-value", "signal.max_p", 0.001, 0.001_000_1)),
            "needs at most 0.001 as p-value (`signal.max_p`), had just above it"
        );
        assert_eq!(
            text(Asked::more_than("records", "", 12.0, 12.0).fixed()),
            "needs more than 12 records (fixed), had 12"
        );
        let bar = Bar::of(&Asked::at_least("authors", "write.min_authors", 5.0, 3.0));
        assert_eq!((bar.passed, bar.text.as_str()), (false, "needs 5 authors (`write.min_authors`), had 3"));
    }

    #[test]
    fn the_settings_behind_a_no_are_those_of_the_bars_not_passed() {
        let config = Config::built_in(std::path::Path::new("."));
        let bars = Bar::all(&[
            Asked::at_least("as strength", "signal.story_strength", 0.1, 0.4),
            Asked::at_least("authors", "write.min_authors", 5.0, 3.0),
            Asked::more_than("records", "", 12.0, 12.0).fixed(),
        ]);
        assert_eq!(behind(&bars, &config), "`write.min_authors` is 5");
    }
}
