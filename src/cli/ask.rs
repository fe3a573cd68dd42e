//! The questions: one function each, all answered by `answer`.

use std::process::ExitCode;

use serde::Serialize;

use super::args::{FaqArgs, Global, SearchArgs, StatusArgs, SubjectArgs, TuneArgs, WhyArgs};
use super::setup::Session;
use super::{CliError, draw};
use crate::answer::metrics;
use crate::schedule::caps_of;

fn print(
    global: &Global,
    answer: &impl Serialize,
    text: impl FnOnce() -> String,
) -> Result<ExitCode, CliError> {
    if global.json {
        say!("{}", serde_json::to_string_pretty(answer).map_err(CliError::failed)?);
    } else {
        say_raw!("{}", text());
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn topics(global: &Global) -> Result<ExitCode, CliError> {
    let session = Session::open(global).await?;
    let answer = session.desk().topic_lines().await?;
    print(global, &answer, || draw::topics(&answer))
}

pub(super) async fn story(global: &Global, args: &SubjectArgs) -> Result<ExitCode, CliError> {
    let session = Session::open(global).await?;
    let answer = session.desk().story(&args.subject).await?;
    let sources = session.desk().sources(answer.code.as_str()).await?;
    print(global, &answer, || draw::story(&answer, &sources))
}

pub(super) async fn sources(global: &Global, args: &SubjectArgs) -> Result<ExitCode, CliError> {
    let session = Session::open(global).await?;
    let answer = session.desk().sources(&args.subject).await?;
    print(global, &answer, || draw::sources(&answer))
}

pub(super) async fn faq(global: &Global, args: &FaqArgs) -> Result<ExitCode, CliError> {
    let session = Session::open(global).await?;
    let answer = session.desk().faq(&args.subject, args.n.map(usize::from)).await?;
    print(global, &answer, || draw::faq(&answer))
}

pub(super) async fn changed(global: &Global, args: &SubjectArgs) -> Result<ExitCode, CliError> {
    let session = Session::open(global).await?;
    let answer = session.desk().changed(&args.subject).await?;
    print(global, &answer, || draw::changed(&answer))
}

pub(super) async fn why(global: &Global, args: &WhyArgs) -> Result<ExitCode, CliError> {
    let session = Session::open(global).await?;
    let explainer = session.explainer();
    // `ferries.example/a` is an address as people copy it.
    let asked = if !args.subject.contains("://") && args.subject.contains('.') && args.subject.contains('/') {
        format!("https://{}", args.subject)
    } else {
        args.subject.clone()
    };
    if args.not {
        let answer = explainer.why_not(&asked, args.at).await?;
        return print(global, &answer, || draw::why_not(&answer));
    }
    let answer = explainer.why(&asked, args.at).await?;
    print(global, &answer, || draw::why(&answer))
}

pub(super) async fn tune(global: &Global, args: &TuneArgs) -> Result<ExitCode, CliError> {
    let session = Session::open(global).await?;
    let answer = session.explainer().tune(&args.topic, args.days).await?;
    print(global, &answer, || draw::tune(&answer))
}

pub(super) async fn search(global: &Global, args: &SearchArgs) -> Result<ExitCode, CliError> {
    let session = Session::open(global).await?;
    let desk = session.desk();
    let topic = match &args.topic {
        Some(asked) => match desk.topic(asked) {
            Some(topic) => Some(topic.slug.clone()),
            None => {
                return Err(CliError::NothingFound(format!(
                    "`{asked}` is no topic; `newsdesk topics` lists them"
                )));
            }
        },
        None => None,
    };
    let answer = desk.search(&args.words, topic.as_ref(), args.limit).await?;
    if answer.stories.is_empty() && answer.records.is_empty() {
        if global.json {
            print(global, &answer, String::new)?;
        }
        return Err(CliError::NothingFound(format!("nothing stored has all of: {}", args.words.join(" "))));
    }
    print(global, &answer, || draw::search(&answer))
}

pub(super) async fn status(global: &Global, args: &StatusArgs) -> Result<ExitCode, CliError> {
    let session = Session::open(global).await?;
    let mut answer = session.desk().status().await?;
    if session.config.model.provider.is_some() {
        answer = answer.against(&caps_of(&session.config.model));
    }
    if args.metrics {
        say_raw!("{}", metrics(&answer));
        return Ok(ExitCode::SUCCESS);
    }
    print(global, &answer, || draw::status(&answer))
}
