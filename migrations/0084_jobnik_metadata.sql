-- What Jobnik's wire contract needs of the engine (docs/contract/jobnik.md), table by table, so that none is locked while another is waited for. All
-- columns are null in what is made by /v1: nothing of it is written, and no row of it is wider.
-- As long as a call waits: those that stand behind this lock outlast it. A start that fails for it is tried again.
SELECT set_config('lock_timeout', '4s', true);

ALTER TABLE pipeline_metadata ADD COLUMN payload text;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (84, 32);
