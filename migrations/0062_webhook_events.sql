-- The webhook whose event it is.
ALTER TABLE events ADD COLUMN webhook_id uuid;

-- An event of a webhook has the nil id for its pipeline, as one of a queue. Not validated: no row of before can break the checks.
ALTER TABLE events DROP CONSTRAINT events_entity_check;
ALTER TABLE events
    ADD CONSTRAINT events_entity_check CHECK (
        entity IN ('pipeline', 'job', 'task', 'queue', 'key', 'template', 'schedule', 'webhook', 'outcome')
    ) NOT VALID,
    ADD CONSTRAINT events_webhook_check CHECK ((entity = 'webhook') = (webhook_id IS NOT NULL)) NOT VALID;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (62, 32);
