-- Who has paused a schedule, and when: see 0105.
SELECT set_config('lock_timeout', '4s', true);

ALTER TABLE schedules ADD COLUMN paused_caller text, ADD COLUMN paused_at timestamptz;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (103, 32);
