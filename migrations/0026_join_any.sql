-- Jobs that open when one of their edges is met and all parents have ended ("join": "any"). Their unmet counts the edges whose parent has not ended.
-- A server of before can work beside this one; it takes such a job for one of "join": "all".
ALTER TABLE jobs ADD COLUMN join_any boolean NOT NULL DEFAULT false;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (26, 20);
