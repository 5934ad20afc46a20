-- Variant fits: one
-- See act.rs. Whether the pipeline $1 fits.
SELECT EXISTS (
    SELECT FROM pipelines p
    WHERE p.id = $1 AND CASE WHEN
        -- include fits
    THEN
        -- include has_texts
        AND ($10::text IS NULL OR EXISTS (SELECT FROM pipeline_templates t WHERE t.pipeline_id = p.id AND t.template = $10))
        AND ($11::text IS NULL OR p.schedule = $11)
    ELSE false END
) AS "fits!"
