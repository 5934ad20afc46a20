//! Looks how far the low-water marks may rise.

use std::time::Instant;

use super::low_water::Found;
use crate::db::deadline;
use crate::{Error, Store};

impl Store {
    /// Looks where the low-water marks are, if so many rows of a hot table are dead that vacuum seems to be held back. To be called every 10 s or so.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn look_for_low_water(&self, dead_rows: i64) -> Result<(), Error> {
        let marks = &self.memory.low_water;
        if !marks.are_worth_while(dead_rows) {
            return Ok(());
        }
        let types = sqlx::query_scalar!("SELECT type FROM queues ORDER BY type");
        let types = deadline(types.fetch_all(&self.db.pool)).await?;
        let (looks, whole) = marks.looks(&types, Instant::now());
        let look = sqlx::query_as!(
            Found,
            r#"SELECT look.type AS "type_name!", look.priority AS "priority!",
                      coalesce(first.opened_position, drawn.last_value + 1) AS "first!"
               FROM unnest($1::text[], $2::smallint[], $3::bigint[]) AS look (type, priority, behind)
               CROSS JOIN (SELECT last_value FROM job_positions) drawn
               LEFT JOIN LATERAL (
                   SELECT opened_position FROM jobs
                   WHERE type = look.type AND dispatchable AND NOT returned
                     AND (priority::bigint << 48) + opened_position > (look.priority::bigint << 48) + look.behind
                     AND (priority::bigint << 48) + opened_position < (look.priority + 1)::bigint << 48
                   ORDER BY (priority::bigint << 48) + opened_position LIMIT 1
               ) first ON true"#,
            &looks.iter().map(|look| look.0.clone()).collect::<Vec<_>>(),
            &looks.iter().map(|look| look.1).collect::<Vec<_>>(),
            &looks.iter().map(|look| look.2).collect::<Vec<_>>(),
        );
        let found = deadline(look.fetch_all(&self.db.pool)).await?;
        tracing::debug!(looks = found.len(), whole, "looked for low-water marks");
        // The time after the look: what it saw had been drawn by then.
        marks.see(found, whole, Instant::now());
        Ok(())
    }
}
