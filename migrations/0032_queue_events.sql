-- What people change of a queue is in the audit, and a queue shows who paused it.
ALTER TABLE queues
    -- Why, by whom and since when it is paused; null while it is not.
    ADD COLUMN reason text,
    ADD COLUMN paused_by text,
    ADD COLUMN paused_at timestamptz;

-- Of the queue of this type.
ALTER TABLE events ADD COLUMN type text;

-- An event of no pipeline has the nil id for one: servers of before read the column as never null. The new checks are not validated, so that large
-- partitions are not read: no row of before can break them.
ALTER TABLE events DROP CONSTRAINT events_entity_check, DROP CONSTRAINT events_check;
ALTER TABLE events
    ADD CONSTRAINT events_entity_check CHECK (entity IN ('pipeline', 'job', 'task', 'queue')) NOT VALID,
    ADD CONSTRAINT events_job_check CHECK ((job_id IS NULL) = (entity IN ('pipeline', 'queue'))) NOT VALID,
    ADD CONSTRAINT events_queue_check CHECK (
        (entity = 'queue') = (type IS NOT NULL) AND (entity = 'queue') = (pipeline_id = '00000000-0000-0000-0000-000000000000')
    ) NOT VALID;

-- 0031 as well, whose file may have one statement only.
INSERT INTO compatible_migrations (version, compatible_from) VALUES (31, 23), (32, 23);
