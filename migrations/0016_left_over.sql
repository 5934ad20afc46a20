-- A retry by hand writes job rows only: what comes back is left over from an older run until its row is brought back, in bounded batches.

-- The job's run in which the stored state was written, or the task came back.
ALTER TABLE tasks ADD COLUMN run integer NOT NULL DEFAULT 1;

ALTER TABLE jobs
    -- A stored state of a run before this one has been left behind by a retry: the task waits again. For `succeeded` the second counts.
    ADD COLUMN again_run integer NOT NULL DEFAULT 0,
    ADD COLUMN all_again_run integer NOT NULL DEFAULT 0,
    -- How many tasks of an open or pending job wait again while their rows still say otherwise. They are shown as queued; the column
    -- queued counts the rows that wait. settled_to then says up to which row they have been brought back.
    ADD COLUMN left_over integer NOT NULL DEFAULT 0;

-- Not validated, so that a large table is not read: no row of before can break them.
ALTER TABLE jobs
    ADD CONSTRAINT jobs_left_over_check CHECK (left_over >= 0) NOT VALID,
    -- What has ended holds nothing that waits or runs.
    ADD CONSTRAINT jobs_left_over_ended_check CHECK (ended_at IS NULL OR left_over = 0) NOT VALID;

-- The settler: what is to be brought back, first in line first. Dequeue: up to where others may be served before.
CREATE INDEX jobs_left_over ON jobs (type, priority, opened_position) WHERE left_over > 0;

-- Whether a task's row tells of a run that a retry has left behind.
CREATE FUNCTION windlass_is_left_over(stored text, run integer, again_run integer, all_again_run integer) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT run < CASE WHEN stored = 'succeeded' THEN all_again_run ELSE again_run END
$$;

-- A task's effective state: its stored one, read through its job. Every read uses this and nothing else does. (Servers of before 0016 call the
-- one with three arguments. They show what is left over as it was, and fail to end its job: they go before anything large is retried.)
CREATE FUNCTION windlass_task_state(
    stored text, run integer, job_state text, job_due boolean, again_run integer, all_again_run integer
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT windlass_task_state(
        CASE WHEN windlass_is_left_over(stored, run, again_run, all_again_run) THEN 'queued' ELSE stored END, job_state, job_due
    )
$$;
