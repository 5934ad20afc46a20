-- Made by `make sql` from window.template.sql: edit that.
-- See windows.rs. Of the next $3 tasks below the id $2 the newest $5 in the state $1, of the type $4 unless that is null; and whether older ones are left.
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
SELECT ARRAY(
           SELECT t.id
           FROM walked t
           CROSS JOIN (SELECT * FROM jobs WHERE id = $6 OFFSET 0) j
           WHERE ($4::text IS NULL OR j.type = $4)
             AND t.id >= coalesce((SELECT last FROM looked), t.id)
             AND
                 (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = j.pipeline_id)
             AND NOT windlass_is_gone(t.origin, j.origins)
             AND
                 CASE $1::text
                     WHEN 'succeeded' THEN t.state = 'succeeded' AND t.run >= j.all_again_run
                     WHEN 'failed' THEN t.state = 'failed' AND t.run >= j.again_run
                     WHEN 'running' THEN t.state = 'running' AND t.run >= j.again_run AND (j.ended_at IS NULL OR j.frozen IS TRUE)
                     WHEN 'pending' THEN j.state = 'pending'
                         AND (t.state IN ('queued', 'scheduled') OR windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run))
                     WHEN 'queued' THEN windlass_job_state(j.state, j.frozen) IN ('queued', 'running') AND j.due
                         AND (t.state = 'queued' OR windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run))
                     WHEN 'scheduled' THEN windlass_job_state(j.state, j.frozen) IN ('queued', 'running')
                         AND (t.state = 'scheduled' AND t.run >= j.again_run OR NOT j.due
                             AND (t.state = 'queued' OR windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run)))
                     WHEN 'cancelled' THEN t.state = 'cancelled' AND t.run >= j.again_run
                         OR windlass_job_state(j.state, j.frozen) IN ('succeeded', 'failed', 'cancelled') AND (t.state IN ('queued', 'scheduled', 'running')
                             OR windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run))
                     WHEN 'skipped' THEN t.state = 'skipped' AND t.run >= j.again_run
                         OR j.state = 'skipped' AND (t.state IN ('queued', 'scheduled', 'running')
                             OR windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run))
                     ELSE true
                 END
           ORDER BY t.id DESC
           LIMIT $5
       ) AS "ids!",
       -- A window that is not full was the last one.
       (SELECT last FROM looked) AS last
