-- The raw side's jobs, one for each client: what `POST /v1/pipelines` would have written, with ids that a script can compute.
CREATE SEQUENCE bench_ids;

CREATE FUNCTION bench_id(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT ('00000000-000' || kind || '-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid $$;

-- The same for every task; a script cannot hold it, for what follows a colon would be a variable there.
CREATE FUNCTION bench_payload() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT '{payload}' $$;

INSERT INTO queues (type) VALUES ('raw');

INSERT INTO pipelines (id, name, state, priority, paused, sealed, fail_fast, correlation_id, created_at, started_at, jobs_open)
VALUES (bench_id('1', 0), 'raw', 'running', 2, false, true, false, 'raw', now(), now(), 64);

INSERT INTO pipeline_controls (pipeline_id) VALUES (bench_id('1', 0));

INSERT INTO jobs (
    id, pipeline_id, key, ordinal, type, state, priority, pipeline_paused, paused, sealed, due, unmet, opened_position,
    opened_at, started_at, head, fail_fast, max_failed_tasks, allow_failure, created_at
)
SELECT bench_id('2', n), bench_id('1', 0), n::text, n, 'raw', 'running', 2, false, false, false, true, 0,
       nextval('job_positions'), now(), now(), 0, true, 0, false, now()
FROM generate_series(0, 63) AS n;

INSERT INTO job_specs (
    job_id, lease_seconds, max_attempts, initial_delay_seconds, factor, max_delay_seconds, jitter, non_retryable
)
SELECT id, 60, 3, 1, 2, 300, 0.2, '{}' FROM jobs;

INSERT INTO events (entity, pipeline_id, job_id, to_state, actor)
SELECT 'pipeline', bench_id('1', 0), NULL::uuid, 'running', 'client'
UNION ALL
SELECT 'job', pipeline_id, id, 'running', 'client' FROM jobs;
