-- Made by `make sql` from page.template.sql: edit that.
-- See walk.rs. Of the first 500 events behind the number $1 those of the entity $3, to the state $4, of the type $5, of the template $6, of the schedule
-- $7 (null: any), oldest first, at most $2; and the last of the 500, whatever it is.
-- Only of the task $8.
WITH walked AS MATERIALIZED (
    SELECT *
    FROM (
        SELECT * FROM events
        WHERE (task_id, number) > ($8::uuid, $1) AND task_id <= $8
        ORDER BY task_id, number
        LIMIT 500
    ) first
    -- All of them; a plan takes what it does not know for a tenth, and so walks instead of sorting.
    LIMIT (SELECT 500)
), page AS MATERIALIZED (
    SELECT *
    FROM (
        SELECT w.*, w.number IS NOT DISTINCT FROM (SELECT CASE WHEN count(*) = 500 THEN max(number) END FROM walked) AS ends_window
        FROM walked w
    ) w
    WHERE (
        ($3::text IS NULL OR entity = $3) AND ($4::text IS NULL OR to_state = $4) AND ($6::text IS NULL OR template = $6)
        AND ($7::text IS NULL OR schedule = $7)
    ) OR ends_window
    ORDER BY number
    -- Where a type is asked for as well, only the end tells which.
    LIMIT CASE WHEN $5::text IS NULL THEN $2::bigint END
), types AS MATERIALIZED (
    SELECT of.job_id, coalesce(of.type, present.type, gone.type) AS type
    FROM (SELECT job_id, max(type) AS type FROM page WHERE job_id IS NOT NULL GROUP BY job_id) of
    LEFT JOIN LATERAL (
        SELECT type FROM jobs WHERE of.type IS NULL AND id = of.job_id OFFSET 0
    ) present ON true
    -- Of a job that is gone its first event has it, and the one of its end, which is among the last few.
    LEFT JOIN LATERAL (
        SELECT type
        FROM (
            (
                SELECT type FROM events
                WHERE coalesce(of.type, present.type) IS NULL AND job_id >= of.job_id AND job_id <= of.job_id
                ORDER BY job_id, number LIMIT 1
            )
            UNION ALL
            (
                SELECT type FROM events
                WHERE coalesce(of.type, present.type) IS NULL AND job_id >= of.job_id AND job_id <= of.job_id
                ORDER BY job_id DESC, number DESC LIMIT 4
            )
        ) own
        WHERE type IS NOT NULL LIMIT 1
    ) gone ON true
), shown AS MATERIALIZED (
    SELECT e.*, coalesce(e.type, t.type) AS of_type
    FROM page e LEFT JOIN types t ON t.job_id = e.job_id
    WHERE $5 IS NULL OR coalesce(e.type, t.type) = $5 OR e.ends_window
    ORDER BY e.number
    LIMIT $2
), correlations AS MATERIALIZED (
    SELECT of.pipeline_id, coalesce(present.correlation_id, gone.correlation_id) AS correlation_id
    FROM (SELECT DISTINCT pipeline_id FROM shown) of
    LEFT JOIN LATERAL (
        SELECT true AS found, correlation_id FROM pipelines WHERE id = of.pipeline_id OFFSET 0
    ) present ON true
    -- Of a pipeline that is gone its own events have it: the first that there are, and the last.
    LEFT JOIN LATERAL (
        SELECT correlation_id
        FROM (
            (
                SELECT correlation_id FROM events
                WHERE present.found IS NULL AND pipeline_id >= of.pipeline_id AND pipeline_id <= of.pipeline_id
                ORDER BY pipeline_id, number LIMIT 1
            )
            UNION ALL
            (
                SELECT correlation_id FROM events
                WHERE present.found IS NULL AND pipeline_id >= of.pipeline_id AND pipeline_id <= of.pipeline_id
                ORDER BY pipeline_id DESC, number DESC LIMIT 1
            )
        ) own
        WHERE correlation_id IS NOT NULL LIMIT 1
    ) gone ON true
)
SELECT e.number AS "number!", e.at AS "at!", e.entity AS "entity!", e.pipeline_id AS "pipeline_id!", e.job_id AS "job_id?",
    e.task_id AS "task_id?", e.from_state AS "from_state?", e.to_state AS "to_state!", e.flag AS "flag?", e.reason AS "reason?",
    e.attempt AS "attempt?", e.worker_id AS "worker_id?", e.actor AS "actor!",
    coalesce(e.correlation_id, c.correlation_id) AS "correlation_id?", e.of_type AS "type_name?", e.template AS "template?",
    e.ends_window AS "ends_window!", e.schedule AS "schedule?",
    CASE WHEN e.caller = 0 THEN 'bootstrap' ELSE k.name END AS "caller?", k.id AS "caller_id?", d.name AS "caller_name?", e.key_id AS "key_id?", e.webhook_id AS "webhook_id?"
FROM shown e LEFT JOIN correlations c ON c.pipeline_id = e.pipeline_id
-- The bootstrap key is number 0, and has no row.
LEFT JOIN LATERAL (SELECT id, name FROM keys WHERE number = e.caller OFFSET 0) k ON true
LEFT JOIN LATERAL (SELECT name FROM display_names WHERE number = e.caller_name OFFSET 0) d ON true
ORDER BY e.number
