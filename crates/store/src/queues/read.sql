-- Made by `make sql` from read.template.sql: edit that.
-- See read.rs.
-- Up to $2 after the type $1.
SELECT q.type AS "type_name!", q.paused AS "paused!", q.max_running AS "max_running?", q.reason AS "reason?",
       q.paused_by AS "paused_by?", q.paused_at AS "paused_at?",
       c.queued AS "queued!", c.scheduled AS "scheduled!", c.running AS "running!", (
           SELECT max(extract(epoch FROM windlass_now() - first.since))::float8
           FROM generate_series(0, 4) AS priority (rank)
           CROSS JOIN LATERAL (
               (
                   SELECT greatest(t.created_at, t.run_at, j.opened_at, j.run_at) AS since
                   FROM jobs j
                   CROSS JOIN LATERAL (
                       SELECT t.created_at, t.run_at
                       FROM tasks t WHERE t.job_id = j.id AND t.state = 'queued' AND t.position > j.head ORDER BY t.position
                       LIMIT 1
                   ) t
                   WHERE j.type = q.type AND j.dispatchable AND NOT q.paused
                     AND (j.priority::bigint << 48) + j.opened_position >= priority.rank::bigint << 48
                     AND (j.priority::bigint << 48) + j.opened_position < (priority.rank + 1)::bigint << 48
                   ORDER BY (j.priority::bigint << 48) + j.opened_position LIMIT 1
               )
               UNION ALL
               -- What is stale has waited since its job opened again.
               (
                   SELECT greatest(j.opened_at, j.run_at)
                   FROM jobs j
                   WHERE j.type = q.type AND j.priority = priority.rank AND j.left_over > 0 AND j.queued = 0
                     AND j.state IN ('queued', 'running') AND NOT j.paused AND NOT j.pipeline_paused AND j.due
                     AND NOT q.paused
                   ORDER BY j.opened_position LIMIT 1
               )
           ) first
       ) AS oldest_queued_seconds, (
           SELECT count(*) FROM worker_types w WHERE w.type = q.type AND w.asked_at > windlass_now() - interval '5 minutes'
       ) AS "workers!"
FROM (
    -- A type that only dequeues have named has no row of its own.
    SELECT named.type, coalesce(k.paused, false) AS paused, k.max_running, k.reason, k.paused_by, k.paused_at
    FROM (
        SELECT type
        FROM (
            (SELECT type FROM queues WHERE type > $1 ORDER BY type LIMIT $2)
            UNION
            (
                SELECT type FROM asked_types WHERE type > $1 AND asked_at > windlass_now() - interval '24 hours'
                ORDER BY type LIMIT $2
            )
        ) either
        ORDER BY type LIMIT $2
    ) named
    LEFT JOIN LATERAL (SELECT * FROM queues WHERE type = named.type OFFSET 0) k ON true
) q
CROSS JOIN LATERAL (
    SELECT coalesce(sum(queued), 0)::bigint AS queued, coalesce(sum(scheduled), 0)::bigint AS scheduled,
           coalesce(sum(running), 0)::bigint AS running
    FROM queue_counts WHERE type = q.type
) c
ORDER BY q.type
