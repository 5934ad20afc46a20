-- See attempts.rs. At most $4 attempts of the task $1 behind the one with the position $2 and the token $3, oldest first, the one under way last, as
-- far as their texts take $5 bytes.
SELECT number AS "number!", worker_id AS "worker_id!", started_at AS "started_at!", ended_at, outcome AS "outcome!", metrics, detail,
       token AS "token!", position AS "position!", category AS "category?", message AS "message?", error_detail AS "error_detail?",
       fetched AS "fetched!"
FROM (
    SELECT page.*, count(*) OVER () AS fetched,
           coalesce(sum(coalesce(octet_length(detail), 0) + coalesce(octet_length(error_detail), 0)) OVER (
               ORDER BY position, token ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ), 0) AS bytes_before
    FROM (
        SELECT a.number, a.worker_id, a.started_at, a.ended_at, a.outcome, a.metrics, a.detail, a.token, a.position,
               o.category, o.message, o.detail AS error_detail
        FROM (
            SELECT number, worker_id, started_at, ended_at, outcome, metrics, detail, token,
                   (extract(epoch FROM ended_at) * 1000000)::bigint AS position
            FROM attempts WHERE task_id = $1
            UNION ALL
            SELECT attempt, worker_id, started_at, NULL, 'running', NULL, NULL, token, 9223372036854775807
            FROM leases WHERE task_id = $1
        ) a
        LEFT JOIN task_outcomes o ON a.outcome = 'failed' AND o.attempt = a.number AND o.task_id = $1
        WHERE (a.position, a.token) > ($2, $3)
        ORDER BY a.position, a.token
        LIMIT $4
    ) page
) sized
WHERE bytes_before < $5
ORDER BY position, token
