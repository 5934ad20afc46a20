-- Variant window_by_text: by_text
-- Variant window_by_correlation: by_correlation
-- Variant window_by_name: by_name
-- Variant window_by_state: by_state
-- Variant window_by_id: by_id
-- See window.rs. The next $11 pipelines of an index below the id $1, and those of them that fit, $12 at the most.
WITH walked AS MATERIALIZED (
-- [by_text
    SELECT pipeline_id AS id FROM pipeline_texts
    WHERE (hash, pipeline_id) < ($13::bigint, $1::uuid) AND hash >= $13
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
        ELSE false END
        ORDER BY p.id DESC LIMIT $12
    ) AS "ids!",
    (SELECT count(*) FROM walked) AS "walked!",
    (SELECT id FROM walked ORDER BY id LIMIT 1) AS "last?"
