//! Corrections and retractions.

use sqlx::any::AnyRow;
use sqlx::{Any, Row as _, Transaction, query};

use super::decode::time;
use super::{Store, StoreError};
use crate::model::{Amendment, Sha256, StoryCode};

const SELECT: &str = "SELECT id, code, kind, text, by_name, at_ms FROM amendment";

impl Store {
    /// Stores an amendment that is to be carried out. `false`: it is there already.
    pub async fn save_amendment(&self, amendment: &Amendment) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let new = Self::save_amendment_in(&mut tx, amendment).await?;
        tx.commit().await?;
        Ok(new)
    }

    pub(super) async fn save_amendment_in(
        tx: &mut Transaction<'static, Any>,
        amendment: &Amendment,
    ) -> Result<bool, StoreError> {
        let Amendment { code, kind, text, by, at } = amendment;
        let at_ms = at.timestamp_millis();
        let id = Sha256::of(&format!("{code}\n{kind}\n{at_ms}\n{text}"));
        let done = query(
            "INSERT INTO amendment (id, code, kind, text, by_name, at_ms, applied) VALUES ($1, $2, $3, $4, $5, $6, 0) \
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(id.as_str().get(..24))
        .bind(code.as_str())
        .bind(kind.as_str())
        .bind(text.replace('\0', ""))
        .bind(by.replace('\0', ""))
        .bind(at_ms)
        .execute(&mut **tx)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// What was said of a story after it was posted, oldest first.
    pub async fn amendments_of(&self, code: &StoryCode) -> Result<Vec<Amendment>, StoreError> {
        let sql = format!("{SELECT} WHERE code = $1 ORDER BY at_ms, id");
        let rows = query(sqlx::AssertSqlSafe(sql)).bind(code.as_str()).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(amendment_of(row)?.1)).collect()
    }

    /// Amendments that have not reached every copy, oldest first, each with its id.
    pub async fn amendments_due(&self) -> Result<Vec<(String, Amendment)>, StoreError> {
        let sql = format!("{SELECT} WHERE applied = 0 ORDER BY at_ms, id");
        query(sqlx::AssertSqlSafe(sql)).fetch_all(&self.pool).await?.iter().map(amendment_of).collect()
    }

    /// Notes that every copy of an amendment's story is planned again.
    pub async fn amendment_applied(&self, id: &str) -> Result<(), StoreError> {
        query("UPDATE amendment SET applied = 1 WHERE id = $1").bind(id).execute(&self.pool).await?;
        Ok(())
    }
}

fn amendment_of(row: &AnyRow) -> Result<(String, Amendment), StoreError> {
    let text = |column: &'static str| -> Result<String, StoreError> { Ok(row.try_get::<String, _>(column)?) };
    let amendment = Amendment {
        code: text("code")?.parse().map_err(|err| StoreError::decode("amendment.code", err))?,
        kind: text("kind")?.parse().map_err(|err| StoreError::decode("amendment.kind", err))?,
        text: text("text")?,
        by: text("by_name")?,
        at: time("amendment.at_ms", row.try_get("at_ms")?)?,
    };
    Ok((text("id")?, amendment))
}
