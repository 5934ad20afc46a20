-- See read.rs. Up to $6 pieces of the log of the task $1 whose block may have numbers behind that of the page before, with numbers above $2; of the attempts $3
-- if given; with lines at least as grave as $4, or lines dropped, which $5 tells; as far as their texts take $7 bytes.
SELECT number AS "number!", attempt AS "attempt!", received_at AS "received_at!", content AS "content!", dropped AS "dropped!",
       CASE WHEN dropped > 0 AND NOT EXISTS (SELECT FROM leases l WHERE l.task_id = $1 AND l.token = sized.token) THEN coalesce(
           (SELECT a.ended_at FROM attempts a WHERE a.task_id = $1 AND a.token = sized.token AND a.outcome <> 'late' LIMIT 1), received_at
       ) END AS "ended_at?"
FROM (
    SELECT page.*,
           coalesce(sum(octet_length(content)) OVER (ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS bytes_before
    FROM (
        SELECT number, token, attempt, received_at, content, dropped
        FROM task_log
        WHERE task_id = $1 AND number > $2 AND attempt = coalesce($3, attempt) AND (level >= $4 OR dropped > 0 AND $5 >= $4)
        ORDER BY number LIMIT $6
    ) page
) sized
WHERE bytes_before < $7
ORDER BY number
