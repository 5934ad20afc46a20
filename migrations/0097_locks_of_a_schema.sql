-- The locks of these functions carry the schema, as those of statements do: installations in one database do not wait for each other.
DO $$
DECLARE
    signature regprocedure;
    definition text;
    key text;
BEGIN
    FOREACH signature IN ARRAY ARRAY[
        'windlass_create_partitions(integer)', 'windlass_create_outcome_partitions(integer)', 'windlass_note_history()'
    ]::regprocedure[] LOOP
        definition := pg_get_functiondef(signature);
        key := (SELECT quote_literal(proname) FROM pg_proc WHERE oid = signature);
        ASSERT strpos(definition, format('hashtext(%s)', key)) > 0, definition;
        EXECUTE replace(
            definition, format('hashtext(%s)', key),
            format($key$hashtext(%s || CASE current_schema() WHEN 'public' THEN '' ELSE ' ' || current_schema() END)$key$, key)
        );
    END LOOP;
END
$$;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (97, 32);
