-- Whether the processes that customers meet work: of the customers asked for, from {since} until {until}. Each part is by
-- {key}: what group a row belongs to, a constant where all are one. A part that nobody asks for is not read.

-- Everything that is counted of touchpoints, read once: complaints and answers of the span; of cases all until its end,
-- for one that was resolved in it may have been opened before.
-- name: touched
SELECT t.customer_id, t.occurred_at, t.kind, t.channel, t.function, t.source, t.handled_by, t.case_number, t.order_id,
  t.product_id, t.satisfaction, t.recommend_score
FROM touchpoint t
WHERE {in_t} AND t.occurred_at < {until} AND (t.kind IN ('CASE_OPENED', 'CASE_RESOLVED') AND t.case_number IS NOT NULL
  OR t.occurred_at >= {since} AND (t.kind = 'COMPLAINT' OR t.satisfaction IS NOT NULL OR t.recommend_score IS NOT NULL))

-- Complaints and answers, where they were recorded.
-- name: answered
SELECT {key} AS key, count(*) FILTER (WHERE t.kind = 'COMPLAINT') AS complaints,
  avg(t.satisfaction)::float8 AS satisfaction, avg(t.recommend_score)::float8 AS recommend
FROM touched t {join}
WHERE t.occurred_at >= {since} AND (t.kind = 'COMPLAINT' OR t.satisfaction IS NOT NULL OR t.recommend_score IS NOT NULL)
GROUP BY 1

-- name: case_rows
(SELECT t.*, {key} AS key FROM touched t)

-- Who opened it, who resolved it, and what it was about.
-- name: of_turn
, (array_agg(t.key ORDER BY t.occurred_at, t.key) FILTER (WHERE t.kind = 'CASE_OPENED'))[1] AS opened_key,
  (array_agg(t.key) FILTER (WHERE t.kind = 'CASE_RESOLVED'))[1] AS resolved_key,
  (array_agg(t.order_id ORDER BY t.occurred_at) FILTER (WHERE t.order_id IS NOT NULL))[1] AS order_id,
  (array_agg(t.product_id ORDER BY t.occurred_at) FILTER (WHERE t.product_id IS NOT NULL))[1] AS product_id

-- name: opened
SELECT {key} AS key, count(*) AS cases FROM turn t {join} WHERE t.opened >= {since} GROUP BY 1

-- name: resolved
SELECT {key} AS key, count(*) AS cases,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM t.resolved - t.opened)::float8 / 3600) AS hours
FROM turn t {join} WHERE t.resolved >= {since} GROUP BY 1

-- Orders that were placed in the span. Of those without a promise, or whose promised time has not come, nobody can say.
-- name: ordered
SELECT {key} AS key, count(*) AS orders, count(*) FILTER (WHERE o.delivered_at <= o.promised_at) AS on_time,
  count(*) FILTER (WHERE o.promised_at < {now} OR o.delivered_at <= {now} AND o.promised_at IS NOT NULL) AS due
FROM customer_order o
WHERE {in_o} AND o.cancelled_at IS NULL AND o.ordered_at >= {since} AND o.ordered_at < {until}
GROUP BY 1

-- An order is in each category that it holds, once. Categories are numbered: there are many lines to tell apart.
-- name: ordered_by_category
SELECT n.category AS key, c.orders, c.on_time, c.due
FROM (
  SELECT x.number, count(*) AS orders, count(*) FILTER (WHERE x.on_time) AS on_time, count(*) FILTER (WHERE x.due) AS due
  FROM (
    SELECT DISTINCT o.order_id, m.number, o.on_time, o.due
    FROM (
      SELECT o.customer_id, o.order_id, o.delivered_at <= o.promised_at AS on_time,
        o.promised_at < {now} OR o.delivered_at <= {now} AND o.promised_at IS NOT NULL AS due
      FROM customer_order o
      WHERE {in_o} AND o.cancelled_at IS NULL AND o.ordered_at >= {since} AND o.ordered_at < {until} OFFSET 0
    ) o JOIN order_line l ON l.customer_id = o.customer_id AND l.order_id = o.order_id
    JOIN (SELECT p.product_id, dense_rank() OVER (ORDER BY p.category) AS number FROM product p) m
      ON m.product_id = l.product_id
  ) x GROUP BY x.number
) c JOIN (
  SELECT DISTINCT p.category, dense_rank() OVER (ORDER BY p.category) AS number FROM product p
) n ON n.number = c.number

-- name: keys
(SELECT key FROM opened UNION SELECT key FROM resolved UNION SELECT key FROM answered UNION SELECT key FROM ordered)

-- name: quality
SELECT k.key, coalesce(e.cases, 0) AS opened, coalesce(r.cases, 0) AS resolved, r.hours,
  n.on_time::float8 / nullif(n.due, 0) AS on_time,
  1000 * coalesce(a.complaints, 0)::float8 / {orders} AS complaints, a.satisfaction, a.recommend
FROM {keys} k (key)
LEFT JOIN opened e ON e.key = k.key
LEFT JOIN resolved r ON r.key = k.key
LEFT JOIN answered a ON a.key = k.key
LEFT JOIN ordered n ON n.key = k.key
WHERE k.key IS NOT NULL

-- What a touchpoint t is about: its order, where that stands.
-- name: of_order
JOIN customer_order g ON g.customer_id = t.customer_id AND g.order_id = t.order_id AND g.cancelled_at IS NULL

-- The categories of orders that touchpoints name which name no product.
-- name: named
SELECT DISTINCT l.customer_id, l.order_id, p.category
FROM touched t JOIN customer_order o ON o.customer_id = t.customer_id AND o.order_id = t.order_id
JOIN order_line l ON l.customer_id = o.customer_id AND l.order_id = o.order_id JOIN product p ON p.product_id = l.product_id
WHERE t.product_id IS NULL AND o.cancelled_at IS NULL

-- Its product's category, or else each of those that its order holds.
-- name: of_product
LEFT JOIN product p ON p.product_id = t.product_id
LEFT JOIN named g ON t.product_id IS NULL AND g.customer_id = t.customer_id AND g.order_id = t.order_id
