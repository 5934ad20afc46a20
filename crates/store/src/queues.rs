//! Queues: what waits and runs of each type, read from counters.

use crate::transaction::deadline;
use crate::view::Queue;
use crate::{Error, Store};

impl Store {
    /// Every queue, by type.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn queues(&self) -> Result<Vec<Queue>, Error> {
        let queues = sqlx::query_as!(
            Queue,
            r#"SELECT q.type AS type_name, q.paused, q.max_running,
                      coalesce(sum(c.queued), 0)::bigint AS "queued!", coalesce(sum(c.scheduled), 0)::bigint AS "scheduled!",
                      coalesce(sum(c.running), 0)::bigint AS "running!", (
                          SELECT max(extract(epoch FROM windlass_now() - first.since))::float8
                          FROM generate_series(0, 4) AS priority (rank)
                          CROSS JOIN LATERAL (
                              SELECT greatest(t.created_at, t.run_at, j.opened_at, j.run_at) AS since
                              FROM jobs j
                              CROSS JOIN LATERAL (
                                  SELECT t.created_at, t.run_at FROM tasks t
                                  WHERE t.job_id = j.id AND t.state = 'queued' AND t.position > j.head
                                  ORDER BY t.position LIMIT 1
                              ) t
                              WHERE j.type = q.type AND j.priority = priority.rank AND j.dispatchable
                              ORDER BY j.opened_position LIMIT 1
                          ) first
                      ) AS oldest_queued_seconds
               FROM queues q LEFT JOIN queue_counts c ON c.type = q.type
               GROUP BY q.type
               ORDER BY q.type"#
        );
        deadline(async { Ok(queues.fetch_all(&self.pool).await?) }).await
    }
}
