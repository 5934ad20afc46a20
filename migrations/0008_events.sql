CREATE SEQUENCE event_numbers CACHE 1;

-- The audit: one row for each change of a state, written in the transaction of the change, append-only. The number is drawn
-- while the changed row is locked, so the events of one thing are in order. A serial number shows 2 before 1, though, so
-- readers stop at a number below which nothing is under way any more (see the store's events module).
-- correlation_id stands on the pipeline's own events only; what hangs on a pipeline has its.
CREATE TABLE events (
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
CREATE INDEX events_order ON events (number);
-- One pipeline's events, and one job's among them.
CREATE INDEX events_pipeline ON events (pipeline_id, number);
-- One task's events.
CREATE INDEX events_task ON events (task_id, number) WHERE task_id IS NOT NULL;
