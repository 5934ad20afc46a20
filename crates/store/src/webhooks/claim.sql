-- See claim.rs. Fills at most $1 free slots, $2 of them of slow webhooks, with deliveries that are due, for $4 seconds; the claim is $3.
-- A webhook's first slot comes before another one's second. A slot gets a run of deliveries, $5 at most, where more are due than there are slots
-- and the last attempt has succeeded.
WITH due AS MATERIALIZED (
    SELECT w.id, p.slow, CASE WHEN p.slow OR p.failing THEN 1 ELSE ceil(ready.deliveries / 4.0)::bigint END AS run
    FROM webhooks w
    CROSS JOIN LATERAL (
        SELECT slow, failing_since IS NOT NULL AS failing FROM webhook_progress WHERE webhook_id = w.id OFFSET 0
    ) p
    CROSS JOIN LATERAL (
        SELECT count(*) AS deliveries
        FROM (
            SELECT FROM webhook_deliveries d
            WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.next_attempt_at <= windlass_now()
            LIMIT 4 * $5
        ) d
    ) ready
    WHERE NOT w.paused AND ready.deliveries > 0
), free AS MATERIALIZED (
    SELECT s.webhook_id, s.slot, due.slow, due.run
    FROM due
    CROSS JOIN LATERAL (
        SELECT webhook_id, slot FROM webhook_slots
        WHERE webhook_id = due.id AND taken_until <= windlass_now() AND (slot = 1 OR NOT due.slow)
        ORDER BY slot FOR UPDATE SKIP LOCKED
    ) s
    -- A slow one has one attempt under way, whichever slots those of before have.
    WHERE NOT due.slow OR NOT EXISTS (
        SELECT FROM webhook_slots o WHERE o.webhook_id = due.id AND o.taken_until > windlass_now()
    )
), placed AS MATERIALIZED (
    SELECT webhook_id, slot, slow, run, place, row_number() OVER (PARTITION BY slow ORDER BY place, turn) AS number, turn
    FROM (
        SELECT webhook_id, slot, slow, run, row_number() OVER (PARTITION BY webhook_id ORDER BY slot) AS place, random() AS turn FROM free
    ) free
), picked AS MATERIALIZED (
    SELECT webhook_id, slot, run, place FROM placed WHERE NOT slow OR number <= $2 ORDER BY place, turn LIMIT $1
), chosen AS MATERIALIZED (
    SELECT d.id, d.next_attempt_at, wanted.webhook_id, wanted.slots
    FROM (SELECT webhook_id, count(*) AS slots, max(run) AS run FROM picked GROUP BY webhook_id) wanted
    CROSS JOIN LATERAL (
        SELECT id, next_attempt_at FROM webhook_deliveries
        WHERE webhook_id = wanted.webhook_id AND state = 'pending' AND next_attempt_at <= windlass_now()
        ORDER BY next_attempt_at LIMIT wanted.slots * wanted.run
        FOR UPDATE SKIP LOCKED
    ) d
), paired AS MATERIALIZED (
    SELECT p.webhook_id, p.slot, c.id, c.turn
    FROM (
        SELECT id, webhook_id, slots, row_number() OVER (PARTITION BY webhook_id ORDER BY next_attempt_at, id) - 1 AS turn FROM chosen
    ) c
    JOIN picked p ON p.webhook_id = c.webhook_id AND p.place = c.turn % c.slots + 1
), taken AS (
    UPDATE webhook_slots s SET claim = $3, delivery_id = NULL, taken_until = windlass_now() + $4::float8 * interval '1 second'
    FROM (SELECT DISTINCT webhook_id, slot FROM paired) filled WHERE s.webhook_id = filled.webhook_id AND s.slot = filled.slot
    RETURNING 1
)
UPDATE webhook_deliveries d SET
    claim = $3, claimed_at = windlass_now(), next_attempt_at = windlass_now() + $4::float8 * interval '1 second',
    -- Its server has gone while it was under way.
    attempted_at = CASE WHEN d.claim IS NULL THEN d.attempted_at ELSE (d.attempted_at || d.claimed_at)[greatest(1, cardinality(d.attempted_at) - 98):] END,
    statuses = CASE WHEN d.claim IS NULL THEN d.statuses ELSE (d.statuses || NULL::smallint)[greatest(1, cardinality(d.statuses) - 98):] END,
    errors = CASE WHEN d.claim IS NULL THEN d.errors ELSE (d.errors || 'interrupted'::text)[greatest(1, cardinality(d.errors) - 98):] END,
    took_seconds = CASE WHEN d.claim IS NULL THEN d.took_seconds ELSE (d.took_seconds || NULL::float8)[greatest(1, cardinality(d.took_seconds) - 98):] END
FROM paired
WHERE d.id = paired.id AND (SELECT count(*) FROM taken) >= 0
RETURNING d.id AS "id!", d.webhook_id AS "webhook_id!", paired.slot AS "slot!", paired.turn AS "turn!", d.failures AS "failures!", d.claimed_at AS "claimed_at!"
