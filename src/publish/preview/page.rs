//! The page of a story, and the list of all pages.

use askama::Template;
use serde_json::Value;

use super::Entry;
use super::draw::{self, DiscordView, PostView};
use crate::model::{Amendment, Sentence};
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
    notices: Vec<NoticeView>,
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

/// What was said about the story after it was written.
struct NoticeView {
    title: String,
    text: String,
    by: String,
}

impl NoticeView {
    fn of(title: &Clean, amendment: &Amendment, edition: &Edition<'_>) -> Self {
        Self {
            title: title.to_string(),
            text: Clean::of(&amendment.text).to_string(),
            by: Clean::of(&format!("{}, by {}", edition.moment(amendment.at), amendment.by)).to_string(),
        }
    }
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
///
/// Of a retracted story they show the notice and nothing that it said.
pub(super) fn render(edition: &Edition<'_>, requests: &[Value], records: &[Value]) -> (String, Entry) {
    let story = edition.story;
    let body = &story.body;
    let retraction = edition.retraction();
    let notices = match retraction {
        Some(retraction) => vec![NoticeView::of(&Clean::of("Why"), retraction, edition)],
        None => {
            edition.notes().into_iter().map(|c| NoticeView::of(&edition.note_title(c), c, edition)).collect()
        }
    };
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
        headline: retraction
            .map_or_else(|| clean(&body.headline.text), |_| edition.retracted_title().to_string()),
        dek: retraction.map_or_else(|| dek.join(" "), |r| clean(&r.text)),
        size: edition.size_line(),
    };
    let mut page = Page {
        lang: edition.lang.to_string(),
        platforms: edition.platforms_line().to_string(),
        status: retraction.map_or_else(|| edition.status_line(), |_| "Retracted".to_owned()),
        marker: edition.marker(),
        notices,
        dek: Vec::new(),
        changes: Vec::new(),
        sections: Vec::new(),
        so_far: Vec::new(),
        faqs: Vec::new(),
        counter: Vec::new(),
        similar: Vec::new(),
        sources: &[],
        method: Vec::new(),
        discord: draw::discord(requests),
        bluesky: draw::bluesky(records),
        entry: &entry,
    };
    if retraction.is_none() {
        page.dek = views(&body.dek);
        page.changes =
            edition.change_lines().into_iter().map(|(label, text)| (label, text.to_string())).collect();
        page.sections = body
            .sections
            .iter()
            .map(|s| SectionView {
                heading: s.heading.as_ref().map(|heading| clean(&heading.text)).unwrap_or_default(),
                sentences: views(&s.sentences),
            })
            .collect();
        page.so_far = views(&body.so_far);
        page.faqs = edition
            .answered()
            .map(|f| SectionView { heading: clean(&f.question), sentences: views(&f.answer) })
            .collect();
        page.counter = edition.untold_counter().into_iter().map(view).collect();
        page.similar = edition
            .similar
            .iter()
            .map(|s| (clean(&s.headline), s.code.to_string(), edition.day(s.at)))
            .collect();
        page.sources = &edition.sources;
        page.method = edition.method_lines().iter().map(Clean::to_string).collect();
    }
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
