//! What a thread may say, in order, word for word: nothing stands in it that is not here, and nothing by half.

use std::collections::BTreeSet;

use newsdesk::model::{Section, Sentence, SentenceKind};
use newsdesk::publish::Edition;
use newsdesk::publish::bluesky::{Feature, Look, Post, TellingKind};
use newsdesk::publish::text::Clean;

/// Characters without white space, and how many of its labels are links.
type Words = (Vec<char>, usize);

/// One place of a thread: what may stand there. Where it may stand empty, that is one of them.
pub(crate) struct Place {
    what: &'static str,
    options: Vec<Words>,
}

fn words(text: &str) -> Words {
    (Clean::of(text).as_str().chars().filter(|c| !c.is_whitespace()).collect(), 0)
}

fn cited(edition: &Edition<'_>, sentence: &Sentence) -> Words {
    let (mut chars, mut links) = words(&sentence.text);
    for mark in edition.marks(sentence) {
        chars.extend(format!("[{}]", mark.n).chars());
        links += usize::from(mark.link.is_some());
    }
    (chars, links)
}

fn must(what: &'static str, words: Words) -> Place {
    Place { what, options: vec![words] }
}

fn may(what: &'static str, words: Words) -> Place {
    Place { what, options: vec![words, Words::default()] }
}

/// Everything that a telling of this kind may say.
pub(crate) fn of(edition: &Edition<'_>, look: &Look, kind: TellingKind) -> Vec<Place> {
    let mut out = Vec::new();
    match kind {
        TellingKind::Update => update(edition, look, &mut out),
        TellingKind::Opening | TellingKind::Notice => opening(edition, look, &mut out),
    }
    for correction in edition.notes().into_iter().filter(|c| c.at >= edition.story.at) {
        out.push(must("correction's day", words(edition.note_title(correction).as_str())));
        out.push(must("correction", words(&correction.text)));
        // Who corrected may be cut.
        let by = words(&format!("By {}", correction.by)).0;
        let ends = (2..=by.len()).map(|n| by.iter().take(n).copied());
        let tail = words(&format!(". Story {}.", edition.marker())).0;
        let cut = ends.clone().map(|head| (head.chain(['…']).chain(tail.clone()).collect(), 0));
        let whole = (by.iter().copied().chain(tail.clone()).collect(), 0);
        let mut options: Vec<Words> = if by.len() > 60 { cut.collect() } else { Vec::new() };
        options.push(whole);
        out.push(Place { what: "who corrected", options });
    }
    out
}

fn squeezed(text: &str) -> Vec<char> {
    words(text).0
}

fn opening(edition: &Edition<'_>, look: &Look, out: &mut Vec<Place>) {
    let body = &edition.story.body;
    out.push(must("headline", words(&body.headline.text)));
    let late = |s: &Sentence| s.kind == SentenceKind::Count;
    for sentence in &body.dek {
        let place = if late(sentence) { may } else { must };
        out.push(place("dek", cited(edition, sentence)));
    }
    for section in body.sections.iter().filter(|section| !section.sentences.is_empty()) {
        match &section.heading {
            Some(heading) => {
                let label = matches!(heading.kind, SentenceKind::Frame | SentenceKind::NoneFound);
                let place = if label { may } else { must };
                out.push(place("heading", cited(edition, heading)));
            }
            None => out.push(may("heading of ours", words(Section::LEDE))),
        }
        for (n, sentence) in section.sentences.iter().enumerate() {
            let place = if n == 0 { must } else { may };
            out.push(place("section", cited(edition, sentence)));
        }
    }
    if edition.story.version > 1 {
        out.push(may("heading of ours", words("The story so far")));
        for (n, sentence) in body.so_far.iter().enumerate() {
            let place = if n == 0 { must } else { may };
            out.push(place("so far", cited(edition, sentence)));
        }
    }
    for faq in &body.faqs {
        out.push(may("question", words(&faq.question)));
        out.extend(faq.short.iter().map(|s| may("short answer", cited(edition, s))));
    }
    let found: Vec<&Sentence> = body.counter.iter().filter(|s| s.kind != SentenceKind::NoneFound).collect();
    if !found.is_empty() {
        out.push(must("heading of ours", words("On the other side")));
        out.extend(found.into_iter().map(|s| must("counter", cited(edition, s))));
    }
    out.push(may("heading of ours", words("Sources and checks")));
    if !body.dek.iter().any(late) {
        out.push(must("size", words(&format!("{}.", edition.records_line()))));
    }
    out.extend(body.dek.iter().filter(|s| late(s)).map(|s| may("size in the dek", cited(edition, s))));
    out.extend(edition.method_lines().iter().map(|line| must("method", words(line.as_str()))));
    let none = body.counter.iter().filter(|s| s.kind == SentenceKind::NoneFound);
    out.extend(none.map(|s| must("none found", cited(edition, s))));
    place(edition, look, out);
    sources(edition, look.permalink_base.is_none(), out);
}

fn update(edition: &Edition<'_>, look: &Look, out: &mut Vec<Place>) {
    let body = &edition.story.body;
    out.push(must("headline", words(&format!("Update: {}", body.headline.text))));
    let news = body.so_far.first().filter(|s| edition.is_news(s));
    for (change, (label, text)) in edition.story.changes.iter().zip(edition.change_lines()) {
        if change.is_of_size() || text.is_empty() {
            continue;
        }
        let mut options = vec![words(&format!("{label}: {text}"))];
        options.extend(news.map(|s| cited(edition, s)));
        out.push(Place { what: "change", options });
    }
    out.extend(news.map(|s| may("news", cited(edition, s))));
    for faq in &body.faqs {
        out.push(may("question", words(&faq.question)));
        out.extend(faq.short.iter().map(|s| may("short answer", cited(edition, s))));
    }
    for sentence in &body.dek {
        out.push(may("dek", cited(edition, sentence)));
    }
    out.push(must("heading of ours", words("Sources and checks:")));
    let sizes: String = edition
        .story
        .changes
        .iter()
        .filter(|c| c.is_of_size())
        .fold(String::new(), |all, c| all + &c.text + ".");
    let size = if sizes.is_empty() { format!("{}.", edition.records_line()) } else { sizes };
    out.push(must("size", words(&size)));
    let checked = edition.story.methodology.sentences_checked;
    let sentences = if checked == 1 { "sentence" } else { "sentences" };
    out.push(must("checks", words(&format!("{checked} {sentences} checked against what was said."))));
    place(edition, look, out);
    sources(edition, false, out);
}

fn place(edition: &Edition<'_>, look: &Look, out: &mut Vec<Place>) {
    let name = format!("Story {}", edition.marker());
    let words = match &look.permalink_base {
        Some(base) => {
            let label = format!("{}{}", base.as_str().trim_start_matches("https://"), edition.story.code);
            (squeezed(&format!("{name}: {label}")), 1)
        }
        None => words(&format!("{name}.")),
    };
    out.push(must("place", words));
}

fn sources(edition: &Edition<'_>, all: bool, out: &mut Vec<Place>) {
    if edition.sources.is_empty() {
        return;
    }
    let place = if all { must } else { may };
    out.push(place("list of sources", words("Sources:")));
    for source in &edition.sources {
        let number = (squeezed(&format!("[{}]", source.n)), usize::from(source.link.is_some()));
        let name = if source.speaker.is_empty() { &source.place } else { &source.speaker };
        out.push(place("source", number));
        out.push(may("name of a source", words(name.as_str())));
    }
}

/// The texts without the hashtag, which stands at the end of the first post wherever that is.
pub(crate) fn texts(posts: &[Post]) -> Vec<&str> {
    let mut texts: Vec<&str> = posts.iter().map(|post| post.text.as_str()).collect();
    if let (Some(first), Some(tag)) = (texts.first_mut(), posts.first().and_then(|post| post.facets.last()))
        && matches!(tag.what, Feature::Tag(_))
    {
        *first = first.get(..tag.start).unwrap_or(first);
    }
    texts
}

/// Whether the posts, one after the other, are what was expected and nothing else.
pub(crate) fn compare(expected: &[Place], posts: &[Post], wrong: &mut Vec<String>) {
    let shown: Vec<char> =
        texts(posts).iter().flat_map(|text| text.chars()).filter(|c| !c.is_whitespace()).collect();
    let is_link = |what: &Feature| matches!(what, Feature::Link(_));
    let links = posts.iter().flat_map(|post| &post.facets).filter(|facet| is_link(&facet.what)).count();
    // Every way in which the places so far can be what is shown: how much of it, with how many links.
    let mut ways = BTreeSet::from([(0, 0)]);
    for place in expected {
        let mut next = BTreeSet::new();
        for (at, links) in &ways {
            for (words, more) in &place.options {
                let end = at + words.len();
                if shown.get(*at..end).is_some_and(|here| here == words) {
                    next.insert((end, links + more));
                }
            }
        }
        if next.is_empty() {
            let at = ways.last().map_or(0, |(at, _)| *at);
            let here: String = shown.iter().skip(at).take(120).collect();
            let wanted: String =
                place.options.first().map(|w| w.0.iter().take(120).collect()).unwrap_or_default();
            wrong.push(format!("{}: expected {wanted:?}, shown is {here:?}", place.what));
            return;
        }
        ways = next;
    }
    if !ways.contains(&(shown.len(), links)) {
        let rest: String =
            ways.last().map(|(at, _)| shown.iter().skip(*at).take(120).collect()).unwrap_or_default();
        wrong
            .push(format!("{links} links and this at the end are not what was expected: {rest:?}; {ways:?}"));
    }
}
