-- By which key a change was made, and what happened to keys themselves.
ALTER TABLE events
    -- The number of the caller's key; null: none was needed, or the server did it itself.
    ADD COLUMN caller integer,
    ADD COLUMN key_id uuid;

-- An event of a key has the nil id for its pipeline, as one of a queue. Not validated: no row of before can break the checks.
ALTER TABLE events
    DROP CONSTRAINT events_entity_check,
    DROP CONSTRAINT events_job_check,
    DROP CONSTRAINT events_type_check;
ALTER TABLE events
    ADD CONSTRAINT events_entity_check CHECK (entity IN ('pipeline', 'job', 'task', 'queue', 'key')) NOT VALID,
    ADD CONSTRAINT events_job_check CHECK ((job_id IS NULL) = (entity IN ('pipeline', 'queue', 'key'))) NOT VALID,
    ADD CONSTRAINT events_type_check CHECK (
        CASE entity WHEN 'queue' THEN type IS NOT NULL WHEN 'job' THEN true ELSE type IS NULL END
        AND (entity IN ('queue', 'key')) = (pipeline_id = '00000000-0000-0000-0000-000000000000')
    ) NOT VALID,
    ADD CONSTRAINT events_key_check CHECK ((entity = 'key') = (key_id IS NOT NULL)) NOT VALID;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (41, 32);
