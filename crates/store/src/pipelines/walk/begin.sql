-- See begin.rs. How many entries the indexes have of what is asked, $6 at the most of each; the hashes of the texts.
-- A range of pairs and the order of the index, as in read.rs: it leaves the planner nothing else.
WITH texts AS MATERIALIZED (
    SELECT windlass_text_hash(asked.name, asked.value) AS hash, asked.place
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (name, value, place)
)
SELECT
    EXISTS (SELECT FROM texts_backfill) AS "backfilling!",
    ARRAY(SELECT hash FROM texts ORDER BY place) AS "hashes!",
    ARRAY(
        SELECT (
            SELECT count(*) FROM (
                SELECT FROM pipeline_texts t
                WHERE (t.hash, t.pipeline_id) <= (texts.hash, 'ffffffff-ffff-ffff-ffff-ffffffffffff') AND t.hash >= texts.hash
                ORDER BY t.hash DESC, t.pipeline_id DESC LIMIT $6
            ) few
        )
        FROM texts ORDER BY place
    ) AS "by_text!",
    (
        SELECT count(*) FROM (
            SELECT FROM pipelines
            WHERE (correlation_id, id) <= ($3::text, 'ffffffff-ffff-ffff-ffff-ffffffffffff') AND correlation_id >= $3
            ORDER BY correlation_id DESC, id DESC LIMIT $6
        ) few
    ) AS "by_correlation!",
    (
        SELECT count(*) FROM (
            SELECT FROM pipelines
            WHERE (name, id) <= ($4::text, 'ffffffff-ffff-ffff-ffff-ffffffffffff') AND name >= $4
            ORDER BY name DESC, id DESC LIMIT $6
        ) few
    ) AS "by_name!",
    (
        SELECT coalesce(sum(of_state.few), 0)::bigint
        FROM unnest($5::text[]) AS asked (state)
        CROSS JOIN LATERAL (
            SELECT count(*) AS few FROM (
                SELECT FROM pipelines
                WHERE (state, id) <= (asked.state, 'ffffffff-ffff-ffff-ffff-ffffffffffff') AND state >= asked.state
                ORDER BY state DESC, id DESC LIMIT $6
            ) few
        ) of_state
    ) AS "by_state!",
    (
        SELECT count(*) FROM (
            SELECT FROM pipeline_templates
            WHERE (template, pipeline_id) <= ($7::text, 'ffffffff-ffff-ffff-ffff-ffffffffffff') AND template >= $7
            ORDER BY template DESC, pipeline_id DESC LIMIT $6
        ) few
    ) AS "by_template!",
    (
        SELECT count(*) FROM (
            SELECT FROM pipelines
            WHERE schedule IS NOT NULL AND (schedule, id) <= ($8::text, 'ffffffff-ffff-ffff-ffff-ffffffffffff') AND schedule >= $8
            ORDER BY schedule DESC, id DESC LIMIT $6
        ) few
    ) AS "by_schedule!"
