-- no-transaction
-- Jobnik's lists of jobs, all of them and by the dates of their creation. The second condition keeps it from the lists by name, which say nothing of that
-- column by itself: a planner that has seen no such jobs yet would walk all of it for them.
CREATE INDEX CONCURRENTLY pipelines_jobnik_created ON pipelines (created_at, id) WHERE surface = 'jobnik' AND created_at IS NOT NULL;
