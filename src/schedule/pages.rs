//! Pages that leads are about: what their records link to, and what a search finds. They are read, stored as records and
//! may be cited like any other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt as _, stream};
use tracing::{info, warn};
use url::Url;

use super::newsroom::Newsroom;
use crate::address::{canonical, native_id, strip_tracking};
use crate::analyze::links_of;
use crate::config::{ArticleSettings, Config};
use crate::ingest::{
    Article, ArticleError, ArticleReader, HttpError, PoliteClient, ScanError, WebSearch, fitted,
};
use crate::model::{
    AuthorKey, Clock, Engagement, GATHERED, IncomingRecord, Platform, Record, RecordId, SourceClass,
};
use crate::store::{Brought, SourceState, Store, StoreError};

/// Pages of one lead in one go.
const PER_LEAD: usize = 3;

/// Pages read beside each other.
const AT_ONCE: usize = 4;

/// After so long no further page is waited for: stories are.
const PATIENCE: Duration = Duration::from_mins(1);

/// A page that did not come in time is left alone for so long.
const SLOW_REST: TimeDelta = TimeDelta::hours(3);

/// A page that was read, or can never be, and a search, are left alone for so long.
const REST: TimeDelta = TimeDelta::hours(24);

/// Words of a question to a search.
const QUERY_WORDS: usize = 14;

/// Under this name reading pages has its line in `status`.
const PAGES: &str = "articles";

/// What would help to tell a lead.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// The central record.
    central: RecordId,
    /// Pages that its talk links to, those first to which most link.
    links: Vec<Linked>,
    /// What it is about, in words.
    words: String,
}

/// A page that records link to.
#[derive(Clone, Debug)]
struct Linked {
    url: Url,
    /// When somebody first did: it was there by then.
    since: DateTime<Utc>,
}

/// Reads pages for stories.
pub struct Gatherer {
    store: Store,
    http: Arc<PoliteClient>,
    reader: ArticleReader,
    search: Option<WebSearch>,
    settings: ArticleSettings,
    /// What is left alone until then: addresses, and leads that were searched for.
    rests: BTreeMap<String, DateTime<Utc>>,
}

impl Gatherer {
    /// A gatherer of a configuration, if anything is to be gathered; or why it cannot search.
    pub fn of(config: &Config, store: Store, http: Arc<PoliteClient>) -> Result<Option<Self>, String> {
        let settings = config.articles.clone();
        let search = search_of(&settings)?;
        if !settings.linked && search.is_none() {
            return Ok(None);
        }
        // What is open to our own sources is not open to whomever a stranger links to.
        let own: BTreeSet<String> =
            config.http.allow_private_addresses.iter().map(ToString::to_string).collect();
        let reader = ArticleReader::closed_to(
            own.into_iter()
                .filter(|host| !settings.allow_private_addresses.iter().any(|open| open.to_string() == *host))
                .collect(),
        );
        Ok(Some(Self { store, http, reader, search, settings, rests: BTreeMap::new() }))
    }

    /// Reads pages for these leads, the best first, and stores them. Says how many are new.
    pub(super) async fn gather(&mut self, wanted: &[Wanted], clock: &dyn Clock) -> Result<u64, StoreError> {
        let now = clock.now();
        self.rests.retain(|_, until| *until > now);
        // Not the desk's clock, which may be played: what counts is how long stories wait.
        let begun = Instant::now();
        let most = self.settings.per_tick as usize;
        let mut pages: Vec<(String, Linked)> = Vec::new();
        for lead in wanted {
            if pages.len() >= most || begun.elapsed() > PATIENCE {
                break;
            }
            let mut found = if self.settings.linked { lead.links.clone() } else { Vec::new() };
            found.truncate(PER_LEAD);
            found.extend(self.searched(lead, now).await?);
            for page in found {
                let id = canonical(&page.url);
                let listed = pages.iter().any(|(known, _)| *known == id);
                if pages.len() < most && !listed && self.is_new(&page.url).await? {
                    pages.push((id, page));
                }
            }
        }
        // Those that were asked for and have not come.
        let open = Mutex::new(BTreeSet::new());
        let (reader, http, asked) = (&self.reader, &*self.http, &open);
        // Whichever comes first: one slow page holds up no other.
        let mut reading = stream::iter(pages)
            .map(|(id, page)| async move {
                lock(asked).insert(id.clone());
                let outcome = reader.read(http, &page.url, now).await;
                lock(asked).remove(&id);
                (id, page.since, outcome)
            })
            .buffer_unordered(AT_ONCE);
        let patience = tokio::time::sleep(PATIENCE);
        tokio::pin!(patience);
        let mut read = Vec::new();
        loop {
            tokio::select! { // both are cancel-safe
                next = reading.next() => match next {
                    Some(page) => read.push(page),
                    None => break,
                },
                () = &mut patience => break,
            }
        }
        drop(reading);
        for id in std::mem::take(&mut *lock(&open)) {
            info!(page = id, "a page was too slow");
            self.rests.insert(id, now + SLOW_REST);
        }
        // The order of arrival is nobody's business.
        read.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        let mut new = 0;
        for (id, since, outcome) in read {
            let rest = match &outcome {
                Ok(_) => REST,
                Err(err) => err.retry_in().and_then(|wait| TimeDelta::from_std(wait).ok()).unwrap_or(REST),
            };
            new += self.keep(outcome, since, now).await?;
            self.rests.insert(id, now + rest);
        }
        if new > 0 {
            info!(new, "read {new} pages that leads are about");
        }
        Ok(new)
    }

    /// Whether nothing is known of a page yet.
    async fn is_new(&self, url: &Url) -> Result<bool, StoreError> {
        if self.rests.contains_key(&canonical(url)) {
            return Ok(false);
        }
        for platform in [Platform::Web, Platform::Feed, Platform::Mastodon, Platform::Lemmy] {
            if let Some(id) = native_id(&platform, url.as_str())
                && self.store.record(&RecordId::derive(&platform, &id)).await?.is_some()
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Stores a page that was read, or how it was not.
    async fn keep(
        &self,
        read: Result<Article, ArticleError>,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let (mut records, mut failure) = (Vec::new(), None);
        match read {
            // A link may have led elsewhere.
            Ok(article) if !is_page(&article.url) => failure = Some("a post"),
            Ok(article) => {
                if self.is_new(&article.url).await? {
                    records.push(record_of(article, since));
                }
            }
            Err(err) => {
                info!(%err, "a page was not read");
                failure = Some(err.kind());
            }
        }
        // A page that is no article is no fault of the source: there is no error to show, and nothing to wait for.
        self.note(PAGES, "article", &records, failure, None, now).await
    }

    /// What a search finds for a lead that was not searched for today.
    async fn searched(&mut self, lead: &Wanted, now: DateTime<Utc>) -> Result<Vec<Linked>, StoreError> {
        let Some(search) = &self.search else { return Ok(Vec::new()) };
        let asked = format!("search {}", lead.central);
        let name = search.name();
        if lead.words.is_empty() || self.rests.contains_key(&asked) || self.rests.contains_key(name) {
            return Ok(Vec::new());
        }
        let today = self.store.source_health(now).await?.get(name).map_or(0, |health| health.scans);
        if today >= u64::from(self.settings.searches_per_day) {
            return Ok(Vec::new());
        }
        match search.search(&self.http, &lead.words, now).await {
            Ok(found) => {
                self.note(name, "web-search", &[], None, None, now).await?;
                self.rests.insert(asked, now + REST);
                let dated = |at: Option<DateTime<Utc>>| at.filter(|at| *at <= now).unwrap_or(now);
                Ok(found
                    .into_iter()
                    .filter(|lead| is_page(&lead.url))
                    .take(PER_LEAD)
                    .map(|lead| Linked { since: dated(lead.published_at), url: lead.url })
                    .collect())
            }
            Err(error) => {
                // An address holds the whole question, which is a member's words; they are not ours to keep here.
                let told = match &error {
                    ScanError::Http(HttpError::Status { status, .. }) => {
                        format!("{name} answered with status {status}")
                    }
                    ScanError::Http(error) => format!("{name}: {}", error.kind()),
                    error => error.to_string(),
                };
                warn!("the web was not searched: {told}");
                self.note(name, "web-search", &[], Some(error.kind()), Some(told), now).await?;
                let wait = error.retry_in().and_then(|wait| TimeDelta::from_std(wait).ok()).unwrap_or(REST);
                self.rests.insert(name.to_owned(), now + wait);
                Ok(Vec::new())
            }
        }
    }

    async fn note(
        &self,
        source: &str,
        kind: &str,
        records: &[IncomingRecord],
        failure: Option<&str>,
        error: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let before = self.store.source_state(source).await?.unwrap_or_default();
        let state = SourceState {
            source: source.to_owned(),
            kind: kind.to_owned(),
            last_scan_at: Some(now),
            last_ok_at: if failure.is_none() { Some(now) } else { before.last_ok_at },
            last_error: error,
            ..before
        };
        let brought = Brought { records, failure, ..Brought::default() };
        Ok(self.store.save_page(brought, &state, now).await?.new)
    }
}

impl Newsroom {
    /// What would help to tell the leads of `at` that are strong enough for a story, the best first.
    pub(super) async fn wanted(&mut self, at: DateTime<Utc>) -> Result<Vec<Wanted>, StoreError> {
        let leads = self.look(at).await?.leads;
        let mut wanted = Vec::new();
        for lead in leads.iter().filter(|lead| lead.strength >= self.settings.story_strength) {
            let mut records = Vec::new();
            for id in &lead.evidence {
                records.extend(self.records.record(id).await?.filter(|r| r.class.is_talk()));
            }
            let text = self.texts.get(&lead.central).map(|stored| stored.text.text.as_str());
            let line = text.and_then(|text| text.lines().next()).unwrap_or_default();
            wanted.push(Wanted {
                central: lead.central.clone(),
                links: linked(&records),
                words: line.split_whitespace().take(QUERY_WORDS).collect::<Vec<_>>().join(" "),
            });
        }
        Ok(wanted)
    }
}

fn lock(pages: &Mutex<BTreeSet<String>>) -> MutexGuard<'_, BTreeSet<String>> {
    // A set is whole after every line that could panic.
    pages.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The pages that records link to, those first to which most authors link.
fn linked(records: &[Record]) -> Vec<Linked> {
    let mut pages: BTreeMap<String, (BTreeSet<&AuthorKey>, Linked)> = BTreeMap::new();
    for record in records {
        let urls = links_of(record).into_iter().filter_map(|link| Url::parse(&link).ok());
        for mut url in urls.filter(is_page) {
            strip_tracking(&mut url);
            let since = record.published_at;
            let (authors, page) =
                pages.entry(canonical(&url)).or_insert_with(|| (BTreeSet::new(), Linked { url, since }));
            authors.insert(&record.author_key);
            page.since = page.since.min(since);
        }
    }
    let mut pages: Vec<(usize, Linked)> =
        pages.into_values().map(|(authors, page)| (authors.len(), page)).collect();
    // Stable: the same number of authors leaves them by address.
    pages.sort_by_key(|(authors, _)| std::cmp::Reverse(*authors));
    pages.into_iter().map(|(_, page)| page).collect()
}

/// Whether an address may be that of an article: not of a whole site, and not of what somebody posted.
fn is_page(url: &Url) -> bool {
    const SPOKEN: [Platform; 5] =
        [Platform::Reddit, Platform::Bluesky, Platform::HackerNews, Platform::X, Platform::Arxiv];
    let path: Vec<&str> = url.path().split('/').filter(|part| !part.is_empty()).collect();
    let numbered = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    // Mastodon, Lemmy, discussions on GitHub, Stack Exchange: wherever they are.
    let posted = path.windows(2).any(|pair| match pair {
        ["post" | "comment" | "discussions" | "questions" | "notice", n] => numbered(n),
        [name, n] => name.starts_with('@') && numbered(n),
        _ => false,
    });
    matches!(url.scheme(), "http" | "https")
        && !path.is_empty()
        && !posted
        && SPOKEN.iter().all(|platform| native_id(platform, url.as_str()).is_none())
}

/// A page as a record. One that bears no date was there when somebody linked to it.
fn record_of(article: Article, since: DateTime<Utc>) -> IncomingRecord {
    let host = article.url.host_str().unwrap_or_default();
    let site = article.site.unwrap_or_else(|| host.strip_prefix("www.").unwrap_or(host).to_owned());
    fitted(IncomingRecord {
        platform: Platform::Web,
        native_id: canonical(&article.url),
        class: SourceClass::Publication,
        permalink: article.url.to_string(),
        author: article.byline,
        venue: site,
        published_at: article.published_at.unwrap_or(since),
        archived_seen_at: None,
        edited_at: article.modified_at,
        title: Some(article.title),
        // What is stored is markup, and this is none.
        body: article.text.replace('&', "&amp;").replace('<', "&lt;"),
        tags: vec![GATHERED.to_owned()],
        answers: None,
        quotes: None,
        engagement: Engagement::default(),
        deleted: None,
    })
}

/// The search of a configuration, if there is one; or why there is none.
pub(crate) fn search_of(settings: &ArticleSettings) -> Result<Option<WebSearch>, String> {
    if let Some(base) = &settings.searxng {
        return Ok(Some(WebSearch::Searxng { base: base.clone() }));
    }
    let token = settings.brave_key_source().map(|source| source.read()).transpose();
    let token = token.map_err(|err| format!("`articles.brave_key_file` cannot be read: {err}"))?;
    Ok(token.map(|token| WebSearch::Brave { token, base: None }))
}
