-- What put a seal on, so that a retry by hand takes off what cancel, skip or the end had put on. See crates/store/src/jobs/seals.rs.
--
-- jobs.sealed and pipelines.sealed stay what the statements ask. Null: the creation, or a server of before, whose seals all stay: it did not write
-- down what they were. Such a server can work beside this one; what it ends is sealed for good, and a job that is sealed as it opens stays
-- unsealed where it is the one that opens it.
ALTER TABLE jobs
    ADD COLUMN sealed_by text,
    -- Created with "sealed": "on_open".
    ADD COLUMN seals_on_open boolean NOT NULL DEFAULT false;
ALTER TABLE pipelines ADD COLUMN sealed_by text;

-- Not validated, so that a large table is not read: no row of before can break them.
ALTER TABLE jobs
    ADD CONSTRAINT jobs_sealed_by_check CHECK (
        sealed_by IS NULL OR sealed AND sealed_by IN ('person', 'completion', 'opening', 'end')
    ) NOT VALID;
ALTER TABLE pipelines ADD CONSTRAINT pipelines_sealed_by_check CHECK (
        sealed_by IS NULL OR sealed AND sealed_by IN ('person', 'end')
    ) NOT VALID;

-- The seals that completions put on, each with the jobs that produced it: it is taken back with what they had added. One row, while jobs.sealed_by
-- is 'completion'; none for any other seal.
CREATE TABLE job_seals (
    job_id uuid NOT NULL,
    producers uuid[] NOT NULL,
    PRIMARY KEY (job_id, producers)
);

INSERT INTO compatible_migrations (version, compatible_from) VALUES (24, 20);
