//! Why something was posted, or was not.

use super::text::{ago, counted, lines, link, moment, outside};
use super::{Body, Embed};
use crate::answer::{LeadLine, TopicWhy, WhyAnswer};
use crate::bot::custom_id::Verb;
use crate::model::{Decision, Signal};

/// Why.
pub(in crate::bot) fn why(answer: &WhyAnswer) -> Body {
    match answer {
        WhyAnswer::Topic(topic) => Body::of(of_topic(topic)),
        WhyAnswer::Story { code, headline, decisions } => {
            let embed = Embed::new(outside(headline, 250), super::ANSWER)
                .text(or_nothing(decided(decisions, 3_600)))
                .foot(format!("{code}, decided by the desk's rules"));
            Body::of(embed).with(super::story::ways_on(code, 0, Some(Verb::Why)))
        }
        WhyAnswer::Record(record) => {
            let (url, decisions) = (&record.url, &record.decisions);
            let facts: Vec<String> = record.facts.iter().map(|f| format!("- {}", outside(f, 400))).collect();
            let embed = Embed::new("What the desk knows of this record", super::ANSWER)
                .text(format!(
                    "{}\n{}",
                    if url.len() <= 500 { link("The record", url) } else { String::new() },
                    lines(&facts, 2_000, |n| format!("and {}", counted(n as u64, "fact more", "facts more")))
                ))
                .field("Decided", decided(decisions, 1_000));
            Body::of(embed)
        }
    }
}

fn of_topic(topic: &TopicWhy) -> Embed {
    let mut text = outside(&topic.summary, 1_500);
    if let Some(at) = topic.at {
        text = format!("{text}\n-# As of {}, {}.", moment(at), ago(at));
    }
    let measured: Vec<String> = topic.signals.iter().map(signal).collect();
    let leads: Vec<String> = topic.leads.iter().map(lead).collect();
    let more = |n: usize| format!("- and {n} more");
    let mut embed = Embed::new(outside(&topic.name, 250), super::ANSWER)
        .text(text)
        .field("What was measured", lines(&measured, 1_000, more))
        .field("Leads", lines(&leads, 1_000, more));
    if topic.leads.is_empty() {
        embed = embed.field("Decided", decided(&topic.decisions, 1_000));
    }
    embed.foot(format!("/story topic:{}", topic.topic))
}

fn signal(signal: &Signal) -> String {
    let kept = if signal.kept { "kept" } else { "not kept" };
    format!("- {}, {kept}: {}", signal.kind.as_str().replace('_', " "), outside(&signal.explanation, 260))
}

fn lead(lead: &LeadLine) -> String {
    let story = lead.story.as_ref().map_or_else(String::new, |code| format!(" → `{code}`"));
    let words = outside(&lead.title, 120);
    let decision = lead.decision.as_ref().map_or_else(String::new, |d| format!("\n  {}", outside(d, 240)));
    format!("{}. {words}{story} ({}){decision}", lead.rank, counted(lead.authors as u64, "author", "authors"))
}

/// An embed is never empty.
fn or_nothing(text: String) -> String {
    if text.is_empty() { "Nothing was decided about it.".to_owned() } else { text }
}

fn decided(decisions: &[Decision], max: usize) -> String {
    let all: Vec<String> = decisions
        .iter()
        .map(|d| format!("- {} · {}: {}", ago(d.at), d.outcome, outside(&d.detail, 400)))
        .collect();
    lines(&all, max, |n| format!("- and {}", counted(n as u64, "earlier decision", "earlier decisions")))
}
