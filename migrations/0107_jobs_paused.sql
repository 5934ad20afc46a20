-- no-transaction
-- What needs a person: paused jobs that have not ended. Nothing here changes with a dequeue or a report but the end.
CREATE INDEX CONCURRENTLY jobs_paused ON jobs (id) WHERE paused AND ended_at IS NULL;
