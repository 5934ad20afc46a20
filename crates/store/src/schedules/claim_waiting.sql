-- See claims.rs. At most $1 runs that waited for the end of earlier pipelines, which has come; they are the caller's for 3 s.
WITH mine AS MATERIALIZED (
    SELECT w.number, s.name
    FROM schedule_runs w
    CROSS JOIN LATERAL (SELECT name, id, paused FROM schedules WHERE name = w.schedule OFFSET 0) s
    WHERE w.outcome = 'waiting' AND w.look_at <= windlass_now() AND s.id = w.schedule_id AND NOT s.paused
      AND NOT EXISTS (
          SELECT FROM pipelines p
          CROSS JOIN LATERAL (
              SELECT FROM schedule_runs
              WHERE pipeline_id IS NOT NULL AND pipeline_id = p.id AND schedule_id = w.schedule_id AND outcome = 'created' OFFSET 0
          ) run
          WHERE p.schedule IS NOT NULL AND p.schedule = s.name AND p.ended_at IS NULL
      )
    LIMIT $1
    FOR UPDATE OF w SKIP LOCKED
)
UPDATE schedule_runs w SET look_at = windlass_now() + interval '3 seconds'
FROM mine
WHERE w.number = mine.number
RETURNING w.number AS "number!", w.scheduled_at AS "scheduled_at!", mine.name AS "name!"
