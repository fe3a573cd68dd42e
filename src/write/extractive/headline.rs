//! The headline: a shared clause, the organisation's own statement, a publication's title, a member's title, and last
//! the label with its count.

use super::cite::{citation, days, find, members, sentence, words};
use super::clause::{Casing, headline_like, press_titles, shared_clause, without_tail};
use super::event::Event;
use super::facts::speaks_for_it;
use super::phrases_en as say;
use crate::model::{
    Brief, BriefRecord, CountBase, CountFilter, CountUnit, CountUse, QuoteKind, Sentence, SentenceKind,
    SourceClass, Span,
};
use crate::write::brief::title_of;
use crate::write::quotes::lexicon_en;
use crate::write::quotes::text::{announces, content_stems, has_any, makes_a_point, overlap, tells_a_deed};

/// The longest headline, in characters.
pub(super) const MAX: usize = 90;

/// Candidates, best first; the last always holds.
pub(super) fn headline(brief: &Brief, casing: &Casing) -> Vec<Sentence> {
    let mut found = Vec::new();
    let tail = tail(brief);
    let event = Event::of(brief);
    // What heads an update is new.
    let event = if brief.earlier.is_some() { event.only_new(brief) } else { event };
    candidates(brief, &event, casing, tail.as_ref(), &mut found);
    plain(brief, &mut found, tail.as_ref());
    found
}

fn candidates(
    brief: &Brief,
    event: &Event<'_>,
    casing: &Casing,
    tail: Option<&(String, CountUse)>,
    found: &mut Vec<Sentence>,
) {
    // What stood in the headlines of older records has been told.
    let shared = shared_clause(brief, casing)
        .filter(|shared| shared.at.iter().any(|(record, _)| event.is_told_by(record, &shared.text)));
    if let Some(shared) = shared {
        let cited: Vec<_> = shared.at.iter().filter_map(|(r, span)| citation(r, *span)).collect();
        with_tail(found, SentenceKind::Report, &say::capital(&shared.text), &cited, tail);
    }
    own_statement(brief, event, found, tail, Told::Turned);
    press(brief, event, casing, found, tail, Named::Yes);
    own_statement(brief, event, found, tail, Told::Done);
    member(brief, event, found);
    own_statement(brief, event, found, tail, Told::Quoted);
    press(brief, event, casing, found, tail, Named::Softly);
    press(brief, event, casing, found, tail, Named::No);
    // Who speaks for something else tells what was made for it, where nobody tells more.
    own_statement(brief, event, found, tail, Told::ByOthers);
}

/// `: 34 posts in four days` with its count.
fn tail(brief: &Brief) -> Option<(String, CountUse)> {
    let count = find(brief, CountUnit::Records, CountBase::Members, &CountFilter::All)?;
    let publications =
        find(brief, CountUnit::Records, CountBase::Members, &CountFilter::Publications).map_or(0, |c| c.n);
    let nouns = say::nouns(publications, count.n);
    let (first, last) = days(brief);
    let text = format!("{} {}", say::quantity(count.n, nouns.one, nouns.many), say::in_days(first, last));
    Some((text, brief.use_count(count)))
}

fn with_tail(
    found: &mut Vec<Sentence>,
    kind: SentenceKind,
    clause: &str,
    cited: &[crate::model::Citation],
    tail: Option<&(String, CountUse)>,
) {
    // One colon is enough.
    if let Some((text, count)) = tail.filter(|_| !clause.contains(": ")) {
        let whole = format!("{clause}: {text}");
        if whole.chars().count() <= MAX {
            found.push(sentence(kind, whole, cited.to_vec(), vec![count.clone()]));
        }
    }
    if clause.chars().count() <= MAX {
        found.push(sentence(kind, clause, cited.to_vec(), Vec::new()));
    }
}

/// How an organisation's own statement stands in a headline.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Turned,
    /// It tells what was done.
    Done,
    Quoted,
    ByOthers,
}

/// “We plan to test ferries” by the organisation becomes “Harbour Lines plans to test ferries”.
fn own_statement(
    brief: &Brief,
    event: &Event<'_>,
    found: &mut Vec<Sentence>,
    tail: Option<&(String, CountUse)>,
    told: Told,
) {
    for quote in brief.quotes.iter().filter(|q| q.kind == QuoteKind::Official && !q.asks) {
        let (Some(record), Some(raw)) = (brief.record(&quote.record), brief.quote_text(quote)) else {
            continue;
        };
        if !event.is_told_by(record, raw) || speaks_for_it(brief, record) == (told == Told::ByOthers) {
            continue;
        }
        let said = words(raw);
        let Some(cited) = citation(record, quote.span) else { continue };
        if told == Told::Turned {
            if let Some(clause) = turned(&said, &record.speaker) {
                with_tail(found, SentenceKind::Report, &clause, &[cited], tail);
            }
            continue;
        }
        if told == Told::Done && !tells_a_deed(&said) && !announces(&said) {
            continue;
        }
        let plain = format!("{}: “{said}”", record.speaker);
        if plain.chars().count() <= MAX && said.chars().count() >= 20 {
            with_tail(found, SentenceKind::Quote, &plain, &[cited], tail);
        }
    }
}

/// The first person of an organisation's statement turned into its name; only where the sentence opens with it.
pub(super) fn turned(said: &str, speaker: &str) -> Option<String> {
    const TURNS: [(&str, &str); 12] = [
        ("we plan ", "plans "),
        ("we are ", "is "),
        ("we're ", "is "),
        ("we’re ", "is "),
        ("we will ", "will "),
        ("we'll ", "will "),
        ("we’ll ", "will "),
        ("we have ", "has "),
        ("we've ", "has "),
        ("we’ve ", "has "),
        ("we expect ", "expects "),
        ("we intend ", "intends "),
    ];
    let lower = said.to_lowercase();
    let (from, to) = TURNS.iter().find(|(from, _)| lower.starts_with(from))?;
    let rest = said.get(from.len()..)?;
    let more = crate::write::quotes::text::has_any(rest, crate::write::quotes::lexicon_en::FIRST_PERSON);
    let clean = !rest.contains(['.', '!', '?', ':', ';', '“', '‘', '(']);
    (!more && clean).then(|| format!("{} {to}{rest}", speaker.trim_start_matches('@')))
}

/// Whether a title names what the story is about; one that does not tells nobody what it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    Yes,
    /// It does, and tells what somebody would like.
    Softly,
    No,
}

/// Verbs of what is wished for: nothing has happened yet.
const SOFT: [&str; 8] = ["aims", "aim", "seeks", "seek", "hopes", "wants", "eyes", "looks to"];

fn press(
    brief: &Brief,
    event: &Event<'_>,
    casing: &Casing,
    found: &mut Vec<Sentence>,
    tail: Option<&(String, CountUse)>,
    named: Named,
) {
    let mut bare = Vec::new();
    let label = content_stems(&brief.label);
    let names_it = |clause: &str| match named {
        Named::No => label.is_disjoint(&content_stems(clause)),
        Named::Yes | Named::Softly => {
            let soft = has_any(clause, &SOFT) && !tells_a_deed(clause);
            !label.is_disjoint(&content_stems(clause)) && soft == (named == Named::Softly)
        }
    };
    let titles = press_titles(brief, casing).into_iter().filter(|title| names_it(&title.clause));
    for title in titles.filter(|title| event.is_told_by(title.record, &title.clause)).take(4) {
        let Some(cited) = citation(title.record, title.span) else { continue };
        if title.also.is_empty() {
            let clause = say::capital(&title.clause);
            let text = format!("{}: {clause}", title.record.speaker);
            // Not every story opens with who says so.
            if super::turn(brief).is_multiple_of(2) && !clause.contains([',', ';', ':']) {
                let after = format!("{clause}, {} reports", title.record.speaker);
                with_tail(found, SentenceKind::Report, &after, std::slice::from_ref(&cited), None);
            }
            with_tail(found, SentenceKind::Report, &text, std::slice::from_ref(&cited), tail);
            if text.chars().count() > MAX
                && let Some(head) = without_tail(&clause)
            {
                let text = format!("{}: {head}", title.record.speaker);
                with_tail(found, SentenceKind::Report, &text, std::slice::from_ref(&cited), tail);
            }
        } else {
            let mut all = vec![cited.clone()];
            all.extend(title.also.iter().filter_map(|(r, span)| citation(r, *span)));
            with_tail(found, SentenceKind::Report, &say::capital(&title.clause), &all, tail);
        }
        let quoted = title_of(title.record).map(|(_, text)| words(text)).unwrap_or_default();
        let text = format!("{}: “{quoted}”", title.record.speaker);
        if text.chars().count() <= MAX {
            with_tail(found, SentenceKind::Quote, &text, std::slice::from_ref(&cited), tail);
        }
        if makes_a_point(&quoted) {
            bare.push((format!("“{quoted}”"), cited));
        }
    }
    // Whose they are stands below.
    for (text, cited) in bare {
        with_tail(found, SentenceKind::Quote, &text, &[cited], None);
    }
}

/// A member's title in quotation marks, nearest to what the titles share.
fn member(brief: &Brief, event: &Event<'_>, found: &mut Vec<Sentence>) {
    let label = content_stems(&brief.label);
    let all = members(brief);
    let heads: Vec<_> = all.iter().filter_map(|r| title_of(r)).map(|(_, t)| content_stems(t)).collect();
    let mut titles: Vec<(f64, &BriefRecord, Span, &str)> = all
        .iter()
        .filter(|r| r.class != SourceClass::Publication && !r.quarantined && !r.speaker.is_empty())
        .filter(|r| r.lang == brief.lang || r.lang == crate::model::Lang::UND)
        .filter_map(|r| title_of(r).map(|(span, text)| (*r, first_clause(span, text, r, brief))))
        .map(|(r, (span, text))| (r, span, text))
        .filter(|(r, _, text)| {
            let named = overlap(&label, &content_stems(text)) >= 0.5;
            // Makers who are not known to speak for it head nothing: what they made may be something for it.
            let made = announces(text) && !r.official;
            named && !made && headline_like(text) && says_what_happened(text) && event.is_told_by(r, text)
        })
        .map(|(r, span, text)| {
            let stems = content_stems(text);
            let shared = heads.iter().filter(|h| overlap(h, &stems) >= 0.3).count() as f64;
            let names_it = if overlap(&label, &stems) >= 0.99 { 3.0 } else { 0.5 };
            let names_it = if is_made_for(text, &brief.label) { 0.2 * names_it } else { names_it };
            let names_it = if happens_to(text, &brief.label) { 2.5 * names_it } else { names_it };
            let names_it = if has_actor(text, &brief.label) { 1.4 * names_it } else { names_it };
            let evidence = if event.rests_on(r) { 1.5 } else { 1.0 };
            (shared * names_it * evidence, r, span, text)
        })
        .collect();
    titles.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
    for (_, record, span, text) in titles.into_iter().take(3) {
        let Some(cited) = citation(record, span) else { continue };
        let quoted = words(text);
        // How many speak of the matter says nothing of one title.
        with_tail(found, SentenceKind::Quote, &format!("“{quoted}”"), std::slice::from_ref(&cited), None);
        with_tail(found, SentenceKind::Quote, &format!("“{quoted}” ({})", record.speaker), &[cited], None);
    }
}

/// “A cover for the Coastline ferry”: what stands before a preposition is what happened, not the name behind it.
fn is_made_for(title: &str, label: &str) -> bool {
    const FOR: [&str; 9] = [" for ", " of ", " with ", " on ", " to ", " using ", " via ", " from ", " in "];
    let (title, label) = (title.to_lowercase(), label.to_lowercase());
    title.find(&label).and_then(|at| title.get(..at)).is_some_and(|before| {
        let before = before.trim_end_matches("the ");
        FOR.iter().any(|word| before.ends_with(word))
    })
}

/// “Harbour Lines launches Coastline 2”, “Coastline 2 is here”: what happened happened to the thing itself.
fn happens_to(title: &str, label: &str) -> bool {
    let (title, label) = (title.to_lowercase(), label.to_lowercase());
    let Some((before, after)) = title.split_once(&label) else { return false };
    let told = |word: Option<&str>| word.is_some_and(|word| lexicon_en::HAPPENED.contains(&word));
    let mut next = after.split_whitespace();
    told(before.split_whitespace().next_back())
        || after.starts_with(' ')
            && match next.next() {
                Some("is" | "are" | "has" | "was") => next
                    .next()
                    .is_some_and(|w| matches!(w, "here" | "out" | "live" | "back") || told(Some(w))),
                word => told(word),
            }
}

/// Whether somebody does something to it: “Harbour Lines launches Coastline 2”.
fn has_actor(title: &str, label: &str) -> bool {
    let (title, label) = (title.to_lowercase(), label.to_lowercase());
    title.split_once(&label).is_some_and(|(before, _)| {
        let list: Vec<&str> = before.split_whitespace().collect();
        matches!(list.as_slice(), [_, .., verb] if lexicon_en::HAPPENED.contains(verb))
    })
}

/// Of a long title what stands before its first stop or colon, if that tells what happened by itself.
fn first_clause<'t>(span: Span, title: &'t str, record: &BriefRecord, brief: &Brief) -> (Span, &'t str) {
    // Room for quotation marks, brackets and whose it is.
    let room = MAX.saturating_sub(record.speaker.chars().count() + 5);
    if headline_like(title) && title.chars().count() <= room {
        return (span, title);
    }
    let label = content_stems(&brief.label);
    let cut =
        [". ", ": ", ", a ", ", the ", " - ", " – ", " — "].iter().filter_map(|stop| title.find(stop)).min();
    cut.and_then(|at| title.get(..at))
        .filter(|head| {
            headline_like(head) && says_what_happened(head) && label.is_subset(&content_stems(head))
        })
        .map_or((span, title), |head| (Span { start: span.start, end: span.start + head.len() }, head))
}

/// A member's title is a headline only if it tells an event and nothing of its writer.
fn says_what_happened(title: &str) -> bool {
    has_any(title, lexicon_en::HAPPENED)
        && ![lexicon_en::FIRST_PERSON, lexicon_en::OPINION, lexicon_en::SWEEPING, lexicon_en::ADVERT]
            .iter()
            .any(|list| has_any(title, list))
}

fn plain(brief: &Brief, found: &mut Vec<Sentence>, tail: Option<&(String, CountUse)>) {
    let label = say::capital(&brief.label);
    if let Some((text, count)) = tail {
        found.push(sentence(
            SentenceKind::Count,
            format!("{label}: {text}"),
            Vec::new(),
            vec![count.clone()],
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::turned;

    #[test]
    fn an_organisations_first_person_becomes_its_name() {
        assert_eq!(
            turned("We plan to reopen the pier in May", "@HarbourLine").as_deref(),
            Some("HarbourLine plans to reopen the pier in May")
        );
        assert_eq!(
            turned("We’ll run two boats", "Harbour Line").as_deref(),
            Some("Harbour Line will run two boats")
        );
        assert_eq!(turned("We plan to reopen our pier", "@HarbourLine"), None);
        assert_eq!(turned("In May we plan to reopen", "@HarbourLine"), None);
    }
}
