-- While somebody holds an old snapshot, a job's row that every batch writes keeps all its versions, and every way to it passes them. An index
-- has the entries of one key in the order of their places, and new versions come last; so who reads it backwards meets the newest first.
-- (Making it locks out writers for as long as it takes to read the jobs table.)
DROP INDEX jobs_dispatchable;

-- Dequeue: the jobs that have something to give, first in line first when read backwards.
CREATE INDEX jobs_dispatchable ON jobs (type DESC, priority DESC, opened_position DESC) WHERE dispatchable;
