-- Which servers can work with 0109 and 0110, which are indexes.
INSERT INTO compatible_migrations (version, compatible_from) VALUES (109, 32), (110, 32), (111, 32);
