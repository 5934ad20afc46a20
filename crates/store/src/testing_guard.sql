-- A statement that makes a job dispatchable at the position that it drew before says so (0018_returned.sql).
CREATE FUNCTION windlass_guard_returned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a job became dispatchable at its old position and is not marked as returned';
END
$$;

-- The last line is `dispatchable`, which a trigger cannot see before it is generated.
CREATE TRIGGER guard_returned BEFORE UPDATE ON jobs FOR EACH ROW
WHEN (
    NOT NEW.returned AND OLD.opened_position = NEW.opened_position AND (NOT OLD.dispatchable OR NEW.priority <> OLD.priority)
    AND NEW.state IN ('queued', 'running') AND NOT NEW.paused AND NOT NEW.pipeline_paused AND NEW.due AND NEW.queued > 0
)
EXECUTE FUNCTION windlass_guard_returned();
