-- Which servers run on this database, so that none uses what another one would misread; and which migrations older servers can work with.

CREATE TABLE servers (
    id uuid PRIMARY KEY,
    -- Of the program, as `windlass --version` says it.
    version text NOT NULL,
    seen_at timestamptz NOT NULL
);

-- A migration after this one that older servers can work with says so here: those whose newest migration is compatible_from or later. One that
-- says nothing ends the start of servers that do not know it.
CREATE TABLE compatible_migrations (
    version bigint PRIMARY KEY,
    compatible_from bigint NOT NULL CHECK (compatible_from BETWEEN 20 AND version)
);
