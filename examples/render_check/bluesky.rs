//! What must hold of every post of a story, and of the record it becomes.

use std::collections::BTreeSet;

use newsdesk::model::{Lang, Sentence, SentenceKind};
use newsdesk::publish::Edition;
use newsdesk::publish::bluesky::{
    Feature, Look, Mark, Paragraph, Piece, Post, Ref, Reply, Telling, TellingKind, lay_out, render,
};
use newsdesk::publish::text::{Clean, WebLink};
use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::shown::squeeze;
use crate::stories::Tale;

const BASE: &str = "https://news.example/s/";

/// Far under what a repository takes; a post that is longer holds something that it should not.
const RECORD_BYTES: usize = 16_384;

/// Posts of an answer.
const ANSWER: usize = 3;

/// Posts that would be sent, and what is wrong with any.
pub(crate) fn check(tale: &Tale) -> (u64, Vec<String>) {
    let mut wrong = Vec::new();
    let look = look(tale);
    let bare = Edition::new(&tale.story, &tale.brief, tale.severity);
    let edition = bare.clone().with_amendments(&tale.amendments);
    let telling = render(&edition, &look);
    for (n, post) in telling.posts.iter().chain(&telling.quote).enumerate() {
        let mut found = Vec::new();
        text(post, &mut found);
        facets(&edition, post, &mut found);
        record(post, &mut found);
        wrong.extend(found.into_iter().map(|line| format!("post {n}: {line}")));
    }
    match serde_json::to_value(&telling).and_then(serde_json::from_value::<Telling>) {
        Ok(read) if read == telling => {}
        Ok(_) => wrong.push("kept and read again it is another".to_owned()),
        Err(err) => wrong.push(format!("kept it does not read: {err}")),
    }
    match telling.kind {
        TellingKind::Notice => gone(tale, &telling, &mut wrong),
        TellingKind::Opening | TellingKind::Update => {
            let before = render(&bare, &look);
            if telling.posts.get(..before.posts.len()) != Some(&before.posts[..]) {
                wrong.push("a correction changes the posts before it".to_owned());
            }
            let expected = crate::expected::of(&edition, &look, telling.kind);
            crate::expected::compare(&expected, &telling.posts, &mut wrong);
            essentials(&edition, &telling, &mut wrong);
        }
    }
    let answer = answer(&edition);
    for post in &answer {
        text(post, &mut wrong);
        facets(&edition, post, &mut wrong);
        record(post, &mut wrong);
    }
    if answer.is_empty() || answer.len() > ANSWER {
        wrong.push(format!("an answer of {} posts", answer.len()));
    }
    ((telling.posts.len() + answer.len()) as u64 + u64::from(telling.quote.is_some()), wrong)
}

pub(crate) fn look(tale: &Tale) -> Look {
    Look {
        permalink_base: WebLink::parse(BASE).filter(|_| tale.story.records.is_multiple_of(2)),
        opened: tale.opened,
        card: tale.story.links.is_multiple_of(2),
        hashtag: !tale.story.records.is_multiple_of(5),
        quote_updates: tale.story.version.is_multiple_of(3),
        ..Look::default()
    }
}

/// An answer as somebody might get it about the story: who asked, the headline, the sources.
pub(crate) fn answer(edition: &Edition<'_>) -> Vec<Post> {
    let who = Piece::led(Mark::mention("ana.example", "did:plc:ana"), Clean::of("the newest on it:"));
    let headline = Piece::plain(Clean::of(&edition.story.body.headline.text));
    let dek = edition.story.body.dek.iter();
    let dek = dek.map(|s| Piece::cited(Clean::of(&s.text), &edition.marks(s)));
    let sources = edition.sources.iter().map(|s| Piece::led(Mark::number(s), s.speaker.clone()));
    let paragraphs = [Paragraph::of([who, headline]), Paragraph::of(dek), Paragraph::lines(sources)];
    lay_out(&paragraphs, &[edition.lang], ANSWER)
}

fn text(post: &Post, wrong: &mut Vec<String>) {
    let (graphemes, bytes) = (post.text.graphemes(true).count(), post.text.len());
    if graphemes > 300 || bytes > 3_000 || post.text.trim().is_empty() || post.text.trim() != post.text {
        wrong.push(format!("text of {graphemes} graphemes and {bytes} bytes: {:?}", post.text));
    }
    if post.langs.len() > 3 || post.langs.contains(&Lang::UND) {
        wrong.push(format!("langs: {:?}", post.langs));
    }
    if post.tags.len() > 8 {
        wrong.push(format!("{} tags", post.tags.len()));
    }
    post.tags.iter().for_each(|name| tag(name, wrong));
}

fn tag(tag: &str, wrong: &mut Vec<String>) {
    let plain = tag.chars().all(char::is_alphanumeric) && tag.chars().any(char::is_alphabetic);
    if !plain || tag.graphemes(true).count() > 64 || tag.len() > 640 {
        wrong.push(format!("tag: {tag:?}"));
    }
}

/// Each facet covers the bytes of its label, leads where the label says, and is behind the one before.
fn facets(edition: &Edition<'_>, post: &Post, wrong: &mut Vec<String>) {
    let mut last = 0;
    for facet in &post.facets {
        let Some(label) = post.text.get(facet.start..facet.end).filter(|label| !label.is_empty()) else {
            wrong.push(format!("facet {}..{} cuts a character, or covers nothing", facet.start, facet.end));
            continue;
        };
        if facet.start < last {
            wrong.push(format!("facet {label:?} overlaps the one before"));
        }
        last = facet.end;
        let fine = match &facet.what {
            Feature::Link(link) => {
                let number = label.strip_prefix('[').and_then(|l| l.strip_suffix(']')?.parse::<usize>().ok());
                let source = number.and_then(|n| edition.sources.iter().find(|s| s.n == n));
                let page = format!("{BASE}{}", edition.story.code);
                link.as_str().len() <= 8_000
                    && match source {
                        Some(source) => source.link.as_ref() == Some(link),
                        None => link.as_str() == page && page.strip_prefix("https://") == Some(label),
                    }
            }
            Feature::Tag(name) => {
                tag(name, wrong);
                label.strip_prefix('#') == Some(name)
            }
            Feature::Mention(did) => label == "@ana.example" && did == "did:plc:ana",
        };
        if !fine {
            wrong.push(format!("facet {label:?} does {:?}", facet.what));
        }
    }
}

/// The record with everything that it can have.
fn record(post: &Post, wrong: &mut Vec<String>) {
    let at = chrono::DateTime::UNIX_EPOCH;
    let to =
        Ref { uri: format!("at://did:plc:{}/app.bsky.feed.post/3l", "a".repeat(24)), cid: "b".repeat(59) };
    let reply = Reply { root: to.clone(), parent: to.clone() };
    let blob =
        json!({ "$type": "blob", "ref": { "$link": "b".repeat(59) }, "mimeType": "image/png", "size": 1 });
    let record = post.record(at, Some(&reply), Some(blob), Some(&to));
    let bytes = record.to_string().len();
    if bytes > RECORD_BYTES {
        wrong.push(format!("record of {bytes} bytes"));
    }
    let word = |path: &str| record.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let short = |what: &str, value: &str, wrong: &mut Vec<String>| {
        if value.is_empty() || value.graphemes(true).count() > 300 {
            wrong.push(format!("{what}: {value:?}"));
        }
    };
    let Some(card) = &post.card else { return };
    let media = "/embed/media";
    match word(&format!("{media}/$type")) {
        "app.bsky.embed.external" => {
            short("card title", word(&format!("{media}/external/title")), wrong);
            short("card text", word(&format!("{media}/external/description")), wrong);
            if !word(&format!("{media}/external/uri")).starts_with(BASE) {
                wrong.push(format!("card leads to {}", word(&format!("{media}/external/uri"))));
            }
        }
        "app.bsky.embed.images" => {
            let alt = word(&format!("{media}/images/0/alt"));
            let said = card.picture.as_ref().map(|picture| squeeze(&picture.topic));
            if alt.encode_utf16().count() > 1_024
                || !said.is_some_and(|said| alt.ends_with('…') || squeeze(alt).contains(&said))
            {
                wrong.push(format!("alt text: {alt:?}"));
            }
        }
        other => wrong.push(format!("embed: {other:?}")),
    }
}

/// What may be left out was told otherwise; what may not is there.
fn essentials(edition: &Edition<'_>, telling: &Telling, wrong: &mut Vec<String>) {
    let body = &edition.story.body;
    let all: String = crate::expected::texts(&telling.posts).into_iter().map(squeeze).collect();
    let mut must = |what: &str, text: &str| {
        if !all.contains(&squeeze(Clean::of(text).as_str())) {
            wrong.push(format!("{what} is not shown: {text}"));
        }
    };
    must("headline", &body.headline.text);
    must("marker", &edition.marker());
    if telling.kind == TellingKind::Update {
        return;
    }
    body.dek.iter().for_each(|s| must("dek", &s.text));
    let shown: BTreeSet<usize> =
        edition.sources.iter().map(|s| s.n).filter(|n| all.contains(&format!("[{n}]"))).collect();
    let told = |s: &Sentence| {
        all.contains(&squeeze(Clean::of(&s.text).as_str()))
            || s.kind == SentenceKind::NoneFound
            || (!s.citations.is_empty() && edition.marks(s).iter().all(|mark| shown.contains(&mark.n)))
    };
    let faqs = body
        .faqs
        .iter()
        .filter(|faq| faq.kind != newsdesk::model::FaqKind::Counter || body.counter.is_empty());
    for sentence in faqs.flat_map(|faq| &faq.short).filter(|s| !told(s)) {
        wrong.push(format!("short answer is not told: {}", sentence.text));
    }
}

/// Of a retracted story nothing is left that can be told from chance.
fn gone(tale: &Tale, telling: &Telling, wrong: &mut Vec<String>) {
    if telling.posts.len() != 1
        || telling.quote.is_some()
        || telling.posts.iter().any(|post| post.card.is_some())
    {
        wrong.push("a notice is one post and nothing else".to_owned());
    }
    let all: String = telling.posts.iter().map(|post| squeeze(&post.text)).collect();
    let body = &tale.story.body;
    let said = std::iter::once(&body.headline)
        .chain(&body.dek)
        .chain(body.sections.iter().filter_map(|s| s.heading.as_ref()));
    for sentence in said {
        let words: String = squeeze(Clean::of(&sentence.text).as_str())
            .chars()
            .filter(|c| c.is_alphanumeric())
            .take(60)
            .collect();
        // A run of one letter tells nothing: the reason of the retraction may hold it, too.
        let telling = words.chars().collect::<BTreeSet<_>>().len() > 4;
        if words.chars().count() > 50 && telling && all.contains(&words) {
            wrong.push(format!("retracted, and still there: {words}"));
        }
    }
}
