-- A retry by hand takes back what the completions of the tasks that run again had added, and so on down. So tasks that a completion adds carry an
-- origin: a number within their job for the set of all jobs above, those whose completions led to them (crates/store/src/origins).

-- 0: created with the job, added by a call, or added by a server of before.
ALTER TABLE tasks ADD COLUMN origin integer NOT NULL DEFAULT 0;

-- The origins of the job's tasks that were not taken back, beside 0; null: none.
ALTER TABLE jobs ADD COLUMN origins integer[];

CREATE TABLE task_origins (
    job_id uuid NOT NULL,
    origin integer NOT NULL CHECK (origin > 0),
    -- Sorted.
    producers uuid[] NOT NULL CHECK (cardinality(producers) > 0),
    -- Tasks added, written under the job's lock.
    total integer NOT NULL DEFAULT 0 CHECK (total >= 0),
    -- When its tasks were taken back.
    gone_at timestamptz,
    -- Of an origin that is gone: up to which task those that never had an attempt have been deleted; null: nothing is to be deleted.
    deleted_to uuid,
    PRIMARY KEY (job_id, origin),
    CHECK (deleted_to IS NULL OR gone_at IS NOT NULL)
);

-- The prune: origins that are gone and whose tasks are to be deleted.
CREATE INDEX task_origins_gone ON task_origins (gone_at) WHERE deleted_to IS NOT NULL;

-- Whether a task was taken back. Every read asks this.
CREATE FUNCTION windlass_is_gone(origin integer, live integer[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT origin <> 0 AND origin <> ALL(coalesce(live, '{}'))
$$;

-- Where a task stands in the index of its job's tasks, by its origin. One value, since a walk along an index is ended by its first column only.
CREATE FUNCTION windlass_line(job_id uuid, origin integer) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN origin = 0 THEN job_id ELSE md5(job_id::text || origin::text)::uuid END
$$;

-- Servers of before show what was taken back, and bring it back with its job: they go before anything is retried that had added tasks.
INSERT INTO compatible_migrations (version, compatible_from) VALUES (27, 20);
