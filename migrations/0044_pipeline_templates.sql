-- From which template a pipeline was made, and with which parameters. No row: from none.
CREATE TABLE pipeline_templates (
    pipeline_id uuid PRIMARY KEY,
    template text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    -- JSON: as they were used, defaults filled in.
    parameters text NOT NULL
);

-- Lists and bulk verbs by template, newest first when read backwards.
CREATE INDEX pipeline_templates_template ON pipeline_templates (template, pipeline_id);

INSERT INTO compatible_migrations (version, compatible_from) VALUES (44, 20);
