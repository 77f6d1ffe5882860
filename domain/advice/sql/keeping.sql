-- What is advised first, kept for lists: $1 the customers, $2 as of when; who was advised later meanwhile stays so.

-- name: keep
INSERT INTO customer_next_action AS n (customer_id, strategy, channel, product_id, expected_profit, as_of)
{advised}
ON CONFLICT (customer_id) DO UPDATE SET strategy = excluded.strategy, channel = excluded.channel,
  product_id = excluded.product_id, expected_profit = excluded.expected_profit, as_of = excluded.as_of
WHERE n.as_of <= excluded.as_of;

-- name: drop
DELETE FROM customer_next_action n WHERE n.customer_id = ANY ($1::uuid[]) AND n.as_of < $2::timestamptz;

-- Whoever has refused to be profiled meanwhile.
-- name: unwilling
DELETE FROM customer_next_action n USING customer_consent k
WHERE n.customer_id = ANY ($1::uuid[]) AND k.customer_id = ANY ($1::uuid[]) AND k.customer_id = n.customer_id
  AND {unwilling};

-- Base rates move, and with them what is preferred where nothing was said.
-- name: prefer
UPDATE customer_summary s SET preferred_channel = p.channel
FROM unnest($1::uuid[]) AS c (customer_id) LEFT JOIN ({preferred}) p ON p.customer_id = c.customer_id
WHERE s.customer_id = ANY ($1::uuid[]) AND s.customer_id = c.customer_id
  AND s.preferred_channel IS DISTINCT FROM p.channel AND s.as_of <= $2::timestamptz;

-- Whoever was merged or erased while the rows of theirs were worked out.
-- name: gone
DELETE FROM customer_next_action n USING customer c
WHERE c.customer_id = n.customer_id AND (c.merged_into IS NOT NULL OR c.erased_at IS NOT NULL);

-- name: clear
DELETE FROM strategy_sum;

-- name: sum
INSERT INTO strategy_sum (strategy, customers, expected_profit, as_of)
SELECT n.strategy, count(*), sum(n.expected_profit), $1::timestamptz FROM customer_next_action n GROUP BY n.strategy
RETURNING strategy, customers, expected_profit;
