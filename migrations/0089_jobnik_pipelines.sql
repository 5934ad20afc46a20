-- What pipelines of Jobnik's surface have beside.
-- As long as a call waits: those that stand behind this lock outlast it. A start that fails for it is tried again.
SELECT set_config('lock_timeout', '4s', true);

ALTER TABLE pipelines
    -- By which surface it was made, where not by /v1.
    ADD COLUMN surface text,
    -- It ends, and is sealed, as the last of its jobs succeeds, or one fails.
    ADD COLUMN seals_on_done boolean,
    -- Of its jobs, when one succeeded last.
    ADD COLUMN percentage integer,
    -- When something of it was last changed that has no time of its own.
    ADD COLUMN updated_at timestamptz,
    -- Not validated, so that a large table is not read: no row of before can break them.
    ADD CONSTRAINT pipelines_surface_check CHECK (surface = 'jobnik') NOT VALID,
    ADD CONSTRAINT pipelines_percentage_check CHECK (percentage BETWEEN 0 AND 100) NOT VALID;

-- How many jobs of Jobnik's there are in which status: the sum of all rows, as of jobnik_counts.
CREATE TABLE jobnik_job_counts (
    pending bigint NOT NULL,
    in_progress bigint NOT NULL,
    paused bigint NOT NULL,
    completed bigint NOT NULL,
    failed bigint NOT NULL,
    aborted bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- What a pipeline counts as, so many times; nothing where it is no job of Jobnik's, or is deleted.
CREATE FUNCTION windlass_jobnik_job_counts(times integer, job pipelines) RETURNS SETOF jobnik_job_counts LANGUAGE sql STABLE AS $$
    SELECT times * (job.state = 'pending' AND NOT job.paused)::integer::bigint, times * (job.state = 'running' AND NOT job.paused)::integer::bigint,
           times * (job.state IN ('pending', 'running') AND job.paused)::integer::bigint,
           times * (job.state IN ('succeeded', 'partial'))::integer::bigint, times * (job.state = 'failed')::integer::bigint,
           times * (job.state = 'cancelled')::integer::bigint
    WHERE job.surface IS NOT NULL AND job.deleted_at IS NULL
$$;

-- What is deleted counts no more, nor do its stages.
CREATE FUNCTION windlass_count_jobnik_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO jobnik_job_counts
    SELECT sum(pending), sum(in_progress), sum(paused), sum(completed), sum(failed), sum(aborted)
    FROM (SELECT * FROM windlass_jobnik_job_counts(-1, OLD) UNION ALL SELECT * FROM windlass_jobnik_job_counts(1, NEW)) moved
    HAVING (sum(pending), sum(in_progress), sum(paused), sum(completed), sum(failed), sum(aborted)) <> (0, 0, 0, 0, 0, 0);
    IF OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL THEN
        INSERT INTO jobnik_counts
        SELECT c.* FROM (SELECT j FROM jobs j WHERE j.pipeline_id = NEW.id OFFSET 0) own CROSS JOIN LATERAL windlass_jobnik_counts(-1, own.j) c;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER pipelines_jobnik_counts AFTER UPDATE ON pipelines FOR EACH ROW WHEN (NEW.surface IS NOT NULL)
    EXECUTE FUNCTION windlass_count_jobnik_job();

INSERT INTO compatible_migrations (version, compatible_from) VALUES (89, 32);
