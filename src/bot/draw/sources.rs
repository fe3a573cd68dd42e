//! What a story rests on, five sources a page.

use super::text::{link, moment, outside};
use super::{Body, Button, Embed, Row};
use crate::answer::SourceLine;
use crate::bot::custom_id::{CustomId, Verb};
use crate::model::StoryCode;

/// Sources on one page.
pub(in crate::bot) const PAGE: usize = 5;

/// One page of a story's sources, turned by `user`.
pub(in crate::bot) fn sources(
    code: &StoryCode,
    version: u32,
    headline: &str,
    all: &[SourceLine],
    page: u32,
    user: u64,
) -> Body {
    let pages = all.len().div_ceil(PAGE).max(1) as u32;
    let page = page.min(pages - 1);
    let mut embed =
        Embed::new(outside(headline, 250), super::ANSWER).foot(format!("{code}, version {version}"));
    if all.is_empty() {
        embed = embed.text("Its sources are no longer there: what they said was deleted where it was said.");
    }
    for line in all.iter().skip(page as usize * PAGE).take(PAGE) {
        let place = if line.author.ends_with(&line.venue) || line.venue.is_empty() {
            String::new()
        } else {
            format!(" on {}", line.venue)
        };
        let mut told = Vec::new();
        if !line.quote.is_empty() {
            told.push(format!("“{}”", outside(&line.quote, 260)));
        }
        let open = if line.url.len() <= 560 { link("Read it there", &line.url) } else { String::new() };
        let when = moment(line.published);
        told.push(if open.is_empty() { when } else { format!("{open} · {when}") });
        if !line.used_in.is_empty() {
            told.push(format!("-# used in: {}", outside(&line.used_in.join("; "), 140)));
        }
        let name = format!("{}. {}", line.n, outside(&format!("{}{place}", line.author), 90));
        embed = embed.field(name, told.join("\n"));
    }
    let mut body = Body::of(embed);
    if pages > 1 {
        body = body.with(pager(&CustomId::about(Verb::Sources, code, version), page, pages, user));
    }
    body.with(super::story::ways_on(code, version, Some(Verb::Sources)))
}

/// ◀ Page 1 of 3 ▶
pub(super) fn pager(id: &CustomId, page: u32, pages: u32, user: u64) -> Row {
    // The middle button is never pressed, but ids in one message must differ.
    Row::Buttons(vec![
        Button::new("◀", id.clone().at(page.saturating_sub(1), user)).disabled(page == 0),
        Button::new(format!("Page {} of {pages}", page + 1), id.clone().at(pages + page, user))
            .disabled(true),
        Button::new("▶", id.clone().at(page + 1, user)).disabled(page + 1 >= pages),
    ])
}
