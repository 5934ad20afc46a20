-- Who has paused a webhook: see 0105.
SELECT set_config('lock_timeout', '4s', true);

ALTER TABLE webhooks ADD COLUMN paused_caller text;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (104, 32);
