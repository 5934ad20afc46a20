-- Made by `make sql` from read.template.sql: edit that.
-- See read.rs.
-- At most $2 pipelines below the id $1, the newest first, as far as their texts take $3 bytes; of the state, name or correlation id $4, where it is by one.
WITH page AS MATERIALIZED (
    SELECT id
    FROM (
        SELECT id
        FROM (
            SELECT * FROM pipelines
            WHERE (state, id) < ($4::text, $1) AND state >= $4
            ORDER BY state DESC, id DESC
            -- A fence: with the conditions below the planner would expect few rows, and sort them from another index.
            OFFSET 0
        ) walked
        WHERE deleted_at IS NULL
        -- As many as the largest page fetches: of a parameter a plan expects a tenth of the table.
        LIMIT 501
    ) fitting
    LIMIT $2
), cut AS MATERIALIZED (
    SELECT id, fetched
    FROM (
        SELECT page.id, count(*) OVER () AS fetched,
               coalesce(sum(coalesce(octet_length(m.metadata), 0) + coalesce(octet_length(t.parameters), 0)) OVER (
                   ORDER BY page.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
               ), 0) AS bytes_before
        FROM page
        LEFT JOIN LATERAL (SELECT metadata FROM pipeline_metadata WHERE pipeline_id = page.id OFFSET 0) m ON true
        LEFT JOIN LATERAL (SELECT parameters FROM pipeline_templates WHERE pipeline_id = page.id OFFSET 0) t ON true
    ) sized
    WHERE bytes_before < $3
)
SELECT p.id, p.name, p.state, p.paused, p.sealed,
       p.cancelled AND p.ended_at IS NULL AS "cancelling!", p.priority, p.correlation_id, m.metadata AS "metadata?", p.fail_fast, p.reason,
       CASE WHEN p.ended_at IS NOT NULL THEN 100.0::float8 ELSE coalesce(share.percent, 0) END AS "percent!",
       p.created_at, p.started_at, p.ended_at, p.deadline_at, p.traceparent, p.tracestate, p.schedule,
       t.template AS "template?", t.version AS "template_version?", t.parameters AS "parameters?",
       cut.fetched AS "fetched!"
FROM cut
JOIN pipelines p ON p.id = cut.id
LEFT JOIN LATERAL (SELECT metadata FROM pipeline_metadata WHERE pipeline_id = cut.id OFFSET 0) m ON true
LEFT JOIN LATERAL (SELECT template, version, parameters FROM pipeline_templates WHERE pipeline_id = cut.id OFFSET 0) t ON true
CROSS JOIN LATERAL (
    -- The mean over jobs weighted by tasks is the share of all tasks.
    SELECT 100.0::float8 * sum(
               j.succeeded + j.failed + j.cancelled + j.skipped
           ) / nullif(
               sum(j.queued + j.left_over + j.scheduled + j.running + j.succeeded + j.failed + j.cancelled + j.skipped), 0
           ) AS percent
    FROM jobs j WHERE j.pipeline_id = p.id
) share
ORDER BY cut.id DESC
