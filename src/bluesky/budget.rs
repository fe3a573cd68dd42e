//! The budget of points: what an account may write within an hour and a day.
//!
//! Servers count 3 points for a record made, 2 for one changed, 1 for one deleted, and close the account's writing for
//! the rest of the hour or day when they run out. We count the same way over a rolling time, in the store, so that
//! restarts and several processes share one count and the server never has to say no.

use std::sync::Arc;

use super::error::XrpcError;
use super::identity::Did;
use crate::model::Clock;
use crate::store::{PointLimits, Store, StoreError};

/// What a write is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// A story and what keeps it right: it may use everything.
    #[default]
    Story,
    /// An answer to a follower: it leaves [`RESERVE_PERCENT`] to stories.
    Answer,
}

/// Once this share of a day's points is spent, answers are given only as fast as would last for the whole day: what came in
/// the morning does not use up what stories need in the evening.
const PACED_FROM_PERCENT: u64 = 25;

/// How many tenths of a day's even pace answers may use up, with what stories do.
const PACE_TENTHS: u32 = 9;

/// Share of an hour's and a day's points that answers leave untouched. A third of the day's 35,000 is some 300 threads of
/// ten posts: no flood of questions keeps a story, let alone a retraction, from being posted.
pub const RESERVE_PERCENT: u32 = 30;

#[derive(Clone, Debug)]
pub(super) struct Budget {
    pub(super) store: Store,
    pub(super) limits: PointLimits,
}

impl Budget {
    async fn limits_for(
        &self,
        account: &Did,
        clock: &Arc<dyn Clock>,
        purpose: Purpose,
    ) -> Result<PointLimits, StoreError> {
        match purpose {
            Purpose::Story => Ok(self.limits),
            Purpose::Answer => {
                let spent = self.store.points_spent(account.as_str(), clock.now()).await?;
                let is_paced = spent.day * 100 > u64::from(self.limits.day) * PACED_FROM_PERCENT;
                let pace = if is_paced { self.limits.day * PACE_TENTHS / 240 } else { self.limits.hour };
                let less = |points: u32| {
                    u32::try_from(u64::from(points) * u64::from(100 - RESERVE_PERCENT) / 100)
                        .unwrap_or(points)
                };
                Ok(PointLimits { hour: less(self.limits.hour).min(pace), day: less(self.limits.day) })
            }
        }
    }

    /// Takes the points for one write, or says how long they are not there.
    pub(super) async fn take(
        &self,
        account: &Did,
        clock: &Arc<dyn Clock>,
        points: u32,
        purpose: Purpose,
    ) -> Result<(), XrpcError> {
        let never_sent = |err: StoreError| XrpcError::NeverSent { why: err.to_string() };
        let limits = self.limits_for(account, clock, purpose).await.map_err(never_sent)?;
        match self.store.take_points(account.as_str(), clock.now(), points, limits).await {
            Ok(None) => Ok(()),
            Ok(Some(after)) => Err(XrpcError::OverBudget { after }),
            Err(err) => Err(never_sent(err)),
        }
    }

    /// Gives them back: the server never heard of the write.
    pub(super) async fn give_back(&self, account: &Did, clock: &Arc<dyn Clock>, points: u32) {
        if let Err(err) = self.store.give_back_points(account.as_str(), clock.now(), points).await {
            tracing::warn!(%account, %err, "points of a write that was not sent stay counted");
        }
    }
}
