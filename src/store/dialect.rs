//! The one place where the two databases differ.

use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, Executor, Transaction};

/// Which database a store speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite, in a file or in memory.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// The type of a column in a batch given as one JSON parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Col {
    /// `TEXT`
    Text,
    /// `BIGINT`
    Int,
    /// `DOUBLE PRECISION`
    Real,
}

impl Dialect {
    /// A table expression `r` over the JSON array in `$1`, with the columns given.
    ///
    /// One statement a batch: sqlx hands each SQLite statement to another thread, so row by row costs double. SQLite
    /// writes an element of the array out anew for each column that is taken from it, unless it is made to keep it.
    pub(crate) fn rows(self, columns: &[(&str, Col)]) -> String {
        match self {
            Self::Sqlite => {
                let list: Vec<String> =
                    columns.iter().map(|(name, _)| format!("v->>'{name}' AS {name}")).collect();
                format!(
                    "(WITH element (v) AS MATERIALIZED (SELECT jsonb(value) FROM json_each($1)) SELECT {} FROM element) AS r",
                    list.join(", ")
                )
            }
            Self::Postgres => {
                let list: Vec<String> = columns
                    .iter()
                    .map(|(name, col)| {
                        let kind = match col {
                            Col::Text => "TEXT",
                            Col::Int => "BIGINT",
                            Col::Real => "DOUBLE PRECISION",
                        };
                        format!("{name} {kind}")
                    })
                    .collect();
                format!("jsonb_to_recordset($1::text::jsonb) AS r({})", list.join(", "))
            }
        }
    }

    /// Begins a transaction that may write. On SQLite it takes the write lock at once: upgrading a read later can
    /// fail with "busy" whatever the timeout.
    pub(crate) async fn begin_write(self, pool: &AnyPool) -> sqlx::Result<Transaction<'static, Any>> {
        match self {
            Self::Sqlite => pool.begin_with("BEGIN IMMEDIATE").await,
            Self::Postgres => pool.begin().await,
        }
    }

    /// Settings that live in a connection.
    ///
    /// SQLite leaves deleted rows in the free pages of its file unless told to overwrite them: a deleted post must be
    /// gone from there as well.
    ///
    /// Pages of a new file have 8 kB: most rows of texts and analyses fit into one, so that they are not spread over some. A
    /// file keeps the pages that it was made with.
    ///
    /// The log may grow to 64 MB before it is written into the file: ids are digests, so that every batch of records touches
    /// nearly every page of their indexes, and each of these is written once a log.
    ///
    /// The cache is kept small: each of the pool's connections has one and keeps it while idle, and the machine caches
    /// the file anyway.
    pub(crate) async fn prepare(self, conn: &mut AnyConnection) -> sqlx::Result<()> {
        let sql = match self {
            Self::Sqlite => {
                "PRAGMA page_size = 8192; PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; \
                 PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON; PRAGMA cache_size = -8000; \
                 PRAGMA wal_autocheckpoint = 8000;"
            }
            Self::Postgres => "SET TIME ZONE 'UTC'; SET statement_timeout = '120s';",
        };
        conn.execute(sqlx::raw_sql(sql)).await.map(drop)
    }

    /// Leaves no trace of deleted rows beside the tables: SQLite's log still has the pages they stood in.
    pub(crate) async fn leave_no_trace(self, pool: &AnyPool) -> sqlx::Result<()> {
        match self {
            Self::Sqlite => pool.execute(sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)")).await.map(drop),
            Self::Postgres => Ok(()),
        }
    }

    /// Refreshes the planner's statistics after a large import.
    pub(crate) async fn analyze(self, pool: &AnyPool) -> sqlx::Result<()> {
        let sql = match self {
            Self::Sqlite => "PRAGMA optimize",
            Self::Postgres => "ANALYZE",
        };
        pool.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.map(drop)
    }

    /// Appended to a `SELECT` of queued steps: rows that another worker holds are passed over.
    /// SQLite has one writer, which holds the lock already.
    pub(crate) fn skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => "FOR UPDATE SKIP LOCKED",
        }
    }

    /// The text of a field of the JSON object that is kept in `column`.
    pub(crate) fn json_text(self, column: &str, field: &str) -> String {
        match self {
            Self::Sqlite => format!("{column}->>'{field}'"),
            Self::Postgres => format!("{column}::json->>'{field}'"),
        }
    }

    /// `column`, compared byte by byte: so texts that begin alike stand together.
    pub(crate) fn by_bytes(self, column: &str) -> String {
        match self {
            Self::Sqlite => column.to_owned(),
            Self::Postgres => format!("{column} COLLATE \"C\""),
        }
    }

    /// The condition that `column` has the pattern in `$n`, in any case. SQLite's `LIKE` folds ASCII by itself.
    pub(crate) fn like(self, column: &str, n: usize) -> String {
        match self {
            Self::Sqlite => format!("{column} LIKE ${n} ESCAPE '\\'"),
            Self::Postgres => format!("{column} ILIKE ${n} ESCAPE '\\'"),
        }
    }
}
