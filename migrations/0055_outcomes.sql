-- What became of each item that a task handled, append-only. Rows outlive their pipeline, so each has what the lists show of its job and lease.
-- Partitioned by week (UTC): they are kept for a year and more, and a list looks into every partition.
CREATE SEQUENCE outcome_numbers;

CREATE TABLE outcomes (
    -- The order of outcomes, and what their ids are made of. Drawn before the rows are written, in the order of the call.
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    pipeline_id uuid NOT NULL,
    job_id uuid NOT NULL,
    task_id uuid NOT NULL,
    attempt integer NOT NULL,
    type text NOT NULL,
    worker_id text NOT NULL,
    subject text NOT NULL,
    kind text NOT NULL,
    disposition text NOT NULL,
    reason text,
    version text,
    -- JSON as it was sent.
    detail text,
    -- Subject and kind as one value, alone and within the pipeline. Who finds a row by it compares the texts as well.
    item bigint NOT NULL GENERATED ALWAYS AS (hashtextextended(subject, hashtextextended(kind, 0))) STORED,
    item_in_pipeline bigint NOT NULL GENERATED ALWAYS AS (
        hashtextextended(subject, hashtextextended(kind, uuid_hash_extended(pipeline_id, 0)))
    ) STORED
) PARTITION BY RANGE (at);

-- Lists of a subject, the newest first, and its removal.
CREATE INDEX outcomes_subject ON outcomes (subject, number);
-- Lists of a pipeline, the newest first.
CREATE INDEX outcomes_pipeline ON outcomes (pipeline_id, number);
-- Lists of a job, the newest first.
CREATE INDEX outcomes_job ON outcomes (job_id, number);
-- Lists of a task, the newest first; and the removal of those of a report that was refused.
CREATE INDEX outcomes_task ON outcomes (task_id, number);
-- Whether an outcome is the newest of its subject and kind.
CREATE INDEX outcomes_item ON outcomes (item, number);
-- The same within a pipeline, or a job or task of it.
CREATE INDEX outcomes_item_in_pipeline ON outcomes (item_in_pipeline, number);

CREATE TABLE outcomes_default PARTITION OF outcomes DEFAULT;

-- Of each job, how many outcomes of each disposition were recorded, whatever has been removed since: an object of words and numbers. No row: none.
CREATE TABLE outcome_counts (
    job_id uuid PRIMARY KEY,
    counts jsonb NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- Counts with more added: words in the order of their coming, each once. The first 64 words have counts of their own, further ones share one.
CREATE FUNCTION windlass_add_outcomes(counted jsonb, words text[], added bigint[]) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    WITH more AS (
        SELECT word, number, counted ? word AS known, count(*) FILTER (WHERE NOT counted ? word) OVER (ORDER BY place) AS rank
        FROM unnest(words, added) WITH ORDINALITY AS added (word, number, place)
    ), room AS (
        SELECT 64 - count(*) AS words FROM jsonb_object_keys(counted) AS known (word) WHERE word <> '~other'
    ), sums AS (
        SELECT word, sum(number) AS number
        FROM (
            SELECT key AS word, value::bigint AS number FROM jsonb_each_text(counted)
            UNION ALL
            SELECT CASE WHEN known OR rank <= room.words THEN word ELSE '~other' END, number FROM more CROSS JOIN room
        ) parts
        GROUP BY word
    )
    SELECT coalesce(jsonb_object_agg(word, number), '{}') FROM sums
$$;

-- Makes the partitions of so many weeks ahead, where they are missing; each has the day of its Monday in its name.
CREATE FUNCTION windlass_create_outcome_partitions(weeks integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    monday date;
    made integer := 0;
BEGIN
    -- Two servers may come here at once; CREATE TABLE IF NOT EXISTS alone can still collide.
    PERFORM pg_advisory_xact_lock(hashtext('windlass_create_outcome_partitions'));
    FOR ahead IN -1 .. weeks LOOP
        monday := date_trunc('week', windlass_now() AT TIME ZONE 'UTC')::date + 7 * ahead;
        CONTINUE WHEN to_regclass('outcomes_' || to_char(monday, 'YYYYMMDD')) IS NOT NULL;
        BEGIN
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF outcomes FOR VALUES FROM (%L) TO (%L)',
                'outcomes_' || to_char(monday, 'YYYYMMDD'), monday::text || ' 00:00:00+00', (monday + 7)::text || ' 00:00:00+00'
            );
            made := made + 1;
        EXCEPTION WHEN check_violation THEN
            -- The default partition has rows of that week already: that week stays there, the next ones need not.
            NULL;
        END;
    END LOOP;
    RETURN made;
END
$$;

SELECT windlass_create_outcome_partitions(2);

-- Drops the partitions of weeks that ended longer ago than so many seconds.
CREATE FUNCTION windlass_drop_outcome_partitions(retention double precision) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    oldest timestamptz := windlass_now() - retention * interval '1 second';
    partition text;
    dropped integer := 0;
BEGIN
    FOR partition IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'outcomes'::regclass AND c.relname ~ '_\d{8}$'
          AND to_date(right(c.relname, 8), 'YYYYMMDD') + 7 <= (oldest AT TIME ZONE 'UTC')::date
    LOOP
        EXECUTE format('DROP TABLE %I', partition);
        dropped := dropped + 1;
    END LOOP;
    DELETE FROM outcomes_default WHERE at < oldest;
    RETURN dropped;
END
$$;

-- As in 0023: whoever only serves makes and drops partitions by these, which run as their owner.
DO $$
DECLARE
    signature text;
BEGIN
    FOREACH signature IN ARRAY ARRAY[
        'windlass_create_outcome_partitions(integer)', 'windlass_drop_outcome_partitions(double precision)'
    ] LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = %I, pg_temp', signature, current_schema());
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', signature);
    END LOOP;
END
$$;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (55, 20);
