-- Which attributes go with an outcome, of the customers in {who}. Parts of one statement, put together by Python.

-- The outcomes: a number of each customer of whom it can be told, or whether it happened, as 0 or 1.
-- name: profit
SELECT s.customer_id, s.profit::float8 AS y FROM picked w JOIN customer_score s ON s.customer_id = w.customer_id

-- name: profit_then
SELECT w.customer_id, coalesce(e.profit, 0)::float8 AS y FROM picked w LEFT JOIN (
  SELECT f.customer_id, sum({profit}) AS profit FROM picked w JOIN {amounts} f ON f.customer_id = w.customer_id
  GROUP BY f.customer_id
) e ON e.customer_id = w.customer_id

-- name: value
SELECT s.customer_id, s.lifetime_value::float8 AS y FROM picked w JOIN customer_score s ON s.customer_id = w.customer_id
WHERE s.lifetime_value IS NOT NULL

-- name: churn
SELECT s.customer_id, CASE s.lifecycle_stage WHEN 'LAPSED' THEN 1 ELSE 0 END::float8 AS y
FROM picked w JOIN customer_score s ON s.customer_id = w.customer_id WHERE s.order_count > 0

-- Who had bought before the span, and buys nothing in it.
-- name: churn_then
SELECT s.customer_id, CASE WHEN o.customer_id IS NULL THEN 1 ELSE 0 END::float8 AS y
FROM picked w JOIN customer_score s ON s.customer_id = w.customer_id LEFT JOIN (
  SELECT DISTINCT o.customer_id FROM customer_order o
  WHERE o.cancelled_at IS NULL AND o.ordered_at >= {since} AND o.ordered_at < {until}
) o ON o.customer_id = s.customer_id
WHERE s.first_order_at < {since}

-- name: repeat
SELECT s.customer_id, CASE WHEN s.repeat_purchases > 0 THEN 1 ELSE 0 END::float8 AS y
FROM picked w JOIN customer_score s ON s.customer_id = w.customer_id WHERE s.order_count > 0

-- name: repeat_then
SELECT o.customer_id, CASE WHEN (min(o.ordered_at) AT TIME ZONE {zone})::date
  < (max(o.ordered_at) AT TIME ZONE {zone})::date THEN 1 ELSE 0 END::float8 AS y
FROM picked w JOIN customer_order o ON o.customer_id = w.customer_id
WHERE o.cancelled_at IS NULL AND o.ordered_at >= {since} AND o.ordered_at < {until} GROUP BY o.customer_id

-- name: response
SELECT c.customer_id, CASE WHEN c.answered >= c.sent THEN 1 ELSE 0 END::float8 AS y
FROM (
  SELECT t.customer_id, min(t.occurred_at) FILTER (WHERE t.kind = 'CAMPAIGN_SENT') AS sent,
    max(t.occurred_at) FILTER (WHERE t.kind = 'CAMPAIGN_RESPONSE') AS answered
  FROM picked w JOIN touchpoint t ON t.customer_id = w.customer_id
  WHERE t.occurred_at >= {since} AND t.occurred_at < {until} AND t.kind IN ('CAMPAIGN_SENT', 'CAMPAIGN_RESPONSE')
  GROUP BY t.customer_id
) c WHERE c.sent IS NOT NULL

-- Of very many customers some, by their ids: a tenth of those are enough whose outcome is known, if that is of everybody.
-- Measured from the mean, so that squares keep their digits.
-- name: looked_at
reach AS MATERIALIZED (SELECT least(655360 * {most}::bigint / greatest(count(*), 1), 65536) AS ids FROM {who} w),
picked AS MATERIALIZED (
  SELECT w.customer_id FROM {who} w WHERE {place} < (SELECT r.ids FROM reach r)
    AND {willing}
),
told AS MATERIALIZED ({outcome}),
drawn AS MATERIALIZED (
  SELECT w.customer_id, w.y FROM told w
  WHERE {place} < (SELECT r.ids FROM reach r) * {most}::bigint / greatest((SELECT count(*) FROM told), 1)
),
whom AS MATERIALIZED (SELECT d.customer_id, d.y - {middle} AS y FROM drawn d),
total AS MATERIALIZED (
  SELECT count(*)::float8 AS n, coalesce(sum(w.y), 0) AS s, coalesce(sum(w.y * w.y), 0) AS q FROM whom w
),
word AS (
  SELECT x.attribute, x.value, count(*)::float8 AS n, sum(w.y) AS s, sum(w.y * w.y) AS q
  FROM ({words}) x JOIN whom w ON w.customer_id = x.customer_id
  WHERE {shown} GROUP BY x.attribute, x.value
),
-- Of each attribute the commonest values.
common AS (
  SELECT c.attribute, c.value, c.n, c.s, c.q, a.n AS of_n, a.s AS of_s, a.q AS of_q
  FROM (
    SELECT x.*, row_number() OVER (PARTITION BY x.attribute ORDER BY x.n DESC, x.value COLLATE "C") AS place FROM word x
  ) c CROSS JOIN total a
  WHERE c.place <= {values} AND c.n >= {fewest} AND a.n - c.n >= {fewest}
),
number AS (
  SELECT x.attribute, count(*)::float8 AS n, corr(x.number, w.y) AS r
  FROM ({numbers}) x JOIN whom w ON w.customer_id = x.customer_id
  WHERE {shown} AND abs(x.number) <= 1e100 GROUP BY x.attribute HAVING count(*) >= {fewest}
)

-- Amounts: Cohen's d, and Welch's test.
-- name: of_amounts
SELECT c.attribute, c.value, c.n AS customers, d.apart / sqrt((v.own * (c.n - 1) + v.other * (d.n - 1)) / (c.of_n - 2))
    AS effect, abs(d.apart) / sqrt(v.own / c.n + v.other / d.n) AS score,
  (v.own / c.n + v.other / d.n) ^ 2 / ((v.own / c.n) ^ 2 / (c.n - 1) + (v.other / d.n) ^ 2 / (d.n - 1)) AS freedom
FROM common c
CROSS JOIN LATERAL (SELECT c.of_n - c.n AS n, c.s / c.n - (c.of_s - c.s) / (c.of_n - c.n) AS apart) d
CROSS JOIN LATERAL (
  SELECT c.q - c.s ^ 2 / c.n AS own, c.of_q - c.q - (c.of_s - c.s) ^ 2 / d.n AS other, 1e-12 * c.of_q AS nothing
) x
CROSS JOIN LATERAL (
  SELECT CASE WHEN x.own > x.nothing THEN x.own / (c.n - 1) ELSE 0 END AS own,
    CASE WHEN x.other > x.nothing THEN x.other / (d.n - 1) ELSE 0 END AS other
) v
WHERE v.own + v.other > 0

-- What happened or not: Cohen's h, and Pearson's test of two shares (N - 1), where at least one is expected in each cell.
-- name: of_shares
SELECT c.attribute, c.value, c.n AS customers, 2 * asin(sqrt(d.own)) - 2 * asin(sqrt(d.other)) AS effect,
  abs(d.own - d.other) / sqrt(d.share * (1 - d.share) * (1 / c.n + 1 / d.n)) * sqrt((c.of_n - 1) / c.of_n) AS score,
  NULL::float8 AS freedom
FROM common c
CROSS JOIN LATERAL (
  SELECT c.of_n - c.n AS n, c.s / c.n AS own, (c.of_s - c.s) / (c.of_n - c.n) AS other, c.of_s / c.of_n AS share
) d
WHERE least(c.n, d.n) * least(d.share, 1 - d.share) >= 1

-- Numbers: Pearson's correlation, told as the d that goes with it.
-- name: of_numbers
SELECT n.attribute, NULL::text AS value, n.n AS customers, 2 * n.r / sqrt(d.rest) AS effect,
  abs(n.r) * sqrt((n.n - 2) / d.rest) AS score, n.n - 2 AS freedom
FROM number n CROSS JOIN LATERAL (SELECT greatest(1 - n.r ^ 2, 1e-12) AS rest) d WHERE n.r IS NOT NULL

-- name: associations
(WITH {looked_at},
tried AS ({of_words} UNION ALL {of_numbers}),
weighed AS (
  SELECT t.attribute, t.value, t.customers, t.effect, {p_value} AS p_value
  FROM tried t {deviate}
),
ranked AS (
  SELECT w.*, row_number() OVER (ORDER BY w.p_value) AS place, count(*) OVER () AS many FROM weighed w
)
SELECT r.attribute, r.value, r.customers::bigint AS customers, round(r.effect::numeric, 9)::float8 AS effect, r.p_value,
  least(min(r.p_value * r.many / r.place) OVER (ORDER BY r.place DESC), 1) AS adjusted
FROM ranked r) {b}
