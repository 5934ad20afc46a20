-- See brought.rs. The events of the numbers $1, as lists of events show them.
WITH page AS MATERIALIZED (
    SELECT e.*
    FROM unnest($1::bigint[]) AS asked (number)
    CROSS JOIN LATERAL (SELECT * FROM events WHERE number >= asked.number AND number <= asked.number ORDER BY number LIMIT 1) e
), types AS MATERIALIZED (
    SELECT of.job_id, coalesce(of.type, present.type) AS type
    FROM (SELECT job_id, max(type) AS type FROM page WHERE job_id IS NOT NULL GROUP BY job_id) of
    LEFT JOIN LATERAL (SELECT type FROM jobs WHERE of.type IS NULL AND id = of.job_id OFFSET 0) present ON true
), correlations AS MATERIALIZED (
    SELECT of.pipeline_id, present.correlation_id
    FROM (SELECT DISTINCT pipeline_id FROM page) of
    LEFT JOIN LATERAL (SELECT correlation_id FROM pipelines WHERE id = of.pipeline_id OFFSET 0) present ON true
)
SELECT e.number AS "number!", e.at AS "at!", e.entity AS "entity!", e.pipeline_id AS "pipeline_id!", e.job_id AS "job_id?",
    e.task_id AS "task_id?", e.from_state AS "from_state?", e.to_state AS "to_state!", e.flag AS "flag?", e.reason AS "reason?",
    e.attempt AS "attempt?", e.worker_id AS "worker_id?", e.actor AS "actor!",
    coalesce(e.correlation_id, c.correlation_id) AS "correlation_id?", coalesce(e.type, t.type) AS "type_name?",
    e.template AS "template?", e.schedule AS "schedule?",
    CASE WHEN e.caller = 0 THEN 'bootstrap' ELSE k.name END AS "caller?", k.id AS "caller_id?"
FROM page e
LEFT JOIN types t ON t.job_id = e.job_id
LEFT JOIN correlations c ON c.pipeline_id = e.pipeline_id
-- The bootstrap key is number 0, and has no row.
LEFT JOIN LATERAL (SELECT id, name FROM keys WHERE number = e.caller OFFSET 0) k ON true
