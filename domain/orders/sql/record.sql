-- Orders out of staging ({s}_order, {s}_line), one batch, into facts. Temporary tables live as long as the transaction.

-- name: batch
CREATE TEMP TABLE t_order ON COMMIT DROP AS
SELECT o.*, k.order_id AS known_order, coalesce(a.survivor_id, k.customer_id) AS known_customer
FROM {s}_order o
LEFT JOIN order_claim k ON k.claim_key = o.claim
LEFT JOIN customer_alias a ON a.customer_id = k.customer_id
WHERE o.batch = $1;

-- name: costs
CREATE TEMP TABLE t_cost ON COMMIT DROP AS
WITH sold AS (
  SELECT p.product_id, p.sku, p.category FROM product p
  WHERE p.sku IN (SELECT l.sku FROM {s}_line l WHERE l.batch = $1)
)
SELECT p.product_id, p.sku, coalesce(p.category, '') AS category, h.unit_cost,
  coalesce(h.since, '-infinity') AS since, coalesce(h.until, 'infinity') AS until
FROM sold p
LEFT JOIN (
  SELECT v.product_id, v.unit_cost, lead(v.valid_from) OVER w AS until,
    CASE WHEN lag(v.valid_from) OVER w IS NOT NULL THEN v.valid_from END AS since
  FROM product_price v WHERE v.product_id IN (SELECT s.product_id FROM sold s)
  WINDOW w AS (PARTITION BY v.product_id ORDER BY v.valid_from)
) h USING (product_id);

-- name: lines
CREATE TEMP TABLE t_line ON COMMIT DROP AS
SELECT l.seq, l.position, l.quantity, p.product_id, p.category, l.price::numeric AS unit_price,
  coalesce(l.cost::numeric, p.unit_cost) AS unit_cost, l.cost IS NOT NULL AS cost_given,
  l.quantity * l.price::numeric AS total, 0::numeric AS discount, l.in_currency::numeric AS in_currency
FROM {s}_line l
JOIN t_order o USING (seq)
LEFT JOIN t_cost p ON p.sku = l.sku AND o.ordered_at >= p.since AND o.ordered_at < p.until
WHERE l.batch = $1;

-- name: discounts
UPDATE t_line l SET discount = s.share
FROM (
  SELECT x.seq, x.position,
    round(x.discount * x.upto / x.whole, 6) - round(x.discount * (x.upto - x.total) / x.whole, 6) AS share
  FROM (
    SELECT i.seq, i.position, i.total, o.discount::numeric AS discount,
      sum(i.total) OVER (PARTITION BY i.seq ORDER BY i.position) AS upto, sum(i.total) OVER (PARTITION BY i.seq) AS whole
    FROM t_line i JOIN t_order o USING (seq) WHERE o.discount::numeric > 0
  ) x WHERE x.whole > 0
) s WHERE l.seq = s.seq AND l.position = s.position;

-- name: parts
CREATE TEMP TABLE t_part ON COMMIT DROP AS
SELECT l.seq, coalesce(l.category, '') AS category, count(*) AS lines, sum(l.quantity) AS units, sum(l.total) AS total,
  sum(l.discount) AS discount, sum(coalesce(l.in_currency, l.total)) AS in_currency,
  coalesce(sum(l.total - l.discount) FILTER (WHERE l.unit_cost IS NOT NULL), 0) AS known,
  sum(CASE WHEN l.unit_cost IS NULL THEN round(l.total * $1::numeric, 6) ELSE l.quantity * l.unit_cost END) AS cost,
  count(*) FILTER (WHERE l.product_id IS NULL) AS unknown
FROM t_line l GROUP BY l.seq, coalesce(l.category, '');

-- name: sums
CREATE TEMP TABLE t_sum ON COMMIT DROP AS
SELECT p.seq, sum(p.total) AS amount, sum(p.cost) AS cost, sum(p.known) AS known, sum(p.in_currency) AS in_currency,
  sum(p.unknown) AS unknown
FROM t_part p GROUP BY p.seq;

-- name: unclaimed
SELECT o.seq, o.kind, o.scope, o.value FROM t_order o
WHERE o.customer IS NULL AND NOT EXISTS (
  SELECT FROM identity_claim i WHERE i.value = o.value AND i.kind = o.kind AND i.scope = o.scope
);

-- name: known
SELECT DISTINCT o.known_customer FROM t_order o WHERE o.known_customer IS NOT NULL;

-- $1: rows whose identity was an erased customer's; $2: the source of a partner, who knows by id only its own.
-- name: faults
CREATE TEMP TABLE t_fault ON COMMIT DROP AS
SELECT DISTINCT ON (f.seq) f.* FROM (
  SELECT e.seq, NULL::integer AS position, 'customer.identity' AS field, 'ERASED' AS code,
    'belonged to a customer who was erased' AS reason, 0 AS turn
  FROM unnest($1::bigint[]) AS e (seq)
  UNION ALL
  SELECT o.seq, NULL, 'customer.id', 'NOT_FOUND', 'names no customer', 1
  FROM t_order o
  LEFT JOIN customer_alias a ON a.customer_id = o.customer
  LEFT JOIN customer c ON c.customer_id = o.customer
  WHERE o.customer IS NOT NULL AND (c.customer_id IS NULL OR $2::text IS NOT NULL AND NOT EXISTS (
    SELECT FROM customer_identity i
    WHERE i.customer_id = coalesce(a.survivor_id, o.customer) AND $2::text = ANY (i.sources)
  ))
  UNION ALL
  SELECT o.seq, NULL, 'customer.id', 'ERASED', 'names a customer who was erased', 2
  FROM t_order o JOIN customer c ON c.customer_id = o.customer WHERE c.erased_at IS NOT NULL
  UNION ALL
  SELECT l.seq, l.position, 'sku', 'NOT_FOUND', 'names no product: send the product first', 2
  FROM t_line l JOIN t_sum s USING (seq) WHERE s.unknown > 0 AND l.product_id IS NULL
  UNION ALL
  SELECT o.seq, NULL, 'campaign', 'NOT_FOUND', 'names no campaign', 3
  FROM t_order o LEFT JOIN campaign c ON c.campaign_id = o.campaign
  WHERE o.campaign IS NOT NULL AND c.campaign_id IS NULL
  UNION ALL
  SELECT o.seq, NULL, 'discount', 'OUT_OF_RANGE', 'is greater than the lines together', 4
  FROM t_order o JOIN t_sum s USING (seq) WHERE o.discount::numeric > s.amount
  UNION ALL
  SELECT o.seq, NULL, 'lines', 'OUT_OF_RANGE', 'come to more than 14 integer digits', 5
  FROM t_order o JOIN t_sum s USING (seq)
  WHERE greatest(s.amount + o.shipping::numeric, s.cost, s.in_currency,
    s.in_currency + coalesce(o.extra_in_currency::numeric, o.shipping::numeric - o.discount::numeric)) >= 1e14
) f ORDER BY f.seq, f.turn, f.position;

-- name: new
CREATE TEMP TABLE t_new ON COMMIT DROP AS
SELECT n.* FROM (
  SELECT o.*, row_number() OVER (PARTITION BY o.claim ORDER BY o.seq) AS nth
  FROM t_order o WHERE o.known_order IS NULL AND NOT EXISTS (SELECT FROM t_fault f WHERE f.seq = o.seq)
) n WHERE n.nth = 1;

-- name: refs
CREATE TEMP TABLE t_ref ON COMMIT DROP AS
SELECT n.seq, n.customer, n.kind, n.scope, n.value, n.verified, n.identity_source, n.prospect, n.source, n.channel,
  n.campaign, n.ordered_at AS at
FROM t_new n;

-- name: claim
INSERT INTO order_claim (claim_key, customer_id, order_id, ordered_at)
SELECT n.claim, w.recorded_for, n.order_id, n.ordered_at FROM t_new n JOIN t_who w USING (seq)
ORDER BY n.claim ON CONFLICT DO NOTHING;

-- name: lost
DELETE FROM t_new n USING t_who w, order_claim k LEFT JOIN customer_alias a ON a.customer_id = k.customer_id
WHERE w.seq = n.seq AND k.claim_key = n.claim AND k.order_id <> n.order_id
RETURNING coalesce(a.survivor_id, k.customer_id) <> w.customer_id AS of_another;

-- name: lost_refs
DELETE FROM t_ref r WHERE NOT EXISTS (SELECT FROM t_new n WHERE n.seq = r.seq);

-- name: orders
INSERT INTO customer_order (customer_id, order_id, recorded_for, source, external_id, ordered_at, recorded_at, channel,
  trading_form, handled_by, currency, exchange_rate, discount, shipping, total, total_in_currency, cost_of_goods,
  known_revenue, due_at, stated_paid_at, paid_at, paid, promised_at, shipped_at, delivered_at, cancelled_at,
  offer_codes, campaign_id)
SELECT w.customer_id, n.order_id, w.recorded_for, n.source, n.external_id, n.ordered_at, $1::timestamptz, n.channel,
  coalesce(n.trading_form, d.trading_form), n.handled_by, n.currency, n.rate::numeric, n.discount::numeric,
  n.shipping::numeric, s.amount - n.discount::numeric + n.shipping::numeric,
  s.in_currency + coalesce(n.extra_in_currency::numeric, n.shipping::numeric - n.discount::numeric), s.cost,
  s.known + n.shipping::numeric, n.due_at, n.stated_paid_at, n.stated_paid_at,
  CASE WHEN n.stated_paid_at IS NULL THEN 0 ELSE s.amount - n.discount::numeric + n.shipping::numeric END,
  n.promised_at, n.shipped_at, n.delivered_at, n.cancelled_at, coalesce(n.offer_codes, '{}'), n.campaign
FROM t_new n JOIN t_sum s USING (seq) JOIN t_who w USING (seq)
JOIN unnest($2::text[], $3::text[]) AS d (channel, trading_form) ON d.channel = n.channel
ORDER BY w.customer_id, n.order_id;

-- name: order_lines
INSERT INTO order_line (customer_id, order_id, position, recorded_for, product_id, quantity, unit_price, unit_cost,
  cost_given, total, discount, category)
SELECT w.customer_id, n.order_id, l.position, w.recorded_for, l.product_id, l.quantity, l.unit_price, l.unit_cost,
  l.cost_given, l.total, l.discount, l.category
FROM t_line l JOIN t_new n USING (seq) JOIN t_who w USING (seq)
ORDER BY w.customer_id, n.order_id, l.position;

-- name: payments
INSERT INTO order_payment (customer_id, order_id, external_id, recorded_for, method, amount, paid_at)
SELECT w.customer_id, n.order_id, p.external_id, w.recorded_for, p.method, p.amount, p.paid_at
FROM t_new n JOIN t_who w USING (seq)
CROSS JOIN json_to_recordset(n.payments::json)
  AS p (external_id text, method text, amount numeric, paid_at timestamptz)
WHERE n.payments IS NOT NULL ORDER BY w.customer_id, n.order_id, p.external_id COLLATE "C";

-- Paid since the payment from which on it never was below the total again; what is stated to be paid is, but for what
-- went back since.
-- name: paid
UPDATE customer_order o
SET paid = greatest(s.paid, o.total + s.went_back),
  paid_at = CASE WHEN greatest(s.paid, o.total + s.went_back) >= o.total THEN coalesce(o.stated_paid_at, s.since) END
FROM (
  SELECT p.customer_id, p.order_id, sum(p.amount) AS paid,
    CASE WHEN p.stated_paid_at IS NOT NULL THEN
      coalesce(sum(p.amount) FILTER (WHERE p.amount < 0 AND p.paid_at >= p.stated_paid_at), 0) END AS went_back,
    (array_agg(p.paid_at ORDER BY p.nth))[coalesce(max(p.nth) FILTER (WHERE p.upto < p.total), 0) + 1] AS since
  FROM (
    SELECT p.customer_id, p.order_id, p.amount, p.paid_at, t.total, t.stated_paid_at, row_number() OVER w AS nth,
      sum(p.amount) OVER w AS upto
    FROM order_payment p JOIN customer_order t USING (customer_id, order_id)
    WHERE (p.customer_id, p.order_id) IN (SELECT f.customer_id, f.order_id FROM t_paid f)
    WINDOW w AS (PARTITION BY p.customer_id, p.order_id ORDER BY p.paid_at, p.external_id COLLATE "C")
  ) p GROUP BY p.customer_id, p.order_id, p.stated_paid_at
) s
WHERE o.customer_id = s.customer_id AND o.order_id = s.order_id;

-- name: purchase_claims
INSERT INTO touchpoint_claim (claim_key, customer_id, touchpoint_id, occurred_at)
SELECT n.purchase, w.recorded_for, n.touchpoint_id, n.ordered_at FROM t_new n JOIN t_who w USING (seq)
ORDER BY n.purchase ON CONFLICT DO NOTHING;

-- name: purchases
INSERT INTO t_touchpoint (customer_id, occurred_at, touchpoint_id, recorded_for, channel, kind, function, direction,
  source, campaign_id, order_id, handled_by, cost, cost_given)
SELECT w.customer_id, n.ordered_at, n.touchpoint_id, w.recorded_for, n.channel, 'PURCHASE', 'SALES', 'INBOUND',
  n.source, n.campaign, n.order_id, n.handled_by, coalesce(own.cost, any_kind.cost, 0), false
FROM t_new n JOIN t_who w USING (seq)
LEFT JOIN t_rate own ON own.channel = n.channel AND own.kind = 'PURCHASE'
LEFT JOIN t_rate any_kind ON any_kind.channel = n.channel AND any_kind.kind IS NULL;

-- name: told_before
CREATE TEMP TABLE t_told ON COMMIT DROP AS
SELECT n.touchpoint_id AS ours, k.touchpoint_id, k.occurred_at, w.customer_id, w.recorded_for, n.ordered_at
FROM t_new n JOIN t_who w USING (seq) JOIN touchpoint_claim k ON k.claim_key = n.purchase
LEFT JOIN customer_alias a ON a.customer_id = k.customer_id
WHERE k.touchpoint_id <> n.touchpoint_id AND coalesce(a.survivor_id, k.customer_id) = w.customer_id;

-- What was told before yields to what the order says, as it would have if it had come after it. Its id stays.
-- name: yield
WITH gone AS (
  DELETE FROM touchpoint t USING t_told b
  WHERE t.customer_id = b.customer_id AND t.occurred_at = b.occurred_at AND t.touchpoint_id = b.touchpoint_id
  RETURNING t.customer_id, t.occurred_at, t.channel, t.campaign_id, t.cost
)
INSERT INTO t_month (customer_id, month, channel, category, touches, cost_to_serve, marketing_cost)
SELECT g.customer_id, date_trunc('month', g.occurred_at AT TIME ZONE $1)::date, g.channel, '', -count(*),
  -coalesce(sum(g.cost) FILTER (WHERE g.campaign_id IS NULL), 0),
  -coalesce(sum(g.cost) FILTER (WHERE g.campaign_id IS NOT NULL), 0)
FROM gone g GROUP BY 1, 2, 3;

-- name: not_twice
UPDATE t_touchpoint t SET touchpoint_id = b.touchpoint_id FROM t_told b WHERE t.touchpoint_id = b.ours;

-- name: where_it_is
UPDATE touchpoint_claim k SET customer_id = b.recorded_for, occurred_at = b.ordered_at
FROM t_told b WHERE k.touchpoint_id = b.touchpoint_id;

-- name: months
INSERT INTO t_month (customer_id, month, channel, category, orders, category_orders, units, revenue, known_revenue,
  cost_of_goods)
SELECT w.customer_id, date_trunc('month', n.ordered_at AT TIME ZONE $1)::date, n.channel, p.category, 0, count(*),
  sum(p.units), sum(p.total - p.discount), sum(p.known), sum(p.cost)
FROM t_part p JOIN t_new n USING (seq) JOIN t_who w USING (seq)
WHERE n.cancelled_at IS NULL GROUP BY 1, 2, 3, 4
UNION ALL
SELECT w.customer_id, date_trunc('month', n.ordered_at AT TIME ZONE $1)::date, n.channel, '', count(*), 0, 0,
  sum(n.shipping::numeric), sum(n.shipping::numeric), 0
FROM t_new n JOIN t_who w USING (seq)
WHERE n.cancelled_at IS NULL GROUP BY 1, 2, 3;

-- name: told_faults
SELECT f.seq, f.position, f.field, f.code, f.reason FROM t_fault f ORDER BY f.seq;

-- name: told_new
SELECT n.seq, n.order_id, w.customer_id FROM t_new n JOIN t_who w USING (seq);

-- name: paid_orders
CREATE TEMP TABLE t_paid ON COMMIT DROP AS
SELECT w.customer_id, n.order_id FROM t_new n JOIN t_who w USING (seq) WHERE n.payments IS NOT NULL;
