-- Who buys what, who does not, and who of these resembles buyers. {thing} is what is grouped by: the product, or its
-- category as the catalogue has it today, as filters have it.

-- name: adoption
(WITH product_asked AS MATERIALIZED (
  SELECT p.product_id, p.category, coalesce(p.discontinued_at > {now}, true) AS is_sold FROM product p
  WHERE p.product_id IN (SELECT q.product_id FROM {products} q)
),
wanted AS (
  {wanted}
),
sold AS (
  SELECT t.thing, count(*) AS buyers, sum(t.units)::bigint AS units, sum(t.revenue) AS revenue, sum(t.cost) AS cost
  FROM (
    SELECT o.customer_id, {thing} AS thing, sum(l.quantity) AS units, sum(l.total - l.discount) AS revenue,
      sum(CASE WHEN l.unit_cost IS NULL THEN round(l.total * {cost_share}, 6) ELSE l.quantity * l.unit_cost END) AS cost
    FROM {who} w
    JOIN customer_order o ON o.customer_id = w.customer_id
    JOIN order_line l ON l.customer_id = o.customer_id AND l.order_id = o.order_id
    JOIN product_asked p ON p.product_id = l.product_id
    WHERE o.cancelled_at IS NULL AND {ordered}
    GROUP BY 1, 2
  ) t
  GROUP BY t.thing
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
crowd AS (SELECT count(*) AS customers FROM {who} w),
looked AS MATERIALIZED (
  SELECT w.customer_id FROM {who} w CROSS JOIN crowd c
  WHERE get_byte(uuid_send(w.customer_id), 15) * 256 + get_byte(uuid_send(w.customer_id), 14)
    < 65536 * {most}::bigint / greatest(c.customers, 1)
),
willing AS (
  SELECT w.customer_id FROM looked w
  WHERE NOT EXISTS (SELECT FROM customer_consent k WHERE k.customer_id = w.customer_id AND {unwilling})
),
scale AS (SELECT c.customers / greatest(n.customers, 1)::numeric AS by FROM crowd c
  CROSS JOIN (SELECT count(*) AS customers FROM looked) n),
{resembling}
SELECT d.thing, coalesce(s.buyers, 0) AS buyers, c.customers - coalesce(s.buyers, 0) AS non_buyers,
  coalesce(s.buyers::float8 / nullif(c.customers, 0), 0) AS adoption, coalesce(s.units, 0) AS units,
  coalesce(s.revenue, 0) AS revenue,
  coalesce(s.revenue - s.cost, 0) - coalesce(b.refund - b.cost, 0) AS profit,
  least(round(coalesce(k.customers, 0) * v.by)::bigint, c.customers - coalesce(s.buyers, 0)) AS likely_buyers,
  {told}
FROM wanted d
CROSS JOIN crowd c
CROSS JOIN scale v
LEFT JOIN sold s ON s.thing = d.thing
LEFT JOIN back b ON b.thing = d.thing
LEFT JOIN likely k ON k.thing = d.thing) {b}

-- name: wanted_product
SELECT p.product_id AS thing FROM product_asked p

-- name: wanted_category
SELECT DISTINCT p.category AS thing FROM product_asked p WHERE p.category IS NOT NULL

-- Who bought one of the {nearest} products that go with it most strongly, and not the product itself.
-- name: resembling_product
near AS MATERIALIZED (
  SELECT n.product_id, n.offered_id FROM (
    SELECT f.product_id, f.offered_id,
      row_number() OVER (PARTITION BY f.offered_id ORDER BY f.lift DESC, f.product_id) AS place
    FROM product_affinity f JOIN product_asked p ON p.product_id = f.offered_id WHERE f.lift >= {lift} AND p.is_sold
  ) n WHERE n.place <= {nearest}
),
own AS MATERIALIZED (
  SELECT DISTINCT o.customer_id, l.product_id FROM willing w
  JOIN customer_order o ON o.customer_id = w.customer_id
  JOIN order_line l ON l.customer_id = o.customer_id AND l.order_id = o.order_id
  WHERE o.cancelled_at IS NULL AND {ordered} AND l.product_id IN (
    SELECT n.product_id FROM near n UNION SELECT n.offered_id FROM near n
  )
),
likely AS (
  SELECT x.offered_id AS thing, count(*) AS customers FROM (
    SELECT DISTINCT h.customer_id, n.offered_id FROM own h JOIN near n ON n.product_id = h.product_id
  ) x
  WHERE NOT EXISTS (SELECT FROM own h WHERE h.customer_id = x.customer_id AND h.product_id = x.offered_id)
  GROUP BY x.offered_id
)

-- Whose last purchase, which is a day, holds a category that leads on to it, and who never bought of it.
-- name: resembling_category
held AS MATERIALIZED (
  SELECT DISTINCT o.customer_id, p.category, p.product_id IN (SELECT q.product_id FROM product_asked q) AS is_asked,
    o.day = o.last_day AS is_last
  FROM (
    SELECT o.customer_id, o.order_id, (o.ordered_at AT TIME ZONE {zone})::date AS day,
      (max(o.ordered_at) OVER (PARTITION BY o.customer_id) AT TIME ZONE {zone})::date AS last_day
    FROM willing w JOIN customer_order o ON o.customer_id = w.customer_id
    WHERE o.cancelled_at IS NULL AND {ordered}
  ) o
  JOIN order_line l ON l.customer_id = o.customer_id AND l.order_id = o.order_id
  JOIN product p ON p.product_id = l.product_id
  WHERE p.category IS NOT NULL
),
likely AS (
  SELECT x.next_category AS thing, count(*) AS customers FROM (
    SELECT DISTINCT h.customer_id, t.next_category FROM held h
    JOIN category_transition t ON t.category = h.category AND t.lift >= {lift}
    WHERE h.is_last AND t.next_category IN (SELECT p.category FROM product_asked p WHERE p.is_sold)
  ) x
  WHERE NOT EXISTS (
    SELECT FROM held h WHERE h.customer_id = x.customer_id AND h.category = x.next_category AND h.is_asked)
  GROUP BY x.next_category
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
