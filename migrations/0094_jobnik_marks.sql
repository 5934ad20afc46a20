-- Which servers can work with 0091 to 0093, which are indexes.
INSERT INTO compatible_migrations (version, compatible_from) VALUES (91, 32), (92, 32), (93, 32), (94, 32);
