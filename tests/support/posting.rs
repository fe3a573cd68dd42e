//! A desk that posts to a local Discord, with a clock the test moves and a channel in which moderators are told.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use newsdesk::bot::tell_trouble;
use newsdesk::config::Secret;
use newsdesk::discord::{ConnectSettings, Rest, connect};
use newsdesk::model::{
    AmendmentKind, Clock as _, DeskId, DeskSettings, ManualClock, StoryCode, Style, Subscription,
};
use newsdesk::publish::discord::{DiscordSender, Look, Trouble, plan, plan_digest};
use newsdesk::publish::{
    DeliveryReport, Destinations, Profiles, Publisher, RetryPolicy, deliver_due, replan,
};
use newsdesk::store::{Outgoing, Store};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::Database;
use super::discord::{Discord, Fault, FaultHandle};
use super::record::at;
use super::story::slug;
pub(crate) use super::tale::Tale;

/// Everything a bot asks for when it is added.
pub(crate) const USUAL: u64 = newsdesk::bot::PERMISSIONS.bits();

/// The client gives up on an answer after this.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);

/// A guild, its desk, and everything between.
pub(crate) struct Room {
    pub(crate) discord: Discord,
    pub(crate) database: Database,
    pub(crate) store: Store,
    pub(crate) guild: u64,
    /// Where moderators are told.
    pub(crate) mods: u64,
    pub(crate) desk: DeskId,
    pub(crate) rest: Rest,
    pub(crate) clock: ManualClock,
    pub(crate) policy: RetryPolicy,
    troubles: Mutex<mpsc::UnboundedReceiver<Trouble>>,
    tell: mpsc::UnboundedSender<Trouble>,
    destinations: Destinations,
}

/// A look of a first post.
pub(crate) fn look(style: Style) -> Look {
    Look { style, ..Look::default() }
}

impl Room {
    /// A guild with the bot, which has what it asks for, and a connected desk.
    pub(crate) async fn open() -> Self {
        let discord = Discord::start().await;
        let now = at("2031-03-17 09:00");
        discord.set_time(now);
        discord.unlimited();
        let guild = discord.guild("Harbour Club");
        let mods = discord.text_channel(guild, "mods");
        let owner = discord.owner(guild);
        discord.install(guild, owner, USUAL);
        let database = Database::create();
        let store = database.open().await;
        let desk = DeskId::discord(guild);
        store.desk_joined(&desk, "Harbour Club", Some(owner), now).await.unwrap();
        let settings = DeskSettings { notices: Some(mods), ..DeskSettings::default() };
        store.save_desk_settings(&desk, &settings).await.unwrap();
        let rest = client(&discord);
        let (tell, troubles) = mpsc::unbounded_channel();
        let mut room = Self {
            discord,
            database,
            store,
            guild,
            mods,
            desk,
            rest,
            clock: ManualClock::at(now),
            policy: RetryPolicy::default(),
            troubles: Mutex::new(troubles),
            tell,
            destinations: Destinations::new(),
        };
        room.destinations = Destinations::new().with_discord(Box::new(room.sender()));
        room
    }

    /// One more sender over the same connection.
    pub(crate) fn sender(&self) -> DiscordSender {
        let tell = self.tell.clone();
        DiscordSender::new(
            self.rest.clone(),
            self.store.clone(),
            self.rest.bot(),
            Arc::new(|id| format!("{id}.signed")),
            Arc::new(move |trouble| drop(tell.send(trouble))),
        )
    }

    /// Posts over something else from now on.
    pub(crate) fn post_by(&mut self, publisher: Box<dyn Publisher>) {
        self.destinations = Destinations::new().with_discord(publisher);
    }

    /// A channel whose stories look like this.
    pub(crate) async fn follows(&self, channel: u64, style: Style) {
        let subscription = Subscription {
            desk: self.desk.clone(),
            topic: slug("ferries"),
            channel,
            style,
            cadence: newsdesk::model::Cadence::Instant,
            crosspost: false,
            created_by: 0,
            created_at: self.clock.now(),
            awake: true,
        };
        self.store.follow(&subscription).await.unwrap();
    }

    /// A story in two sections, not posted yet. The same number gives the same story.
    pub(crate) async fn tale(&self, n: u64) -> Tale {
        Tale::new(&self.store, self.clock.now(), n).await
    }

    /// Stores a version with its deliveries.
    pub(crate) async fn post(&self, tale: &Tale, to: &[(u64, Look)]) {
        let mut new = tale.new.clone();
        new.deliveries = to
            .iter()
            .map(|(channel, look)| {
                let (delivery, steps) = plan(&tale.edition(), *channel, look, new.story.at);
                self.outgoing(delivery, steps, look)
            })
            .collect();
        assert!(self.store.save_story(&new).await.unwrap(), "it is new");
    }

    fn outgoing(
        &self,
        delivery: newsdesk::model::Delivery,
        steps: Vec<newsdesk::model::Step>,
        look: &Look,
    ) -> Outgoing {
        let look = serde_json::to_string(look).unwrap();
        Outgoing { delivery, steps, desk: Some(self.desk.clone()), due_at: None, look }
    }

    /// A digest of stories that are stored.
    pub(crate) async fn digest(&self, tales: &[&Tale], channel: u64) -> StoryCode {
        let now = self.clock.now();
        let code = StoryCode::of_digest(&format!("discord:{channel}"), now.timestamp_millis());
        let editions: Vec<_> = tales.iter().map(|tale| tale.edition()).collect();
        let (delivery, steps) = plan_digest(&editions, &code, channel, &look(Style::Digest), now);
        let outgoing = self.outgoing(delivery, steps, &look(Style::Digest));
        self.store.save_digest(&code, &outgoing, channel, now).await.unwrap();
        code
    }

    /// The next version of a story, told where the last one stands.
    pub(crate) fn next(&self, tale: &Tale) -> Tale {
        tale.next(self.clock.now())
    }

    /// Corrects or retracts a posted version.
    pub(crate) async fn amend(&self, tale: &mut Tale, kind: AmendmentKind, text: &str) {
        tale.amend(&self.store, kind, text, self.clock.now()).await;
        self.replan(tale).await;
    }

    /// Plans a version again, as it is now.
    pub(crate) async fn replan(&self, tale: &Tale) {
        let profiles = Profiles::default();
        replan(&self.store, &tale.edition(), &tale.amendments, &profiles, self.clock.now()).await.unwrap();
    }

    pub(crate) fn fault(&self, fault: Fault) -> FaultHandle {
        self.discord.fault(fault)
    }

    pub(crate) fn later(&self, time: TimeDelta) {
        self.clock.set(self.clock.now() + time);
        self.discord.set_time(self.clock.now());
    }

    /// Moves to so many hours after the room was opened.
    pub(crate) fn hour(&self, hour: i64) {
        let wanted = at("2031-03-17 09:00") + TimeDelta::hours(hour);
        assert!(wanted > self.clock.now(), "time goes forward");
        self.later(wanted - self.clock.now());
    }

    /// Sends what is due now, once, and tells moderators what has come up.
    pub(crate) async fn deliver(&self) -> DeliveryReport {
        let report = deliver_due(&self.store, &self.destinations, &self.policy, &self.clock).await.unwrap();
        self.tell_all().await;
        report
    }

    /// Housekeeping comes by, and everything is sent that goes.
    pub(crate) async fn retry_held(&self) {
        self.later(TimeDelta::minutes(1));
        let now = self.clock.now();
        self.store.retry_held(now - self.policy.max_age, now).await.unwrap();
        self.settle().await;
    }

    async fn tell_all(&self) {
        loop {
            let next = self.troubles.lock().unwrap_or_else(PoisonError::into_inner).try_recv();
            let Ok(trouble) = next else { return };
            tell_trouble(&self.rest, &self.store, self.rest.bot(), &self.clock, &trouble).await.unwrap();
        }
    }

    /// Sends until nothing is due any more, however long that takes.
    pub(crate) async fn settle(&self) {
        let begun = self.clock.now();
        while self.clock.now() - begun < TimeDelta::hours(3) {
            self.deliver().await;
            if self.in_state("open").await == 0 {
                return;
            }
            self.later(TimeDelta::seconds(40));
        }
        panic!("after three hours something is still on its way:\n{}", self.steps().await);
    }

    /// How many deliveries are in a state.
    pub(crate) async fn in_state(&self, state: &str) -> u64 {
        let totals = self.store.delivery_totals().await.unwrap();
        totals.into_iter().find(|(name, _)| name == state).map_or(0, |(_, n)| n)
    }

    /// Every step that is not posted, in words.
    pub(crate) async fn steps(&self) -> String {
        use sqlx::Row as _;
        let mut connection = self.database.connect().await;
        let sql = "SELECT destination, version, n, kind, step.state AS state, reason FROM step \
                   JOIN delivery ON delivery.id = delivery_id WHERE step.state <> 'posted' ORDER BY created_ms, n";
        let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
        rows.iter().fold(String::new(), |all, row| {
            let text = |column: &str| row.get::<Option<String>, _>(column).unwrap_or_default();
            let (version, n) = (row.get::<i64, _>("version"), row.get::<i64, _>("n"));
            let [destination, kind, state, reason] = ["destination", "kind", "state", "reason"].map(text);
            format!("{all}{destination} v{version} #{n} {kind} {state} {reason}\n")
        })
    }

    /// What moderators were told, in their channel and alone.
    pub(crate) fn told(&self) -> Vec<String> {
        let mut told = self.discord.messages(self.mods);
        told.extend(self.discord.direct_messages(self.discord.owner(self.guild)));
        told.iter().map(|m| text(&m["embeds"][0]["description"]).to_owned()).collect()
    }

    /// A channel and its threads as a reader sees them: what differs from run to run is left out.
    pub(crate) fn transcript(&self, channel: u64) -> String {
        let mut out = self.messages_of(channel);
        for thread in self.discord.threads(channel) {
            let id: u64 = text(&thread["id"]).parse().unwrap();
            let tags = self.tags(channel, &thread["applied_tags"]);
            out.push_str(&format!("══ {} {tags:?}\n{}", text(&thread["name"]), self.messages_of(id)));
        }
        out
    }

    fn messages_of(&self, channel: u64) -> String {
        self.discord.messages(channel).iter().fold(String::new(), |all, message| all + &shown(message))
    }

    fn tags(&self, channel: u64, applied: &Value) -> Vec<String> {
        let forum = self.discord.channel(channel).unwrap_or_default();
        let named = |id: &Value| {
            let all = forum["available_tags"].as_array().into_iter().flatten();
            all.filter(|tag| tag["id"] == *id).map(|tag| text(&tag["name"]).to_owned()).next()
        };
        applied.as_array().into_iter().flatten().filter_map(named).collect()
    }
}

fn client(discord: &Discord) -> Rest {
    let mut settings = ConnectSettings::new(Secret::new(discord.token()));
    settings.address = Some(discord.address());
    settings.certificate = Some(discord.ca_pem().into_bytes());
    settings.timeout = PATIENCE;
    connect(&settings).expect("a client")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A message, one line for each thing in it.
fn shown(message: &Value) -> String {
    let embeds: Vec<Value> = message["embeds"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|embed| {
            let mut embed = embed.clone();
            if embed["image"].is_object() {
                let url = text(&embed["image"]["url"]);
                embed["image"] = json!(url.rsplit('/').next());
            }
            embed
        })
        .collect();
    let files = message["attachments"].as_array().map_or(0, Vec::len);
    let ids: Vec<&str> = message["components"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|row| row["components"].as_array().into_iter().flatten())
        .map(|part| text(&part["custom_id"]))
        .collect();
    format!(
        "── {} flags {} files {files} {ids:?}\n{}\n{}\n",
        message["type"],
        message["flags"],
        text(&message["content"]),
        embeds.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
    )
}
