//! Reading the mail: every mention and every reply becomes a question, or is passed over with a reason, once.
//!
//! The list is walked from its newest end back to what is known. A page and all that came of it are stored together; the
//! mailbox moves only when the walk has arrived. A walk that is long goes on in the next round where it stood; one that
//! is cut off by a restart begins again, and finds what it had stored.
//!
//! The list is not a log. Its order is that of the earlier of two times: when the server saw a post, and when its author
//! says to have written it. So a post can appear behind what was read, and each walk goes a little further back than
//! the last one, some of them much further; the others end where all of a page is known, lest a flood is read again and
//! again when it is over. And a page ends at a time: others of the very same millisecond are not on
//! the next one. So the next one is asked for from a millisecond later on, and what is known already is passed by.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, SecondsFormat, Utc};

use super::desk::{RoundError, Settings};
use super::limits::Over;
use super::mail::{Mail, MailPage, POST, Postbox};
use super::question::{Opened, Question, our_key, owner};
use super::read::{What, Where, read};
use crate::answer::TopicView;
use crate::bluesky::XrpcError;
use crate::model::StoryCode;
use crate::store::{Fate, NewQuestion, PassReason, SilenceKind, Store};

/// How much further back than the mailbox a walk goes.
const SHALLOW: Duration = Duration::minutes(2);

/// The same for the walk that looks for posts which came in late.
const DEEP: Duration = Duration::minutes(30);

/// How often that is done.
const DEEP_EVERY: Duration = Duration::minutes(5);

/// Older posts are not answered: after a long absence nobody wants a shower of answers to last week.
pub(super) const TOO_LATE: Duration = Duration::days(1);

/// Older posts are not even looked at.
const UNSEEN: Duration = Duration::days(2);

/// Pages of one round. With a hundred posts each, two rounds read two thousand.
const PAGES: usize = 10;

/// So many pages without anything on them, and nothing more is expected.
const EMPTY_PAGES: usize = 20;

/// A walk through the list that has not arrived.
#[derive(Clone, Debug)]
struct Walk {
    /// Where it ends.
    floor: DateTime<Utc>,
    /// Where it began.
    top: Option<DateTime<Utc>>,
    /// Where it stands.
    cursor: Option<String>,
    /// Pages without anything on them.
    empty: usize,
    /// It may end where everything is known: what is behind that was read before.
    brief: bool,
    /// Where the page before ended.
    end: Option<DateTime<Utc>>,
}

/// What the reader remembers between rounds. Nothing is lost with it but time.
#[derive(Debug, Default)]
pub(super) struct Reader {
    walk: Option<Walk>,
    /// All of the list has been read, but for what is new and what comes in late.
    whole: bool,
    deep_at: Option<DateTime<Utc>>,
}

/// What a round has read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    /// New questions.
    pub(super) taken: u64,
    /// New posts that are not answered.
    pub(super) passed: u64,
    /// There is more to read.
    pub(super) more: bool,
}

/// Everything a page is judged by.
pub(super) struct Judge<'a> {
    pub(super) store: &'a Store,
    pub(super) us: &'a str,
    pub(super) handle: &'a str,
    pub(super) settings: &'a Settings,
    pub(super) topics: &'a [TopicView],
    pub(super) now: DateTime<Utc>,
}

impl Reader {
    /// Whether something new may still be unread that is older than what was read.
    pub(super) fn is_under_way(&self) -> bool {
        self.walk.is_some()
    }

    /// Reads what is new, as far as one round goes.
    pub(super) async fn round(&mut self, mail: &dyn Postbox, judge: &Judge<'_>) -> Result<Read, RoundError> {
        let mut read = Read::default();
        let mut walk = match self.walk.take() {
            Some(walk) => walk,
            None => match self.begin(judge).await? {
                Some(walk) => walk,
                None => return Ok(read),
            },
        };
        for _ in 0..PAGES {
            let page = match mail.page(walk.cursor.as_deref()).await {
                Ok(page) => page,
                Err(err) => {
                    // A place in the list that the server does not know any more is left; else the walk goes on later.
                    self.walk = Some(walk).filter(|_| !matches!(err, XrpcError::Refused { .. }));
                    self.whole &= self.walk.is_some();
                    return Err(err.into());
                }
            };
            walk.top = walk.top.or_else(|| page.mail.iter().map(|one| one.at).max());
            walk.empty = if page.mail.is_empty() { walk.empty + 1 } else { 0 };
            let seen_floor = page.mail.last().is_some_and(|last| last.at < walk.floor);
            // Where the list holds nothing for us, its cursor still tells the time.
            let far = page.cursor.as_deref().and_then(|cursor| cursor.parse::<DateTime<Utc>>().ok());
            let arrived = seen_floor
                || page.cursor.is_none()
                || far.is_some_and(|at| at < walk.floor)
                || walk.empty >= EMPTY_PAGES;
            let next = next(&page);
            let fresh: Vec<Mail> = page.mail.into_iter().filter(|one| one.at >= walk.floor).collect();
            let top = walk.top.filter(|_| arrived);
            // Not if it only shows the end of the page before once more.
            let end = fresh.last().map(|last| last.at);
            let goes_on = end.is_some_and(|end| walk.end.is_none_or(|before| end < before));
            let all_known = match judge.take_in(fresh, top, &mut read).await {
                Ok(all_known) => all_known,
                Err(err) => {
                    self.whole = false;
                    return Err(err);
                }
            };
            if arrived {
                self.whole = true;
                return Ok(read);
            }
            if walk.brief && goes_on && all_known {
                judge.store.take_in(judge.us, &[], walk.top, judge.now).await?;
                return Ok(read);
            }
            walk.end = end.or(walk.end);
            walk.cursor = next;
        }
        self.walk = Some(walk);
        read.more = true;
        Ok(read)
    }

    async fn begin(&mut self, judge: &Judge<'_>) -> Result<Option<Walk>, RoundError> {
        let now = judge.now;
        let Some(read_to) = judge.store.mailbox(judge.us).await? else {
            // Before the account was ours, nobody asked us.
            judge.store.take_in(judge.us, &[], Some(now), now).await?;
            return Ok(None);
        };
        let deep = self.deep_at.is_none_or(|at| now - at >= DEEP_EVERY);
        if deep {
            self.deep_at = Some(now);
        }
        let floor = (read_to - if deep { DEEP } else { SHALLOW }).max(now - UNSEEN);
        let brief = self.whole && !deep;
        Ok(Some(Walk { floor, top: None, cursor: None, empty: 0, brief, end: None }))
    }
}

/// Where the next page begins: where the server says, but so that nothing of the same millisecond is left out.
fn next(page: &MailPage) -> Option<String> {
    let given = page.cursor.as_ref()?;
    let same =
        given.parse::<DateTime<Utc>>().ok().filter(|end| page.mail.first().is_some_and(|one| one.at > *end));
    let again =
        same.map(|end| (end + Duration::milliseconds(1)).to_rfc3339_opts(SecondsFormat::Millis, true));
    again.or_else(|| Some(given.clone()))
}

/// Mail from before is never taken in again, so nobody needs to know that it was.
pub(super) fn never_again(read_to: DateTime<Utc>) -> DateTime<Utc> {
    read_to - DEEP
}

impl Judge<'_> {
    /// Judges a page and stores what came of it. Whether all of it was known.
    async fn take_in(
        &self,
        page: Vec<Mail>,
        read_to: Option<DateTime<Utc>>,
        read: &mut Read,
    ) -> Result<bool, RoundError> {
        let uris: Vec<&str> = page.iter().map(|one| one.uri.as_str()).collect();
        let known = self.store.known_questions(&uris).await?;
        let all_known = page.iter().all(|one| known.contains(&one.uri));
        let mut fresh: Vec<(Mail, Opened)> = page
            .into_iter()
            .filter(|one| !known.contains(&one.uri) && one.uri.contains(POST))
            .map(|one| {
                let opened = Opened::of(&one, self.us);
                (one, opened)
            })
            .collect();
        // As they were asked: who says “stop” has asked before that.
        fresh.sort_by(|(a, _), (b, _)| a.at.cmp(&b.at).then_with(|| a.uri.cmp(&b.uri)));
        let told = self.told(&fresh).await?;
        let silent = self.silent(&fresh).await?;
        let authors: BTreeSet<String> = fresh.iter().map(|(one, _)| one.author.did.clone()).collect();
        // Threads are counted over as long as questions are kept.
        let mut asked = self.store.asked_by(self.us, &authors, self.now - Duration::days(90)).await?;
        let mut new = Vec::with_capacity(fresh.len());
        for (mail, opened) in &fresh {
            let root = opened.root.as_ref().map_or(mail.uri.as_str(), |root| root.uri.as_str()).to_owned();
            let by = asked.entry(mail.author.did.clone()).or_default();
            let fate = match self.question(mail, opened, &root, &told, &silent, by) {
                Ok(question) => {
                    self.heed(&question, &mail.author.did, &root).await?;
                    by.push((mail.at, root.clone()));
                    read.taken += 1;
                    Fate::Asks(serde_json::to_string(&question).map_err(crate::store::StoreError::from)?)
                }
                Err(reason) => {
                    read.passed += 1;
                    Fate::Passed(reason)
                }
            };
            new.push(NewQuestion {
                uri: mail.uri.clone(),
                author: mail.author.did.clone(),
                root,
                asked_at: mail.at,
                fate,
            });
        }
        self.store.take_in(self.us, &new, read_to, self.now).await?;
        Ok(all_known)
    }

    /// The stories under which, or of which, a page speaks.
    async fn told(&self, page: &[(Mail, Opened)]) -> Result<BTreeMap<String, StoryCode>, RoundError> {
        let keys: BTreeSet<String> = page
            .iter()
            .flat_map(|(_, opened)| {
                let root = opened.root.as_ref().map(|root| &root.uri);
                opened.parent.iter().chain(root).chain(&opened.quotes)
            })
            .filter_map(|uri| our_key(uri, self.us))
            .map(str::to_owned)
            .collect();
        Ok(self.store.stories_told(self.us, &keys).await?)
    }

    async fn silent(&self, page: &[(Mail, Opened)]) -> Result<BTreeSet<(SilenceKind, String)>, RoundError> {
        let subjects = page.iter().flat_map(|(mail, opened)| {
            let root = opened.root.as_ref().map_or(&mail.uri, |root| &root.uri);
            [mail.author.did.clone(), root.clone(), here(root, &mail.author.did)]
        });
        Ok(self.store.silences(self.us, &subjects.collect()).await?)
    }

    /// What a post asks, or why it is not answered.
    fn question(
        &self,
        mail: &Mail,
        opened: &Opened,
        root: &str,
        told: &BTreeMap<String, StoryCode>,
        silent: &BTreeSet<(SilenceKind, String)>,
        asked_before: &[(DateTime<Utc>, String)],
    ) -> Result<Question, PassReason> {
        let author = &mail.author.did;
        if author == self.us {
            return Err(PassReason::Ourselves);
        }
        if self.settings.own.contains(author) {
            return Err(PassReason::OwnAccount);
        }
        if mail.author.blocked {
            return Err(PassReason::Blocked);
        }
        if mail.author.muted {
            return Err(PassReason::Muted);
        }
        if mail.author.labels.iter().any(|label| label == "bot") {
            return Err(PassReason::Bot);
        }
        if mail.author.labels.iter().chain(&mail.labels).any(|label| UNFIT.contains(&label.as_str())) {
            return Err(PassReason::Labelled);
        }
        let to_us = opened.parent.as_deref().is_some_and(|parent| owner(parent) == self.us);
        if !to_us && !opened.addressed {
            return Err(PassReason::NotOurs);
        }
        let story_of = |uri: &String| our_key(uri, self.us).and_then(|key| told.get(key)).cloned();
        let thread = opened.root.as_ref().map(|root| &root.uri);
        let code = opened.quotes.as_ref().and_then(story_of);
        let code = code.or_else(|| opened.parent.as_ref().and_then(story_of));
        let code = code.or_else(|| thread.and_then(story_of));
        let asked = read(&opened.heard(self.handle, code.is_some()), self.topics);
        let is_silent = silent.iter().any(|(kind, subject)| match kind {
            SilenceKind::Person => subject == author,
            SilenceKind::Thread => subject == root,
            SilenceKind::Here => *subject == here(root, author),
        });
        let takes_back = asked.as_ref().is_some_and(|asked| asked.what == What::Resume);
        if is_silent && !takes_back {
            return Err(PassReason::Silenced);
        }
        let mut asked = asked.ok_or(PassReason::NotAsked)?;
        let moderates = self.settings.moderators.contains(author);
        if moderates && matches!(asked.what, What::Stop(_)) {
            // Moderators quiet a thread, not themselves.
            asked.what = What::Stop(Where::Thread);
        }
        if self.now - mail.at > TOO_LATE {
            return Err(PassReason::TooLate);
        }
        // Whoever wants to be left alone is heard always.
        if !matches!(asked.what, What::Stop(_)) {
            self.settings.limits.of_person(asked_before, mail.at, root).map_err(|over| match over {
                Over::Lately => PassReason::Limited,
                Over::Here => PassReason::Deep,
            })?;
        }
        let whole_thread = moderates || owner(root) == author.as_str();
        Ok(Question { reply: opened.reply(mail), asked, code, whole_thread })
    }

    /// A wish to be left alone, or to be answered again, holds from now on, whatever becomes of the answer to it.
    async fn heed(&self, question: &Question, author: &str, root: &str) -> Result<(), RoundError> {
        match &question.asked.what {
            What::Stop(place) => {
                if question.whole_thread {
                    self.store.silence(self.us, SilenceKind::Thread, root, self.now).await?;
                }
                match place {
                    Where::Person => {
                        self.store.silence(self.us, SilenceKind::Person, author, self.now).await?;
                    }
                    Where::Thread if question.whole_thread => {}
                    Where::Thread => {
                        let subject = here(root, author);
                        self.store.silence(self.us, SilenceKind::Here, &subject, self.now).await?;
                    }
                }
            }
            What::Resume => {
                let thread = Some(root).filter(|_| question.whole_thread);
                self.store.unsilence(self.us, author, thread).await?;
            }
            What::Latest
            | What::Sources
            | What::Why
            | What::Faq(_)
            | What::Changed
            | What::Topics
            | What::Help
            | What::Search(_)
            | What::Unclear => {}
        }
        Ok(())
    }
}

/// Labels of whoever is not to be talked with in public.
const UNFIT: [&str; 10] = [
    "!hide",
    "!warn",
    "!takedown",
    "!suspend",
    "!block",
    "spam",
    "impersonation",
    "scam",
    "threat",
    "intolerant",
];

/// One person in one thread.
pub(super) fn here(root: &str, author: &str) -> String {
    format!("{root} {author}")
}
