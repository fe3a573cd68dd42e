//! Listening: a stream that is followed for as long as the desk runs, so that what is deleted is gone at once.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::sources::stream_of;
use crate::config::Config;
use crate::ingest::{FollowPace, Followed, JetstreamSource, PoliteClient, Source as _};
use crate::model::{Clock, Platform};
use crate::store::{Brought, SourceState, Store, StoreError};

/// The wait after the store could not take a page.
const WAIT: Duration = Duration::from_secs(30);

/// Follows Bluesky's stream and stores what topics want.
pub struct Listener {
    store: Store,
    http: Arc<PoliteClient>,
    source: JetstreamSource,
}

impl Listener {
    /// A listener of a configuration, if any topic wants one.
    pub fn of(config: &Config, store: Store, http: Arc<PoliteClient>) -> Option<Self> {
        let source = stream_of(config, &config.topics)?;
        Some(Self { store, http, source })
    }

    /// Listens until `stop` is cancelled. Whatever interrupts, it goes on where the store says it stopped.
    pub async fn listen(&self, clock: &dyn Clock, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            match self.store.source_state(&self.source.id()).await {
                Ok(state) => self.follow(state.unwrap_or_default(), clock, stop).await,
                Err(err) => warn!(%err, "where the stream stopped cannot be read, it is tried again"),
            }
            // Only a stop, or a page that could not be stored, ends following.
            stop.run_until_cancelled(tokio::time::sleep(WAIT)).await;
        }
    }

    async fn follow(&self, state: SourceState, clock: &dyn Clock, stop: &CancellationToken) {
        let pace = FollowPace { seed: u64::from(std::process::id()), ..FollowPace::default() };
        // Held for a few lines at a time, never across an await.
        let standing = Arc::new(Mutex::new(state.clone()));
        self.source
            .follow(&self.http, &state, clock, pace, stop, |told| {
                let (standing, now) = (Arc::clone(&standing), clock.now());
                async move {
                    let mut state = standing.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    state.source = self.source.id();
                    self.source.kind().clone_into(&mut state.kind);
                    state.last_scan_at = Some(now);
                    match self.take(told, &mut state, now).await {
                        Ok(()) => {
                            *standing.lock().unwrap_or_else(PoisonError::into_inner) = state;
                            ControlFlow::Continue(())
                        }
                        Err(err) => {
                            warn!(%err, "a page of the stream could not be stored, it is asked for again");
                            ControlFlow::Break(())
                        }
                    }
                }
            })
            .await;
    }

    /// Stores what was told, and where the stream stands after it.
    async fn take(
        &self,
        told: Followed,
        state: &mut SourceState,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<(), StoreError> {
        match told {
            Followed::Page(page) => {
                state.cursor.clone_from(&page.next.cursor);
                state.last_ok_at = Some(now);
                (state.last_error, state.next_at) = (None, None);
                let brought = Brought {
                    records: &page.records,
                    gone_accounts: &page.gone_accounts,
                    gap: page.gap.map(|gap| (Platform::Bluesky, gap)),
                    ..Brought::default()
                };
                let tally = self.store.save_page(brought, state, now).await?;
                debug!(records.new = tally.new, records.gone = tally.gone, "heard");
            }
            Followed::Trouble { error, wait } => {
                info!(%error, wait = ?wait, "the stream is lost, it is tried again");
                state.last_error = Some(error.to_string());
                state.next_at =
                    chrono::TimeDelta::from_std(wait).ok().and_then(|wait| now.checked_add_signed(wait));
                let brought = Brought { failure: Some(error.kind()), ..Brought::default() };
                self.store.save_page(brought, state, now).await?;
            }
        }
        Ok(())
    }
}
