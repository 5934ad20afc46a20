-- See complete.rs. By report: $1 task, $2 token, $3 result, $4 metrics; $5 the shard of the counters. A task comes once.
-- Leases are looked up by their ids, as in lock.sql, and each step waits for the one before: tasks, then jobs, then leases.
-- Parts in brackets have variations (variations.rs).
WITH held_tasks AS MATERIALIZED (
    SELECT t.id, t.job_id, r.token, r.result, r.metrics
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS r (id, token, result, metrics)
    CROSS JOIN LATERAL (SELECT task_id FROM leases WHERE task_id = r.id AND token = r.token OFFSET 0) l
    JOIN tasks t ON t.id = l.task_id
    WHERE t.state = 'running'
    ORDER BY t.id
    FOR NO KEY UPDATE OF t
),
-- Newest first, as ARCHITECTURE.md says.
held_jobs AS MATERIALIZED (
    SELECT j.id, j.pipeline_id, j.type, j.run, j.run_at, j.sealed, j.fail_fast AND j.failed > j.max_failed_tasks AS exceeded,
           j.queued + j.scheduled + j.running + j.left_over AS open, j.place
    FROM (SELECT DISTINCT job_id AS id FROM held_tasks ORDER BY 1) t
    CROSS JOIN LATERAL (
        SELECT *, ctid AS place FROM jobs WHERE id >= t.id AND id <= t.id ORDER BY id DESC LIMIT 1
        FOR NO KEY UPDATE
    ) j
    WHERE j.ended_at IS NULL
),
held_leases AS MATERIALIZED (
    SELECT t.id, l.job_id, l.token, l.attempt, l.worker_id, l.started_at, t.result, t.metrics
    FROM (SELECT * FROM held_tasks WHERE (SELECT count(*) FROM held_jobs) >= 0 ORDER BY id) t
    CROSS JOIN LATERAL (SELECT * FROM leases WHERE task_id = t.id AND token = t.token FOR UPDATE) l
),
-- Each lease beside its job, by sorting: a join of two such sets is a loop in a loop.
matched AS MATERIALIZED (
    SELECT id, job_id, token, attempt, worker_id, started_at, result, metrics,
           first_value(pipeline_id) OVER job AS pipeline_id, first_value(type) OVER job AS type,
           first_value(run) OVER job AS job_run, first_value(run_at) OVER job AS job_run_at, first_value(exceeded) OVER job AS exceeded,
           first_value(sealed) OVER job AS sealed, first_value(open) OVER job AS open, first_value(place) OVER job AS place,
           count(id) OVER (PARTITION BY job_id) AS ending
    FROM (
        SELECT NULL::uuid AS id, id AS job_id, NULL::uuid AS token, NULL::integer AS attempt, NULL AS worker_id,
               NULL::timestamptz AS started_at, NULL AS result, NULL AS metrics,
               pipeline_id, type, run, run_at, exceeded, sealed, open, place
        FROM held_jobs
        UNION ALL
        SELECT id, job_id, token, attempt, worker_id, started_at, result, metrics, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
        FROM held_leases
    ) both_kinds
    WINDOW job AS (PARTITION BY job_id ORDER BY id NULLS FIRST)
),
-- Where the job ends with it, completing takes more than this statement knows.
completed AS MATERIALIZED (
    SELECT * FROM matched
    WHERE id IS NOT NULL AND pipeline_id IS NOT NULL AND NOT exceeded AND NOT (sealed AND open = ending)
),
written AS (
    UPDATE tasks t SET state = 'succeeded', ended_at = windlass_now()
    FROM completed c
    WHERE t.id = c.id AND t.state = 'running'
    RETURNING t.id, t.job_id, t.payload_from_job, t.attempt, t.max_attempts, t.run_at, t.created_at, t.started_at, t.ended_at,
              c.pipeline_id, c.type, c.job_run, c.job_run_at, c.token, c.worker_id, c.started_at AS leased_at
),
ended AS (
    DELETE FROM leases WHERE task_id = ANY(ARRAY(SELECT id FROM completed)) RETURNING 1
),
kept AS (
    INSERT INTO attempts (task_id, token, number, verb, outcome, worker_id, started_at, ended_at, metrics)
    SELECT id, token, attempt, 'complete', 'succeeded', worker_id, started_at, windlass_now(), metrics FROM completed
),
left_behind AS (
    INSERT INTO task_outcomes (task_id, attempt, result)
    SELECT id, attempt, result FROM completed WHERE result IS NOT NULL
),
-- [moved
moved AS (
    UPDATE jobs j SET running = j.running - m.ended, succeeded = j.succeeded + m.ended
    FROM (SELECT job_id, count(*)::integer AS ended FROM completed GROUP BY job_id) m
    WHERE j.id = m.job_id AND j.ended_at IS NULL
),
-- moved]
-- [counted
counted AS (
    INSERT INTO queue_counts AS c (type, shard, running)
    SELECT type, $5::smallint, -count(*) FROM completed GROUP BY type ORDER BY type
    ON CONFLICT (type, shard) DO UPDATE SET running = c.running + excluded.running
),
-- counted]
told AS (
    INSERT INTO events (entity, pipeline_id, job_id, task_id, from_state, to_state, attempt, worker_id, actor)
    SELECT 'task', pipeline_id, job_id, id, 'running', 'succeeded', attempt, worker_id, 'worker' FROM completed
)
SELECT w.id AS "id!", w.job_id AS "job_id!", w.pipeline_id AS "pipeline_id!", w.type AS "type!",
       CASE WHEN w.payload_from_job THEN s.payload ELSE b.payload END AS "payload?", b.metadata AS "metadata?",
       w.attempt AS "attempt!", w.max_attempts AS "max_attempts!", greatest(w.run_at, w.job_run_at) AS "run_at?",
       g.current AS "current?", g.total AS "total?", g.message AS "progress_message?",
       w.created_at AS "created_at!", w.started_at AS "started_at?", w.ended_at AS "ended_at!",
       w.job_run AS "job_run!", w.token AS "token!", w.worker_id AS "worker_id!", w.leased_at AS "leased_at!",
       (SELECT count(*) FROM ended) AS "ended!"
FROM written w
LEFT JOIN job_specs s ON s.job_id = w.job_id
LEFT JOIN task_payloads b ON b.task_id = w.id
LEFT JOIN task_progress g ON g.task_id = w.id
