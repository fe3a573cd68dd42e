//! What a Bluesky account does besides posting: it answers, and tells its moderators of trouble.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::setup::topic_views;
use crate::bluesky::{Account, Did};
use crate::config::Config;
use crate::mentions::{Limits, Mentions, Settings};
use crate::model::{Clock, SystemClock};
use crate::publish::text::WebLink;
use crate::store::Store;

/// The same trouble is told again after so long.
const AGAIN: TimeDelta = TimeDelta::days(1);

/// Tends one account until the end.
pub(super) async fn tend(
    config: Config,
    store: Store,
    account: Account,
    ours: BTreeSet<String>,
    mut troubles: mpsc::UnboundedReceiver<String>,
    stop: CancellationToken,
) {
    let telling = async {
        while let Some(Some(trouble)) = stop.run_until_cancelled(troubles.recv()).await {
            tell(&config, &store, &account, &trouble).await;
        }
    };
    let answering = async {
        let mentions = mentions_of(&config, &store, &account, ours).await;
        if config.bluesky.answers {
            mentions.run(&stop).await;
        } else {
            mentions.only_withdraw(&stop).await;
        }
    };
    tokio::join!(telling, answering);
}

/// Tells the owner of what only they can mend: in the log, and by a direct message where that works.
pub(super) async fn tell(config: &Config, store: &Store, account: &Account, trouble: &str) {
    error!(account = %account.handle(), "{trouble}");
    let now = SystemClock.now();
    let day = now.timestamp().div_euclid(AGAIN.num_seconds());
    let key = format!("bluesky:{}:{day}:{trouble}", account.did());
    match store.tell_once(&key, now).await {
        Ok(true) => {}
        Ok(false) => return,
        Err(err) => return warn!(%err, "it is not known whether moderators were told"),
    }
    for did in moderators(config, account).await {
        let text = format!("{}: {trouble}", account.handle());
        if let Err(err) = account.send_direct_message(&[did], &text).await {
            warn!(%err, "a moderator could not be told by a direct message");
        }
    }
}

/// The accounts of the handles that are to be told.
async fn moderators(config: &Config, account: &Account) -> Vec<Did> {
    let mut dids = Vec::new();
    for handle in &config.bluesky.moderators {
        match account.profile_of(handle.trim_start_matches('@')).await {
            Ok(profile) => dids.push(profile.did),
            Err(err) => warn!(%err, "the moderator {handle} cannot be found on Bluesky"),
        }
    }
    dids
}

async fn mentions_of(config: &Config, store: &Store, account: &Account, ours: BTreeSet<String>) -> Mentions {
    let settings = Settings {
        limits: Limits {
            person_hour: config.bluesky.answers_per_person_hour as usize,
            account_hour: u64::from(config.bluesky.answers_per_hour),
            ..Limits::default()
        },
        own: ours,
        moderators: moderators(config, account).await.iter().map(ToString::to_string).collect(),
        permalink_base: config.publish.permalink_base.as_ref().and_then(|url| WebLink::parse(url.as_str())),
    };
    let views = config.clone();
    Mentions::new(
        store.clone(),
        Arc::new(move |now| topic_views(&views, now)),
        Arc::new(SystemClock),
        Arc::new(account.clone()),
        settings,
    )
}
