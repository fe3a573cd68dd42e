//! What a writer hands in: for each place its candidates, best first. The verifier takes the first that passes.

use crate::model::{FaqKind, Sentence};

/// An unchecked story.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// Candidates for the headline.
    pub headline: Vec<Sentence>,
    /// Sentences of the dek; each is one slot with its candidates.
    pub dek: Vec<Vec<Sentence>>,
    /// Sections in order.
    pub sections: Vec<DraftSection>,
    /// The story so far.
    pub so_far: Vec<Vec<Sentence>>,
    /// The three questions.
    pub faqs: Vec<DraftFaq>,
    /// Counter-evidence; its last candidate is the `none_found` sentence.
    pub counter: Vec<Vec<Sentence>>,
}

/// An unchecked section.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DraftSection {
    /// Candidates for the heading.
    pub heading: Vec<Sentence>,
    /// Slots, each with its candidates.
    pub sentences: Vec<Vec<Sentence>>,
}

/// An unchecked question and its answers.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftFaq {
    /// Which of the three.
    pub kind: FaqKind,
    /// The question.
    pub question: String,
    /// Slots of the long answer.
    pub answer: Vec<Vec<Sentence>>,
    /// Slots of the short answer.
    pub short: Vec<Vec<Sentence>>,
}
