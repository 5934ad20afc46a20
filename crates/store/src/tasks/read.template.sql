-- Variant read: these
-- Variant page: page
-- Variant page_in_order: ordered
-- Variant read_bare: bare
-- See read.rs.
-- [these
-- The tasks $1, in no order.
-- these]
-- [bare
-- The tasks $1, in no order, without payload and result, those of deleted pipelines among them.
-- bare]
-- [page
-- The tasks $1, the newest first, as far as their texts take $2 bytes.
-- page]
-- [ordered
-- The tasks $1, in that order, as far as their texts take $2 bytes.
-- ordered]
SELECT id AS "id!", job_id AS "job_id!", pipeline_id AS "pipeline_id!", type AS "type_name!", state AS "state!",
       payload AS "payload?", metadata AS "metadata?", attempt AS "attempt!", max_attempts AS "max_attempts!", run_at AS "run_at?",
       current AS "current?", total AS "total?", progress_message AS "progress_message?", result AS "result?", checkpoint AS "checkpoint?",
       category AS "category?", message AS "message?", detail AS "detail?", worker_id AS "worker_id?",
       expires_at AS "lease_expires_at?", created_at AS "created_at!", started_at AS "started_at?", ended_at AS "ended_at?",
       fetched AS "fetched!"
FROM (
    SELECT t.id, t.job_id, j.pipeline_id, j.type,
           windlass_task_state(t.state, t.run, windlass_job_state(j.state, j.frozen), j.due, j.again_run, j.all_again_run) AS state,
-- [these
           CASE WHEN t.payload_from_job THEN s.payload ELSE b.payload END AS payload,
-- these]
-- [page
           CASE WHEN t.payload_from_job THEN s.payload ELSE b.payload END AS payload,
-- page]
-- [ordered
           CASE WHEN t.payload_from_job THEN s.payload ELSE b.payload END AS payload,
-- ordered]
-- [bare
           NULL::text AS payload,
-- bare]
           b.metadata, t.attempt,
           CASE WHEN again.again THEN t.attempt + coalesce(CASE WHEN t.own_max_attempts IS NOT NULL THEN least(t.own_max_attempts, 2147483647 - t.attempt) END, s.max_attempts) ELSE t.max_attempts END AS max_attempts,
           greatest(CASE WHEN NOT again.again OR t.started_at IS NULL THEN t.run_at END, j.run_at) AS run_at,
           g.current, g.total, g.message AS progress_message,
-- [these
           CASE WHEN t.state = 'succeeded' AND NOT again.again THEN o.result END AS result,
-- these]
-- [page
           CASE WHEN t.state = 'succeeded' AND NOT again.again THEN o.result END AS result,
-- page]
-- [ordered
           CASE WHEN t.state = 'succeeded' AND NOT again.again THEN o.result END AS result,
-- ordered]
-- [bare
           NULL::text AS result,
-- bare]
           CASE WHEN t.state <> 'succeeded' OR again.again THEN o.category END AS category, o.message, o.detail,
           k.checkpoint, l.worker_id, l.expires_at, t.created_at,
           CASE WHEN NOT again.again THEN t.started_at END AS started_at,
           coalesce(CASE WHEN NOT again.again THEN t.ended_at END, CASE WHEN j.frozen IS NOT TRUE THEN j.ended_at END) AS ended_at,
-- [these
           1::bigint AS fetched
-- these]
-- [bare
           1::bigint AS fetched
-- bare]
-- [page
           count(*) OVER () AS fetched,
           coalesce(sum(
               coalesce(octet_length(CASE WHEN t.payload_from_job THEN s.payload ELSE b.payload END), 0)
               + coalesce(octet_length(b.metadata), 0) + coalesce(octet_length(o.result), 0) + coalesce(octet_length(o.detail), 0)
               + coalesce(octet_length(k.checkpoint), 0)
           ) OVER (ORDER BY t.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS bytes_before
-- page]
-- [ordered
           array_position($1, t.id) AS place, count(*) OVER () AS fetched,
           coalesce(sum(
               coalesce(octet_length(CASE WHEN t.payload_from_job THEN s.payload ELSE b.payload END), 0)
               + coalesce(octet_length(b.metadata), 0) + coalesce(octet_length(o.result), 0) + coalesce(octet_length(o.detail), 0)
               + coalesce(octet_length(k.checkpoint), 0)
           ) OVER (ORDER BY array_position($1, t.id) ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS bytes_before
-- ordered]
    FROM tasks t
    JOIN jobs j ON j.id = t.job_id
    JOIN job_specs s ON s.job_id = t.job_id
    CROSS JOIN LATERAL (SELECT windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run) AS again) again
    LEFT JOIN task_payloads b ON b.task_id = t.id
    LEFT JOIN task_progress g ON g.task_id = t.id AND NOT again.again
    LEFT JOIN leases l ON l.task_id = t.id
    LEFT JOIN task_checkpoints k ON k.task_id = t.id AND t.state <> 'succeeded' AND k.run >= j.all_again_run
    LEFT JOIN LATERAL (
        SELECT * FROM task_outcomes o WHERE o.task_id = t.id ORDER BY o.attempt DESC LIMIT 1
    ) o ON t.state <> 'succeeded' OR again.again OR o.attempt = t.attempt
    WHERE t.id = ANY($1)
-- [these
      AND (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = j.pipeline_id)
      AND NOT windlass_is_gone(t.origin, j.origins)
-- these]
-- [page
      AND (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = j.pipeline_id)
      AND NOT windlass_is_gone(t.origin, j.origins)
-- page]
-- [ordered
      AND (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = j.pipeline_id)
      AND NOT windlass_is_gone(t.origin, j.origins)
-- ordered]
) task
-- [page
WHERE bytes_before < $2
ORDER BY id DESC
-- page]
-- [ordered
WHERE bytes_before < $2
ORDER BY place
-- ordered]
