CREATE SEQUENCE event_numbers CACHE 1;

-- The audit: one row for each change of a state, written in the transaction of the change, append-only. Read in
-- commit order by (xid, number) up to the oldest transaction under way: a serial number alone shows 2 before 1.
-- correlation_id stands on the pipeline's own events only; what hangs on a pipeline has its.
CREATE TABLE events (
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    number bigint NOT NULL DEFAULT nextval('event_numbers'),
    at timestamptz NOT NULL DEFAULT windlass_now(),
    entity text NOT NULL CHECK (entity IN ('pipeline', 'job', 'task')),
    pipeline_id uuid NOT NULL,
    job_id uuid,
    task_id uuid,
    from_state text,
    to_state text NOT NULL,
    flag text,
    reason text,
    attempt integer,
    worker_id text,
    actor text NOT NULL CHECK (actor IN ('client', 'worker', 'server')),
    correlation_id text,
    CHECK ((job_id IS NULL) = (entity = 'pipeline')),
    CHECK ((task_id IS NULL) = (entity <> 'task'))
) PARTITION BY RANGE (at);

-- Readers at the head.
CREATE INDEX events_order ON events (xid, number);
-- One pipeline's events, and one job's among them.
CREATE INDEX events_pipeline ON events (pipeline_id, xid, number);
-- One task's events.
CREATE INDEX events_task ON events (task_id, xid, number) WHERE task_id IS NOT NULL;
