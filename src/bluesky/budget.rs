//! The budget of points: what an account may write within an hour and a day.
//!
//! Servers count 3 points for a record made, 2 for one changed, 1 for one deleted, and close the account's writing for
//! the rest of the hour or day when they run out. We count the same way over a rolling time, in the store, so that
//! restarts and several processes share one count and the server never has to say no.

use std::sync::Arc;

use super::error::XrpcError;
use super::identity::Did;
use crate::model::Clock;
use crate::store::{PointLimits, Store};

/// What a write is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// A story and what keeps it right: it may use everything.
    #[default]
    Story,
    /// An answer to a follower: it leaves [`RESERVE_PERCENT`] to stories.
    Answer,
}

/// Share of an hour's and a day's points that answers leave untouched. A third of the day's 35,000 is some 300 threads of
/// ten posts: no flood of questions keeps a story, let alone a retraction, from being posted.
pub const RESERVE_PERCENT: u32 = 30;

#[derive(Clone, Debug)]
pub(super) struct Budget {
    pub(super) store: Store,
    pub(super) limits: PointLimits,
}

impl Budget {
    fn limits_for(&self, purpose: Purpose) -> PointLimits {
        match purpose {
            Purpose::Story => self.limits,
            Purpose::Answer => {
                let less = |points: u32| {
                    u32::try_from(u64::from(points) * u64::from(100 - RESERVE_PERCENT) / 100)
                        .unwrap_or(points)
                };
                PointLimits { hour: less(self.limits.hour), day: less(self.limits.day) }
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
        let limits = self.limits_for(purpose);
        match self.store.take_points(account.as_str(), clock.now(), points, limits).await {
            Ok(None) => Ok(()),
            Ok(Some(after)) => Err(XrpcError::OverBudget { after }),
            Err(err) => Err(XrpcError::NeverSent { why: err.to_string() }),
        }
    }

    /// Gives them back: the server never heard of the write.
    pub(super) async fn give_back(&self, account: &Did, clock: &Arc<dyn Clock>, points: u32) {
        if let Err(err) = self.store.give_back_points(account.as_str(), clock.now(), points).await {
            tracing::warn!(%account, %err, "points of a write that was not sent stay counted");
        }
    }
}
