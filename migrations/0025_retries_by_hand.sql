-- What a retry by hand has to know of how jobs and tasks ended. A server of before can work beside this one: it does not write these down, so that
-- what it ends comes back as far as it always did.
ALTER TABLE jobs
    -- It had no tasks and succeeded as it opened: it waits again when a job above it comes back.
    ADD COLUMN passed boolean NOT NULL DEFAULT false;

-- Tasks that were cancelled one by one. When the job fails fast and one of its tasks is retried, they stay, while all that the failure has ended
-- comes back. A row goes when its task comes back.
CREATE TABLE cancelled_by_hand (
    job_id uuid NOT NULL,
    task_id uuid NOT NULL,
    PRIMARY KEY (job_id, task_id)
);

INSERT INTO compatible_migrations (version, compatible_from) VALUES (25, 20);
