//! The sections of `newsdesk.toml`: what can be set, in which unit, and what it is if nobody says.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use chrono_tz::Tz;
use url::Url;

use super::database::DatabaseUrl;
use super::error::Fault;
use super::section::section;
use super::setting::{any, filled, lasting, text_setting, within};
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

const fn days(n: u64) -> Duration {
    hours(n * 24)
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
        /// `[analyze]`
        pub analyze: AnalyzeSettings = AnalyzeSettings::default(), any;
        /// `[signal]`
        pub signal: SignalSettings = SignalSettings::default(), any;
        /// `[write]`
        pub write: WriteSettings = WriteSettings::default(), any;
        /// `[publish]`
        pub publish: PublishSettings = PublishSettings::default(), any;
        /// `[retention]`
        pub retention: RetentionSettings = RetentionSettings::default(), any;
    }
}

section! {
    /// Who we are.
    pub struct DeskSettings {
        /// The name shown on stories and sent in the `User-Agent`. Default: `newsdesk`.
        pub name: String = "newsdesk".to_owned(), filled;
        /// An address or page for people whose servers we read, sent in the `User-Agent`. Default: none.
        pub contact: Option<String> = None, |contact: &Option<String>| contact.as_ref().map_or(Ok(()), filled);
        /// The language stories are written in, ISO 639-1. Default: `en`.
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
        /// Each run starts up to this much later, by chance, so that desks do not all call at once. Default: `30s`.
        pub jitter: Duration = seconds(30), lasting("0s", "15m");
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
    }
}

section! {
    /// What is taken in.
    pub struct IngestSettings {
        /// Longest text kept of a record, in bytes; the rest is cut at a character and flagged. Default: 64 KiB.
        pub max_text_bytes: usize = 65_536, within(1024..=1024 * 1024);
        /// A record first seen this long after its publication is backfill: it feeds baselines and raises no signal. Default: `6h`.
        pub backfill_after: Duration = hours(6), lasting("1m", "30d");
        /// A publication time further ahead of ours than this is brought back to now. Default: `2m`.
        pub future_skew: Duration = minutes(2), lasting("0s", "1d");
    }
}

section! {
    /// What is computed of records.
    pub struct AnalyzeSettings {
        /// Likeness from which two texts are copies, 0–1. Default: 0.7.
        pub near_copy_threshold: f64 = 0.7, within(0.1..=1.0);
        /// Cosine from which a record joins a cluster, 0–1. Default: 0.15.
        pub cluster_threshold: f64 = 0.15, within(0.01..=1.0);
        /// A cluster nobody joined for this long is closed. Default: `72h`.
        pub cluster_decay: Duration = hours(72), lasting("1h", "90d");
    }
}

section! {
    /// What counts as a change, and how leads are ranked.
    pub struct SignalSettings {
        /// The time looked at in one tick. Default: `24h`.
        pub window: Duration = hours(24), lasting("10m", "14d");
        /// Days before the window that say what is usual. Default: 28.
        pub baseline_days: u32 = 28, within(1..=365);
        /// Fewest records in the window for a signal. Default: 5.
        pub min_records: u32 = 5, within(1..=10_000);
        /// Fewest independent authors for a signal; a topic may have its own. Default: 5.
        pub min_authors: u32 = 5, within(1..=10_000);
        /// Largest p-value, after the false-discovery correction. Default: 0.01.
        pub p_value: f64 = 0.01, within(0.000_001..=0.5);
        /// Smallest change, as a share of what is usual: 0.5 is half as much again. Default: 0.5.
        pub min_effect: f64 = 0.5, within(0.0..=100.0);
        /// Leads ranked per tick, over all topics. Default: 45.
        pub max_leads: usize = 45, within(1..=1000);
        /// Leads that may become stories in one tick, over all topics. Default: 6.
        pub max_stories_per_tick: usize = 6, within(0..=1000);
        /// A lead weaker than this stays silent, 0–1. Default: 0.1.
        pub story_strength: f64 = 0.1, within(0.0..=1.0);
        /// Records with the best scores among which leads are looked for. Default: 250.
        pub candidate_pool: usize = 250, within(1..=100_000);
        /// Cosine from which two records are linked. Default: 0.2.
        pub linked_cosine: f64 = 0.2, within(0.0..=1.0);
        /// The same when they share a rare anchor. Default: 0.08.
        pub linked_cosine_with_anchor: f64 = 0.08, within(0.0..=1.0);
        /// Cosine from which a record is evidence for a story. Default: 0.5.
        pub strict_cosine: f64 = 0.5, within(0.0..=1.0);
        /// The same when they share one rare anchor. Default: 0.15.
        pub strict_cosine_one_anchor: f64 = 0.15, within(0.0..=1.0);
        /// The same when they share two. Default: 0.1.
        pub strict_cosine_two_anchors: f64 = 0.1, within(0.0..=1.0);
        /// How long a storyline rests after a version, by severity.
        pub cooldown: Cooldown = Cooldown::default(), any;
        /// Points a record starts with, by the kind of its source; a topic may have its own.
        pub offsets: Offsets = Offsets::default(), any;
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
        /// Long-form posts. Default: 3.
        pub essay: f64 = 3.0, within(-20.0..=20.0);
        /// Posts of social networks. Default: 3.
        pub social: f64 = 3.0, within(-20.0..=20.0);
        /// Papers. Default: 3.5.
        pub paper: f64 = 3.5, within(-20.0..=20.0);
        /// Posts of forums. Default: 0.
        pub forum: f64 = 0.0, within(-20.0..=20.0);
    }
}

section! {
    /// What a story needs.
    pub struct WriteSettings {
        /// Fewest independent authors behind a story. Default: 5.
        pub min_authors: u32 = 5, within(1..=10_000);
        /// With fewer records a story has two sections and says that it is thin. Default: 12.
        pub thin_below_records: usize = 12, within(0..=10_000);
        /// Most sections. Default: 5.
        pub max_sections: usize = 5, within(1..=8);
        /// Most quotes in the sections together. Default: 12.
        pub max_quotes: usize = 12, within(1..=100);
        /// A story that loses more of its sentences to the checks than this leaves is not published, 0–1. Default: 0.6.
        pub min_sentence_share: f64 = 0.6, within(0.0..=1.0);
    }
}

section! {
    /// How stories go out.
    pub struct PublishSettings {
        /// The folder of the preview. Default: `newsdesk/preview` in the XDG data folder.
        pub preview_dir: Option<PathBuf> = None, any;
        /// The address under which stories can be read, for links back. Default: none.
        pub permalink_base: Option<Url> = None, any;
        /// A delivery that could not be made for this long is given up and held. Default: `48h`.
        pub max_attempts_age: Duration = hours(48), lasting("1m", "30d");
    }
}

section! {
    /// How long what people wrote is kept. What a story cites stays while re-checks confirm it.
    pub struct RetentionSettings {
        /// Imported archives: `keep`, or `platform` to treat them like scanned records. Default: `keep`.
        pub archives: ArchiveRetention = ArchiveRetention::Keep, any;
        /// Reddit; its terms ask for 48 hours.
        pub reddit: PlatformRetention = kept(hours(48), hours(6)), |r: &PlatformRetention| reddit_terms(r);
        /// Bluesky.
        pub bluesky: PlatformRetention = kept(days(30), hours(12)), any;
        /// Hacker News.
        pub hackernews: PlatformRetention = kept(days(30), hours(24)), any;
        /// Mastodon.
        pub mastodon: PlatformRetention = kept(days(30), hours(12)), any;
        /// Lemmy.
        pub lemmy: PlatformRetention = kept(days(30), hours(12)), any;
        /// Feeds.
        pub feed: PlatformRetention = kept(days(90), hours(24)), any;
        /// arXiv.
        pub arxiv: PlatformRetention = kept(days(90), days(7)), any;
        /// Web pages.
        pub web: PlatformRetention = kept(days(30), hours(24)), any;
        /// X, which comes from archives only.
        pub x: PlatformRetention = kept(days(30), hours(24)), any;
    }
}

section! {
    /// One platform's rule.
    pub struct PlatformRetention {
        /// Texts no story cites go after this; or `keep`.
        pub uncited_text: Keep = Keep::For(days(30)), any;
        /// The authors of those go after this; or `keep`.
        pub uncited_authors: Keep = Keep::For(days(30)), any;
        /// Cited records are looked up again this often.
        pub recheck: Duration = hours(24), lasting("10m", "90d");
    }
}

fn kept(uncited: Duration, recheck: Duration) -> PlatformRetention {
    PlatformRetention { uncited_text: Keep::For(uncited), uncited_authors: Keep::For(uncited), recheck }
}

/// Reddit's terms (read 2026-11): stored user data and content go within 48 hours.
fn reddit_terms(rule: &PlatformRetention) -> Result<(), Fault> {
    let short = |keep: Keep| matches!(keep, Keep::For(length) if length <= hours(48));
    if short(rule.uncited_text) && short(rule.uncited_authors) && rule.recheck <= hours(24) {
        return Ok(());
    }
    Err(Fault::new("keeps Reddit's texts, authors or re-checks for longer than its terms allow")
        .hint("at most `48h` for uncited texts and authors, and a `recheck` of at most `24h`"))
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

/// How long something is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Until it is this old.
    For(Duration),
    /// Without limit: `keep`.
    Forever,
}

text_setting!(Keep, "30d", |text| {
    if text == "keep" {
        return Ok(Keep::Forever);
    }
    super::duration::parse_duration(text).map(Keep::For).ok_or_else(|| {
        Fault::new(format!("`{text}` is not a length of time"))
            .hint("write `keep`, or a length such as `48h` or `30d`")
    })
});

/// What becomes of imported archives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveRetention {
    /// They stay as imported.
    Keep,
    /// The rule of each record's platform holds.
    Platform,
}

text_setting!(ArchiveRetention, "keep", |text| match text {
    "keep" => Ok(ArchiveRetention::Keep),
    "platform" => Ok(ArchiveRetention::Platform),
    _ => Err(Fault::new(format!("`{text}` is not known")).hint("allowed: `keep`, `platform`")),
});

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
