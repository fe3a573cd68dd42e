//! One entry of a document.

use super::date;
use super::document::Document;
use super::raw::{RawEntry, add_name, escaped};
use super::space::Space;
use super::xml::{Piece, Tag};

impl<'a> Document<'a> {
    /// Reads the entry just begun, up to its end.
    pub(super) fn entry(&mut self, tag: Tag<'a>) -> RawEntry {
        let mut entry = RawEntry::default();
        // RSS 1.0 names its items so; Atom's entries know no such attribute.
        let about = Self::attribute(tag, "rdf:about");
        let depth = self.reader.depth();
        while let Some(piece) = self.reader.child(depth) {
            let Piece::Start(tag) = piece else { continue };
            self.enter(tag);
            let (space, name) = self.name(tag);
            match space {
                Space::Core => self.core(&mut entry, tag, &name),
                Space::Dublin => self.dublin(&mut entry, tag, &name),
                Space::Media => self.media(&mut entry, tag, &name),
                Space::Content if name == "encoded" => or_insert(&mut entry.content, || self.html(tag)),
                Space::Xhtml if matches!(name.as_str(), "body" | "div") => {
                    or_insert(&mut entry.content, || self.html(tag));
                }
                Space::Itunes => match name.as_str() {
                    "summary" => or_insert(&mut entry.summary, || self.html(tag)),
                    "author" => or_insert(&mut entry.house, || Some(self.plain())),
                    _ => {}
                },
                Space::Slash if name == "comments" => entry.replies = self.plain().trim().parse().ok(),
                Space::Thread if name == "total" => entry.replies = self.plain().trim().parse().ok(),
                Space::Other if name == "origlink" => {
                    let link = self.plain();
                    entry.original = self.address(&link);
                }
                Space::Content
                | Space::Xhtml
                | Space::Slash
                | Space::Thread
                | Space::Syndication
                | Space::Tombstone
                | Space::Other => {}
            }
        }
        if entry.id.is_empty() {
            entry.id = about.unwrap_or_default();
            entry.id_is_page = true;
        }
        if entry.authors.is_empty() {
            add_name(&mut entry.authors, entry.house.as_deref().unwrap_or_default());
        }
        entry
    }

    fn core(&mut self, entry: &mut RawEntry, tag: Tag<'a>, name: &str) {
        match name {
            "title" => or_insert(&mut entry.title, || self.title(tag)),
            "link" => {
                let link = self.link(tag);
                if let Some(link) = link {
                    let place = if link.is_page { &mut entry.page } else { &mut entry.other_page };
                    if link.is_alternate && place.is_none() {
                        *place = Some(link.url);
                    }
                }
            }
            "id" if entry.id.is_empty() => {
                self.plain().trim().clone_into(&mut entry.id);
                entry.id_is_page = true;
            }
            "guid" if entry.id.is_empty() => {
                let is_page = Self::attribute(tag, "ispermalink")
                    .is_none_or(|said| !said.eq_ignore_ascii_case("false"));
                self.plain().trim().clone_into(&mut entry.id);
                entry.id_is_page = is_page;
            }
            "content" => {
                if let Some(address) = Self::attribute(tag, "src") {
                    // It stands elsewhere, and that is a page if nothing better is named.
                    entry.other_page = entry.other_page.take().or_else(|| self.address(&address));
                } else {
                    or_insert(&mut entry.content, || self.html(tag));
                }
            }
            "fullitem" | "body" => or_insert(&mut entry.content, || self.html(tag)),
            "description" | "summary" => or_insert(&mut entry.summary, || self.html(tag)),
            "pubdate" | "published" | "issued" => {
                or_insert(&mut entry.published, || date::parse(&self.plain()));
            }
            "date" | "created" => or_insert(&mut entry.dated, || date::parse(&self.plain())),
            "updated" | "modified" => or_insert(&mut entry.updated, || date::parse(&self.plain())),
            "author" => self.person(&mut entry.authors),
            "category" => {
                let said = Self::attribute(tag, "label").or_else(|| Self::attribute(tag, "term"));
                let said = said.unwrap_or_else(|| self.plain());
                entry.tags.push(said);
            }
            _ => {}
        }
    }

    fn dublin(&mut self, entry: &mut RawEntry, tag: Tag<'a>, name: &str) {
        match name {
            "title" => or_insert(&mut entry.title, || self.title(tag)),
            "creator" => self.person(&mut entry.authors),
            "date" | "created" | "issued" => or_insert(&mut entry.dated, || date::parse(&self.plain())),
            "modified" => or_insert(&mut entry.updated, || date::parse(&self.plain())),
            "subject" => {
                let said = self.plain();
                entry.tags.push(said);
            }
            "description" | "abstract" => or_insert(&mut entry.summary, || self.html(tag)),
            _ => {}
        }
    }

    /// Media RSS: groups hold contents, contents hold what is said of them.
    fn media(&mut self, entry: &mut RawEntry, tag: Tag<'a>, name: &str) {
        if let Some(shown) = Self::attribute(tag, "alt") {
            or_insert(&mut entry.caption, || Some(escaped(&shown)));
        }
        match name {
            "title" => or_insert(&mut entry.media_title, || self.title(tag)),
            "description" | "text" => or_insert(&mut entry.caption, || self.html(tag)),
            "group" | "content" => {
                let depth = self.reader.depth();
                while let Some(piece) = self.reader.child(depth) {
                    let Piece::Start(tag) = piece else { continue };
                    self.enter(tag);
                    if let (Space::Media, name) = self.name(tag) {
                        self.media(entry, tag, &name);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The first that says something is taken.
fn or_insert<T>(place: &mut Option<T>, read: impl FnOnce() -> Option<T>) {
    if place.is_none() {
        *place = read();
    }
}
