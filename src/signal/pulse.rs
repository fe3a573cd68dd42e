//! The pulse of a topic: how many records there were and what they counted as, whether or not a signal fired.

use serde::{Deserialize, Serialize};

use super::discounts::{self, accounts_of, number, posts, times};
use super::kinds::Scene;
use crate::model::TopicSlug;

/// The numbers of one topic at one tick, for the question “why (not)?”.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopicPulse {
    /// The topic.
    pub topic: TopicSlug,
    /// Length of the window in hours.
    pub hours: i64,
    /// Records of the window that still stand.
    pub raw: usize,
    /// Set aside: they address a machine or hide text.
    pub quarantined: usize,
    /// Papers, which count as no talk.
    pub papers: usize,
    /// Came long after they were published.
    pub backfilled: usize,
    /// Older records that arrived inside the window: history only.
    pub arrived_late: usize,
    /// Passed on what we or another machine's brief said.
    #[serde(default)]
    pub circular: usize,
    /// Of a series (weekly threads, daily posts).
    pub recurring: usize,
    /// Records that repeat a text of the window.
    pub copies: usize,
    /// Independent texts.
    pub distinct: usize,
    /// Their authors.
    pub authors: usize,
    /// The effective number of authors (inverse Simpson).
    pub effective_authors: f64,
    /// What the window counted as.
    pub effective: f64,
    /// What is usual at today's coverage.
    pub usual: f64,
    /// Robust spread of it.
    pub spread: f64,
    /// What one earlier window in ten reaches; more than that is asked of a signal.
    #[serde(default)]
    pub high: f64,
    /// Earlier windows it rests on.
    pub windows: usize,
    /// Earlier windows left out as gaps.
    pub gaps: usize,
    /// Too few earlier windows to judge by.
    pub thin: bool,
    /// What is to be said of the discounts, in order: “20 are copies of one text by 3 accounts”.
    pub reasons: Vec<String>,
}

impl TopicPulse {
    /// Reads the pulse off a weighed window.
    pub(crate) fn of(topic: &TopicSlug, scene: &Scene<'_>, per_author: usize, arrived_late: usize) -> Self {
        let (now, usual) = (&scene.now, &scene.usual);
        let mut reasons = Vec::new();
        let mut say = |n: usize, what: String| {
            if n > 0 {
                reasons.push(format!("{n} {what}"));
            }
        };
        let be = |n: usize| if n == 1 { "is" } else { "are" };
        say(
            now.quarantined,
            format!("{} set aside for addressing a machine or hiding text", be(now.quarantined)),
        );
        say(now.papers, format!("{} papers, announced in batches", be(now.papers)));
        say(now.late, "arrived long after publication".to_owned());
        say(now.circular, discounts::echoes(now.circular).to_owned());
        say(now.recurring, discounts::series(now.recurring).to_owned());
        if now.copies > 0 {
            say(now.in_copies, format!("are {}", discounts::copies(now)));
        }
        say(
            now.by_loud,
            format!("are by {} of which each counts {}", accounts_of(now.loud_accounts), times(per_author)),
        );
        reasons.extend(scene.discounts.iter().map(|d| d.why.clone()));
        Self {
            topic: topic.clone(),
            hours: (scene.window.to - scene.window.from).num_hours(),
            raw: now.raw,
            quarantined: now.quarantined,
            papers: now.papers,
            backfilled: now.late,
            arrived_late,
            circular: now.circular,
            recurring: now.recurring,
            copies: now.copies,
            distinct: now.distinct,
            authors: now.authors,
            effective_authors: now.effective_authors,
            effective: scene.effective,
            usual: usual.baseline.center,
            spread: usual.baseline.spread,
            high: usual.high,
            windows: usual.baseline.windows,
            gaps: usual.gaps,
            thin: usual.thin,
            reasons,
        }
    }

    /// One plain sentence: “22 posts in 24 hours, but 20 are copies of one text by 3 accounts, so it counted as 3;
    /// usual 6.”
    pub fn explain(&self) -> String {
        let mut text = if self.raw == 0 {
            format!("No post in {} hours", self.hours)
        } else {
            format!("{} by {} in {} hours", posts(self.raw), accounts_of(self.authors), self.hours)
        };
        // Thin history is told at the end, once.
        let reasons: Vec<&String> =
            self.reasons.iter().filter(|r| !self.thin || !r.contains("to compare with")).collect();
        if let [one] = reasons.as_slice() {
            text = format!("{}, but {one}, so it counted as {}", self.counted_bare(), number(self.effective));
        } else if let [first @ .., last] = reasons.as_slice() {
            text = format!(
                "{}, but {} and {last}, so it counted as {}",
                self.counted_bare(),
                first.iter().map(|r| r.as_str()).collect::<Vec<_>>().join(", "),
                number(self.effective)
            );
        }
        let text = if self.windows == 0 {
            format!("{text}; there are no earlier days to compare with yet.")
        } else if self.thin {
            let days = if self.windows == 1 { "day" } else { "days" };
            format!(
                "{text}; usual {}, but only {} earlier {days} to compare with.",
                number(self.usual),
                self.windows
            )
        } else {
            format!("{text}; usual {}.", number(self.usual))
        };
        match self.arrived_late {
            0 => text,
            1 => format!("{text} One older post arrived long after publication and counts as history only."),
            n => format!("{text} {n} older posts arrived long after publication and count as history only."),
        }
    }

    fn counted_bare(&self) -> String {
        format!("{} in {} hours", posts(self.raw), self.hours)
    }
}
