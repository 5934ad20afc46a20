-- The lowest id of this database's transactions that have written and are under way, or else the next that a snapshot does not know.
-- Ids are the cluster's: a transaction is left out only where it is known to be another database's.
CREATE FUNCTION windlass_oldest_writer() RETURNS xid8 LANGUAGE sql STABLE AS $$
    SELECT coalesce(min(writer::text::numeric)::text::xid8, pg_snapshot_xmax(pg_current_snapshot()))
    FROM pg_snapshot_xip(pg_current_snapshot()) AS writer
    WHERE NOT EXISTS (
            SELECT FROM pg_stat_activity WHERE backend_xid = writer::xid AND datname <> current_database()
        )
        AND NOT EXISTS (
            SELECT FROM pg_prepared_xacts WHERE transaction = writer::xid AND database <> current_database()
        )
$$;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (98, 32);
