-- Who asked for tasks lately; written in bulk by a background loop, never by a dequeue.
CREATE TABLE workers (
    id text PRIMARY KEY,
    types text[] NOT NULL,
    last_seen_at timestamptz NOT NULL
);

-- The list of those seen lately, and pruning the rest.
CREATE INDEX workers_seen ON workers (last_seen_at);
