-- Made by `make sql` from deliveries.template.sql: edit that.
-- See deliveries.rs.
-- The delivery $1 of the webhook $2.
SELECT d.id AS "id!", d.webhook_id AS "webhook_id!", d.event AS "event!", d.event_id AS "event_id!", d.type AS "kind!", d.state AS "state!",
       d.overflowed AS "overflowed!", d.created_at AS "created_at!",
       -- One that is under way is tried now.
       coalesce(d.claimed_at, d.next_attempt_at) AS "next_attempt_at?",
       CASE WHEN d.state = 'delivered' THEN d.ended_at END AS "delivered_at?",
       d.attempted_at AS "attempted_at!", d.statuses AS "statuses!: Vec<Option<i16>>", d.errors AS "errors!: Vec<Option<String>>",
       d.took_seconds AS "took_seconds!: Vec<Option<f64>>"
FROM webhook_deliveries d
WHERE d.id = $1 AND d.webhook_id = $2
