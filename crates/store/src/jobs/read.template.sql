-- Variant read: one
-- Variant read_of_pipeline: of_pipeline
-- Variant read_these: these
-- Variant page: page by_id
-- Variant page_by_pipeline: page by_pipeline
-- Variant page_by_type: page by_type
-- Variant page_by_state: page by_state
-- See read.rs.
-- [one
-- The job $1. Running tasks' own progress counts.
-- one]
-- [of_pipeline
-- The jobs of the pipeline $1 in the order of the request, without payload and metadata. Running tasks' own progress counts.
-- of_pipeline]
-- [these
-- The jobs $1, without payload and metadata, those of deleted pipelines among them. Running tasks' own progress counts.
-- these]
-- [page
-- At most $5 jobs below the id $1, the newest first, as far as their texts take $6 bytes. $2 to $4 may be null.
WITH page AS MATERIALIZED (
    SELECT id
    FROM (
        SELECT id
        FROM (
            SELECT * FROM jobs
-- page]
-- [by_id
            WHERE id < $1
            ORDER BY id DESC
-- by_id]
-- [by_pipeline
            WHERE (pipeline_id, id) < ($2::uuid, $1) AND pipeline_id >= $2
            ORDER BY pipeline_id DESC, id DESC
-- by_pipeline]
-- [by_type
            WHERE (type, id) < ($3::text, $1) AND type >= $3
            ORDER BY type DESC, id DESC
-- by_type]
-- [by_state
            WHERE (state, id) < ($4::text, $1) AND state >= $4
            ORDER BY state DESC, id DESC
-- by_state]
-- [page
            -- A fence: with the conditions below the planner would expect few rows, and sort them from another index.
            OFFSET 0
        ) walked
        -- By a sub-select: of a join with IS NULL the planner expects next to no rows, and begins there.
        WHERE (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = walked.pipeline_id)
          AND ($2::uuid IS NULL OR pipeline_id = $2) AND ($3::text IS NULL OR type = $3) AND ($4::text IS NULL OR state = $4)
        -- As many as the largest page fetches: of a parameter a plan expects a tenth of the table.
        LIMIT 501
    ) fitting
    LIMIT $5
), cut AS MATERIALIZED (
    SELECT id, fetched
    FROM (
        SELECT page.id, count(*) OVER () AS fetched,
               coalesce(sum(coalesce(octet_length(s.payload), 0) + coalesce(octet_length(s.metadata), 0)) OVER (
                   ORDER BY page.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
               ), 0) AS bytes_before
        FROM page JOIN job_specs s ON s.job_id = page.id
    ) sized
    WHERE bytes_before < $6
)
-- page]
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
-- [one
       s.payload AS "payload?", s.metadata AS "metadata?", windlass_running_share(j.id, j.running) AS "running_share!",
       1::bigint AS "fetched!"
FROM jobs j
JOIN job_specs s ON s.job_id = j.id
WHERE j.id = $1 AND (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = j.pipeline_id)
-- one]
-- [of_pipeline
       NULL::text AS "payload?", NULL::text AS "metadata?", windlass_running_share(j.id, j.running) AS "running_share!",
       count(*) OVER () AS "fetched!"
FROM jobs j
JOIN job_specs s ON s.job_id = j.id
WHERE j.pipeline_id = $1 AND (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = j.pipeline_id)
ORDER BY j.ordinal
-- of_pipeline]
-- [these
       NULL::text AS "payload?", NULL::text AS "metadata?", windlass_running_share(j.id, j.running) AS "running_share!",
       1::bigint AS "fetched!"
FROM unnest($1::uuid[]) AS asked (id)
CROSS JOIN LATERAL (SELECT * FROM jobs WHERE id = asked.id OFFSET 0) j
CROSS JOIN LATERAL (SELECT * FROM job_specs WHERE job_id = asked.id OFFSET 0) s
-- these]
-- [page
       s.payload AS "payload?", s.metadata AS "metadata?", 0::float8 AS "running_share!", cut.fetched AS "fetched!"
FROM cut
-- Each by its key: next to what the parents seem to cost, the planner takes walks along whole tables for as good.
CROSS JOIN LATERAL (SELECT * FROM jobs WHERE id = cut.id OFFSET 0) j
CROSS JOIN LATERAL (SELECT * FROM job_specs WHERE job_id = cut.id OFFSET 0) s
ORDER BY cut.id DESC
-- page]
