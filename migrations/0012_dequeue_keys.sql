-- What a dequeue with an Idempotency-Key was given, written in the transaction of its leases: a repeat gets those that still
-- live. Kept for an hour, since a repeat comes within seconds.
CREATE TABLE dequeue_keys (
    key text PRIMARY KEY,
    -- SHA-256 of the request body.
    body_hash bytea NOT NULL,
    task_ids uuid[] NOT NULL,
    tokens uuid[] NOT NULL,
    created_at timestamptz NOT NULL
);

-- Pruning.
CREATE INDEX dequeue_keys_created ON dequeue_keys (created_at);
