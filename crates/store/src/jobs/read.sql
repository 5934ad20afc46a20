-- Made by `make sql` from read.template.sql: edit that.
-- See read.rs.
-- The job $1. Running tasks' own progress counts.
SELECT j.id, j.pipeline_id, j.key, j.type AS type_name, j.state, j.paused, j.held IS TRUE AS "held!", j.kept IS TRUE AS "kept!",
       j.sealed OR j.ended_at IS NOT NULL AS "sealed!", j.reason, j.max_failed_tasks, j.fail_fast,
       j.allow_failure, j.join_any, j.run_at, j.due, j.created_at, j.opened_at, j.started_at, j.ended_at,
       j.queued + j.left_over AS "queued!", j.scheduled, j.running, j.succeeded, j.failed, j.cancelled, j.skipped,
       s.max_attempts, s.initial_delay_seconds, s.factor, s.max_delay_seconds, s.jitter, s.non_retryable, s.lease_seconds,
       s.timeout_seconds,
       ARRAY(
           -- No join: where most edges lead to one job, the planner would begin with all jobs, for each row anew.
           SELECT (SELECT parent.key FROM jobs parent WHERE parent.id = e.parent_id)
           FROM edges e WHERE e.child_id = j.id ORDER BY e.ordinal
       ) AS "parents!",
       ARRAY(SELECT e.condition FROM edges e WHERE e.child_id = j.id ORDER BY e.ordinal) AS "conditions!",
       s.payload AS "payload?", s.metadata AS "metadata?", windlass_running_share(j.id, j.running) AS "running_share!",
       1::bigint AS "fetched!"
FROM jobs j
JOIN job_specs s ON s.job_id = j.id
WHERE j.id = $1 AND (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = j.pipeline_id)
