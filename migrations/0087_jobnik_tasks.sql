-- What tasks of Jobnik's surface have beside.
-- As long as a call waits: those that stand behind this lock outlast it. A start that fails for it is tried again.
SELECT set_config('lock_timeout', '4s', true);

ALTER TABLE tasks
    -- How many attempts a retry by hand grants it, where it has a number of its own: else as many as its job's policy.
    ADD COLUMN own_max_attempts integer,
    -- When its last attempt began, and when it last changed, below jobs of another surface.
    ADD COLUMN leased_at timestamptz,
    ADD COLUMN updated_at timestamptz,
    -- Not validated, so that a large table is not read: no row of before can break it.
    ADD CONSTRAINT tasks_own_max_attempts_check CHECK (own_max_attempts >= 1) NOT VALID;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (87, 32);
