-- See progress.rs. How far jobs are: the first 1,000 running ones of all if $1, behind the job $2; the first 1,000 running ones of the pipelines $3 in
-- their order, of the first of these behind the job $2; and the jobs $4, in whatever state.
WITH walked AS MATERIALIZED (
    SELECT id
    FROM (
        SELECT id FROM jobs
        WHERE $1 AND (state, id) > ('running', $2) AND state <= 'running'
        ORDER BY state, id
        LIMIT 1000
    ) of_all
    UNION ALL
    SELECT id
    FROM (
        SELECT of_one.id
        FROM unnest($3::uuid[]) WITH ORDINALITY AS p (id, nth)
        CROSS JOIN LATERAL (
            SELECT id FROM jobs
            WHERE (pipeline_id, id) > (p.id, CASE WHEN p.nth = 1 THEN $2 ELSE '00000000-0000-0000-0000-000000000000' END)
              AND pipeline_id <= p.id
              -- No equality: with one the planner may walk all that run.
              AND state IS NOT DISTINCT FROM 'running'
            ORDER BY pipeline_id, id
            LIMIT 1000
        ) of_one
        LIMIT 1000
    ) of_pipelines
), chosen AS MATERIALIZED (
    SELECT id, bool_or(walked) AS walked
    FROM (SELECT id, true AS walked FROM walked UNION ALL SELECT id, false FROM unnest($4::uuid[]) AS o (id)) c
    GROUP BY id
)
SELECT j.pipeline_id AS "pipeline_id!", j.id AS "job_id!", j.type AS "type_name!", j.state AS "state!", c.walked AS "walked!",
    (j.succeeded + j.failed + j.cancelled + j.skipped)::bigint AS "ended!",
    (j.queued + j.left_over + j.scheduled + j.running)::bigint AS "open!",
    windlass_running_share(j.id, j.running) AS "running_share!"
FROM chosen c
CROSS JOIN LATERAL (SELECT * FROM jobs WHERE id = c.id OFFSET 0) j
