-- Parts of complete.sql while vacuum is held back, so that no old versions of hot rows are passed.
-- [moved
moves AS MATERIALIZED (
    SELECT job_id, count(*)::integer AS ended, min(place) AS place
    FROM completed GROUP BY job_id
),
moved_in_place AS (
    UPDATE jobs j SET running = j.running - m.ended, succeeded = j.succeeded + m.ended
    FROM moves m WHERE j.ctid = m.place
    RETURNING j.id
),
moved AS (
    UPDATE jobs j SET running = j.running - m.ended, succeeded = j.succeeded + m.ended
    FROM moves m
    WHERE j.id = ANY(ARRAY[m.job_id]) AND m.job_id <> ALL(ARRAY(SELECT id FROM moved_in_place))
      AND (SELECT count(*) FROM moved_in_place) < (SELECT count(*) FROM moves)
),
-- moved]
-- [counted
counts AS MATERIALIZED (
    SELECT d.type, d.ended, held.place
    FROM (SELECT type, count(*) AS ended FROM completed GROUP BY type ORDER BY type) d
    LEFT JOIN LATERAL (
        SELECT ctid AS place FROM queue_counts
        WHERE (type, shard) >= (d.type, $5::smallint) AND (type, shard) <= (d.type, $5::smallint)
        ORDER BY type DESC, shard DESC LIMIT 1
    ) held ON true
),
counted_in_place AS (
    UPDATE queue_counts c SET running = c.running - d.ended FROM counts d WHERE c.ctid = d.place
    RETURNING c.type
),
counted AS (
    INSERT INTO queue_counts AS c (type, shard, running)
    SELECT type, $5::smallint, -ended FROM counts WHERE type <> ALL(ARRAY(SELECT type FROM counted_in_place))
    ON CONFLICT (type, shard) DO UPDATE SET running = c.running + excluded.running
),
-- counted]
