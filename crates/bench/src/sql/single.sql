-- One cycle of one task, a transaction each way: what Windlass writes for it, in as few statements as SQL allows. Each client works
-- on a job and a counter row of its own, so nobody waits for anybody.
WITH taken AS MATERIALIZED (
    SELECT t.id, t.job_id, t.attempt + 1 AS attempt, b.payload
    FROM tasks t JOIN task_payloads b ON b.task_id = t.id
    WHERE t.job_id = bench_id('2', :client_id::bigint) AND t.state = 'queued'
    ORDER BY t.position LIMIT 1
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
    UPDATE jobs SET queued = queued - 1, running = running + 1
    WHERE id = bench_id('2', :client_id::bigint) AND EXISTS (SELECT FROM taken)
),
counted AS (
    INSERT INTO queue_counts AS c (type, shard, queued, running)
    SELECT 'raw', :client_id::smallint, -1, 1 FROM taken
    ON CONFLICT (type, shard) DO UPDATE SET queued = c.queued - 1, running = c.running + 1
),
recorded AS (
    INSERT INTO events (entity, pipeline_id, job_id, task_id, from_state, to_state, attempt, worker_id, actor)
    SELECT 'task', bench_id('1', 0), job_id, id, 'queued', 'running', attempt, 'bench-1', 'worker' FROM taken
)
SELECT l.task_id AS task, l.token, x.payload FROM taken x JOIN leased l ON l.task_id = x.id \gset
WITH ended AS MATERIALIZED (
    DELETE FROM leases WHERE task_id = :task AND token = :token
    RETURNING task_id, token, job_id, attempt, worker_id, started_at
),
written AS (
    UPDATE tasks t SET state = 'succeeded', ended_at = windlass_now() FROM ended e WHERE t.id = e.task_id AND t.state = 'running'
),
attempted AS (
    INSERT INTO attempts (task_id, token, number, verb, outcome, worker_id, started_at, ended_at)
    SELECT task_id, token, attempt, 'complete', 'succeeded', worker_id, started_at, windlass_now() FROM ended
),
moved AS (
    UPDATE jobs j SET running = j.running - 1, succeeded = j.succeeded + 1 FROM ended e WHERE j.id = e.job_id
),
counted AS (
    INSERT INTO queue_counts AS c (type, shard, running)
    SELECT 'raw', :client_id::smallint, -1 FROM ended
    ON CONFLICT (type, shard) DO UPDATE SET running = c.running - 1
),
recorded AS (
    INSERT INTO events (entity, pipeline_id, job_id, task_id, from_state, to_state, attempt, worker_id, actor)
    SELECT 'task', bench_id('1', 0), job_id, task_id, 'running', 'succeeded', attempt, worker_id, 'worker' FROM ended
)
SELECT task_id AS done FROM ended \gset
