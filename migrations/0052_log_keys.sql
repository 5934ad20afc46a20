-- The answers of log calls that came with an Idempotency-Key, written in their transaction. Apart from those of creates, because there are more of them,
-- and they are kept for an hour: a repeat comes within seconds.
CREATE TABLE log_keys (
    -- Method and path, then the caller's key.
    scope text NOT NULL,
    key text NOT NULL,
    -- SHA-256 of the request body.
    body_hash bytea NOT NULL,
    response text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (scope, key)
);

-- Pruning.
CREATE INDEX log_keys_created ON log_keys (created_at);

INSERT INTO compatible_migrations (version, compatible_from) VALUES (52, 20);
