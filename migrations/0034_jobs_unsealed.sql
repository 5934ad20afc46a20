-- no-transaction
-- The gauge of idle jobs: the open ones that take more tasks, those that opened first. Nothing here changes with a dequeue or a report.
CREATE INDEX CONCURRENTLY jobs_unsealed ON jobs (opened_at) WHERE NOT sealed AND ended_at IS NULL AND opened_at IS NOT NULL;
