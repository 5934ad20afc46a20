-- Brings the waiting tasks of each of the first {jobs} jobs up to {tasks}.
WITH wanted AS MATERIALIZED (
    SELECT id, {tasks} - queued AS missing FROM lean_jobs WHERE id < {jobs} AND queued < {tasks}
),
added AS (
    INSERT INTO lean_tasks (job_id, state, payload)
    SELECT w.id, 'queued', '{payload}' FROM wanted w CROSS JOIN LATERAL generate_series(1, w.missing)
)
UPDATE lean_jobs j SET queued = j.queued + w.missing FROM wanted w WHERE j.id = w.id;
ANALYZE lean_tasks, lean_jobs;
