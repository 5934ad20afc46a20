-- The answers of creates that came with an Idempotency-Key, written in the transaction of the create.
CREATE TABLE idempotency_keys (
    -- Method and path, then the caller's key.
    scope text NOT NULL,
    key text NOT NULL,
    -- SHA-256 of the request body.
    body_hash bytea NOT NULL,
    location text,
    response text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (scope, key)
);

-- Pruning after the day that keys are kept.
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
