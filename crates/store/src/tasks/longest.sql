-- See longest.rs. The $4 tasks that have run for longest, of the type $1 and of the worker $5 unless those are null, behind the one $3 that was leased at $2.
SELECT task_id, started_at
FROM leases
WHERE ($1::text IS NULL OR type = $1) AND ($5::text IS NULL OR worker_id = $5) AND (started_at, task_id) > ($2, $3)
ORDER BY started_at, task_id
LIMIT $4
