//! Which sources a configuration names, ready to be scanned.

use std::collections::BTreeSet;

use crate::config::{Config, FeedClass, SourceKind, Topic};
use crate::ingest::{FeedSource, HackerNewsSource, HttpSettings, Lookup, Source};
use crate::model::SourceClass;

/// A source under the topic it stands in.
pub type TopicSource = (String, Box<dyn Source>);

/// The sources of topics, with the limits of the configuration, and those that this version cannot read yet, in words.
pub fn sources_of(config: &Config, topics: &[Topic]) -> (Vec<TopicSource>, Vec<String>) {
    let (mut sources, mut not_yet): (Vec<TopicSource>, Vec<String>) = (Vec::new(), Vec::new());
    for topic in topics {
        for spec in &topic.sources {
            let source: Box<dyn Source> = match &spec.kind {
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
                SourceKind::Reddit { .. }
                | SourceKind::Bluesky { .. }
                | SourceKind::Mastodon { .. }
                | SourceKind::Lemmy { .. }
                | SourceKind::Arxiv { .. } => {
                    not_yet.push(format!(
                        "{}: `{}` sources are not read by this version",
                        topic.slug,
                        spec.kind.as_str()
                    ));
                    continue;
                }
            };
            sources.push((topic.slug.to_string(), source));
        }
    }
    (sources, not_yet)
}

/// The platforms that can be asked again for what stories cite.
pub fn lookups_of(_config: &Config) -> Vec<Box<dyn Lookup>> {
    Vec::new()
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
        ..HttpSettings::default()
    }
}
