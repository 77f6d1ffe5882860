-- name: create
CREATE TEMP TABLE t_month (
  customer_id uuid NOT NULL, month date NOT NULL, channel text NOT NULL, category text NOT NULL,
  orders integer NOT NULL DEFAULT 0, category_orders integer NOT NULL DEFAULT 0, units bigint NOT NULL DEFAULT 0,
  returned_units bigint NOT NULL DEFAULT 0, revenue numeric NOT NULL DEFAULT 0,
  known_revenue numeric NOT NULL DEFAULT 0, returns numeric NOT NULL DEFAULT 0,
  cost_of_goods numeric NOT NULL DEFAULT 0, touches integer NOT NULL DEFAULT 0, contacts integer NOT NULL DEFAULT 0,
  cost_to_serve numeric NOT NULL DEFAULT 0, marketing_cost numeric NOT NULL DEFAULT 0
) ON COMMIT DROP;

-- name: add
INSERT INTO customer_month
SELECT m.customer_id, m.month, m.channel, m.category, sum(m.orders), sum(m.category_orders), sum(m.units),
  sum(m.returned_units), sum(m.revenue), sum(m.known_revenue), sum(m.returns), sum(m.cost_of_goods), sum(m.touches),
  sum(m.contacts), sum(m.cost_to_serve), sum(m.marketing_cost)
FROM t_month m
GROUP BY m.customer_id, m.month, m.channel, m.category
ORDER BY m.customer_id, m.month, m.channel, m.category
ON CONFLICT (customer_id, month, channel, category) DO UPDATE SET
  orders = customer_month.orders + excluded.orders,
  category_orders = customer_month.category_orders + excluded.category_orders,
  units = customer_month.units + excluded.units,
  returned_units = customer_month.returned_units + excluded.returned_units,
  revenue = customer_month.revenue + excluded.revenue,
  known_revenue = customer_month.known_revenue + excluded.known_revenue,
  returns = customer_month.returns + excluded.returns,
  cost_of_goods = customer_month.cost_of_goods + excluded.cost_of_goods,
  touches = customer_month.touches + excluded.touches,
  contacts = customer_month.contacts + excluded.contacts,
  cost_to_serve = customer_month.cost_to_serve + excluded.cost_to_serve,
  marketing_cost = customer_month.marketing_cost + excluded.marketing_cost;

-- name: touches
INSERT INTO t_month (customer_id, month, channel, category, touches, contacts, cost_to_serve, marketing_cost)
SELECT t.customer_id, date_trunc('month', t.occurred_at AT TIME ZONE $1)::date, t.channel, '', count(*),
  count(*) FILTER (WHERE t.kind = 'CAMPAIGN_SENT'), coalesce(sum(t.cost) FILTER (WHERE t.campaign_id IS NULL), 0),
  coalesce(sum(t.cost) FILTER (WHERE t.campaign_id IS NOT NULL), 0)
FROM t_touchpoint t GROUP BY 1, 2, 3;
