-- Bulk verbs under an Idempotency-Key: the set that the first request found, and how far it has come. A piece and its count are one transaction, so
-- whoever takes a claim over goes on exactly where the last one stopped.
CREATE TABLE bulk_claims (
    -- Method and path, then the caller's key.
    scope text NOT NULL,
    key text NOT NULL,
    -- SHA-256 of the request body.
    body_hash bytea NOT NULL,
    -- The pipelines, the oldest first.
    ids uuid[] NOT NULL,
    -- Of these the first so many have been seen to.
    done integer NOT NULL DEFAULT 0 CHECK (done BETWEEN 0 AND cardinality(ids)),
    changed integer NOT NULL DEFAULT 0,
    refused integer NOT NULL DEFAULT 0,
    -- Which request works on it, and until when nobody else does.
    holder uuid NOT NULL,
    lease_expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT windlass_now(),
    PRIMARY KEY (scope, key),
    CHECK (changed + refused <= done)
);

-- Pruning after the day that keys are kept.
CREATE INDEX bulk_claims_created ON bulk_claims (created_at);

-- 0034 cannot say so itself: its index is made alone.
INSERT INTO compatible_migrations (version, compatible_from) VALUES (34, 20), (38, 20);
