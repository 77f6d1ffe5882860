-- Where facts come in, and what is made of them. {kinds} and {channels} name what is numbered; {end} is when it ends.

-- name: staging
CREATE TEMPORARY TABLE joined (customer_id UUID NOT NULL, at timestamptz NOT NULL);
CREATE TEMPORARY TABLE touched (customer_id UUID NOT NULL, id UUID NOT NULL, at timestamptz NOT NULL,
  what BIGINT NOT NULL, channel BIGINT NOT NULL, cost BIGINT NOT NULL);
CREATE TEMPORARY TABLE ordered (customer_id UUID NOT NULL, id UUID NOT NULL, at timestamptz NOT NULL,
  channel BIGINT NOT NULL, total BIGINT NOT NULL, discount BIGINT NOT NULL, cost BIGINT NOT NULL, back BIGINT NOT NULL);
CREATE TEMPORARY TABLE lined (customer_id UUID NOT NULL, order_id UUID NOT NULL, at timestamptz NOT NULL,
  place BIGINT NOT NULL, product BIGINT NOT NULL, quantity BIGINT NOT NULL, price BIGINT NOT NULL, off BIGINT NOT NULL);
CREATE TEMPORARY TABLE priced (product BIGINT NOT NULL, price BIGINT NOT NULL);

-- name: customers
INSERT INTO customer (customer_id, display_name, display_name_fold, email, country, language, city, acquisition_channel,
  acquisition_at, last_touchpoint_at, created_at, updated_at)
SELECT customer_id, 'Person ' || n, 'person ' || n, 'c' || n || '@example.org',
  (ARRAY['GB', 'DE', 'FR', 'NL', 'SE', 'ES', 'IT', 'US'])[n * 13 % 8 + 1], (ARRAY['en', 'de', 'fr', 'es'])[n % 4 + 1],
  'Town ' || n % 500, (ARRAY['WEB', 'EMAIL', 'SOCIAL', 'IN_PERSON'])[n * 7 % 4 + 1], at, seen, at, at
FROM (SELECT customer_id, at, row_number() OVER (ORDER BY customer_id) AS n FROM joined) AS one
LEFT JOIN (SELECT customer_id, max(at) AS seen FROM touched GROUP BY 1) AS last USING (customer_id)
ORDER BY customer_id;

-- name: marks
INSERT INTO customer_mark (customer_id, bucket, changed_at)
SELECT customer_id, get_byte(uuid_send(customer_id), 15) & {last}, at FROM joined ORDER BY customer_id;

-- name: products
INSERT INTO product (product_id, sku, name, name_fold, category, supplier, price, created_at, updated_at)
SELECT md5('product ' || product)::uuid, 'SKU-' || product, 'Article ' || product, 'article ' || product,
  'Category ' || product % {categories}, 'Supplier ' || product % {suppliers}, price * 0.01, {end}, {end}
FROM priced;

-- name: touchpoints
INSERT INTO touchpoint (customer_id, occurred_at, touchpoint_id, recorded_for, channel, kind, function, direction,
  recorded_at, source, cost)
SELECT customer_id, at, id, customer_id, ({channels})[channel], ({kinds})[what], 'MARKETING', 'INBOUND', at, 'web',
  cost * 0.01
FROM touched;

-- name: orders
INSERT INTO customer_order (customer_id, order_id, recorded_for, source, external_id, ordered_at, recorded_at, channel,
  trading_form, currency, discount, total, total_in_currency, cost_of_goods, known_revenue, returned, returned_cost)
SELECT customer_id, id, customer_id, 'shop', id::text, at, at, ({channels})[channel], 'E_COMMERCE', 'USD',
  discount * 0.01, total * 0.01, total * 0.01, cost * 0.01, total * 0.01, back * total * 0.005, back * cost * 0.005
FROM ordered;

-- name: lines
INSERT INTO order_line (customer_id, order_id, position, recorded_for, product_id, quantity, unit_price, unit_cost,
  total, discount, category)
SELECT customer_id, order_id, place, customer_id, md5('product ' || product)::uuid, quantity, price * 0.01,
  price * 0.006, quantity * price * 0.01, off * 0.01, 'Category ' || product % {categories}
FROM lined;

-- Of the touchpoints only those that cost something: others are no part of what is asked.
-- name: months
INSERT INTO customer_month (customer_id, month, channel, category, orders, revenue, known_revenue, returns,
  cost_of_goods, touches, cost_to_serve)
SELECT customer_id, date_trunc('month', at)::date, ({channels})[channel], '', sum(orders), sum(revenue) * 0.01,
  sum(revenue) * 0.01, sum(back) * 0.01, sum(cost) * 0.01, sum(touches), sum(serve) * 0.01
FROM (
  SELECT customer_id, at, channel, 1 AS orders, total AS revenue, back * total * 0.5 AS back,
    cost - back * cost * 0.5 AS cost, 0 AS touches, 0 AS serve
  FROM ordered
  UNION ALL SELECT customer_id, at, channel, 0, 0, 0, 0, 1, cost FROM touched WHERE cost > 0
) AS part
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3;

-- The models are not run here: their figures are drawn from the customer's id, spread like real ones.
-- name: scores
INSERT INTO customer_score_a (customer_id, generation, as_of, order_count, first_order_at, last_order_at,
  next_order_expected_at, product_count, category_count, average_order_value, return_rate, discount_share,
  revenue_trend, revenue, returns, cost_of_goods, cost_to_serve, profit, rfm_recency, rfm_frequency, rfm_monetary,
  lifetime_value, probability_alive, churn_probability, risk_band, value_decile, lifecycle_stage, lifecycle_since,
  value_tier)
WITH bought AS (
  SELECT customer_id, count(*)::int AS orders, min(at) AS first_at, max(at) AS last_at, sum(total) * 0.01 AS revenue,
    sum(discount) * 0.01 AS discount, sum(back) AS back
  FROM ordered GROUP BY 1
), bore AS (
  SELECT customer_id, count(DISTINCT product)::int AS products, count(DISTINCT product % {categories})::int AS categories
  FROM lined GROUP BY 1
), earned AS (
  SELECT customer_id, sum(returns) AS returns, sum(cost_of_goods) AS cost, sum(cost_to_serve) AS serve
  FROM customer_month GROUP BY 1
), drawn AS (
  SELECT j.customer_id, j.at, b.orders, b.first_at, b.last_at, coalesce(b.revenue, 0) AS revenue, b.discount, b.back,
    coalesce(p.products, 0) AS products, coalesce(p.categories, 0) AS categories, coalesce(e.returns, 0) AS returns,
    coalesce(e.cost, 0) AS cost, coalesce(e.serve, 0) AS serve,
    (hashtextextended(j.customer_id::text, 1) & 1048575) / 1048576.0::float8 AS luck,
    (hashtextextended(j.customer_id::text, 2) & 1048575) / 1048576.0::float8 AS alive
  FROM joined j LEFT JOIN bought b USING (customer_id) LEFT JOIN bore p USING (customer_id)
  LEFT JOIN earned e USING (customer_id)
)
SELECT customer_id, 1, {end}, coalesce(orders, 0), first_at, last_at, last_at + luck * interval '200 days', products,
  categories, round(revenue / orders, 6), back / orders::float8, (discount / nullif(revenue + discount, 0))::float8,
  CASE WHEN orders > 1 THEN luck * 2 - 1 END, revenue, returns, cost, serve, revenue - returns - cost - serve,
  CASE WHEN orders > 0 THEN 1 + floor(luck * 5) END, least(orders, 5), CASE WHEN orders > 0 THEN 1 + floor(alive * 5) END,
  CASE WHEN orders > 0 THEN revenue - returns - cost - serve + round((luck * 400 - 20)::numeric, 6) END,
  CASE WHEN orders > 0 THEN alive END, CASE WHEN orders > 0 THEN 1 - alive END,
  CASE WHEN orders IS NULL THEN NULL WHEN alive > 0.65 THEN 'LOW' WHEN alive > 0.3 THEN 'MEDIUM' ELSE 'HIGH' END,
  1 + floor(luck * 9.999999),
  CASE WHEN orders IS NULL THEN 'PROSPECT' WHEN orders = 1 THEN 'NEW' WHEN alive < 0.2 THEN 'LAPSED'
    WHEN alive < 0.4 THEN 'AT_RISK' WHEN orders > 4 THEN 'LOYAL' ELSE 'ACTIVE' END,
  coalesce(last_at, at),
  CASE WHEN orders IS NULL THEN NULL WHEN luck > 0.8 THEN 'HIGH' WHEN luck > 0.4 THEN 'MEDIUM' ELSE 'LOW' END
FROM drawn
ORDER BY customer_id;

-- name: summaries
INSERT INTO customer_summary (customer_id, as_of, preferred_channel, open_cases, average_satisfaction)
SELECT customer_id, {end}, ({channels})[(hashtextextended(customer_id::text, 3) & 1023) % 6 + 1],
  CASE WHEN hashtextextended(customer_id::text, 4) & 63 = 0 THEN 1 ELSE 0 END,
  CASE WHEN hashtextextended(customer_id::text, 5) & 3 = 0 THEN 1 + (hashtextextended(customer_id::text, 5) >> 4 & 3) END
FROM joined ORDER BY customer_id;
