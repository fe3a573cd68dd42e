//! Why, and why not: in words first and numbers after.

use super::{BOLD, DIM, HEAD, counted, item, plain, styled, styled_wrap, when, wrap};
use crate::answer::words::{self, number, p_value};
use crate::answer::{
    Bar, Gate, GateName, GateState, LeadLine, RecordWhy, Setting, SignalCheck, Term, TopicWhy, WhyAnswer,
    WhyNot,
};
use crate::model::{Decision, Signal};

/// Leads shown where each comes with all its bars; JSON has all.
const LEADS: usize = 3;

/// Why.
pub(crate) fn why(answer: &WhyAnswer) -> String {
    match answer {
        WhyAnswer::Topic(topic) => why_topic(topic),
        WhyAnswer::Story { code, headline, decisions } => {
            let mut out = String::new();
            styled_wrap(&mut out, BOLD, &format!("{code} · {}", plain(headline)));
            decided(&mut out, decisions);
            out
        }
        WhyAnswer::Record(record) => why_record(record),
    }
}

fn why_record(record: &RecordWhy) -> String {
    let mut out = String::new();
    styled_wrap(&mut out, BOLD, &plain(&record.url));
    for fact in &record.facts {
        wrap(&mut out, &plain(fact), "");
    }
    if let Some(tick) = record.tick.as_ref().filter(|tick| !tick.terms.is_empty()) {
        out.push('\n');
        styled_wrap(&mut out, HEAD, "Its score, term by term");
        let terms: Vec<String> = tick
            .terms
            .iter()
            .map(|term| format!("{} {:+.2} (`{}`)", words::term(term), term.points, term.code))
            .collect();
        wrap(&mut out, &plain(&terms.join(", ")), "  ");
    }
    if !record.decisions.is_empty() {
        out.push('\n');
        styled_wrap(&mut out, HEAD, "Decided");
        decided(&mut out, &record.decisions);
    }
    out
}

fn why_topic(topic: &TopicWhy) -> String {
    let mut out = String::new();
    let at = topic.at.map_or_else(String::new, |at| format!(" · as of {}", when(at)));
    styled_wrap(&mut out, BOLD, &format!("{}{at}", topic.name));
    wrap(&mut out, &plain(&topic.summary), "");
    if !topic.signals.is_empty() {
        out.push('\n');
        styled_wrap(&mut out, HEAD, "What was measured");
        topic.signals.iter().for_each(|signal| measured(&mut out, signal));
    }
    if !topic.leads.is_empty() {
        out.push('\n');
        styled_wrap(&mut out, HEAD, "Leads");
        topic.leads.iter().for_each(|lead| lead_block(&mut out, lead, false));
    }
    if topic.at.is_some() {
        wrap(
            &mut out,
            &format!("\nnewsdesk why --not {0} · newsdesk why ADDRESS of a record", topic.topic),
            "",
        );
    }
    settings(&mut out, &topic.settings);
    out
}

fn measured(out: &mut String, signal: &Signal) {
    let kept = if signal.kept { "kept" } else { "not kept" };
    wrap(
        out,
        &format!(
            "{} (`{}`), {kept}: {}",
            words::signal_kind(signal.kind),
            signal.kind,
            plain(&signal.explanation)
        ),
        "  ",
    );
    let mut numbers =
        format!("usual {} ± {}", number(signal.baseline.center), number(signal.baseline.spread));
    if (signal.observed - signal.effective).abs() > f64::EPSILON {
        numbers = format!("{} counted as {}, {numbers}", number(signal.observed), number(signal.effective));
    } else {
        numbers = format!("{}, {numbers}", number(signal.effective));
    }
    wrap(
        out,
        &format!(
            "{numbers}, {} earlier windows; {} deviations away; p = {}; {} severity",
            signal.baseline.windows,
            number(signal.effect),
            p_value(signal.p_value),
            signal.severity
        ),
        "    ",
    );
    for discount in &signal.discounts {
        wrap(
            out,
            &format!("{} (`{}`): {}", words::discount(discount.kind), discount.kind, plain(&discount.why)),
            "    ",
        );
    }
}

fn lead_block(out: &mut String, lead: &LeadLine, with_bars: bool) {
    let story = lead.story.as_ref().map_or_else(String::new, |code| format!(" → {code}"));
    wrap(
        out,
        &format!(
            "{}. {}{story} (strength {:.2}, {}, {})",
            lead.rank,
            plain(&lead.title),
            lead.strength,
            counted(lead.authors as u64, "author", "authors"),
            lead.severity
        ),
        "  ",
    );
    let terms: Vec<String> = lead.plus.iter().chain(&lead.minus).map(term).collect();
    if !terms.is_empty() {
        wrap(out, &terms.join(", "), "     ");
    }
    if let Some(decision) = &lead.decision {
        wrap(out, &plain(decision), "     ");
    }
    if with_bars && lead.story.is_none() {
        bars(out, &lead.bars, "     ");
    }
    wrap(out, &plain(&lead.url), "     ");
}

fn term(term: &Term) -> String {
    format!("{} {:+.1}", plain(&term.words), term.points)
}

/// Those that were not reached first: they are what is asked for.
fn bars(out: &mut String, bars: &[Bar], indent: &str) {
    for bar in bars {
        let mark = if bar.passed { "✓" } else { "✗" };
        item(out, &plain(&bar.text), indent, mark);
    }
}

fn settings(out: &mut String, settings: &[Setting]) {
    if settings.is_empty() {
        return;
    }
    let all: Vec<String> = settings.iter().map(|s| format!("{} {}", s.key, s.value)).collect();
    out.push('\n');
    styled_wrap(out, HEAD, "Settings that decide");
    wrap(out, &all.join(" · "), "  ");
}

fn decided(out: &mut String, decisions: &[Decision]) {
    for decision in decisions {
        wrap(out, &format!("{}: {}: {}", when(decision.at), decision.outcome, plain(&decision.detail)), "  ");
    }
}

/// Why not: every gate in order.
pub(crate) fn why_not(answer: &WhyNot) -> String {
    let mut out = String::new();
    let at = answer.at.map_or_else(String::new, |at| format!(" · as of {}", when(at)));
    styled_wrap(&mut out, BOLD, &format!("{}{at}", answer.name));
    wrap(&mut out, &plain(&answer.summary), "");
    out.push('\n');
    for (gate, n) in answer.gates.iter().zip(1..) {
        gate_block(&mut out, gate, n);
        match gate.gate {
            GateName::Signals if gate.state != GateState::NotReached => checks(&mut out, answer),
            GateName::Story if gate.state != GateState::NotReached => {
                answer.leads.iter().take(LEADS).for_each(|lead| lead_block(&mut out, lead, true));
            }
            GateName::Sources
            | GateName::Records
            | GateName::Counted
            | GateName::Signals
            | GateName::Leads
            | GateName::Story => {}
        }
    }
    settings(&mut out, &answer.settings);
    out
}

fn gate_block(out: &mut String, gate: &Gate, n: usize) {
    let name = match gate.gate {
        GateName::Sources => "Are its sources read?",
        GateName::Records => "Do records match?",
        GateName::Counted => "Do they count?",
        GateName::Signals => "Is it unusual?",
        GateName::Leads => "Does one of them lead?",
        GateName::Story => "Is a lead a story?",
    };
    let state = match gate.state {
        GateState::Open => "yes",
        GateState::Narrow => "not quite",
        GateState::Closed => "no",
        GateState::NotReached => "not reached",
    };
    let style = match gate.state {
        GateState::Closed => BOLD,
        GateState::Open | GateState::Narrow => HEAD,
        GateState::NotReached => DIM,
    };
    let title = styled(style, &format!("{n}. {name} {state}"));
    out.push_str(&title);
    out.push('\n');
    if !gate.text.is_empty() {
        wrap(out, &plain(&gate.text), "   ");
    }
    for line in &gate.lines {
        item(out, &plain(line), "   ", "-");
    }
    // The best lead's stand with the lead.
    if gate.gate != GateName::Story {
        bars(out, &gate.bars, "   ");
    }
}

fn checks(out: &mut String, answer: &WhyNot) {
    for check in &answer.signals {
        signal_check(out, check);
    }
    if !answer.not_tested.is_empty() {
        let kinds: Vec<&str> = answer.not_tested.iter().map(|kind| words::signal_kind(*kind)).collect();
        wrap(out, &format!("Not tested, for want of records or of a measure: {}.", kinds.join(", ")), "   ");
    }
}

fn signal_check(out: &mut String, check: &SignalCheck) {
    let kept = if check.kept { "kept" } else { "not kept" };
    wrap(out, &format!("{}, {kept}: {}", check.name, plain(&check.explanation)), "   ");
    bars(out, &check.bars, "     ");
    if let Some(note) = &check.note {
        item(out, &plain(note), "     ", "✗");
    }
}
