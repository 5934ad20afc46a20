-- Made by `make sql` from at_once_ending.template.sql: edit that.
-- See at_once.rs: as at_once.template.sql, with the ends of jobs and their pipelines. By report: $1 task, $2 token, $3 state, $4 delay in seconds, $5 result, $6 metrics, $7 category, $8 message, $9 detail (each may be
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
-- By a reverse version scan (ARCHITECTURE.md). tolerated: how many failures more do not fail it; last: how many ends of tasks end it, null: none do;
-- may_end: whether its end is for this statement, 'well' if it has not failed. Edges and the pipeline are read from the snapshot, which is older than the
-- lock: but what has a seal of its creation or of a person keeps it, and gets no more jobs.
held_jobs AS MATERIALIZED (
    SELECT j.id, j.pipeline_id, j.type, j.run, j.run_at, j.due, j.frozen IS TRUE AS frozen, j.fail_fast AND j.frozen IS NOT TRUE AS fail_fast, j.allow_failure, j.succeeded > 0 AS has_succeeded,
           j.max_failed_tasks - j.failed AS tolerated, CASE WHEN j.sealed AND j.frozen IS NOT TRUE THEN j.open END AS last, j.address,
           CASE WHEN j.sealed AND j.state = 'running' AND j.open <= (SELECT count(*) FROM held_tasks) THEN (
               SELECT CASE WHEN p.fail_fast AND NOT j.allow_failure THEN 'well' ELSE 'anyhow' END
               FROM pipelines p
               WHERE p.id = j.pipeline_id AND p.sealed AND p.sealed_by IS DISTINCT FROM 'end' AND p.seals_on_done IS NULL
                 AND NOT EXISTS (SELECT FROM edges e WHERE e.parent_id = j.id)
           ) END AS may_end
    FROM (SELECT DISTINCT job_id AS id FROM held_tasks ORDER BY 1) t
    CROSS JOIN LATERAL (
        SELECT *, queued + scheduled + running + left_over AS open, ctid AS address
        FROM jobs WHERE id >= t.id AND id <= t.id ORDER BY id DESC LIMIT 1
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
           first_value(fail_fast) OVER job AS fail_fast, first_value(allow_failure) OVER job AS allow_failure,
           first_value(has_succeeded) OVER job AS has_succeeded, first_value(tolerated) OVER job AS tolerated,
           first_value(last) OVER job AS last, first_value(address) OVER job AS address, first_value(may_end) OVER job AS may_end,
           count(*) FILTER (WHERE state = 'failed') OVER (PARTITION BY job_id) AS failing,
           count(*) FILTER (WHERE state IN ('succeeded', 'failed')) OVER (PARTITION BY job_id) AS ending
    FROM (
        SELECT NULL::uuid AS id, id AS job_id, NULL::uuid AS token, NULL AS state, NULL::bigint AS slot, NULL::float8 AS delay,
               NULL AS result, NULL AS metrics, NULL AS category, NULL AS message, NULL AS detail, NULL AS actor, NULL::integer AS caller,
               NULL::integer AS attempt, NULL AS worker_id,
               NULL::timestamptz AS started_at,
               pipeline_id, type, run, run_at, due, frozen, fail_fast, allow_failure, has_succeeded, tolerated, last, address, may_end
        FROM held_jobs
        UNION ALL
        SELECT id, job_id, token, state, slot, delay, result, metrics, category, message, detail, actor, caller, attempt, worker_id, started_at,
               NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
        FROM held_leases
    ) both_kinds
    WINDOW job AS (PARTITION BY job_id ORDER BY id NULLS FIRST)
),
-- job_end: how their job ends with them, as the domain has it. Where it ends before the last of them, or its end leads to more than the end of its
-- pipeline, they take more than this statement knows.
decided AS MATERIALIZED (
    -- What comes back together waits in the order of the reports. Positions are drawn under the jobs' locks: a retry that takes tasks back raises the
    -- mark above all that were drawn before its own.
    SELECT *, state <> 'succeeded' AND category IS NULL AS released, CASE WHEN state = 'queued' THEN nextval('task_positions') END AS position
    FROM (
        SELECT *, CASE WHEN last = ending THEN
                   CASE WHEN failing > tolerated THEN 'failed' WHEN failing < ending OR has_succeeded THEN 'succeeded' ELSE 'cancelled' END
               END AS job_end
        FROM matched
        WHERE id IS NOT NULL AND pipeline_id IS NOT NULL
        ORDER BY slot
    ) accepted
    WHERE (NOT fail_fast OR failing <= tolerated OR last = 1 AND ending = 1)
      AND (job_end IS NULL OR may_end = 'anyhow' OR may_end = 'well' AND job_end <> 'failed')
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
              d.pipeline_id, d.type, d.job_run, d.job_run_at, d.due, d.frozen, d.job_end, d.slot, d.attempt AS number, d.worker_id,
              d.started_at AS leased_at
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
        queued = CASE WHEN m.job_end IS NULL THEN j.queued + m.queued ELSE 0 END,
        scheduled = CASE WHEN m.job_end IS NULL THEN j.scheduled + m.scheduled ELSE 0 END,
        running = CASE WHEN m.job_end IS NULL THEN j.running - m.ended ELSE 0 END,
        succeeded = j.succeeded + m.succeeded, failed = j.failed + m.failed, retried = j.retried + m.retried,
        head = least(j.head, m.lowest - 1), added = j.added + (m.queued > 0)::integer,
        returned = j.returned OR (m.queued > 0 AND NOT j.dispatchable),
        state = coalesce(m.job_end, j.state), ended_at = CASE WHEN m.job_end IS NOT NULL THEN windlass_now() ELSE j.ended_at END,
        settled_to = CASE WHEN m.job_end IS NULL THEN j.settled_to END, not_taken = j.not_taken AND m.job_end IS NULL,
        by_hand = j.by_hand AND m.job_end IS NULL, passed = j.passed AND m.job_end IS NULL
    FROM (
        SELECT job_id, max(job_end) AS job_end,
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
    RETURNING 1
),
ended_jobs AS MATERIALIZED (
    SELECT DISTINCT ON (job_id) job_id, pipeline_id, type, job_end, allow_failure, slot
    FROM decided WHERE job_end IS NOT NULL ORDER BY job_id, slot
),
-- After the counters, as in every transaction, and in the order of their ids. They are sealed, and running, as a task of theirs was.
closed AS (
    UPDATE pipelines p SET
        jobs_open = p.jobs_open - e.ended, jobs_succeeded = p.jobs_succeeded + e.succeeded, jobs_failed = p.jobs_failed + e.failed,
        jobs_failed_allowed = p.jobs_failed_allowed + e.failed_allowed, jobs_cancelled = p.jobs_cancelled + e.cancelled,
        ended_at = CASE WHEN p.jobs_open = e.ended THEN windlass_now() END,
        state = CASE
            WHEN p.jobs_open > e.ended THEN p.state
            WHEN p.cancelled THEN 'cancelled'
            WHEN p.jobs_failed + e.failed > 0 THEN 'failed'
            WHEN p.jobs_failed_allowed + e.failed_allowed + p.jobs_cancelled + e.cancelled + p.jobs_skipped = 0 THEN 'succeeded'
            WHEN p.jobs_succeeded + e.succeeded + p.jobs_failed_allowed + e.failed_allowed > 0 THEN 'partial'
            ELSE 'cancelled'
        END
    FROM (
        SELECT pipeline_id, count(*)::integer AS ended, (count(*) FILTER (WHERE job_end = 'succeeded'))::integer AS succeeded,
               (count(*) FILTER (WHERE job_end = 'failed' AND NOT allow_failure))::integer AS failed,
               (count(*) FILTER (WHERE job_end = 'failed' AND allow_failure))::integer AS failed_allowed,
               (count(*) FILTER (WHERE job_end = 'cancelled'))::integer AS cancelled
        FROM ended_jobs WHERE (SELECT count(*) FROM counted) >= 0
        GROUP BY pipeline_id ORDER BY pipeline_id
    ) e
    WHERE p.id = e.pipeline_id
    RETURNING p.id, p.state, p.ended_at IS NOT NULL AS has_ended
),
audited AS (
    INSERT INTO events (entity, pipeline_id, job_id, task_id, from_state, to_state, reason, attempt, worker_id, actor, caller, type)
    SELECT entity, pipeline_id, job_id, task_id, from_state, state, reason, attempt, worker_id, actor, caller, type
    FROM (
        SELECT 0 AS level, slot, 'task' AS entity, pipeline_id, job_id, id AS task_id, 'running' AS from_state, state,
               CASE WHEN released THEN 'released' ELSE category END AS reason, attempt, worker_id, actor, caller, NULL AS type
        FROM decided
        UNION ALL
        SELECT 1, slot, 'job', pipeline_id, job_id, NULL::uuid, 'running', job_end, NULL, NULL::integer, NULL, 'server', NULL::integer, type
        FROM ended_jobs
        UNION ALL
        SELECT 2, 0, 'pipeline', id, NULL::uuid, NULL::uuid, 'running', state, NULL, NULL::integer, NULL, 'server', NULL::integer, NULL
        FROM closed WHERE has_ended
    ) e
    ORDER BY level, slot, pipeline_id
)
SELECT w.id AS "id!", w.job_id AS "job_id!", w.pipeline_id AS "pipeline_id!", w.type AS "type!", w.job_run AS "job_run!",
       w.job_run_at AS "job_run_at?", w.due AS "due!", w.frozen AS "frozen!", w.number AS "number!", w.worker_id AS "worker_id!", w.leased_at AS "leased_at!",
       CASE WHEN w.payload_from_job THEN s.payload ELSE b.payload END AS "payload?", b.metadata AS "metadata?",
       w.attempt AS "attempt!", w.max_attempts AS "max_attempts!", w.run_at AS "run_at?",
       g.current AS "current?", g.total AS "total?", g.message AS "progress_message?",
       w.created_at AS "created_at!", w.started_at AS "started_at?", w.ended_at AS "ended_at?",
       windlass_now() AS "now!",
       (SELECT count(*) FROM ended) = (SELECT count(*) FROM written)
           AND (SELECT count(*) FROM closed) = (SELECT count(DISTINCT pipeline_id) FROM ended_jobs) AS "whole!",
       w.job_end AS "job_end?",
       -- The pipelines that end stand in the first row.
       CASE WHEN w.slot = first.slot THEN ARRAY(SELECT id FROM closed WHERE has_ended) END AS "pipelines?",
       CASE WHEN w.slot = first.slot THEN ARRAY(SELECT state FROM closed WHERE has_ended) END AS "pipeline_ends?"
FROM (SELECT min(slot) AS slot FROM decided) first
CROSS JOIN written w
LEFT JOIN job_specs s ON s.job_id = w.job_id
LEFT JOIN task_payloads b ON b.task_id = w.id
LEFT JOIN task_progress g ON g.task_id = w.id
