-- The counters of the lean schema equal its rows, and each change has its event; every row is a violation.
SELECT format('job %s counts %s, %s, %s tasks and has %s, %s, %s', j.id, j.queued, j.running, j.succeeded, t.queued, t.running, t.succeeded)
FROM lean_jobs j
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'queued') AS queued, count(*) FILTER (WHERE state = 'running') AS running,
           count(*) FILTER (WHERE state = 'succeeded') AS succeeded
    FROM lean_tasks WHERE job_id = j.id
) t
WHERE (j.queued, j.running, j.succeeded) <> (t.queued, t.running, t.succeeded)
UNION ALL
SELECT format('%s events for %s changes', events, changes)
FROM (SELECT count(*) AS events FROM lean_events) e
CROSS JOIN (SELECT count(started_at) + count(ended_at) AS changes FROM lean_tasks) t
WHERE events <> changes;
