//! Why there is no story: the way of a topic's records through every gate, in order, with the setting at each.
//!
//! The gates are those of a tick. Some close (no record, no lead), some only hold back: without a kept signal a story is
//! still possible, it needs more company. What a tick kept is read; what it did not keep is recomputed.

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;

use super::Explainer;
use super::bars::{self, Bar, Setting};
use super::past::Past;
use crate::answer::why::weightiest;
use crate::answer::words::{self, counted, number};
use crate::answer::{AskError, LeadLine, TopicView, first_words};
use crate::model::text_enum;
use crate::model::{Asked, DiscountKind, Signal, SignalKind, StoryCode, TopicSlug};
use crate::schedule::lower_first;
use crate::signal::pulse::TopicPulse;

text_enum! {
    /// Which gate.
    pub enum GateName: "gate" {
        /// The topic's sources are read.
        Sources => "sources",
        /// Records match its rules.
        Records => "records",
        /// Some of them count, after everything that is set aside or discounted.
        Counted => "counted",
        /// They are more than usual, or otherwise unusual.
        Signals => "signals",
        /// Some of them rank as leads.
        Leads => "leads",
        /// A lead passes the bars of a story.
        Story => "story",
    }
}

text_enum! {
    /// How a gate stands.
    pub enum GateState: "gate state" {
        /// Passed.
        Open => "open",
        /// Not passed, and it alone does not end the way.
        Narrow => "narrow",
        /// Not passed: here the way ends.
        Closed => "closed",
        /// An earlier gate is closed.
        NotReached => "not_reached",
    }
}

/// A gate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gate {
    /// Which.
    pub gate: GateName,
    /// How it stands.
    pub state: GateState,
    /// What was found there, in a sentence or two.
    pub text: String,
    /// More, one a line.
    pub lines: Vec<String>,
    /// The bars that were held against.
    pub bars: Vec<Bar>,
}

/// A kind of signal that was tested, and how far it was from its bars.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SignalCheck {
    /// Which kind.
    pub kind: SignalKind,
    /// The kind in words.
    pub name: String,
    /// Whether it was kept.
    pub kept: bool,
    /// What was measured, in a sentence.
    pub explanation: String,
    /// What it was held against.
    pub bars: Vec<Bar>,
    /// What is to be said besides.
    pub note: Option<String>,
}

impl SignalCheck {
    fn of(signal: &Signal) -> Self {
        let bars = Bar::all(&signal.asked);
        let note = if signal.kept || bars.iter().any(|bar| !bar.passed) {
            None
        } else if bars.is_empty() {
            Some("What it was held against was not kept by the version that measured it.".to_owned())
        } else {
            // What its kind asks besides is not among the bars.
            let thin =
                signal.discounts.iter().find(|d| d.kind == DiscountKind::ThinBaseline && d.after >= d.before);
            Some(thin.map_or_else(
                || format!("It missed what its kind asks besides: {}.", words::asked_besides(signal.kind)),
                |thin| format!("It missed what its kind asks besides: {}.", thin.why),
            ))
        };
        Self {
            kind: signal.kind,
            name: words::signal_kind(signal.kind).to_owned(),
            kept: signal.kept,
            explanation: signal.explanation.clone(),
            bars,
            note,
        }
    }
}

/// Why there is no story.
#[derive(Clone, Debug, Serialize)]
pub struct WhyNot {
    /// Slug.
    pub topic: TopicSlug,
    /// Name.
    pub name: String,
    /// The tick that is explained; `None` before the first.
    pub at: Option<DateTime<Utc>>,
    /// Stories that were written at that tick: then there is nothing to explain.
    pub stories: Vec<StoryCode>,
    /// Where the way ended, in one sentence.
    pub summary: String,
    /// All gates, in order.
    pub gates: Vec<Gate>,
    /// Everything tested at that tick.
    pub signals: Vec<SignalCheck>,
    /// Kinds that were not tested: too little to measure.
    pub not_tested: Vec<SignalKind>,
    /// The topic's best leads, with what each lacked.
    pub leads: Vec<LeadLine>,
    /// The settings that decide.
    pub settings: Vec<Setting>,
}

/// The best records shown where there is no lead.
const BEST: usize = 3;

impl Explainer<'_> {
    /// Why there is no story of `asked`, a topic, at the last tick before `at`.
    pub async fn why_not(&self, asked: &str, at: Option<DateTime<Utc>>) -> Result<WhyNot, AskError> {
        let then = self.as_of(at);
        let Some(view) = then.desk.topic(asked) else { return Err(then.desk.unknown(asked)) };
        let why = then.desk.why_topic(view).await?;
        let sources = then.sources(view, then.desk.now < self.desk.now).await?;
        let settings = bars::settings(self.config);
        let Some(tick) = why.at else {
            return Ok(WhyNot {
                topic: view.slug.clone(),
                name: view.name.clone(),
                at: None,
                stories: Vec::new(),
                summary: "No tick has looked at it yet: `newsdesk scan` or `newsdesk run` does.".to_owned(),
                gates: vec![sources, not_reached(GateName::Records)],
                signals: Vec::new(),
                not_tested: Vec::new(),
                leads: Vec::new(),
                settings,
            });
        };
        let pulse: Option<TopicPulse> = serde_json::from_value(why.numbers.clone()).ok();
        let records = then.records(view, tick, pulse.as_ref()).await?;
        let counted = Self::counted(pulse.as_ref());
        let signals: Vec<SignalCheck> = why.signals.iter().map(SignalCheck::of).collect();
        let not_tested: Vec<SignalKind> = SignalKind::ALL
            .iter()
            .copied()
            .filter(|kind| !why.signals.iter().any(|signal| signal.kind == *kind))
            .collect();
        let leads = why.leads.clone();
        let signal_gate = then.signal_gate(&why.signals, pulse.as_ref());
        let lead_gate = then.lead_gate(view, tick, &leads).await?;
        let story_gate = then.story_gate(&leads);
        let stories: Vec<StoryCode> = leads.iter().filter_map(|lead| lead.story.clone()).collect();
        let mut gates = vec![sources, records, counted, signal_gate, lead_gate, story_gate];
        if let Some(closed) = gates.iter().position(|gate| gate.state == GateState::Closed) {
            for gate in gates.iter_mut().skip(closed + 1) {
                *gate = not_reached(gate.gate);
            }
        }
        let summary = if stories.is_empty() {
            gates.iter().find(|gate| gate.state == GateState::Closed).map_or_else(
                || "Every gate was open, and no story came of it.".to_owned(),
                |gate| gate.text.clone(),
            )
        } else {
            let codes: Vec<String> = stories.iter().map(ToString::to_string).collect();
            format!("There is one: {} was written at this tick.", codes.join(", "))
        };
        Ok(WhyNot {
            topic: view.slug.clone(),
            name: view.name.clone(),
            at: Some(tick),
            stories,
            summary,
            gates,
            signals,
            not_tested,
            leads,
            settings,
        })
    }

    async fn records(
        &self,
        view: &TopicView,
        at: DateTime<Utc>,
        pulse: Option<&TopicPulse>,
    ) -> Result<Gate, AskError> {
        let hours = pulse.map_or(24, |pulse| pulse.hours);
        let read = self.desk.store.published_in(at - Duration::hours(hours), at).await?;
        let raw = pulse.map_or(0, |pulse| pulse.raw);
        let (stored, _, _) = self.desk.store.topic_totals(&view.slug, at).await?;
        let text = format!(
            "{} of the {} of these {hours} hours (`signal.window`) {} its rules; {stored} are stored of all days.",
            if raw == 0 { "None".to_owned() } else { raw.to_string() },
            counted(read, "record", "records"),
            if raw <= 1 { "matches" } else { "match" },
        );
        let state = if raw == 0 { GateState::Closed } else { GateState::Open };
        let lines = if raw == 0 && read > 0 {
            vec![format!("`newsdesk tune {}` proposes other rules.", view.slug)]
        } else {
            Vec::new()
        };
        Ok(Gate { gate: GateName::Records, state, text, lines, bars: Vec::new() })
    }

    fn counted(pulse: Option<&TopicPulse>) -> Gate {
        let Some(pulse) = pulse else { return not_reached(GateName::Counted) };
        let mut text = format!(
            "They count as {}: {} by {} (effectively {}).",
            number(pulse.effective),
            counted(pulse.distinct as u64, "independent text", "independent texts"),
            counted(pulse.authors as u64, "author", "authors"),
            number(pulse.effective_authors)
        );
        if pulse.arrived_late > 0 {
            let late = pulse.arrived_late;
            text = format!(
                "{text} {late} more arrived later than `ingest.backfill_after` after publication and are history only."
            );
        }
        let state = if pulse.raw > 0 && pulse.effective <= 0.0 { GateState::Closed } else { GateState::Open };
        Gate { gate: GateName::Counted, state, text, lines: pulse.reasons.clone(), bars: Vec::new() }
    }

    fn signal_gate(&self, signals: &[Signal], pulse: Option<&TopicPulse>) -> Gate {
        let settings = &self.config.signal;
        let kept = signals.iter().filter(|signal| signal.kept).count();
        let usual = pulse.map_or_else(String::new, |pulse| {
            format!(
                " It counted as {}, usual is {} ± {}.",
                number(pulse.effective),
                number(pulse.usual),
                number(pulse.spread)
            )
        });
        let (state, text) = if kept > 0 {
            (GateState::Open, format!("{} kept.{usual}", counted(kept as u64, "signal was", "signals were")))
        } else {
            (
                GateState::Narrow,
                format!(
                    "Nothing measured was unusual enough.{usual} That alone keeps no story back{}.",
                    if settings.min_evidence_hearsay > settings.min_evidence {
                        format!(
                            ", but without a signal, a publication or somebody first-hand a story needs {} records on \
                             the same event (`signal.min_evidence_hearsay`) instead of {} (`signal.min_evidence`)",
                            settings.min_evidence_hearsay, settings.min_evidence
                        )
                    } else {
                        String::new()
                    }
                ),
            )
        };
        let bars = pulse.map_or_else(Vec::new, |pulse| {
            let (needed, had) = (settings.min_windows as f64, pulse.windows as f64);
            vec![Bar::of(&Asked::at_least(
                "earlier windows to compare with",
                "signal.min_windows",
                needed,
                had,
            ))]
        });
        Gate { gate: GateName::Signals, state, text, lines: Vec::new(), bars }
    }

    async fn lead_gate(
        &self,
        view: &TopicView,
        at: DateTime<Utc>,
        leads: &[LeadLine],
    ) -> Result<Gate, AskError> {
        let settings = &self.config.signal;
        if let Some(best) = leads.first() {
            let text = format!(
                "{} of the topic {} among the best {} of all topics (`signal.max_leads`); the best is number {}.",
                counted(leads.len() as u64, "lead", "leads"),
                if leads.len() == 1 { "was" } else { "were" },
                settings.max_leads,
                best.rank
            );
            return Ok(Gate {
                gate: GateName::Leads,
                state: GateState::Open,
                text,
                lines: Vec::new(),
                bars: Vec::new(),
            });
        }
        let scores = Past::at(self.desk.store, self.config, at).await?.scores();
        let ours: Vec<_> = scores.iter().filter(|placed| placed.topics.contains(&view.slug)).collect();
        let text = match ours.first() {
            None => "No record of it could lead: all that came were late, set aside or gone.".to_owned(),
            Some(best) => format!(
                "None of its records ranked as a lead. The best score was number {} of {}; leads are looked for among the \
                 best {} (`signal.candidate_pool`), and {} are kept over all topics (`signal.max_leads`), each a record \
                 with company or with a score that stands alone, of an event that no better lead tells.",
                best.rank,
                scores.len(),
                settings.candidate_pool,
                settings.max_leads
            ),
        };
        let mut lines = Vec::new();
        for placed in ours.iter().take(BEST) {
            let stored = self.desk.store.stored_by_id(std::slice::from_ref(&placed.id)).await?;
            let Some(stored) = stored.first() else { continue };
            let (plus, minus) = weightiest(&placed.terms);
            let terms: Vec<String> =
                plus.iter().chain(&minus).map(|t| format!("{} {:+.1}", t.words, t.points)).collect();
            lines.push(format!(
                "number {}, score {}: {} ({}) {}",
                placed.rank,
                number(placed.p),
                first_words(&stored.text.text),
                terms.join(", "),
                stored.record.permalink
            ));
        }
        Ok(Gate { gate: GateName::Leads, state: GateState::Closed, text, lines, bars: Vec::new() })
    }

    fn story_gate(&self, leads: &[LeadLine]) -> Gate {
        let told = leads.iter().any(|lead| lead.story.is_some());
        let best = leads.first();
        let text = match best {
            _ if told => "A lead passed all bars.".to_owned(),
            None => "No lead came so far.".to_owned(),
            Some(best) => {
                let why = best.decision.clone().unwrap_or_else(|| "Nothing was decided about it.".to_owned());
                let behind = bars::behind(&best.bars, self.config);
                let behind = if behind.is_empty() { String::new() } else { format!(" ({behind})") };
                format!("No lead passed. Of the best: {}{behind}", lower_first(&why))
            }
        };
        Gate {
            gate: GateName::Story,
            state: if told { GateState::Open } else { GateState::Closed },
            text,
            lines: Vec::new(),
            bars: best.filter(|_| !told).map(|best| best.bars.clone()).unwrap_or_default(),
        }
    }
}

fn not_reached(gate: GateName) -> Gate {
    Gate { gate, state: GateState::NotReached, text: String::new(), lines: Vec::new(), bars: Vec::new() }
}
