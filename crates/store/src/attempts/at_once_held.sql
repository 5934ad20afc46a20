-- Parts of at_once.sql while vacuum is held back, so that no old versions of hot rows are passed.
-- [moved
moves AS MATERIALIZED (
    SELECT job_id, min(place) AS place, count(*)::integer AS ended, min(position) AS lowest,
           (count(*) FILTER (WHERE state = 'queued'))::integer AS queued,
           (count(*) FILTER (WHERE state = 'scheduled'))::integer AS scheduled,
           (count(*) FILTER (WHERE state = 'succeeded'))::integer AS succeeded,
           (count(*) FILTER (WHERE state = 'failed'))::integer AS failed
    FROM decided GROUP BY job_id
),
moved_in_place AS (
    UPDATE jobs j SET
        queued = j.queued + m.queued, scheduled = j.scheduled + m.scheduled, running = j.running - m.ended,
        succeeded = j.succeeded + m.succeeded, failed = j.failed + m.failed,
        head = least(j.head, m.lowest - 1), added = j.added + (m.queued > 0)::integer,
        returned = j.returned OR (m.queued > 0 AND NOT j.dispatchable)
    FROM moves m WHERE j.ctid = m.place
    RETURNING j.id
),
moved AS (
    UPDATE jobs j SET
        queued = j.queued + m.queued, scheduled = j.scheduled + m.scheduled, running = j.running - m.ended,
        succeeded = j.succeeded + m.succeeded, failed = j.failed + m.failed,
        head = least(j.head, m.lowest - 1), added = j.added + (m.queued > 0)::integer,
        returned = j.returned OR (m.queued > 0 AND NOT j.dispatchable)
    FROM moves m
    WHERE j.id = ANY(ARRAY[m.job_id]) AND m.job_id <> ALL(ARRAY(SELECT id FROM moved_in_place))
      AND (SELECT count(*) FROM moved_in_place) < (SELECT count(*) FROM moves)
),
-- moved]
-- [counted
counts AS MATERIALIZED (
    SELECT d.*, held.place
    FROM (
        SELECT type, count(*) FILTER (WHERE state = 'queued' AND due) AS queued,
               count(*) FILTER (WHERE state = 'scheduled' OR state = 'queued' AND NOT due) AS scheduled, count(*) AS ended
        FROM decided GROUP BY type ORDER BY type
    ) d
    LEFT JOIN LATERAL (
        SELECT ctid AS place FROM queue_counts
        WHERE (type, shard) >= (d.type, $10::smallint) AND (type, shard) <= (d.type, $10::smallint)
        ORDER BY type DESC, shard DESC LIMIT 1
    ) held ON true
),
counted_in_place AS (
    UPDATE queue_counts c SET queued = c.queued + d.queued, scheduled = c.scheduled + d.scheduled, running = c.running - d.ended
    FROM counts d WHERE c.ctid = d.place
    RETURNING c.type
),
counted AS (
    INSERT INTO queue_counts AS c (type, shard, queued, scheduled, running)
    SELECT type, $10::smallint, queued, scheduled, -ended FROM counts WHERE type <> ALL(ARRAY(SELECT type FROM counted_in_place))
    ON CONFLICT (type, shard) DO UPDATE SET
        queued = c.queued + excluded.queued, scheduled = c.scheduled + excluded.scheduled, running = c.running + excluded.running
),
-- counted]
