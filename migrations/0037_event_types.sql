-- A job's type, for its events once the job is deleted. It stands on the job's own events of its creation and of its ends; of any other event, and
-- as long as the job is there, readers take it from the job. So the rows that each dequeue and report writes stay as they are.
ALTER TABLE events ADD COLUMN IF NOT EXISTS type text;
ALTER TABLE events DROP CONSTRAINT IF EXISTS events_queue_check;
-- Not validated: no row of before can break it.
ALTER TABLE events ADD CONSTRAINT events_type_check CHECK (
    CASE entity WHEN 'queue' THEN type IS NOT NULL WHEN 'job' THEN true ELSE type IS NULL END
    AND (entity = 'queue') = (pipeline_id = '00000000-0000-0000-0000-000000000000')
) NOT VALID;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (37, 23);
