//! The address of the database.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use url::Url;

/// `sqlite://PATH`, `sqlite::memory:` or `postgres://…`. A password in it is shown to nobody but the driver.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The SQLite database in this file; the file need not exist.
    pub fn sqlite(path: &Path) -> Self {
        let mut text = String::from("sqlite://");
        for c in path.to_string_lossy().chars() {
            // The driver cuts the address at `?` and decodes `%`.
            match c {
                '%' => text.push_str("%25"),
                '?' => text.push_str("%3F"),
                '#' => text.push_str("%23"),
                other => text.push(other),
            }
        }
        Self(text)
    }

    /// The whole address, password included: for the driver only.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether this is SQLite; else it is Postgres.
    pub fn is_sqlite(&self) -> bool {
        self.0.starts_with("sqlite:")
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Ok(mut url) = Url::parse(&self.0)
            && url.password().is_some()
            && url.set_password(Some("…")).is_ok()
        {
            return write!(f, "{}", url.as_str().replacen("%E2%80%A6", "…", 1));
        }
        f.write_str(&self.0)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

impl FromStr for DatabaseUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let known = ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
        if !known {
            return Err("a database is `sqlite://PATH` or `postgres://USER@HOST/NAME`");
        }
        if text.starts_with("postgres") && Url::parse(text).is_err() {
            return Err(
                "this is not a Postgres address; it looks like `postgres://USER:PASSWORD@HOST:5432/NAME`",
            );
        }
        if ["sqlite:", "sqlite://"].contains(&text) {
            return Err("the path is missing; it looks like `sqlite://newsdesk.db`");
        }
        Ok(Self(text.to_owned()))
    }
}
