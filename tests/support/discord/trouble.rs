//! What goes wrong with the gateway and the account, at a test's word.

use std::time::Duration;

use serde_json::json;

use super::Discord;
use super::gateway::Order;

impl Discord {
    /// The token is revoked: REST answers 401, the gateway closes with 4004.
    pub(crate) fn revoke_token(&self) {
        self.with(|state| state.revoked = true);
        self.close_gateway(4004);
    }

    /// Ends every connection with a code: 4000, 4009, 4014, 1000…
    pub(crate) fn close_gateway(&self, code: u16) {
        self.with(|state| {
            // After these a session cannot be taken up again.
            let ended = matches!(code, 4004 | 4007 | 4009 | 4010..=4014);
            for session in state.sessions.values() {
                session.order(Order::Close(code, "made to fail"));
            }
            if ended {
                state.sessions.clear();
            }
        });
    }

    /// Cuts every connection without a word.
    pub(crate) fn cut_gateway(&self) {
        self.with(|state| state.sessions.values().for_each(|session| session.order(Order::Drop)));
    }

    /// Opcode 7: the bot is to connect again.
    pub(crate) fn ask_to_reconnect(&self) {
        self.tell_all(&json!({"op": 7, "t": null, "s": null, "d": null}));
    }

    /// Opcode 9: the session has become invalid; if not `resumable`, it is gone.
    pub(crate) fn invalidate_session(&self, resumable: bool) {
        self.tell_all(&json!({"op": 9, "t": null, "s": null, "d": resumable}));
        if !resumable {
            self.with(|state| state.sessions.clear());
        }
    }

    /// Heartbeats are (not) answered, and wanted this often on connections to come.
    pub(crate) fn heartbeats(&self, every: Duration, answered: bool) {
        self.with(|state| {
            state.heartbeat_ms = every.as_millis() as u64;
            state.trouble.deaf_to_heartbeats = !answered;
        });
    }

    /// The next attempts to resume are refused.
    pub(crate) fn refuse_resumes(&self, times: usize) {
        self.with(|state| state.trouble.resumes_refused = times);
    }

    /// The next events come twice.
    pub(crate) fn duplicate_events(&self, times: usize) {
        self.with(|state| state.trouble.twice = times);
    }

    /// `nonce` with `enforce_nonce` finds nothing any more.
    pub(crate) fn forget_nonces(&self) {
        self.with(|state| state.remembers_nonces = false);
    }

    /// How long a bot has for its callback; 3 seconds unless told.
    pub(crate) fn callback_within(&self, time: Duration) {
        self.with(|state| state.callback_within = time);
    }

    /// What `/gateway/bot` says.
    pub(crate) fn gateway_says(&self, shards: u64, session_starts_left: u64) {
        self.with(|state| {
            state.shards = shards;
            state.session_starts_left = session_starts_left;
        });
    }

    /// Requests a bot may make in a second, over all.
    pub(crate) fn global_limit(&self, per_second: u32) {
        self.with(|state| state.limits.per_second = per_second);
    }

    /// No limit refuses anything: for tests that are about something else.
    pub(crate) fn unlimited(&self) {
        self.with(|state| state.limits.off = true);
    }

    fn tell_all(&self, frame: &serde_json::Value) {
        self.with(|state| {
            state.sessions.values().for_each(|session| session.order(Order::Send(frame.to_string())));
        });
    }
}
