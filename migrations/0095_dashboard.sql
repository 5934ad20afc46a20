-- Sessions of the dashboard: who has logged in. The token that a browser holds is nowhere: a look-up compares its SHA-256.
CREATE TABLE dashboard_sessions (
    hash bytea PRIMARY KEY CHECK (length(hash) = 32),
    -- SHA-256 of the text of the key by which it began: a session is good as long as that is.
    key_hash bytea NOT NULL CHECK (length(key_hash) = 32),
    -- Whether that is the text of a stored key, and not the bootstrap key's.
    stored boolean NOT NULL,
    -- How the person is called, if they said so.
    display_name text CHECK (length(display_name) BETWEEN 1 AND 100),
    created_at timestamptz NOT NULL DEFAULT windlass_now(),
    expires_at timestamptz NOT NULL
);

-- Pruning of those that have ended.
CREATE INDEX dashboard_sessions_expires ON dashboard_sessions (expires_at);

-- What forgery tokens are made with: one row, the same for all servers.
CREATE TABLE dashboard_secret (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    secret bytea NOT NULL CHECK (length(secret) = 32)
);

INSERT INTO compatible_migrations (version, compatible_from) VALUES (95, 32);
