//! Times of day and spans between records: “forty minutes later”, “the same evening”, “at 20:45”, “half past nine in
//! the evening”, “in the early hours of”. All are computed from the records' own times, in the story's time zone.

use chrono::{DateTime, NaiveDate, Timelike as _};
use chrono_tz::Tz;

use super::names::Job;
use super::tokens::{Number, Role, Token, number};

/// When a record was published, as its story tells time.
pub(super) type Moment = DateTime<Tz>;

/// How far a record is from the one it is told after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Apart {
    /// Calendar days.
    Days(i64),
    /// Minutes, give or take.
    Minutes(i64, i64),
    /// Not later than, and not so early that it would be told otherwise; in minutes.
    Within(i64, i64),
}

/// “a day later”, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Relative {
    apart: Apart,
    /// Index of its first token.
    pub at: usize,
    /// Names its own reference: “two days after “…””.
    pub points: bool,
}

impl Relative {
    /// Whether `this` is as far from `that`.
    pub(super) fn holds(self, that: Moment, this: Moment) -> bool {
        let minutes = (this - that).num_minutes();
        match self.apart {
            Apart::Days(days) => (this.date_naive() - that.date_naive()).num_days() == days,
            Apart::Minutes(n, slack) => (minutes - n).abs() <= slack,
            Apart::Within(most, least) => (least..=most).contains(&minutes),
        }
    }

    /// Whether `this` is as many days from `that`; always, for minutes.
    pub(super) fn fits_day(self, that: NaiveDate, this: NaiveDate) -> bool {
        match self.apart {
            Apart::Days(days) => (this - that).num_days() == days,
            Apart::Minutes(..) | Apart::Within(..) => true,
        }
    }

    pub(super) fn is_same_day(self) -> bool {
        self.apart == Apart::Days(0)
    }

    pub(super) fn says(self) -> String {
        match self.apart {
            Apart::Days(n) => format!("{n:+} days"),
            Apart::Minutes(n, _) => format!("{n:+} minutes"),
            Apart::Within(n, _) => format!("within {n} minutes"),
        }
    }
}

const TENS: &[(&str, i64)] = &[
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
    ("ninety", 90),
];

fn amount(word: &str) -> Option<i64> {
    if matches!(word, "a" | "an") {
        return Some(1);
    }
    if let Some((_, n)) = TENS.iter().find(|(w, _)| *w == word) {
        return Some(*n);
    }
    match number(word)? {
        Number::Value(n) => i64::try_from(n).ok().filter(|n| *n > 0),
        Number::Ordinal(_) | Number::Other => None,
    }
}

/// Minutes in a unit of time.
fn unit(word: &str) -> Option<i64> {
    match word {
        "minute" | "minutes" => Some(1),
        "hour" | "hours" => Some(60),
        _ => None,
    }
}

/// Nobody counts the minutes of hours.
fn about(n: i64, unit: i64) -> Apart {
    let minutes = n * unit;
    let slack = (minutes.abs() / 10).max(if unit == 60 { 25 } else { 3 });
    Apart::Minutes(minutes, slack)
}

/// Finds what is told as later or earlier than something else, and marks it.
pub(super) fn find_relative(tokens: &mut [Token<'_>]) -> Vec<Relative> {
    let mut all = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        let word =
            |k: usize| tokens.get(i + k).filter(|t| t.role == Role::Plain).map_or("", |t| t.norm.as_str());
        let window = i > 0 && tokens.get(i - 1).is_some_and(|t| t.norm == "the");
        let sign = |turn: &str| if matches!(turn, "later" | "after") { 1 } else { -1 };
        let found = match (word(0), word(1), word(2), word(3)) {
            ("the", "same", "day" | "morning" | "afternoon" | "evening" | "night", _) => {
                Some((Apart::Days(0), 3, false))
            }
            ("that", "day" | "morning" | "afternoon" | "evening" | "night", _, _) => {
                Some((Apart::Days(0), 2, false))
            }
            ("the", "next" | "following", "day" | "morning" | "afternoon" | "evening", _)
            | ("the", "day", "after", _) => Some((Apart::Days(1), 3, false)),
            (n, "week" | "weeks", turn @ ("later" | "earlier"), _) if !window => {
                amount(n).map(|n| (Apart::Days(7 * n * sign(turn)), 3, false))
            }
            ("the", "day", "before", _) | ("the", "previous", "day", _) => Some((Apart::Days(-1), 3, false)),
            ("within", "the" | "an", "hour", _) => Some((Apart::Within(60, 0), 3, false)),
            ("half", "an", "hour", turn @ ("later" | "earlier")) => {
                Some((about(30 * sign(turn), 1), 4, false))
            }
            ("less", "than", n, u) | ("under", n, u, _) if unit(u).is_some() => amount(n).map(|n| {
                let most = n * unit(u).unwrap_or(1);
                (Apart::Within(most, most / 2), if word(0) == "less" { 4 } else { 3 }, false)
            }),
            // “one in the seven days earlier” tells a window, not a day.
            (n, "day" | "days", turn @ ("later" | "earlier" | "after"), _) if !window => {
                amount(n).map(|n| (Apart::Days(n * sign(turn)), 3, turn == "after"))
            }
            (n, u, turn @ ("later" | "earlier" | "after"), _) if unit(u).is_some() && !window => {
                let unit = unit(u).unwrap_or(1);
                amount(n).map(|n| (about(n * sign(turn), unit), 3, turn == "after"))
            }
            _ => None,
        };
        let Some((apart, len, points)) = found else {
            i += 1;
            continue;
        };
        all.push(Relative { apart, at: i, points });
        mark(tokens, i, len, Role::Relative);
        i += len;
    }
    all
}

fn mark(tokens: &mut [Token<'_>], from: usize, len: usize, role: Role) {
    for token in tokens.iter_mut().skip(from).take(len) {
        token.role = role;
    }
}

/// A part of the day, as hours from and to.
fn part(word: &str) -> Option<(u32, u32)> {
    match word {
        "morning" => Some((4, 12)),
        "afternoon" => Some((12, 18)),
        "evening" => Some((17, 24)),
        "night" => Some((18, 30)),
        _ => None,
    }
}

fn in_hours(at: Moment, (from, to): (u32, u32)) -> bool {
    let hour = at.hour();
    (from..to).contains(&hour) || (from..to).contains(&(hour + 24))
}

/// Minutes of the day that a clock time may mean, with its length in tokens.
fn clock(tokens: &[Token<'_>], i: usize) -> Option<(Vec<u32>, usize, u32)> {
    let word = |k: usize| tokens.get(i + k).filter(|t| t.role == Role::Plain).map_or("", |t| t.norm.as_str());
    let hour = |w: &str| match number(w) {
        Some(Number::Value(n)) if (1..=12).contains(&n) => u32::try_from(n).ok(),
        _ => None,
    };
    let both = |minutes: u32| vec![minutes % 720, minutes % 720 + 720];
    if let Some((h, m)) = word(0).split_once(':')
        && let (Ok(h), Ok(m)) = (h.parse::<u32>(), m.parse::<u32>())
        && h < 24
        && m < 60
    {
        return Some(match word(1) {
            "am" | "a.m" => (vec![h % 12 * 60 + m], 2, 2),
            "pm" | "p.m" => (vec![h % 12 * 60 + m + 720], 2, 2),
            _ => (vec![h * 60 + m], 1, 2),
        });
    }
    match (word(0), word(1), word(2)) {
        ("half", "past", h) => hour(h).map(|h| (both(h % 12 * 60 + 30), 3, 5)),
        ("quarter", "past", h) => hour(h).map(|h| (both(h % 12 * 60 + 15), 3, 5)),
        ("quarter", "to", h) => hour(h).map(|h| (both(h % 12 * 60 + 705), 3, 5)),
        (h, "am" | "a.m", _) => hour(h).map(|h| (vec![h % 12 * 60], 2, 10)),
        (h, "pm" | "p.m", _) => hour(h).map(|h| (vec![h % 12 * 60 + 720], 2, 10)),
        (h, "o'clock", _) => hour(h).map(|h| (both(h % 12 * 60), 2, 5)),
        _ => None,
    }
}

/// Marks times of day, and names those at which no cited record was published.
pub(super) fn find_times(tokens: &mut [Token<'_>], cited: &[Moment], source: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    let near = |minute: u32, slack: u32| {
        cited.iter().any(|at| {
            let real = at.hour() * 60 + at.minute();
            let apart = real.abs_diff(minute);
            apart.min(1_440 - apart) <= slack
        })
    };
    for i in 0..tokens.len() {
        let word = |k: usize| {
            tokens.get(i + k).map_or("", |t| if t.role == Role::Core { "" } else { t.norm.as_str() })
        };
        let back = |k: usize| i.checked_sub(k).and_then(|n| tokens.get(n)).map_or("", |t| t.norm.as_str());
        if let Some((minutes, len, slack)) = clock(tokens, i) {
            let known = source.iter().any(|s| s == word(0));
            let fits = minutes.iter().any(|m| near(*m, slack));
            if fits || !known {
                if !fits {
                    wrong.push(tokens.iter().skip(i).take(len).map(|t| t.text).collect::<Vec<_>>().join(" "));
                }
                mark(tokens, i, len, Role::Date);
            }
            continue;
        }
        let said = |w: &str| source.iter().any(|s| s == w);
        let hours = match (back(2), back(1), word(0), word(1)) {
            (_, "early", "hours", _) => Some((0, 6)),
            ("shortly" | "just", "after", "midnight", _) => Some((0, 1)),
            ("shortly" | "just", "before", "midnight", _) => Some((23, 24)),
            (_, "at" | "around" | "about", "noon", _) => Some((11, 13)),
            ("shortly", "after", "noon", _) => Some((12, 13)),
            (_, _, "late", "on") => Some((18, 24)),
            (_, _, "early", "on") => Some((0, 10)),
            ("in" | "on" | "during", "the", p, _)
            | (_, "same" | "that" | "early" | "late" | "next" | "following", p, _) => part(p),
            _ => None,
        };
        let Some(hours) = hours.filter(|_| !said(word(0)) && !cited.is_empty()) else { continue };
        if !cited.iter().any(|at| in_hours(*at, hours)) {
            wrong.push(format!("{} {}", back(1), word(0)));
        }
    }
    wrong
}

/// Whether spans told between the records of one sentence hold: those that stand behind its first quotation, or name
/// what they are told after.
pub(super) fn wrong_within(job: &Job<'_, '_, '_>) -> Vec<String> {
    let cited = job.moments();
    if cited.len() < 2 {
        return Vec::new();
    }
    let first = job.quotations.first().map_or(usize::MAX, |(_, end)| *end);
    let inner = |r: &Relative| {
        !r.is_same_day() && (r.points || job.tokens.get(r.at).is_some_and(|t| t.start > first))
    };
    let told = |r: &Relative| {
        job.dates
            .single
            .iter()
            .any(|t| cited.iter().any(|c| t.is(c.date_naive()) && r.fits_day(c.date_naive(), c.date_naive())))
    };
    let holds = |r: &Relative| cited.iter().any(|a| cited.iter().any(|b| r.holds(*a, *b)));
    job.relative.iter().filter(|r| inner(r) && !told(r) && !holds(r)).map(|r| r.says()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::verify::tokens::{outside, quotations, tokens};

    fn moment(text: &str) -> Moment {
        text.parse::<DateTime<chrono::Utc>>().unwrap().with_timezone(&chrono_tz::Europe::Dublin)
    }

    fn relative(text: &str) -> Vec<Relative> {
        find_relative(&mut tokens(text, &outside(text, &quotations(text).unwrap())))
    }

    fn wrong(text: &str, at: &str) -> Vec<String> {
        let mut found = tokens(text, &outside(text, &quotations(text).unwrap()));
        find_times(&mut found, &[moment(at)], &[])
    }

    #[test]
    fn spans_between_records_are_held_to_their_times() {
        let (a, b) = (moment("2031-05-06T10:00:00Z"), moment("2031-05-06T10:41:00Z"));
        assert!(relative("forty minutes later X wrote")[0].holds(a, b));
        assert!(!relative("ninety minutes later X wrote")[0].holds(a, b));
        assert!(relative("within the hour X wrote")[0].holds(a, b));
        assert!(!relative("two hours later X wrote")[0].holds(a, b));
        assert!(!relative("forty minutes later X wrote")[0].holds(b, a));
        assert!(relative("X wrote the same day")[0].holds(a, b));
        assert!(!relative("X wrote two days earlier")[0].holds(a, b));
        assert_eq!(relative("one in the seven days before"), []);
        assert!(relative("two days after “A” X wrote")[0].points);
    }

    #[test]
    fn times_of_day_are_held_to_the_records() {
        let at = "2031-05-06T20:30:00Z"; // 21:30 in Dublin
        for good in
            ["at 21:30 X", "half past nine in the evening", "late on 6 May", "the same evening", "at 9:30 pm"]
        {
            assert_eq!(wrong(good, at), Vec::<String>::new(), "{good}");
        }
        for bad in [
            "at 20:30 X",
            "half past ten",
            "on the morning of 6 May",
            "in the early hours of 6 May",
            "shortly after midnight",
            "the same afternoon",
        ] {
            assert_eq!(wrong(bad, at).len(), 1, "{bad}");
        }
    }
}
