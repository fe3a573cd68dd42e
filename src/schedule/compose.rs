//! From a lead to a stored story: brief, draft, checks, deliveries, one transaction.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::amend::is_retracted;
use super::newsroom::Newsroom;
use super::opening::of_authors;
use super::storylines::Running;
use super::wording::Wording;
use crate::model::{
    Asked, Brief, Caveat, ChangeKind, Citation, CopyGroup, EarlierVersion, Lead, Methodology, Outcome,
    Platform, ReasonCode, RecordId, SentenceKind, Severity, Signal, Similar, Story, StoryBody, StoryCode,
    StorylineId, TopicRef,
};
use crate::store::{NewStory, StoreError, Stored, Trail};
use crate::write::brief::{self, BriefSettings, Gathered, NoBrief};
use crate::write::versions::{self, Told};
use crate::write::{Material, Member, SettleSettings, Settled, extractive, settle};

/// How many days before a story its subject is looked for.
const BEFORE_DAYS: u32 = 7;

/// Why a lead without a headline is no story and no update.
const NO_HEADLINE: &str = "Nothing to head it with: no headline or title among its records says what happened, only what is talked about.";

/// A lead on its way to a story.
#[derive(Clone, Copy)]
pub(super) struct Plan<'a> {
    pub(super) at: DateTime<Utc>,
    pub(super) lead: &'a Lead,
    pub(super) storyline: &'a StorylineId,
    /// The running story it belongs to.
    pub(super) before: Option<&'a Running>,
    /// A running story that it shares only a name with.
    pub(super) other: Option<&'a Running>,
    /// Running stories, of which a new one may be one.
    pub(super) running: &'a [Running],
    /// What was told at this tick already.
    pub(super) told: &'a BTreeSet<RecordId>,
    /// Its wide company, nearest first.
    pub(super) members: &'a [RecordId],
    pub(super) signals: &'a [Signal],
}

/// What came of it.
pub(super) enum Composed {
    /// A story was written and stored with its deliveries.
    Written { story: Box<Story>, outcome: Outcome, detail: String },
    /// It was not, and why.
    Not { reason: ReasonCode, detail: String },
    /// It is told under this code already.
    Same { code: StoryCode },
    /// It shares no more than a name with the running story, and why: it may open one of its own.
    Other { detail: String },
}

impl Composed {
    fn not(reason: ReasonCode, detail: impl std::fmt::Display) -> Self {
        let mut detail = detail.to_string();
        if let Some(first) = detail.get(..1).map(str::to_uppercase) {
            detail.replace_range(..1, &first);
        }
        if !detail.ends_with('.') {
            detail.push('.');
        }
        Self::Not { reason, detail }
    }
}

impl Newsroom {
    /// Writes and stores what the plan says, if all is there; what it is held against is added to `asked`.
    pub(super) async fn compose(
        &self,
        plan: &Plan<'_>,
        asked: &mut Vec<Asked>,
    ) -> Result<Composed, StoreError> {
        let (at, lead) = (plan.at, plan.lead);
        if let Some(running) = plan.before
            && is_retracted(&self.out, &running.row.story.code).await?
        {
            return Ok(Composed::not(
                ReasonCode::Retracted,
                format!("It belongs to {}, which was retracted.", running.row.story.code),
            ));
        }
        if let Some(running) = plan.before {
            let rest = self.settings.cooldown_of(running.row.severity.max(lead.severity));
            let since = at - running.row.story.at;
            let setting = match running.row.severity.max(lead.severity) {
                Severity::Low => "signal.cooldown.low",
                Severity::Medium => "signal.cooldown.medium",
                Severity::High => "signal.cooldown.high",
            };
            let hours = |time: TimeDelta| time.num_minutes() as f64 / 60.0;
            asked.push(Asked::at_least("hours since the last version", setting, hours(rest), hours(since)));
            if since < rest {
                let detail = format!(
                    "It belongs to {}, written {} hours ago; updates come {} hours apart at the earliest.",
                    running.row.story.code,
                    since.num_hours(),
                    rest.num_hours()
                );
                return Ok(Composed::not(ReasonCode::Cooldown, detail));
            }
        }
        if let Some(running) = plan.before
            && self.is_as_before(plan, running)
        {
            let detail = format!("It belongs to {}: {}", running.row.story.code, versions::NO_NEW_RECORD);
            return Ok(Composed::not(ReasonCode::NothingNew, detail));
        }
        if let Some(running) = plan.before
            && !self.has_newer(plan, running.row.story.at)
        {
            let detail = format!(
                "It belongs to {}: all that it rests on was published before its last version.",
                running.row.story.code
            );
            return Ok(Composed::not(ReasonCode::NothingNew, detail));
        }
        let told = match plan.before {
            Some(running) => {
                let brief = self.out.brief_with_texts(&self.records, &running.row.brief).await?;
                brief.map(|brief| Told { brief, cited: cited(&running.row.story.body) })
            }
            None => None,
        };
        let found = self.evidence(plan).await?;
        let signals: Vec<Signal> =
            plan.signals.iter().filter(|s| lead.signals.contains(&s.id)).cloned().collect();
        let settings = BriefSettings {
            min_authors: self.settings.min_authors,
            thin_below: self.settings.thin_below,
            ..BriefSettings::default()
        };
        let material = self.material(plan, &found, &signals, told.as_ref()).await?;
        let gathered = match &material {
            Some(material) => brief::gather(material, &settings),
            None => Err(NoBrief::NoEvidence),
        };
        // Most leads end before their quotes are chosen, which costs most.
        let gathered = gathered.and_then(|g| if g.is_quotable() { Ok(g) } else { Err(g.no_quotes()) });
        let gathered = match gathered {
            Ok(gathered) => gathered,
            Err(none) => {
                if let NoBrief::FewAuthors { authors, needed, .. } | NoBrief::Copies { authors, needed, .. } =
                    none
                {
                    asked.push(of_authors(needed, authors as f64));
                }
                let not = Composed::not(reason_of(&none), &none);
                return Ok(match (none, not) {
                    (NoBrief::OtherMatter, Composed::Not { detail, .. }) => Composed::Other { detail },
                    (_, not) => not,
                });
            }
        };
        asked.push(of_authors(self.settings.min_authors, gathered.authors() as f64));
        if plan.before.is_none()
            && plan.other.is_none()
            && let Some(same) = plan.running.iter().find(|running| is_of(&gathered, running))
        {
            return Ok(Composed::Same { code: same.row.story.code.clone() });
        }
        // Two leads may have the same company: the event is told once.
        let twice = gathered.members().filter(|id| plan.told.contains(*id)).count();
        if plan.before.is_none() && twice * 2 >= gathered.members().len() {
            return Ok(Composed::not(
                ReasonCode::AlreadyTold,
                "A stronger lead of this tick tells it already.",
            ));
        }
        if plan.before.is_none()
            && let Some(detail) = self.is_usual_talk(lead, &gathered, asked)
        {
            return Ok(Composed::not(ReasonCode::WithinUsual, detail));
        }
        let brief = match gathered.brief() {
            Ok(brief) => brief,
            Err(none) => return Ok(Composed::not(reason_of(&none), &none)),
        };
        let changes = match &told {
            Some(earlier) => {
                let changes = versions::facts_changed(earlier, &brief);
                if !changes.due {
                    return Ok(Composed::not(
                        ReasonCode::NothingNew,
                        format!("It belongs to {}: {}", brief.code, changes.why),
                    ));
                }
                changes.list
            }
            None => Vec::new(),
        };
        let draft = extractive::draft(&brief, &self.settings.writer);
        let settings = SettleSettings { min_sentence_share: self.settings.min_sentence_share };
        let passing = |checked: u64, dropped: u64| {
            let share = checked.saturating_sub(dropped) as f64 / checked.max(1) as f64;
            let what = "as share of its sentences that pass the checks";
            Asked::at_least(what, "write.min_sentence_share", settings.min_sentence_share, share)
        };
        let (body, checked, dropped) = match settle(draft.clone(), &brief, &settings) {
            Settled::Story { body, checked, dropped, .. } => {
                asked.push(passing(checked, dropped));
                (body, checked, dropped)
            }
            Settled::Withheld { why, checked, dropped, .. } => {
                asked.push(passing(checked, dropped));
                return Ok(Composed::not(ReasonCode::Withheld, format!("Withheld by the checks: {why}")));
            }
        };
        if body.headline.kind == SentenceKind::Count {
            return Ok(Composed::not(ReasonCode::NoHeadline, NO_HEADLINE.to_owned()));
        }
        // An update's news names what the story is about.
        if plan.before.is_some() && !versions::names_it(&brief, &body.headline) {
            return Ok(Composed::not(
                ReasonCode::NothingNew,
                format!("It belongs to {}, and its news does not name what that is about.", brief.code),
            ));
        }
        // What would head it headed the version before.
        if let Some(running) = plan.before
            && versions::says_again(&running.row.story, &body.headline)
        {
            return Ok(Composed::not(
                ReasonCode::NothingNew,
                format!("It belongs to {}: its news headed the version before.", brief.code),
            ));
        }
        // What would head it belongs to what was told a moment ago.
        let heads = |cited: &Citation| plan.told.contains(&cited.record);
        if plan.before.is_none() && body.headline.citations.iter().any(heads) {
            return Ok(Composed::not(
                ReasonCode::AlreadyTold,
                "What would head it stands in a stronger story of this tick.",
            ));
        }
        // What would head it is told under another code.
        if plan.before.is_none()
            && let Some(same) = plan.running.iter().find(|running| heads_there(&body, &brief, running))
        {
            return Ok(Composed::Same { code: same.row.story.code.clone() });
        }
        let wording = Wording::extractive(body, checked, dropped);
        let wording = Box::pin(self.in_the_models_words(&brief, &draft, wording, &settings)).await?;
        let (body, checked, dropped, how) = wording.into_parts();
        let changes = versions::led_by(changes, &brief, &body.headline);
        let mut story = story_of(&brief, body, changes, checked, dropped);
        how.note_in(&mut story);
        if let Some(answers) = how.answers() {
            self.out.keep_model_answers(&brief.digest(), &serde_json::to_string(answers)?, at).await?;
        }
        let routes = self.routes(&story, &brief, lead.severity).await?;
        let new = NewStory {
            trail: Trail {
                names: names_so_far(plan),
                cluster: lead.cluster.clone(),
                strength: lead.strength,
                topics: lead.topics.clone(),
                company: company_so_far(plan),
            },
            severity: lead.severity,
            central: lead.central.clone(),
            deliveries: routes.deliveries,
            digests: routes.digests,
            story,
            brief,
        };
        if !self.out.save_story(&new).await? {
            return self.told_before(&new).await;
        }
        let outcome = if new.story.version == 1 { Outcome::New } else { Outcome::Update };
        let detail = match outcome {
            // No names and no words here: decisions outlive the records they are about.
            Outcome::Update => {
                let n = |kind| new.story.changes.iter().filter(|c| c.kind == kind).count();
                format!(
                    "{} became version {}: {} facts added, {} changed, {} withdrawn.",
                    new.story.code,
                    new.story.version,
                    n(ChangeKind::Added),
                    n(ChangeKind::Changed),
                    n(ChangeKind::Withdrawn)
                )
            }
            Outcome::New
            | Outcome::Nothing
            | Outcome::Kept
            | Outcome::Dropped
            | Outcome::Held
            | Outcome::Done => format!(
                "Story {}: strength {:.2}, {} records by {} authors.",
                new.story.code, lead.strength, new.story.records, new.story.methodology.authors
            ),
        };
        Ok(Composed::Written { story: Box::new(new.story), outcome, detail })
    }

    /// Why a lead on thin evidence is no news: what it is about is talked of all the time. Who speaks of an event has
    /// little company in the days before it.
    fn is_usual_talk(&self, lead: &Lead, gathered: &Gathered<'_>, asked: &mut Vec<Asked>) -> Option<String> {
        if lead.evidence.len() >= self.settings.min_evidence {
            return None;
        }
        let (now, before) = (gathered.members().len(), gathered.before());
        let what = format!("records of the {BEFORE_DAYS} days before on the same");
        let most = self.settings.story_background * now as f64;
        let background = Asked::at_most(what, "signal.story_background", most, before as f64);
        let usual = !background.passed;
        asked.push(background);
        usual.then(|| {
            format!(
                "{before} records of the {BEFORE_DAYS} days before speak of the same, and {now} now: talk as usual"
            )
        })
    }

    /// Whether any of a lead's evidence was published after a time.
    fn has_newer(&self, plan: &Plan<'_>, since: DateTime<Utc>) -> bool {
        plan.lead.evidence.iter().any(|id| {
            self.texts.get(id).is_none_or(|s| s.record.edited_at.unwrap_or(s.record.published_at) > since)
        })
    }

    /// Whether a running story has what its last version had and nothing besides, so that no brief need be made to know
    /// that nothing changed: whoever came since repeats a member's text, is set aside, or does not speak of the story.
    fn is_as_before(&self, plan: &Plan<'_>, running: &Running) -> bool {
        let story = &running.row.story;
        let Some(copies) = running
            .members
            .iter()
            .map(|id| self.texts.get(id).map(|s| &s.copy_group))
            .collect::<Option<BTreeSet<&CopyGroup>>>()
        else {
            return false;
        };
        let evidence: BTreeSet<&RecordId> = plan.lead.evidence.iter().collect();
        let adds_nothing = |id: &RecordId| {
            running.members.contains(id)
                || self.texts.get(id).is_some_and(|s| {
                    copies.contains(&s.copy_group)
                        || !s.analysis.quarantine.is_empty()
                        || !(evidence.contains(id) || brief::mentions_label(&s.text.text, &story.label))
                })
        };
        cited(&story.body).iter().all(|id| running.members.contains(id))
            && plan.members.iter().chain(&plan.lead.evidence).all(adds_nothing)
    }

    /// The same tick ran before: what is stored stands.
    async fn told_before(&self, new: &NewStory) -> Result<Composed, StoreError> {
        let stored = self.out.story_version(&new.story.storyline, new.story.version).await?;
        Ok(match stored {
            Some(row) if row.brief == new.brief.digest() => Composed::Written {
                outcome: if row.story.version == 1 { Outcome::New } else { Outcome::Update },
                detail: format!("{} version {} is there already.", row.story.code, row.story.version),
                story: Box::new(row.story),
            },
            Some(row) => Composed::not(
                ReasonCode::AlreadyTold,
                format!("{} version {} was written from other records.", row.story.code, row.story.version),
            ),
            None => Composed::not(ReasonCode::AlreadyTold, "It is there already"),
        })
    }

    /// Every record that may be needed: the company, and the earlier version's members.
    async fn evidence(&self, plan: &Plan<'_>) -> Result<BTreeMap<RecordId, Stored>, StoreError> {
        let mut wanted: BTreeSet<RecordId> = plan.members.iter().cloned().collect();
        wanted.extend(plan.lead.evidence.iter().cloned());
        if let Some(running) = plan.before {
            wanted.extend(running.members.iter().cloned());
        }
        let mut found = BTreeMap::new();
        let mut missing = Vec::new();
        for id in wanted {
            match self.texts.get(&id) {
                Some(stored) => {
                    found.insert(id, stored.clone());
                }
                None => missing.push(id),
            }
        }
        for stored in self.records.stored_by_id(&missing).await? {
            if self.view.seen(&stored.record) <= plan.at {
                found.insert(stored.record.id.clone(), stored);
            }
        }
        Ok(found)
    }

    /// All that a brief is made of; nothing where nobody watches its topic any more.
    async fn material<'m>(
        &'m self,
        plan: &Plan<'m>,
        found: &'m BTreeMap<RecordId, Stored>,
        signals: &'m [Signal],
        earlier: Option<&Told>,
    ) -> Result<Option<Material<'m>>, StoreError> {
        let (at, lead) = (plan.at, plan.lead);
        let before = plan.before.map(|running| &running.row.story);
        let topic = before.map_or(&lead.topic, |story| &story.topic);
        let Some(beat) = self.beat(topic) else { return Ok(None) };
        let first = found.values().map(|s| s.record.published_at).min().unwrap_or(at);
        let since = first - TimeDelta::days(i64::from(BEFORE_DAYS));
        let earlier_texts = self
            .texts
            .of_topic(topic, since, first)
            .filter(|s| s.record.published_at < first && self.view.seen(&s.record) <= at)
            .filter(|s| !found.contains_key(&s.record.id));
        let read_since = first.min(at - self.settings.watch.leads.window);
        let records_read = self.texts.of_topic(topic, read_since, at).count() as u64;
        let last = plan.before.map(|running| &running.row);
        Ok(Some(Material {
            topic: TopicRef { slug: beat.slug.clone(), name: beat.name.clone() },
            lead,
            storyline: plan.storyline.clone(),
            code: before.map_or_else(|| StoryCode::of(plan.storyline), |story| story.code.clone()),
            version: before.map_or(1, |story| story.version + 1),
            status: versions::status(at - first, before.map_or(TimeDelta::zero(), |s| at - s.at)),
            at,
            time_zone: beat.time_zone,
            lang: self.settings.lang,
            members: found.values().map(member).collect(),
            before: earlier_texts.map(member).collect(),
            before_days: BEFORE_DAYS,
            corpus: &self.words,
            signals,
            earlier: match (earlier, last) {
                (Some(told), Some(row)) => Some(EarlierVersion {
                    version: row.story.version,
                    at: row.story.at,
                    headline: row.story.body.headline.text.clone(),
                    members: told.brief.members.clone(),
                    cited: told.cited.clone(),
                }),
                (Some(_) | None, None) | (None, Some(_)) => None,
            },
            earlier_label: before.map(|story| story.label.as_str()),
            other_label: plan.other.map(|running| running.row.story.label.as_str()),
            elsewhere: elsewhere(plan),
            similar: self.similar(plan).await?,
            caveats: Self::caveats(signals),
            records_read,
            seed: self.settings.seed,
        }))
    }

    fn caveats(signals: &[Signal]) -> Vec<Caveat> {
        use crate::model::DiscountKind::{StaleSource, ThinBaseline};
        let has = |kind| signals.iter().any(|s| s.discounts.iter().any(|d| d.kind == kind));
        [(ThinBaseline, Caveat::ThinBaseline), (StaleSource, Caveat::StaleSource)]
            .into_iter()
            .filter(|(kind, _)| has(*kind))
            .map(|(_, caveat)| caveat)
            .collect()
    }

    /// Other stories of the last weeks that share a name with the lead, nearest first.
    async fn similar(&self, plan: &Plan<'_>) -> Result<Vec<Similar>, StoreError> {
        const AT_MOST: usize = 3;
        /// One name in common is a place or a firm; two are a subject.
        const ALIKE: usize = 2;
        let mut found: Vec<(usize, Similar)> = self
            .told_since(plan.at - TimeDelta::days(30), plan.at)
            .await?
            .into_iter()
            .filter(|row| row.story.storyline != *plan.storyline)
            .filter_map(|row| {
                let names = row.trail.names.iter().filter(|n| plan.lead.names.contains(n)).count();
                let cluster =
                    usize::from(row.trail.cluster.is_some() && row.trail.cluster == plan.lead.cluster);
                (names + 2 * cluster >= ALIKE).then_some((
                    names + cluster,
                    Similar {
                        code: row.story.code,
                        headline: row.story.body.headline.text,
                        topic: row.story.topic,
                        at: row.story.at,
                    },
                ))
            })
            .collect();
        found.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.at.cmp(&a.1.at)).then_with(|| a.1.code.cmp(&b.1.code)));
        Ok(found.into_iter().take(AT_MOST).map(|(_, similar)| similar).collect())
    }
}

/// Whether what was gathered is of a running story: both have the same name of several words, and some of its members are
/// known there.
fn is_of(gathered: &Gathered<'_>, running: &Running) -> bool {
    let name =
        |label: &str| -> BTreeSet<String> { label.split_whitespace().map(str::to_lowercase).collect() };
    let (mine, theirs) = (name(gathered.label()), name(&running.row.story.label));
    let known = gathered.members().filter(|id| running.company.contains(*id)).count();
    mine == theirs && mine.len() > 1 && known * 3 >= gathered.members().len()
}

/// What running stories rest on other than this one.
fn elsewhere(plan: &Plan<'_>) -> BTreeSet<RecordId> {
    let own = plan.before.map(|running| &running.row.story.code);
    let others = plan.running.iter().filter(|running| Some(&running.row.story.code) != own);
    others.flat_map(|running| running.members.iter().cloned()).collect()
}

/// So many records that two stories share are no accident.
const FEW: usize = 3;

/// Whether a story is a running one: the record that heads it is there, or its headline says the same of records that both
/// have, or half of the records of one are the other's.
fn heads_there(body: &StoryBody, brief: &Brief, running: &Running) -> bool {
    let told = cited(&running.row.story.body);
    let known = |id: &RecordId| told.contains(id) || running.members.contains(id);
    let shared = brief.members.iter().filter(|id| running.members.contains(*id)).count();
    let fewer = brief.members.len().min(running.members.len());
    body.headline.citations.iter().any(|c| known(&c.record))
        || versions::says_again(&running.row.story, &body.headline) && shared > 0
        || versions::heads_the_same(&running.row.story, &body.headline)
        || shared >= FEW && shared * 2 >= fewer
}

/// Names of all leads of a storyline, the newest first: a story is recognised by what it was ever about.
fn names_so_far(plan: &Plan<'_>) -> Vec<String> {
    const AT_MOST: usize = 12;
    let mut names = plan.lead.names.clone();
    for name in plan.before.iter().flat_map(|running| &running.row.trail.names) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names.truncate(AT_MOST);
    names
}

/// Records near all leads of a storyline, the newest lead's first.
fn company_so_far(plan: &Plan<'_>) -> Vec<RecordId> {
    const AT_MOST: usize = 400;
    let mut company = plan.members.to_vec();
    let known: BTreeSet<&RecordId> = plan.members.iter().collect();
    let before = plan.before.iter().flat_map(|running| &running.row.trail.company);
    company.extend(before.filter(|id| !known.contains(id)).cloned());
    company.truncate(AT_MOST);
    company
}

fn member(stored: &Stored) -> Member<'_> {
    Member {
        record: &stored.record,
        text: &stored.text,
        analysis: &stored.analysis,
        copy_group: &stored.copy_group,
    }
}

fn cited(body: &StoryBody) -> Vec<RecordId> {
    let cited: BTreeSet<&RecordId> =
        body.sentences().into_iter().flat_map(|(_, s)| s.citations.iter().map(|c| &c.record)).collect();
    cited.into_iter().cloned().collect()
}

/// A story of a brief and a body that passed its checks.
pub(super) fn story_of(
    brief: &Brief,
    body: StoryBody,
    changes: Vec<crate::model::Change>,
    checked: u64,
    dropped: u64,
) -> Story {
    let members: Vec<_> = brief.members.iter().filter_map(|id| brief.record(id)).collect();
    let mut platforms: BTreeMap<&Platform, usize> = BTreeMap::new();
    for record in &members {
        *platforms.entry(&record.platform).or_default() += 1;
    }
    let mut platforms: Vec<(&Platform, usize)> = platforms.into_iter().collect();
    platforms.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let distinct = |of: fn(&crate::model::BriefRecord) -> &str| {
        members.iter().map(|r| of(r)).collect::<BTreeSet<_>>().len() as u64
    };
    let links: BTreeSet<&str> =
        body.sentences().into_iter().flat_map(|(_, s)| s.citations.iter().map(|c| c.url.as_str())).collect();
    Story {
        storyline: brief.storyline.clone(),
        code: brief.code.clone(),
        version: brief.version,
        topic: brief.topic.slug.clone(),
        at: brief.at,
        status: brief.status,
        label: brief.label.clone(),
        records: distinct(|r| r.copy_group.as_str()),
        links: links.len() as u64,
        platforms: platforms.into_iter().map(|(platform, _)| platform.clone()).collect(),
        changes,
        methodology: Methodology {
            writer: "extractive".to_owned(),
            newsdesk: env!("CARGO_PKG_VERSION").to_owned(),
            records_read: brief.records_read,
            records_used: distinct(|r| r.copy_group.as_str()),
            authors: distinct(|r| r.author_key.as_str()),
            sentences_checked: checked,
            sentences_dropped: dropped,
            cost_microusd: 0,
            model: None,
            brief: brief.digest(),
            caveats: brief.caveats.iter().map(|c| caveat_text(*c).to_owned()).collect(),
        },
        body,
    }
}

fn caveat_text(caveat: Caveat) -> &'static str {
    match caveat {
        Caveat::Thin => "This story rests on few records.",
        Caveat::OnePlatform => "All records are from one platform.",
        Caveat::ThinBaseline => "There is little history to compare with.",
        Caveat::StaleSource => "One platform could not be read in time.",
        Caveat::SourceDeleted => "A source was deleted by its author, and its words with it.",
    }
}

fn reason_of(none: &NoBrief) -> ReasonCode {
    match none {
        NoBrief::NoEvidence => ReasonCode::SourceDeleted,
        NoBrief::FewAuthors { .. } => ReasonCode::FewAuthors,
        NoBrief::Copies { .. } => ReasonCode::CopyPaste,
        NoBrief::OtherMatter => ReasonCode::NothingNew,
        NoBrief::NoLabel | NoBrief::Scattered { .. } | NoBrief::NoQuotes { .. } => ReasonCode::NoQuotes,
    }
}
