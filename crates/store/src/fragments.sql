-- Parts that several statements share; see .ci/sql-variants. Their aliases are those of the statements that include them.

-- What waits in a job, first in line first. Every waiting task lies above the job's low-water mark.
-- [waiting_in_job
FROM tasks t WHERE t.job_id = j.id AND t.state = 'queued' AND t.position > j.head ORDER BY t.position
-- waiting_in_job]

-- A job of which tasks were leased. The mark rises over what was taken, unless tasks came to wait since the snapshot or one below was skipped.
-- [lease_sums
SELECT job_id, taken, retried, now, address, CASE WHEN unchanged AND (taken = waiting OR taken = (
    SELECT count(*) FROM tasks t
    WHERE t.job_id = m.job_id AND t.state = 'queued' AND t.position > m.head AND t.position <= m.top
)) THEN top END AS head
FROM (
    SELECT job_id, count(*)::int AS taken, (count(*) FILTER (WHERE attempt > 1))::int AS retried, min(queued) AS waiting, max(position) AS top, min(head) AS head,
           bool_and(unchanged) AS unchanged, min(address) AS address, min(now) AS now
    FROM granted GROUP BY job_id
) m
-- lease_sums]
-- [add_leases
UPDATE jobs j SET
    state = 'running', started_at = coalesce(j.started_at, m.now), queued = j.queued - m.taken, running = j.running + m.taken,
    head = coalesce(m.head, j.head),
    -- A server of before counts none.
    retried = j.retried - least(j.retried, m.retried),
    sealed = j.sealed OR j.seals_on_lease IS TRUE,
    sealed_by = CASE WHEN j.seals_on_lease AND NOT j.sealed THEN 'lease' ELSE j.sealed_by END
-- add_leases]

-- A job of which attempts have ended, by delta: within one statement a row is written at most once, so deltas are summed first.
-- [report_sums
count(*)::integer AS ended, min(position) AS lowest,
(count(*) FILTER (WHERE state = 'queued'))::integer AS queued,
(count(*) FILTER (WHERE state = 'scheduled'))::integer AS scheduled,
(count(*) FILTER (WHERE state IN ('queued', 'scheduled') AND attempt - released::integer > 0))::integer AS retried,
(count(*) FILTER (WHERE state = 'succeeded'))::integer AS succeeded,
(count(*) FILTER (WHERE state = 'failed'))::integer AS failed
-- report_sums]
-- [add_reports
UPDATE jobs j SET
    queued = j.queued + m.queued, scheduled = j.scheduled + m.scheduled, running = j.running - m.ended,
    succeeded = j.succeeded + m.succeeded, failed = j.failed + m.failed, retried = j.retried + m.retried,
    head = least(j.head, m.lowest - 1), added = j.added + (m.queued > 0)::integer,
    returned = j.returned OR (m.queued > 0 AND NOT j.dispatchable)
-- add_reports]

-- The same where it may end with them. It is sealed then, and none of its tasks is open. Said outright: of a row that has changed since the snapshot
-- Postgres checks first what would become of its version before, of which others may be open.
-- [add_reports_and_ends
UPDATE jobs j SET
    queued = CASE WHEN m.job_end IS NULL THEN j.queued + m.queued ELSE 0 END,
    scheduled = CASE WHEN m.job_end IS NULL THEN j.scheduled + m.scheduled ELSE 0 END,
    running = CASE WHEN m.job_end IS NULL THEN j.running - m.ended ELSE 0 END,
    succeeded = j.succeeded + m.succeeded, failed = j.failed + m.failed, retried = j.retried + m.retried,
    head = least(j.head, m.lowest - 1), added = j.added + (m.queued > 0)::integer,
    returned = j.returned OR (m.queued > 0 AND NOT j.dispatchable),
    state = coalesce(m.job_end, j.state), ended_at = CASE WHEN m.job_end IS NOT NULL THEN windlass_now() ELSE j.ended_at END,
    settled_to = CASE WHEN m.job_end IS NULL THEN j.settled_to END, not_taken = j.not_taken AND m.job_end IS NULL,
    by_hand = j.by_hand AND m.job_end IS NULL, passed = j.passed AND m.job_end IS NULL
-- add_reports_and_ends]

-- Where a statement that found a row's address did not meet the row there, since somebody wrote it between the snapshot and the lock, a second
-- step finds it by its id.
-- [not_in_place
WHERE j.id = ANY(ARRAY[m.job_id]) AND m.job_id <> ALL(ARRAY(SELECT id FROM moved_in_place))
  AND (SELECT count(*) FROM moved_in_place) < (SELECT count(*) FROM moves)
-- not_in_place]

-- That a task's effective state is $1, or any where that is null, in terms of what is stored: the inverse of `windlass_task_state`, which costs
-- too much for each task of a walk.
-- [task_fits_state
CASE $1::text
    WHEN 'succeeded' THEN t.state = 'succeeded' AND t.run >= j.all_again_run
    WHEN 'failed' THEN t.state = 'failed' AND t.run >= j.again_run
    WHEN 'running' THEN t.state = 'running' AND t.run >= j.again_run AND (j.ended_at IS NULL OR j.frozen IS TRUE)
    WHEN 'pending' THEN j.state = 'pending'
        AND (t.state IN ('queued', 'scheduled') OR windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run))
    WHEN 'queued' THEN windlass_job_state(j.state, j.frozen) IN ('queued', 'running') AND j.due
        AND (t.state = 'queued' OR windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run))
    WHEN 'scheduled' THEN windlass_job_state(j.state, j.frozen) IN ('queued', 'running')
        AND (t.state = 'scheduled' AND t.run >= j.again_run OR NOT j.due
            AND (t.state = 'queued' OR windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run)))
    WHEN 'cancelled' THEN t.state = 'cancelled' AND t.run >= j.again_run
        OR windlass_job_state(j.state, j.frozen) IN ('succeeded', 'failed', 'cancelled') AND (t.state IN ('queued', 'scheduled', 'running')
            OR windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run))
    WHEN 'skipped' THEN t.state = 'skipped' AND t.run >= j.again_run
        OR j.state = 'skipped' AND (t.state IN ('queued', 'scheduled', 'running')
            OR windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run))
    ELSE true
END
-- task_fits_state]
-- By a sub-select: of a join with IS NULL the planner expects next to no rows, and begins there.
-- [pipeline_lives
(SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = j.pipeline_id)
-- pipeline_lives]

-- What a set of pipelines asks of one; $2 to $7 may be null.
-- [fits
p.deleted_at IS NULL AND ($2::text[] IS NULL OR p.state = ANY($2)) AND ($3::text IS NULL OR p.name = $3)
AND ($4::smallint IS NULL OR p.priority = $4) AND ($5::text IS NULL OR p.correlation_id = $5)
AND ($6::timestamptz IS NULL OR p.created_at >= $6) AND ($7::timestamptz IS NULL OR p.created_at < $7)
-- fits]

-- That its metadata has the texts $9 as members of the names $8.
-- [has_texts
(cardinality($8::text[]) = 0 OR coalesce(
    (SELECT windlass_has_texts(m.metadata, $8, $9::text[]) FROM pipeline_metadata m WHERE m.pipeline_id = p.id), false
))
-- has_texts]
