-- Partitions of a day are made for the log of tasks as well, once it is there (0051), and dropped by the column of time that a table is partitioned by.
-- Outcomes, which have a week each, have functions of their own (0055).
CREATE OR REPLACE FUNCTION windlass_create_partitions(days integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    parent text;
    day date;
    made integer := 0;
BEGIN
    -- Two servers may come here at once; CREATE TABLE IF NOT EXISTS alone can still collide.
    PERFORM pg_advisory_xact_lock(hashtext('windlass_create_partitions'));
    FOR parent IN
        SELECT c.relname FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relname IN ('events', 'attempts', 'task_log') ORDER BY c.relname
    LOOP
        FOR offset_days IN -1 .. days LOOP
            day := (windlass_now() AT TIME ZONE 'UTC')::date + offset_days;
            CONTINUE WHEN to_regclass(format('%I', parent || '_' || to_char(day, 'YYYYMMDD'))) IS NOT NULL;
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

CREATE OR REPLACE FUNCTION windlass_drop_partitions(parent text, retention double precision) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    oldest timestamptz := windlass_now() - retention * interval '1 second';
    partition text;
    dropped integer := 0;
BEGIN
    FOR partition IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = parent::regclass AND c.relname ~ '_\d{8}$'
          AND to_date(right(c.relname, 8), 'YYYYMMDD') + 1 <= (oldest AT TIME ZONE 'UTC')::date
    LOOP
        EXECUTE format('DROP TABLE %I', partition);
        dropped := dropped + 1;
    END LOOP;
    EXECUTE format('DELETE FROM %I WHERE %I < $1', parent || '_default', (
        SELECT a.attname FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
        WHERE p.partrelid = parent::regclass
    )) USING oldest;
    RETURN dropped;
END
$$;

-- Replacing them has taken off what 0023 says of them.
DO $$
DECLARE
    signature text;
BEGIN
    FOREACH signature IN ARRAY ARRAY['windlass_create_partitions(integer)', 'windlass_drop_partitions(text, double precision)'] LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = %I, pg_temp', signature, current_schema());
    END LOOP;
END
$$;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (50, 20);
