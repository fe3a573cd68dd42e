//! What people say in the town, hour by hour, and what they take back.

use std::cmp::Reverse;
use std::sync::Arc;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

use super::dice::Dice;
use super::host::Kind;
use super::mastodon::snowflake;
use super::place::Place;
use super::said::Said;
use super::sky::{LEAVER, SHY};
use super::town::Town;

/// Writes the servers' lists.
pub(super) struct Chronicle {
    dice: Dice,
    last_id: u64,
    has_left: bool,
}

impl Chronicle {
    pub(super) fn of(seed: u64) -> Self {
        Self { dice: Dice::of(seed), last_id: 0, has_left: false }
    }

    /// About `n` things are said at a place between two moments.
    pub(super) fn says(
        &mut self,
        town: &Town,
        kind: Kind,
        n: f64,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) {
        // What is left of a whole one is a matter of luck.
        let more = u64::from((self.dice.below(1_000) as f64) < n.fract() * 1_000.0);
        for at in self.dice.moments(n.trunc() as u64 + more, from, until) {
            self.last_id += 1;
            let place = self.place(town, kind);
            let said = Said::new(self.last_id, place, town.subject, at);
            let said = self.with_habits(kind, said);
            town.host(kind).said().push(said);
        }
    }

    /// Half of what is said is said at the first place of a kind.
    fn place(&mut self, town: &Town, kind: Kind) -> Arc<Place> {
        let places = &town.host(kind).places;
        let n = if self.dice.once_in(2) { 0 } else { self.dice.below(places.len() as u64) };
        Arc::clone(&places[n as usize])
    }

    /// What is particular about a place: what comes late there, whose clock is wrong, who must not be told of.
    fn with_habits(&mut self, kind: Kind, said: Said) -> Said {
        let minutes = |n: u64| TimeDelta::minutes(n.cast_signed());
        let (dice, at, came) = (&mut self.dice, said.at, said.came);
        match kind {
            // The index lags.
            Kind::HackerNews => Said { came: at + minutes(dice.below(9)), ..said },
            Kind::Feed if dice.once_in(15) => Said { at: came + TimeDelta::days(1), ..said },
            Kind::Arxiv => {
                // The papers of a day come out the next night; moderators hold some back for two days more.
                let held = if dice.once_in(20) { 2 } else { 0 };
                let day = at.duration_trunc(TimeDelta::days(1)).unwrap();
                Said { came: day + TimeDelta::days(1 + held) + TimeDelta::hours(1), ..said }
            }
            Kind::Mastodon => {
                let (written, listed) = match dice.below(12) {
                    // Delivered hours late, it is listed where it came.
                    0 => (came - minutes(60 + dice.below(480)), came),
                    // Fetched by the server itself, it is listed where it was written.
                    1 => (came - minutes(dice.below(25)), came),
                    2 => (came + minutes(180), came),
                    _ => (at, came),
                };
                let listed =
                    if written < listed && listed - written < minutes(25) { written } else { listed };
                Said { id: snowflake(listed, said.id), at: written, hidden: dice.once_in(15), ..said }
            }
            Kind::Lemmy => {
                let is_reply = dice.once_in(2);
                let at = match dice.below(12) {
                    0 | 1 => at - minutes(dice.below(50)),
                    2 => at + minutes(180),
                    _ => at,
                };
                Said { at, is_reply, hidden: dice.once_in(15), ..said }
            }
            Kind::Sky => {
                let author = match dice.below(12) {
                    0 if !self.has_left => LEAVER,
                    1 => SHY,
                    _ => said.author,
                };
                let at = if dice.once_in(9) { at - minutes(300) } else { at };
                Said { at, author, hidden: author == SHY, ..said }
            }
            Kind::Feed | Kind::Profiles => said,
        }
    }

    /// Now and then somebody corrects or deletes what was read a moment ago, where the place lets us see that again.
    pub(super) fn changes_its_mind(&mut self, town: &Town, kind: Kind, now: DateTime<Utc>) {
        let (soon, place) = (now + TimeDelta::seconds(30), self.place(town, kind));
        let mut all = town.host(kind).said();
        let stands = |said: &Said| said.told && !said.hidden && said.gone.is_none();
        let mut known: Vec<&mut Said> =
            all.iter_mut().filter(|said| said.place == place && stands(said)).collect();
        let within = |at: DateTime<Utc>, n: i64| at <= now && now - at < TimeDelta::minutes(n);
        match kind {
            // Only what came lately is asked for again.
            Kind::HackerNews => known.retain(|said| within(said.at, 10)),
            Kind::Mastodon => known.retain(|said| within(said.came, 20)),
            Kind::Feed => known.sort_by_key(|said| Reverse(said.came)),
            Kind::Lemmy => known.retain(|said| within(said.at, 30)),
            Kind::Arxiv => {
                let newest = known.iter().map(|said| said.at).max().unwrap_or(now);
                known.retain(|said| newest - said.at < TimeDelta::days(2));
            }
            Kind::Sky | Kind::Profiles => known.retain(|said| said.author != LEAVER),
        }
        let choice = match kind {
            Kind::Feed => known.len().min(4),
            _ => known.len(),
        };
        let chosen = self.dice.below(choice as u64) as usize;
        let tells_of_deletions = matches!(kind, Kind::Lemmy | Kind::Arxiv | Kind::Sky);
        let Some(said) = known.into_iter().nth(chosen) else { return };
        if tells_of_deletions && self.dice.once_in(3) {
            said.gone = Some(soon);
        } else if said.edited.is_none() {
            said.edited = Some(soon);
        }
    }

    /// An account on Bluesky is deleted, and everything it said with it. It says nothing more.
    pub(super) fn somebody_leaves(&mut self, town: &Town, now: DateTime<Utc>) {
        self.has_left = true;
        for said in town.host(Kind::Sky).said().iter_mut().filter(|said| said.author == LEAVER) {
            assert!(said.told, "all of it was read: {said:?}");
            said.gone.get_or_insert(now + TimeDelta::seconds(30));
        }
    }

    /// Minutes until the next scan.
    pub(super) fn pause(&mut self) -> TimeDelta {
        TimeDelta::minutes([1, 7, 20, 45, 60, 90, 120, 180][self.dice.below(8) as usize])
    }
}
