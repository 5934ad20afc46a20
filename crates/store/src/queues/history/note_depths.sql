-- See history.rs. How much of the types $1 waits and runs, written where anything does, or where the type has a row in this minute.
WITH this AS MATERIALIZED (
    SELECT minute.at, (SELECT count(*) FROM queue_history h WHERE h.at = minute.at AND h.type <> '') AS types
    FROM (SELECT date_trunc('minute', windlass_now(), 'UTC') AS at) minute
),
depths AS MATERIALIZED (
    SELECT c.type, this.at, this.types, c.queued, c.running, known.yes IS NOT NULL AS known
    -- All counters at once: asked for one type after the other, a plan made while there were few would read them all for each.
    FROM (
        SELECT type, sum(queued)::bigint AS queued, sum(running)::bigint AS running
        FROM queue_counts WHERE type = ANY($1::text[]) GROUP BY type
    ) c
    CROSS JOIN this
    LEFT JOIN LATERAL (SELECT true AS yes FROM queue_history h WHERE h.type = c.type AND h.at = this.at OFFSET 0) known ON true
    WHERE c.queued > 0 OR c.running > 0 OR known.yes
),
ranked AS MATERIALIZED (
    SELECT d.*, count(*) FILTER (WHERE NOT known) OVER (ORDER BY queued + running DESC, type) AS rank
    FROM depths d
),
folded AS MATERIALIZED (
    SELECT CASE WHEN known OR types + rank <= 1000 THEN type ELSE '' END AS type, at, sum(queued)::bigint AS queued,
           sum(running)::bigint AS running
    FROM ranked
    GROUP BY 1, 2
)
INSERT INTO queue_history AS h (type, at, queued, running)
SELECT type, at, queued, running FROM folded ORDER BY type
ON CONFLICT (type, at) DO UPDATE SET queued = excluded.queued, running = excluded.running
