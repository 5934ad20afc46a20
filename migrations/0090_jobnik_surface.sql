-- Which servers know Jobnik's surface: while one runs that does not, it stays closed.
-- As long as a call waits: those that stand behind this lock outlast it. A start that fails for it is tried again.
SELECT set_config('lock_timeout', '4s', true);

ALTER TABLE servers ADD COLUMN knows_jobnik boolean;

-- How a frozen job's tasks are read: as those of one that runs.
CREATE FUNCTION windlass_job_state(state text, frozen boolean) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN frozen THEN 'running' ELSE state END
$$;

-- A task's status in Jobnik's words: of its effective state, and how many attempts it has had.
CREATE FUNCTION windlass_jobnik_status(state text, attempt integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN state = 'running' THEN 'IN_PROGRESS'
        WHEN state = 'succeeded' THEN 'COMPLETED'
        WHEN state IN ('failed', 'cancelled', 'skipped') THEN 'FAILED'
        WHEN attempt > 0 THEN 'RETRIED'
        ELSE 'PENDING'
    END
$$;

-- A server of before does not know such jobs: it would not seal what it leases, and end what is to be frozen. None is made while it runs.
INSERT INTO compatible_migrations (version, compatible_from) VALUES (90, 32);
