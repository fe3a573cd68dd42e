//! Gathers what a backtest leaves behind into the figures of a report.

use chrono::{DateTime, Duration, Utc};

use super::CliError;
use super::args::BacktestArgs;
use super::setup::Session;
use crate::answer::first_words;
use crate::config::{Config, Topic, format_duration};
use crate::model::{DecisionKind, Signal, SignalKind, TopicSlug};
use crate::report::{Best, Flag, Mark, Point, Report, Taken, Track};
use crate::schedule::TickReport;
use crate::signal::pulse::TopicPulse;
use crate::store::Store;

/// A report that grows tick by tick.
pub(super) struct Drawn {
    pub(super) report: Report,
    slugs: Vec<TopicSlug>,
}

impl Drawn {
    /// A report of the topics without a tick.
    pub(super) fn new(session: &Session, args: &BacktestArgs, topics: &[Topic]) -> Self {
        let every = args.every.to_std().unwrap_or_default();
        let track = |topic: &Topic| Track {
            slug: topic.slug.to_string(),
            name: topic.name.clone(),
            points: Vec::new(),
        };
        Self {
            slugs: topics.iter().map(|topic| topic.slug.clone()).collect(),
            report: Report {
                from: args.from,
                to: args.to,
                every: format_duration(every),
                newsdesk: env!("CARGO_PKG_VERSION").to_owned(),
                topics: topics.iter().map(track).collect(),
                settings: session.config.bars(),
            },
        }
    }

    /// Adds what the tick at `at` measured, decided and wrote; `out` is where it was stored.
    pub(super) async fn absorb(
        &mut self,
        session: &Session,
        out: &Store,
        at: DateTime<Utc>,
        tick: &TickReport,
    ) -> Result<(), CliError> {
        let mut stories: Vec<(TopicSlug, Flag)> = Vec::new();
        for (code, version) in &tick.stories {
            let told = out.story_by_code(code).await?.into_iter().find(|row| row.story.version == *version);
            if let Some(row) = told {
                let headline = row.story.body.headline.text;
                stories.push((row.story.topic, Flag { code: code.to_string(), version: *version, headline }));
            }
        }
        for (slug, track) in self.slugs.iter().zip(&mut self.report.topics) {
            let Some((_, pulse)) = out.last_pulse(slug, at).await?.filter(|(then, _)| *then == at) else {
                continue;
            };
            let Ok(pulse) = serde_json::from_str::<TopicPulse>(&pulse) else { continue };
            let signals = out.signals(slug, at - Duration::milliseconds(1), at).await?;
            let lead = best(session, tick, slug).await?;
            track.points.push(Point {
                at,
                hours: pulse.hours,
                raw: pulse.raw as f64,
                effective: pulse.effective,
                usual: pulse.usual,
                spread: pulse.spread,
                bar: (!pulse.thin).then(|| bar(&pulse, &session.config)),
                words: pulse.explain(),
                discounts: taken(&signals),
                signals: signals.iter().map(mark).collect(),
                stories: stories.iter().filter(|(of, _)| of == slug).map(|(_, flag)| flag.clone()).collect(),
                lead,
            });
        }
        Ok(())
    }
}

/// What a window must count as to pass every bar on its size. (It must be more than `high`, and as much as the others.)
fn bar(pulse: &TopicPulse, config: &Config) -> f64 {
    let signal = &config.signal;
    (pulse.usual + signal.min_effect * pulse.spread)
        .max(signal.min_ratio * pulse.usual)
        .max(f64::from(signal.min_records))
        .max(pulse.high)
}

fn mark(signal: &Signal) -> Mark {
    Mark {
        kind: signal.kind,
        kept: signal.kept,
        severity: signal.severity,
        p_value: signal.p_value,
        effect: signal.effect,
        words: signal.explanation.clone(),
    }
}

/// The discounts of the whole window, as its volume was judged; where that was not, those of whatever was.
fn taken(signals: &[Signal]) -> Vec<Taken> {
    let of = signals.iter().find(|s| s.kind == SignalKind::VolumeAnomaly).or_else(|| signals.first());
    of.into_iter()
        .flat_map(|signal| &signal.discounts)
        .map(|d| Taken { kind: d.kind, amount: (d.before - d.after).max(0.0), why: d.why.clone() })
        .collect()
}

async fn best(session: &Session, tick: &TickReport, slug: &TopicSlug) -> Result<Option<Best>, CliError> {
    let Some(row) = tick.leads.iter().find(|row| row.lead.topic == *slug) else { return Ok(None) };
    let central = session.store.stored_by_id(std::slice::from_ref(&row.lead.central)).await?;
    let title = central.first().map_or_else(String::new, |stored| first_words(&stored.text.text));
    let decision = tick
        .decisions
        .iter()
        .find(|d| d.kind == DecisionKind::Lead && d.subject == row.lead.central.as_str())
        .map_or_else(String::new, |d| d.detail.clone());
    Ok(Some(Best { rank: row.lead.rank, title, decision }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_the_highest_of_all_that_are_asked() {
        let config = Config::built_in(std::path::Path::new("."));
        let pulse = |usual: f64, spread: f64, high: Option<f64>| -> TopicPulse {
            let mut pulse = serde_json::json!({
                "topic": "ferries", "hours": 24, "raw": 9, "quarantined": 0, "papers": 0, "backfilled": 0,
                "arrived_late": 0, "recurring": 0, "copies": 0, "distinct": 9, "authors": 9,
                "effective_authors": 9.0, "effective": 9.0, "usual": usual, "spread": spread, "windows": 28,
                "gaps": 0, "thin": false, "reasons": [],
            });
            if let Some(high) = high {
                pulse["high"] = high.into();
            }
            serde_json::from_value(pulse).unwrap()
        };
        assert_eq!(bar(&pulse(6.0, 1.0, Some(14.0)), &config), 14.0);
        assert_eq!(bar(&pulse(6.0, 2.0, Some(7.0)), &config), 11.0);
        assert_eq!(bar(&pulse(6.0, 0.5, Some(7.0)), &config), 9.0);
        // What an older version stored has no `high`.
        assert_eq!(bar(&pulse(1.0, 0.5, None), &config), 5.0);
    }
}
