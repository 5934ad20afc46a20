CREATE TABLE pipelines (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'running', 'succeeded', 'partial', 'failed', 'cancelled')),
    priority smallint NOT NULL CHECK (priority BETWEEN 0 AND 4),
    paused boolean NOT NULL,
    sealed boolean NOT NULL,
    fail_fast boolean NOT NULL,
    -- Cancelled since its last retry: what decides that it ends so, whatever its jobs did.
    cancelled boolean NOT NULL DEFAULT false,
    -- fail_fast has acted since its last retry; it does so on the first failure only.
    failed_fast boolean NOT NULL DEFAULT false,
    correlation_id text NOT NULL,
    reason text,
    traceparent text,
    tracestate text,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    -- A tombstone that every read honours; the rows go later, in bounded batches.
    deleted_at timestamptz,
    -- Jobs by what they mean for the pipeline's end.
    jobs_open integer NOT NULL,
    jobs_succeeded integer NOT NULL DEFAULT 0,
    jobs_failed integer NOT NULL DEFAULT 0,
    jobs_failed_allowed integer NOT NULL DEFAULT 0,
    jobs_cancelled integer NOT NULL DEFAULT 0,
    jobs_skipped integer NOT NULL DEFAULT 0,
    jobs_not_taken integer NOT NULL DEFAULT 0,
    CHECK ((ended_at IS NOT NULL) = (state NOT IN ('pending', 'running'))),
    CHECK (jobs_open >= 0)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- Lists by state: the few that are under way among millions that ended, and each kind of end.
CREATE INDEX pipelines_state ON pipelines (state, id);
-- Lists by name.
CREATE INDEX pipelines_name ON pipelines (name, id);
-- Lists by correlation id.
CREATE INDEX pipelines_correlation ON pipelines (correlation_id, id);
-- Lists by time of creation.
CREATE INDEX pipelines_created ON pipelines (created_at, id);
-- Deleted ones whose rows are to go.
CREATE INDEX pipelines_deleted ON pipelines (deleted_at) WHERE deleted_at IS NOT NULL;

-- Apart from the hot row, which every job's end rewrites. No row: an empty object.
CREATE TABLE pipeline_metadata (
    pipeline_id uuid PRIMARY KEY,
    metadata text NOT NULL
);

-- The control row: first in the lock order, and taken only by verbs that change a pipeline's structure, so that
-- they exclude each other without standing in the way of dequeues and reports.
CREATE TABLE pipeline_controls (
    pipeline_id uuid PRIMARY KEY
);
