-- A hand-written queue: what a table of tasks, a row of counters for each job and a log of changes need. It has no leases and so no proof who may
-- report, no attempts, no payloads beside the tasks, no types, priorities or pauses, and no order over jobs: each client knows its own.
CREATE TABLE lean_jobs (
    id bigint PRIMARY KEY,
    queued integer NOT NULL DEFAULT 0,
    running integer NOT NULL DEFAULT 0,
    succeeded integer NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE TABLE lean_tasks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id bigint NOT NULL,
    state text NOT NULL,
    payload text,
    worker_id text,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    ended_at timestamptz
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX lean_tasks_waiting ON lean_tasks (job_id, id) WHERE state = 'queued';

CREATE TABLE lean_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    task_id bigint NOT NULL,
    to_state text NOT NULL
);

INSERT INTO lean_jobs (id) SELECT * FROM generate_series(0, 63);
