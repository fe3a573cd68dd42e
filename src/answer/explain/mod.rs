//! Explaining with the settings at hand: why, why not, and what a topic's rules could be.
//!
//! [`Desk`] answers from what a tick left behind. The explainer also knows the configuration: it holds every number
//! against the setting that decided, names the rule that made a record match, and looks again at a tick for what was
//! not kept then. It only reads.

mod bars;
mod gates;
mod past;
mod reading;
mod record;
pub(super) mod rules;

use chrono::{DateTime, Utc};

pub use bars::{Bar, Setting};
pub use gates::{Gate, GateName, GateState, SignalCheck, WhyNot};
pub use record::{CitedIn, Company, RankedAt, RecordWhy, Related, RuleMatch, Standing};

use super::{AskError, Desk, Subject, WhyAnswer};
use crate::config::Config;

/// A desk with its configuration.
#[derive(Clone, Copy, Debug)]
pub struct Explainer<'a> {
    /// Who is asked.
    pub desk: Desk<'a>,
    /// What it goes by.
    pub config: &'a Config,
}

impl Explainer<'_> {
    /// Why the desk did, or did not, write about `asked`, as of `at`: what [`Desk::why`] says and every bar with it.
    pub async fn why(&self, asked: &str, at: Option<DateTime<Utc>>) -> Result<WhyAnswer, AskError> {
        let then = self.as_of(at);
        match then.desk.subject(asked).await? {
            Subject::Topic(_) | Subject::Story(_) => match then.desk.why(asked).await? {
                WhyAnswer::Topic(mut topic) => {
                    topic.settings = bars::settings(self.config);
                    Ok(WhyAnswer::Topic(topic))
                }
                other @ (WhyAnswer::Story { .. } | WhyAnswer::Record(_)) => Ok(other),
            },
            Subject::Address(url) => Ok(WhyAnswer::Record(Box::new(then.why_record(&url).await?))),
        }
    }

    /// The same at another time: questions are about the last tick before it.
    fn as_of(&self, at: Option<DateTime<Utc>>) -> Self {
        let now = at.unwrap_or(self.desk.now);
        Self { desk: Desk { now, ..self.desk }, config: self.config }
    }
}
