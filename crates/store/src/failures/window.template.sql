-- Variant window: all
-- Variant window_of_type: type
-- See list.rs. Of the next $2 failures below the number $1, of the type $3 unless that is null, the newest $6 of the category $4, of tasks created at $5 or later, and
-- of attempts of the worker $7, unless those are null; and whether older ones are left that may fit.
WITH walked AS MATERIALIZED (
    SELECT *
    FROM (
        SELECT number, task_id, attempt, category, failed_at FROM task_failures
-- [all
        WHERE number < $1 AND $3::text IS NULL
        ORDER BY number DESC
-- all]
-- [type
        -- With pairs the planner stays on the index by type.
        WHERE (type, number) < ($3::text, $1) AND type >= $3
        ORDER BY type DESC, number DESC
-- type]
        -- As many as the largest window: of a parameter a plan expects a tenth of the table.
        LIMIT 20000
    ) next
    LIMIT $2
),
fitting AS MATERIALIZED (
    SELECT w.number, w.task_id
    FROM walked w
    -- Fences: each failure asks for its task and that for its job, whatever the planner thinks of the conditions below.
    CROSS JOIN LATERAL (SELECT * FROM tasks WHERE id = w.task_id OFFSET 0) t
    CROSS JOIN LATERAL (SELECT * FROM jobs WHERE id = t.job_id OFFSET 0) j
    WHERE ($4::text IS NULL OR w.category = $4) AND ($5::timestamptz IS NULL OR t.created_at >= $5)
      -- A failure is listed in the transaction that ends its attempt; the bounds leave other days' partitions out.
      AND ($7::text IS NULL OR EXISTS (
          SELECT FROM attempts a
          WHERE a.task_id = w.task_id AND a.number = w.attempt AND a.worker_id = $7 AND a.outcome = 'failed'
            AND a.ended_at BETWEEN w.failed_at - interval '5 minutes' AND w.failed_at + interval '5 minutes'
      ))
      AND t.state = 'failed' AND t.attempt = w.attempt AND t.run >= j.again_run AND NOT windlass_is_gone(t.origin, j.origins)
      AND
          -- include pipeline_lives
    ORDER BY w.number DESC
    LIMIT $6
)
SELECT ARRAY(SELECT task_id FROM fitting ORDER BY number DESC) AS "tasks!",
       ARRAY(SELECT number FROM fitting ORDER BY number DESC) AS "numbers!",
       -- A window that is not full was the last one. A task fails after it was created; numbers and times may differ by a transaction's length.
       (
           SELECT min(number) FROM walked
           HAVING count(*) = $2 AND ($5 IS NULL OR min(failed_at) > $5 - interval '5 minutes')
       ) AS last
