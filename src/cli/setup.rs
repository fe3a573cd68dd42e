//! What every command needs first: logging, configuration, an open store.

use std::collections::BTreeMap;

use miette::{GraphicalReportHandler, GraphicalTheme};
use tracing_subscriber::EnvFilter;

use super::CliError;
use super::args::Global;
use crate::answer::{Desk, Explainer, TopicView};
use crate::config::{Config, ConfigError, Overrides, Topic, load, read_inputs};
use crate::model::{Clock as _, SystemClock};
use crate::store::Store;

/// Logs to stderr: warnings by default, more with `-v`, or by `NEWSDESK_LOG` in the filter language of `tracing`.
pub(crate) fn logging(global: &Global) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) => "warn,sqlx=error",
        (false, 1) => "newsdesk=info,warn,sqlx=error",
        (false, _) => "newsdesk=debug,info",
    };
    let filter = EnvFilter::try_from_env("NEWSDESK_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let done = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .try_init();
    // A second call in one process (tests) keeps the first.
    drop(done);
}

/// An open desk: configuration, store, and topics as answers see them.
pub(crate) struct Session {
    pub(crate) config: Config,
    pub(crate) store: Store,
    topics: Vec<TopicView>,
    now: chrono::DateTime<chrono::Utc>,
}

impl Session {
    /// Reads the configuration and opens the database.
    pub(crate) async fn open(global: &Global) -> Result<Self, CliError> {
        Self::with(configuration(global, None)?).await
    }

    /// Opens the database of a configuration.
    pub(crate) async fn with(config: Config) -> Result<Self, CliError> {
        let store = Store::open(config.database.expose()).await?;
        // A replay or a demo may have run in a time of its own: questions are asked after its last tick.
        let now = SystemClock.now().max(store.last_tick().await?.unwrap_or_default());
        let topics = topic_views(&config, now);
        Ok(Self { config, store, topics, now })
    }

    /// The topics of these names, or all of them where none is named.
    pub(crate) fn topics_named(&self, names: &[String]) -> Result<Vec<Topic>, CliError> {
        if names.is_empty() {
            return Ok(self.config.topics.clone());
        }
        let desk = self.desk();
        let mut topics = Vec::new();
        for name in names {
            let Some(view) = desk.topic(name) else {
                return Err(CliError::NothingFound(desk.unknown(name).to_string()));
            };
            topics.extend(self.config.topics.iter().filter(|t| t.slug == view.slug).cloned());
        }
        Ok(topics)
    }

    /// The desk with its configuration.
    pub(crate) fn explainer(&self) -> Explainer<'_> {
        Explainer { desk: self.desk(), config: &self.config }
    }

    /// The desk as of now.
    pub(crate) fn desk(&self) -> Desk<'_> {
        Desk { store: &self.store, topics: &self.topics, now: self.now }
    }
}

/// The configuration with the flags over it.
pub(crate) fn configuration(global: &Global, overrides: Option<Overrides>) -> Result<Config, CliError> {
    let overrides = Overrides {
        config: global.config.clone(),
        database: global.db.clone(),
        ..overrides.unwrap_or_default()
    };
    Ok(load(read_inputs(overrides)?)?)
}

/// Topics as answers see them.
pub(crate) fn topic_views(config: &Config, now: chrono::DateTime<chrono::Utc>) -> Vec<TopicView> {
    let views: BTreeMap<_, _> = config
        .topics
        .iter()
        .map(|topic| {
            let time_zone = config.time_zone_of(topic);
            let next_scan = (!topic.sources.is_empty())
                .then(|| config.scan_of(topic).next_after(now, time_zone))
                .flatten();
            let view = TopicView {
                slug: topic.slug.clone(),
                name: topic.name.clone(),
                description: topic.description.clone(),
                time_zone,
                next_scan,
            };
            (topic.slug.clone(), view)
        })
        .collect();
    views.into_values().collect()
}

/// Configuration errors drawn for people: each once, with its place, the line it is about, and what to do.
pub(crate) fn draw_config_error(err: &ConfigError) -> String {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_width(100)
        .with_context_lines(1)
        // The place is in the message, with a column in characters.
        .without_primary_span_start();
    let mut out = String::new();
    for problem in err.problems() {
        if handler.render_report(&mut out, problem).is_err() {
            return format!("error: {err}");
        }
    }
    hide_credentials(&hide_tokens(out.trim_end()))
}

/// A line that sets a token or password may be shown as the neighbour of a mistaken one: without it.
fn hide_tokens(text: &str) -> String {
    let hidden = |line: &str| match line.split_once('=') {
        Some((key, _)) if ["token", "password"].iter().any(|s| key.trim_end().ends_with(s)) => {
            format!("{key}= …")
        }
        Some(_) | None => line.to_owned(),
    };
    text.lines().map(hidden).collect::<Vec<_>>().join("\n")
}

/// What stands between `://` and `@` in an address may hold a password: it is never shown, not even in a mistaken line.
fn hide_credentials(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end =
            after.find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'')).unwrap_or(after.len());
        let (authority, tail) = after.split_at_checked(end).unwrap_or((after, ""));
        match authority.rsplit_once('@') {
            // A name alone is no secret, and examples have one.
            Some((user, host)) if user.contains(':') => {
                out.push_str("…@");
                out.push_str(host);
            }
            Some(_) | None => out.push_str(authority),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// How progress is drawn, on stderr.
pub(crate) fn bar_style() -> indicatif::ProgressStyle {
    indicatif::ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}")
        .unwrap_or_else(|_| indicatif::ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Inputs, SourceText};

    #[test]
    fn a_password_in_a_mistaken_line_is_not_shown() {
        assert_eq!(
            hide_credentials(
                "1 │ database = \"postgres://desk:s3cr@t@db.example/news\" # https://a.example/@b"
            ),
            "1 │ database = \"postgres://…@db.example/news\" # https://a.example/@b"
        );
    }

    #[test]
    fn a_token_in_the_file_is_refused_and_not_shown() {
        let text = "[discord]\ntoken = \"s3cr3t\"\nhome_gild = 1\n";
        let file = SourceText { path: "newsdesk.toml".into(), text: text.to_owned() };
        let err = load(Inputs { file: Some(file), ..Inputs::default() }).unwrap_err();
        let drawn = draw_config_error(&err);
        assert!(
            drawn.contains("`discord.token` is a secret") && drawn.contains("NEWSDESK_DISCORD__TOKEN"),
            "{drawn}"
        );
        assert!(drawn.contains("did you mean `home_guild`?") && !drawn.contains("s3cr3t"), "{drawn}");
    }

    #[test]
    fn each_mistake_is_drawn_once_with_its_place_line_and_hint() {
        let text = "[desk]\nseed = 1\nsed = 2\n[signal]\n# “é”\nmin_authors = \"six\" # é\n";
        let file = SourceText { path: "newsdesk.toml".into(), text: text.to_owned() };
        let env = [("NEWSDESK_DESK__SEED".to_owned(), "one".to_owned())].into();
        let err = load(Inputs { env, file: Some(file), ..Inputs::default() }).unwrap_err();
        insta::assert_snapshot!(draw_config_error(&err), @r#"
          × newsdesk.toml:3:1: unknown key `desk.sed`
           ╭────
         2 │ seed = 1
         3 │ sed = 2
           · ───
         4 │ [signal]
           ╰────
          help: did you mean `seed`?
          × newsdesk.toml:6:15: `signal.min_authors` must be a whole number, found `six`
           ╭────
         5 │ # “é”
         6 │ min_authors = "six" # é
           ·               ─────
           ╰────
          help: write digits only, without quotes or a point
          × environment variable `NEWSDESK_DESK__SEED`: `desk.seed` must be a whole number, found `one`
          help: write digits only, without quotes or a point
        "#);
    }
}
