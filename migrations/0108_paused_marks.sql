-- Which servers can work with 0107, which is an index.
INSERT INTO compatible_migrations (version, compatible_from) VALUES (107, 32), (108, 32);
