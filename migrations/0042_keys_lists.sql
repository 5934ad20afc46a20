-- Lists of keys by name, and which keys are live.

-- Lists by name, the newest first.
CREATE INDEX keys_name ON keys (name, id);
-- Whether another admin key is live when one is revoked, and whether one is when a server starts. (Not by expiry: that is asked with the clock.)
CREATE INDEX keys_admin ON keys (id) WHERE 'admin' = ANY(scopes) AND revoked_at IS NULL;
-- Whether any key is live when a server starts.
CREATE INDEX keys_live ON keys (id) WHERE revoked_at IS NULL;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (42, 20);
