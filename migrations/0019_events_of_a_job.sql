-- One job's events were found by passing all others of its pipeline, or of all if the job was gone: 400 to 800 ms among 2,000,000 events.
-- It costs each event of a job or task one more entry: 100 bytes of WAL beside 400, 0.6 µs beside 3.9. No index that there is can take its
-- part, since a pipeline's, a job's and a task's events are three orders. (Making it locks out writers for as long as it takes to read
-- the events: 1 to 2 s a million. CONCURRENTLY cannot be for a partitioned table.)

-- Events: the walk of one job's, oldest first (page_of_job.sql).
CREATE INDEX events_job ON events (job_id, number) WHERE job_id IS NOT NULL;
