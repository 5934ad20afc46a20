-- Checkpoints: what an attempt leaves for the next one. In a table of their own, so that the rows of tasks stay narrow. A success drops one without a
-- write: it counts no more. So does a retry that runs all tasks of a job again: what is of a run before `jobs.all_again_run` is of no attempt that counts.
-- (A server of before 0049 knows none. It leaves those of the tasks that it prunes; nobody asks for them any more.)
CREATE TABLE task_checkpoints (
    task_id uuid PRIMARY KEY,
    -- That of the task's row as it was written.
    run integer NOT NULL,
    checkpoint text NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- The checkpoint for the next attempt of a task that the caller has locked; null if there is none. Volatile, so that it sees what was committed before
-- the lock: the snapshot of the statement that calls it may be older.
CREATE FUNCTION windlass_checkpoint(task uuid, all_again_run integer) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (SELECT k.checkpoint FROM task_checkpoints k WHERE k.task_id = task AND k.run >= all_again_run);
END
$$;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (49, 20);
