//! File, environment and flags, parsed into checked types; errors name file, line, column and fix.
//!
//! Four layers, each over the one before: what is compiled in (`config/newsdesk.toml` and `config/topics/` in this
//! repository are the same values, written out), the configuration file, variables `NEWSDESK_…`, flags. [`load`] is pure: it takes
//! texts and gives a [`Config`] or every mistake at once. [`read_inputs`] is the thin shell that gathers the texts, and the
//! only reader of the environment in the crate.

mod bluesky;
mod built_in;
mod database;
mod duration;
mod error;
mod inputs;
mod model;
mod phrase;
mod rules;
mod secret;
mod section;
mod sections;
mod setting;
mod slug;
mod source;
mod topic;
mod tree;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use self::bluesky::{AccountSettings, BlueskyAccount, BlueskySettings};
pub use self::built_in::{EXAMPLE, TOPICS};
pub use self::database::DatabaseUrl;
pub use self::duration::{format_duration, parse_duration};
pub use self::error::{ConfigError, Place, Problem};
pub use self::inputs::{Inputs, Overrides, SourceText, read_inputs};
pub use self::model::ModelSettings;
pub use self::phrase::{Phrase, PhraseError, fold};
pub use self::rules::{MatchRules, Venue};
pub use self::secret::{Secret, SecretSource};
pub use self::sections::{
    AnalyzeSettings, ArticleSettings, Cooldown, DeskSettings, DiscordSettings, EmbeddingsSettings,
    GitHubSettings, HostPort, HttpSettings, IngestSettings, Kinds, Offsets, PublishSettings, RedditSettings,
    ScheduleSettings, SignalSettings, StackExchangeSettings, TopicsSettings, WriteSettings,
};
pub use self::slug::{Slug, SlugError};
pub use self::source::{FeedClass, GitHubPart, SourceKind, SourceSpec};
pub use self::topic::{Topic, TopicOrigin};

use self::sections::Settings;
use self::setting::{Reader, Setting};

/// Everything the program is told, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The configuration file that was read, if there was one.
    pub file: Option<PathBuf>,
    /// Where everything is kept. Default: `newsdesk/newsdesk.db` in the XDG data folder.
    pub database: DatabaseUrl,
    /// Where the preview is written: `publish.preview_dir`, else `newsdesk/preview` in the XDG data folder.
    pub preview_dir: PathBuf,
    /// Who we are: `[desk]`.
    pub desk: DeskSettings,
    /// When things run: `[schedule]`.
    pub schedule: ScheduleSettings,
    /// How we behave as a client: `[http]`.
    pub http: HttpSettings,
    /// What is taken in: `[ingest]`.
    pub ingest: IngestSettings,
    /// What is computed of records: `[analyze]`.
    pub analyze: AnalyzeSettings,
    /// Reddit's credentials: `[reddit]`.
    pub reddit: RedditSettings,
    /// GitHub's token: `[github]`.
    pub github: GitHubSettings,
    /// Pages that leads are about: `[articles]`.
    pub articles: ArticleSettings,
    /// Stack Exchange's key: `[stackexchange]`.
    pub stackexchange: StackExchangeSettings,
    /// A model that says which texts are near: `[embeddings]`.
    pub embeddings: EmbeddingsSettings,
    /// What counts as a change: `[signal]`.
    pub signal: SignalSettings,
    /// What a story needs: `[write]`.
    pub write: WriteSettings,
    /// A language model that writes: `[model]`.
    pub model: ModelSettings,
    /// How stories go out: `[publish]`.
    pub publish: PublishSettings,
    /// The Discord bot: `[discord]`.
    pub discord: DiscordSettings,
    /// The Bluesky accounts: `[bluesky]`.
    pub bluesky: BlueskySettings,
    /// Where sessions are kept: `bluesky.session_dir`, else `newsdesk/bluesky` in the XDG data folder.
    pub session_dir: PathBuf,
    /// The topics followed, by slug.
    pub topics: Vec<Topic>,
}

impl Config {
    /// Every number, length of time and yes or no that decides what counts and what becomes a story, with its value, in
    /// the order of the file.
    pub fn bars(&self) -> Vec<(String, String)> {
        let mut bars = Vec::new();
        self.ingest.values("ingest", &mut bars);
        self.analyze.values("analyze", &mut bars);
        self.signal.values("signal", &mut bars);
        self.write.values("write", &mut bars);
        bars
    }

    /// The compiled-in defaults and topics alone: no file, no environment.
    ///
    /// `data_home` is the XDG data folder, of which the database and the preview folder take `newsdesk/`.
    ///
    /// # Panics
    /// Never: that the compiled-in topics load is tested.
    pub fn built_in(data_home: &Path) -> Self {
        let inputs = Inputs { data_home: data_home.to_owned(), ..Inputs::default() };
        load(inputs).expect("the compiled-in topics are tested")
    }

    /// The topic with this slug.
    pub fn topic(&self, slug: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.slug.as_str() == slug)
    }

    /// The zone in which a topic's schedule is read: its own, else the desk's.
    pub fn time_zone_of(&self, topic: &Topic) -> chrono_tz::Tz {
        topic.time_zone.unwrap_or(self.desk.time_zone)
    }

    /// When a topic's sources are scanned: its own schedule, else `schedule.scan`.
    pub fn scan_of<'a>(&'a self, topic: &'a Topic) -> &'a crate::schedule::CronSchedule {
        topic.scan.as_ref().unwrap_or(&self.schedule.scan)
    }
}

/// Lays the inputs over each other and checks everything.
///
/// # Errors
/// All mistakes found, each with its place and what to do about it. A file that is not TOML at all yields one.
pub fn load(inputs: Inputs) -> Result<Config, ConfigError> {
    let mut reader = Reader::default();
    let mut settings = Settings::default();

    if let Some(file) = &inputs.file
        && let Some(node) = reader.parse_file(&file.path, &file.text)
    {
        settings.overlay(&node, &mut reader);
    }
    for node in inputs::environment_nodes(&inputs.env, &mut reader) {
        settings.overlay(&node, &mut reader);
    }
    for node in inputs::flag_nodes(&inputs.overrides, &mut reader) {
        settings.overlay(&node, &mut reader);
    }

    let mut topics = if settings.topics.builtin { built_in::topics(&mut reader) } else { Vec::new() };
    topic::add_folder(&mut topics, &inputs.topic_files, &mut reader);
    reader.finish()?;

    let ours = inputs.data_home.join("newsdesk");
    Ok(Config {
        file: inputs.file.map(|file| file.path),
        database: settings.database.unwrap_or_else(|| DatabaseUrl::sqlite(&ours.join("newsdesk.db"))),
        preview_dir: settings.publish.preview_dir.clone().unwrap_or_else(|| ours.join("preview")),
        desk: settings.desk,
        schedule: settings.schedule,
        http: settings.http,
        ingest: settings.ingest,
        analyze: settings.analyze,
        reddit: settings.reddit,
        github: settings.github,
        articles: settings.articles,
        stackexchange: settings.stackexchange,
        embeddings: settings.embeddings,
        signal: settings.signal,
        write: settings.write,
        model: settings.model,
        publish: settings.publish,
        discord: settings.discord,
        session_dir: settings.bluesky.session_dir.clone().unwrap_or_else(|| ours.join("bluesky")),
        bluesky: settings.bluesky,
        topics,
    })
}
