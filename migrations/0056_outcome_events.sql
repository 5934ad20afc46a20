-- That all outcomes of a subject were removed is in the audit, without the subject. Such an event has the nil id for its pipeline, as one of a
-- queue. Not validated: no row of before can break the check.
ALTER TABLE events DROP CONSTRAINT events_entity_check;
ALTER TABLE events ADD CONSTRAINT events_entity_check CHECK (
    entity IN ('pipeline', 'job', 'task', 'queue', 'key', 'template', 'schedule', 'outcome')
) NOT VALID;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (56, 32);
