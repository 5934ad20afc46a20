-- See claims.rs. At most $1 schedules whose next time has come, those that have waited longest first; they are the caller's for 3 s.
WITH mine AS MATERIALIZED (
    SELECT name FROM schedules
    WHERE look_at IS NOT NULL AND look_at <= windlass_now()
    ORDER BY look_at LIMIT $1
    FOR UPDATE SKIP LOCKED
)
UPDATE schedules s SET look_at = windlass_now() + interval '3 seconds'
FROM mine
WHERE s.name = mine.name
RETURNING s.name, s.revision AS "revision!", s.next_run_at AS "due!", windlass_now() AS "now!",
    -- Not EXISTS, for which the planner may read a whole index.
    s.overlap <> 'allow' AND coalesce((
        SELECT true FROM pipelines p
        CROSS JOIN LATERAL (
            SELECT FROM schedule_runs
            WHERE pipeline_id IS NOT NULL AND pipeline_id = p.id AND schedule_id = s.id AND outcome = 'created' OFFSET 0
        ) run
        WHERE p.schedule IS NOT NULL AND p.schedule = s.name AND p.ended_at IS NULL
        LIMIT 1
    ), false) AS "has_open!",
    coalesce((SELECT true FROM schedule_runs WHERE schedule_id = s.id AND outcome = 'waiting' LIMIT 1), false) AS "has_waiting!"
