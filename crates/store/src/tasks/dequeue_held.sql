-- Parts of dequeue.sql while vacuum is held back, so that neither dead entries at the head of an index nor old versions of hot rows are
-- passed. The parts of the line to walk (fronts.rs): ahead $14 types, behind $15 priorities and $16 places, up to $17 priorities; of what returned
-- $18 types, $19 priorities, up to $20 places.
-- [walk
            SELECT *
            FROM (
                SELECT found.*
                FROM unnest($14::text[], $15::smallint[], $16::bigint[], $17::smallint[]) AS ahead (type, priority, place, last_priority)
                CROSS JOIN LATERAL (
                    SELECT j.id AS job_id, j.priority, j.opened_position, j.added, t.position
                    FROM jobs j
                    CROSS JOIN LATERAL (
                        SELECT t.position FROM tasks t
                        WHERE t.job_id = j.id AND t.state = 'queued' AND t.position > j.head
                        ORDER BY t.position LIMIT $2
                    ) t
                    WHERE j.type = q.type AND j.dispatchable
                      AND (j.priority, j.opened_position) > (ahead.priority, ahead.place) AND j.priority <= ahead.last_priority
                      AND (j.priority, j.opened_position) <= (barrier.priority, barrier.opened_position)
                    ORDER BY j.priority, j.opened_position LIMIT $2
                ) found
                WHERE ahead.type = q.type
                UNION ALL
                SELECT found.*
                FROM unnest($18::text[], $19::smallint[], $20::bigint[]) AS behind (type, priority, place)
                CROSS JOIN LATERAL (
                    SELECT j.id AS job_id, j.priority, j.opened_position, j.added, t.position
                    FROM jobs j
                    CROSS JOIN LATERAL (
                        SELECT t.position FROM tasks t
                        WHERE t.job_id = j.id AND t.state = 'queued' AND t.position > j.head
                        ORDER BY t.position LIMIT $2
                    ) t
                    WHERE j.type = q.type AND j.dispatchable AND j.returned
                      AND j.priority = behind.priority AND j.opened_position <= behind.place
                      AND (j.priority, j.opened_position) <= (barrier.priority, barrier.opened_position)
                    ORDER BY j.priority, j.opened_position LIMIT $2
                ) found
                WHERE behind.type = q.type
            ) both_parts
            ORDER BY priority, opened_position, position
            LIMIT least($2, coalesce(gate.room, $2))
-- walk]
-- [moved
-- The mark rises over what was taken, unless tasks came to wait since the snapshot or one below was skipped.
moves AS MATERIALIZED (
    SELECT job_id, place, taken, now, CASE WHEN unchanged AND taken = (
        SELECT count(*) FROM tasks t
        WHERE t.job_id = m.job_id AND t.state = 'queued' AND t.position > m.head AND t.position <= m.top
    ) THEN top END AS head
    FROM (
        SELECT job_id, count(*)::int AS taken, max(position) AS top, min(head) AS head, bool_and(unchanged) AS unchanged,
               min(place) AS place, min(now) AS now
        FROM given GROUP BY job_id
    ) m
),
moved_in_place AS (
    UPDATE jobs j SET
        state = 'running', started_at = coalesce(j.started_at, m.now), queued = j.queued - m.taken, running = j.running + m.taken,
        head = coalesce(m.head, j.head)
    FROM moves m WHERE j.ctid = m.place
    RETURNING j.id
),
moved AS (
    UPDATE jobs j SET
        state = 'running', started_at = coalesce(j.started_at, m.now), queued = j.queued - m.taken, running = j.running + m.taken,
        head = coalesce(m.head, j.head)
    FROM moves m
    WHERE j.id = ANY(ARRAY[m.job_id]) AND m.job_id <> ALL(ARRAY(SELECT id FROM moved_in_place))
      AND (SELECT count(*) FROM moved_in_place) < (SELECT count(*) FROM moves)
),
-- moved]
-- [counted
counts AS MATERIALIZED (
    SELECT d.type, d.taken, held.place
    FROM (SELECT type, count(*) AS taken FROM given GROUP BY type ORDER BY type) d
    LEFT JOIN LATERAL (
        SELECT ctid AS place FROM queue_counts
        WHERE (type, shard) >= (d.type, $7::smallint) AND (type, shard) <= (d.type, $7::smallint)
        ORDER BY type DESC, shard DESC LIMIT 1
    ) held ON true
),
counted_in_place AS (
    UPDATE queue_counts c SET queued = c.queued - d.taken, running = c.running + d.taken
    FROM counts d WHERE c.ctid = d.place
    RETURNING c.type
),
counted AS (
    INSERT INTO queue_counts AS c (type, shard, queued, running)
    SELECT type, $7::smallint, -taken, taken FROM counts WHERE type <> ALL(ARRAY(SELECT type FROM counted_in_place))
    ON CONFLICT (type, shard) DO UPDATE SET
        queued = c.queued + excluded.queued, running = c.running + excluded.running
    RETURNING 1
),
-- counted]
