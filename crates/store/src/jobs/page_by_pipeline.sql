-- Made by `make sql` from read.template.sql: edit that.
-- See read.rs.
-- At most $5 jobs below the id $1, the newest first, as far as their texts take $6 bytes. $2 to $4 may be null.
WITH page AS MATERIALIZED (
    SELECT id
    FROM (
        SELECT id
        FROM (
            SELECT * FROM jobs
            WHERE (pipeline_id, id) < ($2::uuid, $1) AND pipeline_id >= $2
            ORDER BY pipeline_id DESC, id DESC
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
       s.payload AS "payload?", s.metadata AS "metadata?", 0::float8 AS "running_share!", cut.fetched AS "fetched!"
FROM cut
-- Each by its key: next to what the parents seem to cost, the planner takes walks along whole tables for as good.
CROSS JOIN LATERAL (SELECT * FROM jobs WHERE id = cut.id OFFSET 0) j
CROSS JOIN LATERAL (SELECT * FROM job_specs WHERE job_id = cut.id OFFSET 0) s
ORDER BY cut.id DESC
