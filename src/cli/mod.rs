//! The front door: one file per subcommand. Data goes to stdout, progress and logs to stderr.

/// Prints a line of data to stdout. A full disk or a closed pipe below it is an error, not a panic.
macro_rules! say {
    ($($arg:tt)*) => {
        $crate::cli::write_out(&format!("{}\n", format_args!($($arg)*)))?
    };
}

/// The same without the line's end.
macro_rules! say_raw {
    ($($arg:tt)*) => {
        $crate::cli::write_out(&format!($($arg)*))?
    };
}

mod amend;
mod args;
mod ask;
mod backtest;
mod bluesky;
mod demo;
mod discord;
mod doctor;
mod draw;
mod error;
mod export;
mod followers;
mod forget;
mod import;
mod init;
mod reach;
mod replay;
mod report;
mod run;
mod scan;
mod setup;
mod verify;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use args::{Args, Command};
use error::CliError;

use crate::model::AmendmentKind;

/// Parses the command line, does what it says, and tells the system how it went.
pub fn main() -> ExitCode {
    let args = Args::parse();
    setup::logging(&args.global);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(err) => {
            return error::report(&CliError::failed(format!("cannot start: {err}")), args.global.json);
        }
    };
    match runtime.block_on(dispatch(&args)) {
        Ok(code) => code,
        Err(err) => error::report(&err, args.global.json),
    }
}

/// Writes data to stdout, colour only where a terminal shows it.
fn write_out(text: &str) -> Result<(), CliError> {
    use std::io::Write as _;
    let mut out = anstream::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        // Whoever read us has enough (`| head`): that is no failure of ours.
        Err(err) if err.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(err) => Err(CliError::Failed(format!("cannot write the answer: {err}"))),
    }
}

async fn dispatch(args: &Args) -> Result<ExitCode, CliError> {
    let global = &args.global;
    match &args.command {
        Command::Demo(command) => Box::pin(demo::run(global, command)).await,
        Command::Init(command) => init::run(command),
        Command::Import(command) => Box::pin(import::run(global, command)).await,
        Command::Scan(command) => Box::pin(scan::run(global, command)).await,
        Command::Run => run::run(global).await,
        Command::Correct(command) => {
            Box::pin(amend::run(global, &command.code, AmendmentKind::Correction, &command.text)).await
        }
        Command::Retract(command) => {
            Box::pin(amend::run(global, &command.code, AmendmentKind::Retraction, &command.text)).await
        }
        Command::Forget(command) => Box::pin(forget::run(global, command)).await,
        Command::Doctor => doctor::run(global).await,
        Command::Discord { command } => discord::run(global, command),
        Command::Bluesky { command } => bluesky::run(global, command).await,
        Command::Backtest(command) => Box::pin(backtest::run(global, command)).await,
        Command::Topics => ask::topics(global).await,
        Command::Story(command) => ask::story(global, command).await,
        Command::Sources(command) => ask::sources(global, command).await,
        Command::Faq(command) => ask::faq(global, command).await,
        Command::Changed(command) => ask::changed(global, command).await,
        Command::Why(command) => ask::why(global, command).await,
        Command::Tune(command) => ask::tune(global, command).await,
        Command::Search(command) => ask::search(global, command).await,
        Command::Status(args) => ask::status(global, args).await,
        Command::Export(command) => export::run(global, command).await,
        Command::Verify(command) => verify::run(global, command).await,
        Command::Replay(command) => replay::run(global, command).await,
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut Args::command(), "newsdesk", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
    }
}
