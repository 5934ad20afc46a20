-- See record.rs. By failure: $1 task, $2 attempt, $3 job, $4 type, $5 category, $6 message, $7 message without numbers, $8 when.
-- The jobs' rows are locked, so that nobody else adds an error to them meanwhile.
WITH failed AS MATERIALIZED (
    SELECT f.*, hashtextextended(f.alike, 0) AS text
    FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
        WITH ORDINALITY AS f (task_id, attempt, job_id, type, category, message, alike, failed_at, place)
),
listed AS (
    INSERT INTO task_failures (task_id, attempt, number, job_id, type, category, text, failed_at)
    SELECT task_id, attempt, nextval('task_failure_numbers'), job_id, type, category, text, failed_at
    FROM (SELECT * FROM failed ORDER BY place) f
    ON CONFLICT (task_id, attempt) DO NOTHING
),
grouped AS MATERIALIZED (
    SELECT job_id, category, text, count(*) AS count, max(place) AS newest FROM failed GROUP BY job_id, category, text
),
jobs_errors AS MATERIALIZED (
    SELECT job_id, (SELECT count(*) FROM job_errors e WHERE e.job_id = each.job_id AND e.category <> '') AS errors
    FROM (SELECT DISTINCT job_id FROM failed) each
),
-- Whether an error is known, how many of the job are, and how many new ones come before it.
ranked AS MATERIALIZED (
    SELECT g.*, known.yes IS NOT NULL AS known,
           count(*) FILTER (WHERE known.yes IS NULL) OVER (PARTITION BY g.job_id ORDER BY g.newest) AS rank,
           of_job.errors
    FROM grouped g
    JOIN jobs_errors of_job ON of_job.job_id = g.job_id
    LEFT JOIN LATERAL (
        SELECT true AS yes FROM job_errors e WHERE e.job_id = g.job_id AND e.category = g.category AND e.text = g.text OFFSET 0
    ) known ON true
),
counted AS MATERIALIZED (
    SELECT job_id, CASE WHEN own THEN category ELSE '' END AS category, CASE WHEN own THEN text ELSE 0 END AS text,
           sum(count)::bigint AS count, max(newest) AS newest
    FROM (SELECT *, known OR errors + rank <= 200 AS own FROM ranked) r
    GROUP BY 1, 2, 3
)
INSERT INTO job_errors AS e (job_id, category, text, count, message, newest_at, task_id)
SELECT c.job_id, c.category, c.text, c.count, CASE WHEN c.category = '' THEN '' ELSE f.message END, f.failed_at, f.task_id
FROM counted c JOIN failed f ON f.place = c.newest
ORDER BY c.job_id, c.category, c.text
ON CONFLICT (job_id, category, text) DO UPDATE SET
    count = e.count + excluded.count, message = excluded.message, newest_at = excluded.newest_at, task_id = excluded.task_id
