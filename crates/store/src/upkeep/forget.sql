-- See prune.rs. At most $1 rows of each kind of what is remembered for a while; events are stored for $2 seconds.
WITH keys AS (
  DELETE FROM idempotency_keys WHERE (scope, key) IN (
      SELECT scope, key FROM idempotency_keys WHERE created_at < windlass_now() - interval '25 hours'
      ORDER BY created_at LIMIT $1
  ) RETURNING 1
),
claims AS (
  DELETE FROM bulk_claims WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM bulk_claims WHERE created_at < windlass_now() - interval '25 hours'
      ORDER BY created_at LIMIT $1
  )) RETURNING 1
),
log_calls AS (
  DELETE FROM log_keys WHERE (scope, key) IN (
      SELECT scope, key FROM log_keys WHERE created_at < windlass_now() - interval '1 hour'
      ORDER BY created_at LIMIT $1
  ) RETURNING 1
),
dequeues AS (
  DELETE FROM dequeue_keys WHERE key = ANY(ARRAY(
      SELECT k.key FROM dequeue_keys k
      WHERE k.created_at < windlass_now() - interval '1 hour' AND NOT EXISTS (
          SELECT FROM unnest(k.task_ids, k.tokens) AS leased (task_id, token)
          CROSS JOIN LATERAL (
              SELECT FROM leases WHERE task_id = leased.task_id AND token = leased.token OFFSET 0
          ) live
      )
      ORDER BY k.created_at LIMIT $1
  )) RETURNING 1
),
seen AS (
  DELETE FROM workers WHERE id = ANY(ARRAY(
      SELECT id FROM workers WHERE last_seen_at < windlass_now() - interval '1 hour'
      ORDER BY last_seen_at LIMIT $1
  )) RETURNING 1
),
pairs AS (
  -- By place: who asks again meanwhile has moved, and stays.
  DELETE FROM worker_types WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM worker_types WHERE asked_at < windlass_now() - interval '1 hour'
      ORDER BY asked_at LIMIT $1
  )) RETURNING 1
),
asked AS (
  DELETE FROM asked_types WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM asked_types WHERE asked_at < windlass_now() - interval '24 hours'
      ORDER BY asked_at LIMIT $1
  )) RETURNING 1
),
curves AS (
  DELETE FROM queue_history WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM queue_history WHERE at < windlass_now() - interval '7 days' ORDER BY at LIMIT $1
  )) RETURNING 1
),
names AS (
  -- A session lasts 12 hours, and its events as long as the day that they are stored with: when nobody has logged in so for longer, none names it.
  DELETE FROM display_names WHERE number = ANY(ARRAY(
      SELECT number FROM display_names WHERE used_at < windlass_now() - $2 * interval '1 second' - interval '3 days'
      ORDER BY used_at LIMIT $1
  ))
    -- Said again: who logs in meanwhile keeps it.
    AND used_at < windlass_now() - $2 * interval '1 second' - interval '3 days' RETURNING 1
),
runs AS (
  -- Not the last one of a schedule, which shows it, nor one whose pipeline has not ended, which later ones look for.
  DELETE FROM schedule_runs WHERE number = ANY(ARRAY(
      SELECT r.number FROM schedule_runs r
      WHERE r.recorded_at < windlass_now() - interval '30 days' AND r.outcome <> 'waiting'
        AND NOT EXISTS (SELECT FROM pipelines WHERE id = r.pipeline_id AND ended_at IS NULL)
        AND (
            EXISTS (SELECT FROM schedule_runs WHERE schedule_id = r.schedule_id AND number > r.number)
            OR NOT EXISTS (SELECT FROM schedules WHERE name = r.schedule AND id = r.schedule_id)
        )
      ORDER BY r.recorded_at LIMIT $1
  )) RETURNING 1
)
SELECT (SELECT count(*) FROM curves) + (SELECT count(*) FROM names) + (SELECT count(*) FROM runs) + (SELECT count(*) FROM log_calls) + (SELECT count(*) FROM keys) + (SELECT count(*) FROM claims) + (SELECT count(*) FROM dequeues)
    + (SELECT count(*) FROM seen) + (SELECT count(*) FROM pairs) + (SELECT count(*) FROM asked) AS "rows!"
