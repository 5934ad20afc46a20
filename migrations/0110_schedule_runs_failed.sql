-- no-transaction
-- What needs a person: runs of schedules that failed, the newest first.
CREATE INDEX CONCURRENTLY schedule_runs_failed ON schedule_runs (number) WHERE outcome = 'failed';
