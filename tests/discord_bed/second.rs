//! discord.js, which knows nothing of our reading of Discord, finds a Discord here.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::support::discord::permissions as may;
use crate::support::discord::{Discord, Place};

/// The script, running.
struct Second {
    child: Child,
    input: Option<ChildStdin>,
    lines: UnboundedReceiver<Value>,
}

impl Second {
    fn start(world: &Value) -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut child = Command::new("node")
            .arg(here.join("tests/support/discord/js/drive.mjs"))
            .arg(installed(here))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("`node` was there a moment ago");
        let mut input = child.stdin.take().unwrap();
        writeln!(input, "{world}").unwrap();
        let (give, lines) = unbounded_channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let line = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if give.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, input: Some(input), lines }
    }

    /// The next line about this step; fails when the script has ended: its reason is on stderr.
    async fn step(&mut self, step: &str) -> Value {
        loop {
            let next = tokio::time::timeout(std::time::Duration::from_secs(20), self.lines.recv());
            let line = next.await.unwrap_or_else(|_| panic!("no word of {step:?}"));
            let line =
                line.unwrap_or_else(|| panic!("discord.js ended before {step:?}; see its words above"));
            if line["step"] == step {
                return line;
            }
        }
    }
}

impl Drop for Second {
    fn drop(&mut self) {
        self.input.take();
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Where discord.js is.
fn installed(here: &Path) -> PathBuf {
    let output = Command::new(here.join("scripts/discord-js")).stderr(Stdio::inherit()).output();
    let output = output.expect("scripts/discord-js runs");
    assert!(output.status.success(), "scripts/discord-js could not provide discord.js; its reason is above");
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
}

#[tokio::test]
async fn discord_js_does_all_that_a_bot_does() {
    let discord = Discord::start().await;
    // It sends what newsdesk never would, to see it refused.
    discord.expect_violations();
    let guild = discord.guild("Riverside");
    let (channel, news) = (discord.text_channel(guild, "news"), discord.news_channel(guild, "bulletin"));
    let forum = discord.forum(guild, "stories", &["bikes", "ferries"]);
    let usual = may::ORDINARY | may::CREATE_PUBLIC_THREADS | may::MANAGE_THREADS;
    discord.install(guild, discord.owner(guild), usual);
    let id = |id: u64| Value::String(id.to_string());
    let mut bot = Second::start(&json!({
        "api": discord.plain_api(), "token": discord.token(), "guild": id(guild), "channel": id(channel),
        "forum": id(forum), "news": id(news),
    }));

    assert_eq!(
        bot.step("ready").await,
        json!({"step": "ready", "bot": "newsdesk", "guild": "Riverside", "channels": 3})
    );
    assert_eq!(bot.step("commands").await["names"], json!(["ask", "slow"]));
    let sent = bot.step("sent").await;
    assert_eq!((&sent["once"], &sent["embeds"]), (&json!(true), &json!(1)), "{sent}");
    assert!(sent["image"].as_str().unwrap().starts_with("https://cdn.discordapp.com/attachments/"), "{sent}");
    let edited = bot.step("edited").await;
    assert_eq!(edited, json!({"step": "edited", "content": "hello again", "edited": true, "embeds": 1}));
    let thread = bot.step("thread").await;
    assert_eq!((&thread["id"], &thread["parent"]), (&sent["id"], &id(channel)), "{thread}");
    assert_eq!((&thread["inside"], &thread["archived"]), (&sent["id"], &json!(false)), "{thread}");
    let post = bot.step("post").await;
    assert_eq!((&post["tags"], &post["starter"]), (&json!(1), &json!("first")), "{post}");
    assert_eq!(bot.step("crosspost").await["crossposted"], true);
    let read = bot.step("read").await;
    assert_eq!((&read["contents"], &read["threads"]), (&json!(["hello again"]), &json!(2)), "{read}");
    assert_eq!(
        bot.step("codes").await,
        json!({
            "step": "codes", "unknownChannel": 10_003, "unknownMessage": 10_008, "empty": 50_006, "long": 50_035,
            "intoForum": 50_008, "secondThread": 160_004, "crosspostTwice": 40_033,
        })
    );
    members_are_answered(&discord, guild, channel).await;

    discord.slow_mode(channel, 30);
    assert_eq!(bot.step("channel update").await["slow"], 30);
    discord.delete_channel(post["id"].as_str().unwrap().parse().unwrap());
    assert_eq!(bot.step("thread delete").await["id"], post["id"]);
    discord.kick(guild);
    assert_eq!(bot.step("guild delete").await["name"], "Riverside");
    let other = discord.guild("Harbour");
    discord.text_channel(other, "hall");
    discord.install(other, discord.owner(other), usual);
    assert_eq!(
        bot.step("guild create").await,
        json!({"step": "guild create", "name": "Harbour", "channels": 1})
    );
}

async fn members_are_answered(discord: &Discord, guild: u64, channel: u64) {
    let (ana, mod_) =
        (discord.member(guild, "ana.cyclist", 0), discord.member(guild, "mo.keeper", may::MANAGE_GUILD));
    let at = Place::Guild { guild, channel };
    let choices = discord.autocomplete(at, ana, "ask", "topic", "city", json!({})).await;
    assert_eq!((&choices[0]["name"], &choices[0]["value"]), (&json!("city bikes"), &json!("city-bikes")));

    let answer = discord.slash(at, ana, "ask", json!({"topic": "city-bikes"})).await;
    assert_eq!((answer.kind_name(), answer.ephemeral()), ("message", true), "{answer:?}");
    assert_eq!(answer.message()["content"], "city-bikes, Riverside");
    discord.wait_until("the followup", |_| answer.followups().len() == 1).await;
    let alone = discord.slash(Place::Dm, ana, "ask", json!({"topic": "ferries"})).await;
    assert_eq!(alone.message()["content"], "ferries, alone");

    assert_eq!(discord.slash(at, ana, "slow", json!({})).await.kind_name(), "forbidden");
    let answer = discord.slash(at, mod_, "slow", json!({})).await;
    assert_eq!(answer.kind_name(), "deferred");
    let shown = answer.wait().await;
    assert_eq!(shown["content"], "it took a while");
    let message = shown["id"].as_str().unwrap().parse().unwrap();

    let pressed = discord.press(at, ana, message, "again").await;
    assert_eq!((pressed.kind_name(), &pressed.message()["content"]), ("updated", &json!("again")));
    let picked = discord.choose(at, ana, message, "pick", &["two"]).await;
    assert_eq!(picked.kind_name(), "deferred");
    discord.wait_until("the edit", |_| picked.message()["content"] == "picked two").await;
    let form = discord.press(at, ana, message, "form").await;
    assert_eq!(form.modal()["title"], "Dispute");
    let thanks = discord.submit(at, ana, "dispute", json!({"why": "the count"})).await;
    assert_eq!((thanks.ephemeral(), &thanks.message()["content"]), (true, &json!("the count")));
}
