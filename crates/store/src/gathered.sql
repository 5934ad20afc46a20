-- See gathered.rs. $1 the shard and by type $2 to $6 its deltas; then by event. Newest first and by place, as ARCHITECTURE.md says.
WITH counts AS MATERIALIZED (
    SELECT d.*, held.place
    FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
        AS d (type, queued, scheduled, running, epoch)
    LEFT JOIN LATERAL (
        SELECT ctid AS place FROM queue_counts WHERE (type, shard) >= (d.type, $1) AND (type, shard) <= (d.type, $1)
        ORDER BY type DESC, shard DESC LIMIT 1
    ) held ON true
),
counted AS (
    UPDATE queue_counts c SET
        queued = c.queued + d.queued, scheduled = c.scheduled + d.scheduled, running = c.running + d.running,
        epoch = c.epoch + d.epoch
    FROM counts d WHERE c.ctid = d.place
    RETURNING c.type
),
counted_since AS (
    INSERT INTO queue_counts AS c (type, shard, queued, scheduled, running, epoch)
    SELECT type, $1, queued, scheduled, running, epoch FROM counts WHERE type <> ALL(ARRAY(SELECT type FROM counted))
    ON CONFLICT (type, shard) DO UPDATE SET
        queued = c.queued + excluded.queued,
        scheduled = c.scheduled + excluded.scheduled,
        running = c.running + excluded.running,
        epoch = c.epoch + excluded.epoch
)
INSERT INTO events (
    entity, pipeline_id, job_id, task_id, from_state, to_state, flag, reason, attempt, worker_id, actor, correlation_id
)
SELECT * FROM unnest(
    $7::text[], $8::uuid[], $9::uuid[], $10::uuid[], $11::text[], $12::text[], $13::text[], $14::text[], $15::integer[],
    $16::text[], $17::text[], $18::text[]
)
