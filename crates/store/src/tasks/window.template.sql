-- Variant window:
-- See windows.rs. Of the next $3 tasks below the id $2 the newest $5 in the state $1, of the type $4 unless that is null; and whether older ones are left.
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
SELECT ARRAY(
           SELECT t.id
           FROM walked t
           -- A fence: each task asks for its job, whatever the planner thinks of the conditions below.
           CROSS JOIN LATERAL (SELECT * FROM jobs WHERE id = t.job_id OFFSET 0) j
           WHERE ($4::text IS NULL OR j.type = $4)
             AND
                 -- include pipeline_lives
             AND NOT windlass_is_gone(t.origin, j.origins)
             AND
                 -- include task_fits_state
           ORDER BY t.id DESC
           LIMIT $5
       ) AS "ids!",
       -- A window that is not full was the last one.
       CASE WHEN (SELECT count(*) FROM walked) = $3 THEN (SELECT id FROM walked ORDER BY id LIMIT 1) END AS last
