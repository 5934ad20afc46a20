-- Made by `make sql` from find.template.sql: edit that.
-- See list.rs. The newest $6 tasks below the id $2 in the state $1, of the job $3, or else of the jobs of the pipeline $4, or else of those of the
-- type $5; where several are not null, all of them hold.
SELECT picked.id AS "id!"
FROM (
    SELECT * FROM jobs WHERE id = $3::uuid
    UNION ALL
    SELECT * FROM jobs WHERE $3 IS NULL AND pipeline_id = $4::uuid
    UNION ALL
    SELECT * FROM jobs WHERE $3 IS NULL AND $4 IS NULL AND type = $5::text
) j
-- For each job, and each of its origins that was not taken back, the page that it alone would fill.
CROSS JOIN LATERAL unnest(j.origins || 0) AS live (origin)
CROSS JOIN LATERAL (
    SELECT id
    FROM (
        -- With pairs the planner stays on the index of the job's line.
        SELECT t.id FROM tasks t
        WHERE (windlass_line(t.job_id, t.origin), t.id) < (windlass_line(j.id, live.origin), $2::uuid)
          AND windlass_line(t.job_id, t.origin) >= windlass_line(j.id, live.origin)
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
        ORDER BY windlass_line(t.job_id, t.origin) DESC, t.id DESC
        -- As many as the largest page fetches: of a parameter a plan expects a tenth of the table.
        LIMIT 501
    ) walked
    LIMIT $6
) picked
WHERE ($4 IS NULL OR j.pipeline_id = $4) AND ($5 IS NULL OR j.type = $5)
  AND
      (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = j.pipeline_id)
  -- Where the job's counter of tasks that have ended like this is 0, a million stale ones are not walked to find that out.
  AND CASE $1::text
          WHEN 'succeeded' THEN j.succeeded WHEN 'failed' THEN j.failed WHEN 'cancelled' THEN j.cancelled
          WHEN 'skipped' THEN j.skipped ELSE 1
      END > 0
ORDER BY picked.id DESC
LIMIT $6
