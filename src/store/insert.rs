//! New rows, some at once.

use std::fmt::Display;

use sqlx::any::AnyArguments;
use sqlx::error::BoxDynError;
use sqlx::{Any, Arguments as _, AssertSqlSafe, Encode, Transaction, Type, query, query_with};

use super::dialect::Col;
use super::{Dialect, StoreError};

/// Rows in one statement on SQLite: enough that handing it to the database's thread costs nothing beside them, and few
/// enough that their values may all be bound.
const AT_ONCE: usize = 50;

/// Where rows go.
pub(super) struct Insert<'a> {
    /// The table.
    pub(super) table: &'a str,
    /// Its columns that each row fills.
    pub(super) columns: &'a [(&'a str, Col)],
    /// Columns that are the same in all rows, and what they are.
    pub(super) fixed: &'a [(&'a str, i64)],
    /// What if a row is there: `ON CONFLICT …`, or nothing.
    pub(super) conflict: &'a str,
}

/// A row of a table: by name for PostgreSQL, in the order of the columns for SQLite.
pub(super) trait NewRow: serde::Serialize {
    /// Hands over the values, in the order of [`Insert::columns`].
    fn values(&self, values: &mut Values);
}

/// Values of rows, one after the other.
#[derive(Default)]
pub(super) struct Values {
    arguments: AnyArguments,
    failed: Option<BoxDynError>,
}

impl Values {
    /// The next value. A double that may be missing is one only for SQLite, which does not ask for the type of `NULL`.
    pub(super) fn push<'q>(&mut self, value: impl Encode<'q, Any> + Type<Any>) -> &mut Self {
        if let Err(err) = self.arguments.add(value) {
            self.failed.get_or_insert(err);
        }
        self
    }
}

impl Dialect {
    /// Stores rows. On PostgreSQL they are one parameter, as in every batch. SQLite takes longer to read JSON than to store
    /// what it says: there every value is bound.
    pub(super) async fn insert<R: NewRow>(
        self,
        tx: &mut Transaction<'static, Any>,
        insert: &Insert<'_>,
        rows: &[R],
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let Insert { table, columns, fixed, conflict } = insert;
        let names = columns.iter().map(|(name, _)| *name).chain(fixed.iter().map(|(name, _)| *name));
        let into = format!("INSERT INTO {table} ({})", joined(names));
        match self {
            Self::Postgres => {
                let named = columns.iter().map(|(name, _)| format!("r.{name}"));
                let all = joined(named.chain(fixed.iter().map(|(_, value)| value.to_string())));
                let sql = format!("{into} SELECT {all} FROM {} WHERE true {conflict}", self.rows(columns));
                query(AssertSqlSafe(sql)).bind(serde_json::to_string(rows)?).execute(&mut **tx).await?;
            }
            Self::Sqlite => {
                let places = columns.iter().map(|_| "?".to_owned());
                let one = joined(places.chain(fixed.iter().map(|(_, value)| value.to_string())));
                for part in rows.chunks(AT_ONCE) {
                    let all = joined(part.iter().map(|_| format!("({one})")));
                    let sql = format!("{into} VALUES {all} {conflict}");
                    let mut values = Values::default();
                    values.arguments.reserve(part.len() * columns.len(), 0);
                    for row in part {
                        row.values(&mut values);
                    }
                    if let Some(err) = values.failed {
                        return Err(sqlx::Error::Encode(err).into());
                    }
                    // Only the statement for whole parts is met again.
                    query_with(AssertSqlSafe(sql), values.arguments)
                        .persistent(part.len() == AT_ONCE)
                        .execute(&mut **tx)
                        .await?;
                }
            }
        }
        Ok(())
    }
}

fn joined(parts: impl Iterator<Item = impl Display>) -> String {
    parts.fold(String::new(), |mut all, part| {
        if !all.is_empty() {
            all.push_str(", ");
        }
        all.push_str(&part.to_string());
        all
    })
}
