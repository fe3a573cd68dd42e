//! Errors at the edge, and the exit codes they map to.

use std::process::ExitCode;

use crate::answer::AskError;
use crate::store::StoreError;

/// What a command ends with when it does not succeed.
#[derive(Debug)]
pub(crate) enum CliError {
    /// Exit 1.
    Failed(String),
    /// Exit 2.
    WrongUse(String),
    /// Exit 3.
    NothingFound(String),
    /// Exit 2, drawn with the place in the file.
    Config(Box<crate::config::ConfigError>),
}

impl CliError {
    pub(crate) fn failed(why: impl std::fmt::Display) -> Self {
        Self::Failed(why.to_string())
    }

    fn code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::WrongUse(_) | Self::Config(_) => 2,
            Self::NothingFound(_) => 3,
        }
    }
}

/// Exit code of a failed verification.
pub(crate) const VERIFICATION_FAILED: u8 = 4;

impl From<StoreError> for CliError {
    fn from(err: StoreError) -> Self {
        match err {
            StoreError::UnknownScheme { .. } => Self::WrongUse(err.to_string()),
            StoreError::Open { .. }
            | StoreError::Folder { .. }
            | StoreError::Full
            | StoreError::ReadOnly(_)
            | StoreError::Migrate(_)
            | StoreError::Decode { .. }
            | StoreError::Sql(_) => Self::Failed(err.to_string()),
        }
    }
}

impl From<AskError> for CliError {
    fn from(err: AskError) -> Self {
        match err {
            AskError::Unknown { .. } | AskError::NoRecord { .. } | AskError::NoStory { .. } => {
                Self::NothingFound(err.to_string())
            }
            AskError::Store(err) => err.into(),
        }
    }
}

impl From<crate::config::ConfigError> for CliError {
    fn from(err: crate::config::ConfigError) -> Self {
        Self::Config(Box::new(err))
    }
}

/// Tells the error on stderr (as JSON where JSON was asked for) and gives its exit code.
pub(crate) fn report(err: &CliError, json: bool) -> ExitCode {
    let (message, drawn) = match err {
        CliError::Failed(message) | CliError::WrongUse(message) | CliError::NothingFound(message) => {
            (message.clone(), format!("error: {message}"))
        }
        CliError::Config(config) => (config.to_string(), super::setup::draw_config_error(config)),
    };
    if json {
        anstream::eprintln!("{}", serde_json::json!({ "error": message, "exit": err.code() }));
    } else {
        anstream::eprintln!("{drawn}");
    }
    ExitCode::from(err.code())
}
