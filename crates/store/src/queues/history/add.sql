-- See history.rs. What was seen: $1 types, $2 times, $3 attempts that succeeded and $4 that failed, $5 how long tasks waited and $6 attempts ran.
WITH seen AS MATERIALIZED (
    SELECT type, date_trunc('minute', at, 'UTC') AS at, sum(succeeded)::bigint AS succeeded, sum(failed)::bigint AS failed,
           windlass_sum_histograms(waits::integer[]) AS waits, windlass_sum_histograms(runs::integer[]) AS runs
    FROM unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
        AS seen (type, at, succeeded, failed, waits, runs)
    GROUP BY 1, 2
),
minutes AS MATERIALIZED (
    SELECT at, (SELECT count(*) FROM queue_history h WHERE h.at = each.at AND h.type <> '') AS types
    FROM (SELECT DISTINCT at FROM seen) each
),
-- Whether a type has its row in the minute, how many have, and how many new ones come before it.
ranked AS MATERIALIZED (
    SELECT s.*, known.yes IS NOT NULL AS known,
           count(*) FILTER (WHERE known.yes IS NULL) OVER (PARTITION BY s.at ORDER BY s.succeeded + s.failed DESC, s.type) AS rank,
           m.types
    FROM seen s
    JOIN minutes m ON m.at = s.at
    LEFT JOIN LATERAL (SELECT true AS yes FROM queue_history h WHERE h.type = s.type AND h.at = s.at OFFSET 0) known ON true
),
folded AS MATERIALIZED (
    SELECT CASE WHEN known OR types + rank <= 1000 THEN type ELSE '' END AS type, at, sum(succeeded)::bigint AS succeeded,
           sum(failed)::bigint AS failed, windlass_sum_histograms(waits) AS waits, windlass_sum_histograms(runs) AS runs
    FROM ranked
    GROUP BY 1, 2
)
INSERT INTO queue_history AS h (type, at, succeeded, failed, waits, runs)
SELECT type, at, succeeded, failed, waits, runs FROM folded ORDER BY type, at
ON CONFLICT (type, at) DO UPDATE SET
    succeeded = h.succeeded + excluded.succeeded, failed = h.failed + excluded.failed,
    waits = windlass_add_histograms(h.waits, excluded.waits), runs = windlass_add_histograms(h.runs, excluded.runs)
