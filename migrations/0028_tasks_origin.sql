-- no-transaction
-- Lists by job, results, and what comes back, each in the order added: a walk for each origin that was not taken back, so that none passes a
-- million tasks that were.
CREATE INDEX CONCURRENTLY tasks_origin ON tasks (job_id, origin, id);
