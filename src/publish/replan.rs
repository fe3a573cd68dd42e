//! Planning again what was planned before: what was posted is replaced by what is right now.

use chrono::{DateTime, Utc};

use super::discord::{self, Look};
use super::{Edition, OnRetraction, Profiles, bluesky, preview};
use crate::model::{Amendment, AmendmentKind, Destination, Step, StepKind, StoryCode, StoryStatus, Style};
use crate::store::{Planned, Store, StoreError};

/// Plans every delivery of an edition's story version again, from the edition as it is now and what was said about
/// the story since; how many there were.
///
/// Steps keep their identities and times, so that an unchanged story gives the same bytes. Sending is the worker's.
pub async fn replan(
    store: &Store,
    edition: &Edition<'_>,
    amendments: &[Amendment],
    profiles: &Profiles,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let code: &StoryCode = &edition.story.code;
    let plans = store.planned_of(code, edition.story.version).await?;
    if plans.is_empty() {
        return Ok(0);
    }
    let noted = store.noted_status(&edition.story.storyline).await?;
    let planned = plans.len();
    for plan in plans {
        let told = told_here(amendments, &plan);
        let edition = edition.clone().with_amendments(&told);
        match plan.delivery.destination.parse::<Destination>() {
            Ok(Destination::Preview) => {
                let (delivery, steps) = preview::plan(&edition, profiles, plan.delivery.created_at);
                store.replan_delivery(&delivery, &steps, now).await?;
            }
            Ok(Destination::Discord { channel }) => {
                replan_discord(store, &edition, &plan, channel, noted, profiles, now).await?;
            }
            Ok(Destination::Bluesky { did }) => {
                let look: bluesky::Look = serde_json::from_str(&plan.look)?;
                let look = bluesky::Look { permalink_base: profiles.bluesky.permalink_base.clone(), ..look };
                let (_, mut steps) = bluesky::plan(&edition, &did, &look, plan.delivery.created_at);
                if edition.retraction().is_some() {
                    match profiles.on_retraction {
                        OnRetraction::Notice => only_edit(&mut steps),
                        OnRetraction::Delete => steps.clear(),
                    }
                }
                store.replan_delivery(&plan.delivery, &steps, now).await?;
            }
            Err(err) => return Err(StoreError::decode("delivery.destination", err)),
        }
    }
    Ok(planned)
}

/// Plans the forum posts of a storyline's latest version again, since the storyline has come to `status`: tags of a forum say
/// where a story stands, and members filter by them. What stands elsewhere tells how things stood when it was written.
pub async fn restate(
    store: &Store,
    edition: &Edition<'_>,
    amendments: &[Amendment],
    status: StoryStatus,
    profiles: &Profiles,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for plan in store.planned_of(&edition.story.code, edition.story.version).await? {
        let Ok(Destination::Discord { channel }) = plan.delivery.destination.parse::<Destination>() else {
            continue;
        };
        if serde_json::from_str::<Look>(&plan.look)?.style == Style::Forum {
            let told = told_here(amendments, &plan);
            let edition = edition.clone().with_amendments(&told);
            replan_discord(store, &edition, &plan, channel, Some(status), profiles, now).await?;
        }
    }
    Ok(())
}

/// `noted` is where the storyline stands now, which forums show.
async fn replan_discord(
    store: &Store,
    edition: &Edition<'_>,
    plan: &Planned,
    channel: u64,
    noted: Option<StoryStatus>,
    profiles: &Profiles,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let look: Look = serde_json::from_str(&plan.look)?;
    let look = Look { permalink_base: profiles.discord.permalink_base.clone(), ..look };
    let mut story = edition.story.clone();
    if look.style == Style::Forum {
        story.status = noted.map_or(story.status, |noted| noted.max(story.status));
    }
    let edition = edition.of(&story);
    let (_, mut steps) = discord::plan(&edition, channel, &look, plan.delivery.created_at);
    if edition.retraction().is_some() {
        only_edit(&mut steps);
    }
    let opens = |kind| matches!(kind, StepKind::DiscordPost | StepKind::DiscordForum | StepKind::DiscordEdit);
    let kept: Vec<usize> = steps.iter().filter(|s| plan.overtaken && opens(s.kind)).map(|s| s.n).collect();
    store.replan_delivery_except(&plan.delivery, &steps, &kept, now).await
}

/// Where nothing was posted there is nothing to take back.
fn only_edit(steps: &mut [Step]) {
    for payload in steps.iter_mut().filter_map(|s| s.payload.as_object_mut()) {
        payload.insert("only_edit".to_owned(), true.into());
    }
}

/// What a version tells at one place: a retraction always, and the corrections that came before the next version was
/// planned there.
fn told_here(amendments: &[Amendment], plan: &Planned) -> Vec<Amendment> {
    let until = plan.later.first();
    amendments
        .iter()
        .filter(|a| match a.kind {
            AmendmentKind::Retraction => true,
            AmendmentKind::Correction | AmendmentKind::Continuation => {
                until.is_none_or(|later| a.at < *later)
            }
        })
        .cloned()
        .collect()
}
