-- Merging on request and undoing it.

-- name: survivor
SELECT coalesce((SELECT a.survivor_id FROM customer_alias a WHERE a.customer_id = $1), $1);

-- name: size
SELECT count(*) FROM (
  SELECT FROM (
    SELECT FROM touchpoint t WHERE t.customer_id = $1
    UNION ALL SELECT FROM customer_order o WHERE o.customer_id = $1
    UNION ALL SELECT FROM order_line l WHERE l.customer_id = $1
  ) r LIMIT $2
) n;

-- name: lock
SELECT c.customer_id, c.merged_into, c.erased_at FROM customer c
WHERE c.customer_id = ANY ($1::uuid[]) ORDER BY c.customer_id FOR NO KEY UPDATE;

-- name: group
WITH RECURSIVE part AS (
  SELECT $1::uuid AS customer_id
  UNION
  SELECT m.gone_id FROM customer_merge m JOIN part p ON p.customer_id = m.customer_id
)
SELECT p.customer_id FROM part p ORDER BY p.customer_id;

-- name: undo
DELETE FROM customer_merge m
WHERE m.gone_id = $1 AND m.customer_id = ANY ($2::uuid[]) RETURNING m.merge_id, m.generation;

-- name: alias
DELETE FROM customer_alias a WHERE a.customer_id = $1;

-- name: aliases
UPDATE customer_alias a SET survivor_id = $1 WHERE a.customer_id = ANY ($2::uuid[]);

-- name: merged
UPDATE customer c SET merged_into = CASE WHEN c.customer_id = $1 THEN NULL ELSE $1 END, updated_at = $3
WHERE c.customer_id = ANY ($2::uuid[]);

-- name: changed
UPDATE customer c SET updated_at = $2 WHERE c.customer_id = $1;

-- name: score
INSERT INTO customer_score (customer_id, lifecycle_since)
SELECT c.customer_id, c.created_at FROM customer c WHERE c.customer_id = $1 ON CONFLICT DO NOTHING;

-- name: summaries
DELETE FROM customer_summary s WHERE s.customer_id = $1;

-- name: advice
DELETE FROM customer_next_action n WHERE n.customer_id = $1;

-- name: mark
INSERT INTO customer_mark (customer_id, bucket, wanted, changed_at)
VALUES ($1, get_byte(uuid_send($1), 15) & $2, $3 + 1, $4)
ON CONFLICT (customer_id) DO UPDATE
SET wanted = greatest(customer_mark.wanted + 1, excluded.wanted), changed_at = excluded.changed_at;

-- name: of_no_order
WITH freed AS (
  UPDATE return_line l SET order_id = NULL, order_position = NULL
  FROM return_line was
  WHERE l.customer_id = ANY ($1::uuid[]) AND l.order_id IS NOT NULL
    AND was.customer_id = l.customer_id AND was.return_id = l.return_id AND was.position = l.position
    AND NOT EXISTS (SELECT FROM customer_order o WHERE o.customer_id = l.customer_id AND o.order_id = l.order_id)
  RETURNING was.order_id, was.order_position, l.quantity, l.refund, l.returned_cost
), lines AS (
  UPDATE order_line o SET returned_quantity = o.returned_quantity - f.quantity
  FROM (
    SELECT f.order_id, f.order_position, sum(f.quantity) AS quantity FROM freed f GROUP BY 1, 2
  ) f WHERE o.customer_id = ANY ($1::uuid[]) AND o.order_id = f.order_id AND o.position = f.order_position
)
UPDATE customer_order o SET returned = o.returned - f.refund, returned_cost = o.returned_cost - f.cost
FROM (
  SELECT f.order_id, sum(f.refund) AS refund, sum(f.returned_cost) AS cost FROM freed f GROUP BY 1
) f WHERE o.customer_id = ANY ($1::uuid[]) AND o.order_id = f.order_id;

-- name: of_another
UPDATE touchpoint t SET order_id = NULL
WHERE t.customer_id = ANY ($1::uuid[]) AND t.order_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM customer_order o WHERE o.customer_id = t.customer_id AND o.order_id = t.order_id);
