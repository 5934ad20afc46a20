-- Lists and bulk verbs by metadata: the texts among the top-level members of each pipeline's metadata, each as a hash of its name and value.
-- A hash only says where to look; whether a pipeline fits is decided by its metadata.
CREATE TABLE pipeline_texts (
    hash bigint NOT NULL,
    pipeline_id uuid NOT NULL,
    -- Lists by metadata, newest first when read backwards, and whether one pipeline has a text.
    PRIMARY KEY (hash, pipeline_id)
);

-- Hash partitioning stands on this function, so Postgres keeps it as it is from one version to the next.
CREATE FUNCTION windlass_text_hash(name text, value text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT hashtextextended(value, hashtextextended(name, 0))
$$;

-- The hashes of the texts in an object.
CREATE FUNCTION windlass_text_hashes(metadata text) RETURNS SETOF bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT DISTINCT windlass_text_hash(key, value #>> '{}')
    FROM json_each(metadata::json) WHERE json_typeof(value) = 'string'
$$;

-- Whether each of these members is a text and exactly this one. Of a name that is there twice, the last one counts.
CREATE FUNCTION windlass_has_texts(metadata text, names text[], texts text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(bool_and(coalesce(
        json_typeof(metadata::json -> asked.name) = 'string' AND metadata::json ->> asked.name = asked.value, false
    )), true)
    FROM unnest(names, texts) AS asked (name, value)
$$;

-- A trigger and no statement of the server's: servers of before, which know nothing of the index, may run beside newer ones and write metadata.
CREATE FUNCTION windlass_index_texts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before bigint[] := '{}';
    after bigint[] := '{}';
BEGIN
    IF TG_OP <> 'INSERT' THEN
        before := ARRAY(SELECT windlass_text_hashes(OLD.metadata));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        after := ARRAY(SELECT windlass_text_hashes(NEW.metadata));
        INSERT INTO pipeline_texts SELECT hash, NEW.pipeline_id FROM unnest(after) AS hash
        WHERE hash <> ALL (before) ON CONFLICT DO NOTHING;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM pipeline_texts
        WHERE pipeline_id = OLD.pipeline_id AND hash = ANY (ARRAY(SELECT unnest(before) EXCEPT SELECT unnest(after)));
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER pipeline_texts_of_new AFTER INSERT ON pipeline_metadata
    FOR EACH ROW EXECUTE FUNCTION windlass_index_texts();
CREATE TRIGGER pipeline_texts_of_changed AFTER UPDATE ON pipeline_metadata
    FOR EACH ROW WHEN (OLD.metadata IS DISTINCT FROM NEW.metadata) EXECUTE FUNCTION windlass_index_texts();
CREATE TRIGGER pipeline_texts_of_gone AFTER DELETE ON pipeline_metadata
    FOR EACH ROW EXECUTE FUNCTION windlass_index_texts();

-- While there is a row, metadata of before this migration is yet to be indexed, of pipelines with lower ids than this: a background loop does that
-- in pieces, and lists look at the pipelines themselves meanwhile.
CREATE TABLE texts_backfill (
    below uuid NOT NULL
);
INSERT INTO texts_backfill SELECT 'ffffffff-ffff-ffff-ffff-ffffffffffff' WHERE EXISTS (SELECT FROM pipeline_metadata);

INSERT INTO compatible_migrations (version, compatible_from) VALUES (33, 20);
