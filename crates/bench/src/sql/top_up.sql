-- Brings the waiting tasks of each of the first {jobs} jobs up to {tasks}.
WITH wanted AS MATERIALIZED (
    SELECT id, {tasks} - queued AS missing FROM jobs WHERE ordinal < {jobs} AND queued < {tasks}
),
added AS (
    INSERT INTO tasks (id, job_id, position, max_attempts, state, payload_from_job, created_at)
    SELECT bench_id('3', nextval('bench_ids')), w.id, nextval('task_positions'), 3, 'queued', false, now()
    FROM wanted w CROSS JOIN LATERAL generate_series(1, w.missing)
    RETURNING id
),
paid AS (
    INSERT INTO task_payloads (task_id, payload) SELECT id, bench_payload() FROM added
),
counted AS (
    INSERT INTO queue_counts AS c (type, shard, queued)
    SELECT 'raw', 0, sum(missing) FROM wanted HAVING sum(missing) > 0
    ON CONFLICT (type, shard) DO UPDATE SET queued = c.queued + excluded.queued
)
UPDATE jobs j SET queued = j.queued + w.missing, added = j.added + 1 FROM wanted w WHERE j.id = w.id;
ANALYZE tasks, jobs, leases, task_payloads;
