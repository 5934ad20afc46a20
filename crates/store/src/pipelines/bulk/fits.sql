-- Made by `make sql` from fits.template.sql: edit that.
-- See act.rs. Whether the pipeline $1 fits.
SELECT EXISTS (
    SELECT FROM pipelines p
    WHERE p.id = $1 AND CASE WHEN
        p.deleted_at IS NULL AND ($2::text[] IS NULL OR p.state = ANY($2)) AND ($3::text IS NULL OR p.name = $3)
        AND ($4::smallint IS NULL OR p.priority = $4) AND ($5::text IS NULL OR p.correlation_id = $5)
        AND ($6::timestamptz IS NULL OR p.created_at >= $6) AND ($7::timestamptz IS NULL OR p.created_at < $7)
    THEN
        (cardinality($8::text[]) = 0 OR coalesce(
            (SELECT windlass_has_texts(m.metadata, $8, $9::text[]) FROM pipeline_metadata m WHERE m.pipeline_id = p.id), false
        ))
        AND ($10::text IS NULL OR EXISTS (SELECT FROM pipeline_templates t WHERE t.pipeline_id = p.id AND t.template = $10))
        AND ($11::text IS NULL OR p.schedule = $11)
    ELSE false END
) AS "fits!"
