-- The log of tasks: what their workers wrote for people, in pieces of up to 100 lines, append-only. Numbers come in blocks of 128: a piece has the first of
-- its block, its lines have those that follow, and the last one is that of the line which says how many were dropped. A number is drawn by whoever
-- holds the lease of the attempt, or is checked under it: so they rise as readers come to see them.
CREATE SEQUENCE task_log_numbers INCREMENT 128 START 1 CACHE 1;

CREATE TABLE task_log (
    task_id uuid NOT NULL,
    -- Of its first line.
    number bigint NOT NULL,
    -- That of the attempt's lease.
    token uuid NOT NULL,
    attempt integer NOT NULL,
    received_at timestamptz NOT NULL,
    -- How grave its gravest line is, from 0 (trace) to 4 (error).
    level smallint NOT NULL CHECK (level BETWEEN 0 AND 4),
    -- What the attempt has used of its bytes with this piece.
    bytes bigint NOT NULL,
    -- Lines of the attempt that were dropped behind this piece; after the first, all are. The one thing that changes here.
    dropped bigint NOT NULL DEFAULT 0,
    -- An array of lines: level, the worker's own time in microseconds or null, message, fields or null.
    content text NOT NULL
) PARTITION BY RANGE (received_at);

-- A task's log in its order; the newest piece of an attempt, which says what it has used.
CREATE INDEX task_log_task ON task_log (task_id, number);

CREATE TABLE task_log_default PARTITION OF task_log DEFAULT;

SELECT windlass_create_partitions(7);

INSERT INTO compatible_migrations (version, compatible_from) VALUES (51, 20);
