-- no-transaction
-- The deadlines' duty: pipelines under way by their deadline, the earliest first.
CREATE INDEX CONCURRENTLY pipelines_deadline ON pipelines (deadline_at, id)
WHERE deadline_at IS NOT NULL AND ended_at IS NULL AND NOT cancelled;
