-- See lock.rs. The reports' $1 tasks and $2 tokens; $3 tasks whose completions add to the jobs with $4 keys; $5 pipelines of which all open
-- jobs are locked. Each lease is looked up by its id: with a join the planner, who often sees the table empty, would walk all leases for
-- each. Each job is found by a reverse version scan (ARCHITECTURE.md). Each step waits for the one before: tasks, then jobs, then leases.
WITH held_tasks AS MATERIALIZED (
    SELECT t.id, t.job_id, r.token
    FROM unnest($1::uuid[], $2::uuid[]) AS r (id, token)
    CROSS JOIN LATERAL (SELECT task_id FROM leases WHERE task_id = r.id AND token = r.token OFFSET 0) l
    JOIN tasks t ON t.id = l.task_id
    WHERE t.state = 'running'
    ORDER BY t.id
    FOR NO KEY UPDATE OF t
),
held_jobs AS MATERIALIZED (
    SELECT j.*
    FROM (
        SELECT job_id AS id FROM held_tasks
        UNION
        SELECT target.id
        FROM unnest($3::uuid[], $4::text[]) AS added (task_id, key)
        JOIN tasks t ON t.id = added.task_id
        JOIN jobs own ON own.id = t.job_id
        JOIN jobs target ON target.pipeline_id = own.pipeline_id AND target.key = added.key
        UNION
        SELECT id FROM jobs WHERE pipeline_id = ANY($5) AND ended_at IS NULL
        ORDER BY id
    ) asked
    CROSS JOIN LATERAL (
        SELECT id, pipeline_id, key, type, state, paused, pipeline_paused, due, run, unmet, not_taken, by_hand, allow_failure,
               sealed, sealed_by, seals_on_open, passed, join_any, fail_fast, max_failed_tasks, run_at, queued, scheduled, running, succeeded, failed, cancelled, skipped,
               left_over, seals_on_lease, held, freezes, frozen, kept
        FROM jobs WHERE id >= asked.id AND id <= asked.id ORDER BY id DESC LIMIT 1
        FOR NO KEY UPDATE
    ) j
),
held_leases AS MATERIALIZED (
    SELECT l.task_id, l.job_id, l.attempt, l.token, l.worker_id, l.started_at,
           l.due_at <= windlass_now() AS due, coalesce(l.deadline_at <= windlass_now(), false) AS timed_out
    FROM (SELECT * FROM held_tasks WHERE (SELECT count(*) FROM held_jobs) >= 0 ORDER BY id) t
    CROSS JOIN LATERAL (SELECT * FROM leases WHERE task_id = t.id AND token = t.token FOR UPDATE) l
)
SELECT id AS "id?", pipeline_id AS "pipeline_id?", key AS "key?", type AS "type?", state AS "state?", paused AS "paused?",
       pipeline_paused AS "pipeline_paused?", due AS "due?", run AS "run?", unmet AS "unmet?", not_taken AS "not_taken?",
       by_hand AS "by_hand?", allow_failure AS "allow_failure?", sealed AS "sealed?", sealed_by AS "sealed_by?", seals_on_open AS "seals_on_open?", passed AS "passed?", join_any AS "join_any?", fail_fast AS "fail_fast?",
       max_failed_tasks AS "max_failed_tasks?", run_at AS "run_at?", queued AS "queued?", scheduled AS "scheduled?", running AS "running?",
       succeeded AS "succeeded?", failed AS "failed?", cancelled AS "cancelled?", skipped AS "skipped?",
       left_over AS "left_over?", seals_on_lease AS "seals_on_lease?", held AS "held?", freezes AS "freezes?", frozen AS "frozen?", kept AS "kept?",
       NULL::uuid AS "task_id?", NULL::uuid AS "job_id?", NULL::integer AS "attempt?", NULL::uuid AS "token?",
       NULL::text AS "worker_id?", NULL::boolean AS "lease_due?", NULL::boolean AS "timed_out?",
       NULL::timestamptz AS "started_at?"
FROM held_jobs
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       task_id, job_id, attempt, token, worker_id, due, timed_out, started_at
FROM held_leases
