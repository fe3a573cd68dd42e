//! Which sources a configuration names, ready to be scanned.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::analyze::TopicMatcher;
use crate::config::{Config, FeedClass, GitHubPart, Secret, SourceKind, Topic};
use crate::ingest::{
    ArxivLookup, ArxivSource, BlueskyAuthor, BlueskyLookup, BlueskySearch, FeedSource, GitHubDiscussions,
    GitHubReleases, HackerNewsLookup, HackerNewsSource, HttpSettings, JetstreamSource, LemmyLookup,
    LemmySource, Lookup, MastodonLookup, MastodonSource, RedditAccess, RedditLookup, RedditSource,
    SessionProvider, Source, StackExchangeSource,
};
use crate::model::SourceClass;

/// A source under the topic it stands in.
pub type TopicSource = (String, Box<dyn Source>);

/// The sources of topics, with the limits of the configuration, and those that cannot be read as it stands, in words.
pub fn sources_of(config: &Config, topics: &[Topic], doors: &Doors) -> (Vec<TopicSource>, Vec<String>) {
    let mut sources: Vec<TopicSource> = Vec::new();
    // By what stands in the way: it is told once, whatever the number of sources.
    let mut cannot: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for topic in topics {
        for spec in &topic.sources {
            match source_of(config, &spec.kind, doors) {
                Ok(source) => sources.push((topic.slug.to_string(), source)),
                Err(NotRead { what, why }) => {
                    cannot.entry(why).or_default().push(format!("{what} ({})", topic.slug));
                }
            }
        }
    }
    let cannot = cannot.into_iter().map(|(why, of)| {
        format!("{} {} not read: {why}", of.join(", "), if of.len() == 1 { "is" } else { "are" })
    });
    (sources, cannot.collect())
}

/// A source that cannot be read as the configuration stands.
struct NotRead {
    what: String,
    why: String,
}

fn source_of(config: &Config, kind: &SourceKind, doors: &Doors) -> Result<Box<dyn Source>, NotRead> {
    Ok(match kind {
        SourceKind::HackerNews { query, tags } => {
            Box::new(HackerNewsSource::new(query.clone().unwrap_or_default(), tags.clone()))
        }
        SourceKind::Feed { url, name, class } => {
            let class = match class {
                FeedClass::Publication => SourceClass::Publication,
                FeedClass::Essay => SourceClass::Essay,
            };
            let feed = FeedSource::new(url.clone(), name.clone(), class);
            Box::new(FeedSource { max_bytes: config.http.max_feed_bytes, ..feed })
        }
        SourceKind::Reddit { subreddit, query } => {
            let what = format!("r/{subreddit}");
            let access = match &doors.reddit {
                Some(Ok(access)) => access,
                Some(Err(why)) => return Err(NotRead { what, why: why.clone() }),
                None => {
                    let why = "Reddit wants credentials (`client_id` and `client_secret` in `[reddit]`)";
                    return Err(NotRead { what, why: why.to_owned() });
                }
            };
            Box::new(RedditSource::new(subreddit.clone(), query.clone(), Arc::clone(access)))
        }
        SourceKind::Mastodon { instance, tag } => Box::new(MastodonSource::new(instance, tag)),
        SourceKind::Lemmy { instance, community } => Box::new(LemmySource::new(instance, community)),
        SourceKind::Arxiv { category, query } => Box::new(ArxivSource::new(category.clone(), query.clone())),
        SourceKind::GitHub { owner, repository, read } => {
            let not_read = |why: &str| NotRead { what: format!("{owner}/{repository}"), why: why.to_owned() };
            let token = doors.github.as_ref().map(Result::as_ref).transpose().map_err(|why| not_read(why))?;
            match (read, token) {
                (GitHubPart::Releases, None) => Box::new(GitHubReleases::new(owner, repository)),
                (GitHubPart::Releases, Some(token)) => {
                    Box::new(GitHubReleases::new(owner, repository).with_token(token))
                }
                (GitHubPart::Discussions, Some(token)) => {
                    Box::new(GitHubDiscussions::new(owner, repository, token))
                }
                (GitHubPart::Discussions, None) => {
                    return Err(not_read(
                        "GitHub gives discussions for a token only (`token_file` in `[github]`)",
                    ));
                }
            }
        }
        SourceKind::StackExchange { site, query, tags } => {
            let questions =
                StackExchangeSource::new(site, query.as_deref().unwrap_or_default(), tags.clone());
            match &config.stackexchange.key {
                None => Box::new(questions),
                Some(key) => Box::new(questions.with_key(key)),
            }
        }
        SourceKind::Bluesky { query: Some(query), .. } => {
            let search = BlueskySearch::new(query.clone());
            match &doors.bluesky {
                Some(account) => Box::new(search.with_session(Arc::clone(account))),
                None => Box::new(search),
            }
        }
        SourceKind::Bluesky { author, .. } => {
            Box::new(BlueskyAuthor::new(author.clone().unwrap_or_default()))
        }
        SourceKind::Jetstream => Box::new(jetstream_of(config)),
    })
}

/// The stream of all posts on Bluesky, if any of the topics has it.
pub(super) fn stream_of(config: &Config, topics: &[Topic]) -> Option<JetstreamSource> {
    let has = |topic: &Topic| topic.sources.iter().any(|spec| spec.kind == SourceKind::Jetstream);
    topics.iter().any(has).then(|| jetstream_of(config))
}

/// It is one stream for all topics that have it, whoever asks.
fn jetstream_of(config: &Config) -> JetstreamSource {
    let hosts = if config.ingest.jetstream_hosts.is_empty() {
        JetstreamSource::public_hosts()
    } else {
        config.ingest.jetstream_hosts.clone()
    };
    let having: Vec<Topic> = config
        .topics
        .iter()
        .filter(|topic| topic.sources.iter().any(|spec| spec.kind == SourceKind::Jetstream))
        .cloned()
        .collect();
    let matcher = TopicMatcher::new(&having);
    JetstreamSource::new(hosts, Arc::new(move |text| matcher.wants(text)))
}

/// What services are entered by. One for the whole program: tokens are kept there.
pub struct Doors {
    /// Reddit, if there are credentials for it, or why they cannot be read.
    reddit: Option<Result<Arc<RedditAccess>, String>>,
    /// GitHub, likewise.
    github: Option<Result<Secret, String>>,
    /// The account that Bluesky's search is asked through.
    bluesky: Option<Arc<dyn SessionProvider>>,
}

impl Doors {
    /// The doors of a configuration.
    pub fn of(config: &Config) -> Self {
        let github = config
            .github
            .token_source()
            .map(|token| token.read().map_err(|err| format!("`github.token_file` cannot be read: {err}")));
        Self { reddit: reddit_access(config), github, bluesky: None }
    }

    /// The same, where Bluesky's search is asked through an account.
    #[must_use]
    pub fn with_bluesky(self, account: Arc<dyn SessionProvider>) -> Self {
        Self { bluesky: Some(account), ..self }
    }
}

fn reddit_access(config: &Config) -> Option<Result<Arc<RedditAccess>, String>> {
    let reddit = &config.reddit;
    let (id, secret) = (reddit.client_id.clone()?, reddit.secret_source()?);
    let access = || {
        let secret =
            secret.read().map_err(|err| format!("`reddit.client_secret_file` cannot be read: {err}"))?;
        let name = reddit.username.as_deref().unwrap_or("unknown");
        let agent = format!("server:newsdesk:v{} (by /u/{name})", env!("CARGO_PKG_VERSION"));
        Ok(Arc::new(RedditAccess::new(id, secret, agent)))
    };
    Some(access())
}

/// The platforms that can be asked again for what stories cite.
pub fn lookups_of(doors: &Doors) -> Vec<Box<dyn Lookup>> {
    let mut lookups: Vec<Box<dyn Lookup>> = vec![
        Box::new(MastodonLookup::new()),
        Box::new(LemmyLookup::new()),
        Box::new(HackerNewsLookup::new()),
        Box::new(ArxivLookup::new()),
        Box::new(BlueskyLookup::new()),
    ];
    if let Some(Ok(access)) = &doors.reddit {
        lookups.push(Box::new(RedditLookup::new(Arc::clone(access))));
    }
    lookups
}

/// How the client behaves, by the configuration.
pub fn http_settings(config: &Config) -> HttpSettings {
    let http = &config.http;
    HttpSettings {
        contact: config.desk.contact.clone(),
        connect_timeout: http.connect_timeout,
        header_timeout: http.header_timeout,
        total_timeout: http.total_timeout,
        max_body_bytes: http.max_body_bytes,
        max_redirects: http.max_redirects as usize,
        per_host_requests: http.per_host_concurrency as usize,
        per_host_interval: http.per_host_pace,
        allow_private: http.allow_private_addresses.iter().map(ToString::to_string).collect::<BTreeSet<_>>(),
        gateway: http.gateway.as_ref().map(ToString::to_string),
        ..HttpSettings::default()
    }
}
