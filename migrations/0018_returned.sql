-- Jobs with nothing left to give leave dead entries at the head of the index of dispatchable jobs; while somebody holds an old snapshot, they stay,
-- and each dequeue passes them all. So a server remembers up to where it has found none (fronts.rs). That holds for jobs that open, since
-- they draw ever higher places; one that can be dequeued again at its old place is marked, and looked for on its own.

-- It became dispatchable once more, or at another priority, since it opened. Set by the trigger.
ALTER TABLE jobs ADD COLUMN returned boolean NOT NULL DEFAULT false;

CREATE FUNCTION windlass_mark_returned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.returned := true;
    RETURN NEW;
END
$$;

-- A trigger, so that no statement can forget it. The last line is `dispatchable`, which a trigger cannot see before it is generated.
CREATE TRIGGER jobs_returned BEFORE UPDATE ON jobs FOR EACH ROW
WHEN (
    NOT OLD.returned AND OLD.opened_position IS NOT NULL AND (NOT OLD.dispatchable OR NEW.priority <> OLD.priority)
    AND NEW.state IN ('queued', 'running') AND NOT NEW.paused AND NOT NEW.pipeline_paused AND NEW.due AND NEW.queued > 0
)
EXECUTE FUNCTION windlass_mark_returned();

-- Dequeue: what returned behind a front.
CREATE INDEX jobs_returned ON jobs (type, priority, opened_position) WHERE dispatchable AND returned;
