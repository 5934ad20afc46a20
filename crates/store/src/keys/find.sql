-- See find.rs. The key of which $1 is the hash of a text that is good now.
SELECT id AS "id!", number AS "number!", name AS "name!", scopes AS "scopes!", types, max_requests_per_second,
       newest AND text_used_at IS NULL AS "is_first_use!",
       extract(epoch FROM least(expires_at, CASE WHEN NOT newest THEN overlap_until END) - windlass_now())::float8 AS good_for
FROM (
    SELECT *, true AS newest FROM keys WHERE hash = $1
    UNION ALL
    SELECT *, false FROM keys WHERE previous_hash = $1 AND overlap_until > windlass_now()
) k
WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > windlass_now())
LIMIT 1
