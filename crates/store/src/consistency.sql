-- What must hold at any moment in which no transaction is half-way: every row of the answer is a violation.
WITH effective AS (
    SELECT t.id, t.job_id, t.position, t.state AS stored, windlass_task_state(t.state, t.run, windlass_job_state(j.state, j.frozen), j.due, j.again_run, j.all_again_run) AS state,
           windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run) OR t.state = 'queued' AND t.position <= j.head AS again,
           t.attempt, t.run, t.origin, j.state AS job_state, j.ended_at AS job_ended_at, j.run AS job_run, j.settled_to,
           (j.frozen IS TRUE OR j.kept IS TRUE) AS keeps, (j.ended_at IS NULL OR j.frozen IS TRUE OR j.kept IS TRUE) AS counts
    FROM tasks t JOIN jobs j ON j.id = t.job_id
    WHERE NOT windlass_is_gone(t.origin, j.origins)
),
per_job AS (
    SELECT job_id,
           count(*) FILTER (WHERE counts AND stored = 'queued' AND NOT again OR keeps AND again) AS queued,
           count(*) FILTER (WHERE counts AND stored = 'scheduled' AND NOT again) AS scheduled,
           count(*) FILTER (WHERE counts AND stored = 'running' AND NOT again) AS running,
           count(*) FILTER (WHERE counts AND stored IN ('queued', 'scheduled') AND NOT again AND attempt > 0) AS retried,
           count(*) FILTER (WHERE job_ended_at IS NULL AND again) AS left_over,
           count(*) FILTER (WHERE state = 'succeeded') AS succeeded,
           count(*) FILTER (WHERE state = 'failed') AS failed,
           count(*) FILTER (WHERE state = 'cancelled' AND NOT (keeps AND (again OR stored IN ('queued', 'scheduled', 'running')))) AS cancelled,
           count(*) FILTER (WHERE state = 'skipped' AND NOT (keeps AND (again OR stored IN ('queued', 'scheduled', 'running')))) AS skipped,
           max(position) FILTER (WHERE job_ended_at IS NULL AND stored = 'queued' AND again) AS highest_left_over
    FROM effective GROUP BY job_id
),
per_type AS (
    SELECT j.type,
           sum(CASE WHEN j.due AND j.frozen IS NOT TRUE THEN j.queued + j.left_over ELSE 0 END) AS queued,
           sum(CASE WHEN j.frozen THEN 0 WHEN j.due THEN j.scheduled ELSE j.queued + j.left_over + j.scheduled END) AS scheduled,
           sum(j.running) AS running
    FROM jobs j WHERE j.state IN ('queued', 'running') OR j.frozen GROUP BY j.type
),
counted AS (
    SELECT type, sum(queued) AS queued, sum(scheduled) AS scheduled, sum(running) AS running FROM queue_counts GROUP BY type
),
per_pipeline AS (
    SELECT pipeline_id,
           count(*) FILTER (WHERE ended_at IS NULL) AS open,
           count(*) FILTER (WHERE state = 'succeeded') AS succeeded,
           count(*) FILTER (WHERE state = 'failed' AND NOT allow_failure) AS failed,
           count(*) FILTER (WHERE state = 'failed' AND allow_failure) AS failed_allowed,
           count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
           count(*) FILTER (WHERE state = 'skipped' AND NOT not_taken) AS skipped,
           count(*) FILTER (WHERE state = 'skipped' AND not_taken) AS not_taken
    FROM jobs GROUP BY pipeline_id
),
last_events AS (
    SELECT DISTINCT ON (entity, coalesce(task_id, job_id, pipeline_id))
           entity, coalesce(task_id, job_id, pipeline_id) AS id, to_state
    FROM events
    ORDER BY entity, coalesce(task_id, job_id, pipeline_id), number DESC
)
SELECT 'job counters differ from task rows' AS violation, j.id::text AS id
FROM jobs j LEFT JOIN per_job c ON c.job_id = j.id
WHERE (j.queued, j.scheduled, j.running, j.left_over, j.succeeded, j.failed, j.cancelled, j.skipped) IS DISTINCT FROM (
    coalesce(c.queued, 0), coalesce(c.scheduled, 0), coalesce(c.running, 0), coalesce(c.left_over, 0), coalesce(c.succeeded, 0),
    coalesce(c.failed, 0), coalesce(c.cancelled, 0), coalesce(c.skipped, 0)
)
UNION ALL
SELECT 'a job does not count the tasks that wait after a failure', j.id::text
FROM jobs j LEFT JOIN per_job c ON c.job_id = j.id
WHERE j.left_over = 0 AND (j.retried IS NULL) <> (j.surface IS NULL) OR j.left_over = 0 AND j.retried <> coalesce(c.retried, 0)
UNION ALL
SELECT 'counters of Jobnik''s surface differ from its stages', coalesce(s.type, c.type)
FROM (
    SELECT k.type, k.priority, sum(k.pending) AS pending, sum(k.in_progress) AS in_progress, sum(k.completed) AS completed, sum(k.failed) AS failed,
           sum(k.retried) AS retried, sum(k.created_stages) AS created_stages, sum(k.waiting_stages) AS waiting_stages,
           sum(k.pending_stages) AS pending_stages, sum(k.running_stages) AS running_stages, sum(k.completed_stages) AS completed_stages,
           sum(k.failed_stages) AS failed_stages, sum(k.aborted_stages) AS aborted_stages
    FROM jobs j JOIN pipelines p ON p.id = j.pipeline_id CROSS JOIN LATERAL windlass_jobnik_counts(1, j) k
    WHERE p.deleted_at IS NULL GROUP BY k.type, k.priority
) s
FULL JOIN (
    SELECT k.type, k.priority, sum(k.pending) AS pending, sum(k.in_progress) AS in_progress, sum(k.completed) AS completed, sum(k.failed) AS failed,
           sum(k.retried) AS retried, sum(k.created_stages) AS created_stages, sum(k.waiting_stages) AS waiting_stages,
           sum(k.pending_stages) AS pending_stages, sum(k.running_stages) AS running_stages, sum(k.completed_stages) AS completed_stages,
           sum(k.failed_stages) AS failed_stages, sum(k.aborted_stages) AS aborted_stages
    FROM jobnik_counts k GROUP BY k.type, k.priority
    HAVING (sum(k.pending), sum(k.in_progress), sum(k.completed), sum(k.failed), sum(k.retried), sum(k.created_stages), sum(k.waiting_stages),
            sum(k.pending_stages), sum(k.running_stages), sum(k.completed_stages), sum(k.failed_stages), sum(k.aborted_stages))
           <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
) c ON c.type = s.type AND c.priority = s.priority
WHERE c IS DISTINCT FROM s
UNION ALL
SELECT 'counters of Jobnik''s surface differ from its jobs', 'jobnik_job_counts'
FROM (
    SELECT ARRAY[sum(k.pending), sum(k.in_progress), sum(k.paused), sum(k.completed), sum(k.failed), sum(k.aborted)] AS counts
    FROM pipelines p CROSS JOIN LATERAL windlass_jobnik_job_counts(1, p) k
) s,
(
    SELECT ARRAY[sum(pending), sum(in_progress), sum(paused), sum(completed), sum(failed), sum(aborted)] AS counts FROM jobnik_job_counts
) c
WHERE array_replace(s.counts, NULL, 0) IS DISTINCT FROM array_replace(c.counts, NULL, 0)
UNION ALL
SELECT 'a pipeline that is sealed as it is done is so, and goes on', p.id::text
FROM pipelines p
WHERE p.seals_on_done AND p.ended_at IS NULL AND p.jobs_open = 0
  AND (p.jobs_failed > 0 OR p.jobs_succeeded > 0 AND p.jobs_failed_allowed + p.jobs_cancelled + p.jobs_skipped + p.jobs_not_taken = 0)
UNION ALL
SELECT 'a job that keeps the states of its tasks is of a pipeline that goes on', j.id::text
FROM jobs j JOIN pipelines p ON p.id = j.pipeline_id WHERE (j.kept OR j.frozen) AND p.ended_at IS NULL
  AND NOT EXISTS (SELECT FROM jobs n WHERE n.pipeline_id = p.id AND n.surface IS NULL)
UNION ALL
SELECT 'a waiting task lies at or below its job''s head, in a job that has none that is stale', j.id::text
FROM jobs j JOIN tasks t ON t.job_id = j.id
WHERE j.ended_at IS NULL AND j.left_over = 0 AND t.state = 'queued' AND t.position <= j.head AND NOT windlass_is_gone(t.origin, j.origins)
UNION ALL
SELECT 'a task that was taken back lies above its job''s head', t.id::text
FROM jobs j JOIN tasks t ON t.job_id = j.id
WHERE j.ended_at IS NULL AND t.state = 'queued' AND t.position > j.head AND windlass_is_gone(t.origin, j.origins)
UNION ALL
SELECT 'a task that was taken back has a lease', t.id::text
FROM leases l JOIN tasks t ON t.id = l.task_id JOIN jobs j ON j.id = t.job_id WHERE windlass_is_gone(t.origin, j.origins)
UNION ALL
SELECT 'an origin does not have as many tasks as it counts', coalesce(o.job_id, e.job_id)::text
FROM (SELECT job_id, origin, count(*) AS total FROM effective WHERE origin > 0 GROUP BY job_id, origin) e
FULL JOIN (SELECT job_id, origin, total FROM task_origins WHERE gone_at IS NULL AND total > 0) o ON (o.job_id, o.origin) = (e.job_id, e.origin)
WHERE o.total IS DISTINCT FROM e.total
UNION ALL
SELECT 'the origins of a job are not those that are live', j.id::text
FROM jobs j
WHERE coalesce((SELECT array_agg(origin ORDER BY origin) FROM unnest(j.origins) AS live (origin)), '{}') IS DISTINCT FROM coalesce(
    (SELECT array_agg(origin ORDER BY origin) FROM task_origins o WHERE o.job_id = j.id AND o.gone_at IS NULL AND o.total > 0), '{}'
)
UNION ALL
SELECT 'a stale task lies above its job''s head', j.id::text
FROM jobs j JOIN per_job c ON c.job_id = j.id WHERE c.highest_left_over > j.head
UNION ALL
SELECT 'a task is of a run that its job has not had', id::text FROM effective WHERE run > job_run
UNION ALL
SELECT 'a task of a job that is settled is not', id::text
FROM effective
WHERE NOT keeps AND settled_to IS NULL AND (again OR job_ended_at IS NOT NULL AND stored IN ('queued', 'scheduled', 'running'))
UNION ALL
SELECT 'queue counters differ from jobs', coalesce(t.type, c.type)
FROM per_type t FULL JOIN counted c ON c.type = t.type
WHERE (coalesce(t.queued, 0), coalesce(t.scheduled, 0), coalesce(t.running, 0))
    IS DISTINCT FROM (coalesce(c.queued, 0), coalesce(c.scheduled, 0), coalesce(c.running, 0))
UNION ALL
SELECT 'the type of a job that has not ended has no queue', j.id::text
FROM jobs j WHERE j.ended_at IS NULL AND NOT EXISTS (SELECT FROM queues q WHERE q.type = j.type)
UNION ALL
SELECT 'a task is running without a lease', e.id::text
FROM effective e WHERE e.state = 'running' AND NOT EXISTS (SELECT FROM leases l WHERE l.task_id = e.id)
UNION ALL
SELECT 'a lease is of no running task or another attempt', l.task_id::text
FROM leases l
WHERE NOT EXISTS (SELECT FROM effective e WHERE e.id = l.task_id AND e.state = 'running' AND e.attempt = l.attempt)
UNION ALL
SELECT 'pipeline counters differ from jobs', p.id::text
FROM pipelines p LEFT JOIN per_pipeline c ON c.pipeline_id = p.id
WHERE (p.jobs_open, p.jobs_succeeded, p.jobs_failed, p.jobs_failed_allowed, p.jobs_cancelled, p.jobs_skipped, p.jobs_not_taken)
    IS DISTINCT FROM (
        coalesce(c.open, 0), coalesce(c.succeeded, 0), coalesce(c.failed, 0), coalesce(c.failed_allowed, 0),
        coalesce(c.cancelled, 0), coalesce(c.skipped, 0), coalesce(c.not_taken, 0)
    )
UNION ALL
SELECT 'a pipeline has ended with open jobs, or not ended without', p.id::text
FROM pipelines p WHERE (p.ended_at IS NOT NULL) <> (p.sealed AND p.jobs_open = 0)
UNION ALL
SELECT 'a pending job has no unmet edge, or an open one has', j.id::text
FROM jobs j WHERE j.ended_at IS NULL AND (j.state = 'pending') <> (j.unmet > 0)
UNION ALL
SELECT 'a pending job does not wait for as many parents as have not ended', j.id::text
FROM jobs j
WHERE j.state = 'pending' AND j.unmet <> (j.held IS TRUE)::integer + (
    -- Below what a person skipped or cancelled one that freezes waits on.
    SELECT count(*) FROM edges e JOIN jobs p ON p.id = e.parent_id
    WHERE e.child_id = j.id AND (p.ended_at IS NULL OR j.freezes AND p.state IN ('cancelled', 'skipped'))
)
UNION ALL
SELECT 'a job has ended, or opened as one that is sealed then, and is not sealed', j.id::text
FROM jobs j
WHERE NOT j.sealed AND (j.ended_at IS NOT NULL OR j.seals_on_open AND j.state IN ('queued', 'running') OR j.seals_on_lease AND j.state = 'running')
UNION ALL
SELECT 'a completion''s seal is not on its job, or is not written down', j.id::text
FROM jobs j
WHERE (j.sealed_by IS NOT DISTINCT FROM 'completion') <> (SELECT count(*) = 1 FROM job_seals s WHERE s.job_id = j.id)
UNION ALL
SELECT 'a job that has passed has tasks or has not succeeded', j.id::text
FROM jobs j
WHERE j.passed AND (j.state <> 'succeeded' OR j.succeeded + j.failed + j.cancelled + j.skipped > 0)
UNION ALL
SELECT 'a task that was cancelled by hand is not cancelled', e.id::text
FROM cancelled_by_hand c JOIN effective e ON e.id = c.task_id WHERE e.state <> 'cancelled'
UNION ALL
SELECT 'an open job should have ended', j.id::text
FROM jobs j
WHERE j.state IN ('queued', 'running')
  AND (
      j.sealed AND j.queued + j.left_over + j.scheduled + j.running = 0
      -- After a retry by hand the threshold is judged again at the next end of a task only.
      OR j.run = 1 AND j.fail_fast AND j.failed > j.max_failed_tasks
  )
UNION ALL
SELECT 'a pipeline is being cancelled and is not sealed', id::text FROM pipelines WHERE cancelled AND NOT sealed
UNION ALL
SELECT 'fail_fast has acted in a pipeline that is not sealed', id::text FROM pipelines WHERE failed_fast AND fail_fast AND NOT sealed
UNION ALL
SELECT 'a job takes tasks in a pipeline that is being cancelled', j.id::text
FROM jobs j JOIN pipelines p ON p.id = j.pipeline_id
WHERE p.cancelled AND j.ended_at IS NULL AND NOT j.sealed AND NOT (j.spared AND j.state = 'pending')
UNION ALL
SELECT 'a spared job has opened and takes tasks', id::text FROM jobs WHERE spared AND state IN ('queued', 'running')
UNION ALL
SELECT 'a pipeline and its job are not paused alike', j.id::text
FROM jobs j JOIN pipelines p ON p.id = j.pipeline_id WHERE j.pipeline_paused <> p.paused
UNION ALL
SELECT 'a queue that is not paused says who paused it', type FROM queues
WHERE NOT paused AND (reason IS NOT NULL OR paused_by IS NOT NULL OR paused_at IS NOT NULL)
UNION ALL
SELECT 'a change beside the state has changed it', number::text FROM events WHERE flag IS NOT NULL AND from_state IS DISTINCT FROM to_state
UNION ALL
SELECT 'the last event of a pipeline is not its state', p.id::text
FROM pipelines p LEFT JOIN last_events e ON e.entity = 'pipeline' AND e.id = p.id WHERE e.to_state IS DISTINCT FROM p.state
UNION ALL
SELECT 'the last event of a job is not its state', j.id::text
FROM jobs j LEFT JOIN last_events e ON e.entity = 'job' AND e.id = j.id WHERE e.to_state IS DISTINCT FROM j.state
UNION ALL
-- A task that ended with its job, or came back with it, has no event of its own, and time alone appends none.
SELECT 'the last event of a task is not its state', f.id::text
FROM effective f LEFT JOIN last_events e ON e.entity = 'task' AND e.id = f.id
WHERE CASE
    WHEN f.state IN ('running', 'succeeded', 'failed') THEN e.to_state IS DISTINCT FROM f.state
    WHEN f.job_run = 1 AND f.state IN ('queued', 'scheduled', 'pending') THEN e.to_state NOT IN ('queued', 'scheduled', 'pending')
    ELSE false
END
UNION ALL
SELECT 'an ended attempt is missing', e.task_id::text
FROM events e
WHERE e.entity = 'task' AND e.from_state = 'running' AND EXISTS (SELECT FROM tasks t WHERE t.id = e.task_id) AND NOT EXISTS (
    SELECT FROM attempts a WHERE a.task_id = e.task_id AND a.number = e.attempt AND a.outcome <> 'late'
)
UNION ALL
SELECT 'a token ended more than one attempt', a.token::text
FROM attempts a WHERE a.outcome <> 'late' GROUP BY a.token HAVING count(*) > 1
UNION ALL
SELECT 'a checkpoint is of a task that is not there', k.task_id::text
FROM task_checkpoints k WHERE NOT EXISTS (SELECT FROM tasks t WHERE t.id = k.task_id)
UNION ALL
SELECT 'an event is of a key that is not there', number::text
FROM events e WHERE entity = 'key' AND NOT EXISTS (SELECT FROM keys k WHERE k.id = e.key_id)
UNION ALL
SELECT 'a text of before is good for longer than it may be', id::text
FROM keys WHERE overlap_until > rotated_at + interval '30 days'
UNION ALL
SELECT 'what is indexed of a pipeline''s metadata is not what it says', coalesce(t.pipeline_id, m.pipeline_id)::text
FROM pipeline_texts t
FULL JOIN (
    SELECT m.pipeline_id, texts.hash
    FROM pipeline_metadata m CROSS JOIN LATERAL windlass_text_hashes(m.metadata) AS texts (hash)
) m ON m.pipeline_id = t.pipeline_id AND m.hash = t.hash
WHERE (t.hash IS NULL OR m.hash IS NULL) AND NOT EXISTS (SELECT FROM texts_backfill)
UNION ALL
SELECT 'what is kept of a pipeline''s template belongs to none', t.pipeline_id::text
FROM pipeline_templates t WHERE NOT EXISTS (SELECT FROM pipelines p WHERE p.id = t.pipeline_id)
UNION ALL
SELECT 'outcomes are counted for a job that is not there', c.job_id::text
FROM outcome_counts c WHERE NOT EXISTS (SELECT FROM jobs j WHERE j.id = c.job_id)
UNION ALL
-- Less may be there than was counted: some were removed, or are too old. The words beyond the first 64 share one count.
SELECT 'a job has more outcomes than are counted', o.job_id::text
FROM (
    SELECT o.job_id, CASE WHEN c.counts ? o.disposition THEN o.disposition ELSE '~other' END AS word, count(*) AS number
    FROM outcomes o JOIN jobs j ON j.id = o.job_id LEFT JOIN outcome_counts c ON c.job_id = o.job_id
    GROUP BY 1, 2
) o
LEFT JOIN outcome_counts c ON c.job_id = o.job_id
WHERE o.number > coalesce((c.counts ->> o.word)::bigint, 0)
UNION ALL
SELECT 'a job counts more words of outcomes than it may', job_id::text
FROM outcome_counts WHERE (SELECT count(*) FROM jsonb_object_keys(counts)) > 65
UNION ALL
SELECT 'a template has no newest version, or a deleted one has versions', t.name
FROM templates t
WHERE (t.deleted_at IS NULL) <> EXISTS (SELECT FROM template_versions v WHERE v.name = t.name AND v.version = t.version)
   OR EXISTS (SELECT FROM template_versions v WHERE v.name = t.name AND (v.version > t.version OR t.deleted_at IS NOT NULL))
UNION ALL
SELECT 'a webhook does not have as many deliveries that are pending, or were never tried, as it counts', p.webhook_id::text
FROM webhook_progress p
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE d.state = 'pending') AS pending, count(*) FILTER (WHERE d.kept) AS kept
    FROM webhook_deliveries d WHERE d.webhook_id = p.webhook_id
) counted
WHERE (p.pending, p.kept) <> (counted.pending, counted.kept)
UNION ALL
SELECT 'a delivery that is to be tried has no body, or a body no delivery', coalesce(d.id, b.delivery_id)::text
FROM webhook_deliveries d FULL JOIN webhook_bodies b ON b.delivery_id = d.id
WHERE d.id IS NULL OR b.delivery_id IS NULL AND d.state = 'pending'
UNION ALL
SELECT 'a webhook has no progress, not four slots, or does not wait for events as it is paused', w.id::text
FROM webhooks w
WHERE NOT EXISTS (SELECT FROM webhook_progress p WHERE p.webhook_id = w.id)
   OR (SELECT count(*) FROM webhook_slots s WHERE s.webhook_id = w.id) <> 4
   OR (w.paused AND NOT w.paused_itself) = EXISTS (SELECT FROM webhook_periods p WHERE p.webhook_id = w.id AND p.ends_at IS NULL)
UNION ALL
SELECT 'a failure is of a task that is not there', f.task_id::text
FROM task_failures f WHERE NOT EXISTS (SELECT FROM tasks t WHERE t.id = f.task_id)
UNION ALL
SELECT 'an error is counted for a job that is not there', e.job_id::text
FROM job_errors e WHERE NOT EXISTS (SELECT FROM jobs j WHERE j.id = e.job_id)
UNION ALL
SELECT 'a job counts other failures than its tasks have', coalesce(f.job_id, e.job_id)::text
FROM (
    SELECT f.job_id, count(*) AS number FROM task_failures f JOIN jobs j ON j.id = f.job_id JOIN pipelines p ON p.id = j.pipeline_id
    -- Those of before the counts have no text.
    WHERE p.deleted_at IS NULL AND f.text <> 0 GROUP BY f.job_id
) f
FULL JOIN (
    SELECT e.job_id, sum(e.count) AS number FROM job_errors e JOIN jobs j ON j.id = e.job_id JOIN pipelines p ON p.id = j.pipeline_id
    WHERE p.deleted_at IS NULL GROUP BY e.job_id
) e ON e.job_id = f.job_id
WHERE f.number IS DISTINCT FROM e.number
