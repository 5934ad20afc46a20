-- What jobs of Jobnik's surface have beside.
-- As long as a call waits: those that stand behind this lock outlast it. A start that fails for it is tried again.
SELECT set_config('lock_timeout', '4s', true);

ALTER TABLE jobs
    -- By which surface it was made, where not by /v1.
    ADD COLUMN surface text,
    -- Sealed by its first lease.
    ADD COLUMN seals_on_lease boolean,
    -- It does not open though its edges are met: one more that is unmet, until it is let go.
    ADD COLUMN held boolean,
    -- Once it has failed, what waits keeps its state, and what runs may still report.
    ADD COLUMN freezes boolean,
    -- It has failed so.
    ADD COLUMN frozen boolean,
    -- Its pipeline's end has ended it: its tasks are shown as they were then.
    ADD COLUMN kept boolean,
    -- Tasks that wait and have failed before, where that is counted.
    ADD COLUMN retried integer,
    DROP CONSTRAINT jobs_check2,
    DROP CONSTRAINT jobs_sealed_by_check,
    -- Not validated, so that a large table is not read: no row of before can break them.
    ADD CONSTRAINT jobs_surface_check CHECK (surface = 'jobnik') NOT VALID,
    -- What has ended holds nothing that waits or runs, unless its tasks keep their states.
    ADD CONSTRAINT jobs_ended_check CHECK (ended_at IS NULL OR queued + scheduled + running = 0 OR frozen IS TRUE OR kept IS TRUE) NOT VALID,
    ADD CONSTRAINT jobs_frozen_check CHECK (frozen IS NOT TRUE OR freezes AND state = 'failed') NOT VALID,
    ADD CONSTRAINT jobs_kept_check CHECK (kept IS NOT TRUE OR freezes AND state IN ('cancelled', 'skipped')) NOT VALID,
    ADD CONSTRAINT jobs_retried_check CHECK (retried >= 0) NOT VALID,
    ADD CONSTRAINT jobs_sealed_by_check CHECK (
        sealed_by IS NULL OR sealed AND sealed_by IN ('person', 'completion', 'opening', 'lease', 'end')
    ) NOT VALID;

-- How many tasks and stages there are in which status, by type and priority: the sum of all rows of these. Each change of a stage adds one, so that nobody
-- waits for another; a background loop makes one of many.
CREATE TABLE jobnik_counts (
    type text NOT NULL,
    priority smallint NOT NULL,
    pending bigint NOT NULL,
    in_progress bigint NOT NULL,
    completed bigint NOT NULL,
    failed bigint NOT NULL,
    retried bigint NOT NULL,
    created_stages bigint NOT NULL,
    waiting_stages bigint NOT NULL,
    pending_stages bigint NOT NULL,
    running_stages bigint NOT NULL,
    completed_stages bigint NOT NULL,
    failed_stages bigint NOT NULL,
    aborted_stages bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- A stage's status in Jobnik's words (JobnikStageStatus::of in crates/domain).
CREATE FUNCTION windlass_jobnik_stage_status(state text, held boolean, kept boolean, opened boolean, started boolean) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN kept THEN CASE WHEN started THEN 'IN_PROGRESS' WHEN opened THEN 'PENDING' WHEN held THEN 'WAITING' ELSE 'CREATED' END
        WHEN state = 'pending' THEN CASE WHEN held THEN 'WAITING' ELSE 'CREATED' END
        WHEN state = 'queued' THEN 'PENDING'
        WHEN state = 'running' THEN 'IN_PROGRESS'
        WHEN state = 'succeeded' THEN 'COMPLETED'
        WHEN state = 'failed' THEN 'FAILED'
        ELSE 'ABORTED'
    END
$$;

-- What a stage counts as, so many times; nothing where it is none.
CREATE FUNCTION windlass_jobnik_counts(times integer, stage jobs) RETURNS SETOF jobnik_counts LANGUAGE sql STABLE AS $$
    SELECT stage.type, stage.priority,
           times * (waiting - least(waiting, stage.retried))::bigint, times * stage.running::bigint, times * stage.succeeded::bigint,
           times * (stage.failed + stage.cancelled + stage.skipped)::bigint, times * least(waiting, stage.retried)::bigint,
           times * (status = 'CREATED')::integer::bigint, times * (status = 'WAITING')::integer::bigint,
           times * (status = 'PENDING')::integer::bigint, times * (status = 'IN_PROGRESS')::integer::bigint,
           times * (status = 'COMPLETED')::integer::bigint, times * (status = 'FAILED')::integer::bigint,
           times * (status = 'ABORTED')::integer::bigint
    FROM (
        SELECT stage.queued + stage.scheduled + stage.left_over AS waiting, windlass_jobnik_stage_status(
            stage.state, stage.held, stage.kept, stage.opened_at IS NOT NULL, stage.started_at IS NOT NULL
        ) AS status
    ) shown
    WHERE stage.surface IS NOT NULL
$$;

CREATE FUNCTION windlass_count_jobnik_stage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO jobnik_counts
    SELECT type, priority, sum(pending), sum(in_progress), sum(completed), sum(failed), sum(retried), sum(created_stages), sum(waiting_stages),
           sum(pending_stages), sum(running_stages), sum(completed_stages), sum(failed_stages), sum(aborted_stages)
    FROM (SELECT * FROM windlass_jobnik_counts(-1, OLD) UNION ALL SELECT * FROM windlass_jobnik_counts(1, NEW)) moved
    GROUP BY type, priority
    HAVING (sum(pending), sum(in_progress), sum(completed), sum(failed), sum(retried), sum(created_stages), sum(waiting_stages),
            sum(pending_stages), sum(running_stages), sum(completed_stages), sum(failed_stages), sum(aborted_stages))
           <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    RETURN NULL;
END
$$;

-- A stage becomes one by an update; it goes with its pipeline (0089).
CREATE TRIGGER jobs_jobnik_counts AFTER UPDATE ON jobs FOR EACH ROW WHEN (NEW.surface IS NOT NULL) EXECUTE FUNCTION windlass_count_jobnik_stage();

INSERT INTO compatible_migrations (version, compatible_from) VALUES (88, 32);
