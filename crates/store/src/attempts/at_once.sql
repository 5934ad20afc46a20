-- Made by `make sql` from at_once.template.sql: edit that.
-- See at_once.rs. By report: $1 task, $2 token, $3 state, $4 delay in seconds, $5 result, $6 metrics, $7 category, $8 message, $9 detail (each may be
-- null where no report has one); $10 the shard of the counters; $11 the actor of its event, $12 the number of its caller's key (null where none has one). A task comes once. What is tried again without an error was released.
-- Leases are looked up by their ids, as in lock.sql, and each step waits for the one before: tasks, then jobs, then leases.
WITH held_tasks AS MATERIALIZED (
    SELECT t.id, t.job_id, r.token, r.state, r.slot, r.delay, r.result, r.metrics, r.category, r.message, r.detail, r.actor, r.caller
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::float8[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                $11::text[], $12::integer[])
        WITH ORDINALITY AS r (id, token, state, delay, result, metrics, category, message, detail, actor, caller, slot)
    CROSS JOIN LATERAL (SELECT task_id FROM leases WHERE task_id = r.id AND token = r.token OFFSET 0) l
    JOIN tasks t ON t.id = l.task_id
    WHERE t.state = 'running'
    ORDER BY t.id
    FOR NO KEY UPDATE OF t
),
-- By a reverse version scan (ARCHITECTURE.md). bearable: how many failures more do not end it; null: any number. One that is frozen has ended, and
-- only its counts move.
held_jobs AS MATERIALIZED (
    SELECT j.id, j.pipeline_id, j.type, j.run, j.run_at, j.due, j.frozen IS TRUE AS frozen, j.sealed AND j.frozen IS NOT TRUE AS sealed,
           CASE WHEN j.fail_fast AND j.frozen IS NOT TRUE THEN j.max_failed_tasks - j.failed END AS bearable,
           j.queued + j.scheduled + j.running + j.left_over AS open, j.address
    FROM (SELECT DISTINCT job_id AS id FROM held_tasks ORDER BY 1) t
    CROSS JOIN LATERAL (
        SELECT *, ctid AS address FROM jobs WHERE id >= t.id AND id <= t.id ORDER BY id DESC LIMIT 1
        FOR NO KEY UPDATE
    ) j
    WHERE j.ended_at IS NULL OR j.frozen
),
held_leases AS MATERIALIZED (
    SELECT t.*, l.attempt, l.worker_id, l.started_at
    FROM (SELECT * FROM held_tasks WHERE (SELECT count(*) FROM held_jobs) >= 0 ORDER BY id) t
    CROSS JOIN LATERAL (SELECT * FROM leases WHERE task_id = t.id AND token = t.token FOR UPDATE) l
),
-- Each lease beside its job, by sorting: a join of two such sets is a loop in a loop.
matched AS MATERIALIZED (
    SELECT id, job_id, token, state, slot, delay, result, metrics, category, message, detail, actor, caller, attempt, worker_id, started_at,
           first_value(pipeline_id) OVER job AS pipeline_id, first_value(type) OVER job AS type,
           first_value(run) OVER job AS job_run, first_value(run_at) OVER job AS job_run_at, first_value(due) OVER job AS due, first_value(frozen) OVER job AS frozen,
           first_value(sealed) OVER job AS sealed, first_value(bearable) OVER job AS bearable, first_value(open) OVER job AS open,
           first_value(address) OVER job AS address,
           count(*) FILTER (WHERE state = 'failed') OVER (PARTITION BY job_id) AS failing,
           count(*) FILTER (WHERE state IN ('succeeded', 'failed')) OVER (PARTITION BY job_id) AS ending
    FROM (
        SELECT NULL::uuid AS id, id AS job_id, NULL::uuid AS token, NULL AS state, NULL::bigint AS slot, NULL::float8 AS delay,
               NULL AS result, NULL AS metrics, NULL AS category, NULL AS message, NULL AS detail, NULL AS actor, NULL::integer AS caller,
               NULL::integer AS attempt,
               NULL AS worker_id,
               NULL::timestamptz AS started_at,
               pipeline_id, type, run, run_at, due, frozen, sealed, bearable, open, address
        FROM held_jobs
        UNION ALL
        SELECT id, job_id, token, state, slot, delay, result, metrics, category, message, detail, actor, caller, attempt, worker_id, started_at,
               NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
        FROM held_leases
    ) both_kinds
    WINDOW job AS (PARTITION BY job_id ORDER BY id NULLS FIRST)
),
-- Where the job ends with them, reports take more than this statement knows (at_once_ending.template.sql).
decided AS MATERIALIZED (
    -- What comes back together waits in the order of the reports. Positions are drawn under the jobs' locks: a retry that takes tasks back raises the
    -- mark above all that were drawn before its own.
    SELECT *, state <> 'succeeded' AND category IS NULL AS released, CASE WHEN state = 'queued' THEN nextval('task_positions') END AS position
    FROM (
        SELECT * FROM matched
        WHERE id IS NOT NULL AND pipeline_id IS NOT NULL AND failing <= coalesce(bearable, failing) AND NOT (sealed AND open = ending)
        ORDER BY slot
    ) accepted
),
written AS (
    UPDATE tasks t SET
        state = d.state,
        attempt = d.attempt - d.released::integer,
        position = coalesce(d.position, t.position),
        run_at = coalesce(windlass_now() + d.delay * interval '1 second', t.run_at),
        ended_at = CASE WHEN d.state IN ('succeeded', 'failed') THEN windlass_now() END,
        updated_at = CASE WHEN t.leased_at IS NOT NULL THEN windlass_now() END
    FROM decided d
    WHERE t.id = d.id AND t.state = 'running'
    RETURNING t.id, t.job_id, t.payload_from_job, t.attempt, t.max_attempts, t.run_at, t.created_at, t.started_at, t.ended_at,
              d.pipeline_id, d.type, d.job_run, d.job_run_at, d.due, d.frozen, d.attempt AS number, d.worker_id, d.started_at AS leased_at
),
ended AS (
    DELETE FROM leases WHERE task_id = ANY(ARRAY(SELECT id FROM decided)) RETURNING 1
),
attempted AS (
    INSERT INTO attempts (task_id, token, number, verb, outcome, worker_id, started_at, ended_at, metrics)
    SELECT id, token, attempt,
           CASE WHEN released THEN 'release' WHEN category IS NULL THEN 'complete' ELSE 'fail' END,
           CASE WHEN released THEN 'released' WHEN category IS NULL THEN 'succeeded' ELSE 'failed' END,
           worker_id, started_at, windlass_now(), metrics
    FROM decided
),
outcomes AS (
    INSERT INTO task_outcomes (task_id, attempt, result, category, message, detail)
    SELECT id, attempt, result, category, message, detail FROM decided
    WHERE result IS NOT NULL OR category IS NOT NULL
),
moved AS (
    UPDATE jobs j SET
        queued = j.queued + m.queued, scheduled = j.scheduled + m.scheduled, running = j.running - m.ended,
        succeeded = j.succeeded + m.succeeded, failed = j.failed + m.failed, retried = j.retried + m.retried,
        head = least(j.head, m.lowest - 1), added = j.added + (m.queued > 0)::integer,
        returned = j.returned OR (m.queued > 0 AND NOT j.dispatchable)
    FROM (
        SELECT job_id,
               count(*)::integer AS ended, min(position) AS lowest,
               (count(*) FILTER (WHERE state = 'queued'))::integer AS queued,
               (count(*) FILTER (WHERE state = 'scheduled'))::integer AS scheduled,
               (count(*) FILTER (WHERE state IN ('queued', 'scheduled') AND attempt - released::integer > 0))::integer AS retried,
               (count(*) FILTER (WHERE state = 'succeeded'))::integer AS succeeded,
               (count(*) FILTER (WHERE state = 'failed'))::integer AS failed
        FROM decided GROUP BY job_id
    ) m
    WHERE j.id = m.job_id
),
counted AS (
    INSERT INTO queue_counts AS c (type, shard, queued, scheduled, running)
    SELECT type, $10::smallint, count(*) FILTER (WHERE state = 'queued' AND due AND NOT frozen),
           count(*) FILTER (WHERE (state = 'scheduled' OR state = 'queued' AND NOT due) AND NOT frozen), -count(*)
    FROM decided GROUP BY type ORDER BY type
    ON CONFLICT (type, shard) DO UPDATE SET
        queued = c.queued + excluded.queued, scheduled = c.scheduled + excluded.scheduled, running = c.running + excluded.running
),
audited AS (
    INSERT INTO events (entity, pipeline_id, job_id, task_id, from_state, to_state, reason, attempt, worker_id, actor, caller)
    SELECT 'task', pipeline_id, job_id, id, 'running', state, CASE WHEN released THEN 'released' ELSE category END, attempt,
           worker_id, actor, caller
    FROM decided
)
SELECT w.id AS "id!", w.job_id AS "job_id!", w.pipeline_id AS "pipeline_id!", w.type AS "type!", w.job_run AS "job_run!",
       w.job_run_at AS "job_run_at?", w.due AS "due!", w.frozen AS "frozen!", w.number AS "number!", w.worker_id AS "worker_id!", w.leased_at AS "leased_at!",
       CASE WHEN w.payload_from_job THEN s.payload ELSE b.payload END AS "payload?", b.metadata AS "metadata?",
       w.attempt AS "attempt!", w.max_attempts AS "max_attempts!", w.run_at AS "run_at?",
       g.current AS "current?", g.total AS "total?", g.message AS "progress_message?",
       w.created_at AS "created_at!", w.started_at AS "started_at?", w.ended_at AS "ended_at?",
       windlass_now() AS "now!", (SELECT count(*) FROM ended) = (SELECT count(*) FROM written) AS "whole!",
       NULL AS "job_end?", NULL::uuid[] AS "pipelines?", NULL::text[] AS "pipeline_ends?"
FROM written w
LEFT JOIN job_specs s ON s.job_id = w.job_id
LEFT JOIN task_payloads b ON b.task_id = w.id
LEFT JOIN task_progress g ON g.task_id = w.id
