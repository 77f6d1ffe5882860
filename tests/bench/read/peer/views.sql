-- What PostGraphile serves: the same rows, columns and masking that the caller of ours may see, over the same tables.
-- Views with smart comments are its documented way to shape a schema; Postgres folds them into the statement.

DROP SCHEMA IF EXISTS peer CASCADE;
CREATE SCHEMA peer;

CREATE VIEW peer.customer AS
SELECT c.customer_id, c.kind, CASE WHEN c.display_name IS NOT NULL THEN '***' END AS display_name,
       CASE WHEN c.email IS NOT NULL THEN '***' END AS email, c.city, c.country, c.language, c.acquisition_channel,
       c.acquisition_at, c.last_touchpoint_at, c.created_at, s.lifecycle_stage, s.lifecycle_since, s.value_tier,
       s.revenue, s.profit, s.rfm_recency, s.rfm_frequency, s.rfm_monetary, s.churn_probability, s.risk_band, s.predicted,
       s.probability_alive, s.lifetime_value
FROM customer c JOIN customer_score s USING (customer_id)
WHERE c.merged_into IS NULL AND c.erased_at IS NULL;
COMMENT ON VIEW peer.customer IS E'@name customer\n@primaryKey customer_id';

CREATE VIEW peer.product AS SELECT product_id, sku, name, category FROM product;
COMMENT ON VIEW peer.product IS E'@name product\n@primaryKey product_id';

CREATE VIEW peer.touchpoint AS
SELECT customer_id, touchpoint_id, channel, kind, function, direction, occurred_at, source,
       CASE WHEN subject IS NOT NULL THEN '***' END AS subject, cost
FROM touchpoint;
COMMENT ON VIEW peer.touchpoint IS E'@name touchpoint\n@primaryKey touchpoint_id\n'
  '@foreignKey (customer_id) references peer.customer (customer_id)|@fieldName customer|@foreignFieldName touchpoints';

CREATE VIEW peer.customer_order AS
SELECT customer_id, order_id, ordered_at, channel, total, currency FROM customer_order WHERE cancelled_at IS NULL;
COMMENT ON VIEW peer.customer_order IS E'@name purchase\n@primaryKey customer_id,order_id\n'
  '@foreignKey (customer_id) references peer.customer (customer_id)|@fieldName customer|@foreignFieldName orders';

CREATE VIEW peer.order_line AS
SELECT customer_id, order_id, position, product_id, quantity, unit_price, total FROM order_line;
COMMENT ON VIEW peer.order_line IS E'@name orderLine\n@primaryKey customer_id,order_id,position\n'
  '@foreignKey (customer_id,order_id) references peer.customer_order (customer_id,order_id)|@fieldName purchase'
  '|@foreignFieldName lines\n'
  '@foreignKey (product_id) references peer.product (product_id)|@fieldName product|@foreignBehavior -*';

-- Figures of one customer are counted when they are asked for, as ours are. One row, as a set, so that Postgres folds
-- the function into the statement in place of calling it.
CREATE TYPE peer.purchasing AS (
  order_count integer, first_order_at timestamptz, last_order_at timestamptz, average_order_value numeric
);
CREATE FUNCTION peer.customer_purchasing(c peer.customer) RETURNS SETOF peer.purchasing
LANGUAGE sql STABLE AS $$
  SELECT count(*)::int, min(o.ordered_at), max(o.ordered_at), round(sum(o.total) / nullif(count(*), 0), 6)
  FROM customer_order o WHERE o.customer_id = c.customer_id AND o.cancelled_at IS NULL
$$;
COMMENT ON FUNCTION peer.customer_purchasing IS E'@behavior -connection +list';

CREATE TYPE peer.earnings AS (revenue numeric, profit numeric);
CREATE FUNCTION peer.customer_earnings(c peer.customer) RETURNS SETOF peer.earnings
LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(m.revenue), 0),
         coalesce(sum(m.revenue - m.returns - m.cost_of_goods - m.cost_to_serve - m.marketing_cost), 0)
  FROM customer_month m WHERE m.customer_id = c.customer_id
$$;
COMMENT ON FUNCTION peer.customer_earnings IS E'@behavior -connection +list';

CREATE TYPE peer.profitability AS (
  revenue numeric, returns numeric, cost_of_goods numeric, cost_to_serve numeric, marketing_cost numeric, profit numeric
);
CREATE FUNCTION peer.customer_profitability(c peer.customer, since date, until date) RETURNS SETOF peer.profitability
LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(m.revenue), 0), coalesce(sum(m.returns), 0), coalesce(sum(m.cost_of_goods), 0),
         coalesce(sum(m.cost_to_serve), 0), coalesce(sum(m.marketing_cost), 0),
         coalesce(sum(m.revenue - m.returns - m.cost_of_goods - m.cost_to_serve - m.marketing_cost), 0)
  FROM customer_month m
  WHERE m.customer_id = c.customer_id AND m.month >= since AND m.month < until
$$;
COMMENT ON FUNCTION peer.customer_profitability IS E'@behavior -connection +list';
