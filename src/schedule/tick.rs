//! One tick: look, decide, write, store.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use tracing::{Instrument as _, info, info_span};

use super::amend::is_retracted;
use super::compose::{Composed, Plan};
use super::newsroom::Newsroom;
use super::opening::short;
use super::storylines::{Likeness, Running, belongs_to, two_in_one};
use crate::model::{
    Asked, Decision, DecisionKind, Lead, Outcome, ReasonCode, RecordId, Signal, StoryCode, StorylineId,
    TopicSlug,
};
use crate::signal::detect::FALSE_DISCOVERY_RATE;
use crate::signal::joined::{Joined, join};
use crate::signal::pulse::TopicPulse;
use crate::signal::{COMPANY, Company};
use crate::store::{LeadRow, StoreError};

/// What a tick did.
#[derive(Debug, Default)]
pub struct TickReport {
    /// Ranked leads with the story each became, best first.
    pub leads: Vec<LeadRow>,
    /// Stories written: code and version.
    pub stories: Vec<(StoryCode, u32)>,
    /// Decisions, in the order they were made.
    pub decisions: Vec<Decision>,
}

impl Newsroom {
    /// Runs a tick at `at`: everything that was seen by then is looked at once. Running it again changes nothing.
    pub async fn tick(&mut self, at: DateTime<Utc>) -> Result<TickReport, StoreError> {
        let span = info_span!("tick", at = %at.format("%Y-%m-%dT%H:%MZ"));
        async {
            let look = self.look(at).await?;
            self.out.save_signals(&look.signals).await?;
            let mut report = TickReport::default();
            let pulses: Vec<(&TopicSlug, String)> = look
                .pulses
                .iter()
                .map(|pulse| Ok((&pulse.topic, serde_json::to_string(pulse)?)))
                .collect::<Result<_, StoreError>>()?;
            self.out.save_pulses(at, &pulses).await?;
            let rows = self.decide(at, look.leads, &look.signals, &mut report).await?;
            self.out.save_leads(&rows).await?;
            report.leads = rows;
            for pulse in &look.pulses {
                let mut decision = topic_decision(at, pulse, &report);
                if let Some(why) = &self.without_embeddings {
                    decision.reasons.push(ReasonCode::WithoutEmbeddings);
                    decision.detail.push_str(" The latest records were put together by their words alone: ");
                    decision.detail.push_str(why);
                    decision.detail.push('.');
                }
                report.decisions.push(decision);
            }
            let leads: Vec<Lead> = report.leads.iter().map(|row| row.lead.clone()).collect();
            let joined = join(&look.signals, &leads, |id| self.texts.get(id).map(|s| s.cluster.clone()));
            report.decisions.extend(look.signals.iter().map(|signal| of_signal(at, signal, &joined)));
            report.decisions.extend(self.close(at).await?);
            self.out.save_decisions(&report.decisions).await?;
            info!(leads = report.leads.len(), stories = report.stories.len(), "tick done");
            Ok(report)
        }
        .instrument(span)
        .await
    }

    async fn decide(
        &mut self,
        at: DateTime<Utc>,
        leads: Vec<Lead>,
        signals: &[Signal],
        report: &mut TickReport,
    ) -> Result<Vec<LeadRow>, StoreError> {
        let running = self.running(at).await?;
        let mut opened = self.out.storylines_begun(at - TimeDelta::hours(24), at).await?;
        let mut told: BTreeSet<StorylineId> = BTreeSet::new();
        let mut told_records: BTreeSet<RecordId> = BTreeSet::new();
        let mut new_stories = 0;
        let mut rows = Vec::with_capacity(leads.len());
        let mut pool = self.watch.between(at - COMPANY, at);
        pool.retain(|o| !o.circular);
        let mut company = Company::new(&pool, self.watch.history(), at, self.settings.watch.ties);
        let mut plans = Vec::new();
        for mut lead in leads {
            let strength = Asked::at_least(
                "as strength",
                "signal.story_strength",
                self.settings.story_strength,
                lead.strength,
            );
            let passed = strength.passed;
            lead.asked = vec![strength];
            if !passed {
                let detail = format!(
                    "Strength {}; a story needs {:.2}.",
                    short(lead.strength, self.settings.story_strength),
                    self.settings.story_strength
                );
                report.decisions.push(about(at, &lead, Outcome::Nothing, ReasonCode::WeakLead, detail));
                rows.push((lead, None));
                continue;
            }
            let members = company.of(&lead);
            let recognised = company.recognised(&lead);
            let clusters =
                lead.evidence.iter().filter_map(|id| self.texts.get(id)).map(|s| s.cluster.clone()).collect();
            let telling = company.telling(&lead);
            let likeness =
                Likeness { lead: &lead, recognised: &recognised, clusters: &clusters, telling: &telling };
            let found = belongs_to(&likeness, &running, &self.settings.storylines);
            let pair = two_in_one(&found, &self.settings.storylines);
            plans.push((rows.len(), found.first().map(|b| b.running), pair, members));
            rows.push((lead, None));
        }
        drop(pool);
        let mut joined: BTreeMap<StorylineId, &Running> = BTreeMap::new();
        for (place, mut before, pair, members) in plans {
            let Some((lead, story)) = rows.get_mut(place) else { continue };
            if let Some((one, two)) = pair
                && [one, two].iter().all(|r| !joined.contains_key(&r.row.story.storyline))
                && self.both_stand(one, two).await?
            {
                let lasting = self.join(at, (one, two), &mut report.decisions).await?;
                joined.extend([one, two].map(|r| (r.row.story.storyline.clone(), lasting)));
            }
            if let Some(lasting) = before.and_then(|b| joined.get(&b.row.story.storyline)) {
                before = Some(lasting);
            }
            let storyline = match before {
                Some(running) => running.row.story.storyline.clone(),
                None => StorylineId::derive(&lead.topic, &lead.central),
            };
            let mostly_told =
                |ids: &[RecordId]| ids.iter().filter(|id| told_records.contains(*id)).count() * 2 > ids.len();
            let repeated = mostly_told(&lead.evidence) || mostly_told(&members);
            if told.contains(&storyline) || repeated {
                let detail = "A stronger lead of this tick tells it already.".to_owned();
                report.decisions.push(about(at, lead, Outcome::Nothing, ReasonCode::AlreadyTold, detail));
                continue;
            }
            let mut asked = std::mem::take(&mut lead.asked);
            if before.is_none() {
                let opened = (new_stories, opened.get(&lead.topic).copied().unwrap_or_default());
                if let Some((reason, detail)) = self.keeps_back(at, lead, &members, opened, &mut asked) {
                    lead.asked = asked;
                    report.decisions.push(about(at, lead, Outcome::Nothing, reason, detail));
                    continue;
                }
            }
            let (own, apart);
            let mut counted: &[RecordId] = &members;
            let mut plan = Plan {
                at,
                lead,
                storyline: &storyline,
                before,
                other: None,
                told: &told_records,
                running: &running,
                members: &members,
                signals,
            };
            let span = info_span!("write", topic.slug = %plan.lead.topic, lead.rank = plan.lead.rank);
            let mut composed = self.compose(&plan, &mut asked).instrument(span.clone()).await?;
            // What has only a name in common with a running story is a story of its own, or none.
            if let Composed::Other { detail } = &composed
                && let Some(namesake) = before.take()
            {
                own = StorylineId::derive(&lead.topic, &lead.central);
                let strangers = members.iter().filter(|id| !namesake.company.contains(*id));
                apart = strangers.cloned().collect::<Vec<RecordId>>();
                counted = &apart;
                plan = Plan { storyline: &own, before, other: Some(namesake), members: counted, ..plan };
                let opened = (new_stories, opened.get(&lead.topic).copied().unwrap_or_default());
                let kept = self.keeps_back(at, lead, counted, opened, &mut asked);
                composed = if told.contains(plan.storyline) || kept.is_some() {
                    Composed::Not { reason: ReasonCode::NothingNew, detail: detail.clone() }
                } else {
                    self.compose(&plan, &mut asked).instrument(span.clone()).await?
                };
            }
            // What opens as a running story did is that story's.
            if let Composed::Same { code } = &composed
                && let Some(same) = running.iter().find(|r| r.row.story.code == *code)
                && !told.contains(&same.row.story.storyline)
            {
                before = Some(same);
                plan = Plan { storyline: &same.row.story.storyline, before, other: None, ..plan };
                composed = self.compose(&plan, &mut asked).instrument(span).await?;
            }
            let storyline = plan.storyline.clone();
            lead.asked = asked;
            match composed {
                Composed::Written { story: written, outcome, detail } => {
                    let code = written.code.clone();
                    *story = Some((code.clone(), written.version));
                    report.stories.push((code.clone(), written.version));
                    let reason = match outcome {
                        Outcome::Update => ReasonCode::FactsChanged,
                        Outcome::New
                        | Outcome::Nothing
                        | Outcome::Kept
                        | Outcome::Dropped
                        | Outcome::Held
                        | Outcome::Done => ReasonCode::PassedBars,
                    };
                    if before.is_none() {
                        new_stories += 1;
                        *opened.entry(lead.topic.clone()).or_default() += 1;
                    }
                    told.insert(storyline);
                    told_records.extend(counted.iter().cloned());
                    report.decisions.push(Decision {
                        at,
                        kind: DecisionKind::Story,
                        topic: written.topic.clone(),
                        subject: code.as_str().to_owned(),
                        outcome,
                        reasons: vec![reason],
                        detail: detail.clone(),
                    });
                    report.decisions.push(about(at, lead, outcome, reason, detail));
                }
                Composed::Not { reason, detail } => {
                    if before.is_some() {
                        told.insert(storyline);
                    }
                    report.decisions.push(about(at, lead, Outcome::Nothing, reason, detail));
                }
                Composed::Same { code } => {
                    let detail = format!("It is told under {code} already.");
                    report.decisions.push(about(at, lead, Outcome::Nothing, ReasonCode::AlreadyTold, detail));
                }
                Composed::Other { detail } => {
                    report.decisions.push(about(at, lead, Outcome::Nothing, ReasonCode::NothingNew, detail));
                }
            }
        }
        Ok(rows.into_iter().map(|(lead, story)| LeadRow { at, lead, story }).collect())
    }
}

impl Newsroom {
    /// Neither of two stories was taken back.
    async fn both_stand(&self, one: &Running, two: &Running) -> Result<bool, StoreError> {
        Ok(!is_retracted(&self.out, &one.row.story.code).await?
            && !is_retracted(&self.out, &two.row.story.code).await?)
    }
}

fn about(at: DateTime<Utc>, lead: &Lead, outcome: Outcome, reason: ReasonCode, detail: String) -> Decision {
    Decision {
        at,
        kind: DecisionKind::Lead,
        topic: lead.topic.clone(),
        subject: lead.central.as_str().to_owned(),
        outcome,
        reasons: vec![reason],
        detail,
    }
}

/// What became of a signal: dropped, or kept and with which others behind which lead.
fn of_signal(at: DateTime<Utc>, signal: &Signal, joined: &[Joined]) -> Decision {
    let group = joined.iter().find(|group| group.signals.contains(&signal.id));
    let (outcome, mut reasons) = if signal.kept {
        (Outcome::Kept, vec![ReasonCode::PassedBars])
    } else {
        let lost = signal.asked.last().and_then(|bar| bar.setting.as_deref()) == Some(FALSE_DISCOVERY_RATE);
        let reason = if lost { ReasonCode::FalseDiscovery } else { ReasonCode::WithinUsual };
        (Outcome::Dropped, vec![reason])
    };
    let mut detail = signal.explanation.clone();
    if let Some(group) = group {
        let others = match group.signals.len() {
            1 => String::new(),
            2 => "Together with another signal on the same records, it".to_owned(),
            n => format!("Together with {} other signals on the same records, it", n - 1),
        };
        let subject = if others.is_empty() { "It" } else { &others };
        detail = if let Some(rank) = group.leads.first() {
            format!("{detail} {subject} stands behind lead {rank}.")
        } else {
            reasons.push(ReasonCode::NoLead);
            format!("{detail} {subject} stands behind no lead: none of its records ranks as one.")
        };
    }
    Decision {
        at,
        kind: DecisionKind::Signal,
        topic: signal.topic.clone(),
        subject: signal.id.as_str().to_owned(),
        outcome,
        reasons,
        detail,
    }
}

/// What is said of a topic as a whole: its pulse in words, and what came of it.
fn topic_decision(at: DateTime<Utc>, pulse: &TopicPulse, report: &TickReport) -> Decision {
    // What became one, and what ended, was not written.
    let told = |d: &&Decision| matches!(d.outcome, Outcome::New | Outcome::Update);
    let of_topic = |kind| report.decisions.iter().filter(move |d| d.kind == kind && d.topic == pulse.topic);
    let written: Vec<&Decision> = of_topic(DecisionKind::Story).filter(told).collect();
    // Those that are refused at once are decided first, whatever their rank.
    let rank = |d: &&Decision| report.leads.iter().position(|row| row.lead.central.as_str() == d.subject);
    let best = of_topic(DecisionKind::Lead).min_by_key(|d| rank(d).unwrap_or(usize::MAX));
    let (outcome, mut reasons, verdict) = match (written.first(), best) {
        (Some(story), _) => {
            let codes: Vec<&str> = written.iter().map(|d| d.subject.as_str()).collect();
            (story.outcome, story.reasons.clone(), format!("Written: {}.", codes.join(", ")))
        }
        (None, Some(lead)) => (
            Outcome::Nothing,
            lead.reasons.clone(),
            format!("No story. Of its best lead: {}", lower_first(&lead.detail)),
        ),
        (None, None) if pulse.raw == 0 => {
            (Outcome::Nothing, vec![ReasonCode::NoRecords], "No story.".to_owned())
        }
        (None, None) => (
            Outcome::Nothing,
            vec![ReasonCode::WithinUsual],
            "No story: none of it stands out as a lead.".to_owned(),
        ),
    };
    for (kind, reason) in [
        (pulse.copies > 0, ReasonCode::CopyPaste),
        (pulse.backfilled + pulse.arrived_late > 0, ReasonCode::Backfill),
        (pulse.quarantined > 0, ReasonCode::Quarantined),
        (pulse.circular > 0, ReasonCode::Circular),
        (pulse.recurring > 0, ReasonCode::Recurring),
        (pulse.thin, ReasonCode::ThinBaseline),
    ] {
        if kind && outcome == Outcome::Nothing && !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    Decision {
        at,
        kind: DecisionKind::Topic,
        topic: pulse.topic.clone(),
        subject: pulse.topic.as_str().to_owned(),
        outcome,
        reasons,
        detail: format!("{} {verdict}", pulse.explain()),
    }
}

/// The text in the middle of a sentence.
pub(crate) fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Baseline, Severity, SignalId, SignalKind};
    use crate::signal::detect::control_false_discoveries;

    #[test]
    fn what_falls_to_the_other_tests_of_the_tick_is_no_usual_day() {
        let signal = |p_value: f64, kept: bool| Signal {
            id: SignalId::derive("velocity", &"ferries".parse().unwrap(), 0),
            kind: SignalKind::Velocity,
            topic: "ferries".parse().unwrap(),
            at: DateTime::UNIX_EPOCH,
            from: DateTime::UNIX_EPOCH,
            observed: 9.0,
            effective: 9.0,
            baseline: Baseline { center: 1.0, spread: 1.0, windows: 9 },
            effect: 8.0,
            p_value,
            severity: Severity::Low,
            kept,
            asked: vec![Asked::at_most("as p-value", "signal.max_p", 0.001, p_value)],
            discounts: Vec::new(),
            evidence: Vec::new(),
            explanation: "Nine posts.".to_owned(),
        };
        let mut signals = [signal(0.000_1, true), signal(0.000_9, true), signal(0.5, false)];
        control_false_discoveries(&mut signals, 0.001);
        let reasons: Vec<_> =
            signals.iter().map(|s| of_signal(DateTime::UNIX_EPOCH, s, &[]).reasons).collect();
        let [passed, lost, usual] =
            [ReasonCode::PassedBars, ReasonCode::FalseDiscovery, ReasonCode::WithinUsual];
        assert_eq!(reasons, [vec![passed], vec![lost], vec![usual]]);
    }
}
