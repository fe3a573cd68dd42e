//! Dates as a sentence tells them: `16 January`, `16–18 January`, “a day later”.

use chrono::NaiveDate;

use super::tokens::{Role, Token};

const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// A date as a sentence tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub day: u32,
    pub month: u32,
    pub year: Option<i32>,
    /// Index of its first token.
    pub at: usize,
}

impl Told {
    /// Whether it is that day.
    pub(super) fn is(self, date: NaiveDate) -> bool {
        use chrono::Datelike as _;
        self.day == date.day() && self.month == date.month() && self.year.is_none_or(|y| y == date.year())
    }
}

/// The dates of a sentence, and which of them are ends of a range.
#[derive(Clone, Default)]
pub(super) struct Dates {
    pub single: Vec<Told>,
    pub ranges: Vec<(Told, Told)>,
    /// Weekdays, from Monday as 0, with their token.
    pub weekdays: Vec<(u32, usize)>,
}

fn day_of(token: &Token<'_>) -> Option<u32> {
    let digits: String = token.norm.chars().take_while(char::is_ascii_digit).collect();
    let suffix = token.norm.get(digits.len()..)?;
    matches!(suffix, "" | "st" | "nd" | "rd" | "th")
        .then(|| digits.parse().ok())
        .flatten()
        .filter(|d| (1..=31).contains(d))
}

fn month_of(token: &Token<'_>) -> Option<u32> {
    token.text.starts_with(char::is_uppercase).then_some(())?;
    let long = MONTHS.iter().position(|m| *m == token.norm);
    let short = || MONTHS.iter().position(|m| token.norm.len() == 3 && m.starts_with(token.norm.as_str()));
    long.or_else(short).and_then(|n| u32::try_from(n + 1).ok())
}

/// Finds dates and marks their tokens: `16 January`, `January 16`, `16–18 January`, `between 31 January and 2 February`.
pub(super) fn find_dates(text: &str, tokens: &mut [Token<'_>]) -> Dates {
    let mut told: Vec<(Told, usize)> = Vec::new();
    let gap = |tokens: &[Token<'_>], i: usize| -> String {
        let (Some(a), Some(b)) = (tokens.get(i), tokens.get(i + 1)) else { return String::new() };
        text.get(a.end..b.start).unwrap_or_default().trim().to_owned()
    };
    let mut dates = Dates::default();
    for m in 0..tokens.len() {
        let Some(token) = tokens.get(m) else { break };
        if let Some(n) = WEEKDAYS.iter().position(|d| *d == token.norm)
            && token.text.starts_with(char::is_uppercase)
            && token.role == Role::Plain
        {
            dates.weekdays.push((u32::try_from(n).unwrap_or_default(), m));
            mark(tokens, m..m + 1, Role::Date);
            continue;
        }
        if token.role != Role::Plain {
            continue;
        }
        let Some(month) = month_of(token) else { continue };
        let year_at = |i: usize| {
            tokens.get(i).and_then(|t| t.norm.parse::<i32>().ok()).filter(|y| (1900..2200).contains(y))
        };
        let before = m.checked_sub(1).filter(|i| gap(tokens, *i).is_empty());
        if let Some(day) = before.and_then(|i| day_of(tokens.get(i)?)) {
            let year = year_at(m + 1);
            let end = m + 1 + usize::from(year.is_some());
            let this = Told { day, month, year, at: m - 1 };
            // `16–18 January`, `16 and 18 January`, `16 to 18 January`
            let dashed = m.checked_sub(2).filter(|i| is_dash(&gap(tokens, *i)));
            let joined = m
                .checked_sub(3)
                .filter(|_| tokens.get(m - 2).is_some_and(|t| matches!(t.norm.as_str(), "and" | "to")));
            let first = dashed.or(joined).and_then(|i| Some((i, day_of(tokens.get(i)?)?)));
            if let Some((i, start)) = first {
                dates.ranges.push((Told { day: start, month, year, at: i }, this));
                mark(tokens, i..end, Role::Date);
            } else {
                told.push((this, end));
                mark(tokens, m - 1..end, Role::Date);
            }
        } else if let Some((start, end)) = before.and_then(|i| hyphen_range(tokens.get(i)?)) {
            dates.ranges.push((
                Told { day: start, month, year: None, at: m - 1 },
                Told { day: end, month, year: None, at: m - 1 },
            ));
            mark(tokens, m - 1..m + 1, Role::Date);
        } else if let Some(day) = tokens.get(m + 1).and_then(day_of)
            && gap(tokens, m).is_empty()
        {
            let year = year_at(m + 2);
            let end = m + 2 + usize::from(year.is_some());
            told.push((Told { day, month, year, at: m }, end));
            mark(tokens, m..end, Role::Date);
        }
    }
    // Two full dates joined by a dash, “and” or “to” are a range.
    let mut i = 0;
    while let Some((this, end)) = told.get(i).copied() {
        let next = told.get(i + 1).copied().filter(|(n, _)| {
            n.at == end && is_dash(&gap(tokens, end.saturating_sub(1)))
                || n.at == end + 1 && tokens.get(end).is_some_and(|t| matches!(t.norm.as_str(), "and" | "to"))
        });
        if let Some((next, _)) = next {
            dates.ranges.push((this, next));
            i += 2;
        } else {
            dates.single.push(this);
            i += 1;
        }
    }
    dates
}

fn is_dash(gap: &str) -> bool {
    matches!(gap, "–" | "-" | "—")
}

fn hyphen_range(token: &Token<'_>) -> Option<(u32, u32)> {
    let (a, b) = token.norm.split_once('-')?;
    Some((a.parse().ok()?, b.parse().ok()?)).filter(|(a, b)| a < b && *b <= 31)
}

fn mark(tokens: &mut [Token<'_>], range: std::ops::Range<usize>, role: Role) {
    for token in tokens.iter_mut().take(range.end).skip(range.start) {
        token.role = role;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::verify::tokens::{outside, quotations, tokens};

    fn parse(text: &str) -> Dates {
        let mut found = tokens(text, &outside(text, &quotations(text).unwrap()));
        find_dates(text, &mut found)
    }

    #[test]
    fn dates_and_ranges_are_read() {
        let dates = parse("38 records, 16–18 January; first on 17 January 2026");
        assert_eq!(dates.ranges.iter().map(|(a, b)| (a.day, b.day)).collect::<Vec<_>>(), [(16, 18)]);
        assert_eq!(dates.single.iter().map(|d| (d.day, d.year)).collect::<Vec<_>>(), [(17, Some(2026))]);
        let dates = parse("between 31 January and 2 February");
        assert_eq!(dates.ranges.iter().map(|(a, b)| (a.month, b.month)).collect::<Vec<_>>(), [(1, 2)]);
        let dates = parse("between 16 and 18 January");
        assert_eq!((dates.ranges.len(), dates.single.len()), (1, 0));
    }
}
