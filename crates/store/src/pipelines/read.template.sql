-- Variant read: one
-- Variant page: page by_id many
-- Variant page_by_state: page by_state many
-- Variant page_by_name: page by_name many
-- Variant page_by_correlation: page by_correlation many
-- Variant read_these: these many
-- See read.rs.
-- [one
-- The pipeline $1. Running tasks' own progress counts.
-- one]
-- [page
-- At most $2 pipelines below the id $1, the newest first, as far as their texts take $3 bytes; of the state, name or correlation id $4, where it is by one.
WITH page AS MATERIALIZED (
    SELECT id
    FROM (
        SELECT id
        FROM (
            SELECT * FROM pipelines
-- page]
-- [by_id
            WHERE id < $1
            ORDER BY id DESC
-- by_id]
-- [by_state
            WHERE (state, id) < ($4::text, $1) AND state >= $4
            ORDER BY state DESC, id DESC
-- by_state]
-- [by_name
            WHERE (name, id) < ($4::text, $1) AND name >= $4
            ORDER BY name DESC, id DESC
-- by_name]
-- [by_correlation
            WHERE (correlation_id, id) < ($4::text, $1) AND correlation_id >= $4
            ORDER BY correlation_id DESC, id DESC
-- by_correlation]
-- [page
            -- A fence: with the conditions below the planner would expect few rows, and sort them from another index.
            OFFSET 0
        ) walked
        WHERE deleted_at IS NULL
        -- As many as the largest page fetches: of a parameter a plan expects a tenth of the table.
        LIMIT 501
    ) fitting
    LIMIT $2
-- page]
-- [these
-- The pipelines $1, the newest first, as far as their texts take $2 bytes.
WITH page AS MATERIALIZED (
    SELECT id FROM unnest($1::uuid[]) AS asked (id)
-- these]
-- [many
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
-- many]
-- [page
    WHERE bytes_before < $3
-- page]
-- [these
    WHERE bytes_before < $2
-- these]
-- [many
)
-- many]
SELECT p.id, p.name, p.state, p.paused, p.sealed,
       p.cancelled AND p.ended_at IS NULL AS "cancelling!", p.priority, p.correlation_id, m.metadata AS "metadata?", p.fail_fast, p.reason,
       CASE WHEN p.ended_at IS NOT NULL THEN 100.0::float8 ELSE coalesce(share.percent, 0) END AS "percent!",
       p.created_at, p.started_at, p.ended_at, p.deadline_at, p.traceparent, p.tracestate, p.schedule,
       t.template AS "template?", t.version AS "template_version?", t.parameters AS "parameters?",
-- [one
       1::bigint AS "fetched!"
FROM pipelines p
LEFT JOIN pipeline_metadata m ON m.pipeline_id = p.id
LEFT JOIN pipeline_templates t ON t.pipeline_id = p.id
-- one]
-- [many
       cut.fetched AS "fetched!"
FROM cut
JOIN pipelines p ON p.id = cut.id
LEFT JOIN LATERAL (SELECT metadata FROM pipeline_metadata WHERE pipeline_id = cut.id OFFSET 0) m ON true
LEFT JOIN LATERAL (SELECT template, version, parameters FROM pipeline_templates WHERE pipeline_id = cut.id OFFSET 0) t ON true
-- many]
CROSS JOIN LATERAL (
    -- The mean over jobs weighted by tasks is the share of all tasks.
    SELECT 100.0::float8 * sum(
-- [one
               windlass_running_share(j.id, j.running) +
-- one]
               j.succeeded + j.failed + j.cancelled + j.skipped
           ) / nullif(
               sum(j.queued + j.left_over + j.scheduled + j.running + j.succeeded + j.failed + j.cancelled + j.skipped), 0
           ) AS percent
    FROM jobs j WHERE j.pipeline_id = p.id
) share
-- [one
WHERE p.id = $1 AND p.deleted_at IS NULL
-- one]
-- [many
ORDER BY cut.id DESC
-- many]
