-- What failed, for people: each attempt that failed for good, over all jobs; and how often each error ended a task of a job. Written by a statement of
-- its own, under the job's lock, and only where an attempt fails for good: whatever else ends pays nothing for it.
CREATE SEQUENCE task_failure_numbers;

CREATE TABLE task_failures (
    task_id uuid NOT NULL,
    attempt integer NOT NULL,
    -- The order of the list.
    number bigint NOT NULL,
    job_id uuid NOT NULL,
    type text NOT NULL,
    category text NOT NULL,
    -- A hash of its message without numbers, as in job_errors.
    text bigint NOT NULL,
    failed_at timestamptz NOT NULL,
    -- The removal of a task.
    PRIMARY KEY (task_id, attempt)
);

-- The list over all types.
CREATE UNIQUE INDEX task_failures_number ON task_failures (number);
-- The list of one type.
CREATE INDEX task_failures_type ON task_failures (type, number);
-- The tasks of a job that one error ended.
CREATE INDEX task_failures_job ON task_failures (job_id, category, text, number);

-- Counts go on through retries by hand. The first 200 errors of a job have a row each, all others share one, whose category and text are empty.
CREATE TABLE job_errors (
    job_id uuid NOT NULL,
    category text NOT NULL,
    -- A hash of the message in which numbers, hexadecimal digits and UUIDs are the same.
    text bigint NOT NULL,
    count bigint NOT NULL CHECK (count > 0),
    -- The newest, whole, with its task.
    message text NOT NULL,
    newest_at timestamptz NOT NULL,
    task_id uuid NOT NULL,
    PRIMARY KEY (job_id, category, text),
    CHECK (category <> '' OR text = 0 AND message = '')
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- The newest that failed before, so that the list is not empty after an update. What a server of before fails meanwhile is not in the list over all
-- jobs; it is in that of its job.
INSERT INTO task_failures (task_id, attempt, number, job_id, type, category, text, failed_at)
SELECT id, attempt, nextval('task_failure_numbers'), job_id, type, category, 0, ended_at
FROM (
    SELECT t.id, t.attempt, t.job_id, t.ended_at,
           (SELECT type FROM jobs WHERE id = t.job_id) AS type,
           coalesce((SELECT category FROM task_outcomes WHERE task_id = t.id ORDER BY attempt DESC LIMIT 1), 'unknown') AS category
    FROM (SELECT * FROM tasks WHERE state = 'failed' ORDER BY id DESC LIMIT 10000) t
    ORDER BY t.ended_at, t.id
) failed
WHERE type IS NOT NULL;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (80, 32);
