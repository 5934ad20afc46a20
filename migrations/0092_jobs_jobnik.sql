-- no-transaction
-- Jobnik's lists of stages and tasks, and the sums of its metrics.
CREATE INDEX CONCURRENTLY jobs_jobnik ON jobs (id) WHERE surface = 'jobnik';
