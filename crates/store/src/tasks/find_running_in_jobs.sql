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
-- For each job the page that it alone would fill.
CROSS JOIN LATERAL (
    SELECT id
    FROM (
        SELECT t.task_id AS id FROM leases t WHERE t.job_id = j.id AND t.task_id < $2::uuid
        ORDER BY t.task_id DESC
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
