//! Five-field Unix cron (`minute hour day-of-month month day-of-week`) in a time zone.
//!
//! The `cron` crate finds the dates, but it speaks another dialect: it wants seconds, counts Sunday as 1 and asks
//! that day of month *and* day of week match. [`translate`] is the one place that knows both dialects: it reads each
//! Unix field into the set of values it stands for and writes that set out in the crate's numbers.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::offset::LocalResult;
use chrono::{DateTime, Duration, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use cron::Schedule;

#[cfg(test)]
mod tests;

/// No zone in use sets its clock back by more than three hours (Antarctica/Casey); one hour of margin.
const MAX_SET_BACK: Duration = Duration::hours(4);
/// The longest gap is a whole day, dropped when a country moves across the date line (Samoa, 2011).
const MAX_GAP_MINUTES: i64 = 25 * 60;
/// Shown in every error, because a message without a right example sends people to a search engine.
const EXAMPLE: &str = "*/15 * * * *";

/// When something is due, as Unix cron says it.
///
/// Fields: minute 0–59, hour 0–23, day of month 1–31, month 1–12 or `jan`–`dec`, day of week 0–7 (0 and 7 are Sunday) or
/// `sun`–`sat`; names in any case. `*`, lists `1,5`, ranges `9-17`, ranges that wrap round (`fri-mon`, `22-4`) and steps
/// (`*/15`, `1-5/2`; `10/20` means from 10 to the end of the field) are understood, as are `@hourly`, `@daily` (`@midnight`),
/// `@weekly`, `@monthly` and `@yearly` (`@annually`). If day of month and day of week are both restricted (neither
/// begins with `*`), a day matches when **either** does.
///
/// Clock changes follow cronie. An expression whose minute or hour begins with `*` is a beat: it follows the clock on the wall,
/// skips what does not exist and also beats through an hour that comes twice. Any other names fixed times: one inside
/// the skipped hour runs at the first instant after it, and one inside the doubled hour runs once, the first time.
///
/// Two schedules are equal when their texts are (after trimming).
///
/// ```
/// use newsdesk::schedule::CronSchedule;
///
/// let weekdays: CronSchedule = "30 8 * * mon-fri".parse()?;
/// let friday = "2026-05-01T09:00:00Z".parse::<chrono::DateTime<chrono::Utc>>()?;
/// let next = weekdays.next_after(friday, chrono_tz::Europe::Paris);
/// assert_eq!(next, Some("2026-05-04T06:30:00Z".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct CronSchedule {
    source: String,
    /// One, or two when either of the day fields may match: the earlier date counts.
    schedules: Vec<Schedule>,
    follows_clock: bool,
}

impl CronSchedule {
    /// The expression as written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// The first due instant strictly after `t`, with the fields read as wall-clock time in `tz`.
    ///
    /// `None` when nothing is due before the year 2100, where the calendar of the `cron` crate ends.
    pub fn next_after(&self, t: DateTime<Utc>, tz: Tz) -> Option<DateTime<Utc>> {
        // Wall-clock times are walked in order; near a clock change that is not the order of the instants. So the walk
        // begins early enough and goes on until no later wall-clock time can belong to an earlier instant.
        let mut wall = t.with_timezone(&tz).naive_local() - MAX_SET_BACK;
        let mut best: Option<DateTime<Utc>> = None;
        while let Some(due) = self.next_wall(wall) {
            wall = due;
            if best.is_some_and(|b| due > b.with_timezone(&tz).naive_local() + MAX_SET_BACK) {
                break;
            }
            for instant in self.instants(due, tz).into_iter().flatten() {
                if instant > t && best.is_none_or(|b| instant < b) {
                    best = Some(instant);
                }
            }
        }
        best
    }

    /// The first due wall-clock time strictly after `wall`.
    fn next_wall(&self, wall: NaiveDateTime) -> Option<NaiveDateTime> {
        // UTC has no clock changes, so it can carry a wall-clock time through the crate unharmed.
        let carrier = wall.and_utc();
        self.schedules.iter().filter_map(|s| s.after(&carrier).next()).min().map(|due| due.naive_utc())
    }

    /// When the wall shows `due`: never, once or twice.
    fn instants(&self, due: NaiveDateTime, tz: Tz) -> [Option<DateTime<Utc>>; 2] {
        match tz.from_local_datetime(&due) {
            LocalResult::Single(only) => [Some(only.to_utc()), None],
            LocalResult::Ambiguous(first, second) => {
                [Some(first.to_utc()), self.follows_clock.then(|| second.to_utc())]
            }
            LocalResult::None if self.follows_clock => [None, None],
            LocalResult::None => {
                let after_gap = (1..=MAX_GAP_MINUTES)
                    .find_map(|m| tz.from_local_datetime(&(due + Duration::minutes(m))).earliest());
                [after_gap.map(|at| at.to_utc()), None]
            }
        }
    }
}

impl fmt::Debug for CronSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CronSchedule").field(&self.source).finish()
    }
}

impl fmt::Display for CronSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl PartialEq for CronSchedule {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for CronSchedule {}

impl FromStr for CronSchedule {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, CronError> {
        let source = text.trim();
        let Translation { expressions, follows_clock } = translate(source)?;
        let schedules = expressions
            .iter()
            .map(|e| Schedule::from_str(e).expect("a translation is written from checked numbers only"))
            .collect();
        Ok(Self { source: source.to_owned(), schedules, follows_clock })
    }
}

/// One of the five fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CronField {
    /// 0–59.
    Minute,
    /// 0–23.
    Hour,
    /// 1–31.
    DayOfMonth,
    /// 1–12, `jan`–`dec`.
    Month,
    /// 0–7, `sun`–`sat`; 0 and 7 are Sunday.
    DayOfWeek,
}

impl CronField {
    const ALL: [Self; 5] = [Self::Minute, Self::Hour, Self::DayOfMonth, Self::Month, Self::DayOfWeek];

    /// The field's name in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of month",
            Self::Month => "month",
            Self::DayOfWeek => "day of week",
        }
    }

    /// The distinct values, with Sunday as 0.
    fn bounds(self) -> (u32, u32) {
        match self {
            Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::DayOfMonth => (1, 31),
            Self::Month => (1, 12),
            Self::DayOfWeek => (0, 6),
        }
    }

    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Minute | Self::Hour | Self::DayOfMonth => &[],
            Self::Month => {
                &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
            }
            Self::DayOfWeek => &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
        }
    }

    fn allowed(self) -> &'static str {
        match self {
            Self::Minute => "0-59",
            Self::Hour => "0-23",
            Self::DayOfMonth => "1-31",
            Self::Month => "1-12 or jan-dec",
            Self::DayOfWeek => "0-7 (0 and 7 are Sunday) or sun-sat",
        }
    }
}

/// Why a text is not a cron expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// Not five fields.
    #[error(
        "a schedule has 5 fields (minute, hour, day of month, month, day of week), found {found}; example: `{EXAMPLE}`"
    )]
    FieldCount {
        /// How many there were.
        found: usize,
    },
    /// An `@` word that is not known.
    #[error(
        "`{found}` is not a known schedule; allowed: `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`; example: `@daily`"
    )]
    Nickname {
        /// What was written.
        found: String,
    },
    /// A part of a field cannot be read.
    #[error("{} field: `{found}` {problem}; allowed: {}, `*`, lists, ranges and steps; example: `{EXAMPLE}`", field.as_str(), field.allowed())]
    Field {
        /// Which field.
        field: CronField,
        /// The part that is wrong.
        found: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Well formed, but no calendar has such a day.
    #[error("day of month field: `{found}` never comes in the months given; example: `0 6 1 feb *`")]
    Never {
        /// The day-of-month field.
        found: String,
    },
}

/// What the `cron` crate is given for one Unix expression.
#[derive(Debug, PartialEq, Eq)]
struct Translation {
    /// One expression, or two whose union is meant.
    expressions: Vec<String>,
    /// Whether minute or hour begins with `*`.
    follows_clock: bool,
}

/// Translates a Unix expression into the dialect of the `cron` crate: `sec min hour dom month dow`, Sunday = 1.
fn translate(source: &str) -> Result<Translation, CronError> {
    let expanded = if source.starts_with('@') { nickname(source)? } else { source };
    let parts: Vec<&str> = expanded.split_whitespace().collect();
    let &[minute, hour, dom, month, dow] = parts.as_slice() else {
        return Err(CronError::FieldCount { found: parts.len() });
    };

    let mut sets = Vec::with_capacity(5);
    for (field, text) in CronField::ALL.into_iter().zip([minute, hour, dom, month, dow]) {
        sets.push(values(field, text)?);
    }
    let either_day = !dom.starts_with('*') && !dow.starts_with('*');
    if !either_day && !some_day_exists(&sets[2], &sets[3]) {
        return Err(CronError::Never { found: dom.to_owned() });
    }

    let [min, hr, day, mon, week]: [String; 5] =
        std::array::from_fn(|i| written(CronField::ALL[i], &sets[i]));
    let expressions = if either_day {
        vec![format!("0 {min} {hr} {day} {mon} *"), format!("0 {min} {hr} * {mon} {week}")]
    } else {
        vec![format!("0 {min} {hr} {day} {mon} {week}")]
    };
    Ok(Translation { expressions, follows_clock: minute.starts_with('*') || hour.starts_with('*') })
}

fn nickname(source: &str) -> Result<&'static str, CronError> {
    match source.to_ascii_lowercase().as_str() {
        "@hourly" => Ok("0 * * * *"),
        "@daily" | "@midnight" => Ok("0 0 * * *"),
        "@weekly" => Ok("0 0 * * 0"),
        "@monthly" => Ok("0 0 1 * *"),
        "@yearly" | "@annually" => Ok("0 0 1 1 *"),
        _ => Err(CronError::Nickname { found: source.to_owned() }),
    }
}

/// The values a field stands for, Sunday always as 0.
fn values(field: CronField, text: &str) -> Result<BTreeSet<u32>, CronError> {
    let mut set = BTreeSet::new();
    for item in text.split(',') {
        let wrong = |problem| CronError::Field { field, found: item.to_owned(), problem };
        let (low, high) = field.bounds();
        let n = high - low + 1;
        let (range, step) = match item.split_once('/') {
            None => (item, None),
            Some((range, step)) => {
                let step = number(step).ok_or_else(|| wrong("has a step that is not a number"))?;
                if step == 0 {
                    return Err(wrong("has a step of 0"));
                }
                if step > n {
                    return Err(wrong(
                        "has a step larger than the field, so it would mean the first value only",
                    ));
                }
                (range, Some(step))
            }
        };
        let (first, last) = if range == "*" {
            (low, high)
        } else if let Some((from, to)) = range.split_once('-') {
            (
                value(field, from).ok_or_else(|| wrong(OUTSIDE))?,
                value(field, to).ok_or_else(|| wrong(OUTSIDE))?,
            )
        } else {
            let only = value(field, range).ok_or_else(|| wrong(OUTSIDE))?;
            // `10/20` runs to the end of the field; Sunday written as 7 already is the end.
            (only, if step.is_some() { only.max(high) } else { only })
        };
        // `fri-mon` and `22-4` wrap round. `5-7` does not: Sunday as 7 is still larger than 5.
        let last = if last < first { last + n } else { last };
        let step = usize::try_from(step.unwrap_or(1)).expect("a step is at most 60");
        set.extend((first..=last).step_by(step).map(|v| low + (v - low) % n));
    }
    Ok(set)
}

const OUTSIDE: &str = "is outside of what is allowed";

/// One value as written; Sunday may be 7 here.
fn value(field: CronField, text: &str) -> Option<u32> {
    let (low, high) = field.bounds();
    if let Some(at) = field.names().iter().position(|name| name.eq_ignore_ascii_case(text)) {
        return u32::try_from(at).ok().map(|at| at + low);
    }
    let top = if field == CronField::DayOfWeek { 7 } else { high };
    number(text).filter(|v| (low..=top).contains(v))
}

/// Digits only: `u32::from_str` would take `+5`.
fn number(text: &str) -> Option<u32> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// Writes a set in the crate's numbers.
fn written(field: CronField, set: &BTreeSet<u32>) -> String {
    let (low, high) = field.bounds();
    if (low..=high).all(|v| set.contains(&v)) {
        return "*".to_owned();
    }
    let shift = u32::from(field == CronField::DayOfWeek);
    let list: Vec<String> = set.iter().map(|v| (v + shift).to_string()).collect();
    list.join(",")
}

/// Whether any of the months has any of the days (in a leap year).
fn some_day_exists(days: &BTreeSet<u32>, months: &BTreeSet<u32>) -> bool {
    let longest = months.iter().map(|m| match m {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    });
    longest.max() >= days.first().copied()
}
