//! The English wording of the extractive writer, in one place. Words to nine, figures from ten; no figure opens a
//! sentence; dates are day and month.

use chrono::{Datelike as _, NaiveDate};

/// A whole number for running text.
pub(super) fn number(n: u64) -> String {
    const WORDS: [&str; 10] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    match usize::try_from(n).ok().and_then(|i| WORDS.get(i)) {
        Some(word) => (*word).to_owned(),
        None => figures(n),
    }
}

fn figures(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `n` of a thing: `one record`, `34 records`.
pub(super) fn quantity(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(n), if n == 1 { one } else { many })
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn month(date: NaiveDate) -> &'static str {
    MONTHS.get(date.month0() as usize).copied().unwrap_or("January")
}

/// `16 January`.
pub(super) fn date(date: NaiveDate) -> String {
    format!("{} {}", date.day(), month(date))
}

/// `on 16 January`, `from 16 to 18 January`, `from 30 December to 2 January`.
pub(super) fn span(first: NaiveDate, last: NaiveDate) -> String {
    if first == last {
        format!("on {}", date(first))
    } else if month(first) == month(last) {
        format!("from {} to {}", first.day(), date(last))
    } else {
        format!("from {} to {}", date(first), date(last))
    }
}

/// `in a day`, `in three days`: how long from the first to the last day, both counted.
pub(super) fn in_days(first: NaiveDate, last: NaiveDate) -> String {
    match (last - first).num_days().unsigned_abs() + 1 {
        1 => "in a day".to_owned(),
        n => format!("in {} days", number(n)),
    }
}

/// When something was said, relative to what was quoted before; `None` where a date reads better.
pub(super) fn relative(before: NaiveDate, now: NaiveDate) -> Option<String> {
    let days = (now - before).num_days();
    let word = if days > 0 { "later" } else { "earlier" };
    match days.unsigned_abs() {
        0 => Some("the same day".to_owned()),
        1 => Some(format!("a day {word}")),
        n @ 2..=6 => Some(format!("{} days {word}", number(n))),
        _ => None,
    }
}

/// The first letter as a capital.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// The nouns of a story's records: what they are together, one and many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nouns {
    pub(super) one: &'static str,
    pub(super) many: &'static str,
}

/// Posts where members alone speak, else records.
pub(super) fn nouns(publications: u64, all: u64) -> Nouns {
    if publications == 0 {
        Nouns { one: "post", many: "posts" }
    } else if publications == all {
        Nouns { one: "article", many: "articles" }
    } else {
        Nouns { one: "record", many: "records" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_are_words_to_nine() {
        assert_eq!([0, 1, 9, 10, 1204].map(number), ["no", "one", "nine", "10", "1,204"]);
        assert_eq!(quantity(1, "record", "records"), "one record");
        assert_eq!(number(12_345_678), "12,345,678");
    }

    #[test]
    fn spans_know_months_and_days() {
        assert_eq!(span(day("2026-03-02"), day("2026-03-02")), "on 2 March");
        assert_eq!(span(day("2026-03-02"), day("2026-03-04")), "from 2 to 4 March");
        assert_eq!(span(day("2025-12-30"), day("2026-01-02")), "from 30 December to 2 January");
        assert_eq!(in_days(day("2026-03-02"), day("2026-03-04")), "in three days");
        assert_eq!(in_days(day("2026-03-02"), day("2026-03-02")), "in a day");
    }

    #[test]
    fn relative_dates_go_both_ways() {
        let d = day("2026-03-10");
        assert_eq!(relative(d, d).unwrap(), "the same day");
        assert_eq!(relative(d, day("2026-03-11")).unwrap(), "a day later");
        assert_eq!(relative(d, day("2026-03-07")).unwrap(), "three days earlier");
        assert_eq!(relative(d, day("2026-03-27")), None);
    }
}
