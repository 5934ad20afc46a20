-- Variant write:
-- See write.rs. By decision: $1 task, $2 job, $3 state, $4 attempt, $5 delay in seconds, $6 verb, $7 outcome, $8 metrics, $9 result, $10 category,
-- $11 message, $12 detail.
WITH decided AS MATERIALIZED (
    SELECT d.*, d.outcome = 'released' AS released, CASE WHEN state = 'queued' THEN nextval('task_positions') END AS position
    FROM unnest(
        $1::uuid[], $2::uuid[], $3::text[], $4::integer[], $5::float8[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::text[], $11::text[], $12::text[]
    ) AS d (id, job_id, state, attempt, delay, verb, outcome, metrics, result, category, message, detail)
),
written AS (
    UPDATE tasks t SET
        state = d.state,
        attempt = d.attempt - CASE d.outcome WHEN 'released' THEN 1 ELSE 0 END,
        position = coalesce(d.position, t.position),
        run_at = coalesce(windlass_now() + d.delay * interval '1 second', t.run_at),
        ended_at = CASE WHEN d.state IN ('succeeded', 'failed') THEN windlass_now() END,
        updated_at = CASE WHEN t.leased_at IS NOT NULL THEN windlass_now() END
    FROM decided d
    WHERE t.id = d.id AND t.state = 'running'
    RETURNING t.id, t.job_id, t.payload_from_job, t.attempt, t.max_attempts, t.run_at, t.created_at, t.started_at, t.ended_at
),
ended AS (
    -- By its address, which nobody changes while this transaction holds it: a join by id may walk all leases, as in lock.sql.
    DELETE FROM leases l USING (
        SELECT d.verb, d.outcome, d.metrics, held.address
        FROM decided d CROSS JOIN LATERAL (SELECT ctid AS address FROM leases WHERE task_id = d.id OFFSET 0) held
    ) d
    WHERE l.ctid = d.address
    RETURNING l.task_id, l.token, l.attempt, l.worker_id, l.started_at, d.verb, d.outcome, d.metrics
),
attempted AS (
    INSERT INTO attempts (task_id, token, number, verb, outcome, worker_id, started_at, ended_at, metrics)
    SELECT task_id, token, attempt, verb, outcome, worker_id, started_at, windlass_now(), metrics FROM ended
    RETURNING 1
),
outcomes AS (
    INSERT INTO task_outcomes (task_id, attempt, result, category, message, detail)
    SELECT id, attempt, result, category, message, detail FROM decided
    WHERE result IS NOT NULL OR category IS NOT NULL
),
-- By its address, which nobody changes while this transaction holds the row, and found by a reverse version scan (ARCHITECTURE.md).
moved AS (
    -- include add_reports
    FROM (
        SELECT job_id,
               -- include report_sums
        FROM decided GROUP BY job_id
    ) m
    CROSS JOIN LATERAL (
        SELECT ctid AS address FROM jobs WHERE id >= m.job_id AND id <= m.job_id ORDER BY id DESC LIMIT 1
    ) held
    WHERE j.ctid = held.address AND (j.ended_at IS NULL OR j.frozen)
    RETURNING 1
)
-- Nothing here asks for a job's row, once for each task: while somebody holds an old snapshot, finding a hot row means passing all its versions.
SELECT w.id AS "id!", CASE WHEN w.payload_from_job THEN s.payload ELSE b.payload END AS "payload?", b.metadata AS "metadata?",
       w.attempt AS "attempt!", w.max_attempts AS "max_attempts!", w.run_at AS "run_at?",
       g.current AS "current?", g.total AS "total?", g.message AS "progress_message?",
       w.created_at AS "created_at!", w.started_at AS "started_at?", w.ended_at AS "ended_at?",
       windlass_now() AS "now!",
       (SELECT count(*) FROM attempted) = (SELECT count(*) FROM decided)
           AND (SELECT count(*) FROM moved) = (SELECT count(DISTINCT job_id) FROM decided) AS "whole!"
FROM written w
LEFT JOIN job_specs s ON s.job_id = w.job_id
LEFT JOIN task_payloads b ON b.task_id = w.id
LEFT JOIN task_progress g ON g.task_id = w.id
