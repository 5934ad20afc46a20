-- Made by `make sql` from read.template.sql: edit that.
-- See read.rs.
-- At most $3 versions of the template $1 below the number $2, the newest first, as far as their texts take $4 bytes.
WITH page AS MATERIALIZED (
    SELECT v.name, v.version, row_number() OVER (ORDER BY v.version DESC) AS place
    FROM (SELECT name, version FROM template_versions WHERE name = $1 AND version < $2 ORDER BY version DESC LIMIT $3) v
), cut AS MATERIALIZED (
    SELECT name, version, place, fetched
    FROM (
        SELECT page.*, count(*) OVER () AS fetched,
               coalesce(sum(octet_length(v.parameters) + octet_length(v.pipeline)) OVER (
                   ORDER BY page.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
               ), 0) AS bytes_before
        FROM page JOIN template_versions v ON v.name = page.name AND v.version = page.version
    ) sized
    WHERE bytes_before < $4
)
SELECT v.name, v.version, v.description, v.parameters, v.pipeline, v.created_at,
       CASE WHEN v.created_by = 0 THEN 'bootstrap' ELSE maker.name END AS "created_by?",
       cut.fetched AS "fetched!"
FROM cut JOIN template_versions v ON v.name = cut.name AND v.version = cut.version
LEFT JOIN LATERAL (SELECT name FROM keys WHERE number = v.created_by OFFSET 0) maker ON true
ORDER BY cut.place
