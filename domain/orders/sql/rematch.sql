-- Returns of customers ($1) are matched again; those lines of whose telling nothing is kept (told_position) stay.

-- name: by_orders
SELECT DISTINCT w.customer_id FROM t_new n JOIN t_who w USING (seq)
WHERE EXISTS (
  SELECT FROM order_return r
  WHERE r.customer_id = w.customer_id AND r.returned_at >= n.ordered_at AND r.named_order IS NULL
);

-- name: by_again
SELECT DISTINCT a.stored_customer FROM t_again a
WHERE a.cancelled_at IS NOT NULL AND EXISTS (
  SELECT FROM order_return r
  WHERE r.customer_id = a.stored_customer AND r.returned_at >= a.ordered_at AND r.named_order IS NULL
);

-- name: by_returns
SELECT DISTINCT w.customer_id FROM t_new n JOIN t_who w USING (seq)
WHERE EXISTS (
  SELECT FROM order_return r WHERE r.customer_id = w.customer_id AND r.return_id <> n.return_id
    AND (r.returned_at >= n.returned_at OR n.of_order IS NOT NULL AND r.named_order IS NULL)
);

-- name: demands
SELECT r.customer_id, r.return_id, r.recorded_for, r.named_order AS of_order, r.returned_at, r.told_refund AS refund,
  CASE WHEN r.own_only THEN r.source END AS source, l.told_position AS position, l.product_id,
  sum(l.quantity)::integer AS quantity, max(l.told_amount) AS amount, p.price,
  coalesce(max(l.category) FILTER (WHERE l.order_id IS NULL), p.category, '') AS category,
  (
    SELECT h.unit_cost FROM product_price h WHERE h.product_id = p.product_id
    ORDER BY h.valid_from > r.returned_at, abs(extract(epoch FROM h.valid_from - r.returned_at)) LIMIT 1
  ) AS unit_cost
FROM order_return r JOIN return_line l ON l.customer_id = r.customer_id AND l.return_id = r.return_id
JOIN product p ON p.product_id = l.product_id
WHERE r.customer_id = ANY ($1::uuid[]) AND l.told_position IS NOT NULL
GROUP BY r.customer_id, r.return_id, l.told_position, l.product_id, p.product_id
ORDER BY r.named_order IS NULL, r.returned_at, r.source COLLATE "C", r.external_id COLLATE "C", r.return_id,
  l.told_position;

-- $2: the share of the price that goods of unknown cost are taken to cost.
-- name: supplies
SELECT o.customer_id, l.product_id, o.order_id, l.position, o.ordered_at, o.channel, l.quantity,
  coalesce(b.quantity, 0)::integer AS returned, l.total - l.discount AS paid,
  CASE WHEN l.unit_cost IS NULL THEN round(l.total * $2::numeric, 6) ELSE l.quantity * l.unit_cost END AS cost,
  coalesce(l.category, p.category, '') AS category, o.recorded_for, coalesce(b.quantity, 0)::integer AS held, o.source,
  o.cancelled_at IS NOT NULL AS cancelled
FROM customer_order o
JOIN order_line l ON l.customer_id = o.customer_id AND l.order_id = o.order_id
JOIN product p ON p.product_id = l.product_id
LEFT JOIN (
  SELECT x.customer_id, x.order_id, x.order_position, sum(x.quantity) AS quantity FROM return_line x
  WHERE x.customer_id = ANY ($1::uuid[]) AND x.told_position IS NULL AND x.order_id IS NOT NULL GROUP BY 1, 2, 3
) b ON b.customer_id = l.customer_id AND b.order_id = l.order_id AND b.order_position = l.position
WHERE o.customer_id = ANY ($1::uuid[]) AND (l.customer_id, l.product_id) IN (
  SELECT t.customer_id, t.product_id FROM return_line t
  WHERE t.customer_id = ANY ($1::uuid[]) AND t.told_position IS NOT NULL
)
ORDER BY o.ordered_at, o.source COLLATE "C", o.external_id COLLATE "C", l.position;

-- name: stored
SELECT l.return_id, l.position, l.product_id, l.order_id, l.order_position, l.quantity, l.refund, l.returned_cost,
  l.category, l.told_position, l.told_amount
FROM return_line l WHERE l.customer_id = ANY ($1::uuid[]) AND l.told_position IS NOT NULL
ORDER BY l.return_id, l.position;

-- name: clear
DELETE FROM return_line l WHERE l.customer_id = ANY ($1::uuid[]) AND l.return_id = ANY ($2::uuid[]);

-- name: fill
INSERT INTO return_line (customer_id, return_id, recorded_for, position, product_id, order_id, order_position, quantity,
  refund, returned_cost, category, told_position, told_amount)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::smallint[], $5::uuid[], $6::uuid[], $7::smallint[],
  $8::integer[], $9::numeric[], $10::numeric[], $11::text[], $12::bigint[], $13::numeric[]);

-- name: sums
UPDATE order_return r SET refund = s.refund, returned_cost = s.cost
FROM (
  SELECT l.customer_id, l.return_id, sum(l.refund) AS refund, sum(l.returned_cost) AS cost FROM return_line l
  WHERE l.customer_id = ANY ($1::uuid[]) AND l.told_position IS NOT NULL GROUP BY 1, 2
) s
WHERE r.customer_id = s.customer_id AND r.return_id = s.return_id
  AND (r.refund <> s.refund OR r.returned_cost <> s.cost);

-- name: channels
UPDATE order_return r SET channel = s.channel
FROM (
  SELECT r.customer_id, r.return_id, coalesce((
      SELECT o.channel FROM return_line l
      JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
      WHERE l.customer_id = r.customer_id AND l.return_id = r.return_id ORDER BY l.position LIMIT 1
    ), (
      SELECT o.channel FROM customer_order o WHERE o.customer_id = r.customer_id AND o.order_id = r.named_order
    ), (
      SELECT o.channel FROM customer_order o
      WHERE o.customer_id = r.customer_id AND o.recorded_for = r.recorded_for AND o.ordered_at <= r.returned_at
      ORDER BY o.ordered_at DESC, o.source COLLATE "C", o.external_id COLLATE "C" LIMIT 1
    ), 'OTHER') AS channel
  FROM order_return r WHERE r.customer_id = ANY ($1::uuid[]) AND EXISTS (
    SELECT FROM return_line l
    WHERE l.customer_id = r.customer_id AND l.return_id = r.return_id AND l.told_position IS NOT NULL
  )
) s
WHERE r.customer_id = s.customer_id AND r.return_id = s.return_id AND r.channel IS DISTINCT FROM s.channel;

-- $2 to $4: what a touchpoint costs, by channel and kind.
-- name: touchpoints
UPDATE touchpoint t SET channel = s.channel, order_id = s.order_id,
  cost = CASE WHEN t.cost_given OR t.channel = s.channel THEN t.cost ELSE coalesce((
    SELECT c.cost FROM unnest($2::text[], $3::text[], $4::numeric[]) AS c (channel, kind, cost)
    WHERE c.channel = s.channel AND (c.kind = 'RETURN' OR c.kind IS NULL) ORDER BY c.kind IS NULL LIMIT 1
  ), 0) END
FROM (
  SELECT r.customer_id, r.returned_at, r.touchpoint_id, r.channel, (
      SELECT l.order_id FROM return_line l WHERE l.customer_id = r.customer_id AND l.return_id = r.return_id
        AND l.order_id IS NOT NULL ORDER BY l.position LIMIT 1
    ) AS order_id
  FROM order_return r WHERE r.customer_id = ANY ($1::uuid[]) AND r.touchpoint_id IS NOT NULL
) s
WHERE t.customer_id = s.customer_id AND t.occurred_at = s.returned_at AND t.touchpoint_id = s.touchpoint_id
  AND (t.channel <> s.channel OR t.order_id IS DISTINCT FROM s.order_id);

-- name: lines
UPDATE order_line o SET returned_quantity = s.quantity
FROM (
  SELECT o.customer_id, o.order_id, o.position, coalesce(sum(l.quantity), 0) AS quantity
  FROM order_line o LEFT JOIN return_line l
    ON l.customer_id = o.customer_id AND l.order_id = o.order_id AND l.order_position = o.position
  WHERE o.customer_id = ANY ($1::uuid[]) GROUP BY 1, 2, 3
) s
WHERE o.customer_id = s.customer_id AND o.order_id = s.order_id AND o.position = s.position
  AND o.returned_quantity <> s.quantity;

-- name: orders
UPDATE customer_order o SET returned = s.refund, returned_cost = s.cost
FROM (
  SELECT o.customer_id, o.order_id, coalesce(sum(l.refund), 0) AS refund, coalesce(sum(l.returned_cost), 0) AS cost
  FROM customer_order o LEFT JOIN return_line l ON l.customer_id = o.customer_id AND l.order_id = o.order_id
  WHERE o.customer_id = ANY ($1::uuid[]) GROUP BY 1, 2
) s
WHERE o.customer_id = s.customer_id AND o.order_id = s.order_id
  AND (o.returned <> s.refund OR o.returned_cost <> s.cost);
