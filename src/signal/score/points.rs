//! What each sign is worth.
//!
//! The points are a logistic fit (a record is led with or not) on the earlier half of recorded days, rounded. They are
//! the same for every desk and topic; only the [`Offsets`] are a matter of taste.

use crate::model::SourceClass;

/// What a record gets for the kind of speech it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offsets {
    /// A publication with editors.
    pub publication: f64,
    /// A long-form post by one author.
    pub essay: f64,
    /// A short post on a general network.
    pub social: f64,
    /// A research paper.
    pub paper: f64,
    /// A post in a forum.
    pub forum: f64,
}

impl Default for Offsets {
    fn default() -> Self {
        Self { publication: 5.0, essay: 4.0, social: 1.5, paper: 2.0, forum: 1.5 }
    }
}

impl Offsets {
    pub(super) fn of(&self, class: SourceClass) -> (&'static str, f64) {
        match class {
            SourceClass::Publication => ("source_publication", self.publication),
            SourceClass::Essay => ("source_essay", self.essay),
            SourceClass::Social => ("source_social", self.social),
            SourceClass::Paper => ("source_paper", self.paper),
            SourceClass::Forum => ("source_forum", self.forum),
        }
    }
}

/// Points per unit of each term.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Points {
    /// Taken from every sum.
    pub bias: f64,
    /// Forum: per `ln` of the venue's share of statements over the usual one.
    pub venue_reports: f64,
    /// Social posts and essays: per unit of contrast above what is usual of their kind.
    pub on_topic: f64,
    /// The contrast usual of social posts; it speaks neither for nor against.
    pub usual_contrast_social: f64,
    /// The contrast usual of essays.
    pub usual_contrast_essay: f64,
    /// Social: per `ln` of the author's posts a day.
    pub loud_account: f64,
    /// Social: begins with a mention.
    pub answering_someone: f64,
    /// Social: per `ln` of the length of the thread that it continues.
    pub inside_thread: f64,
    /// Social: per `ln(1 + n)` of the accounts that have named the author.
    pub often_named: f64,
    /// Whoever did it speaks.
    pub first_hand: f64,
    /// Forum and social: speaks of its author or to its readers.
    pub personal: f64,
    /// A name and a news verb in the headline.
    pub actor_acts: f64,
    /// An amount in the headline.
    pub figures: f64,
    /// A question, or a call for help.
    pub asks: f64,
    /// Forum: the body has a link to something to read.
    pub has_link: f64,
    /// Forum, social and essays: per `words / 25 − 0.4` of the headline, 25 words at most.
    pub title_length: f64,
    /// Papers: the same; a short title is a plain one.
    pub title_length_paper: f64,
    /// Per `ln(1 + z)` of the headline name that stands farthest above its usual number of authors.
    pub bursting_name: f64,
    /// Per `ln(1 + n)` of the other venues with near records; papers: of the authors on other platforms.
    pub heard_elsewhere: f64,
    /// Has near records and is earlier than all of them.
    pub first_to_say: f64,
}

impl Default for Points {
    fn default() -> Self {
        Self {
            bias: 5.0,
            venue_reports: 1.25,
            on_topic: 1.0,
            usual_contrast_social: 0.5,
            usual_contrast_essay: 2.6,
            loud_account: -0.5,
            answering_someone: -1.0,
            inside_thread: -1.0,
            often_named: 0.5,
            first_hand: 0.25,
            personal: -0.5,
            actor_acts: 0.5,
            figures: 0.5,
            asks: -0.5,
            has_link: 0.75,
            title_length: 1.5,
            title_length_paper: -1.0,
            bursting_name: 0.25,
            heard_elsewhere: 0.5,
            first_to_say: 0.25,
        }
    }
}
