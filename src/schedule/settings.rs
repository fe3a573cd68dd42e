//! Settings of all stages, made from the configuration in one place.

use chrono::TimeDelta;

use crate::analyze::AnalyzerSettings;
use crate::config::{AnalyzeSettings, Config, Cooldown};
use crate::model::{Lang, Severity};
use crate::publish::bluesky::BlueskyProfile;
use crate::publish::discord::DiscordProfile;
use crate::publish::text::WebLink;
use crate::publish::{Profiles, RetryPolicy};
use crate::signal::WatchSettings;
use crate::signal::score::Offsets;
use crate::write::extractive::WriterSettings;

/// What the stages go by.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Copies and clusters.
    pub analyzer: AnalyzerSettings,
    /// Signals and leads.
    pub watch: WatchSettings,
    /// Strength below which a lead is no story.
    pub story_strength: f64,
    /// New storylines of one tick at most.
    pub max_stories_per_tick: usize,
    /// New storylines of one topic in 24 hours at most: a desk that tells more is muted.
    pub new_per_topic_day: usize,
    /// Records about the same event, strictly, one per author, that a new story needs.
    pub min_evidence: usize,
    /// The same where nobody of standing speaks: no publication, nobody who did it, and nothing measured.
    pub min_evidence_hearsay: usize,
    /// Distinct authors a story needs.
    pub min_authors: usize,
    /// Of them, authors who spoke inside the window: a new story needs news.
    pub min_fresh_authors: usize,
    /// Below so many distinct records a story is thin.
    pub thin_below: usize,
    /// How much a story may hold.
    pub writer: WriterSettings,
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

fn analyzer_settings(analyze: &AnalyzeSettings) -> AnalyzerSettings {
    let mut settings = AnalyzerSettings::default();
    settings.copies.near = analyze.near_copy_threshold;
    settings.clusters.threshold = analyze.cluster_threshold;
    settings.clusters.half_life = delta(analyze.cluster_half_life);
    settings.clusters.retire_after = delta(analyze.cluster_close_after);
    settings
}

/// How posts look, by the configuration.
pub fn profiles_of(config: &Config) -> Profiles {
    let base = config.publish.permalink_base.as_ref().and_then(|url| WebLink::parse(url.as_str()));
    Profiles {
        discord: DiscordProfile { permalink_base: base.clone() },
        bluesky: BlueskyProfile { permalink_base: base },
    }
}

/// When a delivery is tried again and when it is given up, by the configuration.
pub fn retry_policy_of(config: &Config) -> RetryPolicy {
    RetryPolicy { max_age: delta(config.publish.max_attempts_age), ..RetryPolicy::default() }
}

impl Settings {
    /// The settings of a configuration.
    pub fn of(config: &Config) -> Self {
        let signal = &config.signal;
        let mut watch = WatchSettings { max_leads: signal.max_leads, ..WatchSettings::default() };
        watch.backfill_after = delta(config.ingest.backfill_after);
        watch.detect.window = delta(signal.window);
        watch.detect.fast_window = delta(signal.fast_window);
        watch.detect.baseline.days = signal.baseline_days;
        watch.detect.baseline.min_windows = signal.min_windows;
        watch.detect.bars.min_windows = signal.min_windows;
        watch.detect.bars.min_records = f64::from(signal.min_records);
        watch.detect.bars.min_authors = f64::from(signal.min_authors);
        watch.detect.bars.min_effect = signal.min_effect;
        watch.detect.bars.min_ratio = signal.min_ratio;
        watch.detect.false_discovery_rate = signal.false_discovery_rate;
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
        bars.linked_name_share = signal.linked_name_share;
        bars.strict = signal.strict_cosine;
        bars.strict_with_name = signal.strict_cosine_one_anchor;
        bars.strict_with_two_names = signal.strict_cosine_two_anchors;
        bars.strict_name_share = signal.strict_name_share;
        bars.candidates = signal.candidate_pool;
        bars.groups = signal.max_leads;
        Self {
            analyzer: analyzer_settings(&config.analyze),
            watch,
            story_strength: signal.story_strength,
            max_stories_per_tick: signal.max_stories_per_tick,
            new_per_topic_day: signal.new_per_topic_day,
            min_evidence: signal.min_evidence,
            min_evidence_hearsay: signal.min_evidence_hearsay,
            min_authors: config.write.min_authors as usize,
            min_fresh_authors: (config.write.min_authors as usize).saturating_sub(1).max(1),
            thin_below: config.write.thin_below_records,
            writer: WriterSettings {
                max_sections: config.write.max_sections,
                max_quotes: config.write.max_quotes,
            },
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
