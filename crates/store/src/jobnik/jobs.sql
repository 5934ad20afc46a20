-- Made by `make sql` from jobs.template.sql: edit that.
-- See jobs.rs. At most $5 jobs, the oldest first, as far as their texts take $6 bytes, and one more. $1 to $4 may be null:
-- the name, the priority, the first time of creation, and the first one behind the last.
SELECT id AS "id!", name AS "name!", state AS "state!", paused AS "paused!", priority AS "priority!", percentage AS "percentage!",
       traceparent, tracestate, payload, metadata, created_at AS "created_at!", updated_at AS "updated_at!"
FROM (
    SELECT p.id, p.name, p.state, p.paused, p.priority, coalesce(p.percentage, 0) AS percentage, p.traceparent, p.tracestate,
           m.payload, m.metadata, p.created_at, greatest(p.created_at, p.started_at, p.ended_at, p.updated_at) AS updated_at,
           coalesce(sum(coalesce(octet_length(m.payload), 0) + coalesce(octet_length(m.metadata), 0)) OVER (
               ORDER BY p.created_at, p.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ), 0) AS bytes_before
    FROM (
        SELECT *
        FROM (
            SELECT * FROM pipelines
            WHERE created_at >= coalesce($3::timestamptz, '-infinity') AND created_at < coalesce($4::timestamptz, 'infinity')
              AND surface = 'jobnik'
            ORDER BY created_at, id
            -- A fence: see stages.template.sql.
            OFFSET 0
        ) walked
        WHERE deleted_at IS NULL AND ($2::smallint IS NULL OR priority = $2)
          AND $1::text IS NULL
        -- They come so: said again, so that what is above does not sort them.
        ORDER BY created_at, id LIMIT $5
    ) p
    -- By its key, however many are expected.
    LEFT JOIN LATERAL (SELECT payload, metadata FROM pipeline_metadata WHERE pipeline_id = p.id OFFSET 0) m ON true
) page
-- One more than fits shows that there are more.
WHERE bytes_before <= $6
ORDER BY created_at, id
