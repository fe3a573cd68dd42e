//! Settings of all stages, made from the configuration in one place.

use chrono::TimeDelta;

use super::storylines::StorylineSettings;
use crate::analyze::AnalyzerSettings;
use crate::config::{AnalyzeSettings, Config, Cooldown, EmbeddingsSettings, Kinds};
use crate::model::{Lang, Severity};
use crate::publish::bluesky;
use crate::publish::discord::Look;
use crate::publish::text::WebLink;
use crate::publish::{Profiles, RetryPolicy};
use crate::signal::circular::Echoes;
use crate::signal::kinds::{KindSettings, cross_topic, platform_divergence, register_shift, surge, trend};
use crate::signal::score::Offsets;
use crate::signal::{Ties, WatchSettings};
use crate::write::extractive::WriterSettings;

/// What the stages go by.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Copies and clusters.
    pub analyzer: AnalyzerSettings,
    /// Signals and leads.
    pub watch: WatchSettings,
    /// What is ours, and what other machines say.
    pub echoes: Echoes,
    /// A platform of which most sources were silent for so long was not read.
    pub stale_after: TimeDelta,
    /// Strength below which a lead is no story.
    pub story_strength: f64,
    /// Score below which a record opens no story …
    pub story_central: f64,
    /// … unless its lead is as strong as this.
    pub story_together: f64,
    /// Score from which a publication's report opens a story by itself.
    pub story_alone: f64,
    /// Score from which a record of standing opens a story with one other.
    pub story_pair: f64,
    /// A lead on less than `min_evidence` is usual talk with more than so many earlier records for each of its own.
    pub story_background: f64,
    /// New storylines of one tick at most.
    pub max_stories_per_tick: usize,
    /// New storylines of one topic in 24 hours at most: a desk that tells more is muted.
    pub new_per_topic_day: usize,
    /// Records about the same event, strictly, one per author, that a new story needs.
    pub min_evidence: usize,
    /// The same where nobody of standing speaks: no publication, nobody who did it, and nothing measured. Never less.
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
    /// When a lead is a running story's.
    pub storylines: StorylineSettings,
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

fn analyzer_settings(analyze: &AnalyzeSettings, embeddings: &EmbeddingsSettings) -> AnalyzerSettings {
    let mut settings = AnalyzerSettings::default();
    settings.embeddings.near = embeddings.near_threshold;
    settings.embeddings.read_bytes = embeddings.read_bytes;
    settings.copies.near = analyze.near_copy_threshold;
    settings.copies.excerpt = analyze.excerpt_threshold;
    settings.copies.rewrite = analyze.rewrite_threshold;
    settings.copies.passed_on_within = delta(analyze.passed_on_within);
    settings.clusters.threshold = analyze.cluster_threshold;
    settings.clusters.cohesion = analyze.cluster_cohesion;
    settings.clusters.max_one_term = analyze.cluster_max_one_word;
    settings.clusters.merge = analyze.cluster_merge;
    settings.clusters.merge_cohesion = analyze.cluster_merge_cohesion;
    settings.clusters.split = analyze.cluster_split;
    settings.clusters.max_share = analyze.cluster_common_share;
    settings.clusters.hold = delta(analyze.cluster_hold);
    settings.clusters.half_life = delta(analyze.cluster_half_life);
    settings.clusters.retire_after = delta(analyze.cluster_close_after);
    settings.clusters.retire_records = analyze.cluster_close_records;
    settings.embeddings.within = delta(analyze.cluster_close_after);
    settings
}

fn kind_settings(kinds: &Kinds) -> KindSettings {
    KindSettings {
        register: register_shift::Settings {
            min_authors: kinds.register_min_authors,
            min_risen: kinds.register_min_risen,
            min_shift: kinds.register_min_shift,
        },
        divergence: platform_divergence::Settings {
            min_ratio: kinds.divergence_min_ratio,
            min_expected: kinds.divergence_min_expected,
            min_authors: kinds.divergence_min_authors,
        },
        surge: surge::Settings {
            min_authors: kinds.surge_min_authors,
            min_ratio: kinds.surge_min_ratio,
            lookback: kinds.surge_lookback,
            extra_variation: kinds.surge_extra_variation,
        },
        cross: cross_topic::Settings {
            min_topics: kinds.cross_min_topics,
            min_authors: kinds.cross_min_authors,
            min_ratio: kinds.cross_min_ratio,
        },
        trend: trend::Settings {
            min_days: kinds.trend_min_days,
            min_level: kinds.trend_min_level,
            max_p: kinds.trend_max_p,
            min_change: kinds.trend_min_change,
        },
    }
}

/// How posts look, by the configuration.
pub fn profiles_of(config: &Config) -> Profiles {
    let base = config.publish.permalink_base.as_ref().and_then(|url| WebLink::parse(url.as_str()));
    let settings = &config.bluesky;
    Profiles {
        discord: Look { permalink_base: base.clone(), ..Look::default() },
        bluesky: bluesky::Look {
            permalink_base: base,
            replies: settings.replies,
            quotes: settings.quotes,
            quote_updates: settings.quote_updates,
            edit_card: settings.edit_cards,
            ..bluesky::Look::default()
        },
        accounts: Vec::new(),
        on_retraction: settings.on_retraction,
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
        watch.detect.fast_window = TimeDelta::hours(delta(signal.fast_window).num_hours());
        watch.detect.baseline.days = signal.baseline_days;
        watch.detect.baseline.min_windows = signal.min_windows;
        watch.detect.bars.min_windows = signal.min_windows;
        watch.detect.bars.min_records = f64::from(signal.min_records);
        watch.detect.bars.min_authors = f64::from(signal.min_authors);
        watch.detect.bars.min_effect = signal.min_effect;
        watch.detect.bars.min_ratio = signal.min_ratio;
        watch.detect.bars.min_pace = signal.min_pace;
        watch.detect.bars.max_p = signal.max_p;
        let usual = &mut watch.detect.baseline;
        usual.extra_variation = signal.baseline.extra_variation;
        usual.max_crowding = signal.baseline.max_crowding;
        usual.outlier = signal.baseline.outlier;
        usual.weekday_prior = signal.baseline.weekday_prior;
        usual.level_prior = signal.baseline.level_prior;
        usual.min_platform_windows = signal.baseline.min_platform_windows;
        usual.min_coverage = signal.baseline.min_coverage;
        usual.gap_share = signal.baseline.gap_share;
        let discounts = &mut watch.detect.discounts;
        discounts.per_author = signal.discounts.per_author;
        discounts.recurring_days = signal.discounts.recurring_days;
        discounts.weekly = signal.discounts.weekly;
        discounts.one_source_share = signal.discounts.one_source_share;
        discounts.one_source_usual = signal.discounts.one_source_usual;
        discounts.one_source_effect = signal.discounts.one_source_effect;
        watch.detect.false_discovery_rate = signal.false_discovery_rate;
        watch.detect.kinds = kind_settings(&signal.kinds);
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
        bars.voices_weight = signal.voices_weight;
        bars.own_voices = signal.own_voices;
        bars.candidates = signal.candidate_pool;
        bars.groups = signal.max_leads;
        watch.ties = Ties {
            event: signal.company.event_cosine,
            event_with_name: signal.company.event_cosine_one_name,
            event_with_two_names: signal.company.event_cosine_two_names,
            subject: signal.company.subject_cosine,
            subject_with_name: signal.company.subject_cosine_one_name,
            name_share: signal.company.name_share,
            one_thing: signal.company.name_in_one_cluster,
        };
        let accounts = config.bluesky.all_accounts();
        Self {
            analyzer: analyzer_settings(&config.analyze, &config.embeddings),
            watch,
            echoes: Echoes::new(
                config.publish.permalink_base.as_ref().map(url::Url::as_str),
                accounts.iter().map(|account| account.handle.as_str()),
                signal.machine_briefs.iter().map(String::as_str),
            ),
            stale_after: delta(config.ingest.stale_after),
            story_strength: signal.story_strength,
            story_central: signal.story_central,
            story_together: signal.story_together,
            story_alone: signal.story_alone,
            story_pair: signal.story_pair,
            story_background: signal.story_background,
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
            storylines: StorylineSettings { same: signal.same_story, merge: signal.merge_stories },
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::clusters::ClusterSettings;
    use crate::analyze::copy_index::CopySettings;
    use crate::analyze::embed::EmbedSettings;
    use crate::config::{Inputs, SourceText, load};
    use crate::ingest::HttpSettings;
    use crate::schedule::http_settings;
    use crate::signal::baseline::BaselineSettings;
    use crate::signal::detect::{self, DetectSettings};
    use crate::signal::discounts::DiscountSettings;
    use crate::signal::{grouping, leads};
    use crate::write::SettleSettings;
    use crate::write::brief::BriefSettings;

    fn config(text: &str) -> Config {
        let file = SourceText { path: "newsdesk.toml".into(), text: text.to_owned() };
        load(Inputs { file: Some(file), ..Inputs::default() }).unwrap()
    }

    #[test]
    fn the_defaults_of_the_configuration_are_those_of_the_stages() {
        let config = config("");
        let settings = Settings::of(&config);
        assert_eq!(settings.watch, WatchSettings::default());
        assert_eq!(settings.analyzer, AnalyzerSettings::default());
        assert_eq!(settings.storylines, StorylineSettings::default());
        assert_eq!(settings.writer, WriterSettings::default());
        assert_eq!(retry_policy_of(&config), RetryPolicy::default());
        assert_eq!(profiles_of(&config), Profiles::default());
        let brief = BriefSettings::default();
        assert_eq!((settings.min_authors, settings.thin_below), (brief.min_authors, brief.thin_below));
        let settle = SettleSettings { min_sentence_share: settings.min_sentence_share };
        assert_eq!(settle, SettleSettings::default());
        assert_eq!(http_settings(&config), HttpSettings::default());
    }
    #[test]
    fn what_is_set_of_signals_arrives() {
        let settings = Settings::of(&config(
            r#"
            [ingest]
            backfill_after = "1h"
            stale_after = "3h"
            [signal]
            window = "12h"
            fast_window = "3h"
            baseline_days = 21
            min_windows = 9
            min_records = 6
            min_authors = 7
            min_effect = 3.5
            min_ratio = 2.5
            min_pace = 3.5
            max_p = 0.002
            machine_briefs = ["@briefbot"]
            false_discovery_rate = 0.05
            max_leads = 44
            max_stories_per_tick = 4
            new_per_topic_day = 2
            min_evidence = 8
            min_evidence_hearsay = 10
            story_strength = 0.3
            same_story = 2.5
            merge_stories = 4
            story_central = 0.4
            story_together = 0.9
            story_alone = 0.5
            story_pair = 0.7
            story_background = 3
            candidate_pool = 99
            linked_cosine = 0.21
            linked_cosine_with_anchor = 0.09
            linked_name_share = 0.04
            strict_cosine = 0.6
            strict_cosine_one_anchor = 0.16
            strict_cosine_two_anchors = 0.11
            strict_name_share = 0.02
            voices_weight = 0.5
            own_voices = 3
            [signal.baseline]
            extra_variation = 0.3
            max_crowding = 3
            outlier = 4
            weekday_prior = 11
            level_prior = 31
            min_platform_windows = 4
            min_coverage = 0.9
            gap_share = 0.1
            [signal.discounts]
            per_author = 3
            recurring_days = 5
            weekly = false
            one_source_share = 0.9
            one_source_usual = 0.5
            one_source_effect = 3
            [signal.cooldown]
            low = "5h"
            medium = "4h"
            high = "2h"
            [signal.offsets]
            publication = 1
            essay = 2
            social = 4
            paper = 5
            forum = 6
            [signal.company]
            event_cosine = 0.4
            event_cosine_one_name = 0.2
            event_cosine_two_names = 0.12
            subject_cosine = 0.3
            subject_cosine_one_name = 0.09
            name_share = 0.02
            name_in_one_cluster = 0.3
            [signal.kinds]
            register_min_authors = 13
            register_min_risen = 6
            register_min_shift = 0.2
            divergence_min_ratio = 2.5
            divergence_min_expected = 3
            divergence_min_authors = 9
            surge_min_authors = 8
            surge_min_ratio = 4
            surge_lookback = 15
            surge_extra_variation = 0.6
            cross_min_topics = 3
            cross_min_authors = 4
            cross_min_ratio = 3.5
            trend_min_days = 16
            trend_min_level = 7
            trend_max_p = 0.01
            trend_min_change = 1.5
            "#,
        ));
        let watch = WatchSettings {
            detect: DetectSettings {
                window: TimeDelta::hours(12),
                fast_window: TimeDelta::hours(3),
                baseline: BaselineSettings {
                    days: 21,
                    min_windows: 9,
                    extra_variation: 0.3,
                    max_crowding: 3.0,
                    outlier: 4.0,
                    weekday_prior: 11.0,
                    level_prior: 31.0,
                    min_platform_windows: 4,
                    min_coverage: 0.9,
                    gap_share: 0.1,
                },
                discounts: DiscountSettings {
                    per_author: 3,
                    recurring_days: 5,
                    weekly: false,
                    one_source_share: 0.9,
                    one_source_usual: 0.5,
                    one_source_effect: 3.0,
                },
                bars: detect::Bars {
                    min_records: 6.0,
                    min_authors: 7.0,
                    min_effect: 3.5,
                    min_ratio: 2.5,
                    min_pace: 3.5,
                    max_p: 0.002,
                    min_windows: 9,
                },
                kinds: KindSettings {
                    register: register_shift::Settings { min_authors: 13, min_risen: 6, min_shift: 0.2 },
                    divergence: platform_divergence::Settings {
                        min_ratio: 2.5,
                        min_expected: 3.0,
                        min_authors: 9,
                    },
                    surge: surge::Settings {
                        min_authors: 8,
                        min_ratio: 4.0,
                        lookback: 15,
                        extra_variation: 0.6,
                    },
                    cross: cross_topic::Settings { min_topics: 3, min_authors: 4, min_ratio: 3.5 },
                    trend: trend::Settings { min_days: 16, min_level: 7.0, max_p: 0.01, min_change: 1.5 },
                },
                false_discovery_rate: 0.05,
            },
            leads: leads::Settings {
                window: TimeDelta::hours(12),
                offsets: Offsets { publication: 1.0, essay: 2.0, social: 4.0, paper: 5.0, forum: 6.0 },
                points: crate::signal::score::Points::default(),
                bars: grouping::Bars {
                    linked: 0.21,
                    linked_with_name: 0.09,
                    linked_name_share: 0.04,
                    strict: 0.6,
                    strict_with_name: 0.16,
                    strict_with_two_names: 0.11,
                    strict_name_share: 0.02,
                    voices_weight: 0.5,
                    own_voices: 3,
                    candidates: 99,
                    groups: 44,
                    ..grouping::Bars::default()
                },
            },
            backfill_after: TimeDelta::hours(1),
            max_leads: 44,
            ties: Ties {
                event: 0.4,
                event_with_name: 0.2,
                event_with_two_names: 0.12,
                subject: 0.3,
                subject_with_name: 0.09,
                name_share: 0.02,
                one_thing: 0.3,
            },
        };
        assert_eq!(settings.watch, watch);
        assert_eq!(settings.echoes, Echoes::new(None, [], ["briefbot"]));
        let new = [settings.max_stories_per_tick, settings.new_per_topic_day];
        assert_eq!(new, [4, 2]);
        assert_eq!([settings.min_evidence, settings.min_evidence_hearsay], [8, 10]);
        assert!((settings.story_strength - 0.3).abs() < f64::EPSILON);
        assert_eq!(settings.storylines, StorylineSettings { same: 2.5, merge: 4.0 });
        assert_eq!([settings.story_central, settings.story_together], [0.4, 0.9]);
        let thin = [settings.story_alone, settings.story_pair, settings.story_background];
        assert_eq!(thin, [0.5, 0.7, 3.0]);
        assert_eq!(settings.stale_after, TimeDelta::hours(3));
        let rests = [Severity::Low, Severity::Medium, Severity::High].map(|s| settings.cooldown_of(s));
        assert_eq!(rests, [5, 4, 2].map(TimeDelta::hours));
    }

    #[test]
    fn what_is_set_of_records_stories_and_deliveries_arrives() {
        let config = config(
            r#"
            [analyze]
            near_copy_threshold = 0.8
            excerpt_threshold = 0.9
            rewrite_threshold = 0.6
            passed_on_within = "3d"
            cluster_threshold = 0.3
            cluster_cohesion = 0.2
            cluster_max_one_word = 0.7
            cluster_merge = 0.4
            cluster_merge_cohesion = 0.25
            cluster_split = 0.05
            cluster_common_share = 0.03
            cluster_hold = "30m"
            cluster_half_life = "12h"
            cluster_close_after = "48h"
            cluster_close_records = 900
            [embeddings]
            near_threshold = 0.9
            read_bytes = 500
            [write]
            min_authors = 6
            thin_below_records = 9
            max_sections = 4
            max_quotes = 8
            min_sentence_share = 0.7
            [publish]
            permalink_base = "https://news.example.org/stories/"
            max_attempts_age = "6h"
            "#,
        );
        let settings = Settings::of(&config);
        let analyzer = AnalyzerSettings {
            copies: CopySettings {
                near: 0.8,
                excerpt: 0.9,
                rewrite: 0.6,
                passed_on_within: TimeDelta::days(3),
                ..CopySettings::default()
            },
            embeddings: EmbedSettings {
                near: 0.9,
                read_bytes: 500,
                within: TimeDelta::hours(48),
                ..EmbedSettings::default()
            },
            clusters: ClusterSettings {
                threshold: 0.3,
                cohesion: 0.2,
                max_one_term: 0.7,
                merge: 0.4,
                merge_cohesion: 0.25,
                split: 0.05,
                max_share: 0.03,
                hold: TimeDelta::minutes(30),
                half_life: TimeDelta::hours(12),
                retire_after: TimeDelta::hours(48),
                retire_records: 900,
                ..ClusterSettings::default()
            },
        };
        assert_eq!(settings.analyzer, analyzer);
        assert_eq!(settings.writer, WriterSettings { max_sections: 4, max_quotes: 8 });
        assert_eq!((settings.min_authors, settings.thin_below), (6, 9));
        assert!((settings.min_sentence_share - 0.7).abs() < f64::EPSILON);
        assert_eq!(retry_policy_of(&config).max_age, TimeDelta::hours(6));
        let base = WebLink::parse("https://news.example.org/stories/");
        let profiles = profiles_of(&config);
        assert!(base.is_some());
        assert_eq!([profiles.discord.permalink_base, profiles.bluesky.permalink_base], [base.clone(), base]);
    }
}
