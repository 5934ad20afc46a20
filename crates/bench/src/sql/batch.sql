-- As single.sql with 50 tasks a statement.
WITH taken AS MATERIALIZED (
    SELECT t.id, t.job_id, t.attempt + 1 AS attempt, b.payload
    FROM tasks t JOIN task_payloads b ON b.task_id = t.id
    WHERE t.job_id = bench_id('2', :client_id::bigint) AND t.state = 'queued'
    ORDER BY t.position LIMIT 50
    FOR NO KEY UPDATE OF t SKIP LOCKED
),
started AS (
    UPDATE tasks t SET state = 'running', attempt = x.attempt, started_at = coalesce(t.started_at, windlass_now())
    FROM taken x WHERE t.id = x.id
),
leased AS (
    INSERT INTO leases (
        task_id, token, job_id, attempt, started_at, expires_at, due_at, lease_seconds, type, worker_id
    )
    SELECT id, gen_random_uuid(), job_id, attempt, windlass_now(), windlass_now() + interval '60 s',
           windlass_now() + interval '60 s', 60, 'raw', 'bench-1'
    FROM taken
    RETURNING task_id, token
),
moved AS (
    UPDATE jobs SET queued = queued - n, running = running + n
    FROM (SELECT count(*)::int AS n FROM taken) x
    WHERE id = bench_id('2', :client_id::bigint)
),
counted AS (
    INSERT INTO queue_counts AS c (type, shard, queued, running)
    SELECT 'raw', :client_id::smallint, -count(*), count(*) FROM taken
    ON CONFLICT (type, shard) DO UPDATE SET queued = c.queued + excluded.queued, running = c.running + excluded.running
),
recorded AS (
    INSERT INTO events (entity, pipeline_id, job_id, task_id, from_state, to_state, attempt, worker_id, actor)
    SELECT 'task', bench_id('1', 0), job_id, id, 'queued', 'running', attempt, 'bench-1', 'worker' FROM taken
)
SELECT array_agg(l.task_id) AS tasks, array_agg(l.token) AS tokens, string_agg(x.payload, ' ') AS payloads
FROM taken x JOIN leased l ON l.task_id = x.id
HAVING count(*) = 50 \gset
WITH ended AS MATERIALIZED (
    DELETE FROM leases l USING unnest(:tasks::uuid[], :tokens::uuid[]) AS e (id, token)
    WHERE l.task_id = e.id AND l.token = e.token
    RETURNING l.task_id, l.token, l.job_id, l.attempt, l.worker_id, l.started_at
),
written AS (
    UPDATE tasks t SET state = 'succeeded', ended_at = windlass_now() FROM ended e WHERE t.id = e.task_id AND t.state = 'running'
),
attempted AS (
    INSERT INTO attempts (task_id, token, number, verb, outcome, worker_id, started_at, ended_at)
    SELECT task_id, token, attempt, 'complete', 'succeeded', worker_id, started_at, windlass_now() FROM ended
),
moved AS (
    UPDATE jobs SET running = running - n, succeeded = succeeded + n
    FROM (SELECT count(*)::int AS n FROM ended) x
    WHERE id = bench_id('2', :client_id::bigint)
),
counted AS (
    INSERT INTO queue_counts AS c (type, shard, running)
    SELECT 'raw', :client_id::smallint, -count(*) FROM ended
    ON CONFLICT (type, shard) DO UPDATE SET running = c.running + excluded.running
),
recorded AS (
    INSERT INTO events (entity, pipeline_id, job_id, task_id, from_state, to_state, attempt, worker_id, actor)
    SELECT 'task', bench_id('1', 0), job_id, task_id, 'running', 'succeeded', attempt, worker_id, 'worker' FROM ended
)
SELECT count(*) AS done FROM ended HAVING count(*) = 50 \gset
