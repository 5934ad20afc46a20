-- What each type did in each minute, for curves. Each server adds what it saw; kept for 7 days.
CREATE TABLE queue_history (
    type text NOT NULL,
    -- The beginning of the minute, UTC.
    at timestamptz NOT NULL,
    -- As they were when it was last written.
    queued bigint NOT NULL DEFAULT 0,
    running bigint NOT NULL DEFAULT 0,
    -- Attempts that ended.
    succeeded bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    -- How many waited and ran for how long, by fixed lengths (crates/domain/src/histogram.rs), up to the last one that has any; null: none.
    waits integer[],
    runs integer[],
    PRIMARY KEY (type, at)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- The types of a minute, of which at most 1,000 have a row of their own; and what is too old.
CREATE INDEX queue_history_at ON queue_history (at, type);

-- Two histograms added up; null where there is neither.
CREATE FUNCTION windlass_add_histograms(one integer[], other integer[]) RETURNS integer[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN one IS NULL THEN other
        WHEN other IS NULL THEN one
        ELSE (
            SELECT array_agg(least(coalesce(a, 0)::bigint + coalesce(b, 0), 2147483647)::integer ORDER BY place)
            FROM unnest(one, other) WITH ORDINALITY AS both_of_them (a, b, place)
        )
    END
$$;

CREATE AGGREGATE windlass_sum_histograms(integer[]) (SFUNC = windlass_add_histograms, STYPE = integer[], PARALLEL = SAFE);

INSERT INTO compatible_migrations (version, compatible_from) VALUES (82, 32);
