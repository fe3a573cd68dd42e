//! What came of it, as Markdown and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::run::{Alarm, Outcome, Planted};

const SIZES: [(&str, f64, f64); 5] = [
    ("2 ×", 1.5, 2.5),
    ("3 ×", 2.5, 3.5),
    ("4 ×", 3.5, 5.0),
    ("6 ×", 5.0, 8.0),
    ("10 × and more", 8.0, f64::INFINITY),
];
const AUTHORS: [(&str, usize, usize); 5] =
    [("3–4", 3, 4), ("5–7", 5, 7), ("8–11", 8, 11), ("12–19", 12, 19), ("20 and more", 20, usize::MAX)];
const TWO_HOURS: f64 = 120.0;

fn in_two_hours(event: &Planted) -> bool {
    event.found.is_some_and(|(after, _)| after <= TWO_HOURS)
}

fn share(events: &[&Planted]) -> String {
    if events.is_empty() {
        return "–".to_owned();
    }
    let found = events.iter().filter(|e| in_two_hours(e)).count();
    format!("{:.0} % of {}", 100.0 * found as f64 / events.len() as f64, events.len())
}

fn rate(events: &[&Planted]) -> f64 {
    events.iter().filter(|e| in_two_hours(e)).count() as f64 / events.len().max(1) as f64
}

fn quantile(events: &[&Planted], q: f64) -> Option<f64> {
    let mut delays: Vec<f64> = events.iter().filter_map(|e| e.found.map(|f| f.0)).collect();
    delays.sort_by(f64::total_cmp);
    delays.get(((delays.len() as f64 - 1.0) * q).round().max(0.0) as usize).copied()
}

/// The events that the goal is about: four times the usual or more, by eight authors or more.
fn goal(all: &Outcome) -> Vec<&Planted> {
    all.events.iter().filter(|e| e.times >= 3.5 && e.authors >= 8).collect()
}

/// Of them those that are not much larger.
fn goal_at_four(all: &Outcome) -> Vec<&Planted> {
    goal(all).into_iter().filter(|e| e.times < 5.0).collect()
}

/// False alarms, each once however often it came back within a day.
fn alarms(all: &Outcome) -> impl Iterator<Item = &Alarm> {
    all.alarms.iter().filter(|alarm| !alarm.again)
}

fn months(all: &Outcome) -> f64 {
    (all.topic_days / 30.0).max(1e-9)
}

/// The tables.
pub(crate) fn markdown(all: &Outcome) -> String {
    let mut text = String::new();
    match table(all, &mut text) {
        Ok(()) => text,
        Err(error) => error.to_string(),
    }
}

fn table(all: &Outcome, text: &mut String) -> std::fmt::Result {
    let (goal, four) = (goal(all), goal_at_four(all));
    let months = months(all);
    writeln!(text, "Events of 4 × and more by 8 authors and more, found within 2 hours: {}", share(&goal))?;
    writeln!(text, "The same, of 3.5 × to 5 × only: {}", share(&four))?;
    writeln!(
        text,
        "False alarms per topic-month: {:.3} ({} in {months:.0} topic-months); each time that one came back counted, too: {:.3}\n",
        alarms(all).count() as f64 / months,
        alarms(all).count(),
        all.alarms.len() as f64 / months,
    )?;
    writeln!(
        text,
        "| size | {} | median delay | 90 % |",
        AUTHORS.map(|a| format!("{} authors", a.0)).join(" | ")
    )?;
    writeln!(text, "|---|{}---|---|", "---|".repeat(AUTHORS.len()))?;
    for (name, least, most) in SIZES {
        let of_size: Vec<&Planted> =
            all.events.iter().filter(|e| least <= e.times && e.times < most).collect();
        write!(text, "| {name} |")?;
        for (_, few, many) in AUTHORS {
            let cell: Vec<&Planted> =
                of_size.iter().copied().filter(|e| few <= e.authors && e.authors <= many).collect();
            write!(text, " {} |", share(&cell))?;
        }
        let delay = |q: f64| {
            let many: Vec<&Planted> = of_size.iter().copied().filter(|e| e.authors >= 8).collect();
            quantile(&many, q).map_or_else(|| "–".to_owned(), |m| format!("{m:.0} min"))
        };
        writeln!(text, " {} | {} |", delay(0.5), delay(0.9))?;
    }
    writeln!(
        text,
        "\n| 4 × and more by 8 and more; in a cluster of their own | within 2 hours | the best test of counts alone |\n|---|---|---|"
    )?;
    for (name, least, most) in [("none", 0.0, 0.25), ("half to four fifths", 0.25, 0.81), ("more", 0.81, 2.0)]
    {
        let of: Vec<&Planted> =
            goal.iter().copied().filter(|e| least <= e.together && e.together < most).collect();
        let best = of.iter().map(|e| e.oracle).sum::<f64>() / of.len().max(1) as f64;
        writeln!(text, "| {name} | {} | {:.0} % |", share(&of), 100.0 * best)?;
    }
    writeln!(text, "\n| false alarms per topic-month | by kind |\n|---|---|")?;
    let mut by_kind: BTreeMap<String, usize> = BTreeMap::new();
    let mut by_nuisance: BTreeMap<&str, usize> = BTreeMap::new();
    for alarm in alarms(all) {
        *by_kind.entry(alarm.kind.to_string()).or_default() += 1;
        *by_nuisance.entry(alarm.by.map_or("usual noise", crate::world::Nuisance::name)).or_default() += 1;
    }
    for (kind, n) in by_kind {
        writeln!(text, "| {:.3} | {kind} |", n as f64 / months)?;
    }
    writeln!(text, "\n| false alarms per topic-month | in the 24 hours after |\n|---|---|")?;
    for (name, n) in by_nuisance {
        writeln!(text, "| {:.3} | {name} |", n as f64 / months)?;
    }
    writeln!(text, "\n| noise | 3.5 × to 5 × by 8 and more, within 2 hours |\n|---|---|")?;
    let mut by_noise: BTreeMap<&str, Vec<&Planted>> = BTreeMap::new();
    for event in four {
        by_noise.entry(event.noise).or_default().push(event);
    }
    for (noise, events) in by_noise {
        writeln!(text, "| {noise} | {} |", share(&events))?;
    }
    Ok(())
}

/// Every miss and every false alarm, for people who look for reasons.
pub(crate) fn details(all: &Outcome) -> String {
    let mut lines: Vec<String> = all
        .alarms
        .iter()
        .map(|a| format!("alarm{} [{:?}] {}", if a.again { " again" } else { "" }, a.by, a.what))
        .collect();
    lines.extend(goal(all).into_iter().filter(|e| !in_two_hours(e)).map(|e| {
        format!(
            "missed {:.1} × of {:.1} by {} ({}, together {}, oracle {:.2}), found {:?}, best {}",
            e.times, e.usual, e.authors, e.noise, e.together, e.oracle, e.found, e.best
        )
    }));
    lines.join("\n")
}

/// The figures.
pub(crate) fn json(all: &Outcome) -> Value {
    let goal = goal(all);
    json!({
        "topic_months": months(all),
        "surveys": all.surveys,
        "events": all.events.len(),
        "goal_events": goal.len(),
        "goal_found_in_two_hours": rate(&goal),
        "at_four_events": goal_at_four(all).len(),
        "at_four_found_in_two_hours": rate(&goal_at_four(all)),
        "false_alarms": alarms(all).count(),
        "false_alarms_per_topic_month": alarms(all).count() as f64 / months(all),
        "with_those_that_came_back": all.alarms.len() as f64 / months(all),
    })
}
