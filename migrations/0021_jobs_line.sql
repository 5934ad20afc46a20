-- no-transaction
-- Dequeue: the jobs that have something to give, first in line first when read backwards (0017_newest_first.sql). Priority and position are one
-- number, since a walk may have to end within a priority, at a job whose tasks come back: of two columns, Postgres ends it by the first alone.
-- Positions stay below 2^48.
CREATE INDEX CONCURRENTLY jobs_line ON jobs (type DESC, ((priority::bigint << 48) + opened_position) DESC) WHERE dispatchable;
