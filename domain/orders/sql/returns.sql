-- Returns out of staging ({s}_return, {s}_return_line), one batch: found, matched in Python, recorded.

-- name: batch
CREATE TEMP TABLE t_return ON COMMIT DROP AS
SELECT r.*, k.return_id AS known, o.order_id AS of_order, o.recorded_for AS order_customer,
  o.cancelled_at IS NOT NULL AS of_cancelled,
  coalesce(o.recorded_for, r.customer, i.customer_id) AS recorded,
  coalesce(a.survivor_id, r.customer, i.customer_id) AS named_customer, o.customer_id AS owner
FROM {s}_return r
LEFT JOIN return_claim k ON k.claim_key = r.claim
LEFT JOIN order_claim c ON c.claim_key = r.order_claim
LEFT JOIN customer_alias oa ON oa.customer_id = c.customer_id
LEFT JOIN customer_order o ON o.customer_id = coalesce(oa.survivor_id, c.customer_id) AND o.order_id = c.order_id
LEFT JOIN identity_claim i ON r.customer IS NULL AND i.value = r.value AND i.kind = r.kind AND i.scope = r.scope
LEFT JOIN customer_alias a ON a.customer_id = coalesce(r.customer, i.customer_id)
WHERE r.batch = $1;

-- name: unclaimed
SELECT r.seq, r.kind, r.scope, r.value FROM t_return r WHERE r.value IS NOT NULL AND r.named_customer IS NULL;

-- Nobody that is known yet: what they bring back is of no order, so that it must be said what was paid back.
-- name: strangers
CREATE TEMP TABLE t_stranger ON COMMIT DROP AS
SELECT r.* FROM t_return r
WHERE r.value IS NOT NULL AND r.named_customer IS NULL AND r.of_order IS NULL AND r.known IS NULL
  AND NOT r.seq = ANY ($1::bigint[]) AND (r.refund IS NOT NULL OR NOT EXISTS (
    SELECT FROM {s}_return_line l WHERE l.seq = r.seq AND l.amount IS NULL
  ));

-- name: claim_strangers
INSERT INTO identity_claim (value, kind, scope, customer_id, claimed_at)
SELECT DISTINCT ON (s.value COLLATE "C", s.kind, s.scope) s.value, s.kind, s.scope, s.prospect, $1::timestamptz
FROM t_stranger s ORDER BY s.value COLLATE "C", s.kind, s.scope, s.returned_at, s.seq ON CONFLICT DO NOTHING;

-- name: met
SELECT count(*) FROM t_stranger s
JOIN identity_claim i ON i.value = s.value AND i.kind = s.kind AND i.scope = s.scope
WHERE NOT EXISTS (SELECT FROM t_stranger o WHERE o.prospect = i.customer_id);

-- name: never_met
DELETE FROM identity_claim i USING t_stranger s
WHERE i.value = s.value AND i.kind = s.kind AND i.scope = s.scope
  AND NOT EXISTS (SELECT FROM customer c WHERE c.customer_id = i.customer_id);

-- name: lock
SELECT c.merged_into IS DISTINCT FROM w.expected AS moved
FROM (
  SELECT r.recorded AS customer_id, nullif(coalesce(r.owner, r.named_customer), r.recorded) AS expected FROM t_return r
  UNION SELECT coalesce(r.owner, r.named_customer), NULL FROM t_return r
) w JOIN customer c USING (customer_id) ORDER BY customer_id FOR NO KEY UPDATE OF c;

-- What may have changed until the customers were locked.
-- name: refresh
UPDATE t_return r SET known = k.return_id, of_cancelled = o.cancelled_at IS NOT NULL
FROM t_return t
LEFT JOIN return_claim k ON k.claim_key = t.claim
LEFT JOIN customer_order o ON o.customer_id = t.owner AND o.order_id = t.of_order
WHERE r.seq = t.seq;

-- $1: rows whose identity was an erased customer's; $2: the source of a partner, who knows by id only its own.
-- name: faults
SELECT DISTINCT ON (f.seq) f.seq, f.position, f.field, f.code, f.reason FROM (
  SELECT e.seq, NULL::integer AS position, 'customer.identity' AS field, 'ERASED' AS code,
    'belonged to a customer who was erased' AS reason, 0 AS turn
  FROM unnest($1::bigint[]) AS e (seq)
  UNION ALL
  SELECT r.seq, NULL, 'orderExternalId', 'NOT_FOUND', 'names no order of this source: send the order first', 1
  FROM t_return r WHERE r.order_claim IS NOT NULL AND r.of_order IS NULL
  UNION ALL
  SELECT r.seq, NULL, 'orderExternalId', 'ERASED', 'names an order of a customer who was erased', 2
  FROM t_return r JOIN customer c ON c.customer_id = r.owner WHERE c.erased_at IS NOT NULL
  UNION ALL
  SELECT r.seq, NULL, 'orderExternalId', 'IN_WRONG_STATE', 'names an order that was cancelled', 2
  FROM t_return r WHERE r.of_cancelled
  UNION ALL
  SELECT r.seq, NULL, 'returnedAt', 'INVALID', 'lies before the day of its order', 3
  FROM t_return r JOIN customer_order o ON o.customer_id = r.owner AND o.order_id = r.of_order
  WHERE r.returned_at < o.ordered_at - interval '1 day'
  UNION ALL
  SELECT r.seq, NULL, 'customer', 'CONFLICT', 'is not the customer of the order', 3
  FROM t_return r
  WHERE r.of_order IS NOT NULL AND (r.customer IS NOT NULL OR r.value IS NOT NULL)
    AND r.named_customer IS DISTINCT FROM r.owner
  UNION ALL
  SELECT r.seq, NULL, 'customer.id', 'NOT_FOUND', 'names no customer', 4
  FROM t_return r LEFT JOIN customer c ON c.customer_id = r.named_customer
  WHERE r.customer IS NOT NULL AND (c.customer_id IS NULL OR $2::text IS NOT NULL AND NOT EXISTS (
    SELECT FROM customer_identity i WHERE i.customer_id = r.named_customer AND $2::text = ANY (i.sources)
  ))
  UNION ALL
  SELECT r.seq, NULL, 'customer.id', 'ERASED', 'names a customer who was erased', 5
  FROM t_return r JOIN customer c ON c.customer_id = r.named_customer
  WHERE r.customer IS NOT NULL AND c.erased_at IS NOT NULL
  UNION ALL
  SELECT l.seq, l.position, 'sku', 'NOT_FOUND', 'names no product: send the product first', 6
  FROM {s}_return_line l JOIN t_return r USING (seq) LEFT JOIN product p USING (sku) WHERE p.product_id IS NULL
) f JOIN t_return r USING (seq) WHERE r.known IS NULL ORDER BY f.seq, f.turn, f.position;

-- name: demands
SELECT r.seq, r.claim, coalesce(r.owner, r.named_customer) AS customer_id, r.of_order, r.returned_at,
  r.refund::numeric AS refund, r.known, r.return_id, l.position, p.product_id, l.quantity,
  l.amount::numeric AS amount, p.price, coalesce(p.category, '') AS category, r.recorded AS recorded_for,
  (
    SELECT h.unit_cost FROM product_price h WHERE h.product_id = p.product_id
    ORDER BY h.valid_from > r.returned_at, abs(extract(epoch FROM h.valid_from - r.returned_at)) LIMIT 1
  ) AS unit_cost
FROM t_return r JOIN {s}_return_line l USING (seq) LEFT JOIN product p USING (sku)
ORDER BY r.returned_at, r.seq, l.position;

-- What the customers have left of these products, and what of it is held by returns that name their order (or are of
-- before that was kept); $2: a partner's returns take from its own orders alone.
-- name: supplies
SELECT o.customer_id, l.product_id, o.order_id, l.position, o.ordered_at, o.channel, l.quantity, l.returned_quantity,
  l.total - l.discount AS paid,
  CASE WHEN l.unit_cost IS NULL THEN round(l.total * $1::numeric, 6) ELSE l.quantity * l.unit_cost END AS cost,
  coalesce(l.category, d.category, '') AS category, o.recorded_for, CASE WHEN l.returned_quantity = 0 THEN 0 ELSE (
    SELECT coalesce(sum(b.quantity), 0)::integer FROM return_line b JOIN order_return k USING (customer_id, return_id)
    WHERE b.customer_id = l.customer_id AND b.order_id = l.order_id AND b.order_position = l.position
      AND (k.named_order IS NOT NULL OR b.told_position IS NULL)
  ) END AS held
FROM (
  SELECT DISTINCT coalesce(r.owner, r.named_customer) AS customer_id, p.product_id, p.category
  FROM t_return r JOIN {s}_return_line s USING (seq) JOIN product p USING (sku) WHERE r.known IS NULL
) d
JOIN customer_order o ON o.customer_id = d.customer_id AND o.cancelled_at IS NULL
JOIN order_line l ON l.customer_id = o.customer_id AND l.order_id = o.order_id AND l.product_id = d.product_id
WHERE (l.returned_quantity < l.quantity OR o.order_id IN (SELECT r.of_order FROM t_return r WHERE r.known IS NULL))
  AND ($2::text IS NULL OR o.source = $2::text)
ORDER BY o.ordered_at, o.source COLLATE "C", o.external_id COLLATE "C", l.position;

-- name: create_taken
CREATE TEMP TABLE t_taken (
  seq bigint NOT NULL, position smallint NOT NULL, product_id uuid NOT NULL, order_id uuid, order_position smallint,
  quantity integer NOT NULL, refund numeric NOT NULL, cost numeric NOT NULL, category text NOT NULL, channel text,
  told_position smallint NOT NULL, told_amount numeric
) ON COMMIT DROP;

-- name: new
CREATE TEMP TABLE t_new ON COMMIT DROP AS
SELECT r.*, s.refunded, s.cost, s.order_id, coalesce(
    s.channel,
    (SELECT o.channel FROM customer_order o WHERE o.customer_id = r.owner AND o.order_id = r.of_order),
    (
      SELECT o.channel FROM customer_order o
      WHERE o.customer_id = r.named_customer AND o.recorded_for = r.recorded AND o.ordered_at <= r.returned_at
      ORDER BY o.ordered_at DESC, o.source COLLATE "C", o.external_id COLLATE "C" LIMIT 1
    ),
    'OTHER'
  ) AS channel
FROM t_return r JOIN (
  SELECT t.seq, sum(t.refund) AS refunded, sum(t.cost) AS cost,
    (array_agg(t.order_id ORDER BY t.position) FILTER (WHERE t.order_id IS NOT NULL))[1] AS order_id,
    (array_agg(t.channel ORDER BY t.position) FILTER (WHERE t.channel IS NOT NULL))[1] AS channel
  FROM t_taken t GROUP BY t.seq
) s USING (seq);

-- name: refs
CREATE TEMP TABLE t_ref ON COMMIT DROP AS
SELECT n.seq, coalesce(n.order_customer, n.customer) AS customer, n.kind, n.scope, n.value, n.verified,
  n.identity_source, n.prospect, n.source, n.channel, NULL::uuid AS campaign, n.returned_at AS at
FROM t_new n;

-- name: claim
INSERT INTO return_claim (claim_key, customer_id, return_id, returned_at)
SELECT n.claim, w.recorded_for, n.return_id, n.returned_at FROM t_new n JOIN t_who w USING (seq)
ORDER BY n.claim ON CONFLICT DO NOTHING;

-- name: told_new
SELECT n.seq, n.return_id, w.customer_id FROM t_new n JOIN t_who w USING (seq);

-- $2: whether it takes from the orders of its own source alone.
-- name: returns
INSERT INTO order_return (customer_id, return_id, recorded_for, source, external_id, returned_at, recorded_at, reason,
  channel, refund, returned_cost, named_order, told_refund, own_only, touchpoint_id)
SELECT w.customer_id, n.return_id, w.recorded_for, n.source, n.external_id, n.returned_at, $1::timestamptz, n.reason,
  n.channel, n.refunded, n.cost, n.of_order, n.refund::numeric, $2::boolean, n.touchpoint_id
FROM t_new n JOIN t_who w USING (seq) ORDER BY w.customer_id, n.return_id;

-- name: return_lines
INSERT INTO return_line (customer_id, return_id, position, recorded_for, product_id, order_id, order_position,
  quantity, refund, returned_cost, category, told_position, told_amount)
SELECT w.customer_id, n.return_id, t.position, w.recorded_for, t.product_id, t.order_id, t.order_position, t.quantity,
  t.refund, t.cost, t.category, t.told_position, t.told_amount
FROM t_taken t JOIN t_new n USING (seq) JOIN t_who w USING (seq) ORDER BY w.customer_id, n.return_id, t.position;

-- name: lower_lines
UPDATE order_line l SET returned_quantity = l.returned_quantity + s.quantity
FROM (
  SELECT w.customer_id, t.order_id, t.order_position, sum(t.quantity) AS quantity
  FROM t_taken t JOIN t_who w USING (seq) WHERE t.order_id IS NOT NULL GROUP BY 1, 2, 3
) s
WHERE l.customer_id = s.customer_id AND l.order_id = s.order_id AND l.position = s.order_position;

-- name: lower_orders
UPDATE customer_order o SET returned = o.returned + s.refund, returned_cost = o.returned_cost + s.cost
FROM (
  SELECT w.customer_id, t.order_id, sum(t.refund) AS refund, sum(t.cost) AS cost
  FROM t_taken t JOIN t_who w USING (seq) WHERE t.order_id IS NOT NULL GROUP BY 1, 2
) s
WHERE o.customer_id = s.customer_id AND o.order_id = s.order_id;

-- name: touchpoints
INSERT INTO t_touchpoint (customer_id, occurred_at, touchpoint_id, recorded_for, channel, kind, function, direction,
  source, order_id, cost, cost_given)
SELECT w.customer_id, n.returned_at, n.touchpoint_id, w.recorded_for, n.channel, 'RETURN', 'SERVICE', 'INBOUND',
  n.source, n.order_id, coalesce(own.cost, any_kind.cost, 0), false
FROM t_new n JOIN t_who w USING (seq)
LEFT JOIN t_rate own ON own.channel = n.channel AND own.kind = 'RETURN'
LEFT JOIN t_rate any_kind ON any_kind.channel = n.channel AND any_kind.kind IS NULL;

-- name: months
INSERT INTO t_month (customer_id, month, channel, category, returned_units, returns, cost_of_goods)
SELECT w.customer_id, date_trunc('month', n.returned_at AT TIME ZONE $1)::date, coalesce(t.channel, n.channel),
  t.category, sum(t.quantity), sum(t.refund), -sum(t.cost)
FROM t_taken t JOIN t_new n USING (seq) JOIN t_who w USING (seq) GROUP BY 1, 2, 3, 4;
