-- When a person last logged in under a name: once all events that may name it are gone, it goes as well. While servers of before run beside later ones
-- their log-ins do not count; what is lost then is the name beside a key's, in events older than the retention.
SELECT set_config('lock_timeout', '4s', true);

ALTER TABLE display_names ADD COLUMN used_at timestamptz NOT NULL DEFAULT windlass_now();

-- Pruning: those that nobody has used for longest.
CREATE INDEX display_names_used ON display_names (used_at);

INSERT INTO compatible_migrations (version, compatible_from) VALUES (106, 32);
