//! arXiv's Atom, with what feed readers leave out: how many papers there are in all, the authors' comment, the primary
//! category. No entities but the predefined ones are known, and nothing descends by calling itself.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

/// The most papers on a page.
const MAX_ENTRIES: usize = 2_000;

/// Deeper documents are no answers of arXiv.
const MAX_DEPTH: usize = 32;

/// A page of papers.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Feed {
    /// Papers in all, on whatever page.
    pub(super) total: Option<usize>,
    pub(super) entries: Vec<Entry>,
}

/// A paper as it is written; each text as received.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) published: String,
    pub(super) updated: String,
    pub(super) comment: String,
    pub(super) primary_category: String,
    pub(super) categories: Vec<String>,
    pub(super) authors: Vec<String>,
}

impl Entry {
    /// What arXiv complains of, if this is no paper but a complaint.
    pub(super) fn error(&self) -> Option<String> {
        let is_error = self.id.contains("arxiv.org/api/errors");
        is_error.then(|| {
            self.summary.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect()
        })
    }
}

/// Reads a document; the error says in a few words what is wrong with it.
pub(super) fn read(text: &str) -> Result<Feed, String> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}').trim_start());
    let mut feed = Feed::default();
    let mut path: Vec<String> = Vec::new();
    let mut words = String::new();
    let mut is_feed = false;
    loop {
        match reader.read_event().map_err(|err| format!("it is no XML: {err}"))? {
            Event::Start(tag) => {
                path.push(tag.local_name().as_ref().to_owned());
                if path.len() > MAX_DEPTH {
                    return Err(format!("its elements are nested more than {MAX_DEPTH} deep"));
                }
                words.clear();
                is_feed |= path == ["feed"];
                opened(&tag, &path, &mut feed)?;
            }
            Event::Empty(tag) => {
                path.push(tag.local_name().as_ref().to_owned());
                is_feed |= path == ["feed"];
                opened(&tag, &path, &mut feed)?;
                path.pop();
            }
            Event::End(_) => {
                closed(&path, std::mem::take(&mut words), &mut feed);
                path.pop();
            }
            Event::Text(text) => words.push_str(&text),
            Event::CData(text) => words.push_str(&text),
            Event::GeneralRef(name) => match name.resolve_char_ref() {
                Ok(Some(c)) => words.push(c),
                Ok(None) | Err(_) => words.push_str(resolve_predefined_entity(&name).unwrap_or_default()),
            },
            Event::DocType(_) => return Err("it has a DOCTYPE".to_owned()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof if !path.is_empty() => return Err("it breaks off".to_owned()),
            Event::Eof if !is_feed => return Err("it is no Atom feed".to_owned()),
            Event::Eof => return Ok(feed),
        }
    }
}

fn opened(tag: &BytesStart<'_>, path: &[String], feed: &mut Feed) -> Result<(), String> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    if path == ["feed", "entry"] {
        if feed.entries.len() >= MAX_ENTRIES {
            return Err(format!("it has more than {MAX_ENTRIES} entries"));
        }
        feed.entries.push(Entry::default());
    }
    let ["feed", "entry", name @ ("category" | "primary_category")] = path.as_slice() else { return Ok(()) };
    let (Some(entry), Ok(Some(term))) = (feed.entries.last_mut(), tag.try_get_attribute("term")) else {
        return Ok(());
    };
    let term = term.value.trim().to_owned();
    if !term.is_empty() {
        if *name == "category" {
            entry.categories.push(term);
        } else {
            entry.primary_category = term;
        }
    }
    Ok(())
}

fn closed(path: &[String], words: String, feed: &mut Feed) {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    if path == ["feed", "totalResults"] {
        feed.total = words.trim().parse().ok();
    }
    let Some(entry) = feed.entries.last_mut() else { return };
    match path.as_slice() {
        ["feed", "entry", "author", "name"] => entry.authors.push(words),
        ["feed", "entry", "id"] => entry.id = words,
        ["feed", "entry", "title"] => entry.title = words,
        ["feed", "entry", "summary"] => entry.summary = words,
        ["feed", "entry", "published"] => entry.published = words,
        ["feed", "entry", "updated"] => entry.updated = words,
        ["feed", "entry", "comment"] => entry.comment = words,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ingest::testing::{check, damaged};

    const PAGE: &str = "<?xml version='1.0' encoding='UTF-8'?>\n<feed xmlns:opensearch='a' xmlns:x='b' xmlns='c'>\
        <opensearch:totalResults> 7 </opensearch:totalResults>\
        <entry><id>http://arxiv.org/abs/3103.00001v2</id><title>Trains &amp; tides &#x2264; 3\n  metres</title>\
        <author><name>Ana Sandoval</name><x:affiliation>Coast</x:affiliation></author><author><name>Bo</name></author>\
        <category term='cs.LG'/><x:primary_category term=\"cs.AI\"/><summary><![CDATA[a < b]]> &unknown;c</summary>\
        </entry></feed>";

    #[test]
    fn a_page_is_read_with_its_total() {
        let feed = read(PAGE).unwrap();
        assert_eq!((feed.total, feed.entries.len()), (Some(7), 1));
        let entry = &feed.entries[0];
        assert_eq!(entry.title, "Trains & tides ≤ 3\n  metres");
        assert_eq!(
            (entry.authors.as_slice(), entry.summary.as_str()),
            (["Ana Sandoval".to_owned(), "Bo".to_owned()].as_slice(), "a < b c")
        );
        assert_eq!(
            (entry.primary_category.as_str(), entry.categories.as_slice()),
            ("cs.AI", ["cs.LG".to_owned()].as_slice())
        );
    }

    #[test]
    fn what_is_no_page_says_what_it_is() {
        let deep = "<feed>".repeat(40);
        for (text, why) in [
            ("", "it is no Atom feed"),
            ("Rate exceeded.", "it is no Atom feed"),
            ("<html><body>busy</body></html>", "it is no Atom feed"),
            ("<feed><entry><title>half", "it breaks off"),
            ("<feed></entry>", "it is no XML"),
            ("<!DOCTYPE feed [<!ENTITY a 'aa'>]><feed/>", "it has a DOCTYPE"),
            (&deep, "nested more than"),
        ] {
            assert!(read(text).unwrap_err().contains(why), "{text}: {:?}", read(text));
        }
    }

    fn dated() -> String {
        PAGE.replace("</entry>", "<published>2031-03-17T19:00:00Z</published></entry>")
    }

    proptest! {
        #[test]
        fn what_becomes_of_an_entry_is_a_record_or_none(page in damaged(vec![dated().into_bytes()])) {
            if let Ok(feed) = read(&String::from_utf8_lossy(&page)) {
                let papers = feed.entries.into_iter().filter_map(|entry| super::super::paper::paper(entry, None).ok());
                papers.for_each(|paper| check(&paper));
            }
        }
    }
}
