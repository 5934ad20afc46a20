-- Deliveries: an event for a webhook, and what became of it.
CREATE TABLE webhook_deliveries (
    id uuid PRIMARY KEY,
    webhook_id uuid NOT NULL,
    -- The event's number, and its id as it was shown.
    event bigint NOT NULL,
    event_id text NOT NULL,
    type text NOT NULL,
    state text NOT NULL CONSTRAINT webhook_deliveries_state_check CHECK (state IN ('pending', 'delivered', 'failed')),
    -- Why it was never tried: there were too many.
    overflowed boolean NOT NULL DEFAULT false,
    -- It was never tried, and only so many of those are kept.
    kept boolean NOT NULL DEFAULT false,
    -- Failed attempts since its schedule began.
    failures integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    -- When it is tried next; of one that is under way, when its server is given up.
    next_attempt_at timestamptz,
    -- The attempt that is under way: which, and since when.
    claim uuid,
    claimed_at timestamptz,
    ended_at timestamptz,
    -- Its attempts, the newest 100: when, the answer's status, why it did not succeed, and how many seconds it took.
    attempted_at timestamptz[] NOT NULL DEFAULT '{}',
    statuses smallint[] NOT NULL DEFAULT '{}',
    errors text[] NOT NULL DEFAULT '{}',
    took_seconds double precision[] NOT NULL DEFAULT '{}',
    CONSTRAINT webhook_deliveries_pending_check CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL)),
    CONSTRAINT webhook_deliveries_ended_check CHECK ((state = 'pending') = (ended_at IS NULL)),
    CONSTRAINT webhook_deliveries_claim_check CHECK ((claim IS NULL) = (claimed_at IS NULL) AND (claim IS NULL OR state = 'pending')),
    CONSTRAINT webhook_deliveries_kept_check CHECK (NOT kept OR state = 'failed')
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- Claims: what is due of a webhook, whatever has waited longest first.
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_attempt_at) WHERE state = 'pending';
-- Lists of a webhook's deliveries, newest first when read backwards.
CREATE INDEX webhook_deliveries_list ON webhook_deliveries (webhook_id, id);
-- The same by state.
CREATE INDEX webhook_deliveries_state ON webhook_deliveries (webhook_id, state, id);
-- Those that were never tried: the oldest go first where there are too many.
CREATE INDEX webhook_deliveries_kept ON webhook_deliveries (webhook_id, id) WHERE kept;
-- Pruning: what ended longest ago.
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (ended_at) WHERE ended_at IS NOT NULL;

-- What is sent, the same bytes in every attempt. Insert-only. None: it was never made, because there were too many.
CREATE TABLE webhook_bodies (
    delivery_id uuid PRIMARY KEY,
    body text NOT NULL,
    -- In which words it is: what its webhook has changed since does not change it.
    format text NOT NULL CONSTRAINT webhook_bodies_format_check CHECK (format IN ('standard', 'cloudevents', 'slack'))
);

INSERT INTO compatible_migrations (version, compatible_from) VALUES (61, 20);
