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
        Self { publication: 5.0, essay: 3.0, social: 3.0, paper: 3.5, forum: 0.0 }
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
    /// Forum: per share of statements among the venue's posts.
    pub venue_reports: f64,
    /// Social posts and essays: per unit of contrast above [`Points::neutral_contrast`].
    pub on_topic: f64,
    /// Papers: the same. A plain-spoken paper is the one that gets read.
    pub on_topic_paper: f64,
    /// The contrast at which a text's words speak neither for nor against it.
    pub neutral_contrast: f64,
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
    /// A name and a news verb in the headline.
    pub actor_acts: f64,
    /// An amount in the headline.
    pub figures: f64,
    /// A question, or a call for help.
    pub asks: f64,
    /// Forum: the body has a link.
    pub has_link: f64,
    /// Per `words / 25 − 0.4` of the headline, 25 words at most.
    pub title_length: f64,
    /// Per `ln(1 + z)` of the headline name that stands farthest above its usual number of authors.
    pub bursting_name: f64,
    /// Per `ln(1 + n)` of the other venues with near records.
    pub heard_elsewhere: f64,
    /// Papers: per `ln(1 + n)` of the authors on other platforms with near records.
    pub heard_elsewhere_paper: f64,
    /// Has near records and is earlier than all of them.
    pub first_to_say: f64,
    /// Social, where general accounts are too few to tell what is on the topic.
    pub no_contrast: f64,
    /// Papers there.
    pub no_contrast_paper: f64,
    /// Forum there: per share of statements among the venue's posts, on top of [`Points::venue_reports`].
    pub no_contrast_venue: f64,
    /// There: a name and a news verb in the headline, on top of [`Points::actor_acts`].
    pub no_contrast_actor: f64,
}

impl Default for Points {
    fn default() -> Self {
        Self {
            bias: 5.0,
            venue_reports: 10.0,
            on_topic: 1.0,
            on_topic_paper: -1.0,
            neutral_contrast: 1.5,
            loud_account: -0.5,
            answering_someone: -1.0,
            inside_thread: -1.0,
            often_named: 0.5,
            first_hand: 1.0,
            actor_acts: 0.5,
            figures: 0.5,
            asks: -0.5,
            has_link: 0.75,
            title_length: 1.0,
            bursting_name: 0.25,
            heard_elsewhere: 0.5,
            heard_elsewhere_paper: 1.0,
            first_to_say: 0.5,
            no_contrast: -3.0,
            no_contrast_paper: -3.5,
            no_contrast_venue: 2.0,
            no_contrast_actor: 0.25,
        }
    }
}
