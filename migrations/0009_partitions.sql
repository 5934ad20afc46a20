-- Partitions by day (UTC), made ahead of time by a background loop. The default ones only catch what a clock far off
-- would lose.
CREATE TABLE attempts_default PARTITION OF attempts DEFAULT;
CREATE TABLE events_default PARTITION OF events DEFAULT;

CREATE FUNCTION windlass_create_partitions(days integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    parent text;
    day date;
    made integer := 0;
BEGIN
    -- Two servers may come here at once; CREATE TABLE IF NOT EXISTS alone can still collide.
    PERFORM pg_advisory_xact_lock(hashtext('windlass_create_partitions'));
    FOREACH parent IN ARRAY ARRAY['attempts', 'events'] LOOP
        FOR offset_days IN -1 .. days LOOP
            day := (windlass_now() AT TIME ZONE 'UTC')::date + offset_days;
            CONTINUE WHEN to_regclass(format('%s_%s', parent, to_char(day, 'YYYYMMDD'))) IS NOT NULL;
            BEGIN
                EXECUTE format(
                    'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                    parent || '_' || to_char(day, 'YYYYMMDD'), parent,
                    day::text || ' 00:00:00+00', (day + 1)::text || ' 00:00:00+00'
                );
                made := made + 1;
            EXCEPTION WHEN check_violation THEN
                -- The default partition has rows of that day already: that day stays there, the next ones need not.
                NULL;
            END;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;

SELECT windlass_create_partitions(7);

-- Drops the partitions of days that ended longer ago than the retention, in seconds.
CREATE FUNCTION windlass_drop_partitions(retention double precision) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    partition text;
    dropped integer := 0;
BEGIN
    FOR partition IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent IN ('attempts'::regclass, 'events'::regclass) AND c.relname ~ '_\d{8}$'
          AND to_date(right(c.relname, 8), 'YYYYMMDD') + 1
              < ((windlass_now() - retention * interval '1 second') AT TIME ZONE 'UTC')::date
    LOOP
        EXECUTE format('DROP TABLE %I', partition);
        dropped := dropped + 1;
    END LOOP;
    DELETE FROM attempts_default WHERE ended_at < windlass_now() - retention * interval '1 second';
    DELETE FROM events_default WHERE at < windlass_now() - retention * interval '1 second';
    RETURN dropped;
END
$$;
