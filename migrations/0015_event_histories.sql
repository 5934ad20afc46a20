-- A database that was restored from a backup goes on with numbers of events that its readers have seen with other events. Each time that is
-- found out a history begins, and ids of events tell theirs apart.
CREATE TABLE event_histories (
    -- When it began, in seconds since 1970; the first is 0. So those of two restored copies differ, and later ones are greater.
    epoch bigint PRIMARY KEY CHECK (epoch BETWEEN 0 AND 4294967295),
    -- The last number that it shares with the history before.
    last_common bigint NOT NULL,
    -- What windlass_incarnation() said then.
    incarnation text NOT NULL
);

-- Tells a restored database from the one that was backed up: by the cluster, by its timeline (recovery begins a new one), by the database, and
-- by a table's own id (a restored dump makes it anew). What a host does not let us ask stays empty.
CREATE FUNCTION windlass_incarnation() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    cluster text := '';
    timeline text := '';
BEGIN
    BEGIN
        SELECT system_identifier::text INTO cluster FROM pg_control_system();
    EXCEPTION WHEN OTHERS THEN
        NULL;
    END;
    BEGIN
        timeline := left(pg_walfile_name(pg_current_wal_lsn()), 8);
    EXCEPTION WHEN OTHERS THEN
        NULL;
    END;
    RETURN format(
        '%s/%s/%s/%s', cluster, timeline, (SELECT oid FROM pg_database WHERE datname = current_database()),
        'event_histories'::regclass::oid
    );
END
$$;

-- Begins a new history if this database is not what it was; every connection asks before it does anything else, since a restore breaks all.
CREATE FUNCTION windlass_note_history() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    present text := windlass_incarnation();
BEGIN
    IF (SELECT incarnation FROM event_histories ORDER BY epoch DESC LIMIT 1) IS NOT DISTINCT FROM present THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('windlass_note_history'));
    IF (SELECT incarnation FROM event_histories ORDER BY epoch DESC LIMIT 1) IS NOT DISTINCT FROM present THEN
        RETURN;
    END IF;
    -- Nobody has seen an event of a database that has none, such as a copy of a template.
    IF NOT (SELECT is_called FROM event_numbers) THEN
        DELETE FROM event_histories;
    END IF;
    IF NOT EXISTS (SELECT FROM event_histories) THEN
        INSERT INTO event_histories VALUES (0, 0, present);
        RETURN;
    END IF;
    INSERT INTO event_histories
    SELECT greatest(extract(epoch FROM windlass_now())::bigint, (SELECT max(epoch) + 1 FROM event_histories)), last_value, present
    FROM event_numbers;
END
$$;
