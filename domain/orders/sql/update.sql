-- One order as it goes on: what became of it, and what was paid. Its customer is locked before it is read.

-- name: by_id
SELECT o.customer_id, o.order_id FROM customer_order o
WHERE o.order_id = $1 AND ($2::text IS NULL OR o.source = $2::text);

-- name: by_claim
SELECT coalesce(a.survivor_id, k.customer_id) AS customer_id, k.order_id
FROM order_claim k LEFT JOIN customer_alias a ON a.customer_id = k.customer_id WHERE k.claim_key = $1;

-- name: lock
SELECT c.merged_into, c.erased_at FROM customer c WHERE c.customer_id = $1 FOR NO KEY UPDATE;

-- name: order
SELECT o.customer_id, o.order_id, o.recorded_for, o.currency, o.exchange_rate, o.total, o.ordered_at, o.due_at,
  o.promised_at, o.shipped_at, o.delivered_at, o.cancelled_at, EXISTS (
    SELECT FROM return_line l JOIN order_return r USING (customer_id, return_id)
    WHERE l.customer_id = $1 AND l.order_id = $2 AND (r.named_order IS NOT NULL OR l.told_position IS NULL)
  ) AS came_back
FROM customer_order o WHERE o.customer_id = $1 AND o.order_id = $2;

-- name: update
UPDATE customer_order o
SET due_at = $3::timestamptz, promised_at = $4::timestamptz, shipped_at = $5::timestamptz,
  delivered_at = $6::timestamptz, cancelled_at = $7::timestamptz
WHERE o.customer_id = $1 AND o.order_id = $2;

-- name: turned
CREATE TEMP TABLE t_turned ON COMMIT DROP AS
SELECT $1::uuid AS customer_id, $2::uuid AS order_id, $3::integer AS sign;

-- name: marked
CREATE TEMP TABLE t_marked ON COMMIT DROP AS SELECT $1::uuid AS customer_id;

-- name: payment
SELECT p.method, p.amount, p.paid_at FROM order_payment p
WHERE p.customer_id = $1 AND p.order_id = $2 AND p.external_id = $3;

-- name: pay
INSERT INTO order_payment (customer_id, order_id, external_id, recorded_for, method, amount, paid_at)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: paid_order
CREATE TEMP TABLE t_paid ON COMMIT DROP AS SELECT $1::uuid AS customer_id, $2::uuid AS order_id;

-- name: of_return
SELECT l.order_id FROM order_return r JOIN return_line l USING (customer_id, return_id)
WHERE r.return_id = $1 AND l.order_id IS NOT NULL ORDER BY l.position LIMIT 1;
