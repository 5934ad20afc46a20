-- Made by `make sql` from stages.template.sql: edit that.
-- See stages.rs. At most $4 stages, the oldest first, as far as their texts take $5 bytes, and one more. $1 to $3 may be null.
SELECT id AS "id!", pipeline_id AS "pipeline_id!", key AS "key!", type_name AS "type_name!", state AS "state!", held AS "held!",
       kept AS "kept!", opened AS "opened!", started AS "started!", waiting AS "waiting!", running AS "running!",
       succeeded AS "succeeded!", failed AS "failed!", retried AS "retried!", payload, metadata, traceparent, tracestate
FROM (
    SELECT j.id, j.pipeline_id, j.key, j.type AS type_name, j.state, j.held IS TRUE AS held, j.kept IS TRUE AS kept,
           j.opened_at IS NOT NULL AS opened, j.started_at IS NOT NULL AS started,
           j.queued + j.scheduled + j.left_over AS waiting, j.running, j.succeeded, j.failed + j.cancelled + j.skipped AS failed,
           coalesce(j.retried, 0) AS retried, s.payload, s.metadata, s.traceparent, s.tracestate,
           coalesce(sum(coalesce(octet_length(s.payload), 0) + coalesce(octet_length(s.metadata), 0)) OVER (
               ORDER BY j.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ), 0) AS bytes_before
    FROM (
        SELECT *
        FROM (
            SELECT * FROM jobs
            WHERE surface = 'jobnik'
            ORDER BY id
            -- A fence: with the conditions below the planner would expect few rows, and sort them from another index.
            OFFSET 0
        ) walked
        -- By a sub-select: see jobs/read.template.sql.
        WHERE (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = walked.pipeline_id) AND surface IS NOT NULL
          AND ($1::uuid IS NULL OR pipeline_id = $1) AND ($2::text IS NULL OR type = $2)
          AND ($3::text IS NULL OR $3 = windlass_jobnik_stage_status(state, held, kept, opened_at IS NOT NULL, started_at IS NOT NULL))
        LIMIT $4
    ) j
    CROSS JOIN LATERAL (SELECT payload, metadata, traceparent, tracestate FROM job_specs WHERE job_id = j.id OFFSET 0) s
) page
WHERE bytes_before <= $5
ORDER BY id
