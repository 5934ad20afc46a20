-- Templates: a name and the number of its newest version, which goes on counting after the template was deleted.
CREATE TABLE templates (
    name text COLLATE "C" PRIMARY KEY,
    version integer NOT NULL CHECK (version >= 1),
    deleted_at timestamptz
);

-- Lists of templates, by name.
CREATE INDEX templates_present ON templates (name) WHERE deleted_at IS NULL;

-- Their versions, which never change. None is left of a template that was deleted.
CREATE TABLE template_versions (
    name text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    description text,
    -- JSON as it was sent.
    parameters text NOT NULL,
    pipeline text NOT NULL,
    -- SHA-256 of all of it, whatever the order of keys: a PUT that changes nothing makes no version.
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    created_at timestamptz NOT NULL,
    -- The number of the key that made it; null: none was needed.
    created_by integer,
    -- One version, and lists of them, newest first when read backwards.
    PRIMARY KEY (name, version)
);

-- The template whose event it is.
ALTER TABLE events ADD COLUMN template text;

-- An event of a template has the nil id for its pipeline, as one of a queue. Not validated: no row of before can break the checks.
ALTER TABLE events
    DROP CONSTRAINT events_entity_check,
    DROP CONSTRAINT events_job_check,
    DROP CONSTRAINT events_type_check;
ALTER TABLE events
    ADD CONSTRAINT events_entity_check CHECK (entity IN ('pipeline', 'job', 'task', 'queue', 'key', 'template')) NOT VALID,
    ADD CONSTRAINT events_job_check CHECK ((job_id IS NOT NULL) = (entity IN ('job', 'task'))) NOT VALID,
    ADD CONSTRAINT events_type_check CHECK (
        CASE entity WHEN 'queue' THEN type IS NOT NULL WHEN 'job' THEN true ELSE type IS NULL END
        AND (entity NOT IN ('pipeline', 'job', 'task')) = (pipeline_id = '00000000-0000-0000-0000-000000000000')
    ) NOT VALID,
    ADD CONSTRAINT events_template_check CHECK ((entity = 'template') = (template IS NOT NULL)) NOT VALID;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (43, 32);
