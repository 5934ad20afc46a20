-- See list.rs. The newest $3 tasks below the id $1 that run, of the type $2 unless that is null.
SELECT l.task_id
FROM leases l JOIN jobs j ON j.id = l.job_id
WHERE l.task_id < $1 AND ($2::text IS NULL OR j.type = $2)
  AND (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = j.pipeline_id)
ORDER BY l.task_id DESC
LIMIT $3
