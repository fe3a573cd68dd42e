//! What can go wrong with the database, in words that say what to do.

/// A database error.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address is not one we can open.
    #[error(
        "the database address `{url}` has no known scheme; use `sqlite://PATH` or `postgres://USER@HOST/NAME`"
    )]
    UnknownScheme {
        /// As given, without credentials.
        url: String,
    },
    /// It cannot be opened or created.
    #[error("cannot open the database `{url}`: {why}")]
    Open {
        /// As given, without credentials.
        url: String,
        /// What the system says.
        why: String,
    },
    /// Its folder cannot be created.
    #[error("cannot create the folder `{folder}` for the database: {why}")]
    Folder {
        /// The folder.
        folder: String,
        /// What the system says.
        why: String,
    },
    /// The disk is full.
    #[error(
        "the disk that holds the database is full; nothing of this step was kept, free some space and run it again"
    )]
    Full,
    /// The database cannot be written.
    #[error("the database cannot be written: {0}; check the file's and its folder's permissions")]
    ReadOnly(String),
    /// The migrations do not fit.
    #[error("the database was made by another version: {0}")]
    Migrate(String),
    /// A stored value does not decode.
    #[error("the database holds a value that does not read back: {what}: {why}")]
    Decode {
        /// Table and column, or kind of value.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// Anything else.
    #[error("database error: {0}")]
    Sql(sqlx::Error),
}

impl StoreError {
    /// A value that does not decode.
    pub(crate) fn decode(what: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Decode { what, why: why.to_string() }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(err: sqlx::Error) -> Self {
        let text = err.to_string();
        if text.contains("database or disk is full")
            || text.contains("No space left on device")
            || text.contains("(code: 13)")
        {
            return Self::Full;
        }
        if text.contains("attempt to write a readonly database") || text.contains("Read-only file system") {
            return Self::ReadOnly(text);
        }
        Self::Sql(err)
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(err: serde_json::Error) -> Self {
        Self::decode("JSON text", err)
    }
}
