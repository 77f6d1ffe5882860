-- Who buys what, who does not, and who of these resembles buyers. What is counted is a product, or its category as the
-- catalogue has it today, as filters have it. Customers and things have numbers here: millions of pairs of these are
-- told apart several times as fast as pairs of ids.

-- name: adoption
(WITH product_asked AS MATERIALIZED (
  SELECT p.product_id, p.category, coalesce(p.discontinued_at > {now}, true) AS is_sold FROM product p
  WHERE p.product_id IN (SELECT q.product_id FROM {products} q)
),
wanted AS MATERIALIZED (
  SELECT t.thing, (row_number() OVER ())::int AS number, t.is_sold FROM ({wanted}) t
),
member AS (SELECT w.customer_id, (row_number() OVER ())::int AS member FROM {who} w),
crowd AS (SELECT count(*) AS customers FROM {who} w),
line AS (
  SELECT d.number, m.member, l.quantity, l.total - l.discount AS revenue,
    {cost_of_line} AS cost
  FROM member m
  JOIN customer_order o ON o.customer_id = m.customer_id
  JOIN order_line l ON {of_order}
  JOIN product_asked p ON p.product_id = l.product_id
  JOIN wanted d ON d.thing = {thing}
  WHERE o.cancelled_at IS NULL AND {ordered}
),
bought AS (
  SELECT n.number, count(*) AS buyers FROM (SELECT DISTINCT n.number, n.member FROM line n) n GROUP BY n.number
),
sold AS (
  SELECT n.number, sum(n.quantity) AS units, sum(n.revenue) AS revenue, sum(n.cost) AS cost FROM line n GROUP BY n.number
),
back AS (
  SELECT {thing} AS thing, sum(l.refund) AS refund, sum(l.returned_cost) AS cost
  FROM {who} w
  JOIN order_return r ON r.customer_id = w.customer_id
  JOIN return_line l ON l.customer_id = r.customer_id AND l.return_id = r.return_id
  JOIN product_asked p ON p.product_id = l.product_id
  LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
  WHERE o.cancelled_at IS NULL AND {returned}
  GROUP BY 1
),
looked AS MATERIALIZED (
  SELECT m.customer_id, m.member FROM member m CROSS JOIN crowd c
  WHERE {place} < 65536 * {most}::bigint / greatest(c.customers, 1)
),
willing AS MATERIALIZED (
  SELECT w.customer_id, w.member FROM looked w
  WHERE {willing}
),
scale AS (SELECT c.customers / greatest(n.customers, 1)::numeric AS by FROM crowd c
  CROSS JOIN (SELECT count(*) AS customers FROM looked) n),
{resembling},
likely AS (
  SELECT x.number, count(*) AS customers FROM (SELECT DISTINCT y.number, y.member FROM alike y) x
  WHERE NOT EXISTS (SELECT FROM own h WHERE h.number = x.number AND h.member = x.member) GROUP BY x.number
)
SELECT d.thing, coalesce(s.buyers, 0) AS buyers, c.customers - coalesce(s.buyers, 0) AS non_buyers,
  coalesce(s.buyers::float8 / nullif(c.customers, 0), 0) AS adoption, least(coalesce(n.units, 0), 2147483647) AS units,
  coalesce(n.revenue, 0) AS revenue,
  coalesce(n.revenue - n.cost, 0) - coalesce(b.refund - b.cost, 0) AS profit,
  least(round(coalesce(k.customers, 0) * v.by)::bigint, c.customers - coalesce(s.buyers, 0)) AS likely_buyers,
  {told}
FROM wanted d
CROSS JOIN crowd c
CROSS JOIN scale v
LEFT JOIN bought s ON s.number = d.number
LEFT JOIN sold n ON n.number = d.number
LEFT JOIN back b ON b.thing = d.thing
LEFT JOIN likely k ON k.number = d.number) {b}

-- name: wanted_product
SELECT p.product_id AS thing, p.is_sold FROM product_asked p

-- name: wanted_category
SELECT p.category AS thing, bool_or(p.is_sold) AS is_sold FROM product_asked p
WHERE p.category IS NOT NULL GROUP BY p.category

-- Who bought one of the {nearest} products that go with it most strongly, and not the product itself: pairs of
-- customers and what they might buy, and those of customers and what they bought.
-- name: resembling_product
near AS MATERIALIZED (
  SELECT n.product_id, n.number FROM (
    SELECT f.product_id, d.number,
      row_number() OVER (PARTITION BY f.offered_id ORDER BY f.lift DESC, f.product_id) AS place
    FROM product_affinity f JOIN wanted d ON d.thing = f.offered_id WHERE f.lift >= {lift} AND d.is_sold
  ) n WHERE n.place <= {nearest}
),
held AS MATERIALIZED (
  SELECT w.member, l.product_id FROM willing w
  JOIN customer_order o ON o.customer_id = w.customer_id
  JOIN order_line l ON {of_order}
  WHERE o.cancelled_at IS NULL AND {ordered}
),
alike AS (SELECT n.number, h.member FROM held h JOIN near n ON n.product_id = h.product_id),
own AS (SELECT d.number, h.member FROM held h JOIN wanted d ON d.thing = h.product_id)

-- Whose last purchase, which is a day, holds a category that leads on to it, and who never bought of it.
-- name: resembling_category
held AS MATERIALIZED (
  SELECT o.member, p.category, p.product_id IN (SELECT q.product_id FROM product_asked q) AS is_asked,
    o.day = o.last_day AS is_last
  FROM (
    SELECT w.member, o.customer_id, o.order_id, (o.ordered_at AT TIME ZONE {zone})::date AS day,
      (max(o.ordered_at) OVER (PARTITION BY w.member) AT TIME ZONE {zone})::date AS last_day
    FROM willing w JOIN customer_order o ON o.customer_id = w.customer_id
    WHERE o.cancelled_at IS NULL AND {ordered}
  ) o
  JOIN order_line l ON {of_order}
  JOIN product p ON p.product_id = l.product_id
  WHERE p.category IS NOT NULL
),
alike AS (
  SELECT d.number, h.member FROM held h
  JOIN category_transition t ON t.category = h.category AND t.lift >= {lift}
  JOIN wanted d ON d.thing = t.next_category
  WHERE h.is_last AND d.is_sold
),
own AS (
  SELECT d.number, h.member FROM held h JOIN wanted d ON d.thing = h.category WHERE h.is_asked
)

-- name: told_product
d.thing AS product_id, (SELECT p.sku FROM product p WHERE p.product_id = d.thing) AS group_key,
(SELECT p.name FROM product p WHERE p.product_id = d.thing) AS group_label,
jsonb_build_object('bought', jsonb_build_object('product', jsonb_build_object('sku', jsonb_build_object('eq',
  (SELECT p.sku FROM product p WHERE p.product_id = d.thing)))) || {spanned}) AS group_where

-- name: told_category
NULL::uuid AS product_id, d.thing AS group_key, d.thing AS group_label,
jsonb_build_object('bought', jsonb_build_object('product', {where} || jsonb_build_object('category',
  coalesce({where} -> 'category', '{{}}') || jsonb_build_object('eq', d.thing))) || {spanned}) AS group_where
