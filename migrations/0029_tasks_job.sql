-- tasks_line serves all its queries; those of a server of before sort the tasks of the job that they ask for.
DROP INDEX tasks_job;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (28, 20), (29, 20);
