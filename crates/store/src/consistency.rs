//! The consistency check: what must hold whenever no transaction is half-way. Tests and benches call it at their end;
//! it reads every row, so no request ever does.

use crate::{Error, Store};

impl Store {
    /// Every violation found, each as what is wrong and with which id; empty when all is well.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn violations(&self) -> Result<Vec<String>, Error> {
        let mut transaction = self.db.pool.begin().await?;
        // Time enough for a large database, and plans fit for reading everything. One statement is one snapshot for all parts.
        sqlx::raw_sql(
            "SET LOCAL statement_timeout = '10min'; SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on;
             SET LOCAL enable_mergejoin = on; SET LOCAL enable_material = on; SET LOCAL plan_cache_mode = auto",
        )
        .execute(&mut *transaction)
        .await?;
        let rows = sqlx::query_file!("src/consistency.sql").fetch_all(&mut *transaction).await?;
        Ok(rows
            .into_iter()
            .map(|row| format!("{}: {}", row.violation.unwrap_or_default(), row.id.unwrap_or_default()))
            .collect())
    }
}
