-- Made by `make sql` from read.template.sql: edit that.
-- See read.rs.
-- At most $8 pipelines below the id $1, the newest first, as far as their texts take $9 bytes. $2 to $7 may be null.
WITH page AS MATERIALIZED (
    SELECT *
    FROM (
        SELECT *
        FROM (
            SELECT * FROM pipelines
            WHERE (correlation_id, id) < ($5::text, $1) AND correlation_id >= $5
            ORDER BY correlation_id DESC, id DESC
            -- A fence: with the conditions below the planner would expect few rows, and sort them from another index.
            OFFSET 0
        ) walked
        WHERE deleted_at IS NULL AND ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR name = $3)
          AND ($4::smallint IS NULL OR priority = $4) AND ($5::text IS NULL OR correlation_id = $5)
          AND ($6::timestamptz IS NULL OR created_at >= $6) AND ($7::timestamptz IS NULL OR created_at < $7)
        -- As many as the largest page fetches: of a parameter a plan expects a tenth of the table.
        LIMIT 501
    ) fitting
    LIMIT $8
), sized AS MATERIALIZED (
    SELECT page.*, m.metadata, count(*) OVER () AS fetched,
           coalesce(sum(octet_length(m.metadata)) OVER (
               ORDER BY page.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ), 0) AS bytes_before
    FROM page LEFT JOIN pipeline_metadata m ON m.pipeline_id = page.id
)
SELECT p.id AS "id!", p.name AS "name!", p.state AS "state!", p.paused AS "paused!", p.sealed AS "sealed!",
       p.priority AS "priority!", p.correlation_id AS "correlation_id!", p.fail_fast AS "fail_fast!", p.reason AS "reason?",
       CASE WHEN p.ended_at IS NOT NULL THEN 100.0::float8 ELSE coalesce(share.percent, 0) END AS "percent!",
       p.created_at AS "created_at!", p.started_at AS "started_at?", p.ended_at AS "ended_at?",
       p.traceparent AS "traceparent?", p.tracestate AS "tracestate?",
       p.metadata AS "metadata?", p.fetched AS "fetched!"
FROM sized p
CROSS JOIN LATERAL (
    -- The mean over jobs weighted by tasks is the share of all tasks.
    SELECT 100.0::float8 * sum(
               j.succeeded + j.failed + j.cancelled + j.skipped
           ) / nullif(
               sum(j.queued + j.left_over + j.scheduled + j.running + j.succeeded + j.failed + j.cancelled + j.skipped), 0
           ) AS percent
    FROM jobs j WHERE j.pipeline_id = p.id
) share
WHERE p.bytes_before < $9
ORDER BY p.id DESC
