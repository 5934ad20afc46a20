//! Which types have a task that can be leased: what a server asks now and then for all its parked polls at once.

use windlass_domain::TypeName;

use crate::queue_limits::note_limits;
use crate::transaction::deadline;
use crate::{Error, Store};

impl Store {
    /// Those of the types that seem to have a free task: waiting, in a job that may be dequeued, of a queue with room.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn free_types(&self, types: &[TypeName]) -> Result<Vec<String>, Error> {
        let types: Vec<String> = types.iter().map(TypeName::to_string).collect();
        let seen = sqlx::query!(
            r#"SELECT q.type, q.max_running IS NOT NULL AS "limited!",
                   EXISTS (
                       SELECT FROM jobs j
                       CROSS JOIN LATERAL (
                           SELECT FROM tasks t
                           WHERE t.job_id = j.id AND t.state = 'queued' AND t.position > j.head
                           ORDER BY t.position LIMIT 1
                       ) t
                       WHERE j.type = q.type AND j.dispatchable
                       ORDER BY j.priority, j.opened_position LIMIT 1
                   ) AND (q.max_running IS NULL OR q.max_running > (
                       SELECT coalesce(sum(c.running), 0) FROM queue_counts c WHERE c.type = q.type
                   )) AS "free!"
               FROM queues q WHERE q.type = ANY($1) AND NOT q.paused"#,
            &types,
        );
        let seen = deadline(async { Ok(seen.fetch_all(&self.pool).await?) }).await?;
        let limited: Vec<String> = seen.iter().filter(|q| q.limited).map(|q| q.r#type.clone()).collect();
        note_limits(&self.limited, &types, &limited);
        Ok(seen.into_iter().filter(|queue| queue.free).map(|queue| queue.r#type).collect())
    }
}
