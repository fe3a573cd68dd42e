//! The words of a post on one sheet: its text with the links written out, and what hangs on it.
//!
//! A post's text is plain, and its links are kept beside it: clients shorten `https://saltpan.example/2031/trains` to
//! `saltpan.example/2031/tr…`. The target is written out, because a shortened address is nobody's. Below the text stand,
//! a line each: what pictures show, in the author's words; a card's title and description, which are somebody else's
//! words and so are marked with `>`; the addresses of the card and of the post that is quoted.

use std::borrow::Cow;

use super::uri::PostUri;
use super::wire::{Embed, Facet, Post, Quoted};
use crate::address::http_url;

/// A longer address is no address that anybody reads.
const MAX_URL: usize = 2_000;

/// What hangs on a post that hangs on a post … no client goes deeper than two.
const MAX_DEPTH: usize = 3;

/// All words of a post. Borrowed when there is nothing beside the text, which is so for most.
pub(super) fn body<'a>(post: &'a Post<'_>) -> Cow<'a, str> {
    let text = post.text.as_deref().unwrap_or_default();
    let links = links(text, post.facets.as_deref().unwrap_or_default());
    let text = if links.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(written_out(text, &links)) };
    match &post.embed {
        None => text,
        Some(embed) => with_embed(text, embed),
    }
}

/// The hashtags of a post, without `#`, in order, each once.
pub(super) fn tags(post: &Post<'_>) -> Vec<String> {
    let in_text = post.facets.iter().flatten().flat_map(|facet| facet.features.iter().flatten());
    let in_text = in_text.filter_map(|feature| feature.tag.as_deref());
    let beside = post.tags.iter().flatten().map(|tag| &**tag);
    let mut tags: Vec<String> = Vec::new();
    for tag in in_text.chain(beside) {
        let tag = tag.trim().trim_start_matches('#');
        if !tag.is_empty() && tag.len() <= 640 && !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    tags
}

/// A link in the text: its bytes there, and where it leads.
struct Link<'a> {
    start: usize,
    end: usize,
    target: Cow<'a, str>,
}

/// The links whose place can be right: within the text, at borders of characters, not over one another.
fn links<'a>(text: &str, facets: &'a [Facet<'_>]) -> Vec<Link<'a>> {
    let mut links: Vec<Link<'a>> = facets
        .iter()
        .filter_map(|facet| {
            let index = facet.index?;
            let start = usize::try_from(index.byte_start?).ok()?;
            let end = usize::try_from(index.byte_end?).ok()?;
            let shown = text.get(start..end)?;
            let target =
                facet.features.iter().flatten().find_map(|feature| address(feature.uri.as_deref()?))?;
            (!shown.trim().is_empty()).then_some(Link { start, end, target })
        })
        .collect();
    links.sort_by_key(|link| (link.start, link.end));
    let mut free_from = 0;
    links.retain(|link| {
        let free = link.start >= free_from;
        if free {
            free_from = link.end;
        }
        free
    });
    links
}

/// A web address that can stand in a text: without white space, and without what would end it early.
fn address(uri: &str) -> Option<Cow<'_, str>> {
    let uri = uri.trim();
    let url = http_url(uri).filter(|_| uri.len() <= MAX_URL)?;
    let plain = uri
        .chars()
        .all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '\\' | '^' | '`' | '{' | '|' | '}'));
    Some(if plain { Cow::Borrowed(uri) } else { Cow::Owned(url.into()) })
}

fn written_out(text: &str, links: &[Link<'_>]) -> String {
    let mut out =
        String::with_capacity(text.len() + links.iter().map(|link| link.target.len() + 3).sum::<usize>());
    let mut at = 0;
    for link in links {
        out.push_str(text.get(at..link.start).unwrap_or_default());
        let shown = text.get(link.start..link.end).unwrap_or_default();
        if is_address_like(shown) {
            out.push_str(&link.target);
        } else {
            // Words that are a link stay, and the address follows them.
            out.extend([shown, " <", &*link.target, ">"]);
        }
        at = link.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Whether the words of a link are an address, whole or shortened: then they say nothing that the target does not.
fn is_address_like(shown: &str) -> bool {
    let shown = shown.trim();
    let bare = shown.strip_prefix("https://").or_else(|| shown.strip_prefix("http://")).unwrap_or(shown);
    let host = bare.split(['/', '?', '#', '…']).next().unwrap_or_default();
    !shown.contains(char::is_whitespace)
        && host.trim_end_matches('.').contains('.')
        && !host.starts_with('.')
        && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | ':'))
}

/// The text and, below it, a line for each thing that hangs on the post and is not in the text.
fn with_embed<'a>(text: Cow<'a, str>, embed: &Embed<'_>) -> Cow<'a, str> {
    let mut lines = Lines { text, own: true };
    lines.add_embed(embed, 0);
    lines.text
}

struct Lines<'a> {
    text: Cow<'a, str>,
    /// Whether the text is still the author's alone: the first line below it stands apart.
    own: bool,
}

impl Lines<'_> {
    fn add_embed(&mut self, embed: &Embed<'_>, depth: usize) {
        for picture in embed.images.iter().flatten().chain(embed.items.iter().flatten()) {
            self.add("", picture.alt.as_deref());
        }
        self.add("", embed.alt.as_deref());
        if let Some(card) = &embed.external {
            self.add("> ", card.title.as_deref());
            self.add("> ", card.description.as_deref());
            self.add_address(card.uri.as_deref().and_then(address));
        }
        if let Some(quoted) = &embed.record {
            self.add_address(quoted_address(quoted).map(Cow::Owned));
        }
        if let Some(media) = embed.media.as_deref().filter(|_| depth < MAX_DEPTH) {
            self.add_embed(media, depth + 1);
        }
    }

    /// A line with these words, unless the text has them.
    fn add(&mut self, mark: &str, words: Option<&str>) {
        let words: Vec<&str> = words.unwrap_or_default().split_whitespace().collect();
        let words = words.join(" ");
        if !words.is_empty() && !self.text.contains(&words) {
            self.push(mark, &words);
        }
    }

    fn add_address(&mut self, address: Option<Cow<'_, str>>) {
        if let Some(address) = address
            && !self.text.contains(&*address)
        {
            self.push("", &address);
        }
    }

    fn push(&mut self, mark: &str, line: &str) {
        let text = self.text.to_mut();
        if !text.is_empty() {
            text.push_str(if self.own { "\n\n" } else { "\n" });
        }
        self.own = false;
        text.push_str(mark);
        text.push_str(line);
    }
}

/// The public address of the post that a post quotes, beside media or without.
pub(super) fn quoted_by(post: &Post<'_>) -> Option<String> {
    quoted_address(post.embed.as_ref()?.record.as_ref()?)
}

/// The public address of the post that a post answers.
pub(super) fn answered_by(post: &Post<'_>) -> Option<String> {
    let parent = post.reply.as_ref()?.parent.as_ref()?;
    Some(PostUri::parse(parent.uri.as_deref()?)?.permalink())
}

/// The public address of a quoted post. Lists and feeds that are shown like posts are nobody's words.
fn quoted_address(quoted: &Quoted<'_>) -> Option<String> {
    let uri = quoted.uri.as_deref().or_else(|| quoted.record.as_deref()?.uri.as_deref())?;
    Some(PostUri::parse(uri)?.permalink())
}

#[cfg(test)]
mod tests;
