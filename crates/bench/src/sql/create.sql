-- One job of one task in a pipeline of its own: the rows that a call of `POST /v1/jobs` writes, made on the spot, in one statement and one transaction.
-- Each client counts in a row of its own, so nobody waits for anybody.
WITH made AS MATERIALIZED (
    SELECT bench_id('4', number) AS pipeline, bench_id('5', number) AS job, bench_id('6', number) AS task
    FROM (SELECT nextval('bench_ids') AS number) drawn
),
pipeline AS (
    INSERT INTO pipelines (id, name, state, priority, paused, sealed, fail_fast, correlation_id, created_at, jobs_open)
    SELECT pipeline, 'raw', 'pending', 2, false, true, false, 'raw', windlass_now(), 1 FROM made
),
control AS (INSERT INTO pipeline_controls (pipeline_id) SELECT pipeline FROM made),
job AS (
    INSERT INTO jobs (
        id, pipeline_id, key, ordinal, type, state, priority, pipeline_paused, paused, sealed, due, unmet, opened_position,
        opened_at, head, queued, fail_fast, max_failed_tasks, allow_failure, created_at
    )
    SELECT job, pipeline, 'raw', 0, 'raw', 'queued', 2, false, false, true, true, 0, nextval('job_positions'),
           windlass_now(), 0, 1, true, 0, false, windlass_now()
    FROM made
),
spec AS (
    INSERT INTO job_specs (
        job_id, payload, lease_seconds, max_attempts, initial_delay_seconds, factor, max_delay_seconds, jitter, non_retryable
    )
    SELECT job, bench_payload(), 60, 3, 1, 2, 300, 0.2,
           '{validation_error,data_error,configuration_error,authentication_failed,permission_error}'
    FROM made
),
task AS (
    INSERT INTO tasks (id, job_id, position, max_attempts, state, payload_from_job, created_at)
    SELECT task, job, nextval('task_positions'), 3, 'queued', true, windlass_now() FROM made
),
counted AS (
    INSERT INTO queue_counts AS c (type, shard, queued)
    SELECT 'raw', :client_id::smallint, count(*) FROM made
    ON CONFLICT (type, shard) DO UPDATE SET queued = c.queued + excluded.queued
)
INSERT INTO events (entity, pipeline_id, job_id, to_state, actor, correlation_id, type)
SELECT 'pipeline', pipeline, NULL::uuid, 'pending', 'client', 'raw', NULL FROM made
UNION ALL
SELECT 'job', pipeline, job, 'queued', 'client', NULL, 'raw' FROM made;
