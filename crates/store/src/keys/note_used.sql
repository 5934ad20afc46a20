-- See note_used.rs. $1 numbers of keys, $2 how many seconds ago each was last used.
WITH held AS MATERIALIZED (
    SELECT k.number, windlass_now() - used.ago * interval '1 second' AS used_at
    FROM unnest($1::integer[], $2::float8[]) AS used (number, ago)
    JOIN keys k ON k.number = used.number
    WHERE k.last_used_at IS NULL OR k.last_used_at < windlass_now() - used.ago * interval '1 second'
    ORDER BY k.number FOR NO KEY UPDATE OF k
)
UPDATE keys k SET last_used_at = greatest(k.last_used_at, held.used_at) FROM held WHERE k.number = held.number
