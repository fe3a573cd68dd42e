//! What moderators do beside following: settings, approval, mutes, corrections, retractions.

use serenity::all::ModalInteraction;

use super::Bot;
use super::custom_id::Verb;
use super::draw::{self, Body};
use super::follow::or_sorry;
use super::order::{self, Order, Outcome};
use super::reply::Asked;
use crate::answer::{AskError, Desk, StoryAnswer};
use crate::model::{DeskId, DeskSettings, MuteKind, StoryCode};
use crate::store::StoreError;

/// Entries that `/audit` shows.
const ENTRIES: i64 = 25;

/// A form's fields by id.
pub(super) fn fields(form: &ModalInteraction) -> impl Fn(&str) -> String {
    use serenity::all::ActionRowComponent::InputText;
    let inputs: Vec<(String, String)> = form
        .data
        .components
        .iter()
        .flat_map(|row| &row.components)
        .filter_map(|part| match part {
            InputText(input) => Some((input.custom_id.clone(), input.value.clone().unwrap_or_default())),
            _ => None,
        })
        .collect();
    move |id| {
        inputs.iter().find(|(of, _)| of == id).map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    }
}

/// The settings that a form asks for, on top of the present ones; or what is wrong in it.
fn settings_of(now: &DeskSettings, field: impl Fn(&str) -> String) -> Result<DeskSettings, String> {
    let zone = match field("zone") {
        none if none.is_empty() => now.time_zone.clone(),
        zone => zone.parse::<chrono_tz::Tz>().map(|tz| tz.name().to_owned()).map_err(|_| {
            format!(
                "“{}” is no time zone. They look like `Europe/Berlin` or `America/Bogota`.",
                draw::outside(&zone, 60)
            )
        })?,
    };
    let language = match field("language").to_lowercase() {
        none if none.is_empty() => now.language.clone(),
        two if two.len() == 2 && two.bytes().all(|b| b.is_ascii_lowercase()) => two,
        other => {
            return Err(format!(
                "“{}” is no language: write two letters, such as `en`.",
                draw::outside(&other, 20)
            ));
        }
    };
    let hour = |text: &str| text.trim().parse::<u8>().ok().filter(|hour| *hour < 24);
    let quiet = match field("quiet") {
        none if none.is_empty() => None,
        text => {
            let pair =
                text.split_once(['-', '–']).and_then(|(from, until)| Some((hour(from)?, hour(until)?)));
            match pair {
                Some((from, until)) if from != until => Some((from, until)),
                Some(_) | None => {
                    return Err(format!(
                        "“{}” are no quiet hours: write two different hours, such as `22-7`.",
                        draw::outside(&text, 20)
                    ));
                }
            }
        }
    };
    let digest_hour = match field("hour") {
        none if none.is_empty() => now.digest_hour,
        text => hour(&text).ok_or_else(|| {
            format!("“{}” is no hour: write a number from 0 to 23.", draw::outside(&text, 20))
        })?,
    };
    Ok(DeskSettings { time_zone: zone, language, quiet, digest_hour, ..now.clone() })
}

impl Bot {
    async fn settings(&self, desk: &DeskId) -> Result<DeskSettings, StoreError> {
        Ok(self.store.desk(desk).await?.map(|desk| desk.settings).unwrap_or_default())
    }

    /// Changes the settings of the desk, and says so in its log.
    async fn change(
        &self,
        asked: &Asked,
        what: &str,
        change: impl FnOnce(DeskSettings) -> DeskSettings,
    ) -> Result<Body, StoreError> {
        let Some(desk) = asked.desk() else { return Ok(in_servers_only()) };
        let before = self.settings(&desk).await?;
        let after = change(before.clone());
        if before != after {
            self.store.save_desk_settings(&desk, &after).await?;
            self.note(asked, "settings", what, "").await?;
        }
        self.overview(&desk).await
    }

    async fn overview(&self, desk: &DeskId) -> Result<Body, StoreError> {
        let settings = self.settings(desk).await?;
        let following = self.store.subscriptions_of_desk(desk).await?;
        let mutes = self.store.mutes(desk).await?;
        Ok(draw::settings(&settings, &following, &mutes))
    }

    /// `/settings show`
    pub(super) async fn show_settings(&self, asked: &Asked) -> Body {
        match asked.desk() {
            Some(desk) => or_sorry(self.overview(&desk).await),
            None => in_servers_only(),
        }
    }

    /// `/settings edit`, and the button below the settings.
    pub(super) async fn open_settings(&self, asked: &Asked) {
        if !self.takes(asked).await {
            return;
        }
        // A form cannot be promised: were the store slow, the present values are what is left out.
        let known = match asked.desk() {
            Some(desk) => {
                tokio::time::timeout(
                    self.patience.max(std::time::Duration::from_secs(1)),
                    self.settings(&desk),
                )
                .await
            }
            None => Ok(Ok(DeskSettings::default())),
        };
        if let Ok(Ok(settings)) = known {
            return self.open(asked, &draw::settings_form(&settings)).await;
        }
        let how = super::reply::How::New(draw::Audience::Asker);
        self.reply(asked, how, std::future::ready(draw::sorry())).await;
    }

    /// The form of the settings was sent.
    pub(super) async fn save_settings(&self, asked: &Asked, field: impl Fn(&str) -> String) -> Body {
        let Some(desk) = asked.desk() else { return in_servers_only() };
        let outcome = async {
            let before = self.settings(&desk).await?;
            match settings_of(&before, field) {
                Ok(after) => self.change(asked, "time zone, language, hours", |_| after).await,
                Err(why) => Ok(draw::wrong_input(format!(
                    "{why} Nothing was changed; `/settings edit` opens the form again."
                ))),
            }
        };
        or_sorry(outcome.await)
    }

    /// `/settings notices`
    pub(super) async fn set_notices(&self, asked: &Asked, channel: Option<u64>) -> Body {
        if let (Some(channel), Some(me)) = (channel, self.me.get()) {
            let style = crate::model::Style::Compact;
            match super::permissions::missing(&self.rest, *me, channel, style).await {
                Ok(missing) if missing.is_empty() => {}
                Ok(missing) => {
                    return draw::wrong_input(format!(
                        "In <#{channel}> my role lacks **{}**. Allow that there and try again; nothing was changed.",
                        missing.join("**, **")
                    ));
                }
                Err(err) => {
                    return draw::wrong_input(format!(
                        "I cannot look at <#{channel}>: {err}. Nothing was changed."
                    ));
                }
            }
        }
        or_sorry(self.change(asked, "notices", |now| DeskSettings { notices: channel, ..now }).await)
    }

    /// `/settings approval`
    pub(super) async fn set_approval(&self, asked: &Asked, wait: bool) -> Body {
        or_sorry(self.change(asked, "approval", |now| DeskSettings { approval: wait, ..now }).await)
    }

    /// `/scan`
    pub(super) async fn scan(&self, asked: &Asked, topic: &str) -> Body {
        let now = self.clock.now();
        let topics = self.topics(now);
        let desk = Desk { store: &self.store, topics: &topics, now };
        let Some(view) = desk.topic(topic) else {
            return self.trouble(desk.unknown(topic), Verb::Story, asked).await;
        };
        let slug = view.slug.clone();
        let outcome = order::give(&self.orders, |reply| Order::Scan { topic: slug.clone(), reply }).await;
        self.ordered(asked, "scan", slug.as_str(), "", "Scanned", outcome).await
    }

    async fn ordered(
        &self,
        asked: &Asked,
        action: &str,
        subject: &str,
        detail: &str,
        title: &str,
        outcome: Outcome,
    ) -> Body {
        match outcome {
            Err(why) => draw::wrong_input(why),
            Ok(words) => match self.note(asked, action, subject, detail).await {
                Ok(()) => draw::done(title, words),
                Err(err) => super::ask::sorry(&err),
            },
        }
    }

    /// The story that a moderator means.
    async fn meant(&self, story: &str) -> Result<StoryAnswer, AskError> {
        let now = self.clock.now();
        let topics = self.topics(now);
        Desk { store: &self.store, topics: &topics, now }.story(story).await
    }

    /// `/approve`
    pub(super) async fn approve(&self, asked: &Asked, story: &str) -> Body {
        self.decide(asked, story, true).await
    }

    /// `/hold`
    pub(super) async fn hold(&self, asked: &Asked, story: &str) -> Body {
        self.decide(asked, story, false).await
    }

    async fn decide(&self, asked: &Asked, story: &str, yes: bool) -> Body {
        let Some(desk) = asked.desk() else { return in_servers_only() };
        let story = match self.meant(story).await {
            Ok(story) => story,
            Err(err) => return self.trouble(err, Verb::Story, asked).await,
        };
        let outcome = async {
            let n = if yes {
                self.store.approve(&desk, &story.code).await?
            } else {
                self.store.hold(&desk, &story.code).await?
            };
            let name = format!("**{}** (`{}`)", draw::outside(&story.headline, 200), story.code);
            if n == 0 {
                return Ok(draw::nothing_found(if yes {
                    format!(
                        "{name} is not waiting in this server. It may be posted already, or nobody here follows its topic."
                    )
                } else {
                    format!(
                        "{name} is not on its way to this server. What is posted can be retracted with `/retract`."
                    )
                }));
            }
            self.note(asked, if yes { "approve" } else { "hold" }, story.code.as_str(), "").await?;
            let places = if n == 1 { "one channel".to_owned() } else { format!("{n} channels") };
            Ok(if yes {
                draw::done("Approved", format!("{name} goes out to {places} now."))
            } else {
                draw::done(
                    "Held",
                    format!("{name} stays out of {places} here. `/approve story:{}` lets it go.", story.code),
                )
            })
        };
        or_sorry(outcome.await)
    }

    /// `/mute`
    pub(super) async fn mute(&self, asked: &Asked, kind: MuteKind, value: &str, remove: bool) -> Body {
        let Some(desk) = asked.desk() else { return in_servers_only() };
        let value = value.trim();
        if kind == MuteKind::Story && value.parse::<StoryCode>().is_err() {
            return draw::wrong_input(
                "A story is muted by its code: seven letters and digits, such as `4K7Q2WX`.",
            );
        }
        if value.chars().count() < 2 {
            return draw::wrong_input(
                "That is too short to tell what is meant: please give at least two letters.",
            );
        }
        let outcome = async {
            let now = self.clock.now();
            let changed = if remove {
                self.store.unmute(&desk, kind, value).await?
            } else {
                self.store.mute(&desk, kind, value, asked.user, now).await?
            };
            if changed {
                self.note(asked, if remove { "unmute" } else { "mute" }, kind.as_str(), value).await?;
            }
            Ok(draw::muted(kind.as_str(), value, remove, changed))
        };
        or_sorry(outcome.await)
    }

    /// `/correct`
    pub(super) async fn correct(&self, asked: &Asked, story: &str, text: &str) -> Body {
        let story = match self.meant(story).await {
            Ok(story) => story,
            Err(err) => return self.trouble(err, Verb::Story, asked).await,
        };
        if !self.is_home(asked) {
            return self.pass_on(asked, &story, text).await;
        }
        let by = self.public_name(asked).await;
        let (code, words) = (story.code.clone(), text.to_owned());
        let outcome =
            order::give(&self.orders, |reply| Order::Correct { code, text: words, by, reply }).await;
        self.ordered(asked, "correct", story.code.as_str(), text, "Corrected", outcome).await
    }

    /// `/retract`
    pub(super) async fn retract(&self, asked: &Asked, story: &str, reason: &str) -> Body {
        let story = match self.meant(story).await {
            Ok(story) => story,
            Err(err) => return self.trouble(err, Verb::Story, asked).await,
        };
        if !self.is_home(asked) {
            return self.pass_on(asked, &story, reason).await;
        }
        let by = self.public_name(asked).await;
        let (code, words) = (story.code.clone(), reason.to_owned());
        let outcome =
            order::give(&self.orders, |reply| Order::Retract { code, reason: words, by, reply }).await;
        self.ordered(asked, "retract", story.code.as_str(), reason, "Retracted", outcome).await
    }

    /// Whether stories may be changed from here.
    pub(super) fn is_home(&self, asked: &Asked) -> bool {
        self.home_guild.is_none_or(|home| asked.guild == Some(home))
    }

    /// A story is shared by all servers: where another one is home, its moderators decide.
    async fn pass_on(&self, asked: &Asked, story: &StoryAnswer, text: &str) -> Body {
        match self.raise(asked, &story.code, story.version, "", text).await {
            Ok(true) => draw::done(
                "Passed on",
                "A story is the same in every server, so it is corrected at the operator's desk. Your words went there. \
                 `/hold` and `/mute kind:Story` keep it out of this server at once.",
            ),
            Ok(false) => draw::already_disputed(
                "You have told the operator's desk about this story before. `/mute kind:Story` keeps it out of this \
                 server at once.",
            ),
            Err(err) => self.trouble(err, Verb::Story, asked).await,
        }
    }

    /// How readers see who changed a story.
    async fn public_name(&self, asked: &Asked) -> String {
        let desk = match asked.desk() {
            Some(id) => self.store.desk(&id).await.ok().flatten(),
            None => None,
        };
        desk.map_or_else(|| "the moderators".to_owned(), |desk| format!("the moderators of {}", desk.name))
    }

    /// `/audit`
    pub(super) async fn show_audit(&self, asked: &Asked) -> Body {
        let Some(desk) = asked.desk() else { return in_servers_only() };
        or_sorry(self.store.audit_of(&desk, ENTRIES).await.map(|entries| draw::audit(&entries)))
    }
}

fn in_servers_only() -> Body {
    draw::wrong_input("That is set in a server. Send the command there.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(zone: &str, language: &str, quiet: &str, hour: &str) -> Result<DeskSettings, String> {
        let fields = [("zone", zone), ("language", language), ("quiet", quiet), ("hour", hour)];
        let field = move |id: &str| {
            fields.iter().find(|(of, _)| *of == id).map(|(_, v)| (*v).to_owned()).unwrap_or_default()
        };
        settings_of(&DeskSettings { approval: true, ..DeskSettings::default() }, field)
    }

    #[test]
    fn a_form_says_what_it_means_or_what_is_wrong_with_it() {
        let got = form("Europe/Berlin", "DE", "22 – 7", "6").unwrap();
        assert_eq!(
            got,
            DeskSettings {
                time_zone: "Europe/Berlin".to_owned(),
                language: "de".to_owned(),
                quiet: Some((22, 7)),
                notices: None,
                approval: true,
                digest_hour: 6
            }
        );
        assert_eq!(form("", "", "", "").unwrap(), DeskSettings { approval: true, ..DeskSettings::default() });
        for (zone, language, quiet, hour, word) in [
            ("Atlantis/Sunk", "", "", "", "Atlantis/Sunk"),
            ("", "english", "", "", "english"),
            ("", "", "22", "", "22"),
            ("", "", "7-7", "", "7-7"),
            ("", "", "22-31", "", "22-31"),
            ("", "", "", "24", "24"),
        ] {
            let why = form(zone, language, quiet, hour).unwrap_err();
            assert!(why.contains(word), "{why}");
        }
    }
}
