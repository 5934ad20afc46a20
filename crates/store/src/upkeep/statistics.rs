//! Statistics: lets Postgres look anew at tables that have grown many times over since it last did.
//!
//! Plans are cached, and made anew only when a table's statistics are. Postgres' own autovacuum looks about once a minute: a plan made over an
//! empty table would serve one of a million rows until then. It deliberately leaves all slower growth to autovacuum.

use crate::db::deadline;
use crate::{Error, Store};

/// The tables that the plans of hot statements depend on, and how each is looked at. Not the leases: they come and go, and no plan may depend
/// on how many there were.
const TABLES: [(&str, &str); 8] = [
    ("tasks", "ANALYZE tasks"),
    ("jobs", "ANALYZE jobs"),
    ("pipelines", "ANALYZE pipelines"),
    ("edges", "ANALYZE edges"),
    ("task_payloads", "ANALYZE task_payloads"),
    ("task_outcomes", "ANALYZE task_outcomes"),
    ("webhook_deliveries", "ANALYZE webhook_deliveries"),
    ("webhook_bodies", "ANALYZE webhook_bodies"),
];

impl Store {
    /// Looks anew at tables of which 1,000 rows and four times what was known have changed; returns how many.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn refresh_statistics(&self) -> Result<usize, Error> {
        let outgrown = sqlx::query_scalar!(
            r#"SELECT c.relname::text AS "table!" FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
               WHERE s.schemaname = current_schema() AND s.n_mod_since_analyze > 1000 + 4 * greatest(c.reltuples, 0)"#,
        );
        let outgrown = deadline(outgrown.fetch_all(&self.db.pool)).await?;
        let due = TABLES.into_iter().filter(|(table, _)| outgrown.iter().any(|name| name == table));
        let mut refreshed = 0;
        for (_, analyze) in due {
            deadline(sqlx::query(analyze).execute(&self.db.pool)).await?;
            refreshed += 1;
        }
        Ok(refreshed)
    }
}
