-- Made by `make sql` from walk.template.sql: edit that.
-- See find.rs. At most $5 stages behind the id $1 and below $2, the oldest first, that have tasks in the status $4. $3 (the type) and $4 may be null.
SELECT id AS "id!"
FROM (
    SELECT * FROM jobs
    WHERE id > $1 AND id < $2 AND surface = 'jobnik'
    ORDER BY id
    -- A fence: see stages.template.sql.
    OFFSET 0
) walked
WHERE (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = walked.pipeline_id) AND surface IS NOT NULL
  AND ($3::text IS NULL OR type = $3)
  -- What has none of them is not looked into.
  AND ($4::text IS NULL OR CASE $4
      WHEN 'IN_PROGRESS' THEN running
      WHEN 'COMPLETED' THEN succeeded
      WHEN 'FAILED' THEN failed + cancelled + skipped
      ELSE queued + scheduled + left_over
  END > 0)
LIMIT $5
