-- no-transaction
-- What needs a person: tasks that lost a lease in their second attempt or later, the newest first.
CREATE INDEX CONCURRENTLY task_outcomes_lost ON task_outcomes (task_id, attempt) WHERE category = 'lease_expired' AND attempt >= 2;
