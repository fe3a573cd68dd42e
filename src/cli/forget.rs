//! `newsdesk forget`: somebody asked to be gone.

use std::process::ExitCode;

use super::CliError;
use super::args::{ForgetArgs, Global};
use super::draw::counted;
use super::reach::reach;
use super::setup::Session;
use crate::ingest::profile_of;
use crate::model::{Clock as _, InvalidId, Platform, SystemClock};
use crate::schedule::LiveDesk;

pub(super) async fn run(global: &Global, args: &ForgetArgs) -> Result<ExitCode, CliError> {
    let session = Session::open(global).await?;
    let platform = args.platform.as_deref().map(str::parse).transpose();
    let platform: Option<Platform> =
        platform.map_err(|err: InvalidId| CliError::WrongUse(err.to_string()))?;
    let at = SystemClock.now();
    let asked = args.what.trim();
    let store = &session.store;
    let (whom, records) = if let Some((platform, author)) = profile_of(asked) {
        let mut n = store.leave_out(&platform, &author, at).await?;
        if author.starts_with("did:") {
            // Posts name their author by handle.
            for handle in store.authors_of_account(&platform, &format!("at://{author}/")).await? {
                n += store.leave_out(&platform, &handle, at).await?;
            }
            if n == 0 {
                return Err(CliError::NothingFound(format!(
                    "nothing is stored of {author}; `newsdesk forget @HANDLE --platform bluesky` keeps them out from now on"
                )));
            }
        }
        (Some((platform, author)), n)
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
        let mut found = store.platforms_of_author(asked).await?;
        if let Some(platform) = platform {
            // Named outright: kept out from now on even if nothing is stored yet.
            found = vec![platform];
        }
        match found.as_slice() {
            [platform] => {
                let n = store.leave_out(platform, asked, at).await?;
                (Some((platform.clone(), asked.to_owned())), n)
            }
            [] => {
                return Err(CliError::NothingFound(format!(
                    "nobody stored is called {asked}; with `--platform` they are kept out from now on"
                )));
            }
            several => {
                let names: Vec<String> = several.iter().map(ToString::to_string).collect();
                return Err(CliError::WrongUse(format!(
                    "{asked} is on {}; say which with `--platform`",
                    names.join(", ")
                )));
            }
        }
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
        if let Some((platform, _)) = whom {
            say!("Nothing by this author on {} is stored from now on.", platform.display_name());
        }
    }
    Ok(ExitCode::SUCCESS)
}
