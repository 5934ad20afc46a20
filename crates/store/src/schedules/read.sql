-- Made by `make sql` from read.template.sql: edit that.
-- See read.rs.
-- The schedule $1, with its run recorded last.
SELECT s.name AS "name!", s.id AS "id!", s.description AS "description?", s.cron AS "cron?", s.every_seconds AS "every_seconds?",
       s.timezone AS "timezone!", s.template AS "template!", s.template_version AS "template_version?", s.parameters AS "parameters!",
       s.priority AS "priority?", s.metadata AS "metadata?", s.overlap AS "overlap!", s.missed AS "missed!",
       s.jitter_seconds AS "jitter_seconds!", s.starts_at AS "starts_at?", s.ends_at AS "ends_at?", s.paused AS "paused!",
       s.reason AS "reason?", s.created_at AS "created_at!", s.updated_at AS "updated_at!", s.counted_from AS "counted_from!",
       s.next_run_at AS "next_run_at?",
       r.number AS "run_number?", r.scheduled_at AS "run_scheduled_at?", r.started_at AS "run_started_at?", r.outcome AS "run_outcome?",
       r.pipeline_id AS "run_pipeline_id?", r.detail AS "run_detail?",
       1::bigint AS "fetched!"
FROM schedules s
LEFT JOIN LATERAL (
    SELECT number, scheduled_at, started_at, outcome, pipeline_id, detail FROM schedule_runs
    WHERE schedule_id >= s.id AND schedule_id <= s.id
    ORDER BY schedule_id DESC, number DESC LIMIT 1
) r ON true
WHERE s.name = $1
