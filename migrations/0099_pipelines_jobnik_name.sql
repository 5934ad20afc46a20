-- no-transaction
-- Jobnik's lists of jobs by their name, each with the dates of their creation. The surface comes first, though it is the same for all: so no other index
-- can serve them, such as the one by name, which would pass all natives of that name.
CREATE INDEX CONCURRENTLY pipelines_jobnik_name ON pipelines (surface, name, created_at, id) WHERE surface = 'jobnik';
