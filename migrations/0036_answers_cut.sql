-- A kept answer does not repeat the long texts of its request: a repeat of the request brings them. In `response` each is a null, so that the servers
-- of before 0036 show that.
ALTER TABLE idempotency_keys
    -- Where in `response` they belong, in ascending order, and which of the request's texts.
    ADD COLUMN cut_at integer[] NOT NULL DEFAULT '{}',
    ADD COLUMN cut integer[] NOT NULL DEFAULT '{}';

INSERT INTO compatible_migrations (version, compatible_from) VALUES (36, 20);
