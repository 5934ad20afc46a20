-- no-transaction
-- Lists by schedule.
CREATE INDEX CONCURRENTLY pipelines_schedule ON pipelines (schedule, id) WHERE schedule IS NOT NULL;
