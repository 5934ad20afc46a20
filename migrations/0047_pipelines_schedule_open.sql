-- no-transaction
-- Whether an earlier pipeline of a schedule has not ended. It changes only with the state, which is indexed as well.
CREATE INDEX CONCURRENTLY pipelines_schedule_open ON pipelines (schedule, id) WHERE schedule IS NOT NULL AND ended_at IS NULL;
