-- Part of dequeue.sql where requests have idempotency keys: by slot $12 the keys and $13 the hashes of their bodies.
-- [remembered
-- Of two requests with one key at once, the later one fails here as a whole.
remembered AS (
    INSERT INTO dequeue_keys (key, body_hash, task_ids, tokens, created_at)
    SELECT key, body_hash, array_agg(id ORDER BY slot), array_agg(token ORDER BY slot), windlass_now()
    FROM (SELECT ($12::text[])[slot] AS key, ($13::bytea[])[slot] AS body_hash, id, token, slot FROM given) named
    WHERE key IS NOT NULL
    GROUP BY key, body_hash
),
-- remembered]
