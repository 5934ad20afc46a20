-- Made by `make sql` from window.template.sql: edit that.
-- See window.rs. The next $11 pipelines of an index below the id $1, and those of them that fit, $12 at the most.
WITH walked AS MATERIALIZED (
    SELECT pipeline_id AS id FROM pipeline_templates
    WHERE (template, pipeline_id) < ($13::text, $1::uuid) AND template >= $13
    ORDER BY template DESC, pipeline_id DESC LIMIT $11
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
            p.deleted_at IS NULL AND ($2::text[] IS NULL OR p.state = ANY($2)) AND ($3::text IS NULL OR p.name = $3)
            AND ($4::smallint IS NULL OR p.priority = $4) AND ($5::text IS NULL OR p.correlation_id = $5)
            AND ($6::timestamptz IS NULL OR p.created_at >= $6) AND ($7::timestamptz IS NULL OR p.created_at < $7)
        THEN
            (cardinality($8::text[]) = 0 OR coalesce(
                (SELECT windlass_has_texts(m.metadata, $8, $9::text[]) FROM pipeline_metadata m WHERE m.pipeline_id = p.id), false
            ))
            AND ($13::text IS NULL OR EXISTS (SELECT FROM pipeline_templates t WHERE t.pipeline_id = p.id AND t.template = $13))
            AND ($14::text IS NULL OR p.schedule = $14)
        ELSE false END
        ORDER BY p.id DESC LIMIT $12
    ) AS "ids!",
    (SELECT count(*) FROM walked) AS "walked!",
    (SELECT id FROM walked ORDER BY id LIMIT 1) AS "last?"
