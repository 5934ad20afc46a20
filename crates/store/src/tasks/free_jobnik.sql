-- Made by `make sql` from free.template.sql: edit that.
-- See free.rs. The parts of the line to walk: ahead $1 types, behind $2 priorities and $3 positions, up to $4 priorities; of what returned $5
-- types, $6 priorities, up to $7 positions.
SELECT q.type, q.max_running IS NOT NULL AS "limited!", stale.id AS "stale?",
    (stale.id IS NOT NULL OR line.waits) AND (q.max_running IS NULL OR q.max_running > (
        SELECT coalesce(sum(c.running), 0) FROM queue_counts c WHERE c.type = q.type
    )) AS "free!"
FROM (
    SELECT type, bool_or(waits) AS waits
    FROM (
        SELECT ahead.type, EXISTS (
            SELECT FROM jobs j
            CROSS JOIN LATERAL (
                SELECT
                FROM tasks t WHERE t.job_id = j.id AND t.state = 'queued' AND t.position > j.head ORDER BY t.position
                LIMIT 1
            ) t
            WHERE j.type = ahead.type AND j.dispatchable
              AND (j.priority::bigint << 48) + j.opened_position > (ahead.priority::bigint << 48) + ahead.position
              AND (j.priority::bigint << 48) + j.opened_position < (ahead.last_priority + 1)::bigint << 48
              AND j.surface IS NOT NULL
            ORDER BY (j.priority::bigint << 48) + j.opened_position LIMIT 1
        ) AS waits
        FROM unnest($1::text[], $2::smallint[], $3::bigint[], $4::smallint[]) AS ahead (type, priority, position, last_priority)
        UNION ALL
        SELECT passed.type, EXISTS (
            SELECT FROM jobs j
            CROSS JOIN LATERAL (
                SELECT
                FROM tasks t WHERE t.job_id = j.id AND t.state = 'queued' AND t.position > j.head ORDER BY t.position
                LIMIT 1
            ) t
            WHERE j.type = passed.type AND j.dispatchable AND j.returned
              AND j.priority = passed.priority AND j.opened_position <= passed.position
              AND j.surface IS NOT NULL
            ORDER BY j.opened_position LIMIT 1
        )
        FROM unnest($5::text[], $6::smallint[], $7::bigint[]) AS passed (type, priority, position)
    ) parts
    GROUP BY type
) line
CROSS JOIN LATERAL (SELECT * FROM queues WHERE type = line.type OFFSET 0) q
LEFT JOIN LATERAL (
    SELECT id FROM jobs
    WHERE type = q.type AND left_over > 0
      AND state IN ('queued', 'running') AND NOT paused AND NOT pipeline_paused AND due
      -- Not by the index of that surface, which has all of it.
      AND surface IS NOT NULL
    ORDER BY priority, opened_position LIMIT 1
) stale ON true
WHERE NOT q.paused
