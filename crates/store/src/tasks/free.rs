//! Which types have a task that can be leased: what a server asks now and then for all its parked polls at once, and a dequeue that was given
//! nothing.

use uuid::Uuid;
use windlass_domain::TypeName;

use crate::db::deadline;
use crate::upkeep::Spans;
use crate::{Error, Store};

/// A type that seems to have a free task.
pub(super) struct Free {
    type_name: String,
    /// The first job in line of which tasks are left over: these are to be brought back before they can be leased.
    pub(super) left_over: Option<Uuid>,
}

impl Store {
    /// Those of the types that seem to have a free task: waiting, in a job that may be dequeued, of a queue with room.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn free_types(&self, types: &[TypeName]) -> Result<Vec<String>, Error> {
        let types: Vec<String> = types.iter().map(TypeName::to_string).collect();
        Ok(self.look_for_free(&types).await?.into_iter().map(|free| free.type_name).collect())
    }

    pub(super) async fn look_for_free(&self, types: &[String]) -> Result<Vec<Free>, Error> {
        let spans = self.memory.low_water.spans(types).unwrap_or_else(|| Spans::all(types));
        let seen = sqlx::query!(
            r#"SELECT q.type, q.max_running IS NOT NULL AS "limited!", behind.id AS "left_over?",
                   (behind.id IS NOT NULL OR line.waits) AND (q.max_running IS NULL OR q.max_running > (
                       SELECT coalesce(sum(c.running), 0) FROM queue_counts c WHERE c.type = q.type
                   )) AS "free!"
               FROM (
                   SELECT type, bool_or(waits) AS waits
                   FROM (
                       SELECT ahead.type, EXISTS (
                           SELECT FROM jobs j
                           CROSS JOIN LATERAL (
                               SELECT FROM tasks t
                               WHERE t.job_id = j.id AND t.state = 'queued' AND t.position > j.head
                               ORDER BY t.position LIMIT 1
                           ) t
                           WHERE j.type = ahead.type AND j.dispatchable
                             AND (j.priority, j.opened_position) > (ahead.priority, ahead.place)
                             AND j.priority <= ahead.last_priority
                           ORDER BY j.priority, j.opened_position LIMIT 1
                       ) AS waits
                       FROM unnest($1::text[], $2::smallint[], $3::bigint[], $4::smallint[]) AS ahead (type, priority, place, last_priority)
                       UNION ALL
                       SELECT passed.type, EXISTS (
                           SELECT FROM jobs j
                           CROSS JOIN LATERAL (
                               SELECT FROM tasks t
                               WHERE t.job_id = j.id AND t.state = 'queued' AND t.position > j.head
                               ORDER BY t.position LIMIT 1
                           ) t
                           WHERE j.type = passed.type AND j.dispatchable AND j.returned
                             AND j.priority = passed.priority AND j.opened_position <= passed.place
                           ORDER BY j.priority, j.opened_position LIMIT 1
                       )
                       FROM unnest($5::text[], $6::smallint[], $7::bigint[]) AS passed (type, priority, place)
                   ) parts
                   GROUP BY type
               ) line
               CROSS JOIN LATERAL (SELECT * FROM queues WHERE type = line.type OFFSET 0) q
               LEFT JOIN LATERAL (
                   SELECT id FROM jobs
                   WHERE type = q.type AND left_over > 0
                     AND state IN ('queued', 'running') AND NOT paused AND NOT pipeline_paused AND due
                   ORDER BY priority, opened_position LIMIT 1
               ) behind ON true
               WHERE NOT q.paused"#,
            &spans.types,
            &spans.priorities,
            &spans.positions,
            &spans.last_priorities,
            &spans.behind_types,
            &spans.behind_priorities,
            &spans.behind_positions,
        );
        let seen = deadline(seen.fetch_all(&self.db.pool)).await?;
        let limited: Vec<String> = seen.iter().filter(|q| q.limited).map(|q| q.r#type.clone()).collect();
        self.memory.limited_types.note(types, &limited);
        let free = seen.into_iter().filter(|queue| queue.free);
        Ok(free.map(|queue| Free { type_name: queue.r#type, left_over: queue.left_over }).collect())
    }
}
