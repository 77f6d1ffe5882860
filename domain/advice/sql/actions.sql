-- What to do next with a customer: the nine strategies, each with its rule, what is at stake, and the evidence.

-- A case that is open, or a complaint of the last 90 days that no case was resolved since; answered where it came in,
-- unless service is refused there. What touches cost that nobody priced is nothing in the sums and unknown here: free is
-- only what the rate card says is free.
-- name: situation
case_turn AS ({turns}),
refused AS (
  SELECT k.customer_id, k.channel FROM customer_consent k
  WHERE k.customer_id {whose} AND k.holds AND k.purpose = 'SERVICE' AND k.status IN ('DENIED', 'WITHDRAWN')
  UNION
  SELECT p.customer_id, p.channel FROM said p WHERE NOT p.preferred
),
service AS (
  SELECT d.customer_id, count(*) FILTER (WHERE d.is_case) AS cases, min(d.at) FILTER (WHERE d.is_case) AS open_since,
    max(d.at) FILTER (WHERE NOT d.is_case) AS complained_at,
    (array_agg(d.channel ORDER BY d.is_case DESC, d.at, d.channel COLLATE "C") FILTER (WHERE f.channel IS NULL))[1]
      AS channel
  FROM (
    SELECT g.customer_id, g.opened AS at, g.channel, true AS is_case
    FROM case_turn g WHERE g.opened IS NOT NULL AND g.resolved IS NULL
    UNION ALL
    SELECT t.customer_id, t.occurred_at, t.channel, false
    FROM word t WHERE t.kind = 'COMPLAINT' AND t.occurred_at > {now} - interval '90 days' AND NOT EXISTS (
      SELECT 1 FROM case_turn g WHERE g.customer_id = t.customer_id AND g.resolved >= t.occurred_at
    )
  ) d
  LEFT JOIN refused f ON f.customer_id = d.customer_id AND f.channel = d.channel
  GROUP BY d.customer_id
),
allowed AS (
  SELECT k.customer_id, k.channel, k.purpose
  FROM customer_consent k JOIN customer c ON c.customer_id = k.customer_id
  WHERE k.customer_id {whose} AND c.customer_id {whose} AND k.holds AND k.purpose IN ('MARKETING', 'SERVICE')
    AND {granted} AND {has_address}
),
price AS (
  SELECT e.value ->> 'channel' AS channel, min((e.value ->> 'cost')::numeric) FILTER (
      WHERE e.value ->> 'kind' = 'CAMPAIGN_SENT') AS of_message,
    min((e.value ->> 'cost')::numeric) FILTER (WHERE e.value ->> 'kind' = 'CASE_RESOLVED') AS of_service,
    min((e.value ->> 'cost')::numeric) FILTER (WHERE e.value ->> 'kind' IS NULL) AS of_any
  FROM settings z CROSS JOIN jsonb_array_elements(z.rate_card) AS e (value) GROUP BY 1
),
choice AS (
  SELECT DISTINCT ON (a.customer_id, a.purpose) a.customer_id, a.purpose, a.channel, l.trials, l.successes,
    b.amount AS touch_cost
  FROM allowed a
  LEFT JOIN liking l ON l.customer_id = a.customer_id AND l.channel = a.channel
  LEFT JOIN response_rate b ON b.topic = 'TOUCH' AND b.channel = a.channel
  WHERE l.preferred IS DISTINCT FROM false
  ORDER BY a.customer_id, a.purpose, l.place NULLS LAST, b.rate DESC NULLS LAST, a.channel COLLATE "C"
),
served AS (
  SELECT m.customer_id, m.channel, sum(m.cost_to_serve) AS cost, sum(m.touches - m.contacts) AS touches,
    sum(m.revenue - m.returns - m.cost_of_goods) AS earned
  FROM customer_month m
  WHERE m.customer_id {whose} AND m.month > ({now} AT TIME ZONE {zone})::date - 365
  GROUP BY m.customer_id, m.channel
),
person AS MATERIALIZED (
  SELECT c.customer_id, s.lifecycle_stage AS stage, s.value_tier, s.risk_band, s.churn_probability AS risk,
    s.predicted, s.expected_profit AS worth, s.order_count, s.repeat_purchases, s.first_order_at, s.last_order_at,
    s.horizon_months, v.cases, v.open_since, v.complained_at, v.customer_id IS NOT NULL AS is_unserved,
    coalesce(h.channel, v.channel) AS service_channel, m.channel, m.trials, m.successes,
    coalesce(nullif(m.touch_cost, 0), i.of_message, i.of_any) AS touch_price,
    coalesce(i.of_message, i.of_any, 0) AS message_cost, coalesce(j.of_service, j.of_any, 0) AS service_cost,
    z.base_currency AS money
  FROM customer c
  JOIN customer_score s ON s.customer_id = c.customer_id
  CROSS JOIN settings z
  LEFT JOIN service v ON v.customer_id = c.customer_id
  LEFT JOIN choice m ON m.customer_id = c.customer_id AND m.purpose = 'MARKETING'
  LEFT JOIN choice h ON h.customer_id = c.customer_id AND h.purpose = 'SERVICE'
  LEFT JOIN price i ON i.channel = m.channel
  LEFT JOIN price j ON j.channel = coalesce(h.channel, v.channel)
  WHERE c.customer_id {whose} AND s.customer_id {whose} AND c.merged_into IS NULL AND c.erased_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM unwilling w WHERE w.customer_id = c.customer_id)
),
likely AS (
  SELECT p.*, (coalesce(p.successes, 0) + b.rate * b.strength) / (coalesce(p.trials, 0) + b.strength) AS response,
    b.rate AS usual_rate, b.low, b.high, b.seen
  FROM person p
  LEFT JOIN response_rate g ON g.topic = 'STANDING' AND g.channel = p.channel AND g.name = CASE
    WHEN p.last_order_at IS NULL THEN 'PROSPECT' WHEN p.last_order_at >= {now} - interval '180 days' THEN 'CURRENT'
    ELSE 'SILENT' END
  LEFT JOIN response_rate r ON r.topic = 'CHANNEL' AND r.channel = p.channel
  LEFT JOIN response_rate e ON e.topic = 'ALL'
  CROSS JOIN LATERAL (
    SELECT coalesce(g.rate, r.rate, e.rate, {assumed_rate}) AS rate,
      coalesce(r.strength, e.strength, {assumed_strength}) AS strength,
      coalesce(g.low, r.low, e.low) AS low, coalesce(g.high, r.high, e.high) AS high,
      CASE WHEN g.trials > 0 THEN 'of such customers' WHEN r.trials > 0 THEN 'of all customers'
        WHEN e.trials > 0 THEN 'of all customers over any channel' END AS seen
  ) b
  WHERE p.channel IS NOT NULL
),
spent AS (
  SELECT d.customer_id, sum(d.cost) AS cost, sum(d.earned) AS earned,
    sum(greatest(d.cost - d.touches * p.touch_price, 0)) AS saved
  FROM served d JOIN person p ON p.customer_id = d.customer_id WHERE p.touch_price IS NOT NULL GROUP BY d.customer_id
)

-- Who cannot be reached needs no recommendation.
-- name: buyers
SELECT p.customer_id FROM person p WHERE p.channel IS NOT NULL AND p.order_count > 0

-- Products come from what is recommended: of a category that is new to the customer, or dearer than is usual there.
-- name: products
bought AS (
  SELECT l.customer_id, x.category, sum(l.total - l.discount) / sum(l.quantity) AS paid
  FROM order_line l
  JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
  JOIN product x ON x.product_id = l.product_id
  WHERE l.customer_id {whose} AND o.customer_id {whose} AND o.cancelled_at IS NULL AND o.ordered_at <= {now}
    AND EXISTS (SELECT 1 FROM person p WHERE p.customer_id = l.customer_id AND p.channel IS NOT NULL)
  GROUP BY l.customer_id, x.category
),
offered AS (SELECT r.* FROM {recommended} r),
product_action AS (
  SELECT DISTINCT ON (f.customer_id, f.strategy) f.*
  FROM (
    SELECT o.customer_id, o.product_id, o.place, o.reason, x.price, b.paid,
      CASE WHEN b.customer_id IS NULL THEN 'CROSS_SELL' ELSE 'UP_SELL' END AS strategy,
      CASE WHEN b.customer_id IS NULL THEN o.expected_profit ELSE o.expected_profit * (1 - b.paid / x.price) END
        AS at_stake
    FROM offered o
    JOIN product x ON x.product_id = o.product_id
    LEFT JOIN bought b ON b.customer_id = o.customer_id AND b.category = x.category
    WHERE o.is_new AND x.category IS NOT NULL AND (b.customer_id IS NULL OR x.price > b.paid AND b.paid > 0)
  ) f
  ORDER BY f.customer_id, f.strategy, f.at_stake DESC, f.place
)

-- Every strategy that its rule allows: P(response) × what is at stake − what the contact costs.
-- name: actions
idea AS (
  SELECT p.customer_id, 'RETAIN' AS strategy, 6 AS turn, NULL::uuid AS product_id,
    p.predicted * p.risk::numeric AS at_stake, 'Risk of leaving ' || {risk} || '; worth ' || {predicted}
      || ' over the next ' || p.horizon_months || ' months' AS why
  FROM likely p WHERE p.risk_band IN ('MEDIUM', 'HIGH') AND p.stage NOT IN ('PROSPECT', 'LAPSED')
  UNION ALL
  SELECT p.customer_id, 'WIN_BACK', 7, NULL, p.worth,
    'Nothing bought since ' || {last_order} || '; a purchase earns ' || {worth}
  FROM likely p WHERE p.stage = 'LAPSED'
  UNION ALL
  SELECT p.customer_id, 'ONBOARD', 1, NULL, p.worth,
    'First bought on ' || {first_order} || ', and not again yet; a purchase earns ' || {worth}
  FROM likely p WHERE p.stage = 'NEW' AND p.repeat_purchases = 0
  UNION ALL
  SELECT p.customer_id, 'NURTURE', 2, NULL, u.amount,
    'Has bought nothing yet; an order earns ' || {usual_order} || ' on the mean'
  FROM likely p JOIN response_rate u ON u.topic = 'PURCHASE' WHERE p.stage = 'PROSPECT'
  UNION ALL
  SELECT p.customer_id, 'NURTURE', 2, NULL, p.worth,
    'Buys, with a risk of leaving of ' || {risk} || '; a purchase earns ' || {worth}
  FROM likely p
  WHERE p.risk_band = 'LOW' AND (p.stage IN ('ACTIVE', 'WON_BACK') OR p.stage = 'NEW' AND p.repeat_purchases > 0)
  UNION ALL
  SELECT p.customer_id, 'REWARD_LOYALTY', 5, NULL, p.worth, 'Bought on ' || p.repeat_purchases + 1
    || ' days, four or more of them within a year; a purchase earns ' || {worth}
  FROM likely p WHERE p.stage = 'LOYAL' AND p.risk_band = 'LOW'
  UNION ALL
  SELECT p.customer_id, 'CROSS_SELL', 3, x.product_id, x.at_stake, x.reason || '; of a kind not bought before'
  FROM likely p JOIN product_action x ON x.customer_id = p.customer_id AND x.strategy = 'CROSS_SELL'
  WHERE p.order_count > 0
  UNION ALL
  SELECT p.customer_id, 'UP_SELL', 4, x.product_id, x.at_stake,
    x.reason || '; costs ' || {product_price} || ' where ' || {paid} || ' is paid for its kind'
  FROM likely p JOIN product_action x ON x.customer_id = p.customer_id AND x.strategy = 'UP_SELL'
  WHERE p.order_count > 0
  UNION ALL
  SELECT p.customer_id, 'REDUCE_COST_TO_SERVE', 9, NULL, d.saved,
    'Serving cost ' || {served} || ' in twelve months, ' || {saved} || ' more than over ' || p.channel
  FROM likely p JOIN spent d ON d.customer_id = p.customer_id
  WHERE d.saved > 0 AND (p.value_tier = 'UNPROFITABLE' OR d.cost >= 0.25 * d.earned)
),
possible AS (
  SELECT p.customer_id, 'RECOVER_SERVICE' AS strategy, 8 AS turn, true AS is_first, p.service_channel AS channel,
    NULL::uuid AS product_id, coalesce(y.rate, {assumed_recovery}) AS response,
    greatest(coalesce(p.predicted, 0), 0) * coalesce(p.risk, 0)::numeric AS at_stake, p.service_cost AS cost,
    CASE
      WHEN p.cases = 1 THEN 'Open case since ' || {open_since}
      WHEN p.cases > 1 THEN p.cases || ' open cases, the first since ' || {open_since}
      ELSE 'Complaint of ' || {complained} || ', and no case resolved since'
    END
    || coalesce('; worth ' || {predicted} || ' over the next ' || p.horizon_months || ' months', '')
    || coalesce('; risk of leaving ' || {risk}, '') AS why,
    CASE WHEN y.trials > 0 THEN y.successes || ' of ' || y.trials
      || ' resolved cases were followed by a purchase within 90 days'
      ELSE 'that making good works every other time is assumed' END AS answers
  FROM person p LEFT JOIN response_rate y ON y.topic = 'RECOVERY'
  WHERE p.is_unserved
  UNION ALL
  SELECT p.customer_id, n.strategy, n.turn, false, p.channel, n.product_id, p.response, n.at_stake, p.message_cost,
    n.why,
    CASE
      WHEN p.trials > 0 THEN {response} || ' likely to answer over ' || p.channel
        || ', by the customer''s own answers and those of others (' || {usual} || ' '
        || coalesce(p.seen || ' answer)', 'are assumed to answer)')
      WHEN p.seen IS NULL THEN {usual} || ' are assumed to answer, as is customary of direct marketing'
      ELSE {usual} || ' ' || p.seen || ' answer over ' || p.channel || ' (' || {low} || ' to ' || {high} || ')'
    END
    || '; a contact costs ' || {message}
  FROM idea n JOIN likely p ON p.customer_id = n.customer_id
),
advised AS (
  SELECT w.*, row_number() OVER (
    PARTITION BY w.customer_id ORDER BY w.is_first DESC, w.expected_profit DESC, w.turn) AS place
  FROM (
    SELECT q.*, round(q.response::numeric * q.at_stake, 6) - q.cost AS expected_profit FROM possible q
    WHERE q.at_stake IS NOT NULL
  ) w
  WHERE w.is_first OR w.expected_profit > 0
)

-- name: told
SELECT a.strategy, a.channel, a.product_id, a.expected_profit, concat(a.why || '; ', a.answers) AS reason, a.place
FROM advised a

-- name: kept
SELECT a.customer_id, a.strategy, a.channel, a.product_id, a.expected_profit, {now} AS as_of
FROM advised a WHERE a.place = 1 ORDER BY a.customer_id
