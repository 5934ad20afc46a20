-- The trace contexts of jobs of Jobnik's surface.
-- As long as a call waits: those that stand behind this lock outlast it. A start that fails for it is tried again.
SELECT set_config('lock_timeout', '4s', true);

ALTER TABLE job_specs ADD COLUMN traceparent text, ADD COLUMN tracestate text;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (85, 32);
