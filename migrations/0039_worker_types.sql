-- Who asked for which type, and when each type was last asked for. A worker's own row (0010_workers.sql) has only the types that it asked for last.
CREATE TABLE worker_types (
    type text NOT NULL,
    worker_id text NOT NULL,
    asked_at timestamptz NOT NULL,
    -- How many asked for a type lately.
    PRIMARY KEY (type, worker_id)
);

-- Pruning what is older than an hour.
CREATE INDEX worker_types_asked ON worker_types (asked_at);

CREATE TABLE asked_types (
    -- Lists of queues.
    type text PRIMARY KEY,
    asked_at timestamptz NOT NULL
);

-- Pruning what is older than a day.
CREATE INDEX asked_types_asked ON asked_types (asked_at);

INSERT INTO compatible_migrations (version, compatible_from) VALUES (39, 20);
