-- See effects.rs. $1 the shard and by type $2 to $5 its deltas; then by event.
WITH counted AS (
    INSERT INTO queue_counts AS c (type, shard, queued, scheduled, running)
    SELECT type, $1, queued, scheduled, running
    FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[]) AS d (type, queued, scheduled, running)
    ON CONFLICT (type, shard) DO UPDATE SET
        queued = c.queued + excluded.queued,
        scheduled = c.scheduled + excluded.scheduled,
        running = c.running + excluded.running
)
INSERT INTO events (
    entity, pipeline_id, job_id, task_id, from_state, to_state, flag, reason, attempt, worker_id, actor, correlation_id,
    type, caller, key_id, template, schedule, caller_name
)
SELECT * FROM unnest(
    $6::text[], $7::uuid[], $8::uuid[], $9::uuid[], $10::text[], $11::text[], $12::text[], $13::text[], $14::integer[],
    $15::text[], $16::text[], $17::text[], $18::text[], $19::integer[], $20::uuid[], $21::text[], $22::text[], $23::integer[]
)
