-- Made by `make sql` from read.template.sql: edit that.
-- See read.rs.
-- The version $2 of the template $1, the newest if that is null.
SELECT v.name, v.version, v.description, v.parameters, v.pipeline, v.created_at,
       CASE WHEN v.created_by = 0 THEN 'bootstrap' ELSE maker.name END AS "created_by?",
       1::bigint AS "fetched!"
FROM templates t JOIN template_versions v ON v.name = t.name AND v.version = coalesce($2, t.version)
LEFT JOIN LATERAL (SELECT name FROM keys WHERE number = v.created_by OFFSET 0) maker ON true
WHERE t.name = $1 AND t.deleted_at IS NULL
