-- Variant fits: one
-- See act.rs. Whether the pipeline $1 fits.
SELECT EXISTS (
    SELECT FROM pipelines p
    WHERE p.id = $1 AND CASE WHEN
        -- include fits
    THEN
        -- include has_texts
    ELSE false END
) AS "fits!"
