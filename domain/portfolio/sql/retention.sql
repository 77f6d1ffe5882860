-- Cohorts by the row in which their customers bought first, and in which later rows these bought again. {edges} are the
-- bounds of the rows: row n lies between edges n and n + 1.

-- name: cohorts
(WITH bought AS (
  SELECT b.customer_id, b.n, min(b.n) OVER (PARTITION BY b.customer_id) AS first
  FROM (
    SELECT o.customer_id, width_bucket(o.ordered_at, {edges}) AS n FROM customer_order o
    WHERE {in_o} AND o.cancelled_at IS NULL AND o.ordered_at < ({edges})[cardinality({edges})] GROUP BY 1, 2
  ) b
),
counted AS (
  SELECT b.first, b.n, count(*) AS customers FROM bought b WHERE b.first > 0 GROUP BY b.first, b.n
)
SELECT c.first AS n, c.customers, d.day, r.retained, d.day::text AS group_key,
  'First bought from ' || d.day || ' to ' || d.last_day AS group_label,
  jsonb_build_object('firstOrderAt', jsonb_build_object('gte', {told_from}, 'lt', {told_until})) AS group_where
FROM counted c
CROSS JOIN LATERAL (
  SELECT (({edges})[c.first] AT TIME ZONE {zone})::date AS day,
    (({edges})[c.first + 1] AT TIME ZONE {zone} - interval '1 microsecond')::date AS last_day
) d
CROSS JOIN LATERAL (
  SELECT json_agg(coalesce(k.customers, 0)::float8 / c.customers ORDER BY g.n) AS retained
  FROM generate_series(c.first, cardinality({edges}) - 1) AS g (n)
  LEFT JOIN counted k ON k.first = c.first AND k.n = g.n
) r
WHERE c.n = c.first) {b}
