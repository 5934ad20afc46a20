-- As lean_single.sql with 50 tasks a statement.
WITH taken AS MATERIALIZED (
    SELECT id FROM lean_tasks WHERE job_id = :client_id::bigint AND state = 'queued'
    ORDER BY id LIMIT 50
    FOR NO KEY UPDATE SKIP LOCKED
),
started AS (
    UPDATE lean_tasks t SET state = 'running', worker_id = 'bench-1', started_at = now() FROM taken x WHERE t.id = x.id
    RETURNING t.id, t.payload
),
counted AS (
    UPDATE lean_jobs SET queued = queued - n, running = running + n FROM (SELECT count(*)::int AS n FROM taken) x
    WHERE id = :client_id::bigint
),
recorded AS (INSERT INTO lean_events (task_id, to_state) SELECT id, 'running' FROM taken)
SELECT array_agg(id) AS tasks, string_agg(payload, ' ') AS payloads FROM started HAVING count(*) = 50 \gset
WITH ended AS (
    UPDATE lean_tasks SET state = 'succeeded', ended_at = now() WHERE id = ANY (:tasks::bigint[]) AND state = 'running' RETURNING id
),
counted AS (
    UPDATE lean_jobs SET running = running - n, succeeded = succeeded + n FROM (SELECT count(*)::int AS n FROM ended) x
    WHERE id = :client_id::bigint
),
recorded AS (INSERT INTO lean_events (task_id, to_state) SELECT id, 'succeeded' FROM ended)
SELECT count(*) AS done FROM ended HAVING count(*) = 50 \gset
