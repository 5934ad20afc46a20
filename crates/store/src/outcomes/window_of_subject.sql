-- Made by `make sql` from window.template.sql: edit that.
-- See walk.rs. Of the first 500 outcomes below the number $1, the newest first, at most $2 that fit; and the last of the 500, whatever it is. What fits
-- is of the kind $3, the disposition $4, the subject $5, the pipeline $6, the job $7 and the task $8 (null: any); if $9 is set, there is also none
-- of the same subject and kind in the same pipeline, job and task between its number and $10.
-- The walk is of the subject.
WITH walked AS MATERIALIZED (
    SELECT *
    FROM (
        SELECT * FROM outcomes
        WHERE (subject, number) < ($5::text, $1::bigint) AND subject >= $5
        ORDER BY subject DESC, number DESC
        LIMIT 500
    ) first
    -- All of them; a plan takes what it does not know for a tenth, and so walks instead of sorting.
    LIMIT (SELECT 500)
), page AS MATERIALIZED (
    SELECT *
    FROM (
        SELECT w.*,
            ($3::text IS NULL OR w.kind = $3) AND ($4::text IS NULL OR w.disposition = $4) AND ($5::text IS NULL OR w.subject = $5)
            AND ($6::uuid IS NULL OR w.pipeline_id = $6) AND ($7::uuid IS NULL OR w.job_id = $7) AND ($8::uuid IS NULL OR w.task_id = $8)
            -- Newer ones are met one by one: of an unknown limit a plan expects a tenth, and of a CASE that half fits, so it walks instead of reading and
            -- sorting all. They have later times, or hardly earlier ones: so partitions of long before are not looked into.
            AND (NOT $9::boolean OR CASE
                WHEN $6 IS NULL AND $7 IS NULL AND $8 IS NULL THEN NOT EXISTS (
                    SELECT FROM (
                        SELECT * FROM outcomes
                        WHERE (item, number) > (w.item, w.number) AND item <= w.item AND at > w.at - interval '1 day'
                        ORDER BY item, number
                        LIMIT (SELECT 9223372036854775807)
                    ) newer
                    WHERE CASE WHEN newer.number <= $10::bigint AND newer.subject = w.subject AND newer.kind = w.kind THEN true ELSE false END
                )
                WHEN true THEN NOT EXISTS (
                    SELECT FROM (
                        SELECT * FROM outcomes
                        WHERE (item_in_pipeline, number) > (w.item_in_pipeline, w.number) AND item_in_pipeline <= w.item_in_pipeline
                          AND at > w.at - interval '1 day'
                        ORDER BY item_in_pipeline, number
                        LIMIT (SELECT 9223372036854775807)
                    ) newer
                    WHERE CASE
                        WHEN newer.number <= $10::bigint AND newer.subject = w.subject AND newer.kind = w.kind AND newer.pipeline_id = w.pipeline_id
                            AND ($7 IS NULL OR newer.job_id = $7) AND ($8 IS NULL OR newer.task_id = $8)
                        THEN true ELSE false
                    END
                )
            END) AS fits,
            w.number IS NOT DISTINCT FROM (SELECT CASE WHEN count(*) = 500 THEN min(number) END FROM walked) AS ends_window
        FROM walked w
        -- A fence: each row is judged once.
        OFFSET 0
    ) w
    WHERE fits OR ends_window
    ORDER BY number DESC
    LIMIT $2
)
SELECT number AS "number!", at AS "at!", pipeline_id AS "pipeline_id!", job_id AS "job_id!", task_id AS "task_id!", attempt AS "attempt!",
    type AS "type_name!", worker_id AS "worker_id!", subject AS "subject!", kind AS "kind!", disposition AS "disposition!",
    reason AS "reason?", version AS "version?", detail AS "detail?", fits AS "fits!", ends_window AS "ends_window!"
FROM page
ORDER BY number DESC
