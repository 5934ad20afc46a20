-- no-transaction
-- Jobnik's lists of jobs.
CREATE INDEX CONCURRENTLY pipelines_jobnik ON pipelines (id) WHERE surface = 'jobnik';
