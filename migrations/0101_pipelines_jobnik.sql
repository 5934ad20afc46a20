-- no-transaction
-- pipelines_jobnik_created serves its query. (No released version asks for it.)
DROP INDEX CONCURRENTLY pipelines_jobnik;
