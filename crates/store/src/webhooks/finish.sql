-- See finish.rs. Writes attempts down, by delivery $1 and its claim $2, of which each is still the present one: the state $3 that it leads to, after
-- how many seconds $4 it is tried again, and of the attempt when $5, the status $6, why it did not succeed $7, and how many seconds it took $8.
-- One that was not made ($9) leaves no trace.
UPDATE webhook_deliveries d SET
    state = f.state, claim = NULL, claimed_at = NULL,
    failures = CASE WHEN f.made AND f.state <> 'delivered' THEN d.failures + 1 ELSE d.failures END,
    next_attempt_at = CASE WHEN f.state = 'pending' THEN windlass_now() + f.again_seconds * interval '1 second' END,
    ended_at = CASE WHEN f.state <> 'pending' THEN windlass_now() END,
    attempted_at = CASE WHEN f.made THEN (d.attempted_at || f.at)[greatest(1, cardinality(d.attempted_at) - 98):] ELSE d.attempted_at END,
    statuses = CASE WHEN f.made THEN (d.statuses || f.status)[greatest(1, cardinality(d.statuses) - 98):] ELSE d.statuses END,
    errors = CASE WHEN f.made THEN (d.errors || f.error)[greatest(1, cardinality(d.errors) - 98):] ELSE d.errors END,
    took_seconds = CASE WHEN f.made THEN (d.took_seconds || f.took_seconds)[greatest(1, cardinality(d.took_seconds) - 98):] ELSE d.took_seconds END
FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::float8[], $5::timestamptz[], $6::smallint[], $7::text[], $8::float8[], $9::boolean[]
) AS f (id, claim, state, again_seconds, at, status, error, took_seconds, made)
WHERE d.id = f.id AND d.claim = f.claim
RETURNING d.id AS "id!"
