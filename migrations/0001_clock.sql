-- The one clock of Windlass. Every statement asks it and nothing else, so that two servers never
-- disagree. STABLE, because a volatile function is never an index condition; the statement's time and not the
-- transaction's, because a transaction may have waited for its locks. Tests replace this function to move time.
CREATE FUNCTION windlass_now() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT statement_timestamp()';
