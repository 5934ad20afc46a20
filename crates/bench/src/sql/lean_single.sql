-- One cycle of one task on the lean schema, a transaction each way. Each client works on a job of its own, so nobody waits for anybody.
WITH taken AS MATERIALIZED (
    SELECT id FROM lean_tasks WHERE job_id = :client_id::bigint AND state = 'queued'
    ORDER BY id LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
),
started AS (
    UPDATE lean_tasks t SET state = 'running', worker_id = 'bench-1', started_at = now() FROM taken x WHERE t.id = x.id
    RETURNING t.id, t.payload
),
counted AS (
    UPDATE lean_jobs SET queued = queued - 1, running = running + 1 WHERE id = :client_id::bigint AND EXISTS (SELECT FROM taken)
),
recorded AS (INSERT INTO lean_events (task_id, to_state) SELECT id, 'running' FROM taken)
SELECT id AS task, payload FROM started \gset
WITH ended AS (
    UPDATE lean_tasks SET state = 'succeeded', ended_at = now() WHERE id = :task::bigint AND state = 'running' RETURNING id
),
counted AS (
    UPDATE lean_jobs SET running = running - 1, succeeded = succeeded + 1 WHERE id = :client_id::bigint AND EXISTS (SELECT FROM ended)
),
recorded AS (INSERT INTO lean_events (task_id, to_state) SELECT id, 'succeeded' FROM ended)
SELECT id AS done FROM ended \gset
