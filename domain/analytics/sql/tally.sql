-- What scoring reads of each customer as of $as_of, one row a customer: who it is, and its facts summed up; $zone is
-- the organization's. {of_…} restricts every level to the customers that are asked for; empty for all of them.

-- name: told
customer.customer_id,
coalesce(mark.wanted, 0) AS generation,
{came} AS created_at,
coalesce({since_before}, '-infinity') AS since_before,
coalesce({scored_before}, '-infinity') AS scored_before,
(coalesce(array_position(ARRAY['PROSPECT', 'NEW', 'ACTIVE', 'LOYAL', 'AT_RISK', 'LAPSED', 'WON_BACK'],
  {stage_before}), 1) - 1)::smallint AS stage_before,
CASE WHEN refused.customer_id IS NULL THEN 0::smallint ELSE 1::smallint END AS unwilling

-- name: those
FROM customer
LEFT JOIN customer_mark AS mark ON mark.customer_id = customer.customer_id {of_marks}
LEFT JOIN customer_score AS live ON live.customer_id = customer.customer_id {of_live}
LEFT JOIN (
  -- Today's word whatever the as-of: nobody is profiled in the past either who does not want it now.
  SELECT DISTINCT customer_id FROM customer_consent AS k
  WHERE {unwilling} {of_customers}
) AS refused ON refused.customer_id = customer.customer_id

-- The stage that the snapshots before $as_of end with, since when and until when they tell it.
-- name: past
LEFT JOIN (
  SELECT customer_id, min(lifecycle_stage) AS lifecycle_stage, min(as_of) AS lifecycle_since, max(as_of) AS as_of
  FROM (
    SELECT
      customer_id,
      lifecycle_stage,
      as_of,
      count(*) FILTER (WHERE lifecycle_stage <> latest)
        OVER (PARTITION BY customer_id ORDER BY as_of DESC) AS others
    FROM (
      SELECT
        customer_id,
        lifecycle_stage,
        as_of,
        first_value(lifecycle_stage) OVER (PARTITION BY customer_id ORDER BY as_of DESC) AS latest
      FROM {snapshots} WHERE as_of < $as_of {of_customers}
    ) AS told
  ) AS run
  WHERE others = 0
  GROUP BY customer_id
) AS past ON past.customer_id = customer.customer_id

-- Only of those of whom a snapshot may know more than the live scores do.
-- name: snapshots_of_few
(
  SELECT unsure.customer_id, told.as_of, told.lifecycle_stage
  FROM (
    SELECT customer_id FROM customer_score
    WHERE (as_of IS NULL OR as_of > $as_of OR as_of < (SELECT max(as_of) FROM score_snapshot WHERE as_of < $as_of))
      {of_customers}
  ) AS unsure
  JOIN score_snapshot AS told ON told.customer_id = unsure.customer_id
) AS snapshot

-- name: living
WHERE customer.merged_into IS NULL AND customer.erased_at IS NULL {of_profile}

-- name: sums
coalesce(bought.orders, 0)::integer AS orders,
coalesce(bought.discounted, 0)::integer AS discounted,
coalesce(bought.first_at, '-infinity') AS first_at,
coalesce(bought.last_at, '-infinity') AS last_at,
coalesce(least(owed.next_at, ahead.next_at), 'infinity') AS holds_until,
{money},
coalesce(placed.mix, 0) AS mix,
(coalesce(placed.orders, 0) = coalesce(bought.orders, 0) AND held.is_passing IS NOT TRUE)::integer AS lasting,
(coalesce(octet_length({known_basket}), 0) + coalesce(octet_length(held.basket), 0))::integer AS basket,
coalesce(bought.days, ''::bytea) || coalesce({known_basket}, ''::bytea) || coalesce(held.basket, ''::bytea) AS days

-- A category is the product's on the day it was bought: no fact of the customer changes where the product does.
-- name: facts
LEFT JOIN (
  SELECT
    customer_id,
    sum(orders) AS orders,
    sum(discounted) AS discounted,
    min(first_at) AS first_at,
    max(last_at) AS last_at,
    sum(revenue) AS ordered,
    string_agg(int4send(day - DATE '2000-01-01') || float8send(revenue::float8) || float8send(profit), ''::bytea) AS days
  FROM (
    SELECT
      customer_id,
      (ordered_at AT TIME ZONE $zone)::date AS day,
      count(*) AS orders,
      count(*) FILTER (WHERE discount > 0) AS discounted,
      min(ordered_at) AS first_at,
      max(ordered_at) AS last_at,
      sum(total) AS revenue,
      sum(total - cost_of_goods - returned + returned_cost)::float8 AS profit
    FROM {orders} AS standing
    WHERE cancelled_at IS NULL AND ordered_at < $as_of {of_customers}
    GROUP BY 1, 2
  ) AS by_day
  GROUP BY customer_id
) AS bought ON bought.customer_id = customer.customer_id
LEFT JOIN {placed} AS placed ON placed.customer_id = customer.customer_id
{based}
LEFT JOIN (
  SELECT customer_id, min(ordered_at) AS next_at
  FROM customer_order
  WHERE cancelled_at IS NULL AND ordered_at >= $as_of {of_customers}
  GROUP BY customer_id
) AS ahead ON ahead.customer_id = customer.customer_id
LEFT JOIN (
  -- What was bought, eight octets each: products are even, categories odd.
  SELECT
    line.customer_id,
    bool_or(line.category IS NULL) AS is_passing,
    string_agg(
      int8send(uuid_hash_extended(line.product_id, 0) & -2)
      || coalesce(int8send(hashtextextended(nullif(coalesce(line.category, product.category), ''), 0) | 1), ''::bytea),
      ''::bytea
    ) AS basket
  FROM {lines} AS line
  LEFT JOIN product ON product.product_id = line.product_id
  GROUP BY line.customer_id
) AS held ON held.customer_id = customer.customer_id
LEFT JOIN (
  SELECT
    customer_id,
    sum(revenue) AS revenue,
    sum(returns) AS returns,
    sum(cost_of_goods) AS cost_of_goods,
    sum(cost_to_serve) AS cost_to_serve,
    sum(marketing_cost) AS marketing_cost
  FROM {earnings}
  GROUP BY customer_id
) AS earned ON earned.customer_id = customer.customer_id
LEFT JOIN (
  SELECT
    customer_id,
    sum(greatest(total - returned - paid, 0)) FILTER (WHERE due_at < $as_of AND ordered_at < $as_of) AS overdue,
    min(greatest(due_at, ordered_at)) FILTER (WHERE due_at >= $as_of OR ordered_at >= $as_of) AS next_at
  FROM {owing} AS owing
  WHERE due_at IS NOT NULL AND paid_at IS NULL AND cancelled_at IS NULL {of_customers}
  GROUP BY customer_id
) AS owed ON owed.customer_id = customer.customer_id

-- name: placed
(
  SELECT customer_id, count(*) AS orders, bit_xor(uuid_hash_extended(order_id, 0)) AS mix
  FROM customer_order
  WHERE true {of_customers}
  GROUP BY customer_id
)

-- Lines of an order never change: whose orders of before are those that its tally knows, all of them standing, has
-- bought what it had bought then and what its later orders hold. Ids of orders tell when they came.
-- name: basis
WITH unsettled AS MATERIALIZED (
  SELECT customer_id FROM customer_order
  WHERE (cancelled_at IS NOT NULL OR ordered_at >= $as_of) {of_customers}
),
held_before AS MATERIALIZED (
  SELECT
    customer_id,
    basket,
    mix,
    (lpad(to_hex((extract(epoch FROM as_of) * 1000)::bigint), 12, '0') || '7fffbfffffffffffffff')::uuid AS until
  FROM customer_tally
  WHERE form = $form AND basket IS NOT NULL {of_customers}
),
placed AS MATERIALIZED (
  SELECT
    known.customer_id,
    count(*) AS orders,
    bit_xor(uuid_hash_extended(known.order_id, 0)) AS mix,
    bit_xor(uuid_hash_extended(known.order_id, 0)) FILTER (WHERE known.order_id <= before.until) AS mix_before
  FROM customer_order AS known
  LEFT JOIN held_before AS before ON before.customer_id = known.customer_id
  WHERE true {of_known}
  GROUP BY known.customer_id
),
based AS MATERIALIZED (
  SELECT before.customer_id, before.basket, before.until
  FROM held_before AS before
  LEFT JOIN placed ON placed.customer_id = before.customer_id
  WHERE before.mix = coalesce(placed.mix_before, 0)
    AND before.customer_id NOT IN (SELECT customer_id FROM unsettled)
)

-- name: lines_since
(
  SELECT line.customer_id, line.product_id, line.category
  FROM based
  JOIN customer_order AS late ON late.customer_id = based.customer_id AND late.order_id > based.until
  JOIN order_line AS line ON line.customer_id = late.customer_id AND line.order_id = late.order_id
  UNION ALL
  SELECT line.customer_id, line.product_id, line.category
  FROM unnest($those::uuid[]) AS anew (customer_id)
  JOIN order_line AS line ON line.customer_id = anew.customer_id
  WHERE anew.customer_id NOT IN (SELECT customer_id FROM based) AND (
    anew.customer_id NOT IN (SELECT customer_id FROM unsettled) OR EXISTS (
      SELECT FROM customer_order AS standing
      WHERE standing.customer_id = line.customer_id AND standing.order_id = line.order_id
        AND standing.cancelled_at IS NULL AND standing.ordered_at < $as_of
    )
  )
)

-- name: lines
(
  SELECT line.customer_id, line.product_id, line.category
  FROM order_line AS line
  JOIN customer_order AS standing ON standing.customer_id = line.customer_id AND standing.order_id = line.order_id
  WHERE standing.cancelled_at IS NULL AND standing.ordered_at < $as_of
)

-- Of a few: orders lie scattered, and only those of who has one that does not count need to be looked at.
-- name: lines_of_some
(
  SELECT line.customer_id, line.product_id, line.category
  FROM order_line AS line
  WHERE line.customer_id = ANY ($those) AND (
    line.customer_id NOT IN (
      SELECT customer_id FROM customer_order
      WHERE customer_id = ANY ($those) AND (cancelled_at IS NOT NULL OR ordered_at >= $as_of)
    ) OR EXISTS (
      SELECT FROM customer_order AS standing
      WHERE standing.customer_id = line.customer_id AND standing.order_id = line.order_id
        AND standing.cancelled_at IS NULL AND standing.ordered_at < $as_of
    )
  )
)

-- name: months
(
  SELECT customer_id, revenue, returns, cost_of_goods, cost_to_serve, marketing_cost FROM customer_month
  WHERE true {of_customers}
) AS month

-- name: months_then
(
  SELECT customer_id, revenue, returns, cost_of_goods, cost_to_serve, marketing_cost FROM customer_month
  WHERE month < $month {of_customers}
  UNION ALL
  SELECT customer_id, total, 0, cost_of_goods, 0, 0 FROM customer_order
  WHERE cancelled_at IS NULL AND ordered_at >= $since AND ordered_at < $as_of {of_customers}
  UNION ALL
  SELECT line.customer_id, 0, line.refund, -line.returned_cost, 0, 0
  FROM order_return AS came
  JOIN return_line AS line ON line.customer_id = came.customer_id AND line.return_id = came.return_id {of_lines}
  LEFT JOIN customer_order AS standing
    ON standing.customer_id = line.customer_id AND standing.order_id = line.order_id {of_standing}
  WHERE standing.cancelled_at IS NULL AND came.returned_at >= $since AND came.returned_at < $as_of {of_came}
  UNION ALL
  SELECT customer_id, 0, 0, 0, CASE WHEN campaign_id IS NULL THEN cost ELSE 0 END,
    CASE WHEN campaign_id IS NULL THEN 0 ELSE cost END
  FROM touchpoint
  WHERE occurred_at >= $since AND occurred_at < $as_of {of_customers}
) AS then_known

-- name: orders_then
(
  SELECT
    known.customer_id,
    known.cancelled_at,
    known.ordered_at,
    known.discount,
    known.total,
    known.cost_of_goods,
    known.returned - coalesce(late.refund, 0) AS returned,
    known.returned_cost - coalesce(late.returned_cost, 0) AS returned_cost
  FROM customer_order AS known
  LEFT JOIN {late} AS late ON late.customer_id = known.customer_id AND late.order_id = known.order_id
  WHERE true {of_known}
)

-- name: owing_then
(
  SELECT
    known.customer_id,
    known.cancelled_at,
    CASE WHEN known.paid_at < $as_of THEN known.paid_at END AS paid_at,
    known.ordered_at,
    known.due_at,
    known.total,
    known.returned - coalesce(late.refund, 0) AS returned,
    coalesce(came.paid, 0) AS paid
  FROM customer_order AS known
  LEFT JOIN {late} AS late ON late.customer_id = known.customer_id AND late.order_id = known.order_id
  LEFT JOIN (
    SELECT customer_id, order_id, sum(amount) AS paid FROM order_payment
    WHERE paid_at < $as_of {of_customers}
    GROUP BY customer_id, order_id
  ) AS came ON came.customer_id = known.customer_id AND came.order_id = known.order_id
  WHERE known.due_at < $as_of {of_known}
)

-- name: late
(
  SELECT line.customer_id, line.order_id, sum(line.refund) AS refund, sum(line.returned_cost) AS returned_cost
  FROM order_return AS came
  JOIN return_line AS line ON line.customer_id = came.customer_id AND line.return_id = came.return_id {of_lines}
  WHERE came.returned_at >= $as_of {of_came}
  GROUP BY line.customer_id, line.order_id
)

-- Whether what is live was scored as of an instant before a later one that had been scored, which $as_of comes after.
-- name: replayed
SELECT EXISTS (
  SELECT FROM score_run
  WHERE as_of < $1 AND as_of > (SELECT as_of FROM score_run ORDER BY finished_at DESC, score_run_id DESC LIMIT 1)
)

-- name: usable
tally.form = $form AND tally.zone = $zone AND tally.generation >= coalesce(mark.wanted, 0) AND tally.as_of <= $as_of
AND (tally.holds_until IS NULL OR tally.holds_until >= $as_of)

-- name: kept
LEFT JOIN customer_tally AS tally ON tally.customer_id = customer.customer_id

-- name: counted
SELECT count(*) AS customers, count(*) FILTER (WHERE {usable}) AS usable
FROM customer {sample}
LEFT JOIN customer_mark AS mark ON mark.customer_id = customer.customer_id
LEFT JOIN customer_tally AS tally ON tally.customer_id = customer.customer_id
WHERE customer.merged_into IS NULL AND customer.erased_at IS NULL
