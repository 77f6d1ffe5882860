-- name: staging
CREATE TEMPORARY TABLE lived (n BIGINT NOT NULL, owner BIGINT NOT NULL, at BIGINT NOT NULL, total BIGINT NOT NULL,
  cost BIGINT NOT NULL, discount BIGINT NOT NULL);

-- name: staging_customers
CREATE TEMPORARY TABLE joined (owner BIGINT NOT NULL, at BIGINT NOT NULL);

-- name: ids
CREATE FUNCTION pg_temp.made_id(kind TEXT, n BIGINT, at timestamptz) RETURNS UUID LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || kind || '8' || lpad(to_hex(n), 15, '0'))::uuid
$$;

-- name: keyed
CREATE TEMPORARY TABLE known AS
SELECT owner, pg_temp.made_id('7001', owner, $1::timestamptz + at * interval '1 microsecond') AS customer_id,
  $1::timestamptz + at * interval '1 microsecond' AS created_at
FROM joined;

-- name: customers
INSERT INTO customer (customer_id, email, created_at, updated_at)
SELECT customer_id, 'c' || owner || '@example.org', created_at, created_at FROM known ORDER BY customer_id;

-- name: identities
INSERT INTO customer_identity (customer_id, kind, scope, value, recorded_for, source, sources, verified, is_primary,
  first_seen_at, last_seen_at)
SELECT customer_id, 'EMAIL', '', 'c' || owner || '@example.org', customer_id, 'shop', ARRAY['shop'], true, true,
  created_at, created_at
FROM known ORDER BY customer_id;

-- name: consents
INSERT INTO customer_consent (customer_id, consent_id, channel, purpose, status, recorded_at, recorded_for, holds)
SELECT customer_id, pg_temp.made_id('7004', owner, created_at), 'EMAIL', 'MARKETING', 'GRANTED', created_at,
  customer_id, true
FROM known WHERE owner % 2 = 0 ORDER BY customer_id;

-- name: skeletons
INSERT INTO customer_score_a (customer_id, lifecycle_since)
SELECT customer_id, created_at FROM known ORDER BY customer_id;

-- name: summaries
INSERT INTO customer_summary (customer_id, as_of) SELECT customer_id, created_at FROM known ORDER BY customer_id;

-- name: marks
INSERT INTO customer_mark (customer_id, bucket, changed_at)
SELECT customer_id, get_byte(uuid_send(customer_id), 15) & {last}, created_at FROM known ORDER BY customer_id;

-- name: products
INSERT INTO product (product_id, sku, name, name_fold, category, created_at, updated_at)
SELECT pg_temp.made_id('7002', n, $1), 'SKU-' || n, 'Article ' || n, 'article ' || n, 'Category ' || n % 40, $1, $1
FROM generate_series(0, 1999) AS n;

-- name: orders
INSERT INTO customer_order (customer_id, order_id, recorded_for, source, external_id, ordered_at, recorded_at, channel,
  trading_form, currency, discount, total, total_in_currency, cost_of_goods, known_revenue)
SELECT customer_id, pg_temp.made_id('7003', n, ordered_at), customer_id, 'shop', n::text, ordered_at, ordered_at,
  (ARRAY['WEB', 'MOBILE_APP', 'IN_PERSON'])[owner % 3 + 1], 'E_COMMERCE', 'USD', discount, total, total, cost, total
FROM (
  SELECT known.customer_id, n, lived.owner, $1::timestamptz + lived.at * interval '1 microsecond' AS ordered_at,
    lived.total * 0.01 AS total, lived.cost * 0.01 AS cost, lived.discount * 0.01 AS discount
  FROM lived JOIN known ON known.owner = lived.owner
) AS bought
ORDER BY n;

-- name: lines
INSERT INTO order_line (customer_id, order_id, position, recorded_for, product_id, quantity, unit_price, unit_cost,
  total, discount, category)
SELECT customer_id, order_id, 0, customer_id, product_id, 1, paid + off, cost, paid + off, off, category
FROM (
  SELECT customer_id, order_id, total AS paid, discount AS off, cost_of_goods AS cost,
    (abs(hashtextextended(external_id, 7)) % 2000) AS which
  FROM customer_order
) AS bought
JOIN (SELECT product_id, category, substr(sku, 5)::bigint AS which FROM product) AS offered USING (which);

-- name: months
INSERT INTO customer_month (customer_id, month, channel, category, orders, category_orders, units, revenue,
  known_revenue, cost_of_goods)
SELECT customer_id, month, channel, category, sum(orders), sum(category_orders), sum(units), sum(revenue), sum(revenue),
  sum(cost)
FROM (
  SELECT customer_id, date_trunc('month', ordered_at)::date AS month, channel, '' AS category, 1 AS orders,
    0 AS category_orders, 0 AS units, 0 AS revenue, 0 AS cost
  FROM customer_order
  UNION ALL
  SELECT customer_id, date_trunc('month', ordered.ordered_at)::date, ordered.channel, line.category, 0, 1, 1,
    line.total - line.discount, line.unit_cost
  FROM customer_order AS ordered JOIN order_line AS line USING (customer_id, order_id)
) AS part
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4;
