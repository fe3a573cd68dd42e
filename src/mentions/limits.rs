//! How much is answered: to one person, in one thread, by one account.

use chrono::{DateTime, Duration, Utc};

/// Answers at most. Whoever asks more is passed over in silence: to say so would be one more post in somebody's
/// notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// To one person within an hour.
    pub person_hour: usize,
    /// To one person within a day.
    pub person_day: usize,
    /// To one person in one thread, ever: two programs that talk to each other end there.
    pub person_thread: usize,
    /// By the account within an hour. Those above wait.
    pub account_hour: u64,
    /// By the account within a day.
    pub account_day: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { person_hour: 5, person_day: 20, person_thread: 8, account_hour: 300, account_day: 2_500 }
    }
}

/// Why one more question of a person is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// Too many of late.
    Lately,
    /// Too many in this thread.
    Here,
}

impl Limits {
    /// Whether a question of `at` in the thread `root` may be answered beside what its author asked before.
    pub(super) fn of_person(
        &self,
        asked: &[(DateTime<Utc>, String)],
        at: DateTime<Utc>,
        root: &str,
    ) -> Result<(), Over> {
        // Mail comes newest first, so what was asked later may be known already: it counts as well.
        let since = |span: Duration| asked.iter().filter(|(then, _)| at - *then < span).count();
        if asked.iter().filter(|(_, thread)| thread == root).count() >= self.person_thread {
            return Err(Over::Here);
        }
        let full =
            since(Duration::hours(1)) >= self.person_hour || since(Duration::days(1)) >= self.person_day;
        if full { Err(Over::Lately) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_900_000_000, 0).unwrap() + Duration::minutes(minutes)
    }

    #[test]
    fn a_person_is_answered_so_often_and_no_more() {
        let limits = Limits { person_hour: 2, person_day: 3, person_thread: 3, ..Limits::default() };
        let thread = |root: &str, minutes: &[i64]| -> Vec<(DateTime<Utc>, String)> {
            minutes.iter().map(|m| (at(*m), root.to_owned())).collect()
        };
        assert_eq!(limits.of_person(&thread("a", &[0]), at(1), "a"), Ok(()));
        assert_eq!(limits.of_person(&thread("a", &[0, 10]), at(59), "b"), Err(Over::Lately));
        assert_eq!(limits.of_person(&thread("a", &[0, 10]), at(60), "b"), Ok(()));
        assert_eq!(limits.of_person(&thread("a", &[0, 100, 200]), at(300), "b"), Err(Over::Lately));
        assert_eq!(limits.of_person(&thread("a", &[0, 100, 200]), at(9_000), "a"), Err(Over::Here));
        // Read later, asked before.
        assert_eq!(limits.of_person(&thread("b", &[30, 31]), at(29), "a"), Err(Over::Lately));
    }
}
