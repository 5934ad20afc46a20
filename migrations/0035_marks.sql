-- Migrations whose own files do not say which servers can work with them (0020_servers.sql): 0021 is alone in its file, as an index that is made
-- CONCURRENTLY has to be; servers that know 0021 do not miss the index that 0022 drops.
INSERT INTO compatible_migrations (version, compatible_from) VALUES (21, 20), (22, 21), (35, 20);
