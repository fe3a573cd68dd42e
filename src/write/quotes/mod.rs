//! Finding, ranking and choosing quotes. Pure: borrowed records in, ranked units out.

pub(in crate::write) mod counter;
pub(in crate::write) mod gates;
pub(in crate::write) mod lexicon_en;
pub(in crate::write) mod score;
pub(in crate::write) mod select;
pub(in crate::write) mod terms;
pub(in crate::write) mod text;
pub(in crate::write) mod units;

use super::material::Member;
use std::cell::OnceCell;

use crate::model::{BriefRecord, SourceClass};
pub(in crate::write) use terms::StoryTerms;

/// A member with its entry in the brief.
pub(in crate::write) struct Source<'a> {
    /// The member.
    pub(in crate::write) member: Member<'a>,
    /// Its stored text.
    pub(in crate::write) text: &'a str,
    /// As the brief holds it.
    pub(in crate::write) brief: BriefRecord,
    /// A signed opinion of a publication.
    pub(in crate::write) opinion: bool,
    /// Whether it [is a press release](gates::is_release), once somebody asks.
    pub(in crate::write) release: OnceCell<bool>,
    /// Where its writer [takes it up again](gates::edit_in), once somebody asks.
    pub(in crate::write) edited: OnceCell<Option<usize>>,
}

impl Source<'_> {
    /// Where its writer takes it up again, if they do.
    pub(in crate::write) fn edit(&self) -> Option<usize> {
        *self.edited.get_or_init(|| gates::edit_in(self.text))
    }

    /// Whether its body reads as a press release.
    pub(in crate::write) fn is_release(&self) -> bool {
        let body = || self.text.get(self.brief.body_start..).unwrap_or("");
        *self.release.get_or_init(|| gates::is_release(body()))
    }

    /// Whether a publication speaks.
    pub(in crate::write) fn is_press(&self) -> bool {
        self.brief.class == SourceClass::Publication
    }

    /// The title and the first 400 characters of the body: what a record is about.
    pub(in crate::write) fn opening(&self) -> &str {
        let start = self.text.get(self.brief.body_start..).unwrap_or("");
        let end = self.text.len() - start.len() + crate::analyze::span::head(start, 400).len();
        self.text.get(..end).unwrap_or(self.text)
    }

    /// The title, or the first 200 characters of a text without one.
    pub(in crate::write) fn head(&self) -> &str {
        let title = self.text.get(..self.brief.body_start).unwrap_or("").trim();
        if title.is_empty() { crate::analyze::span::head(self.text, 200) } else { title }
    }
}
