//! The program itself beside a local Discord: what a person at the command line sees of it.

use std::path::Path;

use crate::support::Database;
use crate::support::cli::{Ran, newsdesk};
use crate::support::club::{EVERYONE, MODERATOR, USUAL};
use crate::support::discord::Discord;
use newsdesk::model::{Cadence, DeskId, Style, Subscription};

/// Runs the binary with the bot's token, pointed at the local Discord.
async fn run(discord: &Discord, database: &Database, home: &Path, arguments: &'static [&'static str]) -> Ran {
    std::fs::write(home.join("ca.pem"), discord.ca_pem()).unwrap();
    let (address, ca) = (discord.address().to_string(), home.join("ca.pem").display().to_string());
    let (url, token, home) = (database.url.clone(), discord.token(), home.to_owned());
    let ran = tokio::task::spawn_blocking(move || {
        let variables = [
            ("NEWSDESK_DATABASE", url.as_str()),
            ("NEWSDESK_TOPICS__BUILTIN", "false"),
            ("NEWSDESK_DISCORD__TOKEN", token),
            ("NEWSDESK_DISCORD__CONNECT", address.as_str()),
            ("NEWSDESK_DISCORD__CA_FILE", ca.as_str()),
        ];
        newsdesk(&home, &variables, arguments)
    });
    let ran = ran.await.unwrap();
    assert!(!ran.out.contains(token) && !ran.err.contains(token), "the token is never shown");
    ran
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_names_what_is_missing_and_where() {
    let discord = Discord::start().await;
    let database = Database::create();
    let home = tempfile::TempDir::new().unwrap();
    let guild = discord.guild("Harbour Club");
    let news = discord.text_channel(guild, "news");
    discord.install(guild, discord.owner(guild), USUAL);
    discord.member(guild, "mo", MODERATOR | EVERYONE);
    let store = database.open().await;
    let (desk, at) = (DeskId::discord(guild), chrono::DateTime::UNIX_EPOCH);
    store.desk_joined(&desk, "Harbour Club", None, at).await.unwrap();
    let subscription = Subscription {
        desk,
        topic: "ferries".parse().unwrap(),
        channel: news,
        style: Style::Thread,
        cadence: Cadence::Instant,
        crosspost: false,
        created_by: 1,
        created_at: at,
        awake: true,
    };
    store.follow(&subscription).await.unwrap();

    let link = run(&discord, &database, home.path(), &["discord", "invite"]).await.ends(0);
    assert!(link.out.contains(&format!("client_id={}", discord.application_id())), "{}", link.out);

    let place = format!("Harbour Club, ferries in channel {news}");
    let ran = run(&discord, &database, home.path(), &["doctor"]).await;
    assert!(ran.out.contains("ok   Discord token: is that of newsdesk"), "{}", ran.out);
    assert!(ran.out.contains(&format!("ok   {place}: may post")), "{}", ran.out);
    assert!(ran.out.contains("FAIL Discord commands: are not registered"), "{}", ran.out);

    let attach_files = 1 << 15;
    discord.deny_bot(news, attach_files);
    let ran = run(&discord, &database, home.path(), &["doctor"]).await.ends(1);
    assert!(ran.out.contains(&format!("FAIL {place}: is missing: Attach Files")), "{}", ran.out);

    discord.revoke_token();
    let ran = run(&discord, &database, home.path(), &["doctor"]).await.ends(1);
    assert!(ran.out.contains("FAIL Discord token") && ran.out.contains("Reset Token"), "{}", ran.out);
    let ran = run(&discord, &database, home.path(), &["run"]).await.ends(1);
    assert_eq!(
        ran.err.matches("does not accept the bot's token").count(),
        1,
        "one clear notice: {}",
        ran.err
    );
}
