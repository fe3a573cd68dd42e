//! The page behind a link, read as an article: what may be cited is what stands there for everybody to read.
//!
//! A page is fetched politely (`robots.txt`, ports of the web, public addresses), decoded, freed of what readers do not
//! see, and reduced to its title, names, dates and paragraphs. What is no article is an error that says so: a search
//! result or a headline alone is never taken for a page that was read.

mod charset;
mod error;
mod judge;
mod links;
mod metadata;
mod page;
mod seen;
#[cfg(test)]
mod tests;
pub(super) mod tree;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Semaphore;
use url::Url;

use super::http::{Get, HttpError, PoliteClient, Response};
use super::robots::{Robots, tag_forbids};
use super::scan::panic_text;
pub use error::{ArticleError, Unreadable};

/// The largest page in bytes, after decompression.
const MAX_PAGE_BYTES: usize = 3 * 1024 * 1024;

/// Redirects of one page.
const MAX_REDIRECTS: usize = 5;

/// Pages that are taken apart at a time: it is work for a processor, and small machines have two.
const PAGES_AT_A_TIME: usize = 2;

/// The longest that taking a page apart may be waited for. Honest pages need milliseconds.
const LONGEST_WORK: Duration = Duration::from_secs(20);

/// A page that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// Under which address to cite it.
    pub url: Url,
    /// Its title.
    pub title: String,
    /// What the site calls itself.
    pub site: Option<String>,
    /// Who wrote it, as the page says.
    pub byline: Option<String>,
    /// Its language, as the page says (BCP 47).
    pub language: Option<String>,
    /// When it was published, as the page says.
    pub published_at: Option<DateTime<Utc>>,
    /// When it was last changed, as the page says.
    pub modified_at: Option<DateTime<Utc>>,
    /// Its text: paragraphs with an empty line between them, no markup, nothing that readers do not see.
    pub text: String,
    /// Whether the text goes on beyond what is kept.
    pub cut: bool,
    /// When it was read.
    pub fetched_at: DateTime<Utc>,
}

/// Reads pages. One per program: what hosts forbid robots is kept here.
#[derive(Debug)]
pub struct ArticleReader {
    robots: Robots,
    places: Arc<Semaphore>,
    /// `HOST:PORT` that are never asked, whatever the client may do.
    closed: Arc<BTreeSet<String>>,
}

impl Default for ArticleReader {
    fn default() -> Self {
        Self {
            robots: Robots::new(),
            places: Arc::new(Semaphore::new(PAGES_AT_A_TIME)),
            closed: Arc::default(),
        }
    }
}

impl ArticleReader {
    /// A reader that knows no host yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A reader that never asks these hosts (`HOST:PORT`): servers of ours that our sources may reach, and strangers' links
    /// may not.
    pub fn closed_to(closed: BTreeSet<String>) -> Self {
        let closed = Arc::new(closed);
        Self { robots: Robots::closed_to(Arc::clone(&closed)), closed, ..Self::default() }
    }

    /// Reads the page at `url`. `now` is for dates and for how long `robots.txt` holds.
    pub async fn read(
        &self,
        http: &PoliteClient,
        url: &Url,
        now: DateTime<Utc>,
    ) -> Result<Article, ArticleError> {
        let answer = self.fetch(http, url, now).await?;
        let at = || answer.url.to_string();
        if answer.header_all("x-robots-tag").any(tag_forbids) {
            return Err(ArticleError::OptedOut { url: at() });
        }
        let content_type = answer.header("content-type").map(str::to_owned);
        if !charset::is_html(content_type.as_deref(), &answer.body) {
            let found = content_type.unwrap_or_else(|| "no type".to_owned());
            return Err(ArticleError::NotText { url: at(), found });
        }
        let (asked, found) = (url.clone(), answer.url.clone());
        // Nobody closes this semaphore; without a place the page is read all the same.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        let work = tokio::task::spawn_blocking(move || {
            let _place = place; // kept to the end of the work, also when nobody waits for it any more
            let html = charset::decode(&answer.body, content_type.as_deref());
            let page = page::read(&html, &answer.url, now)?;
            judge::judge(page, &asked, &answer.url)
        });
        let read = match tokio::time::timeout(LONGEST_WORK, work).await {
            Ok(Ok(read)) => read,
            Ok(Err(err)) => Err(Unreadable::BrokeDown(
                err.try_into_panic().map_or_else(|err| err.to_string(), |panic| panic_text(&*panic)),
            )),
            Err(_) => Err(Unreadable::TooComplex),
        };
        match read {
            Ok(page) => Ok(page.into_article(&found, now)),
            Err(Unreadable::OptedOut) => Err(ArticleError::OptedOut { url: found.to_string() }),
            Err(reason) => Err(ArticleError::NotExtractable { url: found.to_string(), reason }),
        }
    }

    /// Redirects are followed here, so that each host on the way is asked whether robots are welcome.
    async fn fetch(
        &self,
        http: &PoliteClient,
        url: &Url,
        now: DateTime<Utc>,
    ) -> Result<Response, ArticleError> {
        let mut at = url.clone();
        at.set_fragment(None);
        for _ in 0..=MAX_REDIRECTS {
            self.robots.check(http, &at, now).await?;
            let get = Get {
                max_body_bytes: Some(MAX_PAGE_BYTES),
                read_redirects: true,
                web_ports_only: true,
                closed: Arc::clone(&self.closed),
                ..Get::new(at.clone())
            };
            let get = get.with("accept", "text/html, application/xhtml+xml;q=0.9");
            let answer = http.get(&get, now).await?;
            if answer.status < 300 {
                return Ok(answer);
            }
            at = answer.redirects_to().ok_or_else(|| HttpError::BadUrl {
                url: at.to_string(),
                why: "it redirects to nowhere".to_owned(),
            })?;
        }
        Err(HttpError::TooManyRedirects { url: url.to_string(), max: MAX_REDIRECTS }.into())
    }
}
