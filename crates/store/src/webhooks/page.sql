-- Made by `make sql` from read.template.sql: edit that.
-- See read.rs.
-- At most $2 webhooks below the id $1, the newest first, as far as their texts take $3 bytes.
WITH page AS MATERIALIZED (
    SELECT id, octet_length(url) + octet_length(filter) + coalesce(octet_length(description), 0) AS bytes
    FROM webhooks WHERE id < $1
    ORDER BY id DESC LIMIT $2
), cut AS MATERIALIZED (
    SELECT id, fetched
    FROM (
        SELECT id, count(*) OVER () AS fetched,
               coalesce(sum(bytes) OVER (ORDER BY id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS bytes_before
        FROM page
    ) sized
    WHERE bytes_before < $3
)
SELECT w.id, w.url, w.events, w.filter, w.format, w.description, w.paused, w.reason, w.created_at,
       CASE WHEN w.created_by = 0 THEN 'bootstrap' ELSE maker.name END AS "created_by?", w.updated_at,
       p.last_delivered_at, p.failing_since, p.pending, p.overflowed,
       cut.fetched AS "fetched!"
FROM cut
JOIN webhooks w ON w.id = cut.id
JOIN webhook_progress p ON p.webhook_id = w.id
LEFT JOIN LATERAL (SELECT name FROM keys WHERE number = w.created_by OFFSET 0) maker ON true
ORDER BY w.id DESC
