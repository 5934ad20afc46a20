-- Partitions are made and dropped by whoever owns the tables. A role that only serves does not, so it does so by these functions, which run as
-- their owner; docs/operations.md has its grants. Whoever the owner has not granted them to cannot use them.
DO $$
DECLARE
    signature text;
BEGIN
    FOREACH signature IN ARRAY ARRAY[
        'windlass_create_partitions(integer)', 'windlass_drop_partitions(double precision)',
        'windlass_drop_partitions(text, double precision)'
    ] LOOP
        -- What runs as its owner finds its tables in this schema, whatever the caller's search_path says.
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = %I, pg_temp', signature, current_schema());
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', signature);
    END LOOP;
END
$$;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (23, 20);
