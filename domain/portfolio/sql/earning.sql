-- What customers earned, a row a fact: {key} is what it is grouped by, {within} says when it was.
-- Amounts in the order of customer_month; sold orders o, what came back l of an order o (or of none), touches t.

-- name: sold
SELECT o.customer_id, {key} AS key, o.total AS revenue, o.known_revenue, 0 AS returns, o.cost_of_goods,
  0 AS cost_to_serve, 0 AS marketing_cost
FROM customer_order o {joined} WHERE o.cancelled_at IS NULL {within}

-- name: returned
SELECT l.customer_id, {key} AS key, 0 AS revenue, 0 AS known_revenue, l.refund AS returns,
  -l.returned_cost AS cost_of_goods, 0 AS cost_to_serve, 0 AS marketing_cost
FROM order_return r JOIN return_line l ON l.customer_id = r.customer_id AND l.return_id = r.return_id
LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id {joined}
WHERE o.cancelled_at IS NULL {within}

-- name: touched
SELECT t.customer_id, {key} AS key, 0 AS revenue, 0 AS known_revenue, 0 AS returns, 0 AS cost_of_goods,
  CASE WHEN t.campaign_id IS NULL THEN t.cost ELSE 0 END AS cost_to_serve,
  CASE WHEN t.campaign_id IS NULL THEN 0 ELSE t.cost END AS marketing_cost
FROM touchpoint t WHERE true {within}

-- name: months
SELECT m.customer_id, {key} AS key, m.revenue, m.known_revenue, m.returns, m.cost_of_goods, m.cost_to_serve,
  m.marketing_cost
FROM customer_month m WHERE true {within}

-- What serving and marketing cost alone.
-- name: months_touched
SELECT m.customer_id, {key} AS key, 0 AS revenue, 0 AS known_revenue, 0 AS returns, 0 AS cost_of_goods,
  m.cost_to_serve, m.marketing_cost
FROM customer_month m WHERE (m.cost_to_serve <> 0 OR m.marketing_cost <> 0) {within}

-- Line by line, as the order's own sums are made: where no unit cost is known, the settings' margin is assumed.
-- name: lines
SELECT l.customer_id, {key} AS key, l.total - l.discount AS revenue,
  CASE WHEN l.unit_cost IS NULL THEN 0 ELSE l.total - l.discount END AS known_revenue, 0 AS returns,
  CASE WHEN l.unit_cost IS NULL THEN round(l.total * (SELECT 1 - z.assumed_margin::numeric FROM settings z), 6)
    ELSE l.quantity * l.unit_cost END AS cost_of_goods,
  0 AS cost_to_serve, 0 AS marketing_cost
FROM order_line l JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id {joined}
WHERE o.cancelled_at IS NULL {within}

-- name: shipped
SELECT o.customer_id, {key} AS key, o.shipping AS revenue, o.shipping AS known_revenue, 0 AS returns,
  0 AS cost_of_goods, 0 AS cost_to_serve, 0 AS marketing_cost
FROM customer_order o WHERE o.cancelled_at IS NULL AND o.shipping <> 0 {within}

-- The channel that customer_month has of what came back.
-- name: returned_by
coalesce(o.channel, r.channel, (
  SELECT w.channel FROM return_line x JOIN customer_order w ON w.customer_id = x.customer_id AND w.order_id = x.order_id
  WHERE x.customer_id = r.customer_id AND x.return_id = r.return_id ORDER BY x.position LIMIT 1
), (
  SELECT w.channel FROM customer_order w WHERE w.customer_id = r.customer_id AND w.ordered_at <= r.returned_at
  ORDER BY w.ordered_at DESC, w.order_id LIMIT 1
), 'OTHER')
