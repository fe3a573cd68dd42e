//! The command line's words.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Parser, Subcommand};

/// A self-hosted newsroom bot: it reads what people publicly say about your topics, notices what has really changed,
/// and writes short stories in which every sentence is checked against what was said.
#[derive(Debug, Parser)]
#[command(name = "newsdesk", version, propagate_version = true, arg_required_else_help = true)]
#[command(
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong use, 3 nothing found, 4 verification failed.\n\
    First steps: `newsdesk demo` shows the whole of it without network, key or file."
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const GLOBAL: &str = "Global options";

/// Options every command takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Global {
    /// Configuration file (default: ./config/newsdesk.toml, else the one in the XDG configuration folder).
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Database: `sqlite://PATH` or `postgres://USER@HOST/NAME` (default: SQLite in the XDG data folder).
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "URL")]
    pub(crate) db: Option<String>,
    /// Answer as JSON.
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) json: bool,
    /// Say more on stderr (twice: everything).
    #[arg(short, long, global = true, help_heading = GLOBAL, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Say only what went wrong.
    #[arg(short, long, global = true, help_heading = GLOBAL, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole pipeline on a bundled, fictional corpus: no network, key or file needed.
    Demo(DemoArgs),
    /// Write a commented configuration file and topic files to start from.
    Init(InitArgs),
    /// Read archives into the database: JSON Lines, saved feeds, dumps of Reddit, Hacker News and Jetstream.
    Import(ImportArgs),
    /// Scan the sources once, analyse what is new, and write and deliver what is worth it.
    Scan(ScanArgs),
    /// Scan, write and deliver on the schedules of the topics, until Ctrl-C.
    Run,
    /// Put a correction on every copy of a story.
    Correct(AmendArgs),
    /// Take a story back everywhere: a notice with the reason stands where it was.
    Retract(AmendArgs),
    /// Forget a record or an author for good, at their own request: in the database, in every story and on every copy.
    Forget(ForgetArgs),
    /// Check configuration, database, sources, the Discord bot and the Bluesky accounts, and say what to do.
    Doctor,
    /// Set up the Discord bot.
    Discord {
        /// What to do.
        #[command(subcommand)]
        command: DiscordCommand,
    },
    /// Set up the Bluesky accounts.
    Bluesky {
        /// What to do.
        #[command(subcommand)]
        command: BlueskyCommand,
    },
    /// Replay stored records by their time as if the desk had been live, without publishing.
    Backtest(BacktestArgs),
    /// List the topics and their latest stories.
    Topics,
    /// Print the latest story of a topic, or a story by its code.
    Story(SubjectArgs),
    /// List what a story rests on, with the words it cites.
    Sources(SubjectArgs),
    /// Print the three questions of a story.
    Faq(FaqArgs),
    /// Say what changed from version to version.
    Changed(SubjectArgs),
    /// Explain why a topic, story or record was, or was not, written about.
    Why(WhyArgs),
    /// Propose changes of a topic's match rules from stored records; changes no file.
    Tune(TuneArgs),
    /// Search stories and records.
    Search(SearchArgs),
    /// Show how the desk and its sources are doing.
    Status(StatusArgs),
    /// Write a story with all its evidence into one file that can be checked anywhere.
    Export(ExportArgs),
    /// Re-check an exported story, with no database and no network.
    Verify(VerifyArgs),
    /// Write an exported story again from its file alone, and compare.
    Replay(VerifyArgs),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// Folder for the preview and the demo's database (default: ./newsdesk-demo).
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Seed for choices that could go either way.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    /// Folder to write into.
    #[arg(default_value = "config")]
    pub(crate) folder: PathBuf,
    /// Replace files that are there.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// Files to read, plain or packed with gzip, zstd or zip; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ScanArgs {
    /// Only these topics.
    #[arg(value_name = "TOPIC")]
    pub(crate) topics: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct BacktestArgs {
    /// Start: a date (00:00 UTC) or an RFC 3339 time. Ticks come after it.
    #[arg(long, value_parser = instant, value_name = "D")]
    pub(crate) from: DateTime<Utc>,
    /// End: a date (00:00 UTC) or an RFC 3339 time. The last tick may be at it.
    #[arg(long, value_parser = instant, value_name = "D")]
    pub(crate) to: DateTime<Utc>,
    /// Time between ticks: a whole number of minutes (`90m`), hours (`24h`) or days (`7d`).
    #[arg(long, default_value = "24h", value_parser = span, value_name = "SPAN")]
    pub(crate) every: chrono::Duration,
    /// Only these topics.
    #[arg(long = "topic", value_name = "TOPIC")]
    pub(crate) topics: Vec<String>,
    /// Keep the stories in the database instead of a scratch store.
    #[arg(long)]
    pub(crate) keep: bool,
    /// Also draw each topic's volume, signals and stories on a time line, into one HTML file.
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SubjectArgs {
    /// A topic, or a story's code.
    #[arg(value_name = "TOPIC|CODE")]
    pub(crate) subject: String,
}

/// What to set up.
#[derive(Debug, Subcommand)]
pub(crate) enum DiscordCommand {
    /// Print the link that adds the bot to a server, with the fewest permissions it needs.
    Invite,
}

/// What to set up.
#[derive(Debug, Subcommand)]
pub(crate) enum BlueskyCommand {
    /// Sign in with an app password and keep the session; asks for the password unless it is set.
    Login(BlueskyAccountArgs),
    /// Show who is signed in, until when, and what was used of the limits.
    Whoami(BlueskyAccountArgs),
    /// Say on the account that it is automated and who runs it: label, description, picture. Asks first.
    Profile(BlueskyProfileArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct BlueskyAccountArgs {
    /// The account's handle; all accounts of the configuration without it.
    #[arg(value_name = "HANDLE")]
    pub(crate) handle: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct BlueskyProfileArgs {
    /// The account's handle; all accounts of the configuration without it.
    #[arg(value_name = "HANDLE")]
    pub(crate) handle: Option<String>,
    /// A PNG or JPEG picture for the account, at most 1 MB.
    #[arg(long, value_name = "FILE")]
    pub(crate) avatar: Option<PathBuf>,
    /// Pin the latest post of this story.
    #[arg(long, value_name = "CODE")]
    pub(crate) pin: Option<String>,
    /// Do it without asking.
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ForgetArgs {
    /// The address of a post or of a profile, or an author as stories name them (`u/name`, `@handle`).
    #[arg(value_name = "URL|AUTHOR")]
    pub(crate) what: String,
    /// The author's platform (`reddit`, `bluesky`, `mastodon` …), where several have one of that name, or nothing of them is
    /// stored.
    #[arg(long)]
    pub(crate) platform: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AmendArgs {
    /// A story's code.
    pub(crate) code: String,
    /// What is right, or why the story goes, as readers will see it.
    pub(crate) text: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct FaqArgs {
    /// A topic, or a story's code.
    #[arg(value_name = "TOPIC|CODE")]
    pub(crate) subject: String,
    /// Which question (1, 2 or 3); all of them without it.
    #[arg(value_parser = clap::value_parser!(u8).range(1..=3))]
    pub(crate) n: Option<u8>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct WhyArgs {
    /// A topic, a story's code, or a record's address.
    #[arg(value_name = "TOPIC|CODE|URL")]
    pub(crate) subject: String,
    /// Walk through every gate at which a story of the topic could have ended.
    #[arg(long)]
    pub(crate) not: bool,
    /// As of the last tick before: a date (00:00 UTC) or an RFC 3339 time (default: now).
    #[arg(long, value_parser = instant, value_name = "TIME")]
    pub(crate) at: Option<DateTime<Utc>>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct TuneArgs {
    /// A topic.
    pub(crate) topic: String,
    /// Look at the records of so many days before the newest.
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u16).range(1..=365), value_name = "N")]
    pub(crate) days: u16,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SearchArgs {
    /// Words that must all be there.
    #[arg(required = true)]
    pub(crate) words: Vec<String>,
    /// Only in this topic.
    #[arg(long, value_name = "TOPIC")]
    pub(crate) topic: Option<String>,
    /// At most so many records.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(i64).range(1..=1000))]
    pub(crate) limit: i64,
}

#[derive(Debug, clap::Args)]
pub(crate) struct StatusArgs {
    /// For a monitor: the text format of Prometheus, such as its node exporter reads from a file.
    #[arg(long, conflicts_with = "json")]
    pub(crate) metrics: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// A story's code, or a topic for its latest story.
    #[arg(value_name = "CODE|TOPIC")]
    pub(crate) subject: String,
    /// The file to write; `-` is standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// An earlier version of the story by its number (default: the latest).
    #[arg(short, long, value_name = "N")]
    pub(crate) number: Option<u32>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// A file written by `export`; `-` is standard input.
    pub(crate) file: PathBuf,
}

fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(date) = text.parse::<NaiveDate>() {
        return date.and_hms_opt(0, 0, 0).map(|t| t.and_utc()).ok_or_else(|| "no such date".to_owned());
    }
    DateTime::parse_from_rfc3339(text).map(|t| t.to_utc()).map_err(|_| {
        "give a date such as 2026-01-16, or an RFC 3339 time such as 2026-01-16T05:00:00Z".to_owned()
    })
}

fn span(text: &str) -> Result<chrono::Duration, String> {
    let help = || "give a span such as 90m, 24h or 7d".to_owned();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (n, unit) = text.split_at_checked(digits).ok_or_else(help)?;
    let n: i64 = n.parse().map_err(|_| help())?;
    let span = match unit {
        "m" => chrono::Duration::try_minutes(n),
        "h" => chrono::Duration::try_hours(n),
        "d" => chrono::Duration::try_days(n),
        _ => None,
    };
    span.filter(|s| *s >= chrono::Duration::minutes(1)).ok_or_else(help)
}
