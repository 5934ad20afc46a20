-- Made by `make sql` from read.template.sql: edit that.
-- See read.rs.
-- At most $2 keys below the id $1, the newest first, as far as their types take $3 bytes.
-- Only those with the name $4.
WITH page AS MATERIALIZED (
    SELECT id, types
    FROM (
        SELECT id, types FROM keys
        WHERE (name, id) < ($4::text, $1) AND name >= $4
        ORDER BY name DESC, id DESC
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
SELECT k.id, k.number, k.name, k.scopes, k.types, k.prefix, k.max_requests_per_second, k.created_at,
       CASE WHEN k.created_by = 0 THEN 'bootstrap' ELSE maker.name END AS "created_by?",
       k.expires_at, k.last_used_at, k.rotated_at,
       CASE WHEN k.revoked_at IS NULL AND k.overlap_until > windlass_now() THEN k.overlap_until END AS "overlap_until?",
       CASE WHEN k.revoked_at IS NULL AND k.overlap_until > windlass_now() THEN k.previous_prefix END AS "previous_prefix?",
       k.revoked_at, k.reason,
       cut.fetched AS "fetched!"
FROM cut
JOIN keys k ON k.id = cut.id
LEFT JOIN LATERAL (SELECT name FROM keys WHERE number = k.created_by OFFSET 0) maker ON true
ORDER BY k.id DESC
