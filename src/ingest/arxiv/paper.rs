//! A paper on arXiv, and the record it is.

use chrono::{DateTime, Utc};

use super::atom::Entry;
use crate::address::native_id;
use crate::ingest::field::fitted;
use crate::ingest::source::Skipped;
use crate::model::{Engagement, IncomingRecord, Platform, SourceClass, TombstoneReason};

/// More authors than that are "et al.": some papers have thousands.
const MAX_AUTHORS: usize = 20;

/// What a paper is tagged with whose authors say that they withdraw it while its text still stands.
const WITHDRAWN: &str = "withdrawn";

/// The record of a paper, under `venue` or else its primary category. Another version of it is another text of the same
/// record. Only a summary that *is* the notice of withdrawal makes it a record that is gone: a paper whose comment says
/// so keeps its text on arXiv, and is tagged.
pub(super) fn paper(entry: Entry, venue: Option<&str>) -> Result<IncomingRecord, Skipped> {
    let at = entry.id.trim();
    let Some(native_id) = native_id(&Platform::Arxiv, at) else {
        let what: String = if at.is_empty() { "an entry".to_owned() } else { at.chars().take(100).collect() };
        return Err(Skipped::new(what, "its id is no address of a paper"));
    };
    let title = one_line(&entry.title);
    let title = Some(title).filter(|title| !title.is_empty());
    let body = paragraphs(&entry.summary);
    if title.is_none() && body.is_empty() {
        return Err(Skipped::new(native_id, "neither title nor text"));
    }
    let updated = time(&entry.updated);
    let Some(published_at) = time(&entry.published).or(updated) else {
        return Err(Skipped::new(native_id, "it has no time"));
    };
    let names: Vec<String> =
        entry.authors.iter().map(|name| one_line(name)).filter(|name| !name.is_empty()).collect();
    let mut author = names.iter().take(MAX_AUTHORS).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > MAX_AUTHORS {
        author.push_str(" et al.");
    }
    let primary = Some(entry.primary_category).filter(|name| !name.is_empty());
    let mut tags = entry.categories;
    if is_notice(&one_line(&entry.comment)) {
        tags.push(WITHDRAWN.to_owned());
    }
    Ok(fitted(IncomingRecord {
        platform: Platform::Arxiv,
        class: SourceClass::Paper,
        permalink: format!("https://arxiv.org/abs/{native_id}"),
        native_id,
        author: Some(author).filter(|author| !author.is_empty()),
        venue: venue.map(str::to_owned).or(primary).unwrap_or_else(|| "arXiv".to_owned()),
        published_at,
        archived_seen_at: None,
        edited_at: updated.filter(|at| *at > published_at),
        title,
        deleted: withdrawal(&body),
        body,
        tags,
        answers: None,
        quotes: None,
        engagement: Engagement::default(),
    }))
}

/// When an entry was published.
pub(super) fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text.trim()).ok().map(|at| at.to_utc())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A summary without its hard line breaks. An indented line begins a paragraph.
fn paragraphs(text: &str) -> String {
    let mut whole = String::new();
    let mut after_blank = false;
    for line in text.lines() {
        let begins = after_blank || line.starts_with("  ") || line.starts_with('\t');
        let line = one_line(line);
        after_blank = line.is_empty();
        if after_blank {
            continue;
        }
        if !whole.is_empty() {
            whole.push_str(if begins { "\n\n" } else { " " });
        }
        whole.push_str(&line);
    }
    whole
}

/// Whose withdrawal a summary tells of, if it tells of nothing else.
fn withdrawal(summary: &str) -> Option<TombstoneReason> {
    let text = summary.to_lowercase();
    let by_arxiv = text.contains("arxiv admin") || text.contains("by arxiv");
    is_notice(&text).then_some(if by_arxiv { TombstoneReason::Moderator } else { TombstoneReason::Author })
}

/// Whether a text begins as notices of withdrawal do. Others speak of ions that are withdrawn.
fn is_notice(text: &str) -> bool {
    let text = text.to_lowercase();
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let text = text.strip_prefix("arxiv admin note:").unwrap_or(text).trim_start();
    if text.trim_end_matches(|c: char| !c.is_alphanumeric()) == WITHDRAWN
        || text.starts_with("withdrawn by ")
        || text.starts_with("withdrawn due ")
        || text.starts_with("paper withdrawn")
    {
        return true;
    }
    let rest = text
        .strip_prefix("this ")
        .or_else(|| text.strip_prefix("the "))
        .and_then(|rest| rest.split_once(' '));
    let Some((noun, rest)) = rest else { return false };
    let is_paper = ["paper", "submission", "article", "manuscript", "work", "preprint"].contains(&noun);
    let verbs = ["has been ", "is ", "was ", "has now been "];
    is_paper
        && verbs.iter().any(|verb| rest.strip_prefix(verb).is_some_and(|rest| rest.starts_with(WITHDRAWN)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(summary: &str, comment: &str) -> Entry {
        Entry {
            id: "http://arxiv.org/abs/3103.00001v2".to_owned(),
            title: "On the\n  night train".to_owned(),
            summary: summary.to_owned(),
            comment: comment.to_owned(),
            published: "2031-03-17T19:00:00Z".to_owned(),
            updated: "2031-03-18T19:00:00Z".to_owned(),
            primary_category: "cs.AI".to_owned(),
            categories: vec!["cs.AI".to_owned(), "cs.LG".to_owned()],
            ..Entry::default()
        }
    }

    #[test]
    fn lines_are_unwrapped_and_paragraphs_are_kept() {
        let record =
            paper(entry("  We count\ntrams at\r\nnight.\n  They are\nlate.\n\nOften.\n", ""), None).unwrap();
        assert_eq!(record.body, "We count trams at night.\n\nThey are late.\n\nOften.");
        assert_eq!(record.title.as_deref(), Some("On the night train"));
        assert_eq!((record.native_id.as_str(), record.venue.as_str()), ("3103.00001", "cs.AI"));
        assert_eq!(record.edited_at, Some("2031-03-18T19:00:00Z".parse().unwrap()));
        assert_eq!(native_id(&Platform::Arxiv, &record.permalink), Some(record.native_id));
    }

    #[test]
    fn only_a_notice_of_withdrawal_withdraws() {
        let deleted = |summary: &str| paper(entry(summary, ""), Some("cs.LG")).unwrap().deleted;
        for (summary, reason) in [
            (
                "This paper has been withdrawn by the authors due to an error in\nSection 3.",
                TombstoneReason::Author,
            ),
            ("[Withdrawn]", TombstoneReason::Author),
            ("This submission has been withdrawn by arXiv administrators", TombstoneReason::Moderator),
        ] {
            assert_eq!(deleted(summary), Some(reason), "{summary}");
        }
        for summary in [
            "Ions are withdrawn from the trap.",
            "This paper studies papers that were withdrawn.",
            "",
            "This",
            "Withdrawn ions heat the trap",
        ] {
            assert_eq!(deleted(summary), None, "{summary}");
        }
        let tagged =
            paper(entry("We count trams.", "This paper has been withdrawn by the author"), None).unwrap();
        assert_eq!((tagged.deleted, tagged.tags.last().map(String::as_str)), (None, Some(WITHDRAWN)));
    }

    #[test]
    fn a_paper_of_thousands_names_twenty() {
        let mut crowd = entry("We count.", "");
        crowd.authors = (0..3_000).map(|n| format!("A. {n}")).collect();
        let author = paper(crowd, None).unwrap().author.unwrap();
        assert!(author.ends_with("A. 19 et al."), "{author}");
    }

    #[test]
    fn what_lacks_the_needful_is_skipped() {
        let why = |entry: Entry| paper(entry, None).unwrap_err().why;
        assert_eq!(why(Entry::default()), "its id is no address of a paper");
        let bare = Entry { id: "http://arxiv.org/abs/3103.00001v1".to_owned(), ..Entry::default() };
        assert_eq!(why(bare), "neither title nor text");
        assert_eq!(
            why(Entry { published: String::new(), updated: "soon".to_owned(), ..entry("x", "") }),
            "it has no time"
        );
    }
}
