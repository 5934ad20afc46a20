-- Retention by kind: pipelines by how they ended, events and attempts each for their own time.

-- Prune: what ended longest ago, for each end.
CREATE INDEX pipelines_ended ON pipelines (state, ended_at) WHERE ended_at IS NOT NULL AND deleted_at IS NULL;

-- Drops one table's partitions of days that ended longer ago than so many seconds. (Servers of before 0013 call the one with a
-- single argument.)
CREATE FUNCTION windlass_drop_partitions(parent text, retention double precision) RETURNS integer LANGUAGE plpgsql AS $$
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
    EXECUTE format(
        'DELETE FROM %I WHERE %I < $1', parent || '_default', CASE parent WHEN 'events' THEN 'at' ELSE 'ended_at' END
    ) USING oldest;
    RETURN dropped;
END
$$;
