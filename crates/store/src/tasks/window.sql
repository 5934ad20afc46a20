-- Made by `make sql` from window.template.sql: edit that.
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
       CASE WHEN (SELECT count(*) FROM walked) = $3 THEN (SELECT id FROM walked ORDER BY id LIMIT 1) END AS last
