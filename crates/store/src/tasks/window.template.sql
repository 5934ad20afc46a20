-- Variant window: all
-- Variant window_of_job: job
-- See windows.rs. Of the next $3 tasks below the id $2 the newest $5 in the state $1, of the type $4 unless that is null; and whether older ones are left.
-- [job
-- Those of the job $6, if it is of the pipeline $7, unless that is null: the next $3 of each of its origins that was not taken back.
WITH walked AS MATERIALIZED (
    SELECT w.*, row_number() OVER (PARTITION BY live.origin ORDER BY w.id DESC) AS place
    FROM jobs j
    CROSS JOIN LATERAL unnest(j.origins || 0) AS live (origin)
    CROSS JOIN LATERAL (
        SELECT *
        FROM (
            -- With pairs the planner stays on the index of the job's line.
            SELECT t.id, t.job_id, t.state, t.run, t.origin FROM tasks t
            WHERE (windlass_line(t.job_id, t.origin), t.id) < (windlass_line(j.id, live.origin), $2::uuid)
              AND windlass_line(t.job_id, t.origin) >= windlass_line(j.id, live.origin)
            ORDER BY windlass_line(t.job_id, t.origin) DESC, t.id DESC
            -- As many as the largest window: of a parameter a plan expects a tenth of the table.
            LIMIT 20000
        ) next
        LIMIT $3
    ) w
    WHERE j.id = $6 AND ($7::uuid IS NULL OR j.pipeline_id = $7)
      -- Where the job's counter of tasks that have ended like this is 0, a million stale ones are not walked to find that out.
      AND CASE $1::text
              WHEN 'succeeded' THEN j.succeeded WHEN 'cancelled' THEN j.cancelled WHEN 'skipped' THEN j.skipped ELSE 1
          END > 0
),
-- The last of a full window: others of its origin may come behind it, so what others have there is for the next time. With several, the first of these.
looked AS MATERIALIZED (SELECT id AS last FROM walked WHERE place = $3 ORDER BY id DESC LIMIT 1)
-- job]
-- [all
WITH walked AS MATERIALIZED (
    SELECT *
    FROM (
        SELECT id, job_id, state, run, origin FROM tasks
        WHERE id < $2
        ORDER BY id DESC
        -- As many as the largest window: of a parameter a plan expects a tenth of the table.
        LIMIT 20000
    ) next
    LIMIT $3
)
-- all]
SELECT ARRAY(
           SELECT t.id
           FROM walked t
-- [job
           CROSS JOIN (SELECT * FROM jobs WHERE id = $6 OFFSET 0) j
-- job]
-- [all
           -- A fence: each task asks for its job, whatever the planner thinks of the conditions below.
           CROSS JOIN LATERAL (SELECT * FROM jobs WHERE id = t.job_id OFFSET 0) j
-- all]
           WHERE ($4::text IS NULL OR j.type = $4)
-- [job
             AND t.id >= coalesce((SELECT last FROM looked), t.id)
-- job]
             AND
                 -- include pipeline_lives
             AND NOT windlass_is_gone(t.origin, j.origins)
             AND
                 -- include task_fits_state
           ORDER BY t.id DESC
           LIMIT $5
       ) AS "ids!",
       -- A window that is not full was the last one.
-- [all
       CASE WHEN (SELECT count(*) FROM walked) = $3 THEN (SELECT id FROM walked ORDER BY id LIMIT 1) END AS last
-- all]
-- [job
       (SELECT last FROM looked) AS last
-- job]
