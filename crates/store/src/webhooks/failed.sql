-- See subjects.rs. The error of the newest failed task of each of the pipelines, jobs and tasks $1.
SELECT asked.id AS "id!", job.key AS "job_key!", told.category AS "category!", told.message AS "message!", told.detail AS "detail?"
FROM unnest($1::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT task.id, task.job_id
    FROM (
        SELECT t.id, t.job_id, t.ended_at FROM tasks t WHERE t.id = asked.id
        UNION ALL
        SELECT newest.*
        FROM (
            SELECT id FROM jobs WHERE id = asked.id
            UNION ALL
            SELECT id FROM jobs WHERE pipeline_id = asked.id AND failed > 0
        ) j
        CROSS JOIN LATERAL (
            SELECT t.id, t.job_id, t.ended_at FROM tasks t
            WHERE (t.job_id, t.id) < (j.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid) AND t.job_id >= j.id AND t.state = 'failed'
            ORDER BY t.job_id DESC, t.id DESC LIMIT 1
        ) newest
    ) task
    ORDER BY task.ended_at DESC NULLS LAST, task.id DESC LIMIT 1
) failed
CROSS JOIN LATERAL (
    SELECT category, message, detail FROM task_outcomes o
    WHERE o.task_id = failed.id AND o.category IS NOT NULL
    ORDER BY o.attempt DESC LIMIT 1
) told
CROSS JOIN LATERAL (SELECT key FROM jobs WHERE id = failed.job_id OFFSET 0) job
