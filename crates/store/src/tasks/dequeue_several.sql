-- Made by `make sql` from dequeue.template.sql: edit that.
-- See dequeue.rs. $1 types, $2 tasks at the most, then by slot $3 tokens, $4 workers, $5 lengths (null: the job's); $6 bytes
-- at which the answer ends, $7 the shard of the counters, $8 limited types and $9 the free capacity of each, $10 whether limits were
-- looked for: if not, a limit among the types means that nothing is leased; $11 whether stale tasks of their job keep their position in line; by slot
-- $12 the idempotency keys and $13 the hashes of their bodies, $14 the actors of the events,
-- $15 the numbers of the callers' keys (nowhere where none has one).
-- Each request asks for one type: $8 has all of them and $9 how many tasks of each are wanted, whose slots come behind those of $16.
WITH
-- The first job that has stale tasks: none behind it is served before they have been brought back. (Hardly ever is there one.)
barrier AS MATERIALIZED (
    SELECT coalesce(first.line, 9223372036854775807) AS line
    FROM (SELECT) one
    LEFT JOIN LATERAL (
        SELECT (j.priority::bigint << 48) + j.opened_position AS line
        FROM queues q
        LEFT JOIN unnest($8::text[], $9::bigint[]) AS capacity (type, free) ON capacity.type = q.type
        CROSS JOIN LATERAL (
            SELECT priority, opened_position FROM jobs
            WHERE type = q.type AND left_over > 0
              AND state IN ('queued', 'running') AND NOT paused AND NOT pipeline_paused AND due
            ORDER BY priority, opened_position LIMIT 1
        ) j
        WHERE $11 AND q.type = ANY($1) AND NOT q.paused AND coalesce(capacity.free, 1) > 0
          -- One look where there is none at all. In the index's order, or the planner may read the table.
          AND (SELECT true FROM jobs WHERE left_over > 0 ORDER BY type, priority, opened_position LIMIT 1)
        ORDER BY line LIMIT 1
    ) first ON true
),
candidates AS MATERIALIZED (
    SELECT c.job_id, count(*) AS picks, min(c.added) AS added
    FROM (
        SELECT walked.job_id, walked.added
        FROM barrier
        CROSS JOIN queues q
        LEFT JOIN unnest($8::text[], $9::bigint[]) AS capacity (type, free) ON capacity.type = q.type
        CROSS JOIN LATERAL (
            SELECT j.id AS job_id, (j.priority::bigint << 48) + j.opened_position AS line, j.added, t.position
            FROM jobs j
            CROSS JOIN LATERAL (
                SELECT t.position
                FROM tasks t WHERE t.job_id = j.id AND t.state = 'queued' AND t.position > j.head ORDER BY t.position
                LIMIT $2
            ) t
            WHERE j.type = q.type AND j.dispatchable AND (j.priority::bigint << 48) + j.opened_position <= barrier.line
            ORDER BY line
            LIMIT least($2, coalesce(capacity.free, $2))
        ) walked
        WHERE q.type = ANY($1) AND NOT q.paused
          -- A limit that came after the queue rows were locked holds for the next dequeue.
          AND (q.max_running IS NULL OR capacity.free IS NOT NULL)
          AND ($10 OR NOT EXISTS (SELECT FROM queues WHERE type = ANY($1) AND max_running IS NOT NULL))
        ORDER BY walked.line, walked.position
        LIMIT $2
    ) c
    GROUP BY c.job_id
),
-- By a reverse version scan (ARCHITECTURE.md).
locked AS MATERIALIZED (
    SELECT j.id, j.pipeline_id, j.key, j.type, j.state, j.priority, j.opened_position, j.head, j.queued, j.run, j.all_again_run, j.surface IS NOT NULL AS times,
           greatest(j.opened_at, j.run_at) AS open_since, j.added = c.added AS unchanged, c.picks, j.address
    FROM (SELECT * FROM candidates ORDER BY job_id) c
    CROSS JOIN LATERAL (
        SELECT *, ctid AS address FROM jobs WHERE id >= c.job_id AND id <= c.job_id ORDER BY id DESC LIMIT 1
        FOR NO KEY UPDATE
        -- Who holds a job of one type holds up no other type.
        SKIP LOCKED
    ) j
    WHERE j.dispatchable
),
taken AS MATERIALIZED (
    SELECT t.id, t.position, t.attempt + 1 AS attempt, t.max_attempts, l.id AS job_id, l.pipeline_id, l.key, l.type,
           l.state AS job_state, l.head, l.queued, l.unchanged, l.address, l.run, l.times,
           greatest(t.created_at, t.run_at, l.open_since) AS waiting_since, t.started_at,
           s.lease_seconds, s.timeout_seconds, s.payload AS job_payload,
           CASE WHEN t.payload_from_job THEN s.payload ELSE b.payload END AS payload, b.metadata, k.checkpoint,
           own.before + row_number() OVER (PARTITION BY l.type ORDER BY l.priority, l.opened_position, t.position) AS slot,
           sum(
               coalesce(octet_length(s.payload), 0) + coalesce(octet_length(b.metadata), 0)
               + coalesce(octet_length(CASE WHEN t.payload_from_job THEN s.payload ELSE b.payload END), 0)
               + coalesce(octet_length(k.checkpoint), 0)
           ) OVER (line ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
    FROM locked l
    CROSS JOIN LATERAL (
        SELECT t.id, t.position, t.attempt, t.max_attempts, t.payload_from_job, t.created_at, t.run_at, t.started_at, t.run
        FROM tasks t
        WHERE t.job_id = l.id AND t.state = 'queued' AND t.position > l.head
        ORDER BY t.position LIMIT l.picks
        FOR NO KEY UPDATE SKIP LOCKED
    ) t
    JOIN job_specs s ON s.job_id = l.id
    LEFT JOIN task_payloads b ON b.task_id = t.id
    -- Only one that has been leased before can have a checkpoint: of all others none is looked for.
    CROSS JOIN LATERAL (
        SELECT CASE WHEN t.attempt > 0 OR t.started_at IS NOT NULL OR t.run > 1 THEN windlass_checkpoint(t.id, l.all_again_run) END AS checkpoint
    ) k
    JOIN unnest($8::text[], $16::bigint[]) AS own (type, before) ON own.type = l.type
    WINDOW line AS (ORDER BY l.priority, l.opened_position, t.position)
),
granted AS MATERIALIZED (
    SELECT taken.*, ($3::uuid[])[slot] AS token, ($4::text[])[slot] AS worker_id, ($14::text[])[slot] AS actor, ($15::integer[])[slot] AS caller,
           coalesce(($5::float8[])[slot], lease_seconds) AS length, windlass_now() AS now
    FROM taken WHERE coalesce(bytes_before, 0) < $6
),
started AS (
    UPDATE tasks t SET state = 'running', attempt = g.attempt, started_at = coalesce(t.started_at, g.now),
        leased_at = CASE WHEN g.times THEN g.now END, updated_at = CASE WHEN g.times THEN g.now END
    FROM granted g WHERE t.id = g.id
),
leased AS (
    INSERT INTO leases (
        task_id, token, job_id, attempt, started_at, expires_at, deadline_at, due_at, lease_seconds, type, worker_id
    )
    SELECT id, token, job_id, attempt, now, now + length * interval '1 second',
           now + timeout_seconds * interval '1 second',
           least(now + length * interval '1 second', now + timeout_seconds * interval '1 second'),
           length, type, worker_id
    FROM granted
),
-- Of two requests with one key at once, the later one fails here as a whole.
keys AS (
    INSERT INTO dequeue_keys (key, body_hash, task_ids, tokens, created_at)
    SELECT key, body_hash, array_agg(id ORDER BY slot), array_agg(token ORDER BY slot), windlass_now()
    FROM (SELECT ($12::text[])[slot] AS key, ($13::bytea[])[slot] AS body_hash, id, token, slot FROM granted) named
    WHERE key IS NOT NULL
    GROUP BY key, body_hash
),
moved AS (
    UPDATE jobs j SET
        state = 'running', started_at = coalesce(j.started_at, m.now), queued = j.queued - m.taken, running = j.running + m.taken,
        head = coalesce(m.head, j.head),
        -- A server of before counts none.
        retried = j.retried - least(j.retried, m.retried),
        sealed = j.sealed OR j.seals_on_lease IS TRUE,
        sealed_by = CASE WHEN j.seals_on_lease AND NOT j.sealed THEN 'lease' ELSE j.sealed_by END
    FROM (
        SELECT job_id, taken, retried, now, address, CASE WHEN unchanged AND (taken = waiting OR taken = (
            SELECT count(*) FROM tasks t
            WHERE t.job_id = m.job_id AND t.state = 'queued' AND t.position > m.head AND t.position <= m.top
        )) THEN top END AS head
        FROM (
            SELECT job_id, count(*)::int AS taken, (count(*) FILTER (WHERE attempt > 1))::int AS retried, min(queued) AS waiting, max(position) AS top, min(head) AS head,
                   bool_and(unchanged) AS unchanged, min(address) AS address, min(now) AS now
            FROM granted GROUP BY job_id
        ) m
    ) m
    WHERE j.id = m.job_id
),
counted AS (
    INSERT INTO queue_counts AS c (type, shard, queued, running)
    SELECT type, $7::smallint, -count(*), count(*) FROM granted GROUP BY type ORDER BY type
    ON CONFLICT (type, shard) DO UPDATE SET
        queued = c.queued + excluded.queued, running = c.running + excluded.running
    RETURNING 1
),
begun AS (
    -- Each by its id: with an equality on the state the planner may walk all that are pending.
    UPDATE pipelines p SET state = 'running', started_at = coalesce(p.started_at, windlass_now())
    FROM (
        SELECT DISTINCT pipeline_id AS id FROM granted WHERE (SELECT count(*) FROM counted) >= 0 ORDER BY pipeline_id
    ) g
    WHERE p.id = g.id AND p.state IS NOT DISTINCT FROM 'pending'
    RETURNING p.id
),
audited AS (
    INSERT INTO events (entity, pipeline_id, job_id, task_id, from_state, to_state, attempt, worker_id, actor, caller)
    SELECT entity, pipeline_id, job_id, task_id, from_state, 'running', attempt, worker_id, actor, caller
    FROM (
        SELECT 0 AS level, 0::bigint AS slot, 'pipeline' AS entity, id AS pipeline_id, NULL::uuid AS job_id,
               NULL::uuid AS task_id, 'pending' AS from_state, NULL::int AS attempt, NULL AS worker_id,
               'server' AS actor, NULL::integer AS caller
        FROM begun
        UNION ALL
        SELECT DISTINCT ON (job_id) 1, 0, 'job', pipeline_id, job_id, NULL::uuid, job_state, NULL::int, NULL, 'server', NULL
        FROM granted WHERE job_state = 'queued'
        UNION ALL
        SELECT 2, slot, 'task', pipeline_id, job_id, id, 'queued', attempt, worker_id, actor, caller FROM granted
    ) e
    ORDER BY level, slot
)
SELECT g.id AS "id!", g.type AS "type_name!", g.job_id AS "job_id!", g.key AS "job_key!",
       g.pipeline_id AS "pipeline_id!", p.name AS "pipeline_name!", g.attempt AS "attempt!",
       g.max_attempts AS "max_attempts!", g.payload AS "payload?", g.job_payload AS "job_payload?",
       g.metadata AS "metadata?", g.token AS "lease_token!",
       (g.now + g.length * interval '1 second') AS "lease_expires_at!", g.timeout_seconds AS "timeout_seconds?",
       p.correlation_id AS "correlation_id!",
       p.traceparent AS "traceparent?", p.tracestate AS "tracestate?", NULL::timestamptz AS "created_at?",
       g.checkpoint AS "checkpoint?", g.run AS "job_run!", g.now AS "leased_at!",
       -- What came back without a delay has no time of its own from which it waits.
       CASE WHEN g.started_at IS NULL OR g.waiting_since > g.started_at THEN g.waiting_since END AS "waiting_since?"
FROM granted g JOIN pipelines p ON p.id = g.pipeline_id
ORDER BY g.slot
