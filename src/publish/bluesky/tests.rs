use chrono::Duration;
use proptest::prelude::*;
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation as _;

use super::*;
use crate::model::{Amendment, AmendmentKind, Lang, Severity, Story};
use crate::publish::fixture;
use crate::publish::text::{Clean, WebLink};

fn site() -> Look {
    Look { permalink_base: WebLink::parse("https://news.example/s/"), ..Look::default() }
}

fn told(edit: impl FnOnce(&mut Story), look: &Look, said: &[Amendment]) -> Telling {
    let (mut story, brief) = fixture::night_trains();
    edit(&mut story);
    render(&Edition::new(&story, &brief, Severity::Medium).with_amendments(said), look)
}

/// Every rule of the lexicon that applies, and that each facet covers exactly what it is for.
fn violations(post: &Post) -> Vec<String> {
    let mut out = Vec::new();
    let text = post.text.as_str();
    if text.graphemes(true).count() > 300 || text.len() > 3_000 || text.is_empty() || text.trim() != text {
        out.push(format!("text: {} graphemes, {} bytes", text.graphemes(true).count(), text.len()));
    }
    let mut last = 0;
    for facet in &post.facets {
        let covered = text.get(facet.start..facet.end).unwrap_or("?");
        let number = covered.strip_prefix('[').and_then(|c| c.strip_suffix(']'));
        let fine = match &facet.what {
            Feature::Link(link) => {
                number.is_some_and(|n| n.parse::<u32>().is_ok())
                    || link.as_str().strip_prefix("https://") == Some(covered)
            }
            Feature::Tag(tag) => covered.strip_prefix('#') == Some(tag),
            Feature::Mention(_) => covered.starts_with('@') && !covered.contains(' '),
        };
        if !fine || facet.start < last {
            out.push(format!("facet covers {covered:?}"));
        }
        last = facet.end;
    }
    if post.tags.len() > 8 || post.langs.len() > 3 || post.langs.contains(&Lang::UND) {
        out.push(format!("tags {:?}, langs {:?}", post.tags, post.langs));
    }
    out
}

fn all_violations(telling: &Telling) -> Vec<String> {
    telling.posts.iter().chain(&telling.quote).flat_map(violations).collect()
}

/// A thread as it is read, for people.
fn read(telling: &Telling) -> String {
    let posts = telling.posts.iter().chain(&telling.quote);
    posts.map(|post| post.text.as_str()).collect::<Vec<_>>().join("\n---\n")
}
