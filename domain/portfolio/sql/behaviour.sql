-- How customers buy, together: purchases are standing orders of the period. Each part is one row, made if it is asked.
-- Of the whole relationship the customers' summaries know most, as filters do.

-- name: behaviour
(SELECT {customers} AS customers, coalesce(b.buyers, 0) AS buyers, b.repeaters, b.orders,
  round(b.total / nullif(b.orders, 0), 6) AS average_total, r.before, r.again,
  g.days AS median_days, c.several
FROM (SELECT true) there
LEFT JOIN ({bought}) b ON true
LEFT JOIN ({rebought}) r ON true
LEFT JOIN ({gaps}) g ON true
LEFT JOIN ({several}) c ON true) {b}

-- name: bought_ever
SELECT count(*) FILTER (WHERE s.order_count > 0) AS buyers, count(*) FILTER (WHERE s.order_count > 1) AS repeaters,
  sum(s.order_count) AS orders, sum(s.revenue) AS total
FROM {who} w JOIN customer_score s ON s.customer_id = w.customer_id

-- name: several_ever
SELECT count(*) FILTER (WHERE s.category_count > 1) AS several
FROM {who} w JOIN customer_score s ON s.customer_id = w.customer_id

-- name: bought
SELECT count(*) AS buyers, count(*) FILTER (WHERE t.orders > 1) AS repeaters, sum(t.orders) AS orders,
  sum(t.total) AS total
FROM (
  SELECT count(*) AS orders, sum(o.total) AS total FROM customer_order o
  WHERE {in_o} AND o.cancelled_at IS NULL AND {in_time} GROUP BY o.customer_id
) t

-- The period before is as long; of whole calendar months, as many of them. Where the period has no beginning, the
-- twelve months until its end stand for it.
-- name: rebought
SELECT count(*) FILTER (WHERE t.before) AS before, count(*) FILTER (WHERE t.before AND t.again) AS again
FROM (
  SELECT bool_or(o.ordered_at < p.start) AS before, bool_or(o.ordered_at >= p.start) AS again
  FROM (
    SELECT q.start, CASE WHEN q.months > 0 THEN (q.local - q.months * interval '1 month') AT TIME ZONE {zone}
      ELSE q.start - ({until} - q.start) END AS earlier
    FROM (
      SELECT s.start, s.start AT TIME ZONE {zone} AS local, CASE
          WHEN NOT isfinite({since}) THEN 12
          WHEN date_trunc('month', s.start AT TIME ZONE {zone}) = s.start AT TIME ZONE {zone}
            AND date_trunc('month', {until} AT TIME ZONE {zone}) = {until} AT TIME ZONE {zone}
          THEN extract(year FROM age({until} AT TIME ZONE {zone}, s.start AT TIME ZONE {zone})) * 12
            + extract(month FROM age({until} AT TIME ZONE {zone}, s.start AT TIME ZONE {zone}))
          ELSE 0 END AS months
      FROM (
        SELECT CASE WHEN isfinite({since}) THEN {since}
          ELSE ({until} AT TIME ZONE {zone} - interval '12 months') AT TIME ZONE {zone} END AS start
      ) s
    ) q
  ) p
  CROSS JOIN customer_order o
  WHERE {in_o} AND o.cancelled_at IS NULL AND o.ordered_at >= p.earlier AND o.ordered_at < {until}
  GROUP BY o.customer_id
) t

-- name: gaps
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY d.days) AS days
FROM (
  SELECT d.day - lag(d.day) OVER (PARTITION BY d.customer_id ORDER BY d.ordered_at) AS days
  FROM (
    SELECT o.customer_id, o.ordered_at, (o.ordered_at AT TIME ZONE {zone})::date AS day FROM customer_order o
    WHERE {in_o} AND o.cancelled_at IS NULL AND {in_time}
  ) d
) d
WHERE d.days > 0

-- The product's category on the day it was bought, as everywhere.
-- name: several
SELECT count(*) AS several
FROM (
  SELECT FROM customer_order o
  JOIN order_line l ON {of_order}
  WHERE {in_o} AND o.cancelled_at IS NULL AND {in_time}
  GROUP BY o.customer_id
  HAVING min({category}) <> max({category})
) t
