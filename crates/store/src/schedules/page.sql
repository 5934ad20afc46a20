-- Made by `make sql` from read.template.sql: edit that.
-- See read.rs.
-- At most $3 schedules behind the name $1, by name, of the template $2 if it is not null, as far as their texts take $4 bytes.
WITH page AS MATERIALIZED (
    SELECT name, parameters, metadata
    FROM (
        SELECT name, parameters, metadata, template FROM schedules
        WHERE name > $1
        ORDER BY name
        -- A fence: the condition below would have others sorted.
        OFFSET 0
    ) walked
    WHERE $2::text IS NULL OR template = $2
    LIMIT $3
), cut AS MATERIALIZED (
    SELECT name, fetched
    FROM (
        SELECT name, count(*) OVER () AS fetched, coalesce(sum(octet_length(parameters) + octet_length(coalesce(metadata, ''))) OVER (
            ORDER BY name ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0) AS bytes_before
        FROM page
    ) sized
    WHERE bytes_before < $4
)
SELECT s.name AS "name!", s.id AS "id!", s.description AS "description?", s.cron AS "cron?", s.every_seconds AS "every_seconds?",
       s.timezone AS "timezone!", s.template AS "template!", s.template_version AS "template_version?", s.parameters AS "parameters!",
       s.priority AS "priority?", s.metadata AS "metadata?", s.overlap AS "overlap!", s.missed AS "missed!",
       s.jitter_seconds AS "jitter_seconds!", s.starts_at AS "starts_at?", s.ends_at AS "ends_at?", s.paused AS "paused!",
       s.reason AS "reason?", s.created_at AS "created_at!", s.updated_at AS "updated_at!", s.counted_from AS "counted_from!",
       s.next_run_at AS "next_run_at?",
       r.number AS "run_number?", r.scheduled_at AS "run_scheduled_at?", r.started_at AS "run_started_at?", r.outcome AS "run_outcome?",
       r.pipeline_id AS "run_pipeline_id?", r.detail AS "run_detail?",
       cut.fetched AS "fetched!"
FROM cut
JOIN LATERAL (SELECT * FROM schedules WHERE name = cut.name OFFSET 0) s ON true
LEFT JOIN LATERAL (
    SELECT number, scheduled_at, started_at, outcome, pipeline_id, detail FROM schedule_runs
    WHERE schedule_id >= s.id AND schedule_id <= s.id
    ORDER BY schedule_id DESC, number DESC LIMIT 1
) r ON true
ORDER BY cut.name
