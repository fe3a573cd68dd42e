//! Answers as text made for reading: width-aware, colour only where the terminal shows it.

use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSeparator, WordSplitter};

pub(crate) use crate::answer::words::counted;
use crate::answer::words::moment as when;
use crate::answer::{
    ChangedAnswer, FaqAnswer, ModelSpending, SearchAnswer, SourceLine, SourceLineStatus, StatusAnswer,
    StoryAnswer, TopicLine,
};
use crate::model::{AmendmentKind, ChangeKind, Sentence};

/// Appends a line. (`writeln!` into a string cannot fail, yet gives a result that would have to be dropped each time.)
macro_rules! put {
    ($out:expr, $($arg:tt)*) => {{
        $out.push_str(&format!($($arg)*));
        $out.push('\n');
    }};
}

mod tune;
mod why;

pub(crate) use tune::tune;
pub(crate) use why::{why, why_not};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const HEAD: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Cyan)));

/// Lines longer than this are hard to read, whatever the terminal has.
const MAX_WIDTH: usize = 92;

fn width() -> usize {
    textwrap::termwidth().clamp(40, MAX_WIDTH)
}

fn wrap(out: &mut String, text: &str, indent: &str) {
    let options = Options::new(width())
        .initial_indent(indent)
        .subsequent_indent(indent)
        // Handles and addresses stay whole.
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    out.push_str(&textwrap::fill(text, options));
    out.push('\n');
}

/// An item of a list: what follows the first line stands under its text.
fn item(out: &mut String, text: &str, indent: &str, mark: &str) {
    let first = format!("{indent}{mark} ");
    let rest = " ".repeat(first.chars().count());
    let options = Options::new(width())
        .initial_indent(&first)
        .subsequent_indent(&rest)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    out.push_str(&textwrap::fill(text, options));
    out.push('\n');
}

/// Text from outside on its way to a terminal: control characters would be obeyed there.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

fn styled_wrap(out: &mut String, style: Style, text: &str) {
    for line in textwrap::wrap(text, width()) {
        out.push_str(&styled(style, &line));
        out.push('\n');
    }
}

/// A story as a page of text; bracketed numbers are those of `sources`.
pub(crate) fn story(answer: &StoryAnswer, sources: &[SourceLine]) -> String {
    let mut out = String::new();
    let platforms: Vec<&str> = answer.platforms.iter().map(crate::model::Platform::display_name).collect();
    put!(out, "{}", styled(DIM, &format!("{} · {}", answer.topic_name, platforms.join(", "))));
    styled_wrap(&mut out, BOLD, &plain(&answer.headline));
    out.push('\n');
    wrap(&mut out, &plain(&answer.dek), "");
    put!(
        out,
        "\n{}",
        styled(
            DIM,
            &format!(
                "{} · {} · {} · {} · version {} · {}",
                counted(answer.records, "record", "records"),
                counted(answer.links, "link", "links"),
                answer.status,
                answer.code,
                answer.version,
                when(answer.at)
            )
        )
    );
    for amendment in &answer.amendments {
        out.push('\n');
        let title = match amendment.kind {
            AmendmentKind::Correction => "Correction",
            AmendmentKind::Continuation => "Continued",
            AmendmentKind::Retraction => "Retracted",
        };
        styled_wrap(&mut out, HEAD, &format!("{title}, {}", when(amendment.at)));
        wrap(&mut out, &format!("{} (by {})", plain(&amendment.text), plain(&amendment.by)), "");
    }
    if answer.amendments.iter().any(|a| a.kind == AmendmentKind::Retraction) {
        return out;
    }
    for section in &answer.sections {
        out.push('\n');
        if let Some(heading) = &section.heading {
            styled_wrap(&mut out, HEAD, &plain(heading));
        }
        wrap(&mut out, &cited(&section.sentences, sources), "");
    }
    out.push('\n');
    styled_wrap(&mut out, HEAD, "The story so far");
    wrap(&mut out, &cited(&answer.so_far_s, sources), "");
    out.push('\n');
    styled_wrap(&mut out, HEAD, "Frequently asked");
    for faq in &answer.faqs {
        styled_wrap(&mut out, BOLD, &plain(&faq.question));
        wrap(&mut out, &cited(&faq.answer_s, sources), "  ");
    }
    // The third answer often says it already, in the same quoted words.
    let cites =
        |sentences: &[Sentence]| sentences.iter().flat_map(|s| s.citations.clone()).collect::<Vec<_>>();
    if answer.faqs.last().is_none_or(|faq| cites(&faq.answer_s) != cites(&answer.counter_s)) {
        out.push('\n');
        styled_wrap(&mut out, HEAD, "Counter-evidence");
        wrap(&mut out, &cited(&answer.counter_s, sources), "");
    }
    if !answer.similar.is_empty() {
        out.push('\n');
        styled_wrap(&mut out, HEAD, "Similar stories");
        for similar in &answer.similar {
            wrap(
                &mut out,
                &format!(
                    "{}  {} ({})",
                    similar.code,
                    plain(&similar.headline),
                    similar.at.format("%-d %B %Y")
                ),
                "  ",
            );
        }
    }
    out.push('\n');
    styled_wrap(&mut out, HEAD, "Methodology");
    wrap(&mut out, &methodology(answer), "");
    put!(
        out,
        "\n{}",
        styled(
            DIM,
            &format!(
                "newsdesk sources {0} · newsdesk changed {0} · newsdesk export {0} -o story.json",
                answer.code
            )
        )
    );
    out
}

fn methodology(answer: &StoryAnswer) -> String {
    let m = &answer.methodology;
    let mut text = format!(
        "Ingest: {} read in this topic's window. Analyze and signal: {} kept as this story's, by {}. Write: {} writer, newsdesk {}; \
         {} checked against stored text, {} dropped.",
        counted(m.records_read, "record", "records"),
        m.records_used,
        counted(m.authors, "author", "authors"),
        m.writer,
        m.newsdesk,
        counted(m.sentences_checked, "sentence", "sentences"),
        m.sentences_dropped,
    );
    for signal in &answer.signals {
        text.push_str(" Measured: ");
        text.push_str(&signal.text);
    }
    for caveat in &m.caveats {
        text.push(' ');
        text.push_str(caveat);
    }
    text
}

fn cited(sentences: &[Sentence], sources: &[SourceLine]) -> String {
    let parts: Vec<String> = sentences
        .iter()
        .map(|s| {
            let mut numbers: Vec<usize> = s
                .citations
                .iter()
                .filter_map(|c| sources.iter().find(|line| line.url == c.url).map(|line| line.n))
                .collect();
            numbers.sort_unstable();
            numbers.dedup();
            let marks = numbers.iter().map(|n| format!("[{n}]")).collect::<Vec<_>>().concat();
            if marks.is_empty() { plain(&s.text) } else { format!("{} {marks}", plain(&s.text)) }
        })
        .collect();
    parts.join(" ")
}

/// Topics, one block each.
pub(crate) fn topics(lines: &[TopicLine]) -> String {
    let mut out = String::new();
    for topic in lines {
        put!(
            out,
            "{}  {}",
            styled(BOLD, &topic.name),
            styled(
                DIM,
                &format!("{} · {} stored, {} in 24 hours", topic.slug, topic.records, topic.records_24h)
            )
        );
        match &topic.latest {
            Some(latest) => wrap(
                &mut out,
                &format!(
                    "{} ({} v{}, {}, {})",
                    plain(&latest.headline),
                    latest.code,
                    latest.version,
                    latest.status,
                    when(latest.at)
                ),
                "  ",
            ),
            None => wrap(&mut out, "no story yet", "  "),
        }
    }
    out
}

/// Sources with the words they are cited for.
pub(crate) fn sources(lines: &[SourceLine]) -> String {
    let mut out = String::new();
    for line in lines {
        let place =
            if line.author.ends_with(&line.venue) { String::new() } else { format!(" on {}", line.venue) };
        put!(out, "{:>3}  {}{place}, {}", line.n, styled(BOLD, &plain(&line.author)), when(line.published));
        if !line.quote.is_empty() {
            wrap(&mut out, &format!("“{}”", plain(&line.quote)), "     ");
        }
        put!(out, "     {}", line.url);
        wrap(&mut out, &format!("used in: {}", line.used_in.join("; ")), "     ");
    }
    out
}

/// Questions and their long answers.
pub(crate) fn faq(answer: &FaqAnswer) -> String {
    let mut out = String::new();
    styled_wrap(&mut out, DIM, &format!("{} · {}", answer.code, plain(&answer.headline)));
    for faq in &answer.faqs {
        out.push('\n');
        styled_wrap(&mut out, BOLD, &plain(&faq.question));
        wrap(&mut out, &plain(&faq.answer), "");
    }
    out
}

/// Versions, newest first, with what each changed.
pub(crate) fn changed(answer: &ChangedAnswer) -> String {
    let mut out = String::new();
    for version in &answer.versions {
        put!(
            out,
            "{}",
            styled(
                BOLD,
                &format!(
                    "{} version {} · {} · {}",
                    answer.code,
                    version.version,
                    version.status,
                    when(version.at)
                )
            )
        );
        wrap(&mut out, &plain(&version.headline), "  ");
        if version.version == 1 && version.changes.is_empty() {
            wrap(&mut out, "First version.", "  ");
        }
        for change in &version.changes {
            let mark = match change.kind {
                ChangeKind::Added => "+",
                ChangeKind::Changed => "~",
                ChangeKind::Withdrawn => "-",
            };
            wrap(&mut out, &format!("{mark} {}", plain(&change.text)), "  ");
        }
        if let Some(at) = version.erased_at {
            wrap(&mut out, &format!("- Words of a deleted source were erased {}.", when(at)), "  ");
        }
        out.push('\n');
    }
    out
}

/// What was found.
pub(crate) fn search(answer: &SearchAnswer) -> String {
    let mut out = String::new();
    for hit in &answer.stories {
        put!(out, "{}  {}", styled(BOLD, hit.code.as_str()), plain(&hit.headline));
        wrap(&mut out, &format!("{} · {}", hit.topic, when(hit.at)), "         ");
    }
    for hit in &answer.records {
        let author = hit.author.as_deref().unwrap_or("unknown author");
        put!(
            out,
            "{}",
            styled(DIM, &format!("{} on {}, {}", plain(author), plain(&hit.venue), when(hit.published)))
        );
        wrap(&mut out, &plain(&hit.excerpt), "  ");
        put!(out, "  {}", hit.url);
    }
    out
}

/// How the desk is doing.
/// “language model: 3 calls and 12,000 tokens today, $0.05 of $1.00; $0.40 of $20.00 this month”
fn model_spending(spending: &ModelSpending) -> String {
    // Cents, rounded up: a cost is never shown as nothing.
    let dollars = |microusd: u64| {
        let cents = microusd.div_ceil(10_000);
        format!("${}.{:02}", cents / 100, cents % 100)
    };
    let of = |spent: u64, cap: Option<u64>| match cap {
        Some(cap) => format!("{} of {}", dollars(spent), dollars(cap)),
        None => dollars(spent),
    };
    let tokens = match spending.cap_tokens_today {
        Some(cap) => format!("{} of {cap} tokens", spending.tokens_today),
        None => counted(spending.tokens_today, "token", "tokens"),
    };
    format!(
        "language model: {} and {tokens} today, {}; {} this month",
        counted(spending.calls_today, "call", "calls"),
        of(spending.microusd_today, spending.cap_today),
        of(spending.microusd_month, spending.cap_month)
    )
}

pub(crate) fn status(answer: &StatusAnswer) -> String {
    let mut out = String::new();
    styled_wrap(&mut out, BOLD, &format!("newsdesk {} on {}", answer.version, answer.database));
    let span = answer.span.map_or_else(String::new, |(a, b)| {
        format!(", {} to {}", a.format("%-d %B %Y"), b.format("%-d %B %Y"))
    });
    wrap(&mut out, &format!("{} stored{span}", counted(answer.records, "record", "records")), "  ");
    wrap(
        &mut out,
        &format!(
            "{} waiting for analysis, {} quarantined, {} deleted at the source",
            answer.pending, answer.quarantined, answer.gone
        ),
        "  ",
    );
    wrap(
        &mut out,
        &format!(
            "{}, {} in {}",
            counted(answer.topics as u64, "topic", "topics"),
            counted(answer.stories, "story", "stories"),
            counted(answer.versions, "version", "versions")
        ),
        "  ",
    );
    let deliveries: Vec<String> = answer.deliveries.iter().map(|(state, n)| format!("{n} {state}")).collect();
    wrap(
        &mut out,
        &if deliveries.is_empty() {
            "no deliveries yet".to_owned()
        } else {
            format!("deliveries: {}", deliveries.join(", "))
        },
        "  ",
    );
    if let Some(spending) = &answer.model {
        wrap(&mut out, &model_spending(spending), "  ");
    }
    for source in &answer.sources {
        let health = match (&source.error, source.last_ok) {
            (Some(error), _) => format!("failing: {error}"),
            (None, Some(at)) => format!("last read {}", when(at)),
            (None, None) => "never read".to_owned(),
        };
        // A stream is of no topic.
        let topic = if source.topic.is_empty() { String::new() } else { format!(" ({})", source.topic) };
        let mut line = format!(
            "{}{topic}: {}, {}",
            source.source,
            counted(source.records, "record", "records"),
            plain(&health)
        );
        line.push_str(&source_day(source));
        wrap(&mut out, &line, "  ");
    }
    out
}

/// How a source did of late: `; 42 new in 24 h, usually 38; 2 of 96 requests failed (timed out); next try …`.
fn source_day(source: &SourceLineStatus) -> String {
    let mut parts = Vec::new();
    if source.scans > 0 {
        let usual = source.usual_day.map(|n| format!(", usually {n:.0}")).unwrap_or_default();
        parts.push(format!("{} new in 24 h{usual}", source.day));
    }
    if let Some(newest) = source.newest {
        parts.push(format!("newest of {}", when(newest)));
    }
    if source.failures > 0 {
        let kinds: Vec<&str> = source.failed.iter().map(|f| f.kind.as_str()).collect();
        parts.push(format!("{} of {} requests failed ({})", source.failures, source.scans, kinds.join(", ")));
    }
    if let (Some(_), Some(next)) = (&source.error, source.next) {
        parts.push(format!("next try {}", when(next)));
    }
    if let Some((from, until)) = source.gaps.first() {
        parts.push(format!("nothing can be known of {} to {}", when(*from), when(*until)));
    }
    parts.iter().flat_map(|part| ["; ", part.as_str()]).collect()
}
