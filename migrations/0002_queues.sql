-- A queue is what waits of one type. Its row is read by each dequeue and written by operators only.
CREATE TABLE queues (
    type text PRIMARY KEY,
    paused boolean NOT NULL DEFAULT false,
    max_running integer CHECK (max_running >= 0),
    created_at timestamptz NOT NULL DEFAULT windlass_now()
);

-- Counters by delta, spread over shards and read as a sum: one row per type would be the hottest of all.
-- queued and scheduled count open jobs only. epoch rises when a job of the type becomes dispatchable.
CREATE TABLE queue_counts (
    type text NOT NULL,
    shard smallint NOT NULL,
    queued bigint NOT NULL DEFAULT 0,
    scheduled bigint NOT NULL DEFAULT 0,
    running bigint NOT NULL DEFAULT 0,
    epoch bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (type, shard)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
