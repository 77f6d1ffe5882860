-- Orders sent again: the same, or with what was missing, or in conflict. t_round says which sending of each is looked at.

-- name: again
CREATE TEMP TABLE t_again ON COMMIT DROP AS
SELECT o.*, k.order_id AS stored_order, coalesce(l.survivor_id, k.customer_id) AS stored_customer,
  row_number() OVER (PARTITION BY o.claim ORDER BY o.seq) AS turn
FROM t_order o JOIN order_claim k ON k.claim_key = o.claim LEFT JOIN customer_alias l ON l.customer_id = k.customer_id
WHERE k.order_id <> o.order_id AND NOT EXISTS (SELECT FROM t_fault f WHERE f.seq = o.seq);

-- name: rounds
SELECT coalesce(max(a.turn), 0) FROM t_again a;

-- name: stored
CREATE TEMP TABLE t_stored ON COMMIT DROP AS
SELECT a.seq, o.position::integer AS position, o.product_id, o.quantity, o.unit_price,
  CASE WHEN o.cost_given THEN o.unit_cost END AS given_cost
FROM t_again a JOIN order_line o ON o.customer_id = a.stored_customer AND o.order_id = a.stored_order;

-- name: sent
CREATE TEMP TABLE t_sent ON COMMIT DROP AS
SELECT l.seq, l.position, l.product_id, l.quantity, l.unit_price::numeric(20, 6) AS unit_price,
  CASE WHEN l.cost_given THEN l.unit_cost::numeric(20, 6) END AS given_cost
FROM t_line l WHERE l.seq IN (SELECT a.seq FROM t_again a);

-- name: lines
CREATE TEMP TABLE t_differs ON COMMIT DROP AS
SELECT DISTINCT ON (d.seq) d.seq, d.position, d.field FROM (
  SELECT seq, position,
    CASE WHEN l.quantity IS NULL OR s.quantity IS NULL THEN 'lines'
      WHEN l.product_id <> s.product_id THEN 'sku'
      WHEN l.quantity <> s.quantity THEN 'quantity'
      WHEN l.unit_price <> s.unit_price THEN 'unitPrice'
      WHEN l.given_cost IS DISTINCT FROM s.given_cost THEN 'unitCost' END AS field
  FROM t_sent l FULL JOIN t_stored s USING (seq, position)
) d WHERE d.field IS NOT NULL ORDER BY d.seq, d.position;

-- name: only_moved
DELETE FROM t_differs d USING (
  SELECT x.seq FROM (
    SELECT l.seq, array_agg(ROW (l.product_id, l.quantity, l.unit_price, l.given_cost)::text
        ORDER BY l.product_id, l.quantity, l.unit_price, l.given_cost) AS lines
    FROM t_sent l WHERE l.seq IN (SELECT seq FROM t_differs) GROUP BY l.seq
  ) x
  JOIN (
    SELECT s.seq, array_agg(ROW (s.product_id, s.quantity, s.unit_price, s.given_cost)::text
        ORDER BY s.product_id, s.quantity, s.unit_price, s.given_cost) AS lines
    FROM t_stored s WHERE s.seq IN (SELECT seq FROM t_differs) GROUP BY s.seq
  ) y USING (seq, lines)
) same WHERE d.seq = same.seq;

-- name: payments
CREATE TEMP TABLE t_payment ON COMMIT DROP AS
SELECT a.seq, a.turn, a.stored_customer AS customer_id, a.stored_order AS order_id, p.external_id, p.method, p.amount,
  p.paid_at
FROM t_again a
CROSS JOIN json_to_recordset(a.payments::json)
  AS p (external_id text, method text, amount numeric, paid_at timestamptz)
WHERE a.payments IS NOT NULL;

-- name: judged
SELECT a.seq, a.stored_order, a.stored_customer, d.position,
  CASE WHEN coalesce(x.survivor_id, a.customer, i.customer_id) IS DISTINCT FROM a.stored_customer THEN 'customer'
    WHEN (a.ordered_at AT TIME ZONE $2)::date <> (o.ordered_at AT TIME ZONE $2)::date THEN 'orderedAt'
    WHEN a.currency <> o.currency THEN 'currency'
    WHEN a.rate::numeric <> o.exchange_rate THEN 'exchangeRate'
    WHEN d.field IS NOT NULL THEN d.field
    WHEN a.discount::numeric <> o.discount THEN 'discount'
    WHEN a.shipping::numeric <> o.shipping THEN 'shipping'
    WHEN a.channel <> o.channel THEN 'channel'
    WHEN a.trading_form <> o.trading_form THEN 'tradingForm'
    WHEN a.handled_by IS NOT NULL AND a.handled_by IS DISTINCT FROM o.handled_by THEN 'handledBy'
    WHEN a.campaign IS NOT NULL AND a.campaign IS DISTINCT FROM o.campaign_id THEN 'campaign'
    WHEN a.offer_codes <> o.offer_codes THEN 'offerCodes'
    WHEN a.due_at <> o.due_at THEN 'dueAt'
    WHEN a.stated_paid_at <> o.stated_paid_at THEN 'paidAt'
    WHEN a.promised_at <> o.promised_at THEN 'promisedAt'
    WHEN a.shipped_at <> o.shipped_at THEN 'shippedAt'
    WHEN a.delivered_at <> o.delivered_at THEN 'deliveredAt'
    WHEN a.cancelled_at <> o.cancelled_at THEN 'cancelledAt'
    WHEN EXISTS (
      SELECT FROM t_payment p JOIN order_payment q USING (customer_id, order_id, external_id)
      WHERE p.seq = a.seq AND (p.amount <> q.amount OR p.method <> q.method OR p.paid_at <> q.paid_at)
    ) THEN 'payments'
  END AS conflict,
  a.due_at IS NOT NULL AND o.due_at IS NULL OR a.stated_paid_at IS NOT NULL AND o.stated_paid_at IS NULL
    OR a.promised_at IS NOT NULL AND o.promised_at IS NULL OR a.shipped_at IS NOT NULL AND o.shipped_at IS NULL
    OR a.delivered_at IS NOT NULL AND o.delivered_at IS NULL OR a.cancelled_at IS NOT NULL AND o.cancelled_at IS NULL
    OR EXISTS (
      SELECT FROM t_payment p LEFT JOIN order_payment q USING (customer_id, order_id, external_id)
      WHERE p.seq = a.seq AND q.order_id IS NULL
    ) AS brings,
  o.ordered_at, o.due_at, o.promised_at, o.shipped_at, o.delivered_at, o.cancelled_at, a.due_at AS sent_due_at,
  a.promised_at AS sent_promised_at, a.shipped_at AS sent_shipped_at, a.delivered_at AS sent_delivered_at,
  a.cancelled_at AS sent_cancelled_at,
  a.cancelled_at IS NOT NULL AND o.cancelled_at IS NULL AND EXISTS (
    SELECT FROM return_line b JOIN order_return k USING (customer_id, return_id)
    WHERE b.customer_id = a.stored_customer AND b.order_id = a.stored_order
      AND (k.named_order IS NOT NULL OR b.told_position IS NULL)
  ) AS came_back
FROM t_again a
JOIN customer_order o ON o.customer_id = a.stored_customer AND o.order_id = a.stored_order
LEFT JOIN identity_claim i
  ON a.customer IS NULL AND i.value = a.value AND i.kind = a.kind AND i.scope = a.scope
LEFT JOIN customer_alias x ON x.customer_id = coalesce(a.customer, i.customer_id)
LEFT JOIN t_differs d ON d.seq = a.seq
WHERE a.turn = $1 ORDER BY a.seq;

-- t_turned: orders that were cancelled (-1), or are not any more (1).
-- name: cancelled
CREATE TEMP TABLE t_turned ON COMMIT DROP AS
SELECT a.stored_customer AS customer_id, a.stored_order AS order_id, -1 AS sign
FROM t_again a JOIN customer_order o ON o.customer_id = a.stored_customer AND o.order_id = a.stored_order
WHERE a.seq = ANY ($1::bigint[]) AND a.cancelled_at IS NOT NULL AND o.cancelled_at IS NULL;

-- name: turn_lines
INSERT INTO t_month (customer_id, month, channel, category, category_orders, units, revenue, known_revenue,
  cost_of_goods)
SELECT o.customer_id, date_trunc('month', o.ordered_at AT TIME ZONE $1)::date, o.channel,
  coalesce(l.category, p.category, ''), c.sign * count(DISTINCT o.order_id), c.sign * sum(l.quantity),
  c.sign * sum(l.total - l.discount),
  c.sign * coalesce(sum(l.total - l.discount) FILTER (WHERE l.unit_cost IS NOT NULL), 0),
  c.sign * sum(CASE WHEN l.unit_cost IS NULL THEN round(l.total * $2::numeric, 6) ELSE l.quantity * l.unit_cost END)
FROM t_turned c JOIN customer_order o USING (customer_id, order_id) JOIN order_line l USING (customer_id, order_id)
JOIN product p USING (product_id) GROUP BY 1, 2, 3, 4, c.sign;

-- name: turn_orders
INSERT INTO t_month (customer_id, month, channel, category, orders, revenue, known_revenue)
SELECT o.customer_id, date_trunc('month', o.ordered_at AT TIME ZONE $1)::date, o.channel, '', c.sign,
  c.sign * o.shipping, c.sign * o.shipping
FROM t_turned c JOIN customer_order o USING (customer_id, order_id);

-- name: turn_returns
INSERT INTO t_month (customer_id, month, channel, category, returned_units, returns, cost_of_goods)
SELECT o.customer_id, date_trunc('month', r.returned_at AT TIME ZONE $1)::date, o.channel,
  coalesce(l.category, p.category, ''), c.sign * sum(l.quantity), c.sign * sum(l.refund),
  -c.sign * sum(l.returned_cost)
FROM t_turned c JOIN customer_order o USING (customer_id, order_id)
JOIN return_line l ON l.customer_id = o.customer_id AND l.order_id = o.order_id
JOIN order_return r ON r.customer_id = l.customer_id AND r.return_id = l.return_id
JOIN product p ON p.product_id = l.product_id GROUP BY 1, 2, 3, 4, c.sign;

-- name: pay
INSERT INTO order_payment (customer_id, order_id, external_id, recorded_for, method, amount, paid_at)
SELECT p.customer_id, p.order_id, p.external_id, o.recorded_for, p.method, p.amount, p.paid_at
FROM t_payment p JOIN customer_order o USING (customer_id, order_id)
WHERE p.seq = ANY ($1::bigint[]) ORDER BY p.customer_id, p.order_id, p.external_id COLLATE "C"
ON CONFLICT DO NOTHING;

-- name: update
UPDATE customer_order o
SET due_at = coalesce(o.due_at, a.due_at), stated_paid_at = coalesce(o.stated_paid_at, a.stated_paid_at),
  promised_at = coalesce(o.promised_at, a.promised_at), shipped_at = coalesce(o.shipped_at, a.shipped_at),
  delivered_at = coalesce(o.delivered_at, a.delivered_at), cancelled_at = coalesce(o.cancelled_at, a.cancelled_at),
  paid_at = CASE WHEN o.stated_paid_at IS NULL THEN coalesce(a.stated_paid_at, o.paid_at) ELSE o.paid_at END,
  paid = CASE WHEN o.stated_paid_at IS NULL AND a.stated_paid_at IS NOT NULL THEN o.total ELSE o.paid END
FROM t_again a
WHERE a.seq = ANY ($1::bigint[]) AND o.customer_id = a.stored_customer AND o.order_id = a.stored_order;

-- name: marked
INSERT INTO t_marked (customer_id)
SELECT DISTINCT a.stored_customer FROM t_again a
WHERE a.seq = ANY ($1::bigint[]) AND NOT EXISTS (SELECT FROM t_marked m WHERE m.customer_id = a.stored_customer);

-- name: turned
SELECT count(*) FROM t_turned;

-- name: turned_back
DROP TABLE t_turned;

-- name: paid_orders
CREATE TEMP TABLE IF NOT EXISTS t_paid ON COMMIT DROP AS
SELECT p.customer_id, p.order_id FROM t_payment p WHERE false;

-- name: paid_more
INSERT INTO t_paid (customer_id, order_id)
SELECT p.customer_id, p.order_id FROM t_payment p WHERE p.seq = ANY ($1::bigint[])
UNION SELECT a.stored_customer, a.stored_order FROM t_again a
WHERE a.seq = ANY ($1::bigint[]) AND a.stated_paid_at IS NOT NULL;
