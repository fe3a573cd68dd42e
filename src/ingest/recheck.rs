//! Asking again for what stories cite: does it still stand, and does it still say that?

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use tracing::{info, warn};

use super::http::PoliteClient;
use super::source::Lookup;
use crate::model::{IncomingRecord, Platform, RecordId};
use crate::store::{DueCheck, Store, StoreError, Tally};

/// Requests to one platform in one go: what is left waits for the next.
const MAX_REQUESTS: usize = 20;

/// After so long no further request is made: nothing is sent meanwhile.
const PATIENCE: Duration = Duration::from_mins(2);

/// When cited records are asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecheckSettings {
    /// How long after the last time.
    pub every: Duration,
    /// For how long after the version that cites them.
    pub during: Duration,
}

impl Default for RecheckSettings {
    fn default() -> Self {
        Self { every: Duration::from_hours(6), during: Duration::from_hours(30 * 24) }
    }
}

/// Asks every platform that can be asked for the cited records whose turn it is. A platform that fails is asked next
/// time; records that it told nothing of keep their turn.
///
/// # Errors
/// Only the store's.
pub async fn recheck(
    store: &Store,
    http: &PoliteClient,
    lookups: &[Box<dyn Lookup>],
    settings: RecheckSettings,
    now: DateTime<Utc>,
) -> Result<Tally, StoreError> {
    let mut tally = Tally::default();
    let span = |length: Duration| TimeDelta::from_std(length).unwrap_or(TimeDelta::MAX);
    let since = now.checked_sub_signed(span(settings.during)).unwrap_or(DateTime::<Utc>::MIN_UTC);
    // Not the desk's clock, which may be played: what counts is how long others have waited.
    let asking = Instant::now();
    let mut due = Vec::new();
    for lookup in lookups {
        let batch = lookup.batch().max(1);
        let limit = i64::try_from(batch * MAX_REQUESTS).unwrap_or(i64::MAX);
        let of_this = store.due_checks(&lookup.platform(), now, since, span(settings.every), limit).await?;
        let (first, again): (Vec<_>, Vec<_>) = of_this.into_iter().partition(|due| due.first);
        due.extend([(true, first), (false, again)].map(|(first, due)| (first, batch, lookup, due)));
    }
    // What was just cited on any platform comes before what was asked for on another; and of those what takes few requests,
    // for the time may not suffice.
    due.sort_by_key(|(first, batch, _, due)| (!first, due.len().div_ceil(*batch)));
    let mut silent: BTreeSet<Platform> = BTreeSet::new();
    for (_, batch, lookup, due) in due {
        let platform = lookup.platform();
        for part in due.chunks(batch) {
            if silent.contains(&platform) {
                break;
            }
            if asking.elapsed() > PATIENCE {
                info!("what else is cited is asked for again at the next try");
                return Ok(tally);
            }
            let ids: Vec<&str> = part.iter().map(|due| due.native_id.as_str()).collect();
            match lookup.look_up(http, &ids, now).await {
                Ok(found) => {
                    // Nobody asked for others, and a record may not come back as another.
                    let asked: Vec<_> =
                        found.into_iter().filter(|r| part.iter().any(|due| is_same(r, due))).collect();
                    tally += store.save_records(&asked, now).await?;
                    let answered = |due: &DueCheck| asked.iter().any(|record| is_same(record, due));
                    store.checked(part, answered, now).await?;
                }
                Err(error) => {
                    warn!(%error, "cited records of {platform} could not be asked for again");
                    // They have had their try: others come first at the next.
                    store.checked(part, |_| false, now).await?;
                    silent.insert(platform.clone());
                }
            }
        }
    }
    if tally.gone + tally.revised > 0 {
        info!(gone = tally.gone, revised = tally.revised, "cited records have changed where they stand");
    }
    Ok(tally)
}

fn is_same(record: &IncomingRecord, due: &DueCheck) -> bool {
    RecordId::derive(&record.platform, &record.native_id) == due.id
}
