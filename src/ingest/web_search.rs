//! Searching the web for pages that a story may cite. What comes is a lead: only a page that was fetched is evidence.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::http::at_service;
use super::http::{Get, PoliteClient};
use super::refusal;
use super::source::ScanError;
use crate::address::http_url;
use crate::config::Secret;

const BRAVE: &str = "https://api.search.brave.com/";

/// What Brave takes at most.
const LONGEST_QUERY_CHARS: usize = 400;
const LONGEST_QUERY_WORDS: usize = 50;

/// A page that may say something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebLead {
    /// Its address.
    pub url: Url,
    /// Its title, as plain text.
    pub title: String,
    /// Its site: the host without `www.`.
    pub site: Option<String>,
    /// When it was published, as the search claims.
    pub published_at: Option<DateTime<Utc>>,
}

/// A search service.
#[derive(Clone, Debug)]
pub enum WebSearch {
    /// A SearXNG server, most often one's own.
    Searxng {
        /// Its address, with a slash at the end.
        base: Url,
    },
    /// Brave's search.
    Brave {
        /// The subscription's token.
        token: Secret,
        /// Another server that speaks the same API, with a slash at the end.
        base: Option<Url>,
    },
}

impl WebSearch {
    /// What it is called.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Searxng { .. } => "SearXNG",
            Self::Brave { .. } => "Brave",
        }
    }

    /// Pages for `query`, best first. One request.
    ///
    /// # Errors
    /// Beside what a request can fail with: a service that is not set up for programs, and one whose engines are all
    /// down. "Nothing found" is an empty list.
    pub async fn search(
        &self,
        http: &PoliteClient,
        query: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<WebLead>, ScanError> {
        let query = plain_query(query);
        if query.is_empty() {
            return Ok(Vec::new());
        }
        match self {
            Self::Searxng { base } => searxng(http, base, &query, now).await,
            Self::Brave { token, base } => brave(http, token, base.as_ref(), &query, now).await,
        }
    }
}

/// Words only: a leading `!` or `:` would choose engines or languages, and long queries are refused.
fn plain_query(query: &str) -> String {
    let words = query.split_whitespace().map(|word| word.trim_start_matches(['!', ':']));
    let mut plain = String::new();
    for word in words.filter(|word| !word.is_empty()).take(LONGEST_QUERY_WORDS) {
        if plain.chars().count() + 1 + word.chars().count() > LONGEST_QUERY_CHARS {
            break;
        }
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.push_str(word);
    }
    plain
}

async fn searxng(
    http: &PoliteClient,
    base: &Url,
    query: &str,
    now: DateTime<Utc>,
) -> Result<Vec<WebLead>, ScanError> {
    #[derive(Deserialize)]
    struct Answer {
        results: Vec<Value>,
        #[serde(default)]
        unresponsive_engines: Vec<Value>,
    }
    let host = base.host_str().unwrap_or_default();
    let mut url = base.join("search").map_err(|err| refusal::unreadable(host, err))?;
    url.query_pairs_mut()
        .append_pair("q", query)
        .append_pair("format", "json")
        .append_pair("categories", "news");
    let answer = http.get(&Get { read_refusals: true, ..Get::new(url) }, now).await?;
    match answer.status {
        403 => {
            let why = "its answers are not given as JSON (403); add `json` to `search.formats` in the server's settings";
            return Err(ScanError::Refused { what: host.to_owned(), why: why.to_owned() });
        }
        status @ 400.. => {
            let why =
                format!("it refuses the search ({})", refusal::named(status, &refusal::said(&answer.body)));
            return Err(ScanError::Refused { what: host.to_owned(), why });
        }
        _ => {}
    }
    // Titles hold control characters as they are, which JSON forbids. Between values they are white space.
    let body: Vec<u8> = answer.body.iter().map(|byte| if *byte < b' ' { b' ' } else { *byte }).collect();
    let answer: Answer = serde_json::from_slice(&body).map_err(|err| refusal::unreadable(host, err))?;
    if answer.results.is_empty() && !answer.unresponsive_engines.is_empty() {
        let engines: Vec<String> = answer.unresponsive_engines.iter().map(engine).collect();
        return Err(refusal::unreadable(
            host,
            format!("none of its engines answered: {}", engines.join(", ")),
        ));
    }
    Ok(answer.results.iter().filter_map(|result| lead(result, "publishedDate")).collect())
}

/// `["name", "why"]`, or only the name.
fn engine(engine: &Value) -> String {
    let text = |at: usize| engine.get(at).and_then(Value::as_str);
    match (text(0).or(engine.as_str()), text(1)) {
        (Some(name), Some(why)) => format!("{name} ({why})"),
        (Some(name), None) => name.to_owned(),
        (None, _) => "one without a name".to_owned(),
    }
}

async fn brave(
    http: &PoliteClient,
    token: &Secret,
    base: Option<&Url>,
    query: &str,
    now: DateTime<Utc>,
) -> Result<Vec<WebLead>, ScanError> {
    #[derive(Deserialize)]
    struct Answer {
        web: Option<Web>,
    }
    #[derive(Deserialize)]
    struct Web {
        results: Vec<Value>,
    }
    let mut url = at_service(base, BRAVE, "res/v1/web/search")?;
    let host = url.host_str().unwrap_or_default().to_owned();
    url.query_pairs_mut().append_pair("q", query).append_pair("count", "20");
    let get = Get { read_refusals: true, ..Get::new(url) }.with("accept", "application/json");
    let answer = http.get(&get.with_secret("x-subscription-token", token)?, now).await?;
    if answer.status >= 400 {
        let said = refusal::named(answer.status, &refusal::said(&answer.body));
        let why = match answer.status {
            401 | 403 => format!("the token is not accepted ({said}); check it, and the plan"),
            _ => format!("it refuses the search ({said})"),
        };
        return Err(ScanError::Refused { what: host, why });
    }
    let answer: Answer =
        serde_json::from_slice(&answer.body).map_err(|err| refusal::unreadable(&host, err))?;
    let results = answer.web.map(|web| web.results).unwrap_or_default();
    Ok(results.iter().filter_map(|result| lead(result, "page_age")).collect())
}

fn lead(result: &Value, date: &str) -> Option<WebLead> {
    let text = |key: &str| result.get(key).and_then(Value::as_str);
    let url = http_url(text("url")?)?;
    let site = url.host_str().map(|host| host.strip_prefix("www.").unwrap_or(host).to_owned());
    let title = plain_text(text("title").unwrap_or_default());
    let published_at = text(date).and_then(time);
    Some(WebLead { url, title, site, published_at })
}

/// Without the tags that mark what was searched for, and without entities.
fn plain_text(html: &str) -> String {
    let mut text = html.to_owned();
    for tag in ["<strong>", "</strong>", "<b>", "</b>", "<em>", "</em>"] {
        text = text.replace(tag, "");
    }
    html_escape::decode_html_entities(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A date with its zone, or without one; then it is taken for UTC.
fn time(text: &str) -> Option<DateTime<Utc>> {
    let zoned = DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    let bare = || NaiveDateTime::parse_from_str(&text.replace(' ', "T"), "%Y-%m-%dT%H:%M:%S%.f").ok();
    zoned.or_else(|| Some(bare()?.and_utc()))
}

#[cfg(test)]
mod tests;
