//! The first gate: whether the sources of a topic are read.

use std::collections::{BTreeMap, BTreeSet};

use super::Explainer;
use super::gates::{Gate, GateName, GateState};
use crate::answer::words::{counted, moment};
use crate::answer::{AskError, TopicView};
use crate::schedule::{Doors, sources_of};
use crate::store::SourceState;

impl Explainer<'_> {
    /// How the sources that the topic's file names stand; `past` says that the question is about an earlier time.
    ///
    /// A source keeps one state however many topics name it, under the source's own name, and one that was taken out of the
    /// file leaves its state behind. So the names in the file decide which states count.
    pub(super) async fn sources(&self, view: &TopicView, past: bool) -> Result<Gate, AskError> {
        let topic = self.config.topic(view.slug.as_str());
        let (sources, not_yet) =
            sources_of(self.config, topic.map_or(&[], std::slice::from_ref), &Doors::of(self.config));
        let named: BTreeSet<String> = sources.iter().map(|(_, source)| source.id()).collect();
        let states = self.desk.store.source_states().await?;
        let states: BTreeMap<&str, &SourceState> = states.iter().map(|s| (s.source.as_str(), s)).collect();
        let (stored, _, _) = self.desk.store.topic_totals(&view.slug, self.desk.now).await?;

        let mut lines = Vec::new();
        let (mut read, mut failing, mut waiting) = (0_u64, 0_u64, 0_u64);
        for name in &named {
            let state = states.get(name.as_str());
            let records = counted(state.map_or(0, |state| state.records), "record", "records");
            let ok = state.and_then(|state| state.last_ok_at);
            read += u64::from(ok.is_some());
            let health = match (state.and_then(|state| state.last_error.as_ref()), ok) {
                (Some(error), _) => {
                    failing += 1;
                    format!("failing: {error}")
                }
                (None, Some(at)) => format!("last read {}", moment(at)),
                (None, None) => {
                    waiting += 1;
                    "not read yet: `newsdesk scan` or `newsdesk run` does it".to_owned()
                }
            };
            lines.push(format!("{name}: {records}, {health}"));
        }
        let never = not_yet.len() as u64;
        lines.extend(not_yet);
        let all = named.len() as u64 + never;
        if past && all > 0 {
            lines.push("This is how they stand now, not how they stood at the time asked about.".to_owned());
        }

        let text = if all == 0 && stored == 0 {
            "The topic has no source of its own, and nothing that is stored matches its rules. A `[[sources]]` entry in \
             its file, or an import, brings records."
                .to_owned()
        } else if all == 0 {
            "The topic has no source of its own: its records come from imports and from other topics' sources.".to_owned()
        } else {
            let one_of = |n: u64, what: &str| (n > 0).then(|| format!("{n} {what}"));
            let not: Vec<String> = [
                one_of(failing, "failing"),
                one_of(waiting, "not read yet"),
                one_of(never, "that cannot be read as it is configured"),
            ]
            .into_iter()
            .flatten()
            .collect();
            let was = match read {
                0 => format!("None of its {} was read", counted(all, "source", "sources")),
                1 => format!("1 of its {} was read", counted(all, "source", "sources")),
                n => format!("{n} of its {} were read", counted(all, "source", "sources")),
            };
            let not = if not.is_empty() { "none is failing".to_owned() } else { not.join(", ") };
            format!("{was}, {not}.")
        };
        let state = if stored == 0 && (read == 0 || failing == all) {
            GateState::Closed
        } else if failing + waiting + never > 0 {
            GateState::Narrow
        } else {
            GateState::Open
        };
        Ok(Gate { gate: GateName::Sources, state, text, lines, bars: Vec::new() })
    }
}
