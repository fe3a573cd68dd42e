//! What the desk's codes are called in answers: one table for each, the same words wherever something is explained.

use chrono::{DateTime, Utc};

use crate::model::{DiscountKind, QuarantineReason, ScoreTerm, SignalKind};

/// What a term of the score says of a record, with its value where that tells more.
///
/// Terms are texts, so that a score stored by another version can still be shown: a code that is not in the table is
/// told as it is.
pub(crate) fn term(term: &ScoreTerm) -> String {
    let value = term.value;
    let plus = term.points >= 0.0;
    // Values are logarithms of counts here.
    let counted = |n: f64| (n.exp() - 1.0).round().max(0.0);
    match term.code.as_str() {
        "source_publication" => "a publication's article".to_owned(),
        "source_essay" => "a long-form post".to_owned(),
        "source_social" => "a post on a social network".to_owned(),
        "source_paper" => "a research paper".to_owned(),
        "source_forum" => "a post in a forum".to_owned(),
        "venue_reports" => format!("{:.0} % of what its place brings are statements", value * 100.0),
        "on_topic" if plus => "words that belong to the topic".to_owned(),
        "on_topic" => "words that hardly belong to the topic".to_owned(),
        "loud_account" => format!("an account with about {:.0} posts a day", value.exp()),
        "answering_someone" => "an answer to somebody".to_owned(),
        "inside_thread" => "a later post of a thread".to_owned(),
        "often_named" => {
            let n = counted(value);
            format!("its author is named by {n:.0} other {}", if n == 1.0 { "account" } else { "accounts" })
        }
        "first_hand" => "a first-hand announcement".to_owned(),
        "personal" => "a headline that speaks of its author or to its readers".to_owned(),
        "actor_acts" => "somebody named does something".to_owned(),
        "figures" => "figures in the headline".to_owned(),
        "asks" => "it asks".to_owned(),
        "has_link" => "it links to something to read".to_owned(),
        "title_length" if plus => "a headline that says something".to_owned(),
        "title_length" => "a very short headline".to_owned(),
        "bursting_name" => "a name that many use today and few did before".to_owned(),
        "heard_elsewhere" => {
            let n = counted(value);
            format!("heard in {n:.0} other {}", if n == 1.0 { "place" } else { "places" })
        }
        "first_to_say" => "the first to say it".to_owned(),
        other => other.replace('_', " "),
    }
}

/// A kind of signal for people.
pub(crate) fn signal_kind(kind: SignalKind) -> &'static str {
    match kind {
        SignalKind::VolumeAnomaly => "More posts than usual",
        SignalKind::Velocity => "A sudden rise",
        SignalKind::Novelty => "Something not seen before",
        SignalKind::SentimentShift => "A change of mood",
        SignalKind::RegisterShift => "A change of tone",
        SignalKind::PlatformDivergence => "Platforms that disagree",
        SignalKind::EntitySurge => "A name above its usual rate",
        SignalKind::PhraseTrending => "A phrase above its usual rate",
        SignalKind::CrossTopic => "The same thing in several topics",
        SignalKind::Trend => "A slow change over weeks",
    }
}

/// What a kind asks besides the bars that are kept with a signal, said of one that missed it.
pub(crate) fn asked_besides(kind: SignalKind) -> &'static str {
    match kind {
        SignalKind::VolumeAnomaly | SignalKind::SentimentShift | SignalKind::RegisterShift => {
            "a longer history"
        }
        SignalKind::Velocity => "more than one earlier day in ten brings in these hours",
        SignalKind::Novelty => "more posts on the new thing itself",
        SignalKind::PlatformDivergence => "that the other platforms bring about what they usually do",
        SignalKind::EntitySurge | SignalKind::CrossTopic => "a longer history of the names of usual days",
        SignalKind::PhraseTrending => "words that no name of the same posts tells already",
        SignalKind::Trend => "a level that is worth it, and a larger change from the first day to the last",
    }
}

/// A discount for people.
pub(crate) fn discount(kind: DiscountKind) -> &'static str {
    match kind {
        DiscountKind::FewAuthors => "loud accounts",
        DiscountKind::CopyPaste => "copies",
        DiscountKind::StaleSource => "a platform that was not read",
        DiscountKind::Backfill => "late arrivals",
        DiscountKind::Circular => "echoes of our own posts",
        DiscountKind::BurstOfOneSource => "one place alone",
        DiscountKind::ThinBaseline => "too little history",
        DiscountKind::Recurring => "series",
    }
}

/// Why one record does not count, by the discount that took it.
pub(crate) fn taken_by(kind: DiscountKind) -> &'static str {
    match kind {
        DiscountKind::FewAuthors => "its author wrote more than an account may count for",
        DiscountKind::CopyPaste => "its text was there before",
        DiscountKind::StaleSource => "its platform was not read in time",
        DiscountKind::Backfill => "it arrived long after its publication",
        DiscountKind::Circular => "it repeats a post of ours or a machine's brief",
        DiscountKind::BurstOfOneSource => "its place alone was loud",
        DiscountKind::ThinBaseline => "its platform was hardly read before",
        DiscountKind::Recurring => "it belongs to a series that comes again and again",
    }
}

/// Why a record is set aside, after “it”.
pub(crate) fn quarantine(reason: QuarantineReason) -> &'static str {
    match reason {
        QuarantineReason::Instruction => "gives instructions to a machine",
        QuarantineReason::RoleMarker => "holds the markers of a chat with a model",
        QuarantineReason::MachineVoice => "reads like a machine's answer pasted unread",
        QuarantineReason::HiddenText => "hides text that readers cannot see",
        QuarantineReason::EncodedPayload => "carries an encoded payload",
    }
}

/// A time for people, with its date.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M UTC").to_string()
}

/// `1 post`, `2 posts`.
pub(crate) fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// A number for people: whole if it is, else with up to two decimals.
pub(crate) fn number(x: f64) -> String {
    let text = format!("{x:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A p-value for people.
pub(crate) fn p_value(p: f64) -> String {
    if p < 0.000_1 {
        format!("{p:.0e}")
    } else {
        format!("{p:.4}").trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_say_what_their_values_mean() {
        let said =
            |code: &str, value: f64, points: f64| term(&ScoreTerm { code: code.to_owned(), value, points });
        assert_eq!(said("heard_elsewhere", 3.0_f64.ln_1p(), 0.7), "heard in 3 other places");
        assert_eq!(said("heard_elsewhere", 1.0_f64.ln_1p(), 0.3), "heard in 1 other place");
        assert_eq!(said("on_topic", -1.0, -1.0), "words that hardly belong to the topic");
        assert_eq!(said("loud_account", 7.0_f64.ln(), -1.0), "an account with about 7 posts a day");
        assert_eq!(said("of_a_later_version", 1.0, 1.0), "of a later version");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([number(5.0), number(2.5), number(0.125), number(-0.001)], ["5", "2.5", "0.12", "0"]);
        assert_eq!([p_value(0.03), p_value(0.000_000_2), p_value(1.0)], ["0.03", "2e-7", "1"]);
    }
}
