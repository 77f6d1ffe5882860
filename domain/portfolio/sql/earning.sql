-- What customers of {who} earned, summed by {key}, a kind of fact at a time: sold orders o, what came back l of an order o
-- (or of none), touches t, months m, lines l. {within} says when it was, {joined} what the key needs besides.

-- name: sold
SELECT {key} AS key, sum(o.total) AS revenue, sum(o.known_revenue) AS known_revenue, 0 AS returns,
  sum(o.cost_of_goods) AS cost_of_goods, 0 AS cost_to_serve, 0 AS marketing_cost
FROM customer_order o {joined} WHERE o.cancelled_at IS NULL AND {of} {within} GROUP BY 1

-- name: returned
SELECT {key} AS key, 0 AS revenue, 0 AS known_revenue, sum(l.refund) AS returns, -sum(l.returned_cost) AS cost_of_goods,
  0 AS cost_to_serve, 0 AS marketing_cost
FROM return_line l LEFT JOIN order_return r ON r.customer_id = l.customer_id AND r.return_id = l.return_id
LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id {joined}
WHERE o.cancelled_at IS NULL AND {of} AND coalesce(true {within}, false) GROUP BY 1

-- name: touched
SELECT {key} AS key, 0 AS revenue, 0 AS known_revenue, 0 AS returns, 0 AS cost_of_goods,
  sum(CASE WHEN t.campaign_id IS NULL THEN t.cost ELSE 0 END) AS cost_to_serve,
  sum(CASE WHEN t.campaign_id IS NULL THEN 0 ELSE t.cost END) AS marketing_cost
FROM touchpoint t WHERE {of} {within} GROUP BY 1

-- name: months
SELECT {key} AS key, sum(m.revenue) AS revenue, sum(m.known_revenue) AS known_revenue, sum(m.returns) AS returns,
  sum(m.cost_of_goods) AS cost_of_goods, sum(m.cost_to_serve) AS cost_to_serve, sum(m.marketing_cost) AS marketing_cost
FROM customer_month m WHERE {of} {within} GROUP BY 1

-- What serving and marketing cost alone.
-- name: months_touched
SELECT {key} AS key, 0 AS revenue, 0 AS known_revenue, 0 AS returns, 0 AS cost_of_goods,
  sum(m.cost_to_serve) AS cost_to_serve, sum(m.marketing_cost) AS marketing_cost
FROM customer_month m WHERE (m.cost_to_serve <> 0 OR m.marketing_cost <> 0) AND {of} {within} GROUP BY 1

-- What the goods of a line cost, as the order's own sum has it: where that is not known, the settings' margin is assumed.
-- name: cost_of_line
CASE WHEN l.unit_cost IS NULL THEN round(l.total * (SELECT 1 - z.assumed_margin::numeric FROM settings z), 6)
  ELSE l.quantity * l.unit_cost END

-- name: lines
SELECT {key} AS key, sum(l.total - l.discount) AS revenue,
  sum(CASE WHEN l.unit_cost IS NULL THEN 0 ELSE l.total - l.discount END) AS known_revenue, 0 AS returns,
  sum({cost_of_line}) AS cost_of_goods,
  0 AS cost_to_serve, 0 AS marketing_cost
FROM order_line l {joined} WHERE {of} AND {within} GROUP BY 1

-- name: shipped
SELECT {key} AS key, sum(o.shipping) AS revenue, sum(o.shipping) AS known_revenue, 0 AS returns, 0 AS cost_of_goods,
  0 AS cost_to_serve, 0 AS marketing_cost
FROM customer_order o WHERE o.cancelled_at IS NULL AND o.shipping <> 0 AND {of} {within} GROUP BY 1

-- Whose order a line l is of: ever, none of the few that were cancelled.
-- name: of_all
NOT EXISTS (
  SELECT FROM customer_order o
  WHERE o.customer_id = l.customer_id AND o.order_id = l.order_id AND o.cancelled_at IS NOT NULL
)

-- Of a period, one of those. Joined like this, for of a plain join by two columns Postgres expects next to no rows.
-- name: joined_of_period
LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id AND o.cancelled_at IS NULL {within}

-- name: of_period
coalesce(o.order_id = l.order_id, false)

-- The channel that customer_month has of what came back.
-- name: returned_by
coalesce(o.channel, r.channel, (
  SELECT w.channel FROM return_line x JOIN customer_order w ON w.customer_id = x.customer_id AND w.order_id = x.order_id
  WHERE x.customer_id = r.customer_id AND x.return_id = r.return_id ORDER BY x.position LIMIT 1
), (
  SELECT w.channel FROM customer_order w WHERE w.customer_id = r.customer_id AND w.ordered_at <= r.returned_at
  ORDER BY w.ordered_at DESC, w.order_id LIMIT 1
), 'OTHER')
