//! Answers in words. Pure: what goes in decides what comes out.
//!
//! The first words of an answer say what was asked, so that the post stands alone wherever it is passed on. Nothing of
//! who asked is in it, neither name nor words. What a story says stays a whole sentence with the numbers of its sources.

use chrono::{DateTime, Utc};

use super::read::Where;
use crate::answer::{SearchAnswer, TopicLine, TopicView, TopicWhy};
use crate::model::{Amendment, Decision, Sentence, SignalFact};
use crate::publish::bluesky::{Mark, Paragraph, Piece, Post, lay_out};
use crate::publish::text::{Clean, Limit, WebLink, shorten};
use crate::publish::{Edition, Source, grouped};

/// Posts of an answer at most.
pub(super) const MAX_POSTS: usize = 3;

/// A story with what an answer needs beside it.
#[derive(Clone, Debug)]
pub(super) struct Shown<'a> {
    pub(super) edition: Edition<'a>,
    /// Where all of it can be read.
    pub(super) whole: Option<WebLink>,
}

fn plain(text: &str) -> Piece {
    Piece::plain(Clean::of(text))
}

fn paragraph(text: &str) -> Paragraph {
    Paragraph::of([plain(text)])
}

fn short(text: &str, max: usize) -> String {
    let limit = Limit::BLUESKY_POST.less(300_usize.saturating_sub(max));
    shorten(Clean::of(text).as_str(), limit, &|t| limit.size(t))
}

fn cited(edition: &Edition<'_>, sentence: &Sentence) -> Piece {
    Piece::cited(Clean::of(&sentence.text), &edition.marks(sentence))
}

/// A text of ours behind which all of the story can be read.
fn leading(text: &str, label: &str, to: Option<&WebLink>) -> Paragraph {
    match to {
        Some(to) => {
            Paragraph::of([Piece::followed(Clean::of(text), Mark::link(&Clean::of(label), to.clone()))])
        }
        None => paragraph(text),
    }
}

/// A head, as many items as have room, and a tail that says how many have none.
fn listed(head: &[Paragraph], items: &[Piece], tail: impl Fn(usize) -> Option<Paragraph>) -> Vec<Paragraph> {
    for shown in (0..=items.len()).rev() {
        let mut all = head.to_vec();
        all.push(Paragraph::lines(items.iter().take(shown).cloned()));
        all.extend(tail(items.len() - shown));
        // With room for one post more, what has none would be seen there.
        if lay_out(&all, &[], MAX_POSTS + 1).len() <= MAX_POSTS {
            return all;
        }
    }
    head.to_vec()
}

impl Shown<'_> {
    fn name(&self) -> String {
        let story = &self.edition.story;
        format!(
            "“{}” (story {}, version {})",
            short(&story.body.headline.text, 150),
            story.code,
            story.version
        )
    }

    /// Corrections stand before what they correct.
    fn corrections(&self) -> Option<Paragraph> {
        let newest = *self.edition.notes().last()?;
        let title = self.edition.note_title(newest);
        Some(paragraph(&format!("{title}: {}", short(&newest.text, 220))))
    }

    fn headed(&self, what: &str) -> Vec<Paragraph> {
        let mut all = vec![paragraph(&format!("{what} {}:", self.name()))];
        all.extend(self.corrections());
        all
    }
}

/// The latest story of a topic, or the one asked for.
pub(super) fn latest(shown: &Shown<'_>) -> Vec<Paragraph> {
    let edition = &shown.edition;
    let body = &edition.story.body;
    let title = format!("Latest on {}:", edition.topic_name);
    let mut all = vec![Paragraph::lines([plain(&title), cited(edition, &body.headline)])];
    all.extend(shown.corrections());
    all.push(Paragraph::of(body.dek.iter().map(|sentence| cited(edition, sentence))));
    let story = &edition.story;
    let when = format!("Story {}, version {}, of {}.", story.code, story.version, edition.moment(story.at));
    all.push(leading(&when, "Read all of it", shown.whole.as_ref()));
    all
}

/// What a story rests on.
pub(super) fn sources(shown: &Shown<'_>) -> Vec<Paragraph> {
    let edition = &shown.edition;
    if edition.sources.is_empty() {
        let mut all = vec![paragraph(&format!("Sources of {}", shown.name()))];
        all.push(paragraph("They are no longer there: what they said was deleted where it was said."));
        return all;
    }
    let told = |detail: Detail| {
        let items: Vec<Piece> = edition.sources.iter().map(|source| source_line(source, detail)).collect();
        listed(&shown.headed("Sources of"), &items, |left| match left {
            0 => None,
            left => Some(leading(&format!("And {left} more."), "See all of them", shown.whole.as_ref())),
        })
    };
    let whole = told(Detail::Day);
    let posts = lay_out(&whole, &[], MAX_POSTS);
    let lines = |post: &Post| post.text.lines().filter(|line| !line.is_empty()).count();
    if posts.len() < 2 || posts.last().is_none_or(|last| lines(last) > FEW_LINES) {
        return whole;
    }
    // A little too long: the day says less than one post more costs, and so does the place.
    let mut shorter = [Detail::Place, Detail::Name].into_iter().map(told);
    shorter.find(|one| lay_out(one, &[], MAX_POSTS).len() < posts.len()).unwrap_or(whole)
}

/// So few lines are not worth a post of their own.
const FEW_LINES: usize = 2;

/// How much is said of a source. Each says what the one before it says, but for the last thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    /// Who, where and when.
    Day,
    /// Who and where.
    Place,
    /// Who.
    Name,
}

fn source_line(source: &Source, detail: Detail) -> Piece {
    let who = if source.speaker.is_empty() { &source.place } else { &source.speaker };
    let mut text = short(who.as_str(), 60);
    if detail != Detail::Name && *who != source.place {
        text = format!("{text}, {}", source.place);
    }
    if detail == Detail::Day {
        text = format!("{text}, {}", source.day);
    }
    Piece::led(Mark::number(source), Clean::of(&short(&text, 120)))
}

/// The questions of a story in short, or the n-th of them at length.
pub(super) fn faq(shown: &Shown<'_>, n: Option<u8>) -> Vec<Paragraph> {
    let edition = &shown.edition;
    let mut all = Vec::new();
    if let Some(faq) = n.and_then(|n| edition.story.body.faqs.get(usize::from(n).saturating_sub(1))) {
        all.push(paragraph(&format!("{} About {}.", faq.question, shown.name())));
        all.extend(shown.corrections());
        let told = if faq.answer.is_empty() { &faq.short } else { &faq.answer };
        all.push(Paragraph::of(told.iter().map(|sentence| cited(edition, sentence))));
        if told.is_empty() {
            all.push(paragraph("This answer was withdrawn with its source."));
        }
    } else {
        all.extend(shown.headed("In short,"));
        for faq in edition.story.body.faqs.iter().filter(|faq| !faq.short.is_empty()) {
            let question = std::iter::once(plain(&faq.question));
            all.push(Paragraph::lines(question.chain(faq.short.iter().map(|s| cited(edition, s)))));
        }
    }
    all
}

/// What a version changed.
pub(super) fn changed(shown: &Shown<'_>) -> Vec<Paragraph> {
    let edition = &shown.edition;
    let story = &edition.story;
    let changes = edition.change_lines();
    let mut all = vec![paragraph(&format!("What changed in {}:", shown.name()))];
    for correction in edition.notes().iter().rev().take(2) {
        let title = edition.note_title(correction);
        all.push(paragraph(&format!("{title}: {}", short(&correction.text, 220))));
    }
    if changes.is_empty() {
        let first = if story.version == 1 {
            format!("Nothing so far: it is the first version, of {}.", edition.moment(story.at))
        } else {
            format!("No facts. This version is of {}.", edition.moment(story.at))
        };
        all.push(paragraph(&first));
        return all;
    }
    let items: Vec<Piece> = changes
        .iter()
        .map(|(label, text)| plain(&format!("{label}: {}", short(text.as_str(), 240))))
        .collect();
    listed(&all, &items, |left| {
        let when = format!("As of {}.", edition.moment(story.at));
        let text = if left == 0 { when } else { format!("And {left} more. {when}") };
        Some(leading(&text, "Read all of it", shown.whole.as_ref()))
    })
}

/// Why there is a story: what was measured, and the decision that began it.
pub(super) fn why_story(
    shown: &Shown<'_>,
    measured: Option<(DateTime<Utc>, &[SignalFact])>,
    decisions: &[Decision],
) -> Vec<Paragraph> {
    let edition = &shown.edition;
    let mut all = vec![paragraph(&format!("Why there is {}:", shown.name()))];
    let mut lines = vec![plain(&format!("It rests on {}.", edition.records_line()))];
    if let Some((at, signals)) = measured {
        lines.push(plain(&format!("Measured in its topic, {}:", edition.moment(at))));
        lines.extend(signals.iter().take(3).map(|signal| plain(&format!("• {}", short(&signal.text, 200)))));
    } else if let Some(first) = decisions.last() {
        lines.push(plain(&format!("{}: {}", edition.moment(first.at), short(&first.detail, 200))));
    }
    all.push(Paragraph::lines(lines));
    all.push(paragraph("Rules decide, the same for every topic."));
    all
}

/// How a topic stood when it was last looked at.
pub(super) fn why_topic(topic: &TopicWhy, view: &TopicView) -> Vec<Paragraph> {
    let mut all = vec![paragraph(&format!("Why there is a story on {}, or none:", topic.name))];
    all.push(paragraph(&short(&topic.summary, 560)));
    if let Some(at) = topic.at {
        all.push(paragraph(&format!("As of {}.", moment(at, view))));
    }
    all
}

/// What is said of a story that was taken back: never what it said.
pub(super) fn retracted(retraction: &Amendment, edition: &Edition<'_>) -> Vec<Paragraph> {
    vec![
        paragraph(edition.retracted_title().as_str()),
        paragraph(&short(&retraction.text, 500)),
        paragraph(&format!("{}, by {}", edition.day(retraction.at), short(&retraction.by, 80))),
    ]
}

/// The topic has no story yet: what is known, and when there may be more.
pub(super) fn no_story(
    name: &str,
    stored: u64,
    recent: u64,
    next_scan: Option<DateTime<Utc>>,
    view: Option<&TopicView>,
) -> Vec<Paragraph> {
    let known = match stored {
        0 => "Nothing about it is stored yet.".to_owned(),
        1 => format!("One post about it is stored, {recent} of the last 24 hours; it makes no story."),
        n => format!(
            "{} posts about it are stored, {} of the last 24 hours; they make no story at present.",
            grouped(n),
            grouped(recent)
        ),
    };
    let next = next_scan.zip(view).map(|(at, view)| format!("I read again {}.", moment(at, view)));
    let mut all = vec![paragraph(&format!("Latest on {name}: no story yet."))];
    all.push(Paragraph::of(std::iter::once(plain(&known)).chain(next.map(|next| plain(&next)))));
    all
}

/// Nothing here has that name.
pub(super) fn unknown(near: &[&str], topics: &[TopicView]) -> Vec<Paragraph> {
    let mut all = vec![paragraph("I follow no topic of that name, and have no story with that code.")];
    if near.is_empty() {
        all.extend(names("I read about", topics.iter().map(|topic| topic.name.as_str())));
    } else {
        all.push(paragraph(&format!("Did you mean {}?", near.join(" or "))));
    }
    all.push(paragraph("“topics” tells what I read about, “help” what can be asked."));
    all
}

/// It was not said which story is meant.
pub(super) fn which(topics: &[TopicView]) -> Vec<Paragraph> {
    let example = topics.first().map_or("a topic", |topic| topic.name.as_str());
    let mut all = vec![paragraph("Of which story? Ask in a reply to it, or name its topic or code.")];
    all.push(paragraph(&format!("For example: sources {example}")));
    all
}

fn names<'n>(lead: &str, names: impl Iterator<Item = &'n str>) -> Option<Paragraph> {
    let all: Vec<&str> = names.collect();
    let shown: Vec<String> = all.iter().take(12).map(|name| short(name, 60)).collect();
    let rest = all.len() - shown.len();
    let more = if rest == 0 { String::new() } else { format!(", and {rest} more") };
    (!shown.is_empty()).then(|| paragraph(&format!("{lead} {}{more}.", shown.join(", "))))
}

/// The newest story of every topic that has one.
pub(super) fn newest(lines: &[TopicLine]) -> Vec<Paragraph> {
    let mut told: Vec<(&TopicLine, &str, DateTime<Utc>)> = lines
        .iter()
        .filter_map(|line| line.latest.as_ref().map(|story| (line, story.headline.as_str(), story.at)))
        .collect();
    told.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.name.cmp(&b.0.name)));
    if told.is_empty() {
        let mut all = vec![paragraph("The latest: there is no story yet.")];
        all.extend(names("I read about", lines.iter().map(|line| line.name.as_str())));
        return all;
    }
    let items: Vec<Piece> = told
        .iter()
        .take(6)
        .map(|(line, headline, _)| plain(&format!("• {}: {}", short(&line.name, 60), short(headline, 150))))
        .collect();
    listed(&[paragraph("The latest of each topic, newest first:")], &items, |_| {
        Some(paragraph("“latest on …” with a topic's name tells more."))
    })
}

/// What is read about.
pub(super) fn topics(lines: &[TopicLine]) -> Vec<Paragraph> {
    if lines.is_empty() {
        return vec![paragraph("Topics: none yet. Whoever runs this account has still to choose some.")];
    }
    let items: Vec<Piece> = lines
        .iter()
        .map(|line| {
            let story = if line.latest.is_some() { "" } else { " (no story yet)" };
            plain(&format!("• {}{story}", short(&line.name, 80)))
        })
        .collect();
    listed(&[paragraph("I read what is said in public about these topics:")], &items, |left| {
        let more = if left == 0 { String::new() } else { format!("And {left} more. ") };
        Some(paragraph(&format!("{more}“latest on …” with a name tells the story.")))
    })
}

/// What was found. The words searched for are not repeated.
pub(super) fn search(found: &SearchAnswer) -> Vec<Paragraph> {
    if found.stories.is_empty() && found.records.is_empty() {
        return vec![paragraph("Found nothing that has all of these words. Fewer words find more.")];
    }
    let stories =
        found.stories.iter().take(4).map(|hit| {
            plain(&format!("• {} (story {}, {})", short(&hit.headline, 120), hit.code, day(hit.at)))
        });
    let records = found.records.iter().take(6).enumerate().map(|(n, hit)| {
        let text = format!("{}, {}", short(&hit.venue, 60), day(hit.published));
        match WebLink::parse(&hit.url) {
            Some(link) => Piece::led(Mark::link(&Clean::of(&format!("[{}]", n + 1)), link), Clean::of(&text)),
            None => plain(&text),
        }
    });
    let what = match (found.stories.is_empty(), found.records.is_empty()) {
        (false, false) => "Stories and posts",
        (false, true) => "Stories",
        (true, _) => "Posts",
    };
    let items: Vec<Piece> = stories.chain(records).collect();
    listed(&[paragraph(&format!("Found. {what} with these words, newest first:"))], &items, |_| None)
}

/// What can be asked.
pub(super) fn help(topics: &[TopicView]) -> Vec<Paragraph> {
    let example = topics.first().map_or_else(|| "a topic".to_owned(), |topic| short(&topic.name, 60));
    let ways = [
        format!("• latest on {example}"),
        "• sources, why, what changed, faq: in a reply to a story, or with a topic's name".to_owned(),
        "• topics".to_owned(),
        "• search and a few words".to_owned(),
        "• stop: I leave you alone".to_owned(),
    ];
    let lead = plain("I am an automated news desk. What you can ask me, in a mention or a reply:");
    vec![Paragraph::lines(std::iter::once(lead).chain(ways.iter().map(|way| plain(way))))]
}

/// A question in words that we do not know.
pub(super) fn unclear(topics: &[TopicView]) -> Vec<Paragraph> {
    let mut all = vec![paragraph("I am automated and did not understand that.")];
    all.extend(names("I can tell the news on", topics.iter().map(|topic| topic.name.as_str())));
    all.push(paragraph("“help” tells what can be asked."));
    all
}

/// Whoever asked to be left alone is told so, once.
pub(super) fn left_alone(place: Where, whole_thread: bool) -> Vec<Paragraph> {
    let what = match (place, whole_thread) {
        (Where::Person, _) => "I will not reply to you any more.",
        (Where::Thread, true) => "I leave this thread alone.",
        (Where::Thread, false) => "I will not reply to you in this thread any more.",
    };
    vec![paragraph(&format!("Done. {what} Mention me with “start again” to undo this."))]
}

/// Whoever wants answers again is told so.
pub(super) fn back_again() -> Vec<Paragraph> {
    vec![paragraph("Done. I answer you again. “help” tells what can be asked.")]
}

fn moment(at: DateTime<Utc>, view: &TopicView) -> String {
    at.with_timezone(&view.time_zone).format("%-d %B %Y, %H:%M %Z").to_string()
}

fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Severity;
    use crate::publish::fixture;

    /// The answer to “sources” of a story that rests on so many.
    fn posts_of(count: usize) -> Vec<String> {
        let (story, brief) = fixture::night_trains();
        let mut edition = Edition::new(&story, &brief, Severity::Medium);
        let one =
            edition.sources.iter().find(|one| one.speaker.as_str() == "@timetable.example").unwrap().clone();
        edition.sources = (1..=count).map(|n| Source { n, ..one.clone() }).collect();
        let told = sources(&Shown { edition, whole: None });
        lay_out(&told, &[], MAX_POSTS).into_iter().map(|post| post.text).collect()
    }

    #[test]
    fn sources_a_little_too_many_are_told_in_fewer_words_rather_than_in_one_more_post() {
        assert!(posts_of(4)[0].ends_with("\n[4] @timetable.example, Bluesky, 3 March 2026"));
        let five = posts_of(5);
        assert_eq!(five.len(), 1, "{five:?}");
        assert!(
            five[0].ends_with("\n[4] @timetable.example, Bluesky\n[5] @timetable.example, Bluesky"),
            "{five:?}"
        );
        let eight = posts_of(8);
        assert_eq!(eight.len(), 2, "many are worth a post: {eight:?}");
        assert!(eight[1].ends_with(", 3 March 2026"), "{eight:?}");
        for count in 1..40 {
            let posts = posts_of(count);
            assert!(
                posts.len() == 1 || posts.last().unwrap().lines().count() > FEW_LINES,
                "{count}: {posts:?}"
            );
        }
    }
}
