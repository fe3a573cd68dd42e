//! `newsdesk forget`: somebody asked to be gone.

use std::collections::BTreeSet;
use std::process::ExitCode;

use super::CliError;
use super::args::{ForgetArgs, Global};
use super::draw::counted;
use super::reach::reach;
use super::setup::Session;
use crate::ingest::{author_on, profile_of};
use crate::model::{Clock as _, InvalidId, Platform, SystemClock};
use crate::schedule::LiveDesk;
use crate::store::Store;

pub(super) async fn run(global: &Global, args: &ForgetArgs) -> Result<ExitCode, CliError> {
    let session = Session::open(global).await?;
    let platform = args.platform.as_deref().map(str::parse).transpose();
    let platform: Option<Platform> =
        platform.map_err(|err: InvalidId| CliError::WrongUse(err.to_string()))?;
    let at = SystemClock.now();
    let asked = args.what.trim();
    let store = &session.store;
    let (whom, records) = if let Some((there, author)) = profile_of(asked) {
        if platform.is_some_and(|platform| platform != there) {
            return Err(CliError::WrongUse(format!(
                "{asked} is a profile on {}; leave `--platform` out",
                there.display_name()
            )));
        }
        let mut n = store.leave_out(&there, &author, at).await?;
        if author.starts_with("did:") {
            // Posts name their author by handle.
            for handle in store.authors_of_account(&there, &format!("at://{author}/")).await? {
                n += store.leave_out(&there, &handle, at).await?;
            }
            if n == 0 {
                return Err(CliError::NothingFound(format!(
                    "nothing is stored of {author}; `newsdesk forget @HANDLE --platform bluesky` keeps them out from now on"
                )));
            }
        }
        (Some((there, author)), n)
    } else if asked.contains("://") {
        let record = session.desk().record_at(asked).await?;
        let gone = match &record {
            Some(record) => store.forget_record(&record.id, at).await?,
            None => false,
        };
        if !gone {
            return Err(CliError::NothingFound(format!("nothing is stored of {asked}")));
        }
        (None, 1)
    } else {
        let (platform, author) = author_called(store, asked, platform).await?;
        let n = store.leave_out(&platform, &author, at).await?;
        (Some((platform, author)), n)
    };
    let reach = reach(&session).await?;
    let doors = reach.doors(&session.config);
    let (publishers, troubles) = reach.split();
    let mut desk = LiveDesk::new(&session.config, &session.config.topics, store.clone(), publishers, &doors)
        .map_err(CliError::failed)?;
    let erased = desk.forget(&SystemClock).await?;
    troubles.tell_all(&session, &SystemClock).await;
    if global.json {
        say!(
            "{}",
            serde_json::json!({
                "records": records, "versions": erased, "left_out": whom.is_some(),
                "platform": whom.as_ref().map(|(platform, _)| platform.to_string()),
            })
        );
    } else {
        say!(
            "{} forgotten, {} written again without {}.",
            counted(records, "record", "records"),
            counted(erased as u64, "story version", "story versions"),
            if records == 1 { "it" } else { "them" }
        );
        if let Some((platform, author)) = whom {
            say!("Nothing by {author} on {} is stored from now on.", platform.display_name());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Platforms that put something before names.
const NAMING: [Platform; 6] = [
    Platform::Reddit,
    Platform::Bluesky,
    Platform::HackerNews,
    Platform::Mastodon,
    Platform::Lemmy,
    Platform::X,
];

/// Who is meant by a name without an address, as records name them.
async fn author_called(
    store: &Store,
    asked: &str,
    platform: Option<Platform>,
) -> Result<(Platform, String), CliError> {
    if let Some(platform) = platform {
        // Named outright: kept out from now on even if nothing is stored yet.
        let Some(author) = author_on(&platform, asked) else {
            return Err(CliError::WrongUse(format!(
                "nobody on {} is called `{asked}`; write the whole name, such as {}",
                platform.display_name(),
                if platform == Platform::Bluesky { "`@ana.example`" } else { "`@ana@social.example`" }
            )));
        };
        return Ok((platform, author));
    }
    // As stories show it, or without what platforms put before names.
    let mut found: BTreeSet<(Platform, String)> = BTreeSet::new();
    for platform in store.platforms_of_author(asked).await? {
        found.insert((platform, asked.to_owned()));
    }
    for platform in NAMING {
        let Some(author) = author_on(&platform, asked) else { continue };
        let known =
            found.iter().any(|(there, name)| *there == platform && name.eq_ignore_ascii_case(&author));
        if !known && store.platforms_of_author(&author).await?.contains(&platform) {
            found.insert((platform, author));
        }
    }
    let mut found: Vec<(Platform, String)> = found.into_iter().collect();
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(CliError::NothingFound(format!(
            "nobody stored is called {asked}; with `--platform` they are kept out from now on"
        ))),
        _ => {
            let names: Vec<String> = found.iter().map(|(platform, _)| platform.to_string()).collect();
            Err(CliError::WrongUse(format!(
                "{asked} is on {}; say which with `--platform`",
                names.join(", ")
            )))
        }
    }
}
