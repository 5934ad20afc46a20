-- Jobs with nothing left to give leave dead entries at the head of the index of dispatchable jobs; while somebody holds an old snapshot, they stay,
-- and each dequeue passes them all. So a server remembers up to where it has found none (fronts.rs). That holds for jobs that open, since
-- they draw ever higher places; one that can be dequeued again at its old place is marked, and looked for on its own.

-- It became dispatchable once more, or changed its priority, since it drew its place. (A test database has a trigger that finds who forgets it.)
ALTER TABLE jobs ADD COLUMN returned boolean NOT NULL DEFAULT false;

-- queue_counts.epoch was meant for the same; it is no longer written, and goes when no server writes it any more.

-- Dequeue: what returned behind a front, read backwards like jobs_dispatchable.
CREATE INDEX jobs_returned ON jobs (type DESC, priority DESC, opened_position DESC) WHERE dispatchable AND returned;
