-- See results.rs. At most $4 results of tasks of the job $1 above the id $2 that succeeded in its run $3 or later, in the order added, as far as
-- they take $5 bytes.
SELECT task_id AS "task_id!", result AS "result?", fetched AS "fetched!"
FROM (
    SELECT task_id, result, count(*) OVER () AS fetched,
           coalesce(sum(octet_length(result)) OVER (ORDER BY task_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
               AS bytes_before
    FROM (
        SELECT task_id, result
        FROM (
            SELECT t.id AS task_id, o.result
            FROM tasks t LEFT JOIN task_outcomes o ON o.task_id = t.id AND o.attempt = t.attempt
            WHERE (t.job_id, t.id) > ($1, $2::uuid) AND t.job_id <= $1 AND t.state = 'succeeded' AND t.run >= $3
            ORDER BY t.job_id, t.id
            -- As many as the largest page fetches: of a parameter a plan expects a tenth of the table.
            LIMIT 501
        ) walked
        LIMIT $4
    ) page
) sized
WHERE bytes_before < $5
ORDER BY task_id
