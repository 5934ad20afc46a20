-- jobs_line serves all its queries. (No released version asks for it.)
DROP INDEX jobs_dispatchable;
