-- One row for each attempt that ended, append-only. verb is the report that ended it, if one did: a repeat of that
-- report is known by token and verb. Error and result stand in task_outcomes.
CREATE TABLE attempts (
    task_id uuid NOT NULL,
    token uuid NOT NULL,
    number integer NOT NULL,
    verb text CHECK (verb IN ('complete', 'fail', 'release')),
    outcome text NOT NULL CHECK (outcome IN ('succeeded', 'failed', 'released', 'cancelled', 'late')),
    worker_id text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    metrics text,
    -- The body of a late report.
    detail text
) PARTITION BY RANGE (ended_at);

-- A task's history, and repeats of its reports.
CREATE INDEX attempts_task ON attempts (task_id, ended_at);
