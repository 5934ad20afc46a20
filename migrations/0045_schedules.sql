-- Schedules: when pipelines are made from a template, and what became of each time.
CREATE TABLE schedules (
    name text PRIMARY KEY COLLATE "C",
    -- One that was deleted and made again is another: its runs have this id.
    id uuid NOT NULL,
    description text,
    -- A pattern of times, or so many seconds apart.
    cron text,
    every_seconds integer CONSTRAINT schedules_every_check CHECK (every_seconds BETWEEN 10 AND 2678400),
    timezone text NOT NULL,
    template text NOT NULL,
    -- Null: the newest at each run.
    template_version integer,
    parameters text NOT NULL,
    -- Null: what the template says.
    priority smallint CONSTRAINT schedules_priority_check CHECK (priority BETWEEN 0 AND 4),
    metadata text,
    overlap text NOT NULL CONSTRAINT schedules_overlap_check CHECK (overlap IN ('skip', 'allow', 'cancel', 'wait')),
    missed text NOT NULL CONSTRAINT schedules_missed_check CHECK (missed IN ('skip', 'one', 'all')),
    jitter_seconds integer NOT NULL CONSTRAINT schedules_jitter_check CHECK (jitter_seconds BETWEEN 0 AND 3600),
    starts_at timestamptz,
    ends_at timestamptz,
    paused boolean NOT NULL,
    -- Why it is paused; null while it is not.
    reason text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- When it was made, or its times were last changed: times count from then on.
    counted_from timestamptz NOT NULL,
    -- Raised by each change: what was looked at before it is not acted on.
    revision bigint NOT NULL DEFAULT 0,
    -- Its next time, without jitter; null while there is none, or it is paused.
    next_run_at timestamptz,
    -- When it is looked at next: the start of the next time, or later where another server works on it, or an attempt failed.
    look_at timestamptz,
    CONSTRAINT schedules_rhythm_check CHECK ((cron IS NULL) <> (every_seconds IS NULL)),
    CONSTRAINT schedules_look_check CHECK ((next_run_at IS NULL) = (look_at IS NULL)),
    CONSTRAINT schedules_paused_check CHECK (NOT paused OR next_run_at IS NULL),
    CONSTRAINT schedules_reason_check CHECK (paused OR reason IS NULL)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- The duty: what is due, whoever has waited longest first.
CREATE INDEX schedules_look ON schedules (look_at) WHERE look_at IS NOT NULL;
-- Lists by template, and whether a template is in use.
CREATE INDEX schedules_template ON schedules (template, name);

CREATE TABLE schedule_runs (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    schedule_id uuid NOT NULL,
    -- Its name.
    schedule text NOT NULL,
    scheduled_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    started_at timestamptz,
    outcome text NOT NULL CONSTRAINT schedule_runs_outcome_check CHECK (
        outcome IN ('created', 'waiting', 'skipped', 'missed', 'failed', 'triggered')
    ),
    pipeline_id uuid,
    -- JSON: the problem of one that failed, how many times were missed.
    detail text,
    -- When one that waits is looked at next.
    look_at timestamptz,
    CONSTRAINT schedule_runs_pipeline_check CHECK ((pipeline_id IS NOT NULL) = (outcome IN ('created', 'triggered'))),
    CONSTRAINT schedule_runs_started_check CHECK ((started_at IS NULL) = (outcome IN ('waiting', 'missed'))),
    CONSTRAINT schedule_runs_look_check CHECK ((look_at IS NOT NULL) = (outcome = 'waiting'))
);

-- Each time comes once: the proof, over all servers.
CREATE UNIQUE INDEX schedule_runs_once ON schedule_runs (schedule_id, scheduled_at) WHERE outcome <> 'triggered';
-- No time has two pipelines, triggered or not.
CREATE UNIQUE INDEX schedule_runs_pipeline ON schedule_runs (schedule_id, scheduled_at)
    WHERE outcome IN ('created', 'triggered', 'waiting');
-- Lists of a schedule's runs, and its last one.
CREATE INDEX schedule_runs_list ON schedule_runs (schedule_id, number);
-- Whether the run of a pipeline was triggered, for overlaps.
CREATE INDEX schedule_runs_of_pipeline ON schedule_runs (pipeline_id) WHERE pipeline_id IS NOT NULL;
-- The duty: those that wait; of a schedule one at the most.
CREATE UNIQUE INDEX schedule_runs_waiting ON schedule_runs (schedule_id) WHERE outcome = 'waiting';
-- Pruning.
CREATE INDEX schedule_runs_recorded ON schedule_runs (recorded_at);

-- The schedule that made it, by its name; null: none did.
ALTER TABLE pipelines ADD COLUMN schedule text;
-- The schedule whose event it is.
ALTER TABLE events ADD COLUMN schedule text;

-- An event of a schedule has the nil id for its pipeline, as one of a queue. Not validated: no row of before can break the checks.
ALTER TABLE events
    DROP CONSTRAINT events_entity_check,
    DROP CONSTRAINT events_job_check,
    DROP CONSTRAINT events_type_check;
ALTER TABLE events
    ADD CONSTRAINT events_entity_check CHECK (entity IN ('pipeline', 'job', 'task', 'queue', 'key', 'template', 'schedule')) NOT VALID,
    ADD CONSTRAINT events_job_check CHECK ((job_id IS NOT NULL) = (entity IN ('job', 'task'))) NOT VALID,
    ADD CONSTRAINT events_type_check CHECK (
        CASE entity WHEN 'queue' THEN type IS NOT NULL WHEN 'job' THEN true ELSE type IS NULL END
        AND (entity NOT IN ('pipeline', 'job', 'task')) = (pipeline_id = '00000000-0000-0000-0000-000000000000')
    ) NOT VALID,
    ADD CONSTRAINT events_schedule_check CHECK ((entity = 'schedule') = (schedule IS NOT NULL)) NOT VALID;

-- 0046 and 0047 as well, whose files may have one statement only.
INSERT INTO compatible_migrations (version, compatible_from) VALUES (45, 32), (46, 32), (47, 32);
