//! Why a record was, or was not, written about: everything the desk knows of it, rule by rule.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::past::Past;
use super::{Explainer, rules};
use crate::address::native_id;
use crate::analyze::Words;
use crate::analyze::register::register;
use crate::answer::why::{Term, weightiest};
use crate::answer::words::{self, counted, moment, number};
use crate::answer::{AskError, Desk};
use crate::config::{SourceKind, SourceSpec};
use crate::model::{
    Decision, DiscountKind, Lang, Lead, Platform, QuarantineReason, Record, RecordId, RecordState, Register,
    ScoreTerm, SourceClass, StoryCode, TopicSlug,
};
use crate::signal::retell::Fate;
use crate::store::Stored;

/// Everything known of a record.
#[derive(Clone, Debug, Serialize)]
pub struct RecordWhy {
    /// The address asked for.
    pub url: String,
    /// Its id.
    pub record: RecordId,
    /// Platform.
    pub platform: Platform,
    /// Where it was said.
    pub venue: String,
    /// The kind of speech.
    pub class: SourceClass,
    /// When it was published.
    pub published: DateTime<Utc>,
    /// When this desk stored it.
    pub seen: DateTime<Utc>,
    /// When an archive says it was first seen.
    pub archived_seen: Option<DateTime<Utc>>,
    /// 1 for the first text seen, one more for each edit.
    pub revision: u32,
    /// What it answers.
    pub answers: Option<Related>,
    /// What it quotes or posts again.
    pub quotes: Option<Related>,
    /// Since when it is gone.
    pub gone: Option<DateTime<Utc>>,
    /// Whether it was analysed.
    pub analysed: bool,
    /// Topics it belongs to, with the rules by which.
    pub topics: Vec<RuleMatch>,
    /// Topics that a phrase of `none` keeps it out of.
    pub kept_out: Vec<RuleMatch>,
    /// Language.
    pub lang: Option<Lang>,
    /// −1…1; `None` where the language has no lexicon.
    pub sentiment: Option<f64>,
    /// Tone.
    pub register: Option<Register>,
    /// The words that decided the tone.
    pub register_words: Vec<String>,
    /// Records with the same text, itself included.
    pub copies: Option<Company>,
    /// Records about the same thing, itself included.
    pub cluster: Option<Company>,
    /// Why it is set aside.
    pub quarantine: Vec<QuarantineReason>,
    /// How it fared at the last tick that had it in its window.
    pub tick: Option<RankedAt>,
    /// Story versions that know it, newest first.
    pub stories: Vec<CitedIn>,
    /// All of it in sentences.
    pub facts: Vec<String>,
    /// Decisions about it, newest first.
    pub decisions: Vec<Decision>,
}

/// Another record, as one that answers or quotes it names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Related {
    /// Its address.
    pub url: String,
    /// Whether it is stored.
    pub stored: bool,
}

/// A topic and the rules that match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleMatch {
    /// The topic.
    pub topic: TopicSlug,
    /// The rules: “`any`: night train*”.
    pub by: Vec<String>,
}

/// A group that a record is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Company {
    /// Its records.
    pub records: u64,
    /// Their authors.
    pub authors: u64,
    /// Address of the earliest, where the group is named after it.
    pub first: Option<String>,
}

/// A record at a tick.
#[derive(Clone, Debug, Serialize)]
pub struct RankedAt {
    /// The tick.
    pub at: DateTime<Utc>,
    /// What it counted as, topic by topic.
    pub standing: Vec<Standing>,
    /// Place of its score; `None` where it could not lead.
    pub rank: Option<usize>,
    /// How many records could.
    pub of: usize,
    /// Its score between 0 and 1: for ranking, not a chance.
    pub p: Option<f64>,
    /// The score, term by term, weightiest first.
    pub terms: Vec<ScoreTerm>,
    /// The three largest pluses.
    pub plus: Vec<Term>,
    /// The largest minus.
    pub minus: Option<Term>,
    /// The best lead it is part of.
    pub lead: Option<PartOf>,
}

/// What a record counted as in a topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The topic.
    pub topic: TopicSlug,
    /// Whether it is one of those that count.
    pub counted: bool,
    /// The discount that took it, if one did.
    pub discount: Option<DiscountKind>,
    /// In words.
    pub why: String,
}

/// A lead that a record is part of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartOf {
    /// Rank over all topics.
    pub rank: usize,
    /// `central`, `evidence` (may be cited) or `company`.
    pub role: &'static str,
    /// 0 to 1.
    pub strength: f64,
    /// The story it became.
    pub story: Option<StoryCode>,
    /// What was decided, in words.
    pub decision: Option<String>,
}

/// A story version that knows a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CitedIn {
    /// The story.
    pub code: StoryCode,
    /// The version.
    pub version: u32,
    /// `cited`, `evidence`, `member` or `known`.
    pub role: String,
    /// Headline of that version.
    pub headline: String,
}

/// Story versions shown.
const STORIES: usize = 5;

impl Desk<'_> {
    /// The record at an address, in any spelling of it.
    pub(crate) async fn record_at(&self, url: &str) -> Result<Option<Record>, AskError> {
        if let Some(record) = self.store.record_by_url(url).await? {
            return Ok(Some(record));
        }
        for platform in self.store.platforms().await? {
            if let Some(native) = native_id(&platform, url)
                && let Some(record) = self.store.record(&RecordId::derive(&platform, &native)).await?
            {
                return Ok(Some(record));
            }
        }
        // A post may be stored under its author's DID and asked for by handle, or the other way round.
        if let Some(native) = native_id(&Platform::Bluesky, url)
            && let Some((_, key)) = native.split_once("/app.bsky.feed.post/")
        {
            return Ok(self.store.record_ending(&Platform::Bluesky, &format!("/{key}")).await?);
        }
        Ok(None)
    }

    /// What the store knows of the record at `url`, without the settings.
    pub(in crate::answer) async fn record_known(
        &self,
        url: &str,
    ) -> Result<(RecordWhy, Option<Stored>), AskError> {
        let Some(record) = self.record_at(url).await? else {
            return Err(AskError::Unknown { asked: url.to_owned(), nearest: Vec::new() });
        };
        let stored = self.store.stored_by_id(std::slice::from_ref(&record.id)).await?.pop();
        let stories = self.store.stories_with(&record.id).await?;
        let mut why = RecordWhy {
            url: url.to_owned(),
            record: record.id.clone(),
            platform: record.platform.clone(),
            venue: record.venue.clone(),
            class: record.class,
            published: record.published_at,
            seen: record.seen_at,
            archived_seen: record.archived_seen_at,
            revision: record.revision,
            answers: self.related(record.answers.as_deref()).await?,
            quotes: self.related(record.quotes.as_deref()).await?,
            gone: match record.state {
                RecordState::Live => None,
                RecordState::Tombstone { at, .. } => Some(at),
            },
            analysed: stored.is_some(),
            topics: Vec::new(),
            kept_out: Vec::new(),
            lang: None,
            sentiment: None,
            register: None,
            register_words: Vec::new(),
            copies: None,
            cluster: None,
            quarantine: Vec::new(),
            tick: None,
            stories: stories
                .into_iter()
                .take(STORIES)
                .map(|s| CitedIn { code: s.code, version: s.version, role: s.role, headline: s.headline })
                .collect(),
            facts: Vec::new(),
            decisions: self.store.decisions_about(record.id.as_str(), 20).await?,
        };
        if let Some(stored) = &stored {
            self.analysed(&mut why, stored).await?;
        }
        why.facts = facts(&why, &record);
        Ok((why, stored))
    }

    async fn related(&self, url: Option<&str>) -> Result<Option<Related>, AskError> {
        let Some(url) = url else { return Ok(None) };
        let found = self.record_at(url).await?;
        let stored = found.is_some_and(|found| found.state == RecordState::Live);
        Ok(Some(Related { url: url.to_owned(), stored }))
    }

    async fn analysed(&self, why: &mut RecordWhy, stored: &Stored) -> Result<(), AskError> {
        let analysis = &stored.analysis;
        why.topics = analysis.topics.iter().map(|t| RuleMatch { topic: t.clone(), by: Vec::new() }).collect();
        why.lang = Some(analysis.lang);
        why.sentiment = analysis.sentiment;
        why.register = Some(analysis.register);
        // The words are not stored: the same function finds them again.
        let text = &stored.text.text;
        why.register_words = register(text, &Words::of(text), analysis.lang).words;
        why.quarantine.clone_from(&analysis.quarantine);
        let (size, first) = self.store.copies_of(&stored.copy_group).await?;
        let first = first.filter(|first| first.id != stored.record.id).map(|first| first.permalink);
        why.copies = Some(Company { records: size.records, authors: size.authors, first });
        let size = self.store.cluster_size(&stored.cluster).await?;
        why.cluster = Some(Company { records: size.records, authors: size.authors, first: None });
        Ok(())
    }
}

/// What the store tells, in sentences.
fn facts(why: &RecordWhy, record: &Record) -> Vec<String> {
    let mut facts = vec![format!(
        "Published {} in {}, first seen here {}.",
        moment(record.published_at),
        record.venue,
        moment(record.seen_at)
    )];
    if record.revision > 1 {
        facts.push(format!("It was edited: this is text {} of it.", record.revision));
    }
    for (does, to) in [("answers", &why.answers), ("quotes", &why.quotes)] {
        if let Some(Related { url, stored }) = to {
            let stored = if *stored { "is stored" } else { "is not stored" };
            facts.push(format!("It {does} {url} (which {stored})."));
        }
    }
    if let RecordState::Tombstone { at, reason } = record.state {
        facts.push(format!("It is gone since {} ({reason}).", moment(at)));
        return facts;
    }
    if !why.analysed {
        facts.push(
            "It is not analysed yet: that is done by the next `scan`, `backtest` or `import`.".to_owned(),
        );
        return facts;
    }
    facts.push(if why.topics.is_empty() {
        "It matches the rules of no topic.".to_owned()
    } else {
        let topics: Vec<String> = why.topics.iter().map(|t| t.topic.to_string()).collect();
        format!("It matches {}.", topics.join(", "))
    });
    let lang = why.lang.map_or("und", crate::model::Lang::as_str);
    let mood = match why.sentiment {
        Some(s) => format!("mood {s:+.2} on a scale from −1 to 1"),
        None => "mood not measured in this language".to_owned(),
    };
    let tone = match (why.register, why.register_words.as_slice()) {
        (Some(register), []) => format!("tone {register}"),
        (Some(register), words) => format!("tone {register} (by “{}”)", words.join("”, “")),
        (None, _) => "tone not measured".to_owned(),
    };
    facts.push(format!("Language {lang}; {mood}; {tone}."));
    if let Some(copies) = why.copies.as_ref().filter(|copies| copies.records > 1) {
        let first =
            if copies.first.is_some() { "It is a copy of an earlier text" } else { "Its text was copied" };
        facts.push(format!(
            "{first}: {} by {}, which count once.",
            counted(copies.records, "record has it", "records have it"),
            counted(copies.authors, "author", "authors")
        ));
    }
    if let Some(cluster) = &why.cluster {
        facts.push(if cluster.records <= 1 {
            "Nothing else stored is about the same thing.".to_owned()
        } else {
            format!(
                "{} by {} are about the same thing, it included.",
                counted(cluster.records, "record", "records"),
                counted(cluster.authors, "author", "authors")
            )
        });
    }
    if !why.quarantine.is_empty() {
        let reasons: Vec<&str> = why.quarantine.iter().map(|reason| words::quarantine(*reason)).collect();
        facts.push(format!(
            "It is set aside: it {}. It is counted as read, but never as talk, and never quoted.",
            reasons.join(" and ")
        ));
    }
    if let Some(story) = why.stories.first() {
        let role = match story.role.as_str() {
            "cited" => "It is cited in",
            "evidence" | "member" => "It counts in, but is not cited in,",
            _ => "It is known to",
        };
        facts.push(format!("{role} {} version {}: {}", story.code, story.version, story.headline));
    }
    facts
}

impl Explainer<'_> {
    /// Everything known of the record at `url`, with the rules and settings that decided.
    pub(super) async fn why_record(&self, url: &str) -> Result<RecordWhy, AskError> {
        let (mut why, stored) = match self.desk.record_known(url).await {
            Err(AskError::Unknown { asked, .. }) => {
                return Err(AskError::NoRecord { known: self.would_bring(&asked), url: asked });
            }
            known => known?,
        };
        if let Some(at) = why.gone {
            // Whoever asks has the address: nothing else is left to be told, not even that again.
            let known = format!("It was there, and is gone since {}", at.format("%-d %B %Y"));
            return Err(AskError::NoRecord { url: url.to_owned(), known });
        }
        let Some(stored) = stored else { return Ok(why) };
        let (mut by, mut kept_out) = (Vec::new(), Vec::new());
        for topic in &self.config.topics {
            let found = rules::found(topic, &stored.text.text, stored.text.body_start, &why.venue);
            if why.topics.iter().any(|t| t.topic == topic.slug) {
                by.push(RuleMatch { topic: topic.slug.clone(), by: found.by });
            } else if !found.by.is_empty() && !found.kept_out_by.is_empty() {
                kept_out.push(RuleMatch { topic: topic.slug.clone(), by: found.kept_out_by });
            } else if found.belongs {
                let why = if topic.speaks(stored.analysis.lang.as_str()) {
                    "the rules changed: it is matched anew at the next scan".to_owned()
                } else {
                    format!("its language: the topic has `languages` {}", topic.languages.join(", "))
                };
                kept_out.push(RuleMatch { topic: topic.slug.clone(), by: vec![why] });
            }
        }
        for known in &mut why.topics {
            if let Some(found) = by.iter().find(|found| found.topic == known.topic) {
                known.by.clone_from(&found.by);
            }
        }
        why.kept_out = kept_out;
        let told: Vec<String> = why
            .topics
            .iter()
            .filter(|t| !t.by.is_empty())
            .map(|t| format!("{} by {}", t.topic, t.by.join(", ")))
            .collect();
        if !told.is_empty() {
            let plain = why.facts.iter_mut().find(|fact| fact.starts_with("It matches "));
            if let Some(plain) = plain {
                *plain = format!("It matches {}.", told.join("; "));
            }
        }
        for out in &why.kept_out {
            why.facts.push(format!("Kept out of {} by {}.", out.topic, out.by.join(", ")));
        }
        self.ranked(&mut why, &stored).await?;
        Ok(why)
    }

    /// Looks again at the last tick that had the record in its window.
    async fn ranked(&self, why: &mut RecordWhy, stored: &Stored) -> Result<(), AskError> {
        let window = chrono::Duration::from_std(self.config.signal.window).unwrap_or(chrono::Duration::MAX);
        let until =
            self.desk.now.min(stored.record.published_at + window - chrono::Duration::milliseconds(1));
        let before = stored.record.published_at - chrono::Duration::milliseconds(1);
        let mut at = None;
        for topic in &stored.analysis.topics {
            let tick = self.desk.store.pulse_between(topic, before, until).await?.map(|(at, _)| at);
            at = at.max(tick);
        }
        let Some(at) = at else {
            if !why.topics.is_empty() {
                why.facts.push("No tick had it in its window.".to_owned());
            }
            return Ok(());
        };
        let past = Past::at(self.desk.store, self.config, at).await?;
        let scores = past.scores();
        let placed = scores.iter().find(|placed| placed.id == stored.record.id);
        let (plus, minus) = placed.map(|placed| weightiest(&placed.terms)).unwrap_or_default();
        let mut terms = placed.map(|placed| placed.terms.clone()).unwrap_or_default();
        terms.sort_by(|a, b| b.points.abs().total_cmp(&a.points.abs()).then_with(|| a.code.cmp(&b.code)));
        let ranked = RankedAt {
            at,
            standing: stored
                .analysis
                .topics
                .iter()
                .map(|topic| standing(topic, past.fate(topic, &stored.record.id)))
                .collect(),
            rank: placed.map(|placed| placed.rank),
            of: scores.len(),
            p: placed.map(|placed| placed.p),
            terms,
            plus,
            minus,
            lead: self.part_of(&stored.record.id, at).await?,
        };
        why.facts.extend(self.told(&ranked, why.stories.is_empty()));
        why.tick = Some(ranked);
        Ok(())
    }

    async fn part_of(&self, id: &RecordId, at: DateTime<Utc>) -> Result<Option<PartOf>, AskError> {
        // It may stand beside one lead and lead another: what it is most is told.
        let role = |lead: &Lead| {
            if lead.central == *id {
                Some((0, "central"))
            } else if lead.evidence.contains(id) {
                Some((1, "evidence"))
            } else if lead.linked.contains(id) {
                Some((2, "company"))
            } else {
                None
            }
        };
        let rows = self.desk.store.leads_at(at).await?;
        let parts = rows.into_iter().filter_map(|row| Some((role(&row.lead)?, row)));
        let found =
            parts.min_by_key(|((order, _), row)| (*order, row.lead.rank)).map(|((_, role), row)| (role, row));
        let Some((role, row)) = found else { return Ok(None) };
        let decisions = self.desk.store.decisions_about(row.lead.central.as_str(), 50).await?;
        Ok(Some(PartOf {
            rank: row.lead.rank,
            role,
            strength: row.lead.strength,
            story: row.story.map(|(code, _)| code),
            decision: decisions.into_iter().find(|d| d.at == at).map(|d| d.detail),
        }))
    }

    fn told(&self, ranked: &RankedAt, unused: bool) -> Vec<String> {
        let signal = &self.config.signal;
        let mut facts: Vec<String> = ranked
            .standing
            .iter()
            .map(|s| format!("In {} at {}: {}", s.topic, moment(ranked.at), s.why))
            .collect();
        let Some((rank, p)) = ranked.rank.zip(ranked.p) else {
            facts.push("It could not lead: what is late, set aside or gone never does.".to_owned());
            return facts;
        };
        let pluses: Vec<String> =
            ranked.plus.iter().map(|t| format!("{} {:+.1}", t.words, t.points)).collect();
        let minus = ranked
            .minus
            .as_ref()
            .map_or_else(String::new, |t| format!("; against it: {} {:+.1}", t.words, t.points));
        facts.push(format!(
            "Its score was number {rank} of {} ({}): {}{minus}.",
            ranked.of,
            number(p),
            if pluses.is_empty() { "nothing speaks for it".to_owned() } else { pluses.join(", ") }
        ));
        facts.push(match &ranked.lead {
            Some(lead) => {
                let role = match lead.role {
                    "central" => "It is the central record of lead",
                    "evidence" => "It may be cited for lead",
                    _ => "It is company of lead",
                };
                let came = match (&lead.story, &lead.decision) {
                    (Some(code), _) => format!("which became {code}."),
                    (None, Some(decision)) => format!("of which it was decided: {decision}"),
                    (None, None) => "of which nothing was decided.".to_owned(),
                };
                format!("{role} {} (strength {}), {came}", lead.rank, number(lead.strength))
            }
            None if rank > signal.candidate_pool => format!(
                "Leads are looked for among the best {} scores (`signal.candidate_pool`): it was not among them.",
                signal.candidate_pool
            ),
            None => format!(
                "It is no lead: alone it scored too low to stand without company, a better lead tells its event \
                 already, or better leads took all {} places (`signal.max_leads`).",
                signal.max_leads
            ),
        });
        if unused {
            facts.push("No story cites it.".to_owned());
        }
        facts
    }

    /// What would bring a record that is not stored: its platform, and the topics with a source there.
    fn would_bring(&self, url: &str) -> String {
        let known = [Platform::Reddit, Platform::Bluesky, Platform::HackerNews, Platform::X, Platform::Arxiv];
        let platform = known.into_iter().find(|platform| native_id(platform, url).is_some());
        let parsed = url::Url::parse(url).ok();
        let host = parsed.as_ref().and_then(url::Url::host_str).unwrap_or_default().to_owned();
        let path: Vec<String> = parsed.iter().flat_map(|u| u.path().split('/').map(str::to_owned)).collect();
        let subreddit = path.iter().position(|p| p == "r").and_then(|at| path.get(at + 1));
        let repository_at = match path.as_slice() {
            [_, owner, name, ..] if host == "github.com" && !name.is_empty() => {
                Some(format!("{owner}/{name}"))
            }
            _ => None,
        };
        let site_at = host.strip_suffix(".stackexchange.com").or_else(|| {
            // Spanish questions stand at `es.stackoverflow.com`.
            let site = host.strip_prefix("www.").unwrap_or(&host).strip_suffix(".com")?;
            site.rsplit('.').next().filter(|name| STACK_EXCHANGE.contains(name)).map(|_| site)
        });
        let (what, how) = match (&platform, subreddit) {
            (Some(Platform::X), _) => {
                return "It is a post on X, which is read from archives only: `newsdesk import` one that has it"
                    .to_owned();
            }
            (Some(Platform::Reddit), Some(name)) => (
                format!("a post in r/{name} on Reddit"),
                format!("`kind = \"reddit\"`, `subreddit = \"{name}\"`"),
            ),
            (Some(platform), _) => {
                (format!("a post on {}", platform.display_name()), format!("`kind = \"{platform}\"`"))
            }
            (None, _) if let Some(repository) = &repository_at => (
                format!("a page of {repository} on GitHub, of which releases or discussions can be read"),
                format!("`kind = \"github\"`, `repository = \"{repository}\"`"),
            ),
            (None, _) if let Some(site) = site_at => (
                format!("a page of {host}, of which questions are read"),
                format!("`kind = \"stackexchange\"`, `site = \"{site}\"` and `tags`"),
            ),
            (None, _) => (
                format!("a page of {host}"),
                "`kind = \"feed\"` and the address of a feed of that site".to_owned(),
            ),
        };
        let there = |spec: &SourceSpec| match (&spec.kind, &platform) {
            (SourceKind::Reddit { subreddit: name, .. }, Some(Platform::Reddit)) => {
                subreddit.is_none_or(|asked| asked.eq_ignore_ascii_case(name))
            }
            (SourceKind::HackerNews { .. }, Some(Platform::HackerNews))
            | (SourceKind::Bluesky { .. } | SourceKind::Jetstream, Some(Platform::Bluesky))
            | (SourceKind::Arxiv { .. }, Some(Platform::Arxiv)) => true,
            (SourceKind::GitHub { owner, repository, .. }, None) => repository_at
                .as_ref()
                .is_some_and(|at| at.eq_ignore_ascii_case(&format!("{owner}/{repository}"))),
            (SourceKind::StackExchange { site, .. }, None) => site_at.is_some_and(|at| at == site),
            (SourceKind::Feed { url, .. }, None) => url.host_str() == Some(host.as_str()),
            (SourceKind::Mastodon { instance, .. } | SourceKind::Lemmy { instance, .. }, None) => {
                *instance == host
            }
            (
                SourceKind::HackerNews { .. }
                | SourceKind::Feed { .. }
                | SourceKind::Reddit { .. }
                | SourceKind::Bluesky { .. }
                | SourceKind::Mastodon { .. }
                | SourceKind::Lemmy { .. }
                | SourceKind::Arxiv { .. }
                | SourceKind::Jetstream
                | SourceKind::GitHub { .. }
                | SourceKind::StackExchange { .. },
                _,
            ) => false,
        };
        let topics: Vec<String> = self
            .config
            .topics
            .iter()
            .filter(|topic| topic.sources.iter().any(there))
            .map(|topic| format!("`{}`", topic.slug))
            .collect();
        if topics.is_empty() {
            format!(
                "It would be {what}, and no topic has a source there. What brings it: a `[[sources]]` entry with {how} \
                 in a topic file, or an archive that has it (`newsdesk import`)"
            )
        } else {
            format!(
                "It would be {what}; {} {} a source there that has not brought it. `newsdesk status` says when sources \
                 were read; an archive that has it can be imported (`newsdesk import`)",
                topics.join(", "),
                if topics.len() == 1 { "has" } else { "have" }
            )
        }
    }
}

/// Sites of Stack Exchange that have addresses of their own.
const STACK_EXCHANGE: [&str; 4] = ["stackoverflow", "serverfault", "superuser", "askubuntu"];

fn standing(topic: &TopicSlug, fate: Fate) -> Standing {
    let (counted, discount, why) = match fate {
        Fate::Counted => (true, None, "it counts.".to_owned()),
        Fate::Discounted(kind) => {
            (false, Some(kind), format!("it does not count, because {} ({kind}).", words::taken_by(kind)))
        }
        Fate::Quarantined => (false, None, "it does not count, because it is set aside.".to_owned()),
        Fate::Paper => {
            (false, None, "it does not count: papers are announced in batches and are no talk.".to_owned())
        }
        Fate::Outside => (false, None, "it was not there yet.".to_owned()),
    };
    Standing { topic: topic.clone(), counted, discount, why }
}
