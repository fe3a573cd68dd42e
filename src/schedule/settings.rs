//! Settings of all stages, made from the configuration in one place.

use chrono::TimeDelta;

use crate::config::{Config, Cooldown};
use crate::model::{Lang, Severity};
use crate::signal::WatchSettings;
use crate::signal::score::Offsets;

/// What the stages go by.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Signals and leads.
    pub watch: WatchSettings,
    /// Strength below which a lead is no story.
    pub story_strength: f64,
    /// New storylines of one tick at most.
    pub max_stories_per_tick: usize,
    /// Distinct authors a story needs.
    pub min_authors: usize,
    /// Of them, authors who spoke inside the window: a new story needs news.
    pub min_fresh_authors: usize,
    /// Below so many distinct records a story is thin.
    pub thin_below: usize,
    /// Sections at most.
    pub max_sections: usize,
    /// Share of a draft's sentences that must pass.
    pub min_sentence_share: f64,
    /// Time between versions.
    pub cooldown: Cooldown,
    /// Language to write in.
    pub lang: Lang,
    /// Seed for choices that could go either way.
    pub seed: u64,
}

/// A length of time from the configuration; those are at most a year.
pub(super) fn delta(length: std::time::Duration) -> TimeDelta {
    TimeDelta::from_std(length).unwrap_or(TimeDelta::MAX)
}

impl Settings {
    /// The settings of a configuration.
    pub fn of(config: &Config) -> Self {
        let signal = &config.signal;
        let mut watch = WatchSettings { max_leads: signal.max_leads, ..WatchSettings::default() };
        watch.backfill_after = delta(config.ingest.backfill_after);
        watch.detect.window = delta(signal.window);
        watch.detect.baseline.days = signal.baseline_days;
        watch.detect.bars.min_records = f64::from(signal.min_records);
        watch.leads.window = delta(signal.window);
        watch.leads.offsets = Offsets {
            publication: signal.offsets.publication,
            essay: signal.offsets.essay,
            social: signal.offsets.social,
            paper: signal.offsets.paper,
            forum: signal.offsets.forum,
        };
        let bars = &mut watch.leads.bars;
        bars.linked = signal.linked_cosine;
        bars.linked_with_name = signal.linked_cosine_with_anchor;
        bars.strict = signal.strict_cosine;
        bars.strict_with_name = signal.strict_cosine_one_anchor;
        bars.strict_with_two_names = signal.strict_cosine_two_anchors;
        bars.candidates = signal.candidate_pool;
        bars.groups = signal.max_leads;
        Self {
            watch,
            story_strength: signal.story_strength,
            max_stories_per_tick: signal.max_stories_per_tick,
            min_authors: config.write.min_authors as usize,
            min_fresh_authors: (config.write.min_authors as usize).saturating_sub(1).max(1),
            thin_below: config.write.thin_below_records,
            max_sections: config.write.max_sections,
            min_sentence_share: config.write.min_sentence_share,
            cooldown: signal.cooldown.clone(),
            lang: Lang::new(&config.desk.language),
            seed: config.desk.seed,
        }
    }

    /// How long a story of this weight rests between versions.
    pub fn cooldown_of(&self, severity: Severity) -> TimeDelta {
        delta(match severity {
            Severity::Low => self.cooldown.low,
            Severity::Medium => self.cooldown.medium,
            Severity::High => self.cooldown.high,
        })
    }
}
