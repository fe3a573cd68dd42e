//! The sections of `newsdesk.toml`: what can be set, in which unit, and what it is if nobody says.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use chrono_tz::Tz;
use url::Url;

use super::bluesky::BlueskySettings;
use super::database::DatabaseUrl;
use super::error::Fault;
use super::model::ModelSettings;
use super::secret::{Secret, SecretSource};
use super::section::section;
use super::setting::{any, filled, lasting, text_setting, within};
use crate::publish::text::WebLink;
use crate::schedule::CronSchedule;

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

const fn minutes(n: u64) -> Duration {
    seconds(n * 60)
}

const fn hours(n: u64) -> Duration {
    minutes(n * 60)
}

fn cron(text: &str) -> CronSchedule {
    text.parse().expect("the default schedules are tested")
}

section! {
    /// The whole file, before the places of database and preview are known.
    pub(super) struct Settings {
        /// Where everything is kept. Default: a file in the XDG data folder.
        pub database: Option<DatabaseUrl> = None, any;
        /// `[desk]`
        pub desk: DeskSettings = DeskSettings::default(), any;
        /// `[topics]`
        pub topics: TopicsSettings = TopicsSettings::default(), any;
        /// `[schedule]`
        pub schedule: ScheduleSettings = ScheduleSettings::default(), any;
        /// `[http]`
        pub http: HttpSettings = HttpSettings::default(), any;
        /// `[ingest]`
        pub ingest: IngestSettings = IngestSettings::default(), any;
        /// `[reddit]`
        pub reddit: RedditSettings = RedditSettings::default(), any;
        /// `[github]`
        pub github: GitHubSettings = GitHubSettings::default(), any;
        /// `[stackexchange]`
        pub stackexchange: StackExchangeSettings = StackExchangeSettings::default(), any;
        /// `[articles]`
        pub articles: ArticleSettings = ArticleSettings::default(), any;
        /// `[analyze]`
        pub analyze: AnalyzeSettings = AnalyzeSettings::default(), any;
        /// `[embeddings]`
        pub embeddings: EmbeddingsSettings = EmbeddingsSettings::default(), any;
        /// `[signal]`
        pub signal: SignalSettings = SignalSettings::default(), any;
        /// `[write]`
        pub write: WriteSettings = WriteSettings::default(), any;
        /// `[model]`
        pub model: ModelSettings = ModelSettings::default(), any;
        /// `[publish]`
        pub publish: PublishSettings = PublishSettings::default(), any;
        /// `[discord]`
        pub discord: DiscordSettings = DiscordSettings::default(), any;
        /// `[bluesky]`
        pub bluesky: BlueskySettings = BlueskySettings::default(), any;
    }
}

section! {
    /// Who we are.
    pub struct DeskSettings {
        /// An address or page for people whose servers we read, sent in the `User-Agent`. Default: none.
        pub contact: Option<String> = None, |contact: &Option<String>| contact.as_ref().map_or(Ok(()), filled);
        /// The language of what stories quote, ISO 639-1; the words around it are English. Default: `en`.
        pub language: String = "en".to_owned(), language;
        /// The IANA time zone of schedules and dates. Default: `UTC`.
        pub time_zone: Tz = Tz::UTC, any;
        /// What chance starts from: the same inputs and seed give the same stories. Default: 1.
        pub seed: u64 = 1, any;
    }
}

section! {
    /// Which topics there are besides the files in `topics/`.
    pub struct TopicsSettings {
        /// Whether the compiled-in topics are followed, as far as no file replaces them. Default: true.
        pub builtin: bool = true, any;
    }
}

section! {
    /// When things run; five-field cron in the time zone of the topic, else of the desk.
    pub struct ScheduleSettings {
        /// When sources are scanned; a topic may have its own. Default: every 15 minutes.
        pub scan: CronSchedule = cron("*/15 * * * *"), any;
        /// When signals are looked for and stories written. Default: 7 and 37 minutes past each hour.
        pub tick: CronSchedule = cron("7,37 * * * *"), any;
    }
}

section! {
    /// How we behave as a client of other people's servers.
    pub struct HttpSettings {
        /// Longest wait for a connection. Default: `10s`.
        pub connect_timeout: Duration = seconds(10), lasting("100ms", "5m");
        /// Longest wait for the head of an answer, connection included. Default: `20s`.
        pub header_timeout: Duration = seconds(20), lasting("100ms", "5m");
        /// Longest time for a whole answer. Default: `60s`.
        pub total_timeout: Duration = seconds(60), lasting("100ms", "30m");
        /// Largest answer, in bytes after decompression. Default: 5 MiB.
        pub max_body_bytes: usize = 5 * 1024 * 1024, within(1024..=256 * 1024 * 1024);
        /// The same for feeds, which carry whole articles. Default: 10 MiB.
        pub max_feed_bytes: usize = 10 * 1024 * 1024, within(1024..=256 * 1024 * 1024);
        /// Redirects followed, each checked like the first address. Default: 5.
        pub max_redirects: u32 = 5, within(0..=20);
        /// Requests at one time to one host. Default: 2.
        pub per_host_concurrency: u32 = 2, within(1..=16);
        /// Shortest time between the starts of two requests to one host. Default: `1s`.
        pub per_host_pace: Duration = seconds(1), lasting("0s", "10m");
        /// `HOST:PORT` that may be private, loopback or link-local: for tests and servers of your own. Default: none.
        pub allow_private_addresses: Vec<HostPort> = Vec::new(), any;
        /// `HOST:PORT` of a server that every other request is handed to, in the clear and with the `Host` it is for. Default: none.
        pub gateway: Option<HostPort> = None, any;
    }
}

section! {
    /// What is taken in.
    pub struct IngestSettings {
        /// A record first seen this long after its publication is backfill: it feeds baselines and raises no signal. Default: `6h`.
        pub backfill_after: Duration = hours(6), lasting("1m", "30d");
        /// A platform of which most sources gave no answer for this long was not read: its silence says nothing. Default: `2h`.
        pub stale_after: Duration = hours(2), lasting("1m", "30d");
        /// Hosts of Bluesky's stream of all posts (`wss://HOST/subscribe`), asked in turn. Default: those that Bluesky runs.
        pub jetstream_hosts: Vec<Url> = Vec::new(), any;
        /// How often records that stories cite are asked for again where they stand. Default: `6h`.
        pub recheck_every: Duration = hours(6), lasting("10m", "30d");
        /// For how long after the version that cites them. Default: `30d`.
        pub recheck_for: Duration = hours(30 * 24), lasting("1h", "3650d");
    }
}

section! {
    /// Reddit, which is read with credentials of an application that it approved.
    pub struct RedditSettings {
        /// The application's id. Default: none.
        pub client_id: Option<String> = None, |id: &Option<String>| id.as_ref().map_or(Ok(()), filled);
        /// Its secret: only from the environment, `NEWSDESK_REDDIT__CLIENT_SECRET`. Default: none.
        pub client_secret: Option<Secret> = None, any;
        /// A file with the secret, which nobody but its owner may read. Default: none.
        pub client_secret_file: Option<PathBuf> = None, any;
        /// The account that stands for the application, without `u/`: Reddit wants it in the `User-Agent`. Default: none.
        pub username: Option<String> = None, |name: &Option<String>| name.as_ref().map_or(Ok(()), filled);
        /// How long words and authors of what was read there are kept that no story cites; its terms allow two days. Archives
        /// that you import are yours to answer for. Default: `48h`.
        pub keep: Duration = hours(48), lasting("1h", "3650d");
    }
}

impl RedditSettings {
    /// Where the secret comes from, if there is one.
    pub fn secret_source(&self) -> Option<SecretSource> {
        SecretSource::of(self.client_secret.as_ref(), self.client_secret_file.as_ref())
    }
}

section! {
    /// GitHub, whose releases are read without a token, too, but seldom.
    pub struct GitHubSettings {
        /// A token without any permission: only from the environment, `NEWSDESK_GITHUB__TOKEN`. Default: none.
        pub token: Option<Secret> = None, any;
        /// A file with the token, which nobody but its owner may read. Default: none.
        pub token_file: Option<PathBuf> = None, any;
    }
}

impl GitHubSettings {
    /// Where the token comes from, if there is one.
    pub fn token_source(&self) -> Option<SecretSource> {
        SecretSource::of(self.token.as_ref(), self.token_file.as_ref())
    }
}

section! {
    /// The Stack Exchange network, which answers more often who has a key.
    pub struct StackExchangeSettings {
        /// The key of an application; it is no secret. Default: none.
        pub key: Option<String> = None, |key: &Option<String>| key.as_ref().map_or(Ok(()), filled);
    }
}

section! {
    /// Pages that leads are about, which are read so that stories can cite them. Of what hosts close to robots nothing is read.
    pub struct ArticleSettings {
        /// Whether pages are read that the records of a lead link to. Default: `false`.
        pub linked: bool = false, any;
        /// Pages read in one tick. Default: 6.
        pub per_tick: u32 = 6, within(1..=100);
        /// A SearXNG server that gives its answers as JSON; leads are searched for there. It ends in `/`. Default: none.
        pub searxng: Option<Url> = None, folder;
        /// A token of Brave's search, where there is no such server: only from the environment, `NEWSDESK_ARTICLES__BRAVE_KEY`. Default: none.
        pub brave_key: Option<Secret> = None, any;
        /// A file with the token, which nobody but its owner may read. Default: none.
        pub brave_key_file: Option<PathBuf> = None, any;
        /// `HOST:PORT` that may be private, loopback or link-local and linked to all the same: servers of your own that have
        /// articles. Those of `[http]` do not count here. Default: none.
        pub allow_private_addresses: Vec<HostPort> = Vec::new(), any;
        /// Searches in 24 hours; one lead is searched for once a day. Default: 48.
        pub searches_per_day: u32 = 48, within(1..=10_000);
    }
}

impl ArticleSettings {
    /// Where Brave's token comes from, if there is one.
    pub fn brave_key_source(&self) -> Option<SecretSource> {
        SecretSource::of(self.brave_key.as_ref(), self.brave_key_file.as_ref())
    }
}

section! {
    /// How records are put together. A change holds for records analysed after it.
    pub struct AnalyzeSettings {
        /// Share of three-word runs in common from which two texts are copies, 0–1; below 0.5 few are found. Default: 0.7.
        pub near_copy_threshold: f64 = 0.7, within(0.1..=1.0);
        /// Share of a text's five-word runs that stand in one earlier text, from which it is an excerpt, 0–1. Default: 0.8.
        pub excerpt_threshold: f64 = 0.8, within(0.1..=1.0);
        /// The same under the same headline, or between publications, 0–1. Default: 0.5.
        pub rewrite_threshold: f64 = 0.5, within(0.1..=1.0);
        /// A headline or short post that nobody has said for so long is no copy any more. Default: `7d`.
        pub passed_on_within: Duration = hours(7 * 24), lasting("1h", "30d");
        /// Cosine to the centre from which a record joins a cluster, 0–1. Default: 0.16.
        pub cluster_threshold: f64 = 0.16, within(0.01..=1.0);
        /// Mean likeness to the members that a record needs, and clusters that come together, 0–1. Default: 0.1.
        pub cluster_cohesion: f64 = 0.1, within(0.0..=1.0);
        /// Largest part of a likeness that may rest on one word, 0–1. Default: 0.8.
        pub cluster_max_one_word: f64 = 0.8, within(0.0..=1.0);
        /// Cosine between centres from which two clusters become one, 0–1; 1 keeps all apart. Default: 0.3.
        pub cluster_merge: f64 = 0.3, within(0.05..=1.0);
        /// Mean likeness of all pairs that clusters which come together must have, 0–1. Default: 0.14.
        pub cluster_merge_cohesion: f64 = 0.14, within(0.0..=1.0);
        /// Cosine between the latest dozen and the rest below which a cluster comes apart, 0–1; 0 never. Default: 0.15.
        pub cluster_split: f64 = 0.15, within(0.0..=1.0);
        /// Words in more than this share of the records bring no records together, 0–1. Default: 0.01.
        pub cluster_common_share: f64 = 0.01, within(0.0..=1.0);
        /// How long records wait for older ones before their cluster is final. Default: `1h`.
        pub cluster_hold: Duration = hours(1), lasting("0s", "1d");
        /// Each such time of silence halves a cluster's likeness to newcomers. Default: `24h`.
        pub cluster_half_life: Duration = hours(24), lasting("1h", "30d");
        /// A cluster nobody joined for this long is closed; with a model, records of this time are compared. Default: `72h`.
        pub cluster_close_after: Duration = hours(72), lasting("1h", "30d");
        /// After six hours of silence a cluster is closed once so many other records have come. Default: 1500.
        pub cluster_close_records: u64 = 1_500, within(1..=10_000_000);
    }
}

section! {
    /// A model that says which texts are near, for those who have one. Without an address there is none.
    pub struct EmbeddingsSettings {
        /// The whole address of any `/v1/embeddings`, or of Ollama's `/api/embed`. Records' texts are sent there. Default: none.
        pub url: Option<Url> = None, any;
        /// The model's name, as that server knows it. Default: none.
        pub model: String = String::new(), any;
        /// The server's key: only from the environment, `NEWSDESK_EMBEDDINGS__KEY`. Default: none.
        pub key: Option<Secret> = None, any;
        /// A file with the key, which nobody but its owner may read. Default: none.
        pub key_file: Option<PathBuf> = None, any;
        /// Cosine from which a record is placed with the words of the nearest earlier one, 0–1. Default: 0.85.
        pub near_threshold: f64 = 0.85, within(0.1..=1.0);
        /// Bytes of a text that the model is shown. Default: 2000.
        pub read_bytes: usize = 2_000, within(100..=100_000);
        /// Texts in one request. Default: 64.
        pub batch: usize = 64, within(1..=2_048);
        /// Longest time for one request. Default: `60s`.
        pub timeout: Duration = seconds(60), lasting("100ms", "10m");
        /// A server that failed is left alone for so long; records are placed by their words meanwhile. Default: `5m`.
        pub rest: Duration = minutes(5), lasting("1s", "1d");
    }
}

impl EmbeddingsSettings {
    /// Where the key comes from, if there is one.
    pub fn key_source(&self) -> Option<SecretSource> {
        SecretSource::of(self.key.as_ref(), self.key_file.as_ref())
    }
}

section! {
    /// What counts as a change, and how leads are ranked.
    pub struct SignalSettings {
        /// The time looked at in one tick. Default: `24h`.
        pub window: Duration = hours(24), lasting("10m", "14d");
        /// The shorter time in which a sudden rise is looked for, in whole hours. Default: `6h`.
        pub fast_window: Duration = hours(6), lasting("1h", "14d");
        /// Days before the window that say what is usual. Default: 28.
        pub baseline_days: u32 = 28, within(1..=365);
        /// Of them, days with enough read to compare with; with fewer nothing is a signal. Default: 7.
        pub min_windows: usize = 7, within(1..=365);
        /// Fewest records in the window for a signal, after discounts. Default: 5.
        pub min_records: u32 = 5, within(1..=10_000);
        /// Fewest effective authors for a signal: many records by few count as few. Default: 4.
        pub min_authors: u32 = 4, within(1..=10_000);
        /// Smallest distance from the usual, in robust standard deviations. Default: 2.5.
        pub min_effect: f64 = 2.5, within(0.0..=100.0);
        /// Fewest times the usual, where records are counted. Default: 1.5.
        pub min_ratio: f64 = 1.5, within(1.0..=100.0);
        /// The same for the pace of a few hours, which varies more than a day. Default: 2.5.
        pub min_pace: f64 = 2.5, within(1.0..=100.0);
        /// A signal must be less likely than this by chance alone, whatever else was tested. Default: 0.001.
        pub max_p: f64 = 0.001, within(0.000_001..=0.5);
        /// Handles and places of machines that write briefs as this one does: what they say, or what links to them, counts
        /// nothing. Default: none.
        pub machine_briefs: Vec<String> = Vec::new(), any;
        /// Largest share of false alarms among the signals kept at a tick (Benjamini–Hochberg). Default: 0.15.
        pub false_discovery_rate: f64 = 0.15, within(0.000_001..=0.5);
        /// Leads ranked per tick, over all topics. Default: 45.
        pub max_leads: usize = 45, within(1..=1000);
        /// Leads that may become stories in one tick, over all topics. Default: 6.
        pub max_stories_per_tick: usize = 6, within(0..=1000);
        /// New stories of one topic in 24 hours. Default: 3.
        pub new_per_topic_day: usize = 3, within(0..=1000);
        /// Records on the same event, one per author, that a new story needs. Default: 3.
        pub min_evidence: usize = 3, within(1..=1000);
        /// The same where there is no publication, nobody first-hand and no signal among them; never less than
        /// `min_evidence`. Default: 3.
        pub min_evidence_hearsay: usize = 3, within(1..=1000);
        /// A lead weaker than this stays silent, 0–1. Default: 0.1.
        pub story_strength: f64 = 0.1, within(0.0..=1.0);
        /// Points from which a lead belongs to a running story: two for each record they share, 1.5 for a telling name, 1.5
        /// for its cluster if the lead's middle is there, 1 if other evidence is. Default: 3.
        pub same_story: f64 = 3.0, within(0.5..=100.0);
        /// Points that a lead must have with each of two running stories that share its records to make them one.
        /// Default: 3.
        pub merge_stories: f64 = 3.0, within(0.5..=100.0);
        /// A record that scores less than this opens no story … Default: 0.15.
        pub story_central: f64 = 0.15, within(0.0..=1.0);
        /// … unless its lead is as strong as this. Default: 0.95.
        pub story_together: f64 = 0.95, within(0.0..=1.0);
        /// A publication's report that scores so much opens a story by itself, if enough others speak of it. Default: 0.6.
        pub story_alone: f64 = 0.6, within(0.0..=1.0);
        /// A record of standing that scores so much opens one with a second record. Default: 0.8.
        pub story_pair: f64 = 0.8, within(0.0..=1.0);
        /// On less than `min_evidence`, more earlier records than so many for each of the story's are usual talk. Default: 2.
        pub story_background: f64 = 2.0, within(0.0..=1_000_000.0);
        /// Records with the best scores among which leads are looked for. Default: 250.
        pub candidate_pool: usize = 250, within(1..=100_000);
        /// Cosine from which two records are linked. Default: 0.1.
        pub linked_cosine: f64 = 0.1, within(0.0..=1.0);
        /// The same when they share a rare anchor. Default: 0.05.
        pub linked_cosine_with_anchor: f64 = 0.05, within(0.0..=1.0);
        /// An anchor is rare for this if it stands in less than this share of ten days' records. Default: 0.03.
        pub linked_name_share: f64 = 0.03, within(0.0..=1.0);
        /// Cosine from which a record is evidence for a story. Default: 0.55.
        pub strict_cosine: f64 = 0.55, within(0.0..=1.0);
        /// The same when they share an anchor that tells events apart. Default: 0.22.
        pub strict_cosine_one_anchor: f64 = 0.22, within(0.0..=1.0);
        /// The same when they share two. Default: 0.15.
        pub strict_cosine_two_anchors: f64 = 0.15, within(0.0..=1.0);
        /// An anchor in both headlines tells events apart if it stands in less than this share of ten days' records. Default: 0.003.
        pub strict_name_share: f64 = 0.003, within(0.0..=1.0);
        /// A lead is the record whose score × (1 + voices) to this power is largest; its voices are the other authors
        /// whom it may cite. Default: 0.25.
        pub voices_weight: f64 = 0.25, within(0.0..=2.0);
        /// A record with so many voices is an event of its own: it leads, though another lead is on its subject. Seven are the
        /// most that are counted. Default: 2.
        pub own_voices: usize = 2, within(1..=7);
        /// How long a storyline rests after a version, by severity.
        pub cooldown: Cooldown = Cooldown::default(), any;
        /// Points a record starts with, by the kind of its source.
        pub offsets: Offsets = Offsets::default(), any;
        /// Who is counted with a story.
        pub company: CompanyConfig = CompanyConfig::default(), any;
        /// What single kinds of signals ask for.
        pub kinds: Kinds = Kinds::default(), any;
        /// What is usual.
        pub baseline: BaselineConfig = BaselineConfig::default(), any;
        /// What counts for less.
        pub discounts: DiscountConfig = DiscountConfig::default(), any;
    }
}

section! {
    /// What single kinds of signals ask for, besides the bars of all: `docs/signals.md`.
    pub struct Kinds {
        /// Authors a window needs for a change of tone. Default: 12.
        pub register_min_authors: usize = 12, within(1..=10_000);
        /// Of them, in the tone that rose. Default: 5.
        pub register_min_risen: usize = 5, within(1..=10_000);
        /// How far its share must be above the expected, 0–1. Default: 0.15.
        pub register_min_shift: f64 = 0.15, within(0.0..=1.0);
        /// Times the pace of the other platforms for one that runs ahead. Default: 2.
        pub divergence_min_ratio: f64 = 2.0, within(1.0..=100.0);
        /// Records that the platform, and the others, must expect. Default: 2.
        pub divergence_min_expected: f64 = 2.0, within(0.1..=10_000.0);
        /// Effective authors on the platform. Default: 8.
        pub divergence_min_authors: usize = 8, within(1..=10_000);
        /// Authors that use a surging name or phrase. Default: 5.
        pub surge_min_authors: usize = 5, within(2..=10_000);
        /// Times the expected number of authors. Default: 3.
        pub surge_min_ratio: f64 = 3.0, within(1.0..=100.0);
        /// Earlier windows that say how often a name or phrase is used. Default: 14.
        pub surge_lookback: usize = 14, within(5..=365);
        /// Variation of its use from day to day that is always allowed for, as a share. Default: 0.5.
        pub surge_extra_variation: f64 = 0.5, within(0.0..=10.0);
        /// Topics in which a name must surge at once. Default: 2.
        pub cross_min_topics: usize = 2, within(2..=1000);
        /// Authors in each of them. Default: 3.
        pub cross_min_authors: usize = 3, within(2..=10_000);
        /// Times the expected number in each of them. Default: 2.
        pub cross_min_ratio: f64 = 2.0, within(1.0..=100.0);
        /// Usable days that a trend needs. Default: 14.
        pub trend_min_days: usize = 14, within(4..=365);
        /// Records in its median day. Default: 8.
        pub trend_min_level: f64 = 8.0, within(0.0..=10_000.0);
        /// It must be less likely than this by chance alone. Default: 0.00001.
        pub trend_max_p: f64 = 0.00001, within(0.0..=1.0);
        /// How many times the first day's level the last must be, or the other way round. Default: 2.
        pub trend_min_change: f64 = 2.0, within(1.0..=100.0);
    }
}

section! {
    /// Who is counted with a story, beside what it cites.
    pub struct CompanyConfig {
        /// Cosine to what a story cites from which a record is counted with it. Default: 0.5.
        pub event_cosine: f64 = 0.5, within(0.0..=1.0);
        /// The same when they share a rare or suddenly common name. Default: 0.15.
        pub event_cosine_one_name: f64 = 0.15, within(0.0..=1.0);
        /// The same when they share two. Default: 0.1.
        pub event_cosine_two_names: f64 = 0.1, within(0.0..=1.0);
        /// Cosine from which a record is on a story's subject, by which running stories are recognised. Default: 0.35.
        pub subject_cosine: f64 = 0.35, within(0.0..=1.0);
        /// The same when they share such a name. Default: 0.08.
        pub subject_cosine_one_name: f64 = 0.08, within(0.0..=1.0);
        /// A name is rare for this in less than this share of ten days' records. Default: 0.01.
        pub name_share: f64 = 0.01, within(0.0..=1.0);
        /// A shared name tells running stories apart if one cluster has this share of its records of four days (five records
        /// are always one thing). Default: 0.25.
        pub name_in_one_cluster: f64 = 0.25, within(0.0..=1.0);
    }
}

section! {
    /// How the usual is found.
    pub struct BaselineConfig {
        /// Variation from day to day, as a share of the mean, that is always allowed for. Default: 0.2.
        pub extra_variation: f64 = 0.2, within(0.0..=5.0);
        /// Largest variance over mean that a few hours are taken to have because records come in company. Default: 2.
        pub max_crowding: f64 = 2.0, within(1.0..=100.0);
        /// Earlier counts further from the centre are drawn in to so many robust deviations. Default: 2.
        pub outlier: f64 = 2.0, within(1.0..=1000.0);
        /// How much chance a weekday's own level must outweigh, in records. Default: 10.
        pub weekday_prior: f64 = 10.0, within(0.1..=1_000_000.0);
        /// The same for the level of a week, by which a topic's own growth is followed. Default: 30.
        pub level_prior: f64 = 30.0, within(0.1..=1_000_000.0);
        /// A platform read on fewer earlier days than this has no usual level: its records do not count. Default: 3.
        pub min_platform_windows: usize = 3, within(0..=365);
        /// Coverage of a platform is never taken for less than this share of its usual, 0–1. Default: 1.
        pub min_coverage: f64 = 1.0, within(0.0..=1.0);
        /// An earlier day of which less than this share of the usual was read is a gap, 0–1. Default: 0.2.
        pub gap_share: f64 = 0.2, within(0.0..=1.0);
    }
}

section! {
    /// What counts for less.
    pub struct DiscountConfig {
        /// Records of one author that count in a window. Default: 2.
        pub per_author: usize = 2, within(1..=1000);
        /// A headline's shape is one of a series when its place or author used it on this many days. Default: 3.
        pub recurring_days: usize = 3, within(2..=365);
        /// It is also one when it came back after a week, give or take three hours. Default: true.
        pub weekly: bool = true, any;
        /// A place is alone in being loud when it brings at least this share of what is beyond the usual, 0–1.
        /// Default: 0.67.
        pub one_source_share: f64 = 0.67, within(0.0..=1.0);
        /// It must usually bring at most this share of all, 0–1. Default: 0.6.
        pub one_source_usual: f64 = 0.6, within(0.0..=1.0);
        /// Standard deviations of chance by which its share of all must be above its usual one. Default: 2.
        pub one_source_effect: f64 = 2.0, within(0.0..=100.0);
    }
}

section! {
    /// How long a storyline rests after a version, by the severity of the new signal.
    pub struct Cooldown {
        /// Default: `24h`.
        pub low: Duration = hours(24), lasting("0s", "30d");
        /// Default: `12h`.
        pub medium: Duration = hours(12), lasting("0s", "30d");
        /// Default: `3h`.
        pub high: Duration = hours(3), lasting("0s", "30d");
    }
}

section! {
    /// Points a record starts with, by the kind of its source.
    pub struct Offsets {
        /// Articles of publications. Default: 5.
        pub publication: f64 = 5.0, within(-20.0..=20.0);
        /// Long-form posts. Default: 4.
        pub essay: f64 = 4.0, within(-20.0..=20.0);
        /// Posts of social networks. Default: 1.5.
        pub social: f64 = 1.5, within(-20.0..=20.0);
        /// Papers. Default: 2.
        pub paper: f64 = 2.0, within(-20.0..=20.0);
        /// Posts of forums. Default: 1.5.
        pub forum: f64 = 1.5, within(-20.0..=20.0);
    }
}

section! {
    /// What a story needs.
    pub struct WriteSettings {
        /// Fewest independent authors behind a story. Default: 5.
        pub min_authors: u32 = 5, within(1..=10_000);
        /// With fewer records a story has at most two sections and says that it is thin. Default: 12.
        pub thin_below_records: usize = 12, within(0..=10_000);
        /// Most sections. Default: 5.
        pub max_sections: usize = 5, within(2..=5);
        /// Most quotes in the sections together, at most three in one. Default: 15.
        pub max_quotes: usize = 15, within(6..=15);
        /// A story that loses more of its sentences to the checks than this leaves is not published, 0–1. Default: 0.6.
        pub min_sentence_share: f64 = 0.6, within(0.0..=1.0);
    }
}

section! {
    /// How stories go out.
    pub struct PublishSettings {
        /// The folder of the preview. Default: `newsdesk/preview` in the XDG data folder.
        pub preview_dir: Option<PathBuf> = None, any;
        /// Where you put stories on the web, up to their code, for links back. It ends in `/`. Default: none.
        pub permalink_base: Option<Url> = None, base;
        /// A delivery that could not be made for this long is given up and held. Default: `48h`.
        pub max_attempts_age: Duration = hours(48), lasting("1m", "30d");
    }
}

section! {
    /// The Discord bot. Without a token there is none.
    pub struct DiscordSettings {
        /// The bot's token: only from the environment, `NEWSDESK_DISCORD__TOKEN`. Default: none.
        pub token: Option<Secret> = None, any;
        /// A file with the token, which nobody but its owner may read. Default: none.
        pub token_file: Option<PathBuf> = None, any;
        /// The server whose moderators may correct and retract; 0: those of every server. Default: 0.
        pub home_guild: u64 = 0, any;
        /// A server in which commands are registered instead of everywhere, where they change at once: for development. Default: 0.
        pub dev_guild: u64 = 0, any;
        /// What a server had set up is deleted so long after the bot was sent away. Default: `30d`.
        pub forget_after: Duration = hours(30 * 24), lasting("1h", "3650d");
        /// `ADDRESS:PORT` at which `discord.com` is reached: a proxy of your own. Default: none.
        pub connect: Option<HostPort> = None, any;
        /// A PEM file with a certificate to trust there. Default: none.
        pub ca_file: Option<PathBuf> = None, any;
    }
}

impl DiscordSettings {
    /// Where the token comes from, if there is one.
    pub fn token_source(&self) -> Option<SecretSource> {
        SecretSource::of(self.token.as_ref(), self.token_file.as_ref())
    }
}

/// An address to which a story's code can be added.
#[expect(clippy::ref_option, reason = "a check takes the setting as it is")]
fn base(address: &Option<Url>) -> Result<(), Fault> {
    let Some(url) = address else { return Ok(()) };
    if url.query().is_some() || url.fragment().is_some() || !url.path().ends_with('/') {
        return Err(Fault::new(format!("is `{url}`, to which a story's code cannot be added"))
            .hint("write an address that ends in `/`, such as `https://news.example.org/stories/`"));
    }
    if WebLink::parse(url.as_str()).is_none() {
        return Err(Fault::new(format!("is `{url}`, which is not fit to be a link"))
            .hint("write a short address with a host name and without brackets"));
    }
    Ok(())
}

/// An address below which others are.
#[expect(clippy::ref_option, reason = "a check takes the setting as it is")]
fn folder(address: &Option<Url>) -> Result<(), Fault> {
    match address {
        Some(url) if !url.path().ends_with('/') => {
            Err(Fault::new(format!("is `{url}`, which does not end in `/`"))
                .hint("write the address of the server with a slash at its end"))
        }
        Some(_) | None => Ok(()),
    }
}

/// ISO 639: two or three small letters.
fn language(code: &String) -> Result<(), Fault> {
    if (2..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase()) {
        return Ok(());
    }
    Err(Fault::new(format!("is `{code}`, not a language code"))
        .hint("write two small letters, such as `en` or `de`"))
}

/// Each of them a language code.
#[expect(clippy::ptr_arg, reason = "a check takes the setting as it is")]
pub(super) fn languages(codes: &Vec<String>) -> Result<(), Fault> {
    codes.iter().try_for_each(language)
}

/// `HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPort {
    /// A name or an address (IPv6 without brackets), lower-case.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            return write!(f, "[{}]:{}", self.host, self.port);
        }
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl FromStr for HostPort {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        const FORM: &str = "write `HOST:PORT`, such as `127.0.0.1:8080` or `[::1]:8080`";
        let (host, port) = text.rsplit_once(':').ok_or(FORM)?;
        let port = port.parse().map_err(|_| FORM)?;
        let bare = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
        let host = match bare {
            Some(inner) if inner.parse::<std::net::Ipv6Addr>().is_ok() => inner,
            None if !host.is_empty() && !host.contains([':', '/', ' ']) => host,
            Some(_) | None => return Err(FORM),
        };
        Ok(Self { host: host.to_ascii_lowercase(), port })
    }
}

text_setting!(HostPort, "127.0.0.1:8080", |text| text
    .parse()
    .map_err(|form: &str| Fault::new(format!("`{text}` is not a host with a port")).hint(form)));
