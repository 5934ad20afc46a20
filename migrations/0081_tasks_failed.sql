-- Lists of failed tasks over all jobs go by task_failures (0080); those of a server of before pass all tasks.
DROP INDEX tasks_failed;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (81, 32);
