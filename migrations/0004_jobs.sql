-- The place in line of jobs that open, over all types.
CREATE SEQUENCE job_positions CACHE 1;

CREATE TABLE jobs (
    id uuid PRIMARY KEY,
    pipeline_id uuid NOT NULL,
    key text NOT NULL,
    -- Its place among the jobs of the pipeline, as given.
    ordinal integer NOT NULL,
    type text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'queued', 'running', 'succeeded', 'failed', 'cancelled', 'skipped')),
    -- The pipeline's, copied here because the gate below must be one row's.
    priority smallint NOT NULL,
    pipeline_paused boolean NOT NULL,
    paused boolean NOT NULL,
    sealed boolean NOT NULL,
    run_at timestamptz,
    -- Whether run_at has come: set by the promoter, since a generated column cannot ask a clock.
    due boolean NOT NULL,
    -- Raised by each retry by hand.
    run integer NOT NULL DEFAULT 1,
    -- Edges not met yet.
    unmet integer NOT NULL CHECK (unmet >= 0),
    -- Skipped as a branch not taken.
    not_taken boolean NOT NULL DEFAULT false,
    -- Skipped by hand: a retry of its pipeline leaves it so.
    by_hand boolean NOT NULL DEFAULT false,
    opened_position bigint,
    -- The low-water mark: every waiting task lies above head. added counts the transactions that made tasks wait.
    head bigint NOT NULL,
    added bigint NOT NULL DEFAULT 0,
    -- Tasks by stored state; under a pending job queued and scheduled mean pending.
    queued integer NOT NULL DEFAULT 0 CHECK (queued >= 0),
    scheduled integer NOT NULL DEFAULT 0 CHECK (scheduled >= 0),
    running integer NOT NULL DEFAULT 0 CHECK (running >= 0),
    succeeded integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    cancelled integer NOT NULL DEFAULT 0,
    skipped integer NOT NULL DEFAULT 0,
    fail_fast boolean NOT NULL,
    max_failed_tasks integer NOT NULL,
    allow_failure boolean NOT NULL,
    reason text,
    created_at timestamptz NOT NULL,
    opened_at timestamptz,
    started_at timestamptz,
    ended_at timestamptz,
    -- Under an ended job, task rows up to this id have their effective state written; null: nothing is left over.
    settled_to uuid,
    -- The gate of dequeue, derived from its causes; no statement assigns it.
    dispatchable boolean NOT NULL GENERATED ALWAYS AS (
        state IN ('queued', 'running') AND NOT paused AND NOT pipeline_paused AND due AND queued > 0
    ) STORED,
    UNIQUE (pipeline_id, key),
    CHECK ((ended_at IS NOT NULL) = (state IN ('succeeded', 'failed', 'cancelled', 'skipped'))),
    CHECK (state NOT IN ('queued', 'running') OR opened_position IS NOT NULL),
    -- What has ended holds nothing that waits or runs.
    CHECK (ended_at IS NULL OR queued + scheduled + running = 0)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- Dequeue: the order of rule 4 within one type.
CREATE INDEX jobs_dispatchable ON jobs (type, priority, opened_position) WHERE dispatchable;
-- The promoter: jobs whose run_at is ahead.
CREATE INDEX jobs_not_due ON jobs (run_at) WHERE NOT due;
-- The settler: ended jobs with left-over task rows.
CREATE INDEX jobs_unsettled ON jobs (ended_at) WHERE settled_to IS NOT NULL;
-- Lists by type.
CREATE INDEX jobs_type ON jobs (type, id);
-- Lists by state.
CREATE INDEX jobs_state ON jobs (state, id);
-- A pipeline's jobs in id order, and lists by pipeline.
CREATE INDEX jobs_pipeline ON jobs (pipeline_id, id);

-- What of a job never changes and may be large. payload and metadata as text exactly as validated; no payload: null.
CREATE TABLE job_specs (
    job_id uuid PRIMARY KEY,
    payload text,
    metadata text,
    lease_seconds double precision NOT NULL,
    timeout_seconds double precision,
    max_attempts integer NOT NULL,
    initial_delay_seconds double precision NOT NULL,
    factor double precision NOT NULL,
    max_delay_seconds double precision NOT NULL,
    jitter double precision NOT NULL,
    non_retryable text[] NOT NULL
);

CREATE TABLE edges (
    child_id uuid NOT NULL,
    -- The place in depends_on.
    ordinal integer NOT NULL,
    parent_id uuid NOT NULL,
    condition text NOT NULL CHECK (condition IN ('succeeded', 'failed', 'finished', 'always')),
    PRIMARY KEY (child_id, ordinal)
);

-- A job's end asks for its children.
CREATE INDEX edges_parent ON edges (parent_id);
