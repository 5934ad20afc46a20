-- The time-bound right to run a task: inserted by the dequeue, deleted by the report. Narrow, so that heartbeats never
-- touch a wide row, and apart from tasks, so that no index on a leased state tempts the planner.
CREATE TABLE leases (
    task_id uuid PRIMARY KEY,
    token uuid NOT NULL,
    job_id uuid NOT NULL,
    attempt integer NOT NULL,
    started_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- The start plus the job's timeout_seconds.
    deadline_at timestamptz,
    -- When the sweeper ends it: least(expires_at, deadline_at).
    due_at timestamptz NOT NULL,
    lease_seconds double precision NOT NULL,
    type text NOT NULL,
    worker_id text NOT NULL,
    CHECK (due_at = least(expires_at, deadline_at))
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- The sweeper: what falls due next.
CREATE INDEX leases_due ON leases (due_at);
-- A job's end deletes its leases; a job's progress counts its running tasks in.
CREATE INDEX leases_job ON leases (job_id);

-- How much of a job's running tasks is done, by their own progress, as a number of tasks. In numeric, since a quotient of
-- doubles may overflow or underflow, which is an error.
CREATE FUNCTION windlass_running_share(job uuid, running integer) RETURNS double precision
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN running = 0 THEN 0 ELSE coalesce((
        SELECT sum(round(greatest(0, least(1, g.current::numeric / g.total::numeric)), 6))::double precision
        FROM leases l JOIN task_progress g ON g.task_id = l.task_id
        WHERE l.job_id = job AND g.total > 0
    ), 0) END
$$;
