-- Touchpoints and the orders that they name: order_claim is what was named, order_id the order, once it is there.

-- name: link
UPDATE touchpoint t SET order_id = n.order_id
FROM t_new n JOIN t_who w USING (seq)
WHERE t.order_claim = n.claim AND t.order_id IS NULL AND t.customer_id = w.customer_id;

-- name: waiting
SELECT EXISTS (
  SELECT FROM t_new n JOIN t_who w USING (seq)
  JOIN touchpoint t ON t.order_claim = n.claim AND t.order_id IS NULL AND t.customer_id = w.customer_id
);

-- Of customers who were merged or parted just now.
-- name: relink
UPDATE touchpoint t SET order_id = n.order_id
FROM (
  SELECT t.customer_id, t.occurred_at, t.touchpoint_id,
    CASE WHEN coalesce(a.survivor_id, k.customer_id) = t.customer_id THEN k.order_id END AS order_id
  FROM touchpoint t JOIN order_claim k ON k.claim_key = t.order_claim
  LEFT JOIN customer_alias a ON a.customer_id = k.customer_id
  WHERE t.customer_id = ANY ($1::uuid[]) AND t.order_claim IS NOT NULL
) n
WHERE t.customer_id = n.customer_id AND t.occurred_at = n.occurred_at AND t.touchpoint_id = n.touchpoint_id
  AND t.order_id IS DISTINCT FROM n.order_id;
