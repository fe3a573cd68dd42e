//! Why a sentence did not pass.

use serde::{Deserialize, Serialize};

use super::story::Place;
use super::text_enum::text_enum;

text_enum! {
    /// The verifier's codes.
    pub enum RejectionCode: "rejection code" {
        /// Cites a record or count the brief does not have.
        UnknownId => "unknown_id",
        /// A span is missing, out of range, or cuts a character.
        SpanMissing => "span_missing",
        /// The cited words are not the words cited at the time.
        HashMismatch => "hash_mismatch",
        /// The record is gone.
        Tombstoned => "tombstoned",
        /// The record's text was purged by its platform's retention rule.
        Expired => "expired",
        /// Words between quotation marks are not in the cited span.
        QuoteAltered => "quote_altered",
        /// The cut turns the meaning: a negation, condition or doubt was left outside.
        ContextCut => "context_cut",
        /// The speaker or outlet is not named.
        AttributionMissing => "attribution_missing",
        /// A name that no cited text has.
        NameUnsupported => "name_unsupported",
        /// A number that no citation or count has.
        NumberUnsupported => "number_unsupported",
        /// A count does not recompute.
        CountWrong => "count_wrong",
        /// A count sentence says more than its count.
        CountDrift => "count_drift",
        /// A date that no citation has.
        DateWrong => "date_wrong",
        /// Everyone, nobody, always.
        UniversalClaim => "universal_claim",
        /// A group of fewer than three independent authors.
        CohortTooSmall => "cohort_too_small",
        /// Words outside the quotation marks that are neither glue nor the source's.
        GlueDrift => "glue_drift",
        /// A negation outside the quotation marks.
        GlueNegation => "glue_negation",
        /// A connecting sentence that states a fact.
        FrameHasFact => "frame_has_fact",
        /// A paraphrase that does not follow its source.
        OrderDrift => "order_drift",
        /// A question told as a statement.
        QuestionAsClaim => "question_as_claim",
        /// Words about writing, prompts or models.
        MetaText => "meta_text",
        /// A refusal.
        Refusal => "refusal",
        /// Markup, mentions, links.
        Markup => "markup",
        /// Characters that readers cannot see, or look-alikes of others.
        HiddenText => "hidden_text",
        /// Not in the story's language.
        WrongLanguage => "wrong_language",
        /// Too long for its place.
        OverLength => "over_length",
        /// Empty, broken at the start or the end.
        BrokenText => "broken_text",
        /// Said already in this story.
        Repeated => "repeated",
        /// Quotes a record that is set aside.
        Quarantined => "quarantined",
        /// A phone number, address or the like.
        PersonalData => "personal_data",
        /// A model's paraphrase that no second check agreed with.
        Unconfirmed => "unconfirmed",
    }
}

/// One failed check of one sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Where in the story.
    pub place: Place,
    /// Which check.
    pub code: RejectionCode,
    /// The offending words.
    pub offending: String,
    /// The whole sentence.
    pub sentence: String,
}
