-- Variant window_by_text: by_text
-- Variant window_by_correlation: by_correlation
-- Variant window_by_name: by_name
-- Variant window_by_state: by_state
-- Variant window_by_template: by_template
-- Variant window_by_schedule: by_schedule
-- Variant window_by_id: by_id
-- See window.rs. The next $11 pipelines of an index below the id $1, and those of them that fit, $12 at the most.
WITH walked AS MATERIALIZED (
-- [by_text
    SELECT pipeline_id AS id FROM pipeline_texts
    WHERE (hash, pipeline_id) < ($15::bigint, $1::uuid) AND hash >= $15
    ORDER BY hash DESC, pipeline_id DESC LIMIT $11
-- by_text]
-- [by_correlation
    SELECT id FROM pipelines WHERE (correlation_id, id) < ($5::text, $1::uuid) AND correlation_id >= $5
    ORDER BY correlation_id DESC, id DESC LIMIT $11
-- by_correlation]
-- [by_name
    SELECT id FROM pipelines WHERE (name, id) < ($3::text, $1::uuid) AND name >= $3
    ORDER BY name DESC, id DESC LIMIT $11
-- by_name]
-- [by_state
    SELECT found.id
    FROM unnest($2::text[]) AS asked (state)
    CROSS JOIN LATERAL (
        SELECT id FROM pipelines WHERE (state, id) < (asked.state, $1::uuid) AND state >= asked.state
        ORDER BY state DESC, id DESC LIMIT $11
    ) found
    ORDER BY found.id DESC LIMIT $11
-- by_state]
-- [by_template
    SELECT pipeline_id AS id FROM pipeline_templates
    WHERE (template, pipeline_id) < ($13::text, $1::uuid) AND template >= $13
    ORDER BY template DESC, pipeline_id DESC LIMIT $11
-- by_template]
-- [by_schedule
    SELECT id FROM pipelines
    WHERE schedule IS NOT NULL AND (schedule, id) < ($14::text, $1::uuid) AND schedule >= $14
    ORDER BY schedule DESC, id DESC LIMIT $11
-- by_schedule]
-- [by_id
    SELECT id FROM pipelines WHERE id < $1::uuid ORDER BY id DESC LIMIT $11
-- by_id]
)
SELECT
    ARRAY(
        SELECT p.id
        FROM walked
        -- A fence: each pipeline is asked for by its id, whatever the planner thinks of the conditions below.
        CROSS JOIN LATERAL (SELECT * FROM pipelines WHERE id = walked.id OFFSET 0) p
        WHERE (
            SELECT count(*) FROM unnest($10::bigint[]) AS asked (hash)
            CROSS JOIN LATERAL (
                SELECT FROM pipeline_texts t WHERE t.hash = asked.hash AND t.pipeline_id = walked.id OFFSET 0
            ) met
        ) = cardinality($10)
        AND CASE WHEN
            -- include fits
        THEN
            -- include has_texts
            AND ($13::text IS NULL OR EXISTS (SELECT FROM pipeline_templates t WHERE t.pipeline_id = p.id AND t.template = $13))
            AND ($14::text IS NULL OR p.schedule = $14)
        ELSE false END
        ORDER BY p.id DESC LIMIT $12
    ) AS "ids!",
    (SELECT count(*) FROM walked) AS "walked!",
    (SELECT id FROM walked ORDER BY id LIMIT 1) AS "last?"
