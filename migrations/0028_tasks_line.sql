-- no-transaction
-- Lists by job, results, and what comes back, each in the order added: a walk for each origin that was not taken back, so that none passes a
-- million tasks that were. Job and origin are one value: of three columns, Postgres ends a walk by the first of them only.
CREATE INDEX CONCURRENTLY tasks_line ON tasks (windlass_line(job_id, origin), id);
