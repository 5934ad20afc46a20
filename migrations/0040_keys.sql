-- Keys: who may call, and what. The text of a key is nowhere: a look-up compares its SHA-256. Keys are never deleted and their names never change,
-- so events name them by their number.
CREATE TABLE keys (
    id uuid PRIMARY KEY,
    -- What events and kept answers have of a key. The bootstrap key, which has no row, is number 0.
    number integer GENERATED ALWAYS AS IDENTITY CONSTRAINT keys_number_key UNIQUE,
    name text NOT NULL,
    scopes text[] NOT NULL CONSTRAINT keys_scopes_check CHECK (
        cardinality(scopes) BETWEEN 1 AND 5 AND scopes <@ '{read,produce,work,operate,admin}'
    ),
    -- Exact types, or their beginnings with * at the end; null: any type.
    types text[] CONSTRAINT keys_types_check CHECK (cardinality(types) BETWEEN 1 AND 50),
    max_requests_per_second integer CONSTRAINT keys_rate_check CHECK (max_requests_per_second BETWEEN 1 AND 100000),
    created_at timestamptz NOT NULL DEFAULT windlass_now(),
    -- The number of the key that made it; null: the command line.
    created_by integer,
    expires_at timestamptz,
    -- Exact to a minute.
    last_used_at timestamptz,
    -- The newest text: its SHA-256, its beginning, and when it was first used; null: never.
    hash bytea NOT NULL CONSTRAINT keys_hash_key UNIQUE CONSTRAINT keys_hash_check CHECK (length(hash) = 32),
    prefix text NOT NULL,
    text_used_at timestamptz,
    -- The text of before the last rotation, and until when it is good as well.
    rotated_at timestamptz,
    previous_hash bytea CONSTRAINT keys_previous_hash_key UNIQUE CONSTRAINT keys_previous_hash_check CHECK (length(previous_hash) = 32),
    previous_prefix text,
    overlap_until timestamptz,
    revoked_at timestamptz,
    reason text,
    CONSTRAINT keys_previous_check CHECK (
        (previous_hash IS NULL) = (previous_prefix IS NULL) AND (previous_hash IS NULL) = (overlap_until IS NULL)
        AND (previous_hash IS NULL OR rotated_at IS NOT NULL)
    ),
    CONSTRAINT keys_reason_check CHECK (reason IS NULL OR revoked_at IS NOT NULL)
);

INSERT INTO compatible_migrations (version, compatible_from) VALUES (40, 20);
