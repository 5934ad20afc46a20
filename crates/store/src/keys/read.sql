-- Made by `make sql` from read.template.sql: edit that.
-- See read.rs.
-- The key of the id $1.
SELECT k.id, k.number, k.name, k.scopes, k.types, k.prefix, k.max_requests_per_second, k.created_at,
       CASE WHEN k.created_by = 0 THEN 'bootstrap' ELSE maker.name END AS "created_by?",
       k.expires_at, k.last_used_at, k.rotated_at,
       CASE WHEN k.revoked_at IS NULL AND k.overlap_until > windlass_now() THEN k.overlap_until END AS "overlap_until?",
       CASE WHEN k.revoked_at IS NULL AND k.overlap_until > windlass_now() THEN k.previous_prefix END AS "previous_prefix?",
       k.revoked_at, k.reason,
       1::bigint AS "fetched!"
FROM keys k
LEFT JOIN LATERAL (SELECT name FROM keys WHERE number = k.created_by OFFSET 0) maker ON true
WHERE k.id = $1
