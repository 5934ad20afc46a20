-- Variant read: one
-- Variant page: page many
-- Variant page_of_versions: versions many
-- See read.rs.
-- [one
-- The version $2 of the template $1, the newest if that is null.
-- one]
-- [page
-- At most $2 templates behind the name $1, each in its newest version, as far as their texts take $3 bytes.
WITH page AS MATERIALIZED (
    SELECT t.name, t.version, row_number() OVER (ORDER BY t.name) AS place
    FROM (SELECT name, version FROM templates WHERE deleted_at IS NULL AND name > $1 ORDER BY name LIMIT $2) t
-- page]
-- [versions
-- At most $3 versions of the template $1 below the number $2, the newest first, as far as their texts take $4 bytes.
WITH page AS MATERIALIZED (
    SELECT v.name, v.version, row_number() OVER (ORDER BY v.version DESC) AS place
    FROM (SELECT name, version FROM template_versions WHERE name = $1 AND version < $2 ORDER BY version DESC LIMIT $3) v
-- versions]
-- [many
), cut AS MATERIALIZED (
    SELECT name, version, place, fetched
    FROM (
        SELECT page.*, count(*) OVER () AS fetched,
               coalesce(sum(octet_length(v.parameters) + octet_length(v.pipeline)) OVER (
                   ORDER BY page.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
               ), 0) AS bytes_before
        FROM page JOIN template_versions v ON v.name = page.name AND v.version = page.version
    ) sized
-- many]
-- [page
    WHERE bytes_before < $3
-- page]
-- [versions
    WHERE bytes_before < $4
-- versions]
-- [many
)
-- many]
SELECT v.name, v.version, v.description, v.parameters, v.pipeline, v.created_at,
       CASE WHEN v.created_by = 0 THEN 'bootstrap' ELSE maker.name END AS "created_by?",
-- [one
       1::bigint AS "fetched!"
FROM templates t JOIN template_versions v ON v.name = t.name AND v.version = coalesce($2, t.version)
LEFT JOIN LATERAL (SELECT name FROM keys WHERE number = v.created_by OFFSET 0) maker ON true
WHERE t.name = $1 AND t.deleted_at IS NULL
-- one]
-- [many
       cut.fetched AS "fetched!"
FROM cut JOIN template_versions v ON v.name = cut.name AND v.version = cut.version
LEFT JOIN LATERAL (SELECT name FROM keys WHERE number = v.created_by OFFSET 0) maker ON true
ORDER BY cut.place
-- many]
