-- Earnings by month ($1 the customers) out of the facts, or moved from customers who are gone to their survivors.

-- name: clear
DELETE FROM customer_month m WHERE m.customer_id = ANY ($1::uuid[]);

-- name: rebuild
INSERT INTO customer_month (customer_id, month, channel, category, orders, category_orders, units, returned_units,
  revenue, known_revenue, returns, cost_of_goods, touches, contacts, cost_to_serve, marketing_cost)
SELECT f.customer_id, date_trunc('month', f.at AT TIME ZONE $2)::date AS month, f.channel, f.category, sum(f.orders),
  count(DISTINCT f.order_id), sum(f.units), sum(f.returned_units), sum(f.revenue), sum(f.known_revenue),
  sum(f.returns), sum(f.cost_of_goods), sum(f.touches), sum(f.contacts), sum(f.cost_to_serve), sum(f.marketing_cost)
FROM (
  SELECT o.customer_id, o.ordered_at AS at, o.channel, '' AS category, 1 AS orders, NULL::uuid AS order_id, 0 AS units,
    0 AS returned_units, o.shipping AS revenue, o.shipping AS known_revenue, 0 AS returns, 0 AS cost_of_goods,
    0 AS touches, 0 AS contacts, 0 AS cost_to_serve, 0 AS marketing_cost
  FROM customer_order o WHERE o.customer_id = ANY ($1::uuid[]) AND o.cancelled_at IS NULL
  UNION ALL
  SELECT o.customer_id, o.ordered_at, o.channel, coalesce(l.category, p.category, ''), 0, o.order_id, l.quantity, 0,
    l.total - l.discount, CASE WHEN l.unit_cost IS NULL THEN 0 ELSE l.total - l.discount END, 0,
    CASE WHEN l.unit_cost IS NULL THEN round(l.total * $3::numeric, 6) ELSE l.quantity * l.unit_cost END, 0, 0, 0, 0
  FROM customer_order o JOIN order_line l USING (customer_id, order_id) LEFT JOIN product p USING (product_id)
  WHERE o.customer_id = ANY ($1::uuid[]) AND o.cancelled_at IS NULL
  UNION ALL
  SELECT r.customer_id, r.returned_at, coalesce(o.channel, r.channel, (
      SELECT w.channel FROM return_line x
      JOIN customer_order w ON w.customer_id = x.customer_id AND w.order_id = x.order_id
      WHERE x.customer_id = r.customer_id AND x.return_id = r.return_id ORDER BY x.position LIMIT 1
    ), (
      SELECT w.channel FROM customer_order w
      WHERE w.customer_id = r.customer_id AND w.ordered_at <= r.returned_at
      ORDER BY w.ordered_at DESC, w.order_id LIMIT 1
    ), 'OTHER'), coalesce(l.category, p.category, ''), 0, NULL, 0, l.quantity, 0, 0, l.refund, -l.returned_cost,
    0, 0, 0, 0
  FROM order_return r JOIN return_line l USING (customer_id, return_id) LEFT JOIN product p USING (product_id)
  LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
  WHERE r.customer_id = ANY ($1::uuid[]) AND o.cancelled_at IS NULL
  UNION ALL
  SELECT t.customer_id, t.occurred_at, t.channel, '', 0, NULL, 0, 0, 0, 0, 0, 0, 1,
    CASE t.kind WHEN 'CAMPAIGN_SENT' THEN 1 ELSE 0 END, CASE WHEN t.campaign_id IS NULL THEN t.cost ELSE 0 END,
    CASE WHEN t.campaign_id IS NULL THEN 0 ELSE t.cost END
  FROM touchpoint t WHERE t.customer_id = ANY ($1::uuid[])
) f
GROUP BY f.customer_id, month, f.channel, f.category
ORDER BY f.customer_id, month, f.channel COLLATE "C", f.category COLLATE "C";

-- name: move
WITH gone AS (
  DELETE FROM customer_month m USING unnest($1::uuid[], $2::uuid[]) AS j (gone, into_id) WHERE m.customer_id = j.gone
  RETURNING j.into_id, m.*
)
INSERT INTO customer_month (customer_id, month, channel, category, orders, category_orders, units, returned_units,
  revenue, known_revenue, returns, cost_of_goods, touches, contacts, cost_to_serve, marketing_cost)
SELECT g.into_id, g.month, g.channel, g.category, sum(g.orders), sum(g.category_orders), sum(g.units),
  sum(g.returned_units), sum(g.revenue), sum(g.known_revenue), sum(g.returns), sum(g.cost_of_goods), sum(g.touches),
  sum(g.contacts), sum(g.cost_to_serve), sum(g.marketing_cost)
FROM gone g GROUP BY g.into_id, g.month, g.channel, g.category
ORDER BY g.into_id, g.month, g.channel COLLATE "C", g.category COLLATE "C"
ON CONFLICT (customer_id, month, channel, category) DO UPDATE SET
  orders = customer_month.orders + excluded.orders,
  category_orders = customer_month.category_orders + excluded.category_orders,
  units = customer_month.units + excluded.units,
  returned_units = customer_month.returned_units + excluded.returned_units,
  revenue = customer_month.revenue + excluded.revenue,
  known_revenue = customer_month.known_revenue + excluded.known_revenue,
  returns = customer_month.returns + excluded.returns,
  cost_of_goods = customer_month.cost_of_goods + excluded.cost_of_goods,
  touches = customer_month.touches + excluded.touches,
  contacts = customer_month.contacts + excluded.contacts,
  cost_to_serve = customer_month.cost_to_serve + excluded.cost_to_serve,
  marketing_cost = customer_month.marketing_cost + excluded.marketing_cost;
