-- See gathered.rs. $1 the shard and by type $2 to $6 its deltas; then by event.
WITH counted AS (
    INSERT INTO queue_counts AS c (type, shard, queued, scheduled, running, epoch)
    SELECT type, $1, queued, scheduled, running, epoch
    FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
        AS d (type, queued, scheduled, running, epoch)
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
