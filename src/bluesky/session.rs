//! The session of one account: signed in once, renewed before it ends, kept over restarts.
//!
//! A login is the rare and dangerous step: servers allow few, and a loop of them locks the account. So a session is
//! given up only when the server says that it is over, never because the server is out of reach, and logins are counted
//! in the file before they are tried.

use std::sync::{Arc, PoisonError, RwLock};

use atrium_api::client::AtpServiceClient;
use atrium_api::com::atproto::server::create_session;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Mutex, MutexGuard};

use super::account::AccountSettings;
use super::error::{SignedOut, XrpcError, signed_out_by_status};
use super::http::{Call, Http, of_atrium};
use super::identity::{Did, Home, base, checked_name, locate};
use super::kept::{File, Kept, Tokens};
use crate::config::Secret;
use crate::model::Clock;

/// The server's limit is 300 a day; a healthy session needs one in months.
const LOGINS_A_DAY: usize = 10;

/// After a renewal failed for want of a server, the old token serves so long before the next try.
const RENEW_PAUSE: TimeDelta = TimeDelta::minutes(1);

pub(super) struct Session {
    settings: AccountSettings,
    name: String,
    http: Http,
    clock: Arc<dyn Clock>,
    file: File,
    did: Did,
    handle: RwLock<String>,
    /// Held while a session is renewed, across the request: all others wait for its outcome instead of asking too. That
    /// is what tokio's mutex is for.
    state: Mutex<State>,
}

struct State {
    kept: Kept,
    /// A password that the server has refused, and when: it is not tried again within a day.
    refused: Option<(Secret, DateTime<Utc>)>,
    /// The server asked us not to sign in or renew before.
    wait_until: Option<DateTime<Utc>>,
    /// No renewal before, as long as the token holds.
    not_before: Option<DateTime<Utc>>,
}

/// What one request needs.
#[derive(Clone)]
pub(super) struct Ticket {
    pub(super) server: String,
    pub(super) token: Secret,
}

/// What there is to say of a session.
pub(super) struct Report {
    pub(super) home: Home,
    pub(super) tokens: Option<Tokens>,
    pub(super) logins: usize,
}

impl Session {
    /// The session that was kept, without asking anyone; without one, a login. `anew` logs in whatever was kept.
    pub(super) async fn open(
        settings: AccountSettings,
        http: Http,
        clock: Arc<dyn Clock>,
        anew: bool,
    ) -> Result<Self, XrpcError> {
        let name = checked_name(&settings.name)?;
        let file = File::of(&settings.folder, &name);
        let kept = file.load().await?;
        let mut state = State { kept, refused: None, wait_until: None, not_before: None };
        let desk = Desk { settings: &settings, name: &name, http: &http, clock: clock.as_ref(), file: &file };
        let moved = match (&settings.service, &state.kept.home) {
            (Some(service), Some(home)) => base(service) != home.server,
            (_, _) => false,
        };
        let home = match &state.kept.home {
            Some(home) if state.kept.tokens.is_some() && !anew && !moved => home.clone(),
            Some(_) | None => desk.login(&mut state).await?,
        };
        Ok(Self {
            did: home.did,
            handle: RwLock::new(home.handle),
            state: Mutex::new(state),
            settings,
            name,
            http,
            clock,
            file,
        })
    }

    pub(super) fn did(&self) -> &Did {
        &self.did
    }

    pub(super) fn handle(&self) -> String {
        self.handle.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A token that holds for a while yet.
    pub(super) async fn ticket(&self) -> Result<Ticket, XrpcError> {
        let mut state = self.state.lock().await;
        let now = self.clock.now();
        if let Some(ticket) = state.fresh(now) {
            return Ok(ticket);
        }
        if let Some(ticket) = state.ticket().filter(|_| state.holds(now) && state.pauses(now)) {
            return Ok(ticket);
        }
        match self.renew(&mut state).await {
            Ok(()) => state.ticket().ok_or(XrpcError::SignedOut(SignedOut::Password)),
            // Renewed in good time, so there is time to wait for the server.
            Err(err @ (XrpcError::NeverSent { .. } | XrpcError::RateLimited { .. })) if state.holds(now) => {
                tracing::warn!(account = %self.did, %err, "the Bluesky session will be renewed later");
                state.not_before = Some(now + RENEW_PAUSE);
                state.ticket().ok_or(err)
            }
            Err(err) => Err(err),
        }
    }

    /// A token other than this one, which the server has just called expired.
    pub(super) async fn ticket_after(&self, stale: &Secret) -> Result<Ticket, XrpcError> {
        let mut state = self.state.lock().await;
        if let Some(ticket) = state.ticket().filter(|ticket| ticket.token != *stale) {
            return Ok(ticket);
        }
        self.renew(&mut state).await?;
        state.ticket().ok_or(XrpcError::SignedOut(SignedOut::Password))
    }

    /// What there is to say.
    pub(super) async fn report(&self) -> Report {
        let state = self.state.lock().await;
        let home = state.kept.home.clone().unwrap_or_else(|| Home {
            did: self.did.clone(),
            handle: self.handle(),
            server: String::new(),
        });
        let logins = logins_of_late(&state.kept.logins, self.clock.now()).len();
        Report { home, tokens: state.kept.tokens.clone(), logins }
    }

    fn desk(&self) -> Desk<'_> {
        let (settings, name, http) = (&self.settings, self.name.as_str(), &self.http);
        Desk { settings, name, http, clock: self.clock.as_ref(), file: &self.file }
    }

    /// New tokens for old, unless the server asked us to wait.
    async fn renew(&self, state: &mut MutexGuard<'_, State>) -> Result<(), XrpcError> {
        let now = self.clock.now();
        if let Some(after) =
            state.wait_until.and_then(|until| (until - now).to_std().ok()).filter(|t| !t.is_zero())
        {
            return Err(XrpcError::RateLimited { after });
        }
        let renewed = self.renew_now(state).await;
        state.wait_until = match &renewed {
            Err(XrpcError::RateLimited { after }) => {
                Some(now + TimeDelta::from_std(*after).unwrap_or(TimeDelta::hours(24)))
            }
            Ok(()) | Err(_) => None,
        };
        renewed
    }

    /// New tokens for old; a login if the server says that the session is over.
    async fn renew_now(&self, state: &mut MutexGuard<'_, State>) -> Result<(), XrpcError> {
        let desk = self.desk();
        // Another process of this desk may have been faster. Both may renew: the server gives both the same.
        if let Ok(found) = self.file.load().await
            && state.adopt(found, &self.did)
            && state.fresh(self.clock.now()).is_some()
        {
            return Ok(());
        }
        let home = match desk.refresh(state).await? {
            Some(home) => home,
            None => desk.login(state).await?,
        };
        state.not_before = None;
        *self.handle.write().unwrap_or_else(PoisonError::into_inner) = home.handle;
        Ok(())
    }
}

impl State {
    fn ticket(&self) -> Option<Ticket> {
        let (home, tokens) = (self.kept.home.as_ref()?, self.kept.tokens.as_ref()?);
        Some(Ticket { server: home.server.clone(), token: tokens.access.clone() })
    }

    fn fresh(&self, now: DateTime<Utc>) -> Option<Ticket> {
        self.kept.tokens.as_ref().filter(|tokens| !tokens.are_due(now))?;
        self.ticket()
    }

    fn holds(&self, now: DateTime<Utc>) -> bool {
        self.kept.tokens.as_ref().is_some_and(|tokens| now < tokens.ends())
    }

    fn pauses(&self, now: DateTime<Utc>) -> bool {
        self.not_before.is_some_and(|until| now < until && until - now <= RENEW_PAUSE)
    }

    /// Takes over what another process has kept since; says whether there are other tokens now.
    fn adopt(&mut self, found: Kept, did: &Did) -> bool {
        if found.home.as_ref().is_none_or(|home| home.did != *did) {
            return false;
        }
        let newer = match (&found.tokens, &self.kept.tokens) {
            (Some(theirs), Some(ours)) => theirs.received > ours.received && theirs.access != ours.access,
            (Some(_), None) => true,
            (None, _) => false,
        };
        for login in found.logins {
            if !self.kept.logins.contains(&login) {
                self.kept.logins.push(login);
            }
        }
        if newer {
            self.kept.home = found.home;
            self.kept.tokens = found.tokens;
        }
        newer
    }
}

/// Logins that count: within a day of now. Those far in the future were noted under a clock that was wrong.
fn logins_of_late(logins: &[DateTime<Utc>], now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let day = TimeDelta::hours(24);
    let mut late: Vec<_> = logins.iter().copied().filter(|at| (now - *at).abs() < day).collect();
    late.sort_unstable();
    late
}

/// What a session is made with.
struct Desk<'a> {
    settings: &'a AccountSettings,
    name: &'a str,
    http: &'a Http,
    clock: &'a dyn Clock,
    file: &'a File,
}

impl Desk<'_> {
    fn call(&self, server: &str, token: Option<&Secret>) -> AtpServiceClient<Call> {
        let (http, server) = (self.http.clone(), server.to_owned());
        AtpServiceClient::new(Call { http, server, token: token.cloned(), proxy: None })
    }

    /// Keeps what is known. A session that cannot be written serves until the next start.
    async fn keep(&self, state: &State) {
        if let Err(err) = self.file.save(&state.kept).await {
            tracing::warn!(%err, "the Bluesky session is not kept; after a restart it takes a login");
        }
    }

    /// Exchanges the refresh token; `None` if there is none, or the server says that its time is over.
    ///
    /// Should we stop between the answer and the file, the old token works again for two hours and gives the same new
    /// one.
    async fn refresh(&self, state: &mut State) -> Result<Option<Home>, XrpcError> {
        let (Some(home), Some(tokens)) = (state.kept.home.clone(), state.kept.tokens.clone()) else {
            return Ok(None);
        };
        let client = self.call(&home.server, Some(&tokens.refresh));
        let answer = match client.service.com.atproto.server.refresh_session().await.map_err(of_atrium) {
            Ok(answer) => answer.data,
            Err(XrpcError::Refused { name, .. })
                if matches!(name.as_str(), "ExpiredToken" | "InvalidToken") =>
            {
                tracing::info!(account = %home.did, reason = name, "the Bluesky session is over");
                state.kept.tokens = None;
                self.keep(state).await;
                return Ok(None);
            }
            Err(other) => return Err(other.before_sending()),
        };
        if answer.did.as_str() != home.did.as_str() {
            return Err(XrpcError::NeverSent { why: format!("{} answers for another account", home.server) });
        }
        let home = Home { handle: answer.handle.as_str().to_owned(), ..home };
        let tokens =
            Tokens::new(Secret::new(&answer.access_jwt), Secret::new(&answer.refresh_jwt), self.clock.now());
        state.kept.home = Some(home.clone());
        state.kept.tokens = Some(tokens);
        self.keep(state).await;
        Ok(Some(home))
    }

    /// Signs in with the password, if that is allowed just now.
    async fn login(&self, state: &mut State) -> Result<Home, XrpcError> {
        let signed_out = |why| Err(XrpcError::SignedOut(why));
        let Some(source) = &self.settings.password else { return signed_out(SignedOut::NotSet) };
        let password = match source.read() {
            Ok(password) => password,
            Err(err) => return signed_out(SignedOut::NoPassword(err.to_string())),
        };
        let now = self.clock.now();
        // Not for ever: the password of a suspended account is refused, too, until it is back.
        let lately = |at: DateTime<Utc>| (now - at).abs() < TimeDelta::hours(24);
        if state.refused.as_ref().is_some_and(|(refused, at)| *refused == password && lately(*at)) {
            return signed_out(SignedOut::Password);
        }
        let late = logins_of_late(&state.kept.logins, now);
        if late.len() >= LOGINS_A_DAY {
            let oldest = late[late.len() - LOGINS_A_DAY];
            let after = (oldest + TimeDelta::hours(24) - now).to_std().unwrap_or_default();
            return signed_out(SignedOut::TooManyLogins { logins: late.len(), after });
        }
        let found = match &self.settings.service {
            Some(_) => None,
            None => Some(locate(self.http, self.name, &self.settings.resolver, &self.settings.plc).await?),
        };
        let server = match (&self.settings.service, &found) {
            (Some(service), _) => base(service),
            (None, Some(home)) => home.server.clone(),
            (None, None) => return signed_out(SignedOut::Identity("the account has no server".to_owned())),
        };
        // Counted before it is tried, and not tried if it cannot be counted: else a loop of crashes would log in for ever.
        state.kept.logins = late;
        state.kept.logins.push(now);
        self.file.save(&state.kept).await?;
        let answer = self.create_session(&server, &password).await.inspect_err(|err| {
            if *err == XrpcError::SignedOut(SignedOut::Password) {
                state.refused = Some((password.clone(), now));
            }
        })?;
        let did: Did = answer.did.as_str().parse().map_err(|_| XrpcError::NeverSent {
            why: format!("{server} answers with an account that has no DID"),
        })?;
        let known = found
            .as_ref()
            .map(|home| &home.did)
            .into_iter()
            .chain(state.kept.home.as_ref().map(|home| &home.did));
        if let Some(other) = known.into_iter().find(|known| **known != did) {
            return signed_out(SignedOut::Identity(format!(
                "`{}` was the account {other} and is now {did}; if that is right, remove its session file and sign in again",
                self.name
            )));
        }
        if answer.active == Some(false) {
            return signed_out(signed_out_by_status(answer.status.as_deref()));
        }
        let home = Home { did, handle: answer.handle.as_str().to_owned(), server };
        let tokens =
            Tokens::new(Secret::new(&answer.access_jwt), Secret::new(&answer.refresh_jwt), self.clock.now());
        state.kept.home = Some(home.clone());
        state.kept.tokens = Some(tokens);
        state.refused = None;
        self.keep(state).await;
        tracing::info!(account = %home.did, handle = home.handle, server = home.server, "signed in to Bluesky");
        Ok(home)
    }

    async fn create_session(
        &self,
        server: &str,
        password: &Secret,
    ) -> Result<create_session::OutputData, XrpcError> {
        let input = create_session::InputData {
            allow_takendown: None,
            auth_factor_token: None,
            identifier: self.name.to_owned(),
            password: password.expose().to_owned(),
        };
        let client = self.call(server, None);
        match client.service.com.atproto.server.create_session(input.into()).await.map_err(of_atrium) {
            Ok(answer) => Ok(answer.data),
            Err(XrpcError::Refused { status: 401, .. }) => Err(XrpcError::SignedOut(SignedOut::Password)),
            Err(other) => Err(other.before_sending()),
        }
    }
}
