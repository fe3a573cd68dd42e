//! What this process can post to, put together from the configuration.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::CliError;
use super::bluesky::{self, ReadingAs};
use super::discord::{self, Discord};
use super::followers;
use super::setup::Session;
use crate::bluesky::Account;
use crate::config::Config;
use crate::discord::Rest;
use crate::model::{Clock, SystemClock};
use crate::publish::bluesky::BlueskySender;
use crate::publish::discord::Trouble;
use crate::schedule::{Doors, Publishers};

/// The platforms that are set up, connected.
#[derive(Default)]
pub(super) struct Reach {
    /// What posts.
    pub(super) publishers: Publishers,
    /// Discord's connection, and what moderators there have to be told.
    pub(super) discord: Option<(Rest, mpsc::UnboundedReceiver<Trouble>)>,
    /// The Bluesky accounts, and what their owner has to be told.
    pub(super) bluesky: Vec<(Account, mpsc::UnboundedReceiver<String>)>,
}

/// Connects everything that is set up.
pub(super) async fn reach(session: &Session) -> Result<Reach, CliError> {
    let mut reach = Reach::default();
    if let Some(Discord { rest, publisher, troubles }) = discord::discord_of(&session.config, &session.store)?
    {
        reach.publishers.discord = Some(publisher);
        reach.discord = Some((rest, troubles));
    }
    for (account, desk) in bluesky::accounts_of(&session.config, &session.store).await? {
        let (tell, troubles) = mpsc::unbounded_channel();
        let sender = BlueskySender::new(
            account.clone(),
            session.store.clone(),
            Arc::new(SystemClock),
            // Nobody listens any more when the process ends; the log has it.
            Arc::new(move |trouble| drop(tell.send(trouble))),
        );
        reach.publishers.bluesky.push((desk, Box::new(sender)));
        reach.bluesky.push((account, troubles));
    }
    Ok(reach)
}

/// What is left of [`Reach`] when the publishers are at work: who has to be told what.
pub(super) struct Troubles {
    discord: Option<(Rest, mpsc::UnboundedReceiver<Trouble>)>,
    bluesky: Vec<(Account, mpsc::UnboundedReceiver<String>)>,
}

impl Reach {
    /// What services are entered by: the configuration's, and the first account on Bluesky.
    pub(super) fn doors(&self, config: &Config) -> Doors {
        let doors = Doors::of(config);
        match self.bluesky.first() {
            Some((account, _)) => doors.with_bluesky(Arc::new(ReadingAs(account.clone()))),
            None => doors,
        }
    }

    /// Takes the publishers out.
    pub(super) fn split(self) -> (Publishers, Troubles) {
        (self.publishers, Troubles { discord: self.discord, bluesky: self.bluesky })
    }
}

impl Troubles {
    /// Tells what has come up, once everything is done.
    pub(super) async fn tell_all(self, session: &Session, clock: &dyn Clock) {
        if let Some((rest, mut troubles)) = self.discord {
            discord::tell_all(&rest, &session.store, clock, &mut troubles).await;
        }
        for (account, mut troubles) in self.bluesky {
            while let Ok(trouble) = troubles.try_recv() {
                followers::tell(&session.config, &session.store, &account, &trouble).await;
            }
        }
    }
}
