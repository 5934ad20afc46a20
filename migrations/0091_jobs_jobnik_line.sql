-- no-transaction
-- Jobnik's dequeue: as jobs_line, of what was made there.
CREATE INDEX CONCURRENTLY jobs_jobnik_line ON jobs (type DESC, ((priority::bigint << 48) + opened_position) DESC)
    WHERE dispatchable AND surface IS NOT NULL;
