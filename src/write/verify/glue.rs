//! Quotations, what stands around them, and frames.

use super::context::{Cut, inside_marks, judge, sentence_end, sentence_start, sentence_start_from};
use super::fold::{find_fragment, norm, words};
use super::lexicon::{
    ASKING, ENDING, FOREIGN, FRAME_WORDS, GLUE, GROUPS, LEADING, OPENING, PUBLICS, QUOTING, STRONG, TITLING,
    UNIVERSAL, has, is_negator,
};
use super::names::Job;
use super::tokens::{Role, Token, number, outside};
use super::{Findings, counting, numbers};
use crate::model::{BriefRecord, CountFilter, Place, QuoteKind, RejectionCode, SentenceKind, mentions};

/// Fewest words of a quotation.
const QUOTE_WORDS: usize = 3;

pub(super) fn check_quote(job: &Job<'_, '_, '_>, findings: &mut Findings) {
    if job.quotations.is_empty() {
        findings.push(RejectionCode::QuoteAltered, "no quotation");
    }
    let owners = check_fragments(job, findings);
    let free = matches!(job.place, Place::Headline | Place::Heading { .. });
    check_speakers(job, &owners, free, findings);
    numbers::check_dates(job, findings);
    numbers::check_numbers(job, findings, &source_numbers(job));
    counting::check_predicates(job, findings);
    check_publics(job, findings);
    let source = job.source_words();
    let near = std::cell::LazyCell::new(|| job.near_words());
    let counted = !job.uses.is_empty();
    let lead = job.lead();
    check_words(job, findings, |token| {
        let word = token.norm.as_str();
        let asked = token.end <= lead;
        has(GLUE, word)
            || source.iter().any(|s| s == word) && !has(STRONG, word)
            || near.iter().any(|s| is_named(s, token)) && (asked || is_subject(job, token, &near))
            || asked && has(LEADING, word)
            || fixed_phrase(job, token)
            || counted && has(super::lexicon::COUNT_WORDS, word)
    });
}

/// Words that are neutral in one phrase only: “wanted to know”, “signed by”, “followed on Wednesday”, “so began”, and of a title
/// “gave”, “chose”, “ran”, “stood over”. Elsewhere they say what somebody did.
fn fixed_phrase(job: &Job<'_, '_, '_>, token: &Token<'_>) -> bool {
    let at = job.tokens.iter().position(|t| t.start == token.start).unwrap_or_default();
    let word = |i: Option<usize>| i.and_then(|i| job.tokens.get(i)).map_or("", |t| t.norm.as_str());
    let (before, next) = (word(at.checked_sub(1)), word(Some(at + 1)));
    match token.norm.as_str() {
        "wanted" => next == "to" && word(Some(at + 2)) == "know",
        "know" => before == "to" && word(at.checked_sub(2)) == "wanted",
        "signed" => next == "by",
        "so" => has(OPENING, next),
        "followed" | "follows" => {
            let dated = job.tokens.get(at + 1).is_some_and(|t| matches!(t.role, Role::Date | Role::Relative));
            dated || matches!(next, "at" | "on")
        }
        "chose" | "gave" | "gives" | "ran" | "run" | "runs" | "stood" => {
            spots(job).iter().flatten().flatten().any(|s| s.to <= s.record.body_start)
        }
        _ => false,
    }
}

/// “On the cost”, where the source has “costs”.
fn same_thing(a: &str, b: &str) -> bool {
    a == b || a.strip_suffix('s') == Some(b) || b.strip_suffix('s') == Some(a)
}

/// Whether a word stands in the source, a name as a name.
fn is_named(source: &str, token: &Token<'_>) -> bool {
    let capital = |w: &str| w.starts_with(char::is_uppercase);
    same_thing(&norm(source), &token.norm) && (token.start == 0 || !capital(token.text) || capital(source))
}

/// Whether a word belongs to “of the packs from batch K7”: what a fragment is about, told in words that stand near it.
fn is_subject(job: &Job<'_, '_, '_>, token: &Token<'_>, near: &[&str]) -> bool {
    let before = job.tokens.iter().filter(|t| t.start < token.start).rev().take(6);
    for word in before.map(|t| t.norm.as_str()) {
        match word {
            "of" | "on" | "about" => return true,
            "a" | "an" | "the" | "from" | "for" | "in" | "its" | "their" => {}
            other if near.iter().any(|s| same_thing(&norm(s), other)) => {}
            _ => return false,
        }
    }
    false
}

/// Numbers in the cited sentences.
fn source_numbers(job: &Job<'_, '_, '_>) -> Vec<String> {
    job.source_words().iter().filter(|w| number(w).is_some()).cloned().collect()
}

/// A place where a quotation stands in a cited record, in bytes of the record's text.
#[derive(Clone, Copy)]
struct Spot<'a> {
    /// Which citation.
    cited: usize,
    record: &'a BriefRecord,
    from: usize,
    to: usize,
}

/// What each quotation is: where it stands, or that it is a counted term.
fn spots<'a>(job: &Job<'_, 'a, '_>) -> Vec<Option<Vec<Spot<'a>>>> {
    let text = job.sentence.text.as_str();
    let found = |fragment: &str| {
        let mut all = Vec::new();
        for (i, cited) in job.cited.iter().enumerate() {
            for (from, to) in find_fragment(cited.span(), fragment) {
                all.push(Spot {
                    cited: i,
                    record: cited.record,
                    from: cited.start + from,
                    to: cited.start + to,
                });
            }
        }
        all
    };
    job.quotations
        .iter()
        .map(|(start, end)| text.get(*start..*end).unwrap_or_default())
        .map(|fragment| (!is_term(job, fragment)).then(|| found(fragment)))
        .collect()
}

/// Words between two quotations of one sentence that may be left out when both parts are told.
const JOINTS: &[&str] = &["and", "but", "so", "yet"];

/// A quotation told in parts, “…,” wrote X, “…”: from the first part's beginning to the last part's end, as far as they
/// follow each other in the source as they do here.
fn joined(parts: &[Option<Vec<Spot<'_>>>], at: usize, spot: Spot<'_>, text: &str) -> (usize, usize) {
    let adjoins = |a: usize, b: usize| {
        text.get(a..b).is_some_and(|gap| {
            !gap.contains('\n')
                && words(gap, 0, gap.len()).iter().all(|w| JOINTS.contains(&w.text))
                && words(gap, 0, gap.len()).len() <= 1
        })
    };
    let here = |i: usize| {
        parts.get(i).into_iter().flatten().flatten().filter(|s| s.record.id == spot.record.id).copied()
    };
    let (mut from, mut to) = (spot.from, spot.to);
    for i in (0..at).rev() {
        let Some(before) = here(i).find(|s| s.to <= from && adjoins(s.to, from)) else { break };
        from = before.from;
    }
    for i in at + 1..parts.len() {
        let Some(after) = here(i).find(|s| to <= s.from && adjoins(to, s.from)) else { break };
        to = after.to;
    }
    (from, to)
}

/// Each quotation stands in a cited span, at word borders, and its cut is fair. Returns, for each quotation, the
/// records it may come from.
fn check_fragments<'a>(job: &Job<'_, 'a, '_>, findings: &mut Findings) -> Vec<Vec<&'a BriefRecord>> {
    let text = job.sentence.text.as_str();
    let asks = job.tokens.iter().any(|t| has(ASKING, &t.norm));
    let quoting = job.tokens.iter().any(|t| has(QUOTING, &t.norm));
    let titled = titled(job);
    let parts = spots(job);
    let mut owners = Vec::with_capacity(job.quotations.len());
    for (n, ((start, end), part)) in job.quotations.iter().zip(&parts).enumerate() {
        let Some(spots) = part else { continue };
        let fragment = text.get(*start..*end).unwrap_or_default();
        let long_enough = words(fragment, 0, fragment.len()).len() >= QUOTE_WORDS;
        let nested = fragment.starts_with(['‘', '’', '“', '"', '\'', '„', '«']);
        let mut mine = Vec::new();
        let mut worst = None;
        for spot in spots {
            let Some((source, known)) = job.cited.get(spot.cited).map(|c| (c.text, c.window().0)) else {
                continue;
            };
            let asked = asks || fragment.trim_end().ends_with('?');
            let (from, to) = joined(&parts, n, *spot, source);
            match judge(
                source,
                if from < known { sentence_start(source, from) } else { known },
                (from, to),
                asked || to != spot.to,
            ) {
                Cut::Fair if titled.contains(&n) && spot.to > spot.record.body_start => {
                    worst = Some((RejectionCode::GlueDrift, "not a title".to_owned()));
                }
                Cut::Fair if fragment.trim_end().ends_with('?') && !asked_at(source, spot.to) => {
                    worst = Some((RejectionCode::QuoteAltered, fragment.to_owned()));
                }
                Cut::Fair if !nested && !quoting && inside_marks(source, spot.from, spot.to) => {
                    worst = Some((RejectionCode::ContextCut, "somebody else's words".to_owned()));
                }
                Cut::Fair => mine.push(spot.record),
                Cut::Turned(word) => worst = Some((RejectionCode::ContextCut, word)),
                Cut::Unasked => worst = Some((RejectionCode::QuestionAsClaim, fragment.to_owned())),
            }
        }
        if !long_enough {
            findings.push(RejectionCode::QuoteAltered, fragment);
        } else if mine.is_empty() {
            let (code, words) = worst.unwrap_or_else(|| (RejectionCode::QuoteAltered, fragment.to_owned()));
            findings.push(code, words);
        }
        owners.push(mine);
    }
    check_asked(job, &parts, findings);
    check_edges(job, &parts, findings);
    check_links(job, &parts, findings);
    check_subject(job, &parts, findings);
    owners
}

/// Which quotations a word of titles is about: the next one, unless the one before ends right there (“…” is the title).
fn titled(job: &Job<'_, '_, '_>) -> Vec<usize> {
    let mut found = Vec::new();
    for (i, token) in job.tokens.iter().enumerate().filter(|(_, t)| has(TITLING, &t.norm)) {
        let next = job.quotations.iter().position(|(start, _)| *start > token.end);
        let before = job.quotations.iter().rposition(|(_, end)| *end < token.start);
        let near = |q: usize| {
            let end = job.quotations.get(q).map_or(0, |(_, end)| *end);
            job.tokens.iter().take(i).filter(|t| t.start > end).count() <= 3
        };
        found.extend(before.filter(|q| near(*q)).or(next).or(before));
    }
    found
}

/// “X asked: “…””: one of the quotations is a question, or somebody is asked to do something.
fn check_asked(job: &Job<'_, '_, '_>, parts: &[Option<Vec<Spot<'_>>>], findings: &mut Findings) {
    let source = |s: &Spot<'_>| job.cited.get(s.cited).map_or("", |c| c.text);
    let question = |s: &Spot<'_>| {
        let end = sentence_end(source(s), s.to);
        source(s).get(s.from..end).is_some_and(|t| t.contains('?'))
    };
    // A plea is asked, too.
    let pleads = job
        .quotations
        .iter()
        .filter_map(|(start, end)| job.sentence.text.get(*start..*end))
        .any(|fragment| mentions(fragment, "please"));
    if pleads || parts.iter().flatten().flatten().any(question) {
        return;
    }
    let mine = |t: &Token<'_>| t.role == Role::Plain && matches!(t.norm.as_str(), "ask" | "asked" | "asks");
    for token in job.tokens.iter().filter(|t| mine(t)) {
        let goes_on = job.next(token).is_some_and(|t| {
            matches!(t.norm.as_str(), "about" | "for" | "to" | "whether")
                || !has(GLUE, &t.norm) && t.role == Role::Plain
        });
        if !goes_on {
            findings.push(RejectionCode::GlueDrift, token.text);
        }
    }
}

/// Words that make of two quotations one thought.
const LINKS: &[&str] = &["hence", "it", "its", "this", "these", "which", "whose"];

/// What two records say is not tied together: “…”, which Y put at “…”.
fn check_links(job: &Job<'_, '_, '_>, parts: &[Option<Vec<Spot<'_>>>], findings: &mut Findings) {
    let of = |i: usize| -> Vec<&str> {
        parts.get(i).into_iter().flatten().flatten().map(|s| s.record.id.as_str()).collect()
    };
    for (i, pair) in job.quotations.windows(2).enumerate() {
        let [(_, from), (to, _)] = pair else { continue };
        let (a, b) = (of(i), of(i + 1));
        if a.is_empty() || b.is_empty() || a.iter().any(|x| b.contains(x)) {
            continue;
        }
        let gap = job.tokens.iter().filter(|t| t.role == Role::Plain && t.start > *from && t.end < *to);
        for token in gap.filter(|t| LINKS.contains(&t.norm.as_str())) {
            findings.push(RejectionCode::GlueDrift, token.text);
        }
    }
}

/// A fragment without its subject gets it from its own clause: of “the A rose, the B fell”, “fell” is not told of the A.
fn check_subject(job: &Job<'_, '_, '_>, parts: &[Option<Vec<Spot<'_>>>], findings: &mut Findings) {
    for spot in parts.iter().flatten().flatten() {
        let Some((source, known)) = job.cited.get(spot.cited).map(|c| (c.text, c.window().0)) else {
            continue;
        };
        let start = sentence_start_from(source, known, spot.from);
        let Some(before) = source.get(start..spot.from) else { continue };
        let Some(cut) = before.rfind([',', ';', ':', '—', '–']) else { continue };
        let list = |part: &str| words(part, 0, part.len()).iter().map(|w| norm(w.text)).collect::<Vec<_>>();
        let (other, own) = before.split_at(cut);
        let (other, own) = (list(other), list(own));
        let inside = list(source.get(spot.from..spot.to).unwrap_or_default());
        if own.iter().all(|w| has(GLUE, w)) {
            continue;
        }
        let taken = job.tokens.iter().filter(|t| t.role == Role::Plain && !has(GLUE, &t.norm));
        for token in taken.filter(|t| other.contains(&t.norm) && number(&t.norm).is_none()) {
            if !own.contains(&token.norm) && !inside.contains(&token.norm) {
                findings.push(RejectionCode::GlueDrift, token.text);
            }
        }
    }
}

/// “opens with “…””, “the first line reads”, “ends: “…””: a quotation stands there.
fn check_edges(job: &Job<'_, '_, '_>, parts: &[Option<Vec<Spot<'_>>>], findings: &mut Findings) {
    let all = || parts.iter().flatten().flatten();
    let bare = |text: &str| !text.chars().any(char::is_alphanumeric);
    let source = |s: &Spot<'_>| job.cited.get(s.cited).map_or("", |c| c.text);
    let opens = || {
        all().any(|s| {
            let body = if s.from >= s.record.body_start { s.record.body_start } else { 0 };
            source(s).get(body..s.from).is_some_and(bare)
        })
    };
    let ends = || all().any(|s| source(s).get(s.to..).is_some_and(bare));
    for (i, token) in job.tokens.iter().enumerate().filter(|(_, t)| t.role == Role::Plain) {
        let word = token.norm.as_str();
        let next = job.tokens.get(i + 1).map_or("", |t| t.norm.as_str());
        let line = matches!(next, "line" | "lines" | "words" | "word" | "sentence");
        let false_start = (has(OPENING, word) || word == "first" && line) && !opens();
        let false_end = (has(ENDING, word) || word == "last" && line) && !ends();
        if false_start || false_end {
            findings.push(RejectionCode::GlueDrift, token.text);
        }
    }
}

/// Whether the stop after `at` has a question mark.
fn asked_at(text: &str, at: usize) -> bool {
    text.get(at..)
        .is_some_and(|rest| rest.chars().take_while(|c| !c.is_alphanumeric() && *c != '\n').any(|c| c == '?'))
}

/// A counted term may stand in quotation marks of its own.
pub(super) fn is_term(job: &Job<'_, '_, '_>, fragment: &str) -> bool {
    job.uses.iter().any(|u| {
        matches!(&u.count.filter, CountFilter::Mentions { term } if term.to_lowercase() == fragment.to_lowercase())
    })
}

/// Each quotation's speaker is named, and nobody else is. `free` places (headline, heading) may leave the speaker to
/// the section; the whole-story check sees to it that the section names them.
fn check_speakers(job: &Job<'_, '_, '_>, owners: &[Vec<&BriefRecord>], free: bool, findings: &mut Findings) {
    let named = job.tokens.iter().any(|t| matches!(t.role, Role::Speaker));
    for mine in owners {
        let said = mine.iter().any(|r| job.says(&r.speaker));
        if !mine.is_empty() && !said && (named || !free) {
            let who: Vec<&str> = mine.iter().map(|r| r.speaker.as_str()).collect();
            findings.push(RejectionCode::AttributionMissing, who.join(", "));
        }
        // A signed opinion is its author's, not the paper's.
        let unsigned = mine.iter().find_map(|r| {
            let opinion =
                job.verifier.brief.quotes.iter().any(|q| q.record == r.id && q.kind == QuoteKind::Opinion);
            r.byline.as_deref().filter(|name| opinion && !job.says(name))
        });
        if let Some(name) = unsigned
            && !free
        {
            findings.push(RejectionCode::AttributionMissing, name);
        }
    }
    for cited in &job.cited {
        let speaker = cited.record.speaker.as_str();
        let owns = owners.iter().flatten().any(|r| r.speaker == speaker);
        // A quotation that was not found may be theirs.
        let placed = !owners.is_empty() && owners.iter().all(|mine| !mine.is_empty());
        if !owns && placed && job.says(speaker) {
            findings.push(RejectionCode::AttributionMissing, speaker);
        }
    }
    check_turns(job, owners, findings);
    strangers(job, findings);
}

/// Of several quotations by several speakers each is told with its own: speakers are named in the order in which they
/// are quoted.
fn check_turns(job: &Job<'_, '_, '_>, owners: &[Vec<&BriefRecord>], findings: &mut Findings) {
    let mut named: Vec<&str> = Vec::new();
    for token in job.tokens.iter().filter(|t| t.role == Role::Speaker) {
        let rest = job.sentence.text.get(token.start..).unwrap_or_default();
        let who = job.cited.iter().map(|c| c.record).find(|r| {
            rest.starts_with(r.speaker.as_str()) || r.byline.as_deref().is_some_and(|b| rest.starts_with(b))
        });
        if let Some(who) = who.map(|r| r.speaker.as_str()).filter(|who| !named.contains(who)) {
            named.push(who);
        }
    }
    let mut quoted: Vec<&str> = Vec::new();
    for mine in owners {
        let who = mine.iter().map(|r| r.speaker.as_str()).find(|who| named.contains(who));
        if let Some(who) = who.filter(|who| !quoted.contains(who)) {
            quoted.push(who);
        }
    }
    // As many dates as quotations: each is of its own.
    let dates = &job.dates.single;
    if dates.len() > 1 && dates.len() == owners.len() {
        for (told, mine) in dates.iter().zip(owners) {
            if !mine.is_empty() && !mine.iter().any(|r| told.is(job.verifier.day(r))) {
                findings.push(RejectionCode::DateWrong, format!("{}.{}.", told.day, told.month));
            }
        }
    }
    named.retain(|who| quoted.contains(who));
    if named != quoted {
        findings.push(RejectionCode::AttributionMissing, named.join(", "));
    }
}

/// Speakers of the brief who are named without being cited.
pub(super) fn strangers(job: &Job<'_, '_, '_>, findings: &mut Findings) {
    for token in job.tokens.iter().filter(|t| t.role == Role::OtherSpeaker) {
        findings.push(RejectionCode::AttributionMissing, token.text);
    }
}

/// Every word outside quotation marks that nothing else explains must be `known`.
pub(super) fn check_words(
    job: &Job<'_, '_, '_>,
    findings: &mut Findings,
    known: impl Fn(&Token<'_>) -> bool,
) {
    let mut foreign = Vec::new();
    for token in job.tokens.iter().filter(|t| t.role == Role::Plain) {
        let word = token.norm.as_str();
        if number(word).is_some() && !(is_negator(word) && job.uses.is_empty()) {
            continue;
        }
        // “Not one of the 17 …”: its nought is checked with the numbers.
        let next = job.next(token).map_or("", |t| t.norm.as_str());
        if word == "not" && next == "one" && !job.uses.is_empty() {
            continue;
        }
        if is_negator(word) {
            findings.push(RejectionCode::GlueNegation, token.text);
            continue;
        }
        if known(token) && !is_proper(job, token) {
            continue;
        }
        if has(FOREIGN, word) || token.text.chars().any(|c| c.is_alphabetic() && !latin(c)) {
            foreign.push(token.text);
        }
        findings.push(
            if looks_like_name(token.text) { RejectionCode::NameUnsupported } else { drift(job) },
            token.text,
        );
    }
    if foreign.len() >= 2 {
        findings.push(RejectionCode::WrongLanguage, foreign.join(" "));
    }
}

/// A capital in the middle of a sentence makes a name of a plain word: “about Total”. The sources must have it so.
fn is_proper(job: &Job<'_, '_, '_>, token: &Token<'_>) -> bool {
    let before = job.sentence.text.get(..token.start).unwrap_or_default().trim_end();
    let opens =
        before.is_empty() || before.ends_with(['.', '?', '!', ':', ';', '“', '”', '–', '—', '|', '(']);
    token.text.starts_with(char::is_uppercase)
        && !opens
        && !job.cited.iter().any(|c| c.text.split(|c: char| !c.is_alphanumeric()).any(|w| w == token.text))
}

fn drift(job: &Job<'_, '_, '_>) -> RejectionCode {
    use SentenceKind as Kind;
    match job.sentence.kind {
        Kind::Quote | Kind::NoneFound => RejectionCode::GlueDrift,
        Kind::Count => RejectionCode::CountDrift,
        Kind::Report => RejectionCode::OrderDrift,
        Kind::Frame => RejectionCode::FrameHasFact,
    }
}

fn latin(c: char) -> bool {
    c.is_ascii() || ('\u{80}'..'\u{370}').contains(&c) || ('\u{1e00}'..'\u{1f00}').contains(&c)
}

/// Capitals, digits, handles.
pub(super) fn looks_like_name(word: &str) -> bool {
    word.chars().any(|c| c.is_uppercase() || c.is_numeric() || c == '_' || c == '@') || word.contains('/')
}

/// Claims about everyone, and groups that nobody counted.
pub(super) fn check_publics(job: &Job<'_, '_, '_>, findings: &mut Findings) {
    let text = job.sentence.text.as_str();
    for (from, to) in outside(text, &job.quotations) {
        let lower = text.get(from..to).unwrap_or_default().to_lowercase().replace('’', "'");
        for phrase in PUBLICS.iter().filter(|p| lower.contains(**p)) {
            findings.push(RejectionCode::UniversalClaim, *phrase);
        }
    }
    let cohort = job.cited_authors() >= 3 || job.uses.iter().any(|u| u.n >= 3);
    for (i, token) in job.tokens.iter().enumerate().filter(|(_, t)| t.role == Role::Plain) {
        let word = token.norm.as_str();
        let before = i.checked_sub(1).and_then(|k| job.tokens.get(k)).map_or("", |t| t.norm.as_str());
        let frame = job.sentence.kind == SentenceKind::Frame && matches!(word, "several" | "some");
        let asks_how = word == "many" && before == "how";
        if has(GROUPS, word) && !cohort && !frame && !asks_how {
            findings.push(RejectionCode::CohortTooSmall, token.text);
        }
        let next = job.tokens.get(i + 1).map_or("", |t| t.norm.as_str());
        let counted_all = word == "all"
            && (before == "in" && !has(GROUPS, next)
                || numbers::plain_value(next)
                    .is_some_and(|v| job.uses.iter().any(|u| u.n == v && u.of == v)));
        if has(UNIVERSAL, word) && !counted_all {
            findings.push(RejectionCode::UniversalClaim, token.text);
        }
    }
}

/// Longest frame.
const FRAME_LENGTH: usize = 12;

/// A frame connects and states nothing.
pub(super) fn check_frame(job: &Job<'_, '_, '_>, findings: &mut Findings) {
    check_publics(job, findings);
    if job.tokens.len() > FRAME_LENGTH {
        findings.push(RejectionCode::FrameHasFact, format!("{} words", job.tokens.len()));
    }
    if !job.quotations.is_empty() || !job.uses.is_empty() {
        findings.push(RejectionCode::FrameHasFact, "a quotation or count");
    }
    // A heading may say whose words follow: “What the Harbour Times reported”.
    let heading = matches!(job.place, Place::Heading { .. });
    for token in &job.tokens {
        let word = token.norm.as_str();
        let fine = match token.role {
            Role::Plain => {
                !is_negator(word)
                    && (has(FRAME_WORDS, word) || has(GLUE, word) && number(word).is_none())
                    && (number(word).is_none() || matches!(word, "once" | "one" | "two"))
            }
            Role::Speaker | Role::Venue => heading,
            Role::OtherSpeaker | Role::Label | Role::Date | Role::Relative | Role::Core => false,
        };
        if !fine {
            findings.push(RejectionCode::FrameHasFact, token.text);
        }
    }
}
