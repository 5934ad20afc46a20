//! Tables with many rows in them, written straight into them: what the statements meet, not what is true.

use sqlx::PgConnection;
use uuid::Uuid;

/// The pipeline of the job with 100,000 waiting tasks.
pub(super) const PIPELINE: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
/// That job.
pub(super) const JOB: Uuid = Uuid::from_u128(0x0190_0001_0000_7000_8000_0000_0000_0001);
/// A task with an attempt.
pub(super) const TASK: Uuid = Uuid::from_u128(0x0190_0002_0000_7000_8000_0000_0000_0001);

/// One job of 100,000 waiting tasks, 5,000 jobs of one task, 2,000 exhausted ones that run, 20,000 tasks that are stale below an
/// ended job, 20,000 scheduled ones, 5,000 failed ones, of which 10 are of the first job, and 10,000 deliveries to webhooks.
const ROWS: &str = "
    CREATE FUNCTION an_id(kind int, number int) RETURNS uuid LANGUAGE sql IMMUTABLE AS
        $$ SELECT ('0190' || lpad(to_hex(kind), 4, '0') || '-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid $$;
    INSERT INTO queues (type) SELECT 'type-' || n FROM generate_series(0, 99) n;
    INSERT INTO pipelines (id, name, state, priority, paused, sealed, fail_fast, correlation_id, created_at, started_at, jobs_open)
    SELECT an_id(0, n), 'large', CASE WHEN n < 5002 THEN 'pending' ELSE 'running' END, 2, false, true, false, 'large', windlass_now(), windlass_now(), 1
    FROM generate_series(0, 7002) n;
    INSERT INTO pipeline_controls SELECT an_id(0, n) FROM generate_series(0, 7002) n;
    INSERT INTO jobs (id, pipeline_id, key, ordinal, type, state, priority, pipeline_paused, paused, sealed, due, unmet,
        opened_position, head, queued, scheduled, running, fail_fast, max_failed_tasks, allow_failure, created_at, opened_at,
        started_at, ended_at, settled_to)
    SELECT an_id(1, n), an_id(0, n), 'large', 0, 'type-' || CASE WHEN n < 2 THEN 0 ELSE n % 100 END,
        CASE WHEN n = 0 THEN 'cancelled' WHEN n < 5002 THEN 'queued' ELSE 'running' END, 2, false, false, true, true, 0,
        nextval('job_positions'), 0,
        CASE WHEN n = 0 THEN 0 WHEN n = 1 THEN 100000 WHEN n < 5002 THEN 1 ELSE 0 END,
        CASE WHEN n = 1 THEN 20000 ELSE 0 END, CASE WHEN n < 5002 THEN 0 ELSE 1 END,
        true, 0, false, windlass_now(), windlass_now(), windlass_now(),
        CASE WHEN n = 0 THEN windlass_now() END, CASE WHEN n = 0 THEN an_id(0, 0) END
    FROM generate_series(0, 7001) n;
    INSERT INTO job_specs SELECT id, NULL, NULL, 60, NULL, 3, 1, 2, 300, 0.2, '{}' FROM jobs WHERE key = 'large';
    INSERT INTO tasks (id, job_id, position, max_attempts, state, payload_from_job, run_at, created_at)
    SELECT an_id(2, n), an_id(1, CASE WHEN n < 20000 THEN 0 ELSE 1 END), nextval('task_positions'), 3,
        CASE WHEN n < 120000 THEN 'queued' ELSE 'scheduled' END, false,
        CASE WHEN n >= 120000 THEN windlass_now() + interval '1 day' END, windlass_now()
    FROM generate_series(0, 139999) n;
    INSERT INTO tasks (id, job_id, position, attempt, max_attempts, state, payload_from_job, created_at)
    SELECT an_id(3, n), an_id(1, n), nextval('task_positions'), CASE WHEN n < 5002 THEN 0 ELSE 1 END, 3,
        CASE WHEN n < 5002 THEN 'queued' ELSE 'running' END, true, windlass_now()
    FROM generate_series(2, 7001) n;
    INSERT INTO tasks (id, job_id, position, attempt, max_attempts, state, payload_from_job, created_at, started_at, ended_at)
    SELECT an_id(4, n), an_id(1, CASE WHEN n < 10 THEN 1 ELSE 2 END), nextval('task_positions'), 3, 3, 'failed', true, windlass_now(),
        windlass_now(), windlass_now()
    FROM generate_series(0, 4999) n;
    INSERT INTO task_failures (task_id, attempt, number, job_id, type, category, text, failed_at)
    SELECT t.id, 3, nextval('task_failure_numbers'), t.job_id, j.type, 'unknown', 1, windlass_now()
    FROM tasks t JOIN jobs j ON j.id = t.job_id WHERE t.state = 'failed' AND j.key = 'large';
    INSERT INTO job_errors (job_id, category, text, count, message, newest_at, task_id)
    SELECT an_id(1, n / 200), 'unknown', n % 200 + 1, 1, 'large', windlass_now(), an_id(2, n) FROM generate_series(0, 19999) n;
    INSERT INTO queue_history (type, at, succeeded, waits)
    SELECT 'type-' || n % 100, date_trunc('minute', windlass_now(), 'UTC') - n / 100 * interval '1 minute', 1, '{1,2}' FROM generate_series(0, 19999) n;
    UPDATE jobs SET failed = CASE WHEN id = an_id(1, 1) THEN 10 ELSE 4990 END WHERE id IN (an_id(1, 1), an_id(1, 2));
    INSERT INTO leases (task_id, token, job_id, attempt, started_at, expires_at, due_at, lease_seconds, type, worker_id)
    SELECT t.id, gen_random_uuid(), t.job_id, 1, windlass_now(), windlass_now() + interval '1 day',
        windlass_now() + interval '1 day', 86400, j.type, 'large'
    FROM tasks t JOIN jobs j ON j.id = t.job_id WHERE t.state = 'running' AND j.key = 'large';
    INSERT INTO queue_counts (type, shard, queued, scheduled, running)
    SELECT type, 0, sum(queued), sum(scheduled), sum(running) FROM jobs WHERE key = 'large' GROUP BY type;
    INSERT INTO attempts (task_id, token, number, verb, outcome, worker_id, started_at, ended_at)
    SELECT an_id(2, n), gen_random_uuid(), 1, 'release', 'released', 'large', windlass_now(), windlass_now()
    FROM generate_series(0, 9999) n;
    INSERT INTO events (entity, pipeline_id, job_id, task_id, from_state, to_state, actor)
    SELECT 'task', an_id(0, 1), an_id(1, 1), an_id(2, n), 'queued', 'running', 'worker' FROM generate_series(0, 19999) n;
    INSERT INTO outcomes (number, at, pipeline_id, job_id, task_id, attempt, type, worker_id, subject, kind, disposition)
    SELECT n, windlass_now(), an_id(0, 1), an_id(1, 1), an_id(2, n / 2), 1, 'type-0', 'large', 'subject-' || n % 5000, '', 'failed'
    FROM generate_series(0, 19999) n;
    INSERT INTO outcome_counts (job_id, counts) SELECT id, '{\"failed\": 1}' FROM jobs WHERE key = 'large';
    INSERT INTO task_outcomes (task_id, attempt, result) SELECT an_id(2, n), 1, '1' FROM generate_series(0, 9999) n;
    INSERT INTO task_progress (task_id, current) SELECT an_id(2, n), 1 FROM generate_series(0, 9999) n;
    INSERT INTO edges (child_id, ordinal, parent_id, condition)
    SELECT an_id(1, n), 0, an_id(1, n - 1), 'succeeded' FROM generate_series(2, 7001) n;
    INSERT INTO task_payloads (task_id, payload) SELECT an_id(2, n), '1' FROM generate_series(0, 9999) n;
    INSERT INTO webhooks (id, url, events, filter, format, paused, created_at, updated_at, secret)
    SELECT an_id(6, n), 'large', '{*}', '{}', 'standard', false, windlass_now(), windlass_now(), '' FROM generate_series(0, 99) n;
    INSERT INTO webhook_progress (webhook_id, pending) SELECT an_id(6, n), 100 FROM generate_series(0, 99) n;
    INSERT INTO webhook_slots (webhook_id, slot) SELECT an_id(6, n), slot FROM generate_series(0, 99) n, generate_series(1, 4) slot;
    INSERT INTO webhook_deliveries (id, webhook_id, event, event_id, type, state, created_at, next_attempt_at)
    SELECT an_id(5, n), an_id(6, n % 100), n, n::text, 'task.running', 'pending', windlass_now(), windlass_now() FROM generate_series(0, 9999) n;
    INSERT INTO webhook_bodies (delivery_id, body, format) SELECT an_id(5, n), '{}', 'standard' FROM generate_series(0, 9999) n;
    INSERT INTO idempotency_keys (scope, key, body_hash, location, response, created_at)
    SELECT 'large', n::text, '', '', '', windlass_now() FROM generate_series(0, 9999) n;";

pub(super) async fn fill(connection: &mut PgConnection) {
    sqlx::raw_sql("SET statement_timeout = 0").execute(&mut *connection).await.unwrap();
    sqlx::raw_sql(ROWS).execute(connection).await.unwrap();
}

pub(super) async fn analyze(connection: &mut PgConnection) {
    sqlx::raw_sql("ANALYZE").execute(connection).await.unwrap();
}

/// Makes all edges lead to one job, and says so in the statistics.
pub(super) async fn one_child(connection: &mut PgConnection) {
    const SQL: &str = "
        TRUNCATE edges;
        INSERT INTO edges (child_id, ordinal, parent_id, condition)
        SELECT (SELECT id FROM jobs ORDER BY id DESC LIMIT 1), row_number() OVER (), id, 'succeeded' FROM jobs, generate_series(1, 5);
        ANALYZE edges";
    sqlx::raw_sql(SQL).execute(connection).await.unwrap();
}
