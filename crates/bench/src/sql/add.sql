-- Adds 1,000 tasks to the client's job: the rows that a call of `POST /v1/jobs/{id}/tasks` writes, made on the spot, with nothing sent.
WITH added AS MATERIALIZED (
    INSERT INTO tasks (id, job_id, position, max_attempts, state, payload_from_job, created_at)
    SELECT bench_id('3', nextval('bench_ids')), bench_id('2', :client_id::bigint), nextval('task_positions'), 3, 'queued', false,
           windlass_now()
    FROM generate_series(1, 1000)
    RETURNING id
),
paid AS (
    INSERT INTO task_payloads (task_id, payload) SELECT id, bench_payload() FROM added
),
counted AS (
    INSERT INTO queue_counts AS c (type, shard, queued)
    SELECT 'raw', :client_id::smallint, count(*) FROM added
    ON CONFLICT (type, shard) DO UPDATE SET queued = c.queued + excluded.queued
)
UPDATE jobs SET queued = queued + 1000, added = added + 1 WHERE id = bench_id('2', :client_id::bigint);
