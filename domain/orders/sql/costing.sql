-- What goods of unknown cost are taken to cost ($1 the customers, $2 the share of the price), as if they had been
-- recorded so. Each step tells whose figures changed; the sums follow their lines.

-- name: orders
UPDATE customer_order o SET cost_of_goods = s.cost
FROM (
  SELECT l.customer_id, l.order_id,
    sum(CASE WHEN l.unit_cost IS NULL THEN round(l.total * $2::numeric, 6) ELSE l.quantity * l.unit_cost END) AS cost
  FROM order_line l WHERE l.customer_id = ANY ($1::uuid[])
  GROUP BY l.customer_id, l.order_id HAVING bool_or(l.unit_cost IS NULL)
) s
WHERE o.customer_id = ANY ($1::uuid[]) AND o.customer_id = s.customer_id AND o.order_id = s.order_id
  AND o.cost_of_goods <> s.cost
RETURNING o.customer_id;

-- Parts of a line's cost come to the whole exactly: each is what all units until then cost, less those before, half to
-- even and in the order in which returns are matched.
-- name: matched
UPDATE return_line r SET returned_cost = s.cost
FROM (
  SELECT p.customer_id, p.return_id, p.position, e.upto - e.before AS cost
  FROM (
    SELECT x.customer_id, x.return_id, x.position, x.quantity, l.quantity AS sold,
      round(l.total * $2::numeric, 6) AS whole,
      sum(x.quantity) OVER (PARTITION BY x.customer_id, x.order_id, x.order_position
        ORDER BY x.told_position IS NOT NULL, CASE WHEN x.told_position IS NULL THEN k.recorded_at END,
          k.named_order IS NULL, k.returned_at, k.source COLLATE "C", k.external_id COLLATE "C", x.return_id,
          x.position) AS upto
    FROM return_line x
    JOIN order_return k ON k.customer_id = x.customer_id AND k.return_id = x.return_id
    JOIN order_line l
      ON l.customer_id = x.customer_id AND l.order_id = x.order_id AND l.position = x.order_position
    WHERE x.customer_id = ANY ($1::uuid[]) AND l.customer_id = ANY ($1::uuid[]) AND l.unit_cost IS NULL
  ) p
  CROSS JOIN LATERAL (
    SELECT p.whole * p.upto * 1000000 / p.sold AS upto, p.whole * (p.upto - p.quantity) * 1000000 / p.sold AS before
  ) m
  CROSS JOIN LATERAL (
    SELECT (CASE WHEN m.upto % 2 = 0.5 THEN trunc(m.upto) ELSE round(m.upto) END) / 1000000 AS upto,
      (CASE WHEN m.before % 2 = 0.5 THEN trunc(m.before) ELSE round(m.before) END) / 1000000 AS before
  ) e
) s
WHERE r.customer_id = ANY ($1::uuid[]) AND r.customer_id = s.customer_id AND r.return_id = s.return_id
  AND r.position = s.position AND r.returned_cost <> s.cost
RETURNING r.customer_id;

-- name: unmatched
UPDATE return_line r SET returned_cost = s.cost
FROM (
  SELECT x.customer_id, x.return_id, x.position,
    (CASE WHEN x.refund * $2::numeric * 1000000 % 2 = 0.5 THEN trunc(x.refund * $2::numeric * 1000000)
      ELSE round(x.refund * $2::numeric * 1000000) END) / 1000000 AS cost
  FROM return_line x JOIN order_return k ON k.customer_id = x.customer_id AND k.return_id = x.return_id
  WHERE x.customer_id = ANY ($1::uuid[]) AND k.customer_id = ANY ($1::uuid[]) AND x.order_id IS NULL AND (
    SELECT h.unit_cost FROM product_price h WHERE h.product_id = x.product_id
    ORDER BY h.valid_from > k.returned_at, abs(extract(epoch FROM h.valid_from - k.returned_at)) LIMIT 1
  ) IS NULL
) s
WHERE r.customer_id = ANY ($1::uuid[]) AND r.customer_id = s.customer_id AND r.return_id = s.return_id
  AND r.position = s.position AND r.returned_cost <> s.cost
RETURNING r.customer_id;

-- name: returns
UPDATE order_return k SET returned_cost = s.cost
FROM (
  SELECT r.customer_id, r.return_id, sum(r.returned_cost) AS cost FROM return_line r
  WHERE r.customer_id = ANY ($1::uuid[]) GROUP BY r.customer_id, r.return_id
) s
WHERE k.customer_id = ANY ($1::uuid[]) AND k.customer_id = s.customer_id AND k.return_id = s.return_id
  AND k.returned_cost <> s.cost
RETURNING k.customer_id;

-- name: returned
UPDATE customer_order o SET returned_cost = s.cost
FROM (
  SELECT r.customer_id, r.order_id, sum(r.returned_cost) AS cost FROM return_line r
  WHERE r.customer_id = ANY ($1::uuid[]) AND r.order_id IS NOT NULL GROUP BY r.customer_id, r.order_id
) s
WHERE o.customer_id = ANY ($1::uuid[]) AND o.customer_id = s.customer_id AND o.order_id = s.order_id
  AND o.returned_cost <> s.cost
RETURNING o.customer_id;
