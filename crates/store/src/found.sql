-- See found.rs. Pipelines, jobs and tasks with ids from each of $1 to the one of $2 beside it.
SELECT entity AS "entity!", id AS "id!", pipeline_id AS "pipeline_id!", name AS "name!", key AS "key?", type_name AS "type_name?"
FROM (
    SELECT asked.ordinal, 'pipeline' AS entity, p.id, p.id AS pipeline_id, p.name, NULL::text AS key, NULL::text AS type_name
    FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS asked (first, last, ordinal)
    CROSS JOIN LATERAL (
        SELECT id, name
        FROM (SELECT * FROM pipelines WHERE id >= asked.first AND id <= asked.last ORDER BY id DESC LIMIT 1000) walked
        WHERE deleted_at IS NULL
        ORDER BY id DESC LIMIT 10
    ) p
    UNION ALL
    SELECT asked.ordinal, 'job', j.id, j.pipeline_id, p.name, j.key, j.type
    FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS asked (first, last, ordinal)
    CROSS JOIN LATERAL (
        SELECT id, pipeline_id, key, type
        FROM (SELECT * FROM jobs WHERE id >= asked.first AND id <= asked.last ORDER BY id DESC LIMIT 1000) walked
        WHERE (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = walked.pipeline_id)
        ORDER BY id DESC LIMIT 10
    ) j
    JOIN pipelines p ON p.id = j.pipeline_id
    UNION ALL
    SELECT asked.ordinal, 'task', t.id, j.pipeline_id, p.name, j.key, j.type
    FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS asked (first, last, ordinal)
    CROSS JOIN LATERAL (
        SELECT id, job_id
        FROM (SELECT * FROM tasks WHERE id >= asked.first AND id <= asked.last ORDER BY id DESC LIMIT 1000) walked
        WHERE (
            SELECT NOT windlass_is_gone(walked.origin, j.origins)
                   AND (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = j.pipeline_id)
            FROM jobs j WHERE j.id = walked.job_id
        )
        ORDER BY id DESC LIMIT 10
    ) t
    JOIN jobs j ON j.id = t.job_id
    JOIN pipelines p ON p.id = j.pipeline_id
) found
ORDER BY ordinal, entity, id DESC
