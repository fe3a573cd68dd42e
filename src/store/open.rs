//! Opening a database and bringing it to the newest migration.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::Migrator;
use sqlx::{Any, AnyConnection, AnyPool, ConnectOptions as _, Connection as _, Transaction};

use super::{Dialect, StoreError};

static COMMON: Migrator = sqlx::migrate!("migrations/common");
static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// More connections than that only queue: SQLite has one writer, and a desk has few tasks.
const MAX_CONNECTIONS: u32 = 8;

/// How often, and how far apart, a new file is tried that another process is just opening: 5 seconds in all.
const BUSY_TRIES: u32 = 100;
const BUSY_PAUSE: Duration = Duration::from_millis(50);

/// SQLite's “database is locked”.
fn is_busy(err: &sqlx::Error) -> bool {
    err.as_database_error()
        .is_some_and(|err| err.code().as_deref() == Some("5") || err.message().contains("database is locked"))
}

/// An open database.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) pool: AnyPool,
    pub(super) dialect: Dialect,
    /// Whether texts were deleted that may still stand in the database's log. Nobody knows of those before the opening.
    pub(super) traces: Arc<AtomicBool>,
}

impl Store {
    /// Opens (SQLite: creates) the database at `url` and brings it to the newest migration.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let dialect = match url.split(':').next() {
            Some("sqlite") => Dialect::Sqlite,
            Some("postgres" | "postgresql") => Dialect::Postgres,
            Some(_) | None => return Err(StoreError::UnknownScheme { url: redact(url) }),
        };
        let open_error =
            |err: &dyn std::fmt::Display| StoreError::Open { url: redact(url), why: err.to_string() };
        let failed = |err: sqlx::Error| match StoreError::from(err) {
            StoreError::Sql(err) => open_error(&err),
            other @ (StoreError::UnknownScheme { .. }
            | StoreError::Open { .. }
            | StoreError::Folder { .. }
            | StoreError::Full
            | StoreError::ReadOnly(_)
            | StoreError::Migrate(_)
            | StoreError::Decode { .. }) => other,
        };
        let mut options = AnyConnectOptions::from_str(url).map_err(|err| open_error(&err))?;
        let in_memory = url.contains(":memory:") || url.contains("mode=memory");
        if dialect == Dialect::Sqlite && !in_memory {
            create_folder(url)?;
            if options.database_url.query().is_none() {
                options.database_url.set_query(Some("mode=rwc"));
            }
        }
        if !in_memory {
            // The pool tries again for its whole timeout, whatever is wrong, and then tells only that it timed out.
            let mut first: AnyConnection = options.connect().await.map_err(failed)?;
            // Two that open a new file at once both change its journal, and SQLite does not let one wait for the other.
            let mut tries = 0;
            while let Err(err) = dialect.prepare(&mut first).await {
                if !is_busy(&err) || tries >= BUSY_TRIES {
                    return Err(failed(err));
                }
                tries += 1;
                tokio::time::sleep(BUSY_PAUSE).await;
            }
            first.close().await.map_err(failed)?;
        }
        let pool = AnyPoolOptions::new()
            // Each connection to `:memory:` would see a database of its own, and one that is closed loses it.
            .max_connections(if in_memory { 1 } else { MAX_CONNECTIONS })
            .idle_timeout(if in_memory { None } else { Some(Duration::from_mins(10)) })
            .max_lifetime(if in_memory { None } else { Some(Duration::from_mins(30)) })
            .acquire_timeout(Duration::from_secs(15))
            .after_connect(move |conn, _| Box::pin(dialect.prepare(conn)))
            .connect_with(options)
            .await
            .map_err(failed)?;
        let store = Self { pool, dialect, traces: Arc::new(AtomicBool::new(true)) };
        store.migrate().await?;
        Ok(store)
    }

    /// A database in memory, for simulations.
    pub async fn in_memory() -> Result<Self, StoreError> {
        Self::open("sqlite::memory:").await
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        let own = match self.dialect {
            Dialect::Sqlite => &SQLITE,
            Dialect::Postgres => &POSTGRES,
        };
        let all = Migrator::with_migrations(COMMON.iter().chain(own.iter()).cloned().collect());
        let failed = |err: sqlx::migrate::MigrateError| match err {
            sqlx::migrate::MigrateError::Execute(err)
            | sqlx::migrate::MigrateError::ExecuteMigration(err, _) => StoreError::from(err),
            other => StoreError::Migrate(other.to_string()),
        };
        match self.dialect {
            // sqlx locks only Postgres while it migrates: two processes opening one new file would both apply 0001.
            Dialect::Sqlite => {
                let mut tx = self.begin().await?;
                all.run(&mut *tx).await.map_err(failed)?;
                tx.commit().await?;
            }
            Dialect::Postgres => all.run(&self.pool).await.map_err(failed)?,
        }
        Ok(())
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Closes all connections and, on SQLite, folds the write-ahead log into the file.
    pub async fn close(self) {
        self.pool.close().await;
    }

    /// Refreshes the planner's statistics; worth it after a large import.
    pub async fn refresh_statistics(&self) -> Result<(), StoreError> {
        Ok(self.dialect.analyze(&self.pool).await?)
    }

    /// Leaves no trace of deleted rows beside the tables, as far as the database allows.
    pub async fn leave_no_trace(&self) -> Result<(), StoreError> {
        self.dialect.leave_no_trace(&self.pool).await?;
        self.traces.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// The same, if anything was deleted since.
    pub async fn leave_no_trace_of_the_gone(&self) -> Result<(), StoreError> {
        if self.traces.load(Ordering::Relaxed) { self.leave_no_trace().await } else { Ok(()) }
    }

    pub(super) async fn begin(&self) -> sqlx::Result<Transaction<'static, Any>> {
        self.dialect.begin_write(&self.pool).await
    }
}

/// The address without what stands before an `@`: it may hold a password.
pub(crate) fn redact(url: &str) -> String {
    match url
        .split_once("://")
        .and_then(|(scheme, rest)| rest.rsplit_once('@').map(|(_, host)| (scheme, host)))
    {
        Some((scheme, host)) => format!("{scheme}://…@{host}"),
        None => url.to_owned(),
    }
}

fn create_folder(url: &str) -> Result<(), StoreError> {
    let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or(url);
    let path = path.split('?').next().unwrap_or(path);
    match Path::new(path).parent() {
        Some(folder) if !folder.as_os_str().is_empty() => std::fs::create_dir_all(folder)
            .map_err(|err| StoreError::Folder { folder: folder.display().to_string(), why: err.to_string() }),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn a_password_never_reaches_a_message() {
        assert_eq!(redact("postgres://desk:s3cret@db.example/news"), "postgres://…@db.example/news");
        assert_eq!(redact("sqlite:///var/lib/newsdesk.db"), "sqlite:///var/lib/newsdesk.db");
    }
}
