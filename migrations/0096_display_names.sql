-- How people who log in to the dashboard are called, as they said: events name them by number, beside the key. Never deleted: as many as there are
-- people, and those who make up many are asked for a key first.
CREATE TABLE display_names (
    number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CONSTRAINT display_names_name_key UNIQUE CHECK (length(name) BETWEEN 1 AND 100)
);

-- Null: no name was given, or the change did not come by the dashboard.
ALTER TABLE events ADD COLUMN caller_name integer;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (96, 32);
