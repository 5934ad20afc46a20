-- Made by `make sql` from read.template.sql: edit that.
-- See read.rs.
-- At most $2 templates behind the name $1, each in its newest version, as far as their texts take $3 bytes.
WITH page AS MATERIALIZED (
    SELECT t.name, t.version, row_number() OVER (ORDER BY t.name) AS place
    FROM (SELECT name, version FROM templates WHERE deleted_at IS NULL AND name > $1 ORDER BY name LIMIT $2) t
), cut AS MATERIALIZED (
    SELECT name, version, place, fetched
    FROM (
        SELECT page.*, count(*) OVER () AS fetched,
               coalesce(sum(octet_length(v.parameters) + octet_length(v.pipeline)) OVER (
                   ORDER BY page.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
               ), 0) AS bytes_before
        FROM page JOIN template_versions v ON v.name = page.name AND v.version = page.version
    ) sized
    WHERE bytes_before < $3
)
SELECT v.name, v.version, v.description, v.parameters, v.pipeline, v.created_at,
       CASE WHEN v.created_by = 0 THEN 'bootstrap' ELSE maker.name END AS "created_by?",
       cut.fetched AS "fetched!"
FROM cut JOIN template_versions v ON v.name = cut.name AND v.version = cut.version
LEFT JOIN LATERAL (SELECT name FROM keys WHERE number = v.created_by OFFSET 0) maker ON true
ORDER BY cut.place
