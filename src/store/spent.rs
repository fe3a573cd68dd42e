//! Points of a server's write limit, counted by minute.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{Any, Row as _, Transaction, query};

use super::{Store, StoreError};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How many points may be spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PointLimits {
    /// Within any 60 minutes.
    pub hour: u32,
    /// Within any 24 hours.
    pub day: u32,
}

/// How many points were spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PointsSpent {
    /// Within the last 60 minutes.
    pub hour: u64,
    /// Within the last 24 hours.
    pub day: u64,
}

/// What was spent in a minute.
#[derive(Clone, Copy, Debug)]
struct Minute {
    from_ms: i64,
    points: i64,
}

impl Minute {
    /// When the last moment of it is older than `window`.
    fn leaves(self, window: i64) -> i64 {
        self.from_ms + MINUTE_MS + window
    }
}

impl Store {
    /// Takes points if both limits allow it; else how long until they do. Nothing is taken then.
    pub async fn take_points(
        &self,
        account: &str,
        now: DateTime<Utc>,
        points: u32,
        limits: PointLimits,
    ) -> Result<Option<Duration>, StoreError> {
        let now = now.timestamp_millis();
        let mut tx = self.begin().await?;
        // Everybody passes through this row, which stands before all times: two that take at once would both see room.
        query(
            "INSERT INTO spent (account, minute_ms, points) VALUES ($1, -1, 0) \
             ON CONFLICT (account, minute_ms) DO UPDATE SET points = 0",
        )
        .bind(account)
        .execute(&mut *tx)
        .await?;
        let spent = minutes(&mut tx, account, now).await?;
        let wait = wait_for(&spent, now, points.into(), HOUR_MS, limits.hour.into()).max(wait_for(
            &spent,
            now,
            points.into(),
            DAY_MS,
            limits.day.into(),
        ));
        if wait > 0 {
            return Ok(Some(Duration::from_millis(wait.unsigned_abs())));
        }
        query(
            "INSERT INTO spent (account, minute_ms, points) VALUES ($1, $2, $3) \
             ON CONFLICT (account, minute_ms) DO UPDATE SET points = spent.points + excluded.points",
        )
        .bind(account)
        .bind(now - now.rem_euclid(MINUTE_MS))
        .bind(i64::from(points))
        .execute(&mut *tx)
        .await?;
        query("DELETE FROM spent WHERE account = $1 AND minute_ms >= 0 AND minute_ms <= $2")
            .bind(account)
            .bind(now - DAY_MS - MINUTE_MS)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(None)
    }

    /// Gives points back that were taken just now and not spent after all.
    pub async fn give_back_points(
        &self,
        account: &str,
        now: DateTime<Utc>,
        points: u32,
    ) -> Result<(), StoreError> {
        let now = now.timestamp_millis();
        // The newest minute that has so many: the one they were taken in, unless others were quicker, which is as good.
        query(
            "UPDATE spent SET points = points - $3 WHERE account = $1 AND minute_ms = \
             (SELECT MAX(minute_ms) FROM spent WHERE account = $1 AND minute_ms >= 0 AND minute_ms <= $2 AND points >= $3)",
        )
        .bind(account)
        .bind(now)
        .bind(i64::from(points))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// How much was spent of late.
    pub async fn points_spent(&self, account: &str, now: DateTime<Utc>) -> Result<PointsSpent, StoreError> {
        let now = now.timestamp_millis();
        let mut tx = self.begin().await?;
        let spent = minutes(&mut tx, account, now).await?;
        tx.commit().await?;
        let within = |window| sum(&spent, now, window).unsigned_abs();
        Ok(PointsSpent { hour: within(HOUR_MS), day: within(DAY_MS) })
    }
}

/// The minutes of the last day, oldest first. One in the future was written under a clock that was ahead, and counts.
async fn minutes(
    tx: &mut Transaction<'static, Any>,
    account: &str,
    now: i64,
) -> Result<Vec<Minute>, StoreError> {
    query(
        "SELECT minute_ms, points FROM spent WHERE account = $1 AND minute_ms > $2 AND points > 0 ORDER BY minute_ms",
    )
    .bind(account)
    .bind(now - DAY_MS - MINUTE_MS)
    .fetch_all(&mut **tx)
    .await?
    .iter()
    .map(|row| Ok(Minute { from_ms: row.try_get("minute_ms")?, points: row.try_get("points")? }))
    .collect()
}

fn sum(spent: &[Minute], now: i64, window: i64) -> i64 {
    spent.iter().filter(|minute| minute.leaves(window) > now).map(|minute| minute.points).sum()
}

/// Milliseconds until `points` more fit into the window; 0 if they do now. More than the whole limit fits once the window
/// is empty: it would wait for ever otherwise.
fn wait_for(spent: &[Minute], now: i64, points: i64, window: i64, limit: i64) -> i64 {
    let most = (limit - points).max(0);
    let mut held = sum(spent, now, window);
    let mut wait = 0;
    for minute in spent.iter().filter(|minute| minute.leaves(window) > now) {
        if held <= most {
            break;
        }
        held -= minute.points;
        wait = minute.leaves(window) - now;
    }
    wait
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: PointLimits = PointLimits { hour: 100, day: 1_000 };

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_900_000_020_000 + minute * MINUTE_MS).unwrap()
    }

    async fn take(store: &Store, minute: i64, points: u32) -> Option<Duration> {
        store.take_points("did:plc:one", at(minute), points, LIMITS).await.unwrap()
    }

    #[tokio::test]
    async fn an_hour_holds_so_much_and_then_says_when_there_is_room() {
        let store = Store::in_memory().await.unwrap();
        assert_eq!(take(&store, 0, 60).await, None);
        assert_eq!(take(&store, 10, 40).await, None);
        assert_eq!(take(&store, 20, 1).await, Some(Duration::from_mins(41)), "the first minute leaves at 61");
        assert_eq!(take(&store, 20, 61).await, Some(Duration::from_mins(51)), "for more, the second as well");
        assert_eq!(take(&store, 60, 1).await, Some(Duration::from_mins(1)));
        assert_eq!(take(&store, 61, 60).await, None);
        assert_eq!(
            store.points_spent("did:plc:one", at(61)).await.unwrap(),
            PointsSpent { hour: 100, day: 160 }
        );
        let other = store.take_points("did:plc:two", at(20), 100, LIMITS).await.unwrap();
        assert_eq!(other, None, "accounts have budgets of their own");
    }

    #[tokio::test]
    async fn a_day_holds_so_much() {
        let store = Store::in_memory().await.unwrap();
        for hour in 0..10 {
            assert_eq!(take(&store, hour * 61, 100).await, None);
        }
        assert_eq!(take(&store, 610, 1).await, Some(Duration::from_mins(24 * 60 + 1 - 610)));
        assert_eq!(take(&store, 24 * 60 + 1, 100).await, None);
    }

    #[tokio::test]
    async fn what_is_too_much_for_ever_goes_when_nothing_else_does() {
        let store = Store::in_memory().await.unwrap();
        assert_eq!(take(&store, 0, 1).await, None);
        assert_eq!(take(&store, 1, 500).await, Some(Duration::from_hours(1)));
        assert_eq!(take(&store, 61, 500).await, None);
    }

    #[tokio::test]
    async fn what_was_not_spent_comes_back_and_old_minutes_are_forgotten() {
        let store = Store::in_memory().await.unwrap();
        assert_eq!(take(&store, 0, 100).await, None);
        store.give_back_points("did:plc:one", at(2), 30).await.unwrap();
        assert_eq!(store.points_spent("did:plc:one", at(2)).await.unwrap().hour, 70);
        assert_eq!(take(&store, 2, 30).await, None);
        assert_eq!(take(&store, 3 * 24 * 60, 5).await, None);
        let rows = query("SELECT COUNT(*) AS n FROM spent").fetch_one(&store.pool).await.unwrap();
        assert_eq!(rows.try_get::<i64, _>("n").unwrap(), 2, "the row everybody passes through, and today's");
    }

    #[tokio::test]
    async fn many_at_once_never_take_more_than_there_is() {
        let store = Store::in_memory().await.unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let store = store.clone();
            tasks.spawn(async move { take(&store, 0, 3).await });
        }
        let taken = tasks.join_all().await.into_iter().filter(Option::is_none).count();
        assert_eq!(taken, 33);
    }
}
