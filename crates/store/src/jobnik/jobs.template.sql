-- Variant jobs: all
-- Variant jobs_of_name: of_name
-- See jobs.rs. At most $5 jobs, the oldest first, as far as their texts take $6 bytes, and one more. $1 to $4 may be null:
-- the name, the priority, the first time of creation, and the first one behind the last.
SELECT id AS "id!", name AS "name!", state AS "state!", paused AS "paused!", priority AS "priority!", percentage AS "percentage!",
       traceparent, tracestate, payload, metadata, created_at AS "created_at!", updated_at AS "updated_at!"
FROM (
    SELECT p.id, p.name, p.state, p.paused, p.priority, coalesce(p.percentage, 0) AS percentage, p.traceparent, p.tracestate,
           m.payload, m.metadata, p.created_at, greatest(p.created_at, p.started_at, p.ended_at, p.updated_at) AS updated_at,
           coalesce(sum(coalesce(octet_length(m.payload), 0) + coalesce(octet_length(m.metadata), 0)) OVER (
-- [all
               ORDER BY p.created_at, p.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
-- all]
-- [of_name
               -- The index' order, though they have one name: so nothing is sorted.
               ORDER BY p.name, p.created_at, p.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
-- of_name]
           ), 0) AS bytes_before
    FROM (
        SELECT *
        FROM (
            SELECT * FROM pipelines
-- [all
            WHERE created_at >= coalesce($3::timestamptz, '-infinity') AND created_at < coalesce($4::timestamptz, 'infinity')
              AND surface = 'jobnik'
            ORDER BY created_at, id
-- all]
-- [of_name
            WHERE (surface, name, created_at) >= ('jobnik', $1::text, coalesce($3::timestamptz, '-infinity'))
              AND (surface, name, created_at) < ('jobnik', $1, coalesce($4::timestamptz, 'infinity')) AND surface = 'jobnik'
            ORDER BY surface, name, created_at, id
-- of_name]
            -- A fence: see stages.template.sql.
            OFFSET 0
        ) walked
        WHERE deleted_at IS NULL AND ($2::smallint IS NULL OR priority = $2)
-- [all
          AND $1::text IS NULL
-- all]
        -- They come so: said again, so that what is above does not sort them.
-- [all
        ORDER BY created_at, id LIMIT $5
-- all]
-- [of_name
        ORDER BY name, created_at, id LIMIT $5
-- of_name]
    ) p
    -- By its key, however many are expected.
    LEFT JOIN LATERAL (SELECT payload, metadata FROM pipeline_metadata WHERE pipeline_id = p.id OFFSET 0) m ON true
) page
-- One more than fits shows that there are more.
WHERE bytes_before <= $6
-- [all
ORDER BY created_at, id
-- all]
-- [of_name
ORDER BY name, created_at, id
-- of_name]
