-- Writes who asked: each worker in $1 with the type of the same place in $2, one of its last call, which are in the order of that; and each type $3
-- that the worker of the same place in $4 asked for.
-- Numbers are exact to 10 s, so what was written less than 5 s ago is not written again.
WITH asked AS MATERIALIZED (
    SELECT type, worker_id FROM unnest($3::text[], $4::text[]) AS asked (type, worker_id)
),
pairs AS (
    INSERT INTO worker_types (type, worker_id, asked_at)
    SELECT asked.type, asked.worker_id, windlass_now() FROM asked
    WHERE NOT EXISTS (
        SELECT FROM worker_types known
        WHERE known.type = asked.type AND known.worker_id = asked.worker_id
          AND known.asked_at > windlass_now() - interval '5 seconds'
    )
    ORDER BY asked.type, asked.worker_id
    ON CONFLICT (type, worker_id) DO UPDATE SET asked_at = excluded.asked_at
),
types AS (
    INSERT INTO asked_types (type, asked_at)
    SELECT DISTINCT asked.type, windlass_now() FROM asked
    WHERE NOT EXISTS (
        SELECT FROM asked_types known
        WHERE known.type = asked.type AND known.asked_at > windlass_now() - interval '1 minute'
    )
    ORDER BY asked.type
    ON CONFLICT (type) DO UPDATE SET asked_at = excluded.asked_at
)
INSERT INTO workers (id, types, last_seen_at)
SELECT id, array_agg(type ORDER BY place), windlass_now()
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS last (id, type, place)
GROUP BY id
ORDER BY id COLLATE "C"
ON CONFLICT (id) DO UPDATE SET types = excluded.types, last_seen_at = excluded.last_seen_at
