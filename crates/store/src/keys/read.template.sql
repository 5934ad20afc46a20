-- Variant read: one by_id
-- Variant read_by_number: one by_number
-- Variant page: many all
-- Variant page_by_name: many named
-- See read.rs.
-- [by_id
-- The key of the id $1.
-- by_id]
-- [by_number
-- The key of the number $1.
-- by_number]
-- [many
-- At most $2 keys below the id $1, the newest first, as far as their types take $3 bytes.
-- many]
-- [named
-- Only those with the name $4.
-- named]
-- [many
WITH page AS MATERIALIZED (
    SELECT id, types
    FROM (
        SELECT id, types FROM keys
-- many]
-- [all
        WHERE id < $1
        ORDER BY id DESC
-- all]
-- [named
        WHERE (name, id) < ($4::text, $1) AND name >= $4
        ORDER BY name DESC, id DESC
-- named]
-- [many
        -- As many as the largest page fetches: of a parameter a plan expects a tenth of the table.
        LIMIT 501
    ) walked
    LIMIT $2
), cut AS MATERIALIZED (
    SELECT id, fetched
    FROM (
        SELECT id, count(*) OVER () AS fetched,
               coalesce(sum(octet_length(array_to_string(types, ''))) OVER (
                   ORDER BY id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
               ), 0) AS bytes_before
        FROM page
    ) sized
    WHERE bytes_before < $3
)
-- many]
SELECT k.id, k.number, k.name, k.scopes, k.types, k.prefix, k.max_requests_per_second, k.created_at,
       CASE WHEN k.created_by = 0 THEN 'bootstrap' ELSE maker.name END AS "created_by?",
       k.expires_at, k.last_used_at, k.rotated_at,
       CASE WHEN k.revoked_at IS NULL AND k.overlap_until > windlass_now() THEN k.overlap_until END AS "overlap_until?",
       CASE WHEN k.revoked_at IS NULL AND k.overlap_until > windlass_now() THEN k.previous_prefix END AS "previous_prefix?",
       k.revoked_at, k.reason,
-- [many
       cut.fetched AS "fetched!"
FROM cut
JOIN keys k ON k.id = cut.id
-- many]
-- [one
       1::bigint AS "fetched!"
FROM keys k
-- one]
LEFT JOIN LATERAL (SELECT name FROM keys WHERE number = k.created_by OFFSET 0) maker ON true
-- [by_id
WHERE k.id = $1
-- by_id]
-- [by_number
WHERE k.number = $1
-- by_number]
-- [many
ORDER BY k.id DESC
-- many]
