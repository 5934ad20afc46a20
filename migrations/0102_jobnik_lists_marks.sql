-- Which servers can work with 0099 to 0101, which are indexes.
INSERT INTO compatible_migrations (version, compatible_from) VALUES (99, 32), (100, 32), (101, 32), (102, 32);
