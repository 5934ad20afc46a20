-- Webhooks: whom to tell of which events. At most 100.
CREATE TABLE webhooks (
    id uuid PRIMARY KEY,
    url text NOT NULL,
    events text[] NOT NULL CONSTRAINT webhooks_events_check CHECK (cardinality(events) BETWEEN 1 AND 50),
    -- JSON as it was sent.
    filter text NOT NULL,
    format text NOT NULL CONSTRAINT webhooks_format_check CHECK (format IN ('standard', 'cloudevents', 'slack')),
    description text,
    paused boolean NOT NULL,
    -- Why it is paused, and since when; null while it is not.
    reason text,
    paused_at timestamptz,
    -- The server has paused it, not a person: what happens meanwhile is kept.
    paused_itself boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    -- The number of the key that made it; null: none was needed.
    created_by integer,
    updated_at timestamptz NOT NULL,
    -- The newest secret and the one before it, in clear or sealed, as their first byte says, and until when that one signs as well.
    secret bytea NOT NULL,
    previous_secret bytea,
    overlap_until timestamptz,
    CONSTRAINT webhooks_paused_check CHECK ((paused_at IS NOT NULL) = paused AND (paused OR reason IS NULL AND NOT paused_itself)),
    CONSTRAINT webhooks_previous_check CHECK ((previous_secret IS NULL) = (overlap_until IS NULL))
);

-- Which events a webhook is told: those of numbers above begins_after, up to ends_at; null: there is no end yet. One row between two pauses.
CREATE TABLE webhook_periods (
    webhook_id uuid NOT NULL,
    begins_after bigint NOT NULL,
    ends_at bigint,
    PRIMARY KEY (webhook_id, begins_after)
);

-- What changes with its deliveries: narrow, because that is often.
CREATE TABLE webhook_progress (
    webhook_id uuid PRIMARY KEY,
    pending bigint NOT NULL DEFAULT 0 CONSTRAINT webhook_progress_pending_check CHECK (pending >= 0),
    -- Deliveries that were never tried, because too many were pending or the webhook had paused itself; the newest are kept.
    kept bigint NOT NULL DEFAULT 0 CONSTRAINT webhook_progress_kept_check CHECK (kept >= 0),
    -- How many were too many, kept or not.
    overflowed bigint NOT NULL DEFAULT 0,
    last_delivered_at timestamptz,
    -- Since its last success: when an attempt first failed, how many have, and for how many seconds it was paused meanwhile.
    failing_since timestamptz,
    failures bigint NOT NULL DEFAULT 0,
    paused_seconds double precision NOT NULL DEFAULT 0,
    -- The last attempt had no answer in time: one is made at a time.
    slow boolean NOT NULL DEFAULT false,
    CONSTRAINT webhook_progress_failing_check CHECK ((failing_since IS NULL) = (failures = 0))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- The places of attempts that are under way: four a webhook, over all servers. Whoever has the row's lock fills it, until the attempt has ended
-- or its server is given up.
CREATE TABLE webhook_slots (
    webhook_id uuid NOT NULL,
    slot smallint NOT NULL CONSTRAINT webhook_slots_slot_check CHECK (slot BETWEEN 1 AND 4),
    delivery_id uuid,
    taken_until timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (webhook_id, slot)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- How far the audit has been read for webhooks, and by which server: one row.
CREATE TABLE webhook_reader (
    one boolean PRIMARY KEY DEFAULT true CONSTRAINT webhook_reader_one_check CHECK (one),
    position bigint NOT NULL DEFAULT 0,
    server uuid,
    reads_until timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO webhook_reader DEFAULT VALUES;

-- Webhooks that were deleted and whose deliveries are yet to go.
CREATE TABLE webhook_remains (
    webhook_id uuid PRIMARY KEY
);

INSERT INTO compatible_migrations (version, compatible_from) VALUES (60, 20);
