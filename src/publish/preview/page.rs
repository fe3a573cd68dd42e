//! The page of a story, and the list of all pages.

use askama::Template;
use serde_json::Value;

use super::Entry;
use super::draw::{self, DiscordView, PostView};
use crate::model::Sentence;
use crate::publish::Edition;
use crate::publish::edition::Source;
use crate::publish::text::Clean;

#[derive(Template)]
#[template(path = "preview.html")]
struct Page<'a> {
    entry: &'a Entry,
    lang: String,
    platforms: String,
    status: String,
    marker: String,
    dek: Vec<SentenceView>,
    changes: Vec<(&'static str, String)>,
    sections: Vec<SectionView>,
    so_far: Vec<SentenceView>,
    faqs: Vec<SectionView>,
    counter: Vec<SentenceView>,
    similar: Vec<(String, String, String)>,
    sources: &'a [Source],
    method: Vec<String>,
    discord: DiscordView,
    bluesky: Vec<PostView>,
}

struct SectionView {
    heading: String,
    sentences: Vec<SentenceView>,
}

struct SentenceView {
    text: String,
    marks: Vec<usize>,
}

#[derive(Template)]
#[template(path = "preview_index.html")]
struct Index<'a> {
    days: Vec<(String, Vec<&'a Entry>)>,
    total: usize,
}

/// The page of a story and its entry in the list, drawn beside the posts that would be sent.
pub(super) fn render(edition: &Edition<'_>, requests: &[Value], records: &[Value]) -> (String, Entry) {
    let story = edition.story;
    let body = &story.body;
    let clean = |text: &str| Clean::of(text).to_string();
    let view = |s: &Sentence| SentenceView {
        text: clean(&s.text),
        marks: edition.marks(s).iter().map(|m| m.n).collect(),
    };
    let views = |sentences: &[Sentence]| -> Vec<SentenceView> { sentences.iter().map(view).collect() };
    let dek: Vec<String> = body.dek.iter().map(|s| clean(&s.text)).collect();
    let entry = Entry {
        topic: story.topic.clone(),
        topic_name: clean(edition.topic_name),
        code: story.code.clone(),
        version: story.version,
        at: story.at,
        day: edition.day(story.at),
        moment: edition.moment(story.at),
        status: story.status,
        severity: edition.severity,
        headline: clean(&body.headline.text),
        dek: dek.join(" "),
        size: edition.size_line(),
    };
    let page = Page {
        lang: edition.lang.to_string(),
        platforms: edition.platforms_line().to_string(),
        status: edition.status_line(),
        marker: edition.marker(),
        dek: views(&body.dek),
        changes: edition.change_lines().into_iter().map(|(label, text)| (label, text.to_string())).collect(),
        sections: body
            .sections
            .iter()
            .map(|s| SectionView { heading: clean(&s.heading.text), sentences: views(&s.sentences) })
            .collect(),
        so_far: views(&body.so_far),
        faqs: edition
            .answered()
            .map(|f| SectionView { heading: clean(&f.question), sentences: views(&f.answer) })
            .collect(),
        counter: edition.untold_counter().into_iter().map(view).collect(),
        similar: edition
            .similar
            .iter()
            .map(|s| (clean(&s.headline), s.code.to_string(), edition.day(s.at)))
            .collect(),
        sources: &edition.sources,
        method: edition.method_lines().iter().map(Clean::to_string).collect(),
        discord: draw::discord(requests),
        bluesky: draw::bluesky(records),
        entry: &entry,
    };
    let html = page.render().expect("writing to a String cannot fail");
    (html, entry)
}

/// The list of all stories, which come newest first.
pub(super) fn index(entries: &[Entry]) -> String {
    let mut days: Vec<(String, Vec<&Entry>)> = Vec::new();
    for entry in entries {
        match days.last_mut().filter(|(day, _)| *day == entry.day) {
            Some((_, same_day)) => same_day.push(entry),
            None => days.push((entry.day.clone(), vec![entry])),
        }
    }
    Index { days, total: entries.len() }.render().expect("writing to a String cannot fail")
}
