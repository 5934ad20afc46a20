-- Made by `make sql` from read.template.sql: edit that.
-- See read.rs.
-- The webhook $1.
SELECT w.id, w.url, w.events, w.filter, w.format, w.description, w.paused, w.reason, w.created_at,
       CASE WHEN w.created_by = 0 THEN 'bootstrap' ELSE maker.name END AS "created_by?", w.updated_at,
       p.last_delivered_at, p.failing_since, p.pending, p.overflowed,
       1::bigint AS "fetched!"
FROM webhooks w
JOIN webhook_progress p ON p.webhook_id = w.id
LEFT JOIN LATERAL (SELECT name FROM keys WHERE number = w.created_by OFFSET 0) maker ON true
WHERE w.id = $1
