-- Made by `make sql` from read.template.sql: edit that.
-- See read.rs.
-- The pipeline $1. Running tasks' own progress counts.
SELECT p.id, p.name, p.state, p.paused, p.sealed,
       p.cancelled AND p.ended_at IS NULL AS "cancelling!", p.priority, p.correlation_id, m.metadata AS "metadata?", p.fail_fast, p.reason,
       CASE WHEN p.ended_at IS NOT NULL THEN 100.0::float8 ELSE coalesce(share.percent, 0) END AS "percent!",
       p.created_at, p.started_at, p.ended_at, p.deadline_at, p.traceparent, p.tracestate, p.schedule,
       t.template AS "template?", t.version AS "template_version?", t.parameters AS "parameters?",
       1::bigint AS "fetched!"
FROM pipelines p
LEFT JOIN pipeline_metadata m ON m.pipeline_id = p.id
LEFT JOIN pipeline_templates t ON t.pipeline_id = p.id
CROSS JOIN LATERAL (
    -- The mean over jobs weighted by tasks is the share of all tasks.
    SELECT 100.0::float8 * sum(
               windlass_running_share(j.id, j.running) +
               j.succeeded + j.failed + j.cancelled + j.skipped
           ) / nullif(
               sum(j.queued + j.left_over + j.scheduled + j.running + j.succeeded + j.failed + j.cancelled + j.skipped), 0
           ) AS percent
    FROM jobs j WHERE j.pipeline_id = p.id
) share
WHERE p.id = $1 AND p.deleted_at IS NULL
