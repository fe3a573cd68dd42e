//! The desk as a whole: its topics, a search in it, how it is doing.

use super::sources::pager;
use super::text::{ago, counted, lines, link, outside, plain};
use super::{Body, Choice, Embed, Row};
use crate::answer::{SearchAnswer, StatusAnswer, TopicLine};
use crate::bot::custom_id::{CustomId, Verb};
use crate::publish::grouped;

/// Topics on one page.
const PAGE: usize = 8;

/// One page of the topics, turned by `user`.
pub(in crate::bot) fn topics(all: &[TopicLine], page: u32, user: u64) -> Body {
    let pages = all.len().div_ceil(PAGE).max(1) as u32;
    let page = page.min(pages - 1);
    if all.is_empty() {
        return Body::of(Embed::new("Topics", super::NOTICE).text(
            "This desk follows no topic yet. Whoever runs it adds one as a file in its `topics` folder.",
        ));
    }
    let mut embed = Embed::new("Topics", super::ANSWER)
        .text(format!("The desk reads about {}.", counted(all.len() as u64, "topic", "topics")))
        .foot("/story topic:… tells the latest · /follow brings a topic to a channel");
    let shown: Vec<&TopicLine> = all.iter().skip(page as usize * PAGE).take(PAGE).collect();
    for topic in &shown {
        let latest = match &topic.latest {
            Some(latest) => {
                format!("{} · `{}` · {}", outside(&latest.headline, 200), latest.code, ago(latest.at))
            }
            None => match topic.next_scan {
                Some(at) => format!("No story yet. It is read again {}.", ago(at)),
                None => "No story yet.".to_owned(),
            },
        };
        let numbers = format!(
            "-# `{}` · {} stored, {} in 24 hours",
            topic.slug,
            counted(topic.records, "record", "records"),
            grouped(topic.records_24h)
        );
        embed = embed.field(outside(&topic.name, 100), format!("{latest}\n{numbers}"));
    }
    let choices = shown
        .iter()
        .filter_map(|topic| {
            topic.latest.as_ref().map(|latest| Choice {
                label: plain(&topic.name, 100),
                value: latest.code.to_string(),
                description: plain(&latest.headline, 100),
            })
        })
        .collect();
    let mut body = Body::of(embed).with(read_a_story(choices));
    if pages > 1 {
        body = body.with(pager(&CustomId::choosing(Verb::Topics), page, pages, user));
    }
    body
}

fn read_a_story(choices: Vec<Choice>) -> Row {
    Row::Select { id: CustomId::choosing(Verb::Story), placeholder: "Read a story", choices }
}

/// What was found.
pub(in crate::bot) fn search(answer: &SearchAnswer) -> Body {
    let words = outside(&answer.words.join(" "), 100);
    if answer.stories.is_empty() && answer.records.is_empty() {
        return Body::of(Embed::new("Nothing found", super::NOTICE).text(format!(
            "Nothing stored has all of: {words}\nFewer words find more; parts of words count."
        )));
    }
    let stories: Vec<String> = answer
        .stories
        .iter()
        .map(|hit| format!("- {} · `{}` · {}", outside(&hit.headline, 180), hit.code, ago(hit.at)))
        .collect();
    let records: Vec<String> = answer
        .records
        .iter()
        .map(|hit| {
            let who = hit.author.as_deref().unwrap_or("somebody");
            let open = if hit.url.len() <= 300 { link("read", &hit.url) } else { String::new() };
            format!(
                "- {} on {}: {} {open} {}",
                outside(who, 60),
                outside(&hit.venue, 60),
                outside(&hit.excerpt, 240),
                ago(hit.published)
            )
        })
        .collect();
    let more = |n: usize| format!("- and {n} more");
    let embed = Embed::new(format!("Found for: {words}"), super::ANSWER)
        .text(lines(&records, 3_000, more))
        .field("Stories", lines(&stories, 1_000, more));
    let choices = answer
        .stories
        .iter()
        .take(25)
        .map(|hit| Choice {
            label: plain(&hit.headline, 100),
            value: hit.code.to_string(),
            description: plain(hit.topic.as_str(), 100),
        })
        .collect();
    Body::of(embed).with(read_a_story(choices))
}

/// How the desk is doing.
pub(in crate::bot) fn status(answer: &StatusAnswer) -> Body {
    let failing: Vec<String> = answer
        .sources
        .iter()
        .filter_map(|source| {
            let error = source.error.as_ref()?;
            let next = source.next.map_or_else(String::new, |at| format!(" It is tried again {}.", ago(at)));
            Some(format!(
                "- {} ({}): {}.{next}",
                outside(&source.source, 80),
                outside(&source.topic, 64),
                outside(error, 160)
            ))
        })
        .collect();
    let read = answer.sources.iter().filter_map(|s| s.last_ok).max();
    let text = match (failing.len(), read) {
        (0, Some(at)) => format!(
            "All {} answer. The last was read {}.",
            counted(answer.sources.len() as u64, "source", "sources"),
            ago(at)
        ),
        (0, None) => "No source has been read yet.".to_owned(),
        (n, _) => {
            format!("{} of {} do not answer.", n, counted(answer.sources.len() as u64, "source", "sources"))
        }
    };
    let color = if failing.is_empty() { super::ANSWER } else { super::NOTICE };
    let deliveries: Vec<String> = answer.deliveries.iter().map(|(state, n)| format!("{n} {state}")).collect();
    let embed = Embed::new("How the desk is doing", color)
        .text(text)
        .fact("Topics", grouped(answer.topics as u64))
        .fact(
            "Stories",
            format!("{} in {}", grouped(answer.stories), counted(answer.versions, "version", "versions")),
        )
        .fact("Records", format!("{}, {} waiting", grouped(answer.records), grouped(answer.pending)))
        .fact("Set aside", format!("{}, never quoted", grouped(answer.quarantined)))
        .fact("Deleted at the source", grouped(answer.gone))
        .fact("Deliveries", if deliveries.is_empty() { "none yet".to_owned() } else { deliveries.join(", ") })
        .field("Sources in trouble", lines(&failing, 1_000, |n| format!("- and {n} more")))
        .foot(format!("newsdesk {}", answer.version));
    Body::of(embed)
}
