-- The place in line of tasks, drawn when one becomes waiting.
CREATE SEQUENCE task_positions CACHE 1;

-- Narrow, because each state change writes the row anew. A state stored under a pending or an ended job is read through
-- the job; rows are never rewritten to open, pause, cancel, skip or re-prioritise.
CREATE TABLE tasks (
    id uuid PRIMARY KEY,
    job_id uuid NOT NULL,
    position bigint NOT NULL,
    attempt integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    max_attempts integer NOT NULL,
    state text NOT NULL CHECK (state IN ('scheduled', 'queued', 'running', 'succeeded', 'failed', 'cancelled', 'skipped')),
    -- Its payload is its job's: the one task of a simple job.
    payload_from_job boolean NOT NULL,
    run_at timestamptz,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    CHECK ((ended_at IS NOT NULL) = (state IN ('succeeded', 'failed', 'cancelled', 'skipped'))),
    CHECK (state <> 'scheduled' OR run_at IS NOT NULL)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- Dequeue: a job's waiting tasks in line.
CREATE INDEX tasks_waiting ON tasks (job_id, position) WHERE state = 'queued';
-- The promoter: what is due next.
CREATE INDEX tasks_scheduled ON tasks (run_at) WHERE state = 'scheduled';
-- Lists by job, and results in the order added.
CREATE INDEX tasks_job ON tasks (job_id, id);
-- Lists of the failed ones among millions, over all jobs and of one.
CREATE INDEX tasks_failed ON tasks (id) WHERE state = 'failed';
CREATE INDEX tasks_failed_job ON tasks (job_id, id) WHERE state = 'failed';

-- Insert-only. No row: payload null, metadata an empty object.
CREATE TABLE task_payloads (
    task_id uuid PRIMARY KEY,
    payload text,
    metadata text
);

-- Insert-only: what an attempt that ended left behind. No row: neither result nor error.
CREATE TABLE task_outcomes (
    task_id uuid NOT NULL,
    attempt integer NOT NULL,
    result text,
    category text,
    message text,
    detail text,
    PRIMARY KEY (task_id, attempt),
    CHECK ((category IS NULL) = (message IS NULL))
);

-- The last progress that a worker reported.
CREATE TABLE task_progress (
    task_id uuid PRIMARY KEY,
    current double precision NOT NULL,
    total double precision,
    message text
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- A task's effective state: its stored one, read through its job. Every read uses this and nothing else does.
CREATE FUNCTION windlass_task_state(stored text, job_state text, job_due boolean) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN stored IN ('succeeded', 'failed', 'cancelled', 'skipped') THEN stored
        WHEN job_state = 'skipped' THEN 'skipped'
        WHEN job_state IN ('succeeded', 'failed', 'cancelled') THEN 'cancelled'
        WHEN job_state = 'pending' THEN 'pending'
        WHEN stored = 'queued' AND NOT job_due THEN 'scheduled'
        ELSE stored
    END
$$;
